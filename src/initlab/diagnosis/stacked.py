"""Outputs of a dense network's layers, a row per sample -> the signal of each, all at once.

What :func:`initlab.diagnosis.signal.signal` computes of one layer is computed here of the columns
of all layers together: where layers are small, a study spends its time between arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.diagnosis.measurements import Measured
from initlab.diagnosis.signal import Signal, counts_of

Array = NDArray[np.float64]


class Stacked:
    """The columns of several layers side by side, and what is summed over each layer.

    Args:
        layers: arrays of a row per sample, at least one.
    """

    def __init__(self, layers: Sequence[NDArray[Any]]) -> None:
        self.widths = np.array([one.shape[1] for one in layers])
        self.starts = np.cumsum(self.widths) - self.widths
        self.values: Array = np.concatenate(layers, axis=1, dtype=np.float64)

    @cached_property
    def nonfinite(self) -> list[int]:
        """How many numbers of each layer are NaN or infinite."""
        finite = np.isfinite(self.values)
        if finite.all():
            return [0] * len(self.widths)
        return [int(one) for one in self.summed((~finite).sum(axis=0))]

    def summed(self, columns: NDArray[Any]) -> NDArray[Any]:
        """Return, in place of the numbers of a layer's columns, their sum; by the last axis."""
        found: NDArray[Any] = np.add.reduceat(columns, self.starts, axis=-1)
        return found

    def means(self, columns: Array) -> Array:
        """Return the means in place of the sums."""
        found: Array = self.summed(columns) / self.widths
        return found

    def spread_out(self, layers: NDArray[Any]) -> NDArray[Any]:
        """Return, for each column, the number of its layer."""
        return np.repeat(layers, self.widths, axis=-1)

    def column_error(self, columns: Array, alone: NDArray[Any] | float) -> Array:
        """Return the standard error of each layer's mean over columns; ``alone`` for a single one.

        It is what a sum over units may be off where as many others had been drawn.
        """
        rest = columns - self.spread_out(self.means(columns))
        variance = self.summed(rest * rest) / np.maximum(self.widths - 1, 1)
        return np.where(self.widths > 1, np.sqrt(variance / self.widths), alone)


@np.errstate(all="ignore")
def second_moments(stacked: Stacked, *, noise: bool = True) -> list[Measured | None]:
    """Return the mean square of each layer's numbers; None where they are not finite."""
    q, error, _, _ = _squares(stacked, noise=noise)
    return [
        None if bad else Measured(*pair)
        for bad, *pair in zip(stacked.nonfinite, q.tolist(), error.tolist(), strict=True)
    ]


@np.errstate(all="ignore")
def signals(stacked: Stacked, *, whole: bool = True) -> list[Signal]:
    """Return the signal of each layer; of a single sample neither correlation nor spread.

    Args:
        stacked: the outputs.
        whole: False leaves out histograms, and the noise of all but q.
    """
    z, count = stacked.values, len(stacked.values)
    q, noise, per_sample, per_unit = _squares(stacked)
    sizes = [Measured(*pair) for pair in zip(q.tolist(), noise.tolist(), strict=True)]
    bad = stacked.nonfinite
    if count < 2:
        return [Signal(None if n else one, None, None, n)
                for one, n in zip(sizes, bad, strict=True)]  # fmt: skip
    total = z.sum(axis=0)
    rest = z - total / count
    rest *= rest
    by_unit = rest.sum(axis=0) / count
    varied = np.minimum(1.0, stacked.means(by_unit) / q)
    error = np.zeros(len(varied))
    if whole:
        unit_part = stacked.column_error(by_unit - stacked.spread_out(varied) * per_unit, 0.0)
        error = np.hypot(_error(stacked.means(rest) - varied * per_sample), unit_part) / q
    spreads = [Measured(*pair) for pair in zip(varied.tolist(), error.tolist(), strict=True)]
    correlations = _correlations(stacked, per_sample, per_unit, total, noise=whole)
    found = []
    for k, one in enumerate(sizes):
        if bad[k]:
            found.append(Signal(None, None, None, bad[k]))
        elif one.value == 0:
            found.append(Signal(one, None, Measured(0.0), 0))
        else:
            start = stacked.starts[k]
            columns = z[:, start : start + stacked.widths[k]]
            counts = counts_of(columns, one.value**0.5) if whole else ()
            found.append(Signal(one, correlations[k], spreads[k], 0, counts))
    return found


def _squares(
    stacked: Stacked, *, noise: bool = True
) -> tuple[Array, Array, Array, Array]:  # fmt: skip
    """Return the mean squares by layer, their noise, and those by sample and layer, and by unit."""
    square = stacked.values * stacked.values
    per_unit = square.sum(axis=0) / len(square)
    q = stacked.means(per_unit)
    if not noise:
        return q, np.zeros(len(q)), q, per_unit
    per_sample = stacked.means(square)
    # one unit alone has the spread of the square of a normal number
    unit_part = stacked.column_error(per_unit, np.sqrt(2) * q)
    return q, np.hypot(_error(per_sample), unit_part), per_sample, per_unit


def _correlations(
    stacked: Stacked, per_sample: Array, per_unit: Array, total: Array, *, noise: bool
) -> list[Measured | None]:
    """Return the mean cosine of pairs of samples, by layer; None where it is not known.

    Args:
        stacked: the numbers.
        per_sample: mean squares, by sample and layer.
        per_unit: mean squares, by unit.
        total: sums over the samples, by unit.
        noise: whether it is measured.
    """
    count = len(per_sample)
    size = np.sqrt(per_sample * stacked.widths)
    known = size > 0
    directions = stacked.values / stacked.spread_out(size + ~known)
    samples = known.sum(axis=0)
    along = directions.sum(axis=0)
    if not noise:  # the sum over pairs is the square of a sum
        c = (stacked.summed(along * along) / samples - 1) / (samples - 1)
        c, error = np.clip(c, -1.0, 1.0), np.zeros(len(samples))
    else:
        each = (stacked.summed(directions * along) - 1) / (samples - 1)
        mean = np.where(known, each, 0.0).sum(axis=0) / samples
        off = np.where(known, each - mean, 0.0)
        c = np.clip(mean, -1.0, 1.0)
        products = (total * total / count - per_unit) / (count - 1)
        width = stacked.column_error(products - stacked.spread_out(c) * per_unit, 0.0)
        width = np.where(stacked.widths > 1, width / stacked.means(per_unit), 1 - c * c)
        error = np.hypot(2 * np.sqrt((off * off).sum(axis=0) / (samples - 1) / samples), width)
    return [
        Measured(*pair) if number > 1 else None
        for number, *pair in zip(samples.tolist(), c.tolist(), error.tolist(), strict=True)
    ]


def _error(each: Array) -> Array | float:
    """Return the standard errors of means over samples; 0 of a single one."""
    count = len(each)
    if count < 2:
        return 0.0
    off = each - each.sum(axis=0) / count
    found: Array = np.sqrt((off * off).sum(axis=0) / ((count - 1) * count))
    return found
