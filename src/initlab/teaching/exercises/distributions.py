"""Drawn weights -> nothing, or WrongAnswer: another spread or distribution, repeated numbers.

Weights become scores: independent standard normal numbers, if the answer is right. Of a layer, a
row, a column or a network three statistics of its scores are taken, each brought to a standard
normal scale: mean, spread and largest size. One that is far out shows a wrong distribution; many
that are all too near to 0 show numbers put right after they were drawn. Each test rejects right
weights less than once in 10**9 times. On 100,000 numbers the spread is noticed at 1.5 % off; a
missing factor of sqrt(2) is 41 %.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from initlab.teaching.exercises.answers import Answer
from initlab.teaching.exercises.expectations import wrong
from initlab.teaching.exercises.scale_diagnosis import SCALES, randn_numbers
from initlab.teaching.exercises.wording import call_words, number_words

Array = NDArray[Any]
SIGMAS = 6.4  # of a statistic's own spread: 2e-10 for a right answer to fall outside
RARE = 1e-10  # probability of what chance no longer explains
KOLMOGOROV = 3.45  # D * sqrt(n): 2 exp(-2 * 3.45**2) = 9e-11
NEAREST = 2.0**-25  # to 0 and 1, of a uniform number in single precision
FEW = 100  # sizes; so few are a choice, not rounding
AT_A_BOUND = 5  # equal largest numbers; in single precision some may be equal
MANY = 100  # numbers that a correlation takes
REPEATED = 0.9  # correlation of numbers that repeat others, but for a factor in each layer
FINE = 100_000  # numbers among which few agree to six digits
LOPSIDED_HINT = "Positive and negative weights must be equally likely."


class Family(NamedTuple):
    """One distribution at any scale: its name, and what turns weights and their std into scores."""

    name: str
    scores: Callable[[Array, float], Array]


class Drawn(NamedTuple):
    """A layer's weights, their answer, their name in the task, and the std they should have."""

    answer: Answer
    name: str
    weight: Array
    std: float


def _uniform_scores(weight: Array, std: float) -> Array:
    from scipy.special import ndtri

    places = np.clip(weight / (math.sqrt(12) * std) + 0.5, NEAREST, 1 - NEAREST)
    return np.asarray(ndtri(places))


NORMAL = Family("the normal distribution", lambda weight, std: weight / std)
UNIFORM = Family("the uniform distribution", _uniform_scores)


def check_distribution(layers: Sequence[Drawn], family: Family, hint: str) -> None:
    """Check that weights are drawn independently from a family, each layer with its own std.

    Args:
        layers: what was drawn, in one call or in calls that do not depend on one another.
        family: the distribution, at every spread.
        hint: for a wrong spread.

    Raises:
        WrongAnswer: they are not; shown on the largest layer that shows it.
    """
    in_order, layers = layers, sorted(layers, key=lambda one: -one.weight.size)
    scores = [family.scores(one.weight.astype(np.float64), one.std) for one in layers]
    for one in layers:
        _check_distinct(one, family)
    for one, score in zip(layers, scores, strict=True):
        _check_spread(one, score, family, hint)
    check_apart(in_order)
    for one, score in zip(layers, scores, strict=True):
        _check_shape(one, score, family)
    for axis, words in enumerate(("outputs", "inputs")):  # many small layers tell what one does not
        widths = [one.weight.shape[axis] for one in layers]
        for width in {width for width in widths if widths.count(width) > 1}:
            together, score = _together(layers, scores, axis, width, words)
            _check_spread(together, score, family, hint)
            _check_shape(together, score, family)
    everything = np.concatenate([score.ravel() for score in scores])
    whole = layers[0]
    if len(layers) > 1:
        whole = whole._replace(name=f"all layers{_from_calls(layers)}")
    _check_shape(whole, everything, family)
    _check_largest(whole, everything, family)
    _check_repeats(layers[0], everything)
    _check_by_chance(layers[0], scores)


class Statistics(NamedTuple):
    """One number for each group of scores; for right answers all but the last are standard normal.

    Attributes:
        mean: the mean.
        spread: the sum of squares about the mean.
        largest: the largest size.
        inexact: how far the spread is from the exact one; of few numbers not quite normal.
    """

    mean: Array
    spread: Array
    largest: Array
    inexact: Array


