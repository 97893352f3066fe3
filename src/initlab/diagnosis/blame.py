"""Measurements -> which layers, by their own numbers, make what the outputs show."""

from __future__ import annotations

import math
from collections.abc import Iterable

from initlab.diagnosis.measurements import Measurements
from initlab.networks.anatomy import BARE, BIAS, NORM, SCALE, WEIGHT

ORDINARY = 100.0  # gain of one layer: within a factor of this, it is not what makes sizes explode
SHIFTED = 5.0  # times its scale: a norm's outputs then have one sign (all but 6 in 10 million)


def own_gain(measured: Measurements, layer: str) -> float | None:
    """Return by how much a layer's weights multiply the mean square of independent inputs.

    It is the sum of the squares of a unit's weights; None where the layer has none.
    """
    widths = [one.width for one in measured.layers if one.name == layer]
    squares = [one.norm * one.norm for one in measured.of(layer) if one.role == WEIGHT]
    return sum(squares) / widths[0] if widths and squares else None


def is_ordinary(measured: Measurements, layer: str) -> bool:
    """Whether a layer's own weights can't be what makes its outputs so large, or so small."""
    gain = own_gain(measured, layer)
    return gain is not None and 1 / ORDINARY < gain < ORDINARY


def enlarging(measured: Measurements) -> dict[str, float]:
    """Return the gains of the layers whose weights make outputs far larger than inputs."""
    names = dict.fromkeys(one.name for one in measured.layers)
    gains = {name: own_gain(measured, name) or 0.0 for name in names}
    return {name: gain for name, gain in gains.items() if gain >= ORDINARY}


def shifted_norms(measured: Measurements, flat: Iterable[str]) -> tuple[str, ...]:
    """Return the norms next to flat layers whose shift outweighs their scale: they make them flat.

    They stand just before or just behind such a layer, in the order of computation.
    """
    order, near = [*measured.anatomy.layers], {*flat}
    norms = {
        one.name for k, one in enumerate(order) if one.role == NORM
        and near & {side.name for side in (*order[max(0, k - 1) : k], *order[k + 1 : k + 2])}
    }  # fmt: skip
    sizes: dict[str, dict[str, float]] = {}
    for one in measured.parameters:
        if one.layer in norms and one.role in (SCALE, BIAS):
            sizes.setdefault(one.layer, {})[str(one.role)] = one.norm / math.sqrt(max(1, one.size))
    return tuple(
        name for name, own in sizes.items()
        if own.get(BIAS, 0.0) > SHIFTED * own.get(SCALE, math.inf)
    )  # fmt: skip


def bare_parameters(measured: Measurements) -> tuple[str, ...]:
    """Return the parameters that no layer of a known kind holds."""
    kinds = {one.name: one.role for one in measured.anatomy.layers}
    return tuple(one.name for one in measured.parameters if kinds.get(one.layer) == BARE)
