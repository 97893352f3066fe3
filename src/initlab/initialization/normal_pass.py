"""Random bits -> float32 normal numbers, in one compiled pass: the very bits of ``float32``.

NumPy reads and writes memory once for every operation, here some thirty times a number. numba
compiles one loop. Nothing is reordered and nothing is fused: each number is rounded as often as
NumPy rounds it. Loading numba takes as long as it saves on some 300 million numbers, so
``float32`` asks for this module only in a process that draws many.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.compiling import compiled
from initlab.initialization import float32

Words = NDArray[np.uint32]

ONE, HALF, QUARTER, STEP = np.float32(1), np.float32(0.5), np.float32(0.25), np.float32(2**-24)
EIGHT = np.uint32(8)
SQRT_HALF_BITS, EXPONENT_BITS, SIGN_BIT = (
    np.int32(c) for c in (float32.SQRT_HALF_BITS, float32.EXPONENT_BITS, float32.SIGN_BIT)
)
LN_2 = np.float32(float32.LN_2)
LOGARITHM, SINE, COSINE = (
    tuple(np.float32(c) for c in one) for one in (float32.LOGARITHM, float32.SINE, float32.COSINE)
)


def normal_pairs(std: float, words: Words, out: float32.Floats) -> None:
    """Write normal numbers of mean 0, the steps of ``float32``'s NumPy operations in one loop.

    Args:
        std: their std.
        words: random bits, one word for each number.
        out: the numbers, an even count.
    """
    half = out.size // 2
    # arrays of their own: an index that is computed keeps the loop from being vectorized
    _fill(np.float32(-2 * std * std), words[:half], words[half:], out[:half], out[half:])


@compiled
def _polynomial(coefficients: Any, x: Any) -> Any:
    result = x * coefficients[0] + coefficients[1]
    for k in range(2, len(coefficients)):
        result = result * x + coefficients[k]
    return result


@compiled
def _unit(word: Any) -> Any:
    return np.float32(np.int32(np.uint32(word >> EIGHT))) * STEP  # [0, 1), of 24 bits


@compiled
def _fill(
    scale: Any, radii: Words, turns: Words, first: float32.Floats, second: float32.Floats
) -> None:
    for i in range(len(first)):
        u = ONE - _unit(radii[i])
        bits = np.float32(u).view(np.int32)
        exponent = np.int32(np.int32(bits - SQRT_HALF_BITS) & EXPONENT_BITS)
        x = np.int32(bits - exponent).view(np.float32) - ONE
        logarithm = (_polynomial(LOGARITHM, x) * x - HALF) * (x * x) + x
        logarithm = logarithm + np.float32(exponent) * LN_2
        radius = np.float32(math.sqrt(logarithm * scale))
        turn = _unit(turns[i]) - HALF
        p = abs(turn) - QUARTER
        square = p * p
        first[i] = _polynomial(SINE, square) * p * radius
        sign = np.int32(np.float32(turn).view(np.int32) & SIGN_BIT)
        signed = np.int32(radius.view(np.int32) ^ sign).view(np.float32)
        second[i] = _polynomial(COSINE, square) * signed