def statistics(groups: Array) -> Statistics:
    """Return the statistics of each row of scores."""
    from scipy.special import gammainc, gammaincc, ndtr

    n = groups.shape[1]
    centred = groups - groups.mean(axis=1, keepdims=True) if n > 1 else groups
    squares, free = (centred**2).sum(axis=1), max(1, n - 1)
    log_below = n * np.log1p(-2 * ndtr(-abs(groups).max(axis=1)))
    return Statistics(
        groups.sum(axis=1) / math.sqrt(n),
        _normal(gammainc(free / 2, squares / 2), gammaincc(free / 2, squares / 2)),
        _normal(np.exp(log_below), -np.expm1(log_below)),
        (squares / n - 1) * math.sqrt(n / 2),
    )


def _normal(below: Array, above: Array) -> Array:
    """Return the normal number with these probabilities of a smaller and of a larger one."""
    from scipy.special import ndtri

    tail = ndtri(np.maximum(np.minimum(below, above), 1e-300))
    return np.where(below < above, tail, -tail)


def _together(
    layers: Sequence[Drawn], scores: Sequence[Array], axis: int, width: int, words: str
) -> tuple[Drawn, Array]:
    """Return all layers of one width as one, brought to a spread of 1, and its scores."""
    kept = [k for k, one in enumerate(layers) if one.weight.shape[axis] == width]
    first = layers[kept[0]]
    weight = np.concatenate([layers[k].weight.ravel() / layers[k].std for k in kept])
    words = words[:-1] if width == 1 else words
    calls = _from_calls([layers[k] for k in kept]).lstrip()
    calls = calls and f"{calls}; "
    name = (
        f"the set of all weights of layers with {width} {words} ({calls}each weight divided by the "
        "standard deviation that it should have)"
    )
    score = np.concatenate([scores[k].ravel() for k in kept])
    return Drawn(first.answer, name, weight, 1.0), score


def _from_calls(layers: Sequence[Drawn]) -> str:
    """Say how many calls gave these layers; "" for one."""
    calls = len({id(one.answer) for one in layers})
    return f" from {calls} calls" if calls > 1 else ""


def _check_distinct(one: Drawn, family: Family) -> None:
    """Check that no number comes twice, signs aside."""
    sizes = abs(one.weight)
    distinct = len(np.unique(sizes))
    cut = int((sizes == sizes.max()).sum()) >= AT_A_BOUND
    if distinct >= 0.9 * sizes.size and not cut:
        return
    hint = (
        f"Two numbers drawn from {family.name} are almost never equal. Which function draws these "
        "numbers, and how many numbers does one call of that function return?"
    )
    whole = distinct > 2 and bool((sizes == sizes.round()).all())
    if whole or distinct > FEW or distinct >= 0.9 * sizes.size:
        hint = "Are some numbers repeated, rounded, or clipped to a bound?"
    raise wrong(
        one.answer,
        f"the numbers in {one.name} are drawn from {family.name}, each number independently of "
        "the others.",
        f"{distinct:,} distinct absolute value{'s' * (distinct > 1)} among {sizes.size:,} numbers.",
        hint,
    )  # fmt: skip


def _check_spread(one: Drawn, score: Array, family: Family, hint: str) -> None:
    mean, got = mean_and_spread(one.weight)
    size = score.size
    found = statistics(score.reshape(1, -1))
    lopsided = size >= 10 * MANY and not abs(mean) * math.sqrt(size) <= SIGMAS * got
    if not lopsided and not abs(found.spread[0]) <= SIGMAS:
        shape = f" of shape {one.weight.shape}" if one.weight.ndim > 1 else ""
        near = "a standard deviation near" if size < 10 * MANY else "the standard deviation"
        expected = f"{one.name}{shape} has {near}"
        found_words = f"the standard deviation {number_words(got)}."
        if size == 1:
            far = "far from" if found.spread[0] > 0 else "close to"
            expected = f"{one.name}{shape} is drawn from a distribution with the standard deviation"
            found_words = f"the single number {number_words(mean)}, which is too {far} 0."
        raise wrong(one.answer, f"{expected} {number_words(one.std)}.", found_words,
                    _family_too(one, family, hint))  # fmt: skip
    if lopsided or not abs(found.mean[0]) <= SIGMAS:
        raise wrong(one.answer, f"{one.name} has the mean 0.", f"the mean {number_words(mean)}.",
                    _family_too(one, family, LOPSIDED_HINT))  # fmt: skip


