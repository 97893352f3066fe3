"""Parameters of a dense network -> which hidden units are copies of one another.

Units with equal incoming weights and bias compute the same; if their outgoing weights are equal
too, they get the same gradient and stay copies for ever: only then is the symmetry unbreakable.
Another thing is a unit that no error reaches because the weights after it are 0: it is blocked,
whether it has copies or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.networks.dense import NONLINEARITIES, DenseNetwork, Parameters
from initlab.networks.distinct import TOLERANCE, Array, first_equal
from initlab.networks.notation import course_parameters, layer_dims_of
from initlab.nonlinearities.table import TABLE
from initlab.validation import finite_number, listed, one_of, real_numbers


def tied_units(network: DenseNetwork, parameters: Parameters) -> dict[int, NDArray[np.intp]]:
    """Return the hidden units whose gradients are equal in exact arithmetic, by layer, from 1.

    Units are tied that are equal in incoming weights, bias and outgoing weights. A layer with such
    units has, for each of its units, the first one that it is tied to: itself where it is alone.
    """
    result = {}
    for k in range(1, network.depth):
        both = np.hstack([_incoming(parameters, k), parameters[f"W{k + 1}"].T])
        first = first_equal(both, 0.0)
        if len(np.unique(first)) < len(first):
            result[k] = first
    return result


@dataclass(frozen=True)
class UnitClass:
    """Hidden units of one layer that compute the same, or exactly its negative.

    Attributes:
        units: numbers of the units, from 1.
        signs: 1 for a unit that computes what the first one does, -1 for its negative.
        tied: the units again, in groups whose outgoing weights match as well (with the sign):
            gradients can never tell the units of a group apart.
    """

    units: tuple[int, ...]
    signs: tuple[int, ...]
    tied: tuple[tuple[int, ...], ...]

    @property
    def separable(self) -> bool:
        """Whether gradients can tell some of its units apart."""
        return len(self.tied) > 1


@dataclass(frozen=True)
class LayerSymmetry:
    """Copies among the units of one hidden layer.

    Attributes:
        layer: number of the layer, from 1.
        units: number of its units.
        distinct: number of units that differ in incoming weights or bias.
        classes: classes of two units or more.
        blocked: units (from 1) that no gradient reaches, because every path from the output to
            them passes a weight of 0.
    """

    layer: int
    units: int
    distinct: int
    classes: tuple[UnitClass, ...]
    blocked: tuple[int, ...]

    def __str__(self) -> str:
        noun = "unit" if self.distinct == 1 else "units"
        sentences = [f"Layer {self.layer}: {self.distinct} distinct {noun} among {self.units}."]
        if self.units == 1:
            sentences = [f"Layer {self.layer} has only 1 unit."]
        sentences += [_class_words(one, self.units) for one in self.classes[:SHOWN]]
        if len(self.classes) > SHOWN:
            rest = len(self.classes) - SHOWN
            found = "is 1 more group" if rest == 1 else f"are {rest} more groups"
            sentences.append(f"There {found} of copies.")
        if self.blocked:
            all_of_them = len(self.blocked) == self.units
            who = "any unit" if all_of_them else _units_words(self.blocked, self.units)
            sentences.append(
                f"Blocked: no gradient reaches {who}, because every path from the output passes "
                "through a weight of 0."
            )
        return " ".join(sentences)


@dataclass(frozen=True)
class Symmetry:
    """Copies among the hidden units of a network, layer by layer.

    Attributes:
        layers: one entry per hidden layer.
    """

    layers: tuple[LayerSymmetry, ...]

    @property
    def distinct_units(self) -> tuple[int, ...]:
        """Number of distinct units per hidden layer."""
        return tuple(layer.distinct for layer in self.layers)

    @property
    def separable(self) -> bool:
        """Whether gradients can tell apart every two units that are copies now."""
        groups = [g for layer in self.layers for one in layer.classes for g in one.tied]
        return all(len(group) == 1 for group in groups)

    def __str__(self) -> str:
        return "\n".join(map(str, self.layers)) or NO_HIDDEN_LAYER


NO_HIDDEN_LAYER = "The network has no hidden layer, so no units can be copies."
SHOWN = 4  # classes, or units of one, that a sentence lists


def symmetry(
    parameters: Any, *, nonlinearity: str | None = None, tolerance: float = TOLERANCE
) -> Symmetry:
    """Find copies among the hidden units of a dense network, and whether they can become different.

    Args:
        parameters: ``{"W1": (out, in), "b1": (out, 1), ...}`` or, in the document's notation,
            ``{"W1": (in, out), "B1": (1, out), ...}``.
        nonlinearity: between the layers; with an odd one, such as tanh, a unit and its negative
            count as copies too. None: only equal units do.
        tolerance: weights are equal that differ by no more than this share of the layer's largest.

    Raises:
        ArgumentError: an argument is refused, or a parameter is not finite.

    Example:
        >>> import initlab
        >>> print(symmetry(initlab.draw_network("W1=1,W2=1", [1, 2, 1], seed=0)))
        Layer 1: 1 distinct unit among 2. Both units are copies of one another, and their outgoing \
