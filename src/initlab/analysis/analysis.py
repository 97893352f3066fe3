"""Everything a comparison found -> the one JSON document that reproduces it, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from initlab.analysis.command import next_command
from initlab.analysis.difference import Difference, differences
from initlab.analysis.rates import RateScore
from initlab.analysis.start import StartSummary
from initlab.analysis.summary import summarize
from initlab.analysis.verdict import judge
from initlab.errors import StudyError
from initlab.records.cell import Cell
from initlab.records.jsonvalues import Reader, entries, list_of, table_of, text, whole, wrong
from initlab.records.study import Study

SCHEMA = 1


@dataclass(frozen=True)
class StudyRecord:
    """A finished or interrupted comparison, as it is stored.

    Attributes:
        study: the settings.
        cells: one per (start, seed) that was begun.
        summary: one per start.
        differences: one per pair of starts.
        verdict: who is best, or why nobody is.
        next: the next command worth trying.
        versions: of initlab, Python, NumPy, ..., by name.
        platform: operating system and processor, in words.
        engine: which path of the dense engine computed the cells.
        rates: what every start reached at each learning rate, where there are several.
    """

    study: Study
    cells: tuple[Cell, ...]
    summary: tuple[StartSummary, ...]
    differences: tuple[Difference, ...]
    verdict: str
    next: str
    versions: Mapping[str, str]
    platform: str
    engine: str
    rates: tuple[RateScore, ...] = ()

    @classmethod
    def of(
        cls,
        study: Study,
        cells: Iterable[Cell],
        *,
        versions: Mapping[str, str],
        platform: str,
        engine: str,
        report: str | None = None,
        defaults: Mapping[str, Any] | None = None,
        rates: Iterable[RateScore] = (),
    ) -> StudyRecord:
        """Compute summary, differences, verdict and next command of a comparison.

        Args:
            study: the settings.
            cells: the results.
            versions: of initlab, Python, NumPy, ..., by name.
            platform: operating system and processor, in words.
            engine: which path of the dense engine computed the cells.
            report: folder of the report, which the next command keeps; None for none.
            defaults: settings that need no option; see :func:`next_command`.
            rates: what :func:`choose_rates` returned.
        """
        kept = tuple(cells)
        summary = tuple(summarize(study, kept))
        found = tuple(differences(study, kept))
        sentence = judge(study, summary, found)
        command = next_command(study, kept, report, found=found, defaults=defaults)
        return cls(
            study, kept, summary, found, sentence, command, dict(versions), platform, engine,
            tuple(rates),
        )  # fmt: skip

    def to_record(self) -> dict[str, Any]:
        """Return the JSON document, its checksum last."""
        record: dict[str, Any] = {
            "schema": SCHEMA,
            "study": self.study.to_record(),
            "cells": [cell.to_record() for cell in self.cells],
            "summary": [start.to_record() for start in self.summary],
            "differences": [difference.to_record() for difference in self.differences],
            "verdict": self.verdict,
            "next": self.next,
            "versions": dict(self.versions),
            "platform": self.platform,
            "engine": self.engine,
            "rates": [rate.to_record() for rate in self.rates],
        }
        return {**record, "checksum": checksum(record)}

    @classmethod
    def from_record(cls, record: Any, source: str = "the study") -> StudyRecord:
        """Build it back from :meth:`to_record`.

        Args:
            record: JSON types, as read.
            source: the file they came from, for refusals.

        Raises:
            StudyError: not a study, a newer schema, edited, or a key missing, unknown or wrong.
        """
        _same_schema(record, source)
        if "checksum" in record and record["checksum"] != checksum(record):
            raise StudyError(
                f"{source} was edited since initlab wrote it; run compare with options instead."
            )
        values = entries(record, "", _READERS)
        del values["schema"], values["checksum"]
        result = cls(**values)
        _check_cells(result)
        return result


def checksum(record: Mapping[str, Any]) -> str:
    """Return the sha256 of the canonical JSON of everything but the checksum itself."""
    rest = {key: value for key, value in record.items() if key != "checksum"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _same_schema(record: Any, source: str) -> None:
    if not isinstance(record, Mapping) or not {"schema", "study", "cells"} <= record.keys():
        raise StudyError(f"{source} is not a study that initlab wrote.")
    schema = whole(record["schema"], "schema")
    if schema > SCHEMA:
        versions = record.get("versions")
        version = versions.get("initlab") if isinstance(versions, Mapping) else None
        writer = f"initlab {version}" if isinstance(version, str) else "a newer initlab"
        raise StudyError(
            f"{source} was written by {writer} in schema {schema}; this initlab reads up to "
            f"schema {SCHEMA}: install {writer} or later."
        )
    if schema < SCHEMA:
        raise wrong("schema", f"an integer from 1 to {SCHEMA}", schema)


def _check_cells(record: StudyRecord) -> None:
    seen = set()
    for k, cell in enumerate(record.cells):
        if cell.init not in record.study.inits:
            raise wrong(f"cells[{k}].init", "one of the study's inits", cell.init)
        if cell.seed not in record.study.seeds:
            raise wrong(f"cells[{k}].seed", "one of the study's seeds", cell.seed)
        if (cell.init, cell.seed) in seen:
            raise wrong(f"cells[{k}]", "the only one of its start and seed", cell)
        seen.add((cell.init, cell.seed))


_READERS: dict[str, Reader[Any]] = {
    "schema": whole,
    "study": Study.from_record,
    "cells": list_of(Cell.from_record),
    "summary": list_of(StartSummary.from_record),
    "differences": list_of(Difference.from_record),
    "verdict": text,
    "next": text,
    "versions": table_of(text),
    "platform": text,
    "engine": text,
    "rates": list_of(RateScore.from_record),
    "checksum": text,
}
