"""Scores of every initialization, seed and rate -> which claims of a difference they allow.

Three kinds of claim, each wrong in at most 5 % of studies without a difference; benchmarks/
calibration.py counts it.

- *Winner*: the best observed beats every other at two-sided 5 %. No correction is due: all of these
  tests must reject (an intersection-union test).
- *A beats B*: two-sided 5 % after Holm's correction over all pairs.
- *best*: every initialization but those shown worse than the best observed, each at one-sided
  5 % / (k - 1), so that one that is truly best is seldom missing (Hsu 1984); and only where the
  test that all are alike rejects at 5 %, so that of many equal ones seldom any is missing.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from initlab.analysis.exchange import exchange_p
from initlab.analysis.paired import FEWEST_FOR_RANKS, FEWEST_FOR_T, direction, gaps, paired_p
from initlab.analysis.statistics import LEVEL, Floats

Name = TypeVar("Name", bound=Hashable)


class PairTest(NamedTuple):
    """Two-sided p-value, NaN without a test, and who is ahead: 1 the first, -1 the second, or 0."""

    p: float
    ahead: int


def compare_pairs(scores: Floats) -> list[PairTest]:
    """Return the test of every pair of initializations, in the order of the table.

    Args:
        scores: (initialization, seed, rate), better-is-larger; -inf for a run without one.
    """
    pairs = list(itertools.combinations(range(len(scores)), 2))
    if not pairs:
        return []
    if scores.shape[-1] > 1:
        return [_exchanged(scores[[i, j]]) for i, j in pairs]
    first, second = (scores[[pair[side] for pair in pairs], :, 0] for side in (0, 1))
    leads = direction(gaps(first, second))
    return [PairTest(float(p), int(a)) for p, a in zip(paired_p(first, second), leads, strict=True)]


def _exchanged(scores: Floats) -> PairTest:
    p, (first, second) = exchange_p(scores)
    enough = scores.shape[1] >= FEWEST_FOR_RANKS
    return PairTest(p if enough else math.nan, int(np.sign(first - second)))


def winner(ranked: Sequence[Name], ahead: Mapping[tuple[Name, Name], float]) -> Name | None:
    """Return the best observed where it beats every other, or None.

    Args:
        ranked: the initializations, best observed first.
        ahead: two-sided p-values by (who is ahead, who is behind).
    """
    first, *others = ranked
    beaten = [ahead.get((first, other), 1.0) <= LEVEL for other in others]
    return first if beaten and all(beaten) else None


def best(
    ranked: Sequence[Name], ahead: Mapping[tuple[Name, Name], float], overall: float
) -> list[Name]:
    """Return all that are not shown worse than the best observed, best observed first.

    Args:
        ranked: the initializations, best observed first.
        ahead: two-sided p-values by (who is ahead, who is behind).
        overall: p-value of "all are alike".
    """
    first, *others = ranked
    if winner(ranked, ahead) is not None:
        return [first]
    level = LEVEL / max(2, len(others))  # of 2 initializations: as for a winner
    worse = [other for other in others if ahead.get((first, other), 1.0) / 2 <= level]
    return [name for name in ranked if overall > LEVEL or name not in worse]


def seeds_needed(inits: int, rates: int) -> int:
    """Return how many seeds a study needs before it can name a winner; 1 for a single init."""
    if inits < 2:
        return 1
    return FEWEST_FOR_T if rates == 1 else FEWEST_FOR_RANKS