def _family_too(one: Drawn, family: Family, hint: str) -> str:
    """Add to a hint that more than mean and spread is wrong, where it is."""
    weight = one.weight.astype(np.float64)
    spread = mean_and_spread(weight)[1]
    several = weight.ndim < 2  # layers together: of one distribution, but each of its own spread
    if several or not spread or _follows(family.scores(weight - weight.mean(), spread)):
        return hint
    also = f"Besides, the numbers do not follow {family.name}: which function draws the numbers?"
    return f"{hint} {also}".strip()


def _check_shape(one: Drawn, score: Array, family: Family) -> None:
    if not _follows(score):
        raise wrong(one.answer, f"the numbers in {one.name} follow {family.name}.",
                    "the mean and the standard deviation are right, but the numbers follow "
                    "another distribution.",
                    "Which function draws the numbers?")  # fmt: skip


def _follows(score: Array) -> bool:
    """Compare scores with the normal cumulative distribution (Kolmogorov-Smirnov)."""
    from scipy.special import ndtr

    cumulated = ndtr(np.sort(score.ravel()))
    n = score.size
    steps = np.arange(n + 1) / n
    distance = max(float((steps[1:] - cumulated).max()), float((cumulated - steps[:-1]).max()))
    return distance * math.sqrt(n) <= KOLMOGOROV


def _check_largest(one: Drawn, scores: Array, family: Family) -> None:
    largest = statistics(scores.reshape(1, -1)).largest
    if not abs(largest[0]) <= SIGMAS:
        size = number_words(float(abs(scores).max()))
        short = largest[0] < 0
        got = (
            f"the largest absolute value is {size} standard deviations, which is too "
            f"{'small' if short else 'large'} for {scores.size:,} numbers."
        )
        if family is UNIFORM:  # its scores are no multiples of its standard deviation
            got = "no number lies close enough to a bound of the distribution."
        raise wrong(
            one.answer,
            f"the {scores.size:,} numbers in {one.name}, including the largest, follow "
            f"{family.name}.",
            got, "Are numbers beyond some bound clipped or drawn again?" if short else "",
        )  # fmt: skip


def _check_repeats(one: Drawn, scores: Array) -> None:
    """Check that small layers do not repeat one another; large ones are compared in pairs."""
    if scores.size <= FINE and len(np.unique(abs(scores).round(6))) < 0.9 * scores.size:
        raise wrong(one.answer, "no layer repeats the numbers of another layer.",
                    "many numbers occur in several layers, up to a constant factor.",
                    "How often is the seed set?")  # fmt: skip


def _check_by_chance(one: Drawn, scores: Sequence[Array]) -> None:
    """Check that layers, rows and columns differ from one another as chance has it."""
    from scipy.special import gammainc, gammaincc

    for part, found in _parts(scores):
        near_spread = found.inexact if part == "layer" else found.spread
        for what, near, far in (
            ("mean", found.mean, found.mean),
            ("standard deviation", near_spread, found.spread),
            ("largest absolute value", found.largest, found.largest),
        ):
            if gammainc(len(near) / 2, (near**2).sum() / 2) < RARE:
                raise wrong(one.answer,
                            f"chance makes the {what} of the weights in each {part} differ from "
                            "its theoretical value.",
                            f"in every {part}, the {what} of the weights is almost exactly its "
                            "theoretical value.",
                            "Are numbers centred or rescaled after they are drawn?")  # fmt: skip
            if gammaincc(len(far) / 2, (np.clip(far, -8, 8) ** 2).sum() / 2) < RARE:
                raise wrong(one.answer,
                            "all weights follow the same distribution after each weight is divided "
                            "by the standard deviation that it should have.",
                            f"the {what} of the divided weights differs from {part} to {part} by "
                            "more than chance can explain.",
                            "Are all weights drawn by the same rule?")  # fmt: skip


