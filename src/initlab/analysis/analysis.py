"""Study and cells -> summary, differences, verdict and next step, computed when asked.

Nothing of this is stored as truth: the JSON document shows it, and reading the document computes it
again from the study and its cells.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter

from initlab.analysis.command import next_command
from initlab.analysis.difference import Difference, differences
from initlab.analysis.failing import base_rate
from initlab.analysis.init_summary import InitSummary
from initlab.analysis.rates import RateScore, choose_rates
from initlab.analysis.summary import summarize
from initlab.analysis.verdict import Verdict, judge, unfinished
from initlab.errors import StudyError
from initlab.records import CANCELLED, Cell, Study
from initlab.records.record import Text, below, validated, wrong
from initlab.records.upgrade import SCHEMA, upgraded

KEYS = (  # of the document, in this order
    "schema", "study", "cells", "summary", "differences", "verdict", "next", "versions", "platform",
    "engine", "rates", "cells_at_other_rates", "judgement", "notes", "checksum",
)  # fmt: skip
OPTIONAL = ("judgement", "notes")  # of schema 2; the first is computed again
LIST, TEXTS = TypeAdapter(list[Any]), TypeAdapter(list[Text])
TEXT_BY_NAME = TypeAdapter(dict[str, Text])


class Analysis:
    """What the cells of a study show; every part is computed when it is first asked for.

    Args:
        study: all settings.
        cells: those that were begun, in any order.
        versions: of initlab, Python, NumPy, ..., by name.
        rates: what every initialization reached at each learning rate, where the cells at other
            rates are not known: of a study that an initlab before schema 2 wrote.
        notes: what a reader of the results should know, one sentence each.

    Attributes:
        all_cells: the cells at every learning rate, in the order of the study.
        given_rates: see ``rates``.
        notes: see ``notes``.
    """

    def __init__(
        self,
        study: Study,
        cells: Iterable[Cell],
        *,
        versions: Mapping[str, str] | None = None,
        rates: Sequence[RateScore] = (),
        notes: Sequence[str] = (),
    ) -> None:
        self.study = study
        self.versions = dict(versions or {})
        place = study.places()
        self.all_cells = tuple(
            sorted(cells, key=lambda cell: place(cell.init, cell.seed, cell.learning_rate))
        )
        self.given_rates = tuple(rates)
        self.notes = tuple(notes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Analysis):
            return NotImplemented
        return (
            self.study.to_record() == other.study.to_record()
            and self.all_cells == other.all_cells
            and self.versions == other.versions
            and self.given_rates == other.given_rates
        )

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def complete(self) -> bool:
        """Whether every cell of the study, at every learning rate, was run to its end."""
        return self.done_count == self.planned

    @property
    def planned(self) -> int:
        """Number of cells of the study, at every learning rate that is known of."""
        if self.given_rates:
            return len(self.study.inits) * len(self.study.seeds)
        return self.study.cell_count

    @property
    def done_count(self) -> int:
        """Number of cells that finished or diverged."""
        return sum(cell.outcome != CANCELLED for cell in self.all_cells)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """One cell per initialization and seed: of each initialization at its best rate."""
        return self._choice[0]

    @cached_property
    def cells_at_other_rates(self) -> tuple[Cell, ...]:
        """The cells at the rates that are not shown."""
        chosen = {id(cell) for cell in self.cells}
        return tuple(cell for cell in self.all_cells if id(cell) not in chosen)

    @property
    def rates(self) -> tuple[RateScore, ...]:
        """What every initialization reached at each learning rate, where there are several."""
        return self.given_rates or self._choice[1]

    @cached_property
    def summary(self) -> tuple[InitSummary, ...]:
        """One summary per initialization, in the order of the table."""
        return tuple(summarize(self.study, self.cells, base_rate(self.study)))

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Every pair of initializations; without a winner while the study is unfinished."""
        known = None if self.given_rates else self.all_cells
        return tuple(differences(self.study, self.cells, complete=self.complete, all_cells=known))

    @cached_property
    def verdict(self) -> Verdict:
        """Which initialization is best, or why none is; text with its parts."""
        return self._judged.before(self.next)

    @cached_property
    def next(self) -> str:
        """The next command worth trying."""
        return self.next_command()

    def next_command(
        self, report: str | None = None, options: Mapping[str, Any] | None = None
    ) -> str:
        """Return the next command worth trying; see :func:`next_command`."""
        return next_command(
            self.study, self.cells, report, options, summary=self.summary, judged=self._judged,
            notes=self.notes,
        )  # fmt: skip

    def document_next(self, options: Mapping[str, Any] | None = None) -> str:
        """Return the next command as documents show it: an unfinished study's keeps its options.

        A finished study's is the same wherever and however it was run.

        Args:
            options: of the command that ran the study.
        """
        return self.next_command(options=None if self.complete else options)

    @cached_property
    def _judged(self) -> Verdict:
        if not self.complete:
            return unfinished(self.done_count, self.planned)
        return judge(self.study, self.summary, self.differences, base_rate(self.study))

    @property
    def platform(self) -> str:
        """Operating systems and processors that the cells were trained on, in words."""
        return "; ".join(dict.fromkeys(cell.platform for cell in self.all_cells))

    @property
    def engine(self) -> str:
        """What trained the cells, in words."""
        return "; ".join(dict.fromkeys(cell.engine for cell in self.all_cells))

    @cached_property
    def _choice(self) -> tuple[tuple[Cell, ...], tuple[RateScore, ...]]:
        if len(self.study.rates) == 1 or self.given_rates:
            return self.all_cells, ()
        chosen, table = choose_rates(self.study, self.all_cells)
        return tuple(chosen), tuple(table)

    def to_record(self, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the JSON document, its checksum last: a function of the study and its cells.

        Args:
            options: of the command that ran the study; see :meth:`document_next`.
        """
        verdict = self._judged.before(self.document_next(options))
        record: dict[str, Any] = {
            "schema": SCHEMA,
            "study": self.study.to_record(),
            "cells": [cell.to_record() for cell in self.cells],
            "summary": [row.to_record() for row in self.summary],
            "differences": [difference.to_record() for difference in self.differences],
            "verdict": str(verdict),
            "next": verdict.next,
            "versions": dict(self.versions),
            "platform": self.platform,
            "engine": self.engine,
            "rates": [rate.to_record() for rate in self.rates],
            "cells_at_other_rates": None  # not known, which is not the same as none
            if self.given_rates
            else [cell.to_record() for cell in self.cells_at_other_rates],
            "judgement": verdict.to_record(),
            "notes": list(self.notes),
        }
        return {**record, "checksum": checksum(record)}

    @classmethod
    def from_record(cls, record: Any, source: str = "the study") -> Analysis:
        """Build it back from :meth:`to_record`; what it shows is computed again.

        Args:
            record: JSON types, as read; of this schema or an older one.
            source: the file they came from, for error messages.

        Raises:
            StudyError: not a study, a newer schema, edited, or a key missing, unknown or wrong.
        """
        written, record = record, upgraded(record, source)
        if "checksum" in written and written["checksum"] != checksum(written):
            raise StudyError(
                f"{source} was edited since initlab wrote it, so it cannot be loaded. "
                "To change settings, give them as options to initlab compare."
            )
        for key in KEYS:
            if key not in record and key not in OPTIONAL:
                raise StudyError(f"{source}: the key {key!r} is missing.", argument=key)
        for key in record:
            if key not in KEYS:
                raise StudyError(f"{source}: {key!r} is not a key of a study.", argument=key)
        study = Study.from_record(record["study"])
        others_unknown = bool(study.learning_rates) and record["cells_at_other_rates"] is None
        cells = {
            (path := f"{name}[{k}]"): Cell.from_record(cell, path)
            for name in ("cells", *([] if others_unknown else ["cells_at_other_rates"]))
            for k, cell in enumerate(validated(LIST, record[name], name))
        }
        rates = [
            RateScore.from_record(rate, f"rates[{k}]")
            for k, rate in enumerate(validated(LIST, record["rates"], "rates"))
        ] if others_unknown else []  # fmt: skip
        versions = validated(TEXT_BY_NAME, record["versions"], "versions")
        notes = validated(TEXTS, record.get("notes", []), "notes")
        _check_cells(study, cells)
        return cls(study, cells.values(), versions=versions, rates=rates, notes=notes)


def checksum(record: Mapping[str, Any]) -> str:
    """Return the sha256 of the canonical JSON of everything but the checksum itself."""
    rest = {key: value for key, value in record.items() if key != "checksum"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _check_cells(study: Study, cells: Mapping[str, Cell]) -> None:
    seen = set()
    for path, cell in cells.items():
        if cell.init not in study.inits:
            raise wrong(below(path, "init"), "one of the study's inits", cell.init)
        if cell.seed not in study.seeds:
            raise wrong(below(path, "seed"), "one of the study's seeds", cell.seed)
        own = study.own_rates.get(cell.init)
        rates = study.rates if own is None else (own,)
        said = cell.learning_rate is not None or len(rates) > 1
        if said and cell.learning_rate not in rates:
            expected = "one of the study's learning rates" if own is None else repr(own)
            raise wrong(below(path, "learning_rate"), expected, cell.learning_rate)
        place = (cell.init, cell.seed, cell.learning_rate)
        if place in seen:
            raise wrong(path, "the only run with its initialization, seed and learning rate", place)
        seen.add(place)
