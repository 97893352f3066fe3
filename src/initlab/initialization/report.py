"""What was done with each parameter of a model -> a table for people, a record for programs."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from initlab.errors import InitlabError, invalid_argument
from initlab.initialization.moments import Moments
from initlab.networks.anatomy import ByName, aligned, as_text, fan_text, html_table
from initlab.numbers import shown
from initlab.validation import one_of

if TYPE_CHECKING:
    from initlab.initialization.receipt import Receipt

SET, KEPT, FROZEN, TIED, UNKNOWN = "set", "kept", "frozen", "tied", "not recognised"
UNDO_EXPECTED = "True in the call of initialize or apply, so that undo() can put values back"
HEADINGS = (
    "parameter", "shape", "role", "done", "distribution", "fan_in", "fan_out", "std", "actual std",
    "rule", "note",
)  # fmt: skip
CLOSE = 1e-5  # of a parameter's size: two sums of the same float32 numbers differ by less
OPTIONAL = ("actual std", "rule")  # columns that are left out where they are empty


@dataclass(frozen=True)
class ParameterRow:
    """One parameter.

    Attributes:
        name: qualified name in the model.
        shape: its shape.
        done: "set", "kept" (left as it was, on purpose), "frozen" (left alone), "tied" (set under
            another name), "not recognised" (left alone).
        law: text of the init it was drawn from, "default", a constant; "" where nothing was set.
        fan_in: inputs per output unit, or None where no fan is involved.
        fan_out: outputs per input unit, or None.
        std: standard deviation of the distribution, or None where torch's or the user's own code
            drew.
        note: packed parts, why it was kept, the name it is tied to, what to give.
        role: what it is to its layer: weight, bias, scale, gate, table; "" where not known.
        rule: the rule that matched it; "" where the default or none did.
        mean: mean of the distribution, or None.
        actual_mean: mean of its numbers now, or None after a dry run.
        actual_std: standard deviation of its numbers now, or None after a dry run.
        nonfinite: how many of its numbers are NaN or infinite now.
    """

    name: str
    shape: tuple[int, ...]
    done: str
    law: str = ""
    fan_in: float | None = None
    fan_out: int | None = None
    std: float | None = None
    note: str = ""
    role: str = ""
    rule: str = ""
    mean: float | None = None
    actual_mean: float | None = None
    actual_std: float | None = None
    nonfinite: int = 0
    _moments: Moments | None = field(default=None, repr=False, compare=False)

    def holding(self, moments: Moments) -> ParameterRow:
        """Return the row with what the parameter holds now."""
        return replace(self, actual_mean=moments.mean, actual_std=moments.std,
                       nonfinite=moments.nonfinite, _moments=moments)  # fmt: skip

    def holds(self, moments: Moments) -> bool:
        """Whether these are the moments of the numbers the row describes, in the same order."""
        if self._moments is None or self._moments.mean is None:
            return True  # there was nothing to compare
        return self._moments.is_near(moments, math.prod(self.shape), CLOSE)

    def to_record(self) -> dict[str, Any]:
        """Return the row as plain values, ready for JSON."""
        record = asdict(self) | {"shape": list(self.shape)}
        return {key: value for key, value in record.items() if not key.startswith("_")}


@dataclass(frozen=True)
class Initialized(ByName[ParameterRow]):
    """Report of one ``initialize``: a row per parameter name, in the model's order.

    Attributes:
        start: the init or rules, in canonical spelling.
        bias_init: the init of the biases, or None for the init's own distribution, else zeros.
        seed: the seed.
        dry_run: whether the model was left as it was.
        rows: the parameters.
        buffers: names of the running statistics that were reset.
        notes: what a reader should know.
        on_data: what methods that look at data could not reach.
    """

    start: str
    bias_init: str | None
    seed: int
    dry_run: bool
    rows: tuple[ParameterRow, ...]
    buffers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    on_data: tuple[str, ...] = ()
    _apply: Callable[[bool], Initialized] | None = field(default=None, repr=False, compare=False)
    _undo: Callable[[], None] | None = field(default=None, repr=False, compare=False)
    _receipt: Callable[[Initialized], Receipt] | None = field(
        default=None, repr=False, compare=False
    )

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what holds on to the model: a copy reports, and changes nothing."""
        return vars(self) | dict.fromkeys(("_apply", "_undo", "_receipt"))

    def names(self, done: str) -> tuple[str, ...]:
        """Return the names of the parameters with which this was done.

        Args:
            done: "set", "kept", "tied", "frozen" or "not recognised".
        """
        one_of("done", done, (SET, KEPT, TIED, FROZEN, UNKNOWN), where="initialize")
        return tuple(row.name for row in self.rows if row.done == done)

    def apply(self, undo: bool = False) -> Initialized:
        """Do what a dry run reported; return the report of that.

        Args:
            undo: keep copies of what is set, so that :meth:`undo` can put them back.
        """
        if self._apply is None and self.dry_run:
            raise _is_copy()
        if self._apply is None:
            expected = "True, because only a dry run can be applied"
            raise invalid_argument("dry_run", expected, self.dry_run)
        return self._apply(undo)

    def undo(self) -> None:
        """Put back what the parameters and buffers were before.

        What was applied several times is put back step by step, the last first.
        """
        if self._apply is None and self._receipt is None:
            raise _is_copy()
        if self._undo is None:
            raise invalid_argument("undo", UNDO_EXPECTED, False)
        self._undo()

    def receipt(self) -> Receipt:
        """Return what was done and digests of what the model holds, for :func:`initlab.verify`.

        Raises:
            ArgumentError: it was a dry run, or the model has changed since or is gone.
        """
        if self.dry_run:
            expected = "False, because a receipt records what was set"
            raise invalid_argument("dry_run", expected, self.dry_run)
        if self._receipt is None:
            raise _is_copy()
        return self._receipt(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the receipt to a file, as JSON.

        Args:
            path: the file; its folder must exist.

        Raises:
            InitlabError: see :meth:`receipt`; or the file cannot be written.
        """
        self.receipt().save(path)

    def to_record(self) -> dict[str, Any]:
        """Return the report as plain values, ready for JSON."""
        return {
            "start": self.start,
            "bias_init": self.bias_init,
            "seed": self.seed,
            "dry_run": self.dry_run,
            "rows": [row.to_record() for row in self.rows],
            "buffers": list(self.buffers),
            "notes": [*self.notes, *self.on_data],
        }

    @property
    def title(self) -> str:
        """One line: the init, the seed, and how many parameters were set, kept, left."""
        verb = "would be set" if self.dry_run else "set"
        number = len(self.names(SET))
        counts = [f"{number} parameter{'s' * (number != 1)} {verb}"]
        counts += [
            f"{len(self.names(done))} {done}"
            for done in (KEPT, TIED, FROZEN, UNKNOWN)
            if self.names(done)
        ]
        return f"{self.start}, seed {self.seed}: {', '.join(counts)}"

    def sentences(self) -> list[str]:
        """Return what stands below the table."""
        found = [*self.notes, *self.on_data]
        if self.buffers:
            verb = "would be reset" if self.dry_run else "were reset"
            found.append(f"Running statistics {verb}: {', '.join(self.buffers)}.")
        broken = [row.name for row in self.rows if row.nonfinite]
        if broken:
            found.append(f"Parameters with NaN or infinite numbers: {', '.join(broken)}.")
        return found

    def table(self) -> tuple[list[str], list[tuple[str, ...]]]:
        """Return the headings and a row of texts per parameter."""
        rows = [_cells(row) for row in self.rows]
        shown = [
            k for k, name in enumerate(HEADINGS)
            if name not in OPTIONAL or any(row[k] for row in rows)
        ]  # fmt: skip
        return [HEADINGS[k] for k in shown], [tuple(row[k] for k in shown) for row in rows]

    def __str__(self) -> str:
        headings, rows = self.table()
        lines = aligned([tuple(headings), *rows])
        below = self.sentences()
        return as_text([self.title, "", *lines, *([""] if below else []), *below])

    def _repr_html_(self) -> str:
        return html_table(self.title, *self.table(), self.sentences())


def _is_copy() -> InitlabError:
    got = "a copy of the report"
    return invalid_argument("report", "the one that initialize returned", got, got=got)


def _cells(row: ParameterRow) -> tuple[str, ...]:
    fans = ("" if fan is None else fan_text(fan) for fan in (row.fan_in, row.fan_out))
    stds = ("" if std is None else shown(std, ".4g") for std in (row.std, row.actual_std))
    shape = " x ".join(str(width) for width in row.shape) or "scalar"
    note = row.note
    if row.nonfinite:
        note = "; ".join(
            one
            for one in (note, f"{row.nonfinite} value{'s' * (row.nonfinite != 1)} not finite")
            if one
        )
    return (row.name, shape, row.role, row.done, row.law, *fans, *stds, row.rule, note)
