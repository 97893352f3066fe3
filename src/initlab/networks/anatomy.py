"""Any network -> its layers in order of computation: what each parameter is, what follows, shared.

A description, without arrays. :mod:`initlab.modules.anatomy` reads it off a PyTorch module.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Generic, TypeVar

from initlab.errors import one_line
from initlab.initializers.axes import Axes
from initlab.initializers.fan import Fan, fan_along
from initlab.networks.dense import DenseNetwork

LINEAR, CONV, CONV_TRANSPOSED = "linear", "conv", "conv_transposed"
RECURRENT, ATTENTION, EMBEDDING = "recurrent", "attention", "embedding"
NORM, BARE = "norm", "bare"
LAYER_ROLES = (LINEAR, CONV, CONV_TRANSPOSED, RECURRENT, ATTENTION, EMBEDDING, NORM, BARE)
WEIGHT, BIAS, SCALE, GATE, LOOKUP = "weight", "bias", "scale", "gate", "table"
PARAMETER_ROLES = (WEIGHT, BIAS, SCALE, GATE, LOOKUP)

SAME, VIEW, STORAGE = "the same as", "a view of", "shares storage with"
TRACED, FOLLOWED, DECLARED = "traced by torch.fx", "followed on a sample", "as declared"
RECORDED = "recorded while the model ran on a sample"  # FOLLOWED, in the title
HEADINGS = (
    "layer", "role", "class", "parameter", "shape", "is", "fan_in", "fan_out", "then", "note",
)  # fmt: skip
LEFT_OUT = ("class", "fan_out", "fan_in", "shape", "role")  # where a terminal is narrow
Row = TypeVar("Row", bound=Any)  # has a name
OUT_IN = Axes(batch=(), out=(0,), into=(1,), receptive=())


@dataclass(frozen=True)
class Part:
    """What one parameter is to its layer, whatever its name.

    Attributes:
        role: one of :data:`PARAMETER_ROLES`. A weight is summed over its inputs, a table is
            looked up by rows, a bias is added, a scale multiplies what a norm gives, a gate
            multiplies a whole branch.
        fan: fans of a weight or table, or of the weight beside a bias; None where there are none.
        view: shape under which the axes of a weight are named; packed axes are split.
        axes: the axes of ``view``.
        stack: the independent weights that are packed in it, such as "i, f, g, o".
        value: the constant that it is set to; None where it is drawn or left alone.
        zero_row: row of a table that stays 0.
        kept: why an init by default leaves it as its layer's class set it; "" where it does not.
    """

    role: str
    fan: Fan | None = None
    view: tuple[int, ...] = ()
    axes: Axes | None = None
    stack: str = ""
    value: float | None = None
    zero_row: int | None = None
    kept: str = ""


def weight_part(
    view: tuple[int, ...], axes: Axes = OUT_IN, stack: str = "", *, role: str = WEIGHT,
    zero_row: int | None = None,
) -> Part:  # fmt: skip
    """Return the part of a weight, or of a table, whose fans follow from its axes."""
    return Part(role, fan_along(view, axes), view, axes, stack, zero_row=zero_row)


@dataclass(frozen=True)
class Use:
    """What follows one weight of a layer whose weights are taken one by one.

    Attributes:
        nonlinearity: name of what follows it; "" for nothing.
        head: whether the network's outputs are its own, with no weight after it.
        hidden: of a head, whether weights follow another of its uses.
        residual: whether its outputs are added to what its branch began from.
        gains: of what follows it, as of a :class:`Layer`.
    """

    nonlinearity: str
    head: bool
    hidden: bool
    residual: bool
    gains: tuple[float, float] | None = None


@dataclass(frozen=True)
class Parameter:
    """One parameter of a network.

    Attributes:
        name: qualified name.
        shape: its shape.
        part: what it is to its layer; None where that is not known.
        trained: whether gradients change it.
        shared_with: name of the earlier parameter whose numbers it shares; "" for none.
        sharing: how: "the same as" it, "a view of" it, or only "shares storage with" it.
        nonfinite: how many of its numbers are NaN or infinite.
        use: what follows it, where that may differ from its layer's; None where it does not.
    """

    name: str
    shape: tuple[int, ...]
    part: Part | None = None
    trained: bool = True
    shared_with: str = ""
    sharing: str = ""
    nonfinite: int = 0
    use: Use | None = None

    @property
    def role(self) -> str | None:
        """One of :data:`PARAMETER_ROLES`, or None where it is not known."""
        return None if self.part is None else self.part.role

    @property
    def fan(self) -> Fan | None:
        """Fans of a weight or table; None of all others."""
        drawn = self.part is not None and self.part.role in (WEIGHT, LOOKUP)
        return self.part.fan if self.part is not None and drawn else None

    def to_record(self) -> dict[str, Any]:
        """Return the parameter as JSON types."""
        part, fan = self.part, self.fan
        axes = None if part is None else part.axes
        named = None if part is None or axes is None else {
            "view": list(part.view), "out": list(axes.out), "in": list(axes.into),
            "batch": list(axes.batch), "receptive": list(axes.receptive),
        }  # fmt: skip
        return {
            "name": self.name,
            "shape": list(self.shape),
            "role": self.role,
            "fan_in": None if fan is None else fan.fan_in,
            "fan_out": None if fan is None else fan.fan_out,
            "axes": named,
            "packed": (part.stack or None) if part is not None else None,
            "trained": self.trained,
            "shared_with": self.shared_with or None,
            "sharing": self.sharing or None,
            "nonfinite": self.nonfinite,
        }

    def _note(self) -> str:
        found = [] if self.part is None else [self.part.stack, self.part.kept and "kept by default"]
        found += [f"{self.sharing} {self.shared_with}"] if self.shared_with else []
        found += [] if self.trained else ["frozen"]
        found += (
            [f"{self.nonfinite} value{'s' * (self.nonfinite != 1)} not finite"]
            if self.nonfinite
            else []
        )
        return ", ".join(note for note in found if note)


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        name: qualified name; "" for the network itself.
        role: one of :data:`LAYER_ROLES`; "bare" where the class is not known.
        kind: name of its class.
        parameters: its own parameters.
        nonlinearity: name of what follows it; "" for nothing, None where that is not known.
        uses: how often it is computed in one pass; None where that is not known.
        head: whether the network's outputs are its own, with no weight after it.
        shared_with: name of the layer that is this same object; "" for none.
        residual: whether its outputs are added to what its branch began from.
        branch_depth: layers with weights, one after the other, of the residual branch that it
            lies in; 0 for none.
        gains: forward and backward gain of what follows it, as measured; None where that was not
            asked for or cannot be, and of one whose gain is known by its name.
        hidden: of a head, whether weights follow another of its uses.
    """

    name: str
    role: str
    kind: str
    parameters: tuple[Parameter, ...]
    nonlinearity: str | None = None
    uses: int | None = None
    head: bool = False
    shared_with: str = ""
    residual: bool = False
    branch_depth: int = 0
    gains: tuple[float, float] | None = None
    hidden: bool = False

    def around(self, name: str) -> Layer:
        """Return the layer as it is around one of its parameters, given its qualified name."""
        use = next((one.use for one in self.parameters if one.name == name), None)
        return self if use is None else replace(self, **vars(use))

    def to_record(self) -> dict[str, Any]:
        """Return the layer as JSON types."""
        return {
            "name": self.name,
            "role": self.role,
            "class": self.kind,
            "head": self.head,
            "residual": self.residual,
            "branch_depth": self.branch_depth,
            "nonlinearity": self.nonlinearity,
            "uses": self.uses,
            "shared_with": self.shared_with or None,
            "parameters": [one.to_record() for one in self.parameters],
        }

    def _note(self) -> str:
        found = ["head"] if self.head else []
        found += [f"the same layer as {self.shared_with}"] if self.shared_with else []
        if self.uses is not None and self.uses != 1 and not self.shared_with:
            found.append(f"used {self.uses} times" if self.uses else "not used")
        return ", ".join(found)

    def rows(self) -> list[tuple[str, ...]]:
        """Return a row of texts per parameter, below :data:`HEADINGS`."""
        rows: list[tuple[str, ...]] = []
        for k, one in enumerate(self.parameters):
            fans = ("", "")
            if one.fan is not None:
                fans = fan_text(one.fan.fan_in), fan_text(one.fan.fan_out)
            own = (self.name or "(itself)", self.role, self.kind) if k == 0 else ("", "", "")
            then = ("?" if self.nonlinearity is None else self.nonlinearity) if k == 0 else ""
            notes = (self._note() if k == 0 else "", one._note())
            rows.append((
                *own, one.name.rpartition(".")[2], " x ".join(map(str, one.shape)) or "scalar",
                one.role or "?", *fans, then, ", ".join(note for note in notes if note),
            ))  # fmt: skip
        return rows


