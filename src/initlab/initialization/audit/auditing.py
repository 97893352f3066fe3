"""A model -> where the numbers of each parameter most likely came from, and what is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from initlab.errors import DataError, placed, refusal
from initlab.initialization.audit.copies import (
    clones_among,
    equal_rows,
    is_orthogonal,
    streams_among,
)
from initlab.initialization.audit.defaults import default_law
from initlab.initialization.audit.finding import (
    CONSTANT,
    DOUBTFUL,
    NAMES,
    NOT_FINITE,
    OUTLIERS,
    UNINITIALIZED,
    WRONG,
    ZERO_PATCHES,
    ZERO_SCALE,
    ZERO_WEIGHT,
    Finding,
    in_order,
    listed,
)
from initlab.initialization.audit.numbers import Numbers, flat_numbers, numbers_of
from initlab.initialization.audit.origin import (
    NORMAL,
    ORTHOGONAL,
    TRUNCATED,
    UNIFORM,
    Origin,
    origin_of,
)
from initlab.initialization.fingerprint import dtype_name
from initlab.initialization.members import Member, members_of
from initlab.initialization.moments import has_numbers
from initlab.modules.anatomy import unwrapped
from initlab.modules.sharing import Owners
from initlab.networks.anatomy import LOOKUP, SCALE, STORAGE, WEIGHT, aligned, html_table
from initlab.validation import items_of, one_of

HEADINGS = ("parameter", "shape", "role", "mean", "std", "most likely", "certainty", "or", "note")
MANY_ZEROS = 0.9  # share from which a weight is sparse
DRAWN = (NORMAL, UNIFORM, TRUNCATED, ORTHOGONAL)  # a table of sinusoids is equal on purpose
FAR = 10.0  # stds: of 10**9 normal numbers none is beyond 7
SURE = 0.999


@dataclass(frozen=True)
class AuditRow:
    """One parameter.

    Attributes:
        name: qualified name.
        shape: its shape.
        dtype: its dtype.
        role: weight, bias, scale, gate, table; "" where not known.
        mean: mean of its finite numbers; None where there are none.
        std: their standard deviation, or None.
        law: the law that they most likely came from; "" where none is known.
        family: "normal", "uniform", "truncated_normal", "orthogonal", "constant", "values" or "".
        certainty: probability of the family among those that were compared, or None.
        also: methods that are not distinguishable from the law here.
        zeros: share of zeros.
        nonfinite: how many numbers are NaN or infinite.
        shared_with: the earlier parameter whose numbers it shares; "" for none.
        note: what else is known.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    role: str
    mean: float | None
    std: float | None
    law: str = ""
    family: str = ""
    certainty: float | None = None
    also: tuple[str, ...] = ()
    zeros: float = 0.0
    nonfinite: int = 0
    shared_with: str = ""
    note: str = ""


