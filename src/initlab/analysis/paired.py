"""Paired differences of two initializations -> p-value, typical difference and its interval.

Differences are better-is-positive: one per seed, +inf where only the second run has no score, 0
where neither has one. All functions work along the last axis, so that a simulation of many studies
takes the same path as one study. No p-value draws random numbers.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from initlab.analysis.statistics import NORMAL_975, Floats, median
from initlab.errors import invalid_argument

FEWEST_FOR_T = 3
FEWEST_FOR_RANKS = 6  # with 5 pairs the smallest two-sided p of signed ranks is 0.0625
MOST_FOR_EXACT = 200  # pairs that differ; beyond, a normal approximation of p = 0.05 is 1 % off
LARGEST_SUM = 2**20  # of exact ranks: 8 MB; reached with thousands of pairs, most of them equal
FEW = 2**14  # comparisons of every two numbers of a row
DIGITS = 12  # of the largest: differences equal on paper must compare equal
FARTHER = 2**43  # than twice any difference on that grid: stands for infinity


def paired_p(first: Floats, second: Floats) -> Floats:
    """Return the two-sided p-value of "neither is better"; NaN where no test is possible.

    From 6 pairs the exact signed-rank test. With 3 to 5 pairs the paired t test where every run has
    a score, and :func:`equal_p` where all differences are equal. No difference at all gives 1.

    Args:
        first: scores, better-is-larger, the pairs along the last axis; -inf for none.
        second: those of the other.
    """
    d, pairs = rounded(gaps(first, second)), first.shape[-1]
    if pairs >= FEWEST_FOR_RANKS:
        return signed_rank_p(d)
    p = np.full(d.shape[:-1], np.nan)
    if pairs < FEWEST_FOR_T:
        return p
    equal, scored = (d == d[..., :1]).all(-1), np.isfinite(d).all(-1)
    p[scored & ~equal] = t_test_p(d[scored & ~equal])
    p[equal] = np.where(d[equal][..., 0] == 0, 1.0, equal_p(pairs))
    return p


def gaps(first: Floats, second: Floats) -> Floats:
    """Return first minus second; 0 where both are -inf, two runs that are equally bad."""
    d = np.zeros(np.broadcast_shapes(first.shape, second.shape))
    np.subtract(first, second, out=d, where=first != second)
    return d


def direction(differences: ArrayLike) -> Floats:
    """Return 1 where the first is ahead by what the test looks at, -1 where the second is, or 0."""
    d = rounded(differences)
    sizes = np.sign(d) * ranks(np.abs(d))
    if d.shape[-1] < FEWEST_FOR_RANKS:
        sizes = np.where(np.isfinite(d).all(-1, keepdims=True), d, sizes)
    return np.asarray(np.sign(np.round(np.sum(sizes, -1), DIGITS)))


def rounded(differences: ArrayLike) -> Floats:
    """Return the differences on a grid of 1e-12 of the largest finite one."""
    d = np.asarray(differences, dtype=np.float64)
    if np.isnan(d).any() or d.ndim == 0 or d.shape[-1] == 0:
        raise invalid_argument("differences", "one number or more, none of them NaN", differences)
    sizes = np.where(np.isfinite(d), np.abs(d), 0.0).max(-1, keepdims=True)
    scale = np.where(sizes > 0, sizes, 1.0)
    return np.asarray(np.round(d / scale, DIGITS) * scale)


def equal_p(pairs: int) -> float:
    """Return the p-value of a few differences that are all equal and not 0: 2 / 4**pairs.

    The t test divides by 0 there. Of two independent runs with one and the same distribution, a
    difference d has at most the probability 1/4 and -d as much, reached where two scores have 1/2
    each; all pairs then agree with probability 2 / 4**pairs. So it is where every run of one has a
    score and no run of the other.
    """
    return 2.0 / 4.0**pairs


def t_test_p(d: Floats) -> Floats:
    """Return the two-sided p-value of the paired t test."""
    from scipy.special import stdtr

    pairs = d.shape[-1]
    t = np.mean(d, -1) / (np.std(d, -1, ddof=1) / np.sqrt(pairs))
    return np.asarray(2 * stdtr(pairs - 1, -np.abs(t)))


def signed_rank_p(differences: ArrayLike) -> Floats:
    """Return the two-sided p-value of Wilcoxon's signed-rank test, for rows of differences.

    The sizes are ranked, equal ones share their mean rank, and every difference but 0 may change
    its sign (Pratt 1959). p is the share of sign patterns whose sum is at least as far from 0:
    exact up to 200 differences that are not 0, by the normal distribution with a correction for
    continuity beyond.
    """
    d = rounded(differences)
    doubled = 2 * ranks(np.abs(d))
    sums = np.sum(np.sign(d) * doubled, -1)
    weights = np.where(d == 0, 0.0, doubled).astype(np.int64)
    p = np.ones(sums.shape)
    for place in np.ndindex(sums.shape):
        if sums[place]:
            p[place] = _tail(weights[place].tolist(), abs(int(sums[place])))
    return p


def ranks(sizes: Floats) -> Floats:
    """Return ranks from 1 along the last axis; equal values share the mean of theirs."""
    if sizes.size * sizes.shape[-1] <= FEW:  # to count is sooner done than to sort
        one, others = sizes[..., :, None], sizes[..., None, :]
        return np.asarray(((others < one).sum(-1) + (others <= one).sum(-1) + 1) / 2)
    order = np.argsort(sizes, -1)
    ordered = np.take_along_axis(sizes, order, -1)
    places = np.arange(1.0, sizes.shape[-1] + 1)
    new = np.ones(sizes.shape, dtype=bool)
    new[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    first = np.maximum.accumulate(np.where(new, places, 0.0), -1)
    ends = np.ones(sizes.shape, dtype=bool)
    ends[..., :-1] = new[..., 1:]
    last = np.flip(np.minimum.accumulate(np.flip(np.where(ends, places, np.inf), -1), -1), -1)
    found = np.empty(sizes.shape)
    np.put_along_axis(found, order, (first + last) / 2, -1)
    return found


def _tail(doubled: list[int], least: int) -> float:
    """Return the share of sign patterns whose sum of ranks is at least so far from 0."""
    step = math.gcd(*doubled)
    weights, least = sorted(one // step for one in doubled if one > 0), least // step
    total = sum(weights)
    if len(weights) > MOST_FOR_EXACT or total > LARGEST_SUM:
        from scipy.special import ndtr

        # sums are 2 apart: half of that is the correction for continuity
        return float(2 * ndtr((1 - least) / math.sqrt(sum(one * one for one in weights))))
    # a pattern's sum is 2 * (sum of its positive ranks) - total
    tails = _upper_tails(tuple(weights))
    return float(min(1.0, 2 * tails[(least + total + 1) // 2]))


@lru_cache(maxsize=32)
def _upper_tails(weights: tuple[int, ...]) -> Floats:
    """Return, for every sum, the share of sign patterns whose positive ranks reach it."""
    share = np.zeros(sum(weights) + 1)
    share[0] = 1.0
    for rank in weights:
        flipped = np.zeros_like(share)
        flipped[rank:] = share[: share.size - rank]
        share = (share + flipped) / 2
    return np.asarray(np.cumsum(share[::-1])[::-1])


def typical_difference(d: Floats) -> tuple[float, tuple[float, float] | None]:
    """Return the difference of one pair and its 95 % interval; None where there is none.

    From 6 pairs the median of all means of two differences and the order statistics of these means
    that belong to the signed-rank test (Hodges and Lehmann 1963); with 3 to 5 finite pairs that
    are not all equal, the mean and the interval of the t test.
    """
    d, pairs = rounded(d), d.size
    if pairs >= FEWEST_FOR_RANKS:
        count, cut = pairs * (pairs + 1) // 2, _walsh_cut(pairs)
        low, below, above, high = walsh_means(d, cut, (count - 1) // 2, count // 2, count - 1 - cut)
        return float(median(np.array([below, above]))), (low, high)
    if not np.isfinite(d).all():
        middle = float(median(np.sort(d)))
        return 0.0 if np.isnan(middle) else middle, None  # between -inf and +inf
    mean = float(np.mean(d))
    if pairs < FEWEST_FOR_T or (d == d[0]).all():
        return mean, None
    from scipy.special import stdtrit

    half = float(stdtrit(pairs - 1, 0.975) * np.std(d, ddof=1) / np.sqrt(pairs))
    return mean, (mean - half, mean + half)


def walsh_means(d: Floats, *places: int) -> list[float]:
    """Return the means of two differences, each with itself too, at these places by size.

    The mean of -inf and +inf, one run without a score each, is 0. Up to 200 pairs all means are
    sorted. Beyond, differences are whole numbers on the grid of 1e-12 of the largest, and every
    mean is found by halving its range and counting the means below: memory grows with the pairs,
    not with their square.

    Args:
        d: the differences, shape (pairs,), as :func:`rounded` returns them.
        places: from 0, the smallest.
    """
    if d.size <= MOST_FOR_EXACT:
        i, j = _pairs(d.size)
        with np.errstate(invalid="ignore"):
            means = d[i] / 2 + d[j] / 2
        means = np.sort(np.where(np.isnan(means), 0.0, means))
        return [float(means[place]) for place in places]
    scale = float(np.abs(d[np.isfinite(d)]).max(initial=0.0)) or 1.0
    whole = np.sort(np.clip(np.rint(d / scale * 10**DIGITS), -FARTHER, FARTHER)).astype(np.int64)
    sums = [_sum_at(whole, place) for place in places]
    return [
        found / 10**DIGITS / 2 * scale
        if abs(found) < FARTHER / 2
        else math.copysign(math.inf, found)
        for found in sums
    ]


@lru_cache(maxsize=4)
def _pairs(size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the places of two of so many, each with itself too."""
    i, j = np.triu_indices(size)
    return i, j


def _sum_at(ordered: NDArray[np.int64], place: int) -> int:
    """Return the sum of two numbers, each with itself too, at this place by size."""
    before = np.arange(ordered.size)
    low, high = 2 * int(ordered[0]), 2 * int(ordered[-1])
    while low < high:
        middle = (low + high) // 2
        reached = np.searchsorted(ordered, middle - ordered, side="right") - before
        if int(np.maximum(reached, 0).sum()) > place:
            high = middle
        else:
            low = middle + 1
    return low


@lru_cache(maxsize=64)
def _walsh_cut(pairs: int) -> int:
    """Return how many means of two may lie beyond each end of the interval."""
    count = pairs * (pairs + 1) // 2
    if pairs > MOST_FOR_EXACT:
        spread = np.sqrt(count * (2 * pairs + 1) / 12)
        return int(count / 2 - NORMAL_975 * spread)
    tails = _upper_tails(tuple(range(1, pairs + 1)))  # P(T >= t) = P(T <= count - t)
    return int(np.count_nonzero(tails <= (1 - 0.95) / 2) - 1)