class ByName(Generic[Row]):
    """A table whose ``rows`` are found by their names: ``table["fc1.weight"]``."""

    rows: Any

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows, in order."""
        return iter(self.rows)

    def __getitem__(self, name: str) -> Row:
        """Return the row of this name."""
        for one in self:
            if one.name == name:
                return one
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        """Whether there is a row of this name."""
        return any(one.name == name for one in self)


@dataclass(frozen=True)
class Anatomy(ByName[Layer]):
    """What a network is made of.

    ``print`` it; a notebook shows it as a table.

    Attributes:
        name: of the network.
        layers: those with parameters, in the order in which they are first computed.
        order: where that order comes from: "traced by torch.fx", "followed on a sample" or
            "as declared", which may be another order than that of computation.
        notes: what a reader should know.
    """

    name: str
    layers: tuple[Layer, ...]
    order: str
    notes: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters, layer by layer."""
        return tuple(one for layer in self.layers for one in layer.parameters)

    @property
    def biases(self) -> tuple[str, ...]:
        """Names of the parameters that are biases."""
        return tuple(one.name for one in self.parameters if one.role == BIAS)

    @property
    def size(self) -> int:
        """How many numbers its parameters hold, shared ones counted once."""
        return sum(math.prod(one.shape) for one in self.parameters if not one.shared_with)

    def __iter__(self) -> Iterator[Layer]:
        """Yield the layers, in order."""
        return iter(self.layers)

    def to_record(self) -> dict[str, Any]:
        """Return the description as JSON types."""
        return {
            "name": self.name,
            "parameters": self.size,
            "order": self.order,
            "notes": list(self.notes),
            "layers": [layer.to_record() for layer in self.layers],
        }

    @property
    def title(self) -> str:
        """One line: the network, its size, and where the order comes from."""
        count = "1 layer" if len(self.layers) == 1 else f"{len(self.layers)} layers"
        size = "1 parameter" if self.size == 1 else f"{self.size:,} parameters"
        order = RECORDED if self.order == FOLLOWED else self.order
        return f"{self.name}: {size} in {count}, layer order {order}"

    def rows(self) -> list[tuple[str, ...]]:
        """Return a row of texts per parameter, below :data:`HEADINGS`."""
        return [row for layer in self.layers for row in layer.rows()]

    def text(self, width: int | None = None) -> str:
        """Return the table as text; the least important columns are left out to fit the width."""
        columns = list(zip(HEADINGS, *self.rows(), strict=True))
        for name in LEFT_OUT:
            if width is None or sum(max(map(len, cells)) + 2 for cells in columns) <= width:
                break
            columns = [cells for cells in columns if cells[0] != name]
        lines = aligned(zip(*columns, strict=True))
        return as_text([self.title, "", *lines, *([""] if self.notes else []), *self.notes])

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html_table(self.title, HEADINGS, self.rows(), self.notes)


