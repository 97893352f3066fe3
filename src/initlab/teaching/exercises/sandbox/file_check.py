"""Exercise and a learner's file -> the verdict, and what the learner's code printed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from initlab.errors import DataError, StorageError
from initlab.files import shown_path
from initlab.teaching.exercises.answers import Call, Failure
from initlab.teaching.exercises.catalogue import exercise
from initlab.teaching.exercises.exercise import Exercise
from initlab.teaching.exercises.hints import LIBRARIES, name_missed
from initlab.teaching.exercises.judging import REPORT_HINT, check_call, judge
from initlab.teaching.exercises.observing import answers_from, failure_from, failures_from
from initlab.teaching.exercises.sandbox.isolation import Isolation
from initlab.teaching.exercises.sandbox.limits import MIB, Limits
from initlab.teaching.exercises.sandbox.process import Ended, run_child
from initlab.teaching.exercises.sandbox.submission import Submission, read_submission
from initlab.teaching.exercises.verdict import Verdict
from initlab.teaching.exercises.wording import failure_words, names_words, printable

LAYER_FUNCTION = "weights_init_rule"  # the documents' form: it sets a PyTorch layer
WALLS = (
    "During a check, your code runs in an empty folder, and cannot read files outside this folder, "
    "use the network or start programs."
)
HINTS = {
    "EOFError": "Nobody can answer input() during a check: take all values from the arguments.",
    "ModuleNotFoundError": "During a check, your code can import the modules beside your file and "
    "the packages that are installed in the same Python environment as initlab.",
    **dict.fromkeys(("PermissionError", "FileNotFoundError", "OSError", "BlockingIOError"), WALLS),
}
INSTALL_TORCH = " To install PyTorch: pip install 'initlab[torch]'."
# libraries that need more than NumPy, if only to be loaded
LARGE = {
    "torch": Limits(seconds=30, memory=8192 * MIB),
    "sklearn": Limits(memory=3072 * MIB),
    "matplotlib": Limits(memory=3072 * MIB),
}


@dataclass(frozen=True)
class FileVerdict:
    """Verdict on a file.

    Attributes:
        verdict: the verdict.
        output: what the learner's code printed, cut, without control characters.
        isolated: whether the code could read Python's own libraries only, write nowhere, start
            nothing and reach no network.
    """

    verdict: Verdict
    output: str
    isolated: bool


def check_file(
    id: str, path: Path, *, limits: Limits | None = None, isolation: Isolation | None = None
) -> FileVerdict:
    """Run a learner's file in a sandbox and judge what its function returns.

    Args:
        id: the exercise.
        path: a .py file or a notebook.
        limits: what the code may use; None for the usual, with more memory for large libraries.
        isolation: walls to put up; None for all that the system has.

    Raises:
        ArgumentError: there is no such exercise.
        StorageError: the file cannot be read.
        DataError: it is no Python, or does not define the function.
    """
    import numpy as np

    asked = exercise(id)
    if os.name == "nt":
        raise StorageError(
            f"{shown_path(path)} cannot be checked on Windows: files are run in a sandbox, which "
            "needs Linux or macOS. "
            f"In a notebook, initlab.check({id!r}, {asked.function}) works on every system."
        )
    names = [asked.function, *([LAYER_FUNCTION] if asked.layer_form else [])]
    read = read_submission(path, names)
    calls = asked.calls(np.random.default_rng())
    job = {
        "chunks": [vars(chunk) for chunk in read.chunks], "notebook": read.notebook,
        "companions": [vars(one) for one in read.companions], "names": names,
        "calls": [vars(call) for call in calls], "layer_form": asked.layer_form,
    }  # fmt: skip
    limits = limits or _limits_for(read)
    try:
        ended = run_child(job, limits, isolation or Isolation())
    except (OSError, ValueError) as error:
        raise StorageError(
            f"no process could be started to check {shown_path(path)}: {error}."
        ) from error
    verdict = _with_remarks(_verdict(asked, calls, ended, limits, path, read), read)
    ready = ended.frames[0] if ended.frames else None
    isolated = isinstance(ready, dict) and ready.get("isolated") is True
    return FileVerdict(verdict, _printed(ended, limits), isolated)


def _limits_for(read: Submission) -> Limits:
    text = "\n".join(read.sources)
    named = [limits for name, limits in LARGE.items() if name in text]
    return max(named, key=lambda limits: limits.memory, default=Limits())


def _verdict(
    asked: Exercise, calls: Sequence[Call], ended: Ended, limits: Limits, path: Path,
    read: Submission,
) -> Verdict:  # fmt: skip
    if not ended.frames:  # not even "ready", which comes before the learner's first line
        said = _printed(ended, limits).strip().rpartition("\n")[2]
        got = "the process that runs your code did not start."
        got += f" The last line of its output: {said}" if said else ""
        return Verdict(asked.id, False, got=got, hint=REPORT_HINT, checker_failed=True)
    result = ended.frames[1] if ended.how == "answered" else None
    if not isinstance(result, dict):
        return _no_answer(asked, ended, limits)
    if "trouble" in result:
        return _trouble(asked, result, path)
    try:
        answers = answers_from(result.get("records"), calls, str(result.get("function", "")))
        before = failures_from(result.get("before"))
    except ValueError:
        return _no_answer(asked, Ended("ended"), limits)
    return judge(
        asked, answers, form=partial(check_call, hint=lambda one: _hint(one, before, read))
    )


def _hint(
    failure: Failure, before: Sequence[tuple[Failure, frozenset[str]]], read: Submission
) -> str:
    """Say what a check does otherwise than the learner's own notebook or shell."""
    name = name_missed(failure)
    if name in read.magic:
        return (
            f"The variable '{name}' is assigned by an IPython command in {read.magic[name]}; a "
            "check does not run IPython commands. Assign the variable in Python."
        )
    if name and before:
        cause = _cause(name, before)
        return f"An earlier statement failed ({failure_words(cause)}). {_advice(cause)}".strip()
    if name and read.notebook and name not in LIBRARIES:
        return (
            "From a notebook, a check runs only the statements that your function needs, and no "
            f"IPython commands. None of these statements defines the name '{name}'. "
            "Define it by an assignment, an import or a def."
        )
    return _advice(failure)


