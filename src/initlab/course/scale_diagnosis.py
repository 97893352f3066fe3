"""Wrong weights of a start -> the mistake that gives exactly these, in words, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 1e-6
SEEDS = (0, 1, 2, 3, 4, 5, 10, 42, 123, 1234)  # those that course code is written with
Weights = Mapping[str, NDArray[np.float64]]
Std = Callable[[int], float]
Laws = Sequence[tuple[str, Callable[[int, int], float]]]

LAWS: Laws = (
    ("plain randn numbers, without a factor", lambda n, m: 1.0),
    ("multiplied by 0.01", lambda n, m: 0.01),
    ("multiplied by 10", lambda n, m: 10.0),
    ("divided by 10", lambda n, m: 0.1),
    ("multiplied by 100", lambda n, m: 100.0),
    ("multiplied by sqrt(2 / n)", lambda n, m: (2 / n) ** 0.5),
    ("multiplied by 2 / n: the sqrt was forgotten", lambda n, m: 2 / n),
    ("multiplied by sqrt(1 / n), which is Xavier's factor", lambda n, m: (1 / n) ** 0.5),
    ("multiplied by 1 / n", lambda n, m: 1 / n),
    ("multiplied by sqrt(2) / n: the sqrt of n was forgotten", lambda n, m: 2**0.5 / n),
    ("multiplied by 2 / sqrt(n): the sqrt of 2 was forgotten", lambda n, m: 2 / n**0.5),
    ("multiplied by sqrt(2 * n)", lambda n, m: (2 * n) ** 0.5),
    ("multiplied by sqrt(n / 2), upside down", lambda n, m: (n / 2) ** 0.5),
    ("multiplied by sqrt(2)", lambda n, m: 2**0.5),
    ("multiplied by sqrt(2 / width of this layer)", lambda n, m: (2 / m) ** 0.5),
    ("multiplied by sqrt(2 / (n + width of this layer)), which is Glorot's factor",
     lambda n, m: (2 / (n + m)) ** 0.5),
    ("multiplied by 10 and by sqrt(2 / n)", lambda n, m: 10 * (2 / n) ** 0.5),
)  # fmt: skip


def diagnose(got: Weights, dims: Sequence[int], std: Std, seed: int) -> str:
    """Return what was done, or "" if none of the common mistakes gives these weights.

    Args:
        got: the student's weights, of the right shapes, with biases.
        dims: layer widths.
        std: the right factor by fan-in.
        seed: the right seed.
    """
    if all(not np.any(got[f"W{k}"]) for k in range(1, len(dims))):
        return "all weights are zero; draw them with np.random.randn."

    def right(n: int, m: int) -> float:
        return std(n)

    for words, law in LAWS:
        if _same(got, _spread(normal_numbers(dims, seed), dims, law)):
            return f"the weights are {words}."
    if _same(got, _spread(_transposed(dims, seed), dims, right)):
        return "the weights are drawn as (in, out) and turned round; draw them as (out, in)."
    if _same(got, _spread(_seeded_in_loop(dims, seed), dims, right)):
        return "the seed is set anew for every layer; set it once, before the loop."
    if any(_same(got, _spread(_uniform(dims, seed), dims, law)) for _, law in (("", right), *LAWS)):
        return "the weights are drawn by rand, which is uniform; randn is normal."
    for other in SEEDS:
        if other != seed and _same(got, _spread(normal_numbers(dims, other), dims, right)):
            return f"the seed is {other}; it must be {seed}."
    return ""


def normal_numbers(dims: Sequence[int], seed: int) -> Iterator[NDArray[np.float64]]:
    """Standard normal numbers of W1, W2, ..., shape (out, in), in the order of the course."""
    generator = np.random.RandomState(seed)
    return (generator.standard_normal((m, n)) for n, m in pairwise(dims))


def _transposed(dims: Sequence[int], seed: int) -> Iterator[NDArray[np.float64]]:
    generator = np.random.RandomState(seed)
    return (generator.standard_normal((n, m)).T for n, m in pairwise(dims))


def _seeded_in_loop(dims: Sequence[int], seed: int) -> Iterator[NDArray[np.float64]]:
    return (np.random.RandomState(seed).standard_normal((m, n)) for n, m in pairwise(dims))


def _uniform(dims: Sequence[int], seed: int) -> Iterator[NDArray[np.float64]]:
    generator = np.random.RandomState(seed)
    return (generator.random_sample((m, n)) for n, m in pairwise(dims))


def _spread(
    numbers: Iterator[NDArray[np.float64]], dims: Sequence[int], law: Callable[[int, int], float]
) -> Iterator[NDArray[np.float64]]:
    return (drawn * law(n, m) for drawn, (n, m) in zip(numbers, pairwise(dims), strict=True))


def _same(got: Weights, expected: Iterator[NDArray[np.float64]]) -> bool:
    return all(
        np.allclose(got[f"W{k}"], value, rtol=TOLERANCE, atol=1e-8)
        for k, value in enumerate(expected, start=1)
    )
