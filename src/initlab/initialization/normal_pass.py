"""Random bits -> float32 normal numbers, in one compiled pass: the very bits of ``float32``.

NumPy reads and writes memory once for every operation, here some thirty times a number; one
compiled loop does so once. Each number is rounded as often as NumPy rounds it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from initlab.initialization.float32 import (
    COSINE,
    EIGHT,
    EXPONENT_BITS,
    HALF,
    LN_2,
    LOGARITHM,
    ONE,
    QUARTER,
    SIGN_BIT,
    SINE,
    SQRT_HALF_BITS,
    STEP,
    Floats,
)
from initlab.initialization.vector_code import LANES, Vector, compiled_loop

Words = NDArray[np.uint32]


def normal_pairs(std: float, words: Words, out: Floats) -> None:
    """Write normal numbers of mean 0, the steps of ``float32``'s NumPy operations in one loop.

    Args:
        std: their std.
        words: random bits, one word for each number; contiguous.
        out: the numbers, an even count; contiguous.
    """
    half = out.size // 2
    if not half:  # the loop writes once at least
        return
    if missing := -half % LANES:
        padded = np.zeros((2, half + missing), np.uint32)
        padded[:, :half] = words.reshape(2, half)
        numbers = np.empty((2, half + missing), np.float32)
        normal_pairs(std, padded.ravel(), numbers.ravel())
        out[:] = numbers[:, :half].ravel()
        return
    taken, written, skip = words.ctypes.data, out.ctypes.data, half * out.itemsize
    _loop()(-2 * std * std, taken, taken + skip, written, written + skip, half)


@functools.cache
def _loop() -> Callable[[float, int, int, int, int, int], None]:
    return compiled_loop(_normal_pair)


def _normal_pair(scale: Vector, radii: Vector, turns: Vector) -> tuple[Vector, Vector]:
    bits = (1.0 - _unit(radii)).words()
    exponent = (bits - SQRT_HALF_BITS) & EXPONENT_BITS
    x = (bits - exponent).floats() - ONE
    logarithm = (_polynomial(LOGARITHM, x) * x - HALF) * (x * x) + x
    logarithm = logarithm + exponent.rounded() * LN_2
    radius = (logarithm * scale).sqrt()
    turn = _unit(turns) - HALF
    p = abs(turn) - QUARTER
    square = p * p
    signed = (radius.words() ^ (turn.words() & SIGN_BIT)).floats()
    return _polynomial(SINE, square) * p * radius, _polynomial(COSINE, square) * signed


def _unit(word: Vector) -> Vector:
    return (word >> EIGHT).rounded() * STEP  # [0, 1), of 24 bits


def _polynomial(coefficients: tuple[Floats, ...], x: Vector) -> Vector:
    result = x * coefficients[0] + coefficients[1]
    for coefficient in coefficients[2:]:
        result = result * x + coefficient
    return result
