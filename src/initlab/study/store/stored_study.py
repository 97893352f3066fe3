"""A study's name and settings in a store, and what it knows of a study without its cells."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from initlab.errors import invalid_argument, shown_value
from initlab.records import Study
from initlab.study.environment import numerics, version_name
from initlab.validation import text

GROWING = ("inits", "seeds")  # more of them make the same study larger
NOT_RESULTS = ("defaults", "base_rates", "biases")  # do not tell two studies apart
VERSIONS = "versions."  # before the name of what has one, where settings are flat
LONGEST = 100
NAME = re.compile(rf"[^\W_][\w.-]{{0,{LONGEST - 1}}}")


def checked_name(name: Any) -> str:
    """Return the name of a study in a store.

    Raises:
        ArgumentError: it breaks the rule.
    """
    expected = (
        f"1 to {LONGEST} characters: letters, digits, '.', '-' or '_', beginning with a letter or "
        "a digit"
    )
    if not NAME.fullmatch(text("study_name", name)):
        raise invalid_argument("study_name", expected, name)
    return str(name)


def settings_of(study: Study) -> dict[str, Any]:
    """Return all settings but the initializations and seeds, as JSON types."""
    record = study.to_record()
    return {name: value for name, value in record.items() if name not in GROWING}


def given_name(study: Study, versions: Mapping[str, str]) -> str:
    """Return the name of a study that nobody named: its recipe, and a digest of its settings."""
    decisive = _decisive(settings_of(study), versions)
    canonical = json.dumps(decisive, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode("ascii")).hexdigest()[:8]
    recipe = re.sub(r"[^A-Za-z0-9]+", "-", study.problem.recipe).strip("-")[:40]
    return f"{recipe or 'study'}-{digest}"


def _shown(settings: Mapping[str, Any], name: str) -> str:
    return shown_value(settings[name], 60) if name in settings else "missing"


def differing(
    stored: Mapping[str, Any], stored_versions: Mapping[str, str],
    asked: Mapping[str, Any], versions: Mapping[str, str],
) -> list[str]:  # fmt: skip
    """Return a phrase per setting that differs: what it is in the store, and what is asked for."""
    pairs = [dict(_flat(_decisive(*one))) for one in ((stored, stored_versions), (asked, versions))]
    names = list(dict.fromkeys([*pairs[0], *pairs[1]]))
    return [
        f"{name} is {_shown(pairs[0], name)} in the store and {_shown(pairs[1], name)} here"
        for name in names if pairs[0].get(name) != pairs[1].get(name)
    ]  # fmt: skip


def in_words(line: str) -> str:
    """Return a line of :func:`differing` for a reader, who knows versions by their package."""
    name, space, rest = line.removeprefix(VERSIONS).partition(" ")
    return version_name(name) + space + rest


def _decisive(settings: Mapping[str, Any], versions: Mapping[str, str]) -> dict[str, Any]:
    kept = {name: value for name, value in settings.items() if name not in NOT_RESULTS}
    return {**kept, "versions": numerics(versions)}


def _flat(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, one in value.items():
        if isinstance(one, Mapping):
            yield from _flat(one, f"{path}{name}.")
        else:
            yield f"{path}{name}", one


@dataclass(frozen=True)
class Failure:
    """A cell that could not be run.

    Attributes:
        init: its initialization.
        seed: its seed.
        learning_rate: its rate.
        attempts: how often it was tried.
        reason: what went wrong the last time.
    """

    init: str
    seed: int
    learning_rate: float
    attempts: int
    reason: str


def failures_in_order(study: Study, failures: Iterable[Failure]) -> list[Failure]:
    """Return failures in the order of the study: by initialization, then seed, then rate."""
    place = {init: number for number, init in enumerate(study.inits)}
    return sorted(failures, key=lambda one: (place.get(one.init, -1), one.seed, one.learning_rate))


@dataclass(frozen=True)
class StoredStudy:
    """A study in a store, without its cells.

    Attributes:
        name: in the store.
        study: its settings, with every initialization and seed that was asked for.
        versions: of what computes the numbers.
        notes: what a reader of the results should know.
        reusable: whether its cells are used again: not where model or data live in memory only.
        created: when it was started, UTC.
        counts: number of cells by (initialization, outcome).
        platforms: what its cells were trained on, with how many.
        failures: the cells that could not be run, in the order of the study.
        engines: what trained its cells, with how many.
        retried: number of cells that were done only at a second or third attempt.
    """

    name: str
    study: Study
    versions: Mapping[str, str]
    notes: Sequence[str]
    reusable: bool
    created: str
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    platforms: Mapping[str, int] = field(default_factory=dict)
    failures: Sequence[Failure] = ()
    engines: Mapping[str, int] = field(default_factory=dict)
    retried: int = 0

    @property
    def chosen_name(self) -> str:
        """The name that a user gave the study; "" where it is made of its settings."""
        return "" if self.name == given_name(self.study, self.versions) else self.name

    @property
    def done(self) -> int:
        """Number of cells that are in the store."""
        return sum(self.counts.values())

    @property
    def complete(self) -> bool:
        """Whether every cell of the study is in the store."""
        return self.done == self.study.cell_count
