"""Measurements -> which layers, by their own numbers, make what the outputs show."""

from __future__ import annotations

import math

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


def enlarging(measured: Measurements) -> tuple[str, ...]:
    """Return the layers whose weights make their outputs far larger than their inputs."""
    names = dict.fromkeys(one.name for one in measured.layers)
    return tuple(name for name in names if (own_gain(measured, name) or 0.0) >= ORDINARY)


def shifted_norms(measured: Measurements) -> tuple[str, ...]:
    """Return the norms whose shift outweighs their scale, so that what follows is flat."""
    kinds = {one.name: one.role for one in measured.anatomy.layers}
    sizes: dict[str, dict[str, float]] = {}
    for one in measured.parameters:
        if kinds.get(one.layer) == NORM and one.role in (SCALE, BIAS):
            sizes.setdefault(one.layer, {})[str(one.role)] = one.norm / math.sqrt(max(1, one.size))
    return tuple(
        name for name, own in sizes.items()
        if own.get(BIAS, 0.0) > SHIFTED * own.get(SCALE, math.inf)
    )  # fmt: skip


def bare_parameters(measured: Measurements) -> tuple[str, ...]:
    """Return the parameters that no layer of a known kind holds."""
    kinds = {one.name: one.role for one in measured.anatomy.layers}
    return tuple(one.name for one in measured.parameters if kinds.get(one.layer) == BARE)
