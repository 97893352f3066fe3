"""A module and a batch -> singular values of its outputs' Jacobian by its inputs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.modules.framework import load_torch
from initlab.randomness import SAMPLES, generator_for

Array = NDArray[np.float64]
FEW, SEVERAL, DIRECTIONS = 8, 32, 12  # samples, those of a batch; directions of the outputs
LARGEST = 10_000_000  # parameters, where nobody asks


def singular_values(
    run: Callable[[tuple[Any, ...]], Any], given: tuple[Any, ...], *, mixes: bool, seed: int
) -> tuple[float, ...]:
    """Return the singular values of the Jacobian, largest first, in the mean over samples.

    Of up to a dozen outputs it is the whole Jacobian, one backward pass for each; of more, what a
    dozen random orthonormal directions of the outputs see of it, times sqrt(outputs / 12): the
    squares then have the right sum in expectation. The mean is the root of that of the squares.

    Args:
        run: the module: its inputs -> its outputs.
        given: its inputs, the first one of floating numbers.
        mixes: whether the samples of a batch go into each other's outputs, as with batch
            statistics: one sample's Jacobian is then looked at, within a batch of up to 32.
        seed: of the directions.
    """
    torch = load_torch()
    count = len(given[0])
    few = min(SEVERAL if mixes else FEW, count)
    x = given[0][:few].detach().clone().requires_grad_()
    rest = (one[:few] if isinstance(one, torch.Tensor) and one.dim() and len(one) == count else one
            for one in given[1:])  # fmt: skip
    # the forward may write into what it is given, but not into a leaf
    outputs = run((x * 1, *rest))
    looked_at = 1 if mixes else few
    flat = outputs[:looked_at].reshape(looked_at, -1)
    directions, scale = directions_of(flat.shape[1], seed)
    rows = []
    for one in directions:
        cotangent = torch.as_tensor(one, dtype=flat.dtype, device=flat.device)
        (found,) = torch.autograd.grad(
            flat, x, cotangent.expand_as(flat), retain_graph=True, allow_unused=True
        )
        if found is None:
            return (0.0,) * len(directions)
        rows.append(found[:looked_at].reshape(looked_at, -1).double().cpu().numpy())
    return mean_singular_values(np.stack(rows, axis=1), scale)


def directions_of(width: int, seed: int) -> tuple[Array, float]:
    """Return orthonormal directions of outputs, in rows, and what their values are times."""
    if width <= DIRECTIONS:
        return np.eye(width), 1.0
    generator = generator_for(seed, "diagnosis, Jacobian", SAMPLES)
    drawn = generator.standard_normal((width, DIRECTIONS))
    return np.linalg.qr(drawn)[0].T, math.sqrt(width / DIRECTIONS)


def mean_singular_values(jacobians: Array, scale: float) -> tuple[float, ...]:
    """Return the singular values of Jacobians, (samples, outputs, inputs); none if not finite."""
    if not np.isfinite(jacobians).all():
        return ()
    values = np.linalg.svd(jacobians, compute_uv=False) * scale
    return tuple(map(float, np.sqrt((values**2).mean(axis=0))))
