"""A weight -> whether its numbers are those of a distribution in which nothing is random."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import numpy as np

from initlab.errors import InitlabError
from initlab.initialization.audit.copies import rows_of
from initlab.initialization.digits import bits_of
from initlab.initializers.distributions import Cosines, Distribution, Sinusoids
from initlab.networks.anatomy import Part

ULPS = 8  # by which numbers of one distribution may differ: the scale is fitted


def is_fixed(tensor: Any, part: Part | None, dtype: str) -> bool:
    """Whether a weight, or each of a stack of them, is a multiple of cosines or of sinusoids.

    Layers of one shape that hold these are equal, and no copies of one another.
    """
    matrix = rows_of(tensor, part)
    if matrix is None or part is None or part.axes is None:
        return False
    stack = math.prod(part.view[k] for k in part.axes.batch)
    first = matrix.reshape(stack, -1, matrix.shape[1]).astype(np.float64)
    return any(
        _is_multiple(first, distribution, dtype)
        for distribution in _distributions(*first.shape[1:])
    )


def _distributions(out: int, into: int) -> list[Distribution]:
    found: list[Distribution] = []
    for kind in (Cosines, Sinusoids):
        with contextlib.suppress(InitlabError):  # on this shape all waves are flat
            found.append(kind(1.0, out, into))
    return found


def _is_multiple(matrix: Any, distribution: Distribution, dtype: str) -> bool:
    wave = distribution.draw(matrix.shape[1:], np.random.default_rng(0))
    scale = float(np.vdot(wave, matrix[0]) / np.vdot(wave, wave))
    near = ULPS * 2.0 ** -bits_of(dtype) * np.abs(scale * wave).max()
    return bool(scale and (np.abs(matrix - scale * wave) <= near).all())