weights are equal: gradients can never tell these units apart.
    """
    theta = course_parameters(parameters, where="symmetry")
    for name, value in theta.items():  # of numbers that are not finite none is a copy of another
        real_numbers(name, value, "an array of finite numbers", finite=True, where="symmetry")
    odd = False
    if nonlinearity is not None:
        odd = TABLE[one_of("nonlinearity", nonlinearity, NONLINEARITIES, where="symmetry")].odd
    allowed = finite_number("tolerance", tolerance, minimum=0.0, below=1.0, where="symmetry")
    dims = layer_dims_of(theta)
    depth = len(dims) - 1
    layers = []
    open_units = np.ones(dims[-1], dtype=bool)  # units that the error reaches, output first
    for k in range(depth - 1, 0, -1):
        outgoing = theta[f"W{k + 1}"]
        open_units = (outgoing[open_units] != 0).any(axis=0)
        classes = _unit_classes(_incoming(theta, k), outgoing.T, odd, allowed)
        blocked = _numbered(np.flatnonzero(~open_units))
        copies = tuple(one for one in classes if len(one.units) > 1)
        layers.append(LayerSymmetry(k, dims[k], len(classes), copies, blocked))
    return Symmetry(tuple(reversed(layers)))


def _unit_classes(incoming: Array, outgoing: Array, odd: bool, tolerance: float) -> list[UnitClass]:
    signs = row_signs(incoming, tolerance) if odd else np.ones(len(incoming))
    first = first_equal(incoming * signs[:, np.newaxis], tolerance)
    classes = []
    for head in np.unique(first):
        units = np.flatnonzero(first == head)
        relative = signs[units] * signs[head]
        if odd and not incoming[head].any():  # 0 is its own negative: the way out gives the sign
            relative = row_signs(outgoing[units], tolerance)
            relative = relative * relative[0]
        leaving = first_equal(outgoing[units] * relative[:, np.newaxis], tolerance)
        tied = tuple(_numbered(units[leaving == group]) for group in np.unique(leaving))
        classes.append(UnitClass(_numbered(units), tuple(map(int, relative)), tied))
    return classes


def _numbered(units: NDArray[np.intp]) -> tuple[int, ...]:
    """Indices of units -> their numbers, from 1."""
    return tuple(int(unit) + 1 for unit in units)


def row_signs(rows: Array, tolerance: float) -> NDArray[np.float64]:
    """Return the sign of each row's largest entry, of the first where several are as large."""
    size = np.abs(rows)
    near = size >= size.max(axis=1, keepdims=True) - tolerance * size.max(initial=0.0)
    largest = rows[np.arange(len(rows)), near.argmax(axis=1)]
    return np.where(largest < 0, -1.0, 1.0)


def _class_words(one: UnitClass, width: int) -> str:
    who = _units_words(one.units, width)
    out = "their outgoing weights"
    kind, equal, differ = "copies", f"{out} are equal", f"{out} differ"
    if min(one.signs) < 0:
        kind, equal = "copies or negatives", f"so are {out}"
        differ = f"{out} do not match in size and sign"
    what = f"{who[0].upper()}{who[1:]} are {kind} of one another"
    if not one.separable:
        return f"{what}, and {equal}: gradients can never tell these units apart."
    groups = [group for group in one.tied if len(group) > 1]
    if not groups:
        return f"{what}, but {differ}, so gradients can tell these units apart."
    tied = "; ".join(listed([*map(str, group)], most=2 * SHOWN) for group in groups[:SHOWN])
    more = "; ..." if len(groups) > SHOWN else ""
    match = "are equal" if kind == "copies" else "match in size and sign"
    here, such = "these groups of units", "one such group"
    if len(groups) == 1:
        here, such = "this group of units", "this group"
    return (
        f"{what}. Their outgoing weights {match} only within {here}: {tied}{more}. "
        f"Gradients can never tell the units of {such} apart."
    )


def _units_words(units: tuple[int, ...], width: int) -> str:
    if len(units) == width:
        return {1: "the only unit", 2: "both units"}.get(width, f"all {width} units")
    numbers = listed([*map(str, units)], most=2 * SHOWN)
    return f"{'unit' if len(units) == 1 else 'units'} {numbers}"


def _incoming(parameters: Parameters, layer: int) -> Array:
    return np.hstack([parameters[f"W{layer}"], parameters[f"b{layer}"]])
