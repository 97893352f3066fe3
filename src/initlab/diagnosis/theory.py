"""A plain stack's weights, nonlinearities and first inputs -> mean-field q, c and g of its layers.

Each sample has its own q, and each of some pairs its own correlation: both go from layer to layer
by the maps of :mod:`initlab.nonlinearities.mean_fields`, with the variances that the weights and
biases of this network have. Expectations are sums over fixed nodes, quick enough for a hundred
samples at once: good to about 1e-4 of smooth functions, to 1e-2 where a slope jumps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initlab.nonlinearities.quadrature import normal_density
from initlab.nonlinearities.table import Nonlinearity

Array = NDArray[np.float64]
MOST_PAIRS = 48
MEAN_ERRORS = 5.0  # standard errors that a mean of 0 may be off


def _nodes(reach: float, count: int) -> tuple[Array, Array]:
    """Return nodes and weights for a normal variable; 0, where kinks are, lies between two."""
    step = 2 * reach / count
    z: Array = (np.arange(count, dtype=np.float64) + 0.5) * step - reach
    weights = normal_density(z)
    return z, weights / weights.sum()


NODES, WEIGHTS = _nodes(8.0, 2000)
PAIR_NODES, PAIR_WEIGHTS = _nodes(6.0, 48)


@dataclass(frozen=True)
class Stage:
    """One layer of a plain stack.

    Attributes:
        variance: mean square of its weights.
        bias: mean square of its biases; 0 without.
        fan_in: inputs that an output sums, in the mean over the outputs: fewer at padded edges.
        fan_out: outputs that an input goes to, in the mean over the inputs.
        nonlinearity: what follows; None for nothing.
    """

    variance: float
    bias: float
    fan_in: float
    fan_out: float
    nonlinearity: Nonlinearity | None


@dataclass(frozen=True)
class Inputs:
    """What the first layer sums, in the mean over its outputs.

    Attributes:
        squares: of each sample, the sum of its squared inputs.
        products: of each pair of samples, the sum of the products of their inputs.
        pairs: the two samples of each pair, shape (pairs, 2).
    """

    squares: Array
    products: Array
    pairs: NDArray[np.intp]


@dataclass(frozen=True)
class Line:
    """Mean-field values of one layer; g is up to a factor for the whole stack."""

    q: float
    c: float | None
    g: float | None


def pairs_of(samples: int) -> NDArray[np.intp]:
    """Return pairs of samples, each sample in two of them, from all over the batch."""
    chosen = np.unique(np.linspace(0, samples - 1, min(samples, MOST_PAIRS)).astype(np.intp))
    if len(chosen) < 2:
        return np.zeros((0, 2), dtype=np.intp)
    found = np.stack([chosen, np.roll(chosen, max(1, len(chosen) // 2))], axis=1)
    return found if len(chosen) > 2 else found[:1]


@np.errstate(all="ignore")
def lines(inputs: Inputs, stages: Sequence[Stage]) -> list[Line]:
    """Return the values of each layer's outputs."""
    pairs = inputs.pairs
    found: list[tuple[Array, float | None]] = []
    slopes: list[Array] = []  # E f'(z)**2, by sample
    squares = inputs.squares
    half_distance = (squares[pairs[:, 0]] + squares[pairs[:, 1]]) / 2 - inputs.products
    for number, stage in enumerate(stages):
        gain = stage.variance * (stage.fan_in if number else 1.0)  # the first inputs are summed
        q = gain * squares + stage.bias
        left, right = q[pairs[:, 0]], q[pairs[:, 1]]
        # 1 - c from differences: where inputs merge, c itself is 1 to the last digits
        root = np.sqrt(left * right)
        apart = gain * half_distance - (np.sqrt(left) - np.sqrt(right)) ** 2 / 2
        apart = np.clip(apart / np.where(root > 0, root, 1), 0.0, 2.0)
        known = root > 0
        found.append((q, float(1 - apart[known].mean()) if known.any() else None))
        squares, half_distance, slope = _passed(stage.nonlinearity, q, pairs, apart)
        slopes.append(slope)
    g = np.ones(len(inputs.squares))
    back = [g]
    for k in range(len(stages) - 1, 0, -1):
        g = g * stages[k].variance * stages[k].fan_out * slopes[k - 1]
        back.append(g)
    return [Line(float(q.mean()), c, float(g.mean()))
            for (q, c), g in zip(found, back[::-1], strict=True)]  # fmt: skip


def _passed(
    row: Nonlinearity | None, q: Array, pairs: NDArray[np.intp], apart: Array
) -> tuple[Array, Array, Array]:
    """Return E f**2 by sample, E (f1 - f2)**2 / 2 by pair, and E f'**2 by sample."""
    if row is None:
        root = np.sqrt(q[pairs[:, 0]] * q[pairs[:, 1]])
        mean = (q[pairs[:, 0]] + q[pairs[:, 1]]) / 2
        return q, mean - root + root * apart, np.ones_like(q)
    z = np.sqrt(q)[:, np.newaxis] * NODES
    a = row.value(z)
    slope = row.derivative(z, a)
    # two normal variables of this correlation are sums and differences of independent ones
    along = np.sqrt(1 - apart / 2)[:, np.newaxis, np.newaxis] * PAIR_NODES[:, np.newaxis]
    across = np.sqrt(apart / 2)[:, np.newaxis, np.newaxis] * PAIR_NODES
    std = np.sqrt(q)[:, np.newaxis, np.newaxis]
    first = row.value(std[pairs[:, 0]] * (along + across))
    second = row.value(std[pairs[:, 1]] * (along - across))
    distance = (first - second) ** 2 @ PAIR_WEIGHTS @ PAIR_WEIGHTS
    return (a * a) @ WEIGHTS, distance / 2, (slope * slope) @ WEIGHTS


def random_like(mean: float, square: float, count: int) -> bool:
    """Whether weights have a mean that as many independent draws of mean 0 could have."""
    return mean * mean <= MEAN_ERRORS**2 * square / count


def scaled(found: Sequence[Line], g: float | None) -> list[Line]:
    """Return lines whose last g is a measured one."""
    last = (found[-1].g if found else None) or 0.0
    if g is None or not math.isfinite(g) or not last > 0:
        return [Line(one.q, one.c, None) for one in found]
    return [Line(one.q, one.c, (one.g or 0.0) * g / last) for one in found]