def _cause(name: str, before: Sequence[tuple[Failure, frozenset[str]]]) -> Failure:
    """Return the failure that left a name unbound, or the first where none did.

    ``A = 1 / 0``, then ``B = A``: where B is missed, the division is the cause.
    """
    cause, _ = before[0]
    for failed, names in reversed(before):
        if name in names:
            cause, name = failed, name_missed(failed)
    return cause


def _advice(failure: Failure) -> str:
    """Say what a check has not that the code wanted, or ""."""
    if failure.message.startswith("initlab cannot be imported"):
        return "Remove the import of initlab and the code that uses initlab."
    torch = failure.kind == "ModuleNotFoundError" and "'torch'" in failure.message
    return HINTS.get(failure.kind, "") + INSTALL_TORCH * torch


def _with_remarks(verdict: Verdict, read: Submission) -> Verdict:
    if verdict.passed:
        return replace(verdict, found=(*verdict.found, *read.remarks))
    remarks = "".join(f" ({remark})" for remark in read.remarks)
    return replace(verdict, hint=f"{verdict.hint}{remarks}".strip())


def _no_answer(asked: Exercise, ended: Ended, limits: Limits) -> Verdict:
    code = ended.returncode
    ending = "" if code is None else f" (signal {-code})" if code < 0 else f" (exit code {code})"
    got, hint = {
        "too slow": (f"the code did not finish within {limits.seconds:g} s.",
                     "Is there a loop that never ends, or does the code wait for something?"),
        "printed too much": (f"the code printed more than {limits.output_most // 1024:,} KiB.",
                             "Is there a print in a loop? Print less."),
        "answered too much": (
            f"the returned values take more than {limits.answer_bytes // 2**20:,} MiB.",
            "Which returned array is larger than the task asks for?"),
    }.get(ended.how, (f"the process that runs your code ended during the check{ending}.",
                      "Does the code call os._exit, crash Python or kill its own "
                      "process?"))  # fmt: skip
    return Verdict(asked.id, False, (), f"a value returned by {asked.function}.", got, hint)


def _trouble(asked: Exercise, result: dict[str, Any], path: Path) -> Verdict:
    what = result["trouble"]
    if what == "no function":
        defined = result.get("defined")
        names = names_words(defined) if isinstance(defined, list) and defined else "none"
        raise DataError(
            f"{shown_path(path)} does not define {asked.function}. "
            f"Functions that the file defines: {names}."
        )
    if what in ("syntax", "raised"):
        try:
            failed = failure_from(result.get("failure"))
        except ValueError:
            failed = None
        if failed is not None and what == "syntax":
            said = failed.message[:300] or "the code is nested too deeply"
            place = f"{failed.where[:100]}: " if failed.where else ""
            raise DataError(
                f"{shown_path(path)} is not valid Python. {printable(place + said)}\n"
                f"{printable(failed.line[:500], lines=True)}".rstrip("\n")
            )
        if failed is not None:
            loading = "The error occurs while the file is loaded, before the function is called."
            return Verdict(asked.id, False, (), f"a file that defines {asked.function}.",
                           failure_words(failed), _advice(failed) or loading)  # fmt: skip
    return Verdict(asked.id, False, (), f"a value returned by {asked.function}.",
                   "the returned lists, dicts and strings are too large.",
                   "To return many numbers, use a NumPy array.")  # fmt: skip


def _printed(ended: Ended, limits: Limits) -> str:
    text = printable(ended.output.decode("utf-8", "replace"), lines=True)
    cut = len(ended.output) >= limits.output_kept
    return text + ("\n[cut]" if cut else "")