def fan_text(fan: float) -> str:
    """Return a fan as a table shows it, or a fraction to six digits.

    Example:
        >>> fan_text(784), fan_text(4 / 3)
        ('784', '1.33333')
    """
    return str(fan) if isinstance(fan, int) else f"{fan:.6g}"


def aligned(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Return a line for each row of texts, its columns one below the other."""
    columns = [[one_line(cell) for cell in cells] for cells in zip(*rows, strict=True)]
    padded = [[cell.ljust(max(map(len, cells))) for cell in cells] for cells in columns]
    return ["  ".join(row).rstrip() for row in zip(*padded, strict=True)]


def as_text(lines: Iterable[str]) -> str:
    """Return lines as a text; names in them may hold anything, and stay on their line."""
    return "\n".join(map(one_line, lines))


def html_table(
    title: str, headings: Iterable[str], rows: Iterable[Iterable[str]], below: Iterable[str] = ()
) -> str:
    """Return a table as a notebook shows it, with a line above and paragraphs below."""

    def line(cells: Iterable[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells)

    body = "\n".join([line(headings, "th"), *(line(cells, "td") for cells in rows)])
    words = "".join(f"<p>{html.escape(one)}</p>" for one in below)
    return f"<p>{html.escape(title)}</p>\n<table>\n{body}\n</table>{words}"


@lru_cache(maxsize=16)  # asked again for every sentence about a study
def dense_anatomy(network: DenseNetwork, name: str = "dense network") -> Anatomy:
    """Return the description of a dense network; its layers are numbered from 1."""
    layers = []
    for k in range(1, network.depth + 1):
        weight = weight_part(network.shape_of(f"W{k}"))
        parts = {f"W{k}": weight, f"b{k}": Part(BIAS, weight.fan)}
        own = tuple(Parameter(one, network.shape_of(one), part) for one, part in parts.items())
        head = k == network.depth
        then = "" if head or network.nonlinearity == "linear" else network.nonlinearity
        layers.append(Layer(f"layer {k}", LINEAR, "dense", own, then, 1, head))
    return Anatomy(name, tuple(layers), "as computed")
