"""Wrong weights -> the mistake that gives exactly these, in words, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 1e-6
SEEDS = (0, 1, 2, 3, 4, 5, 10, 42, 123, 1234)  # those that course code is written with
Weights = Mapping[str, NDArray[np.float64]]
Std = Callable[[int], float]
Scale = Callable[[int, int], float]  # fan-in and width of the layer -> factor
Draw = Callable[[np.random.RandomState, int, int], NDArray[np.float64]]

SCALES: Sequence[tuple[str, Scale]] = (
    ("that are not multiplied by a factor", lambda n, m: 1.0),
    ("multiplied by 0.01", lambda n, m: 0.01),
    ("multiplied by 10", lambda n, m: 10.0),
    ("divided by 10", lambda n, m: 0.1),
    ("multiplied by 100", lambda n, m: 100.0),
    ("multiplied by sqrt(2 / n)", lambda n, m: (2 / n) ** 0.5),
    ("multiplied by 2 / n (the sqrt was forgotten)", lambda n, m: 2 / n),
    ("multiplied by sqrt(1 / n) (Xavier's factor)", lambda n, m: (1 / n) ** 0.5),
    ("multiplied by 1 / n", lambda n, m: 1 / n),
    ("multiplied by sqrt(2) / n (the sqrt of n was forgotten)", lambda n, m: 2**0.5 / n),
    ("multiplied by 2 / sqrt(n) (the sqrt of 2 was forgotten)", lambda n, m: 2 / n**0.5),
    ("multiplied by sqrt(2 * n)", lambda n, m: (2 * n) ** 0.5),
    ("multiplied by sqrt(n / 2) (2 and n are swapped)", lambda n, m: (n / 2) ** 0.5),
    ("multiplied by sqrt(2)", lambda n, m: 2**0.5),
    ("multiplied by sqrt(2 / width of this layer)", lambda n, m: (2 / m) ** 0.5),
    ("multiplied by sqrt(2 / (n + width of this layer)) (Glorot's factor)",
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
        return "all weights are zero; draw the weights with np.random.randn."

    def right(n: int, m: int) -> float:
        return std(n)

    def same(scale: Scale, draw: Draw = _normal, drawn_with: int = seed) -> bool:
        generator = np.random.RandomState(drawn_with)
        return all(
            np.allclose(
                got[f"W{k}"], draw(generator, m, n) * scale(n, m), rtol=TOLERANCE, atol=1e-8
            )
            for k, (n, m) in enumerate(pairwise(dims), start=1)
        )

    for words, scale in SCALES:
        if same(scale):
            return f"the weights are {randn_numbers(words)}."
    if same(right, lambda generator, m, n: _normal(generator, n, m).T):
        return (
            "the weights are drawn with the shape (inputs, outputs) and then transposed; draw the "
            "weights with the shape (outputs, inputs)."
        )
    if same(right, lambda generator, m, n: _normal(np.random.RandomState(seed), m, n)):
        return "the seed is set again for every layer; set the seed once, before the loop."
    if any(same(scale, _uniform) for scale in (right, *(scale for _, scale in SCALES))):
        return "the weights are drawn by rand, which is uniform; draw the weights with randn."
    for other in SEEDS:
        if other != seed and same(right, drawn_with=other):
            return f"the seed is {other}; the seed must be {seed}."
    return ""


def randn_numbers(words: str) -> str:
    """Say what one of :data:`SCALES` means, with what n is.

    Example:
        >>> randn_numbers("multiplied by 2 / n")
        'randn numbers multiplied by 2 / n, where n is the width of the previous layer'
    """
    n = ", where n is the width of the previous layer" if re.search(r"\bn\b", words) else ""
    return f"randn numbers {words}{n}"


def _normal(generator: np.random.RandomState, m: int, n: int) -> NDArray[np.float64]:
    return generator.standard_normal((m, n))


def _uniform(generator: np.random.RandomState, m: int, n: int) -> NDArray[np.float64]:
    return generator.random_sample((m, n))
