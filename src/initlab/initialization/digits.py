"""Dtype -> how many bits of a number it keeps, and how far rounding moves one."""

from __future__ import annotations

BITS = {"bfloat16": 8, "float16": 11, "float64": 52}
SINGLE_BITS = 24
SUMS = {"float64": 1e-12}  # share that sums and products of many numbers lose; else float32's
SINGLE_SUMS = 1e-6


def bits_of(dtype: str) -> int:
    """Return how many bits of a number in a dtype are left to chance."""
    return BITS.get(dtype, SINGLE_BITS)


def rounding_of(dtype: str) -> float:
    """Return the share of its size by which a number may be off in a dtype.

    Half a step of the short ones; of the others what is lost where it is computed.
    """
    return max(2.0 ** -bits_of(dtype), SUMS.get(dtype, SINGLE_SUMS))
