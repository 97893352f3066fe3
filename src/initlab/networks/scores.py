"""Last preactivations and targets -> named scores, for one network or for a stack of them.

Legend: z (..., n, C) with any leading axes, y (n,) or (n, C); a score has the leading axes' shape.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from initlab.networks.dense import DenseNetwork, Parameters
from initlab.networks.forward import outputs
from initlab.networks.metrics import METRICS

if TYPE_CHECKING:
    from jaxtyping import Float, Float64, Shaped

Array = NDArray[np.floating]
Each = Callable[[Array, Array], Array]  # (z, y) -> what is averaged over the samples
MeanLosses = Callable[[Parameters, Array, Array], Array]  # (stack, x, y) -> loss of each network

PIECE_BYTES = 2**19  # of one layer: with its neighbors it stays in a core's second-level cache


def _mean(each: Each, z: Array, y: Array) -> Array:
    values = each(z, y)
    mean = np.asarray(np.mean(values, axis=-1))
    if values.dtype != bool:  # a loss of NaN is NaN
        return mean
    return np.where(np.isnan(z).any(axis=(-2, -1)), np.nan, mean)  # never chance for NaN


@np.errstate(all="ignore")
def score(
    name: str, network: DenseNetwork, z: Float[Array, "*stack n outputs"], y: Shaped[Array, "n ..."]
) -> Float64[NDArray[np.float64], "*stack"]:
    """Return the score of one of :data:`METRICS`; NaN where the outputs are not numbers."""
    row = METRICS[name]
    return np.asarray(row.score(_mean(row.each(network), z, y), y), dtype=np.float64)


@np.errstate(all="ignore")
def per_sample(
    name: str, network: DenseNetwork, z: Float[Array, "n outputs"], y: Shaped[Array, "n ..."]
) -> Float64[NDArray[np.float64], " n"]:
    """Return a score's share of each sample, shape (n,): their mean is the score."""
    row = METRICS[name]
    if np.isnan(z).any():
        return np.full(len(z), np.nan)
    return np.asarray(row.score(row.each(network)(z, y), y), dtype=np.float64)


@np.errstate(all="ignore")
def scores_on(
    names: Sequence[str], network: DenseNetwork, parameters: Parameters,
    x: Float[Array, "n features"], y: Shaped[Array, "n ..."], *,
    mean_losses: MeanLosses | None = None,
) -> dict[str, Float64[NDArray[np.float64], "*stack"]]:  # fmt: skip
    """Return these scores of a network, or of every network of a stack, on some points.

    A stack goes through a few networks at a time. Their number changes no bit: every network of a
    stack is multiplied and summed by itself. ``mean_losses`` computes the losses of a stack, and
    what follows from them, where an engine has it compiled.
    """
    averaged = {name: METRICS[name].each(network) for name in names}
    found: dict[Each, list[Array]] = {each: [] for each in averaged.values()}
    loss = METRICS["loss"].each(network)
    if mean_losses is not None and loss in found:
        found[loss] = [mean_losses(parameters, x, y)]
    left = [parts for parts in found.items() if not parts[1]]
    for members in _pieces(network, parameters, x) if left else ():
        z = outputs(network, members, x)
        for each, parts in left:
            parts.append(_mean(each, z, y))
    result = {}
    for name in names:
        parts = found[averaged[name]]
        values = parts[0] if len(parts) == 1 else np.concatenate(parts)
        result[name] = np.asarray(METRICS[name].score(values, y), dtype=np.float64)
    return result


def _pieces(network: DenseNetwork, parameters: Parameters, x: Array) -> Iterator[Parameters]:
    """Cut a stack along its first axis so that no layer of a piece is larger than PIECE_BYTES."""
    *stack, _, _ = parameters["W1"].shape
    if not stack:
        yield parameters
        return
    member = math.prod(stack[1:]) * len(x) * max(network.layer_dims[1:]) * x.itemsize
    step = max(1, PIECE_BYTES // max(1, member))
    for first in range(0, max(1, stack[0]), step):
        yield {name: value[first : first + step] for name, value in parameters.items()}