@dataclass(frozen=True)
class Audit:
    """What an audit found; ``print`` it.

    Attributes:
        model: name of the model's class.
        rows: every parameter, those of findings first.
        findings: what is wrong or doubtful, worst first.
    """

    model: str
    rows: tuple[AuditRow, ...]
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong; what is doubtful may be meant."""
        return all(one.severity != WRONG for one in self.findings)

    def __getitem__(self, name: str) -> AuditRow:
        """Return the row of one parameter."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(name)

    def to_record(self) -> dict[str, Any]:
        """Return the audit as plain values, ready for JSON."""
        return {
            "model": self.model,
            "sound": self.sound,
            "findings": [one.to_record() for one in self.findings],
            "rows": [
                {**asdict(row), "shape": list(row.shape), "also": list(row.also)}
                for row in self.rows
            ],
        }

    @property
    def title(self) -> str:
        """One line: the model, its parameters, how much was found."""
        wrong = sum(one.severity == WRONG for one in self.findings)
        doubtful = len(self.findings) - wrong
        found = [f"{wrong} wrong"] * bool(wrong) + [f"{doubtful} doubtful"] * bool(doubtful)
        count = sum(math.prod(row.shape) for row in self.rows if not row.shared_with)
        said = ", ".join(found) or "nothing wrong"
        return f"{self.model}: {len(self.rows)} parameters, {count:,} numbers; {said}"

    def sentences(self) -> list[str]:
        """Return a line per finding, worst first."""
        return [f"{one.severity}, {one.name}: {one.sentence}" for one in self.findings]

    def table(self) -> tuple[list[str], list[tuple[str, ...]]]:
        """Return the headings and a row of texts per parameter, without empty columns."""
        rows = [_cells(row) for row in self.rows]
        shown = [k for k in range(len(HEADINGS)) if any(row[k] for row in rows)]
        return [HEADINGS[k] for k in shown], [tuple(row[k] for k in shown) for row in rows]

    def __str__(self) -> str:
        headings, rows = self.table()
        found = self.sentences()
        lines = [*([""] if found else []), *found, "", *aligned([tuple(headings), *rows])]
        return "\n".join([self.title, *lines])

    def _repr_html_(self) -> str:
        return html_table(self.title, *self.table(), self.sentences())


def audit(model: Any, *, ignore: Iterable[str] = ()) -> Audit:
    """Say where the numbers of a model most likely came from, and what is wrong with them.

    No receipt is needed. Each parameter gets the law that is most likely among normal, uniform,
    truncated and orthogonal ones, constants, the catalogue's methods at its fans and PyTorch's
    defaults, with its certainty; methods that are one law here are all named. Looked for are NaN
    and infinities, memory that was never initialized, weights that are constant, copies of layers,
    equal rows, and layers drawn from one stream. One pass over the numbers, and laws are fitted to
    16,384 of each parameter. Nothing is changed.

    Args:
        model: a ``torch.nn.Module``; DataParallel and compiled wrappers are looked into.
        ignore: names of findings that are meant, such as "cloned_layers" of a target network.

    Returns:
        The audit; ``print`` it. Its ``findings`` are data: name, where, evidence, sentence.

    Raises:
        InitlabError: the model has no parameters, or no numbers in them.

    Example:
        >>> from torch import nn  # doctest: +SKIP
        >>> initlab.audit(nn.Linear(784, 256))["weight"].law  # doctest: +SKIP
        'torch_default'
    """
    ignored = [one_of("ignore", name, NAMES, where="audit")
               for name in items_of("ignore", ignore, "a list of names of findings")]  # fmt: skip
    module = unwrapped(model, where="audit")
    with placed("audit"):
        members = list(members_of(module))
    if not members:
        raise refusal("model", "a module with parameters", type(module).__name__, kind=DataError)
    owners = Owners()
    rows: list[AuditRow] = []
    findings: list[Finding] = []
    numbers: dict[str, Numbers] = {}
    tensors: dict[str, Any] = {}
    judged: dict[str, Member] = {}
    for member in members:
        first, how = owners.first(member.name, member.held[0])
        tensor = member.now()
        if first and how != STORAGE:
            rows.append(_unlooked(member, f"{how} {first}", first))
        elif not has_numbers(tensor.detach()):
            rows.append(_unlooked(member, "no floating-point numbers"))
        else:
            numbers[member.name], tensors[member.name] = numbers_of(tensor), tensor
            judged[member.name] = member
            rows.append(_row(member, tensor, numbers[member.name]))
            findings += _of_one(member, tensor, numbers[member.name])
    findings += _constants(judged, numbers)
    drawn = {row.name for row in rows if row.name in numbers
             and (row.role == WEIGHT or row.family in DRAWN)
             and not _few_values(numbers[row.name])}  # fmt: skip
    random = {name: one for name, one in numbers.items() if name in drawn}
    weights = {row.name for row in rows if row.role in (WEIGHT, LOOKUP)}
    clones, pairs = clones_among({name: tensors[name] for name in random}, random, weights)
    findings += [*clones, *streams_among(random, pairs), *_of_buffers(module)]
    ordered = in_order([one for one in findings if one.name not in ignored])
    places = {name: k for k, one in reversed([*enumerate(ordered)]) for name in one.where}
    rows.sort(key=lambda row: places.get(row.name, len(ordered)))
    return Audit(type(module).__name__, tuple(rows), ordered)


