"""A loaded problem -> bytes on their way to workers -> the same problem, loaded once in each.

What can be loaded again is sent as the call that does that, and what comes of it must be the same
problem by its digests. What lives in memory is sent whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from initlab.errors import DataError, StudyError, invalid_argument
from initlab.records import Problem
from initlab.study import environment
from initlab.study.loaded import LoadedProblem

NO_FILES = ("shapes", "batches", "optimizer")  # of a problem's sources; its optimizer may vary

_imported: dict[tuple[str, ...], str] = {}  # what was asked for, role -> digest when first imported


@dataclass(frozen=True)
class Shipped:
    """A problem that any worker can load.

    Attributes:
        problem: its record.
        versions: of everything that decides its numbers, where it was sent.
        folder: the sender's; relative paths start there, where a worker has it too.
        by_reference: whether it is loaded again, or was sent whole.
        content: the call that loads it, or the problem itself, by cloudpickle.
    """

    problem: Problem
    versions: Mapping[str, str]
    folder: str
    by_reference: bool
    content: bytes

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all of it."""
        parts = (self.problem.canonical, str(sorted(self.versions.items())), self.folder)
        whole = hashlib.sha256("\n".join(parts).encode())
        whole.update(self.content)
        return whole.hexdigest()

    def load(self, worker: str) -> LoadedProblem:
        """Load the problem on a worker of this name.

        Raises:
            StudyError: the worker has other versions, or finds another problem.
            DataError: it cannot load the problem.
        """
        import cloudpickle

        here = versions(torch=self.problem.module is not None)
        if here != self.versions:
            others = "; ".join(
                f"{environment.version_name(name)} {here.get(name)} on the worker and {wanted} here"
                for name, wanted in self.versions.items() if here.get(name) != wanted
            )  # fmt: skip
            raise StudyError(
                f"The worker {worker} and this machine have different versions ({others}), so "
                "their results would not be comparable. Install this machine's versions on all "
                "workers."
            )
        try:
            content = cloudpickle.loads(self.content)
        except Exception as error:
            raise DataError(
                f"The worker {worker} cannot load the study: {error}. The packages that the "
                "model, the data and the metrics import must be installed on the worker."
            ) from error
        if not self.by_reference:
            loaded: LoadedProblem = content
            return loaded
        with _in_folder(self.folder):
            loaded = content()
        self._check(loaded.problem, worker)
        return loaded

    def _check(self, found: Problem, worker: str) -> None:
        """Refuse another problem, also one that was imported before its files were changed."""
        wanted, own = (_sources(one) for one in (self.problem, found))
        changed = [key for key in own if _imported.setdefault(key, own[key]) != own[key]]
        other = [key[-1] for key, digest in wanted.items() if own.get(key) != digest]
        if found.digest != self.problem.digest:
            other.insert(0, "data")
        if other or found.canonical != self.problem.canonical:
            words = " and ".join(other) or "settings"
            raise StudyError(
                f"The worker {worker} does not load the same {words} as this machine. Give the "
                "worker the files of this machine, then restart the worker."
            )
        if changed:
            raise StudyError(
                f"The {changed[0][-1]} of the study has changed since the worker {worker} imported "
                "it. Restart the workers, for example with client.restart()."
            )


def _sources(problem: Problem) -> dict[tuple[str, ...], str]:
    """Return the digests of the files that define a problem's model, loss and metrics."""
    if problem.module is None:
        return {}
    asked = json.dumps(dict(problem.module.asked), sort_keys=True, default=str)
    return {
        (problem.recipe, asked, name): digest
        for name, digest in problem.module.sources.items() if name not in NO_FILES
    }  # fmt: skip


def ship(loaded: LoadedProblem, executor: Any) -> Shipped:
    """Return what workers need to load a problem.

    Args:
        loaded: the problem.
        executor: what the user named it, for the message.

    Raises:
        ArgumentError: it can neither be loaded again nor be sent.
    """
    import cloudpickle

    by_reference = loaded.reload is not None
    try:
        content = cloudpickle.dumps(loaded.reload if by_reference else loaded)
    except Exception as error:  # a user's object may refuse in any way
        expected = "left out, because the model or the data cannot be sent to workers"
        hint = f"{type(error).__name__}: {error}"
        raise invalid_argument("executor", expected, executor, hint=hint) from error
    return Shipped(
        problem=loaded.problem,
        versions=versions(torch=loaded.problem.module is not None),
        folder=str(Path.cwd()),
        by_reference=by_reference,
        content=content,
    )


def versions(*, torch: bool) -> dict[str, str]:
    """Return the versions of what decides the numbers, of initlab and of Python."""
    found = environment.versions(torch=torch)
    python = ".".join(platform.python_version_tuple()[:2])
    return {"initlab": found["initlab"], "python": python, **environment.numerics(found)}


@contextlib.contextmanager
def _in_folder(folder: str) -> Iterator[None]:
    """Work in this folder for a while, where there is one."""
    here: Any = Path.cwd()
    if not Path(folder).is_dir() or Path(folder) == here:
        yield
        return
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)
