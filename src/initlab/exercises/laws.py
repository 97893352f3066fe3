"""Drawn weights -> nothing, or WrongAnswer: another spread, another law, numbers that repeat.

Each test rejects right weights less than once in 10**8 times. On 100,000 numbers the spread is
noticed at 1.4 % off; a missing factor of sqrt(2) is 41 %.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.exercises.answers import Answer
from initlab.exercises.expectations import wrong
from initlab.exercises.wording import number_words

Array = NDArray[Any]
SIGMAS = 6.0  # of a statistic's own spread: 2e-9 for a right answer to fall outside
FEW = 100  # sizes; so few are a choice, not rounding
KOLMOGOROV = 3.2  # D * sqrt(n): 2 exp(-2 * 3.2**2) = 3e-9


def check_spread(
    answer: Answer, weight: Array, name: str, std: float, *, kurtosis: float, hint: str = ""
) -> None:
    """Compare mean and standard deviation with those of the law.

    Args:
        answer: where the weight comes from.
        weight: what was drawn.
        name: what the task calls it.
        std: of the law.
        kurtosis: of the law, 3 for normal and 1.8 for uniform; it says how exact a std can be.
        hint: for a wrong spread.

    Raises:
        WrongAnswer: one of them is off.
    """
    got = float(np.std(weight, dtype=np.float64))
    mean = float(np.mean(weight, dtype=np.float64))
    if not abs(mean) <= SIGMAS * got / math.sqrt(weight.size):
        raise wrong(answer, f"{name} has the mean 0.", f"it has {number_words(mean)}.",
                    "Positive and negative weights are equally likely.")  # fmt: skip
    exact = math.sqrt((kurtosis - 1) / (4 * weight.size))  # relative std of a std from n numbers
    if not abs(got / std - 1) <= SIGMAS * exact + 1e-6:
        expected = f"{name}, {weight.shape}, has the standard deviation {number_words(std)}."
        raise wrong(answer, expected, f"it has {number_words(got)}.", hint)


def check_shape(
    answer: Answer, weight: Array, name: str, law: str, distribution: Callable[[Array], Array]
) -> None:
    """Compare the drawn numbers with the law's distribution function (Kolmogorov-Smirnov).

    Raises:
        WrongAnswer: they follow another law.
    """
    cumulated = distribution(np.sort(weight.ravel().astype(np.float64)))
    n = weight.size
    steps = np.arange(n + 1) / n
    distance = max(float((steps[1:] - cumulated).max()), float((cumulated - steps[:-1]).max()))
    if not distance * math.sqrt(n) <= KOLMOGOROV:
        raise wrong(answer, f"the numbers of {name} follow {law}.",
                    "mean and spread are right, but they follow another law.",
                    "Which function of the generator draws them?")  # fmt: skip


def check_distinct(answer: Answer, weights: Mapping[str, Array]) -> None:
    """Check that no number comes twice, signs aside.

    Raises:
        WrongAnswer: many do.
    """
    for name, weight in weights.items():
        distinct = len(np.unique(abs(weight)))
        if distinct < 0.9 * weight.size:
            sizes = "different size" if distinct == 1 else "different sizes"
            hint = "How many numbers does one draw give, and of what kind?"
            if distinct > FEW:
                hint = "Are some repeated, rounded, or cut off at a bound?"
            raise wrong(answer, f"each number of {name} is drawn by itself.",
                        f"{distinct:,} {sizes} among {weight.size:,} numbers.",
                        hint)  # fmt: skip


def check_apart(answer: Answer, weights: Mapping[str, Array]) -> None:
    """Check that numbers do not follow from their neighbours or from another layer's.

    Raises:
        WrongAnswer: some do.
    """
    for name, weight in weights.items():
        _check_neighbours(answer, name, weight)
    for (one, first), (other, second) in combinations(weights.items(), 2):
        if max(abs(r) for r in (_correlation(first, second), _correlation(first.T, second))) > 1:
            raise wrong(answer, "every layer draws numbers of its own.",
                        f"{other} repeats the numbers of {one}, up to a factor.",
                        "How often is the seed set?")  # fmt: skip


def _check_neighbours(answer: Answer, name: str, weight: Array) -> None:
    for axis, words in enumerate(("rows", "columns")):
        before = np.delete(weight, -1, axis).ravel()
        after = np.delete(weight, 0, axis).ravel()
        if abs(_correlation(before, after)) > 1:
            raise wrong(answer, f"each number of {name} is drawn by itself.",
                        f"its {words} follow from one another.")  # fmt: skip


def _correlation(one: Array, other: Array) -> float:
    """Correlation in the order drawn, in units of what chance can do."""
    n = min(one.size, other.size)
    if n < 100:
        return 0.0
    a, b = one.ravel()[:n].astype(np.float64), other.ravel()[:n].astype(np.float64)
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / scale * math.sqrt(n) / SIGMAS if scale else 0.0


def factor_hint(weights: Sequence[Array], otherwise: str) -> str:
    """Name the factor that gives these spreads, where it is a common mistake."""
    from initlab.course.scale_diagnosis import LAWS

    for words, law in LAWS:
        if all(_has_spread(weight, law(weight.shape[1], weight.shape[0])) for weight in weights):
            return f"The spread is that of {_numbers(words)}."
    return otherwise


def _numbers(words: str) -> str:
    return words if words.startswith("plain") else f"randn numbers {words}"


def _has_spread(weight: Array, std: float) -> bool:
    return abs(float(np.std(weight, dtype=np.float64)) / std - 1) < 8 / math.sqrt(2 * weight.size)