def _parts(scores: Sequence[Array]) -> Iterator[tuple[str, Statistics]]:
    """Yield the statistics of all layers, of all rows and of all columns."""
    for part, split in (("layer", lambda score: score.reshape(1, -1)),
                        ("row", lambda score: score), ("column", np.transpose)):  # fmt: skip
        found = [statistics(split(score)) for score in scores]
        yield part, Statistics(*(np.concatenate(values) for values in zip(*found, strict=True)))


def check_apart(layers: Sequence[Drawn]) -> None:
    """Check that numbers depend neither on their neighbours nor on those of another layer.

    Raises:
        WrongAnswer: some do.
    """
    ranks = [(one, _ranks(one.weight)) for one in layers if one.weight.size >= MANY]
    for one, rank in ranks:
        _check_neighbours(one, rank)
    unit = lru_cache(len(ranks))(lambda k, n: _unit_rows(ranks[k][1], n))
    for (k, (one, rank)), (j, (other, others)) in combinations(enumerate(ranks), 2):
        n = min(rank.size, others.size)
        alike = float(abs(unit(k, n) @ unit(j, n).T).max())
        if alike > _chance(n):
            together = one.answer is other.answer
            call = call_words(one.answer)
            theirs = f"of {one.name}" if together else f"from the call {call}"
            if not together and call == call_words(other.answer):
                theirs = "from another call with the same arguments"
            got = f"{other.name} repeats the numbers {theirs}, up to a constant factor."
            if alike < REPEATED:
                got = f"the numbers of {other.name} depend on the numbers {theirs}."
            part = "layer" if together else "call"
            raise wrong(other.answer, f"no {part} repeats the numbers of another {part}.", got,
                        "How often is the seed set?")  # fmt: skip


def _unit_rows(rank: Array, n: int) -> Array:
    """Return the first n ranks, by rows and by columns, each centred and of length 1 or 0.

    The product of two such rows is their correlation.
    """
    rows = np.stack([rank.ravel()[:n], rank.T.ravel()[:n]])
    rows -= rows.mean(axis=1, keepdims=True)
    lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    return np.asarray(np.divide(rows, lengths, out=rows, where=lengths > 0))


def _check_neighbours(one: Drawn, rank: Array) -> None:
    for axis, words in enumerate(("rows", "columns")):
        before, after = np.delete(rank, -1, axis), np.delete(rank, 0, axis)
        if before.size >= MANY and abs(_correlation(before, after)) > _chance(before.size):
            raise wrong(one.answer,
                        f"each number in {one.name} is drawn independently of the others.",
                        f"the {words} of {one.name} depend on one another.",
                        "Are numbers used again after they are drawn?")  # fmt: skip


def _ranks(weight: Array) -> Array:
    """Return each number's place in the order of size; equal numbers share the middle of theirs.

    Ranks of independent numbers are uncorrelated whatever their distribution, mean and largest
    number.
    """
    _, place, count = np.unique(weight, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - count / 2)[place].reshape(weight.shape))


def _correlation(one: Array, other: Array) -> float:
    a, b = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / scale if scale else 0.0


def _chance(n: int) -> float:
    """Return the largest correlation of n independent ranks that chance can explain."""
    return SIGMAS / math.sqrt(n)


def factor_hint(weights: Sequence[Array], otherwise: str) -> str:
    """Return a hint that names the factor behind these weights, if it is a common mistake."""
    for words, scale in SCALES:
        if all(has_spread(weight, scale(weight.shape[1], weight.shape[0])) for weight in weights):
            return f"The weights have the standard deviation of {randn_numbers(words)}."
    return otherwise


def has_spread(weight: Array, std: float) -> bool:
    """Whether weights have this standard deviation, up to chance."""
    return abs(mean_and_spread(weight)[1] / std - 1) < 8 / math.sqrt(2 * weight.size)


def mean_and_spread(weight: Array) -> tuple[float, float]:
    """Return mean and standard deviation, even of numbers whose squares overflow a float."""
    largest = float(abs(weight).max()) or 1.0
    share = weight / weight.dtype.type(largest)
    return (
        float(np.mean(share, dtype=np.float64)) * largest,
        float(np.std(share, dtype=np.float64)) * largest,
    )