def _row(member: Member, tensor: Any, found: Numbers) -> AuditRow:
    part, dtype = member.part, dtype_name(tensor)
    broken = found.constant or found.nonfinite or found.odd
    gain = None if broken else is_orthogonal(tensor, part, dtype)
    if found.odd:
        origin = Origin("", "")  # what memory holds by chance has no law
    elif gain is None:
        own = default_law(member.layer, member.local) if member.computed is None else None
        drawn = part is not None and part.role in (WEIGHT, LOOKUP)
        origin = origin_of(found, dtype, part.fan if part is not None and drawn else None, own)
    else:
        text = "orthogonal" if abs(gain - 1) < 1e-3 else f"orthogonal(gain={gain:.4g})"
        origin = Origin(text, ORTHOGONAL, 1.0)
    finite = found.size > found.nonfinite
    through = "" if member.computed is None else f"through {member.computed.kind}"
    zeros = found.zeros / found.size
    share = f"{100 * zeros:.3g} % of them 0" if 0 < zeros < 1 and origin.family != "values" else ""
    missing = f"{found.nonfinite:,} not finite" if found.nonfinite else ""
    note = ", ".join(one for one in (origin.words, share, missing, through) if one)
    return AuditRow(
        member.name, member.shape, dtype, "" if part is None else part.role,
        found.mean if finite else None, found.std if finite and math.isfinite(found.std) else None,
        origin.law, origin.family, origin.certainty, origin.also, zeros, found.nonfinite,
        note=note,
    )  # fmt: skip


def _unlooked(member: Member, note: str, shared_with: str = "") -> AuditRow:
    role = "" if member.part is None else member.part.role
    return AuditRow(member.name, member.shape, dtype_name(member.tensor), role, None, None,
                    shared_with=shared_with, note=note)  # fmt: skip


def _of_one(member: Member, tensor: Any, found: Numbers) -> Iterator[Finding]:
    """Yield what one parameter shows by itself."""
    name, part = member.name, member.part
    yield from _broken(name, found)
    if found.nonfinite or found.odd:
        return
    if part is not None and part.role == WEIGHT and not found.constant:
        rows = equal_rows(name, tensor, part, dtype_name(tensor))
        if rows is not None:
            yield rows
    scale = part is not None and part.role == SCALE and part.value == 1
    if scale and found.constant and found.low == 0:
        sentence = f"{name} is all 0, where such a scale is 1: the layer gives its bias alone."
        yield Finding(ZERO_SCALE, DOUBTFUL, (name,), sentence, {"value": 0.0})
    drawn = part is not None and part.role in (WEIGHT, LOOKUP)
    if not drawn or found.constant:
        return
    _, std = found.drawn_moments
    share = found.zeros / found.size
    if 0 < share < MANY_ZEROS and part is not None and part.zero_row is None:
        by_chance = 16 + 4 * math.log(found.size) / -math.log(share)
        if part.role == LOOKUP:  # a row of zeros stands for padding, or for the first position
            by_chance += found.size / member.shape[0]
        longest = _longest_run(tensor) if found.zeros > by_chance else 0
        if longest > by_chance:
            sentence = (
                f"{name}: {longest:,} numbers in a row are 0 among drawn ones: never initialized, "
                "padding, or pruned."
            )
            yield Finding(ZERO_PATCHES, DOUBTFUL, (name,), sentence,
                          {"longest_run": longest, "share": share})  # fmt: skip
    farthest = max(abs(found.low), abs(found.high))
    if share < MANY_ZEROS and std > 0 and farthest > FAR * std and not _few_values(found):
        sentence = (
            f"{name}: its largest number is {farthest:.3g}, {farthest / std:.0f} times its std: no "
            "init of the catalogue draws that."
        )
        yield Finding(OUTLIERS, DOUBTFUL, (name,), sentence,
                      {"largest": farthest, "std": std})  # fmt: skip


def _broken(name: str, found: Numbers) -> Iterator[Finding]:
    """Yield that numbers are not finite, or are what memory holds by chance."""
    if found.nonfinite:
        kinds = [(found.nan, "NaN"), (found.nonfinite - found.nan, "infinite")]
        words = " and ".join(f"{count:,} {kind}" for count, kind in kinds if count)
        yield Finding(NOT_FINITE, WRONG, (name,), f"{name}: {words} of {found.size:,} numbers.",
                      {"nan": found.nan, "infinite": found.nonfinite - found.nan,
                       "numbers": found.size})  # fmt: skip
    if found.odd:
        sentence = (
            f"{name}: {found.odd:,} of {found.size:,} numbers are not 0 and below 1e-30, or above "
            "1e15, as in memory that was never initialized (torch.empty, to_empty)."
        )
        evidence = {"odd": found.odd, "numbers": found.size, "low": found.low, "high": found.high,
                    "zeros": found.zeros}  # fmt: skip
        yield Finding(UNINITIALIZED, WRONG, (name,), sentence, evidence)


def _few_values(found: Numbers) -> bool:
    return len(np.unique(found.sample)) < 16


def _longest_run(tensor: Any) -> int:
    """Return the longest run of zeros in C order."""
    nonzero = np.flatnonzero(flat_numbers(tensor))
    ends = np.concatenate([[-1], nonzero, [tensor.numel()]])
    return int(np.diff(ends).max()) - 1


def _constants(members: dict[str, Member], numbers: dict[str, Numbers]) -> Iterator[Finding]:
    """Yield that weights are constants: all of them, or by a number other than 0, or one by 0."""
    weights = [name for name, one in members.items()
               if one.part is not None and one.part.role in (WEIGHT, LOOKUP)
               and numbers[name].size > 1]  # fmt: skip
    constant = [name for name in weights if numbers[name].constant]
    if constant and len(constant) == len(weights):
        values = sorted({numbers[name].low for name in constant})
        sentence = (
            f"All {len(constant)} weights are constants: the model was never initialized, or its "
            "units are all equal."
        )
        yield Finding(CONSTANT, WRONG, tuple(constant), sentence, {"values": values})
        return
    ones = [name for name in constant if numbers[name].low != 0]
    for name in ones:
        value = numbers[name].low
        sentence = f"{name} is all {value:g}: its units are equal, and learn the same."
        yield Finding(CONSTANT, WRONG, (name,), sentence, {"values": [value]})
    zeros = tuple(name for name in constant if numbers[name].low == 0)
    if zeros:
        sentence = (
            f"{listed(zeros)} {'are' if zeros[1:] else 'is'} all 0: meant at the end of a branch "
            "or of a network, else forgotten."
        )
        yield Finding(ZERO_WEIGHT, DOUBTFUL, zeros, sentence, {"weights": len(zeros)})


def _of_buffers(module: Any) -> Iterator[Finding]:
    """Yield that a buffer holds NaN, or what memory holds by chance; a mask may be infinite."""
    for name, buffer in module.named_buffers():
        if not has_numbers(buffer.detach()):
            continue
        found = numbers_of(buffer)
        if found.nan or found.odd:
            yield from _broken(name, found)


def _cells(row: AuditRow) -> tuple[str, ...]:
    shape = " x ".join(map(str, row.shape)) or "scalar"
    moments = ("" if one is None else f"{one:.4g}" for one in (row.mean, row.std))
    sure = row.certainty
    certainty = "" if sure is None else ("> 99.9 %" if sure > SURE else f"{100 * sure:.3g} %")
    others = listed(row.also, 3)
    return (row.name, shape, row.role, *moments, row.law, certainty, others, row.note)
