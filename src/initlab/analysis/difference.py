"""Cells of a study -> every pair of initializations: how far apart, and is it noise."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from initlab.analysis.claims import PairTest, compare_pairs
from initlab.analysis.exchange import exchange_p
from initlab.analysis.paired import (
    FEWEST_FOR_RANKS,
    FEWEST_FOR_T,
    gaps,
    rounded,
    typical_difference,
)
from initlab.analysis.scoring import goodness, score_of
from initlab.analysis.statistics import LEVEL, Floats, holm
from initlab.analysis.wording import (
    counted,
    gap_interval_text,
    gap_text,
    is_share,
    metric_label,
    p_text,
    shown_names,
)
from initlab.records.cell import Cell
from initlab.records.record import without_nonfinite
from initlab.records.study import Study

ROUNDING = 1e-14  # of the largest difference: a mean below it is 0 on paper
T_TEST = "paired t test"
EQUAL_TEST = "all differences equal"
SIGNED_RANKS = "signed-rank test"
EXCHANGE = "permutation test"
NO_INTERVAL = (
    "no interval is given, because it would contain 0 although the test finds a difference"
)
INFINITE = "has an infinite loss at seeds where the other init has a finite loss"
NO_SIZE = " by an amount that is unknown because not all runs have a finite score"


@dataclass(frozen=True)
class Difference:
    """Two initializations compared on common seeds.

    Attributes:
        first: an initialization.
        second: a later one of the table.
        metric: the score compared.
        pairs: number of seeds at which both have a score.
        mean_difference: mean over these of the first's score minus the second's; infinite where
            one of two losses is (two infinite losses differ by 0); None where undefined.
        difference: the typical difference over all seeds, the first's minus the second's, a run
            without a score worst: from 6 seeds Hodges and Lehmann's, below the mean.
        ci95: its 95 % interval; None below 3 seeds, below 6 also where a run has no score, and at
            chosen rates where 0 lies in it though the test, which chooses the rates anew, tells the
            two apart. Of a bound of exactly 0 with p <= 0.05, 0 itself is outside.
        optimistic: whether that interval is at learning rates chosen on these same seeds.
        test: which test p is of; None without one.
        p: two-sided p-value; None without a test.
        p_holm: p after Holm's correction over all comparisons of the study.
        p_overall: p-value of "all initializations are alike"; None without a test.
        comparisons: number of p-values corrected together.
        noise: True unless p_holm shows a difference.
        ahead: who is better by the test's measure, shown or not; None if neither is.
        winner: the better one; None where it is noise.
        reason: why a number is missing.
        words: the same in a sentence.
        higher_is_better: whether more of the score is better.
    """

    first: str
    second: str
    metric: str
    pairs: int
    mean_difference: float | None
    difference: float | None
    ci95: tuple[float, float] | None
    optimistic: bool
    test: str | None
    p: float | None
    p_holm: float | None
    p_overall: float | None
    comparisons: int
    noise: bool
    ahead: str | None
    winner: str | None
    reason: str | None
    words: str
    higher_is_better: bool

    def to_record(self) -> dict[str, Any]:
        """Return the fields as JSON types; an infinite difference is null with its reason."""
        record, nonfinite = without_nonfinite(self)
        return {**record, "nonfinite": nonfinite}


def differences(
    study: Study,
    cells: Iterable[Cell],
    *,
    complete: bool = True,
    all_cells: Iterable[Cell] | None = None,
) -> list[Difference]:
    """Return every pair of initializations, in the order of the table, in ``study.metric``.

    Args:
        study: the settings.
        cells: its results, of each initialization at the rate that is shown.
        complete: whether all cells are there; if not, nothing is tested and nobody wins.
        all_cells: those at every learning rate, where there are several; without them there is no
            test at several rates.

    Raises:
        ArgumentError: the study's metric is not a score of its cells.
    """
    shown, several = list(cells), len(study.rates) > 1
    higher = study.higher_is_better(study.metric)
    grid = study.inits, study.seeds
    scores = whole = goodness(shown, study.metric, (*grid, (None,)), higher=higher)
    if several and all_cells is not None:
        whole = goodness(all_cells, study.metric, (*grid, study.rates), higher=higher)
    places = list(itertools.combinations(range(len(scores)), 2))
    tests, overall, reason = [PairTest(math.nan, 0)] * len(places), None, None
    if not complete:
        reason = "the study is not finished"
    elif several and all_cells is None:
        reason = "no test is possible without the scores at the other learning rates"
    elif places:
        tests, overall = compare_pairs(whole), exchange_p(whole)[0]
    by_init: dict[str, list[Cell]] = {init: [] for init in study.inits}
    for cell in shown:
        by_init[cell.init].append(cell)
    corrected = iter(holm([test.p for test in tests if not math.isnan(test.p)]))
    found = []
    for (i, j), test in zip(places, tests, strict=True):
        p_holm = None if math.isnan(test.p) else next(corrected)
        own = {study.inits[k]: by_init[study.inits[k]] for k in (i, j)}
        one = _difference(study, own, scores[[i, j], :, 0], test, p_holm)
        if reason is not None:
            one = replace(one, difference=None, ci95=None, optimistic=False, reason=reason)
        holds_zero = one.ci95 is not None and one.ci95[0] < 0 < one.ci95[1]
        if one.p is not None and one.p <= LEVEL and holds_zero:
            one = replace(one, ci95=None, optimistic=False, reason=NO_INTERVAL)
        noise = one.p_holm is None or one.p_holm > LEVEL or not agrees(one)
        winner = None if noise else one.ahead
        found.append(replace(one, p_overall=overall, noise=noise, winner=winner))
    comparisons = sum(one.p is not None for one in found)
    found = [replace(one, comparisons=comparisons) for one in found]
    names = shown_names(study.inits)

    def words(one: Difference) -> str:
        ahead = None if one.ahead is None else names[one.ahead]
        shown = replace(one, first=names[one.first], second=names[one.second], ahead=ahead)
        seeds = counted(len(study.seeds), "seed")
        return _words(shown, seeds if complete else f"{one.pairs} of {seeds}")

    return [replace(one, words=words(one)) for one in found]


def _difference(
    study: Study,
    cells: Mapping[str, Sequence[Cell]],
    scores: Floats,
    test: PairTest,
    p_holm: float | None,
) -> Difference:
    names = list(cells)
    mean, pairs, reason = _mean(study, *cells.values())
    typical, interval = _typical(study, *scores)
    ahead = {1: names[0], -1: names[1]}.get(test.ahead)
    return Difference(
        first=names[0],
        second=names[1],
        metric=study.metric,
        pairs=pairs,
        mean_difference=mean,
        difference=typical,
        ci95=interval,
        optimistic=len(study.rates) > 1 and interval is not None,
        test=None if p_holm is None else _test(study, *scores),
        p=None if p_holm is None else test.p,
        p_holm=p_holm,
        p_overall=None,
        comparisons=0,
        noise=True,
        ahead=ahead,
        winner=None,
        reason=_no_test(study) if p_holm is None else reason,
        words="",
        higher_is_better=study.higher_is_better(study.metric),
    )


def _mean(
    study: Study, first: Sequence[Cell], second: Sequence[Cell]
) -> tuple[float | None, int, str | None]:
    """Return the mean difference over seeds where both have a score, their number, and a reason."""
    metric, higher = study.metric, study.higher_is_better(study.metric)
    ours, theirs = (
        {c.seed: score_of(c, metric, higher=higher) for c in cells} for cells in (first, second)
    )
    both = [(ours[seed], theirs.get(seed)) for seed in ours]
    pairs = [(a, b) for a, b in both if a is not None and b is not None]
    if not pairs:
        return None, 0, None
    d = gaps(*np.array(pairs).T)
    if np.isposinf(d).any() and np.isneginf(d).any():
        return None, len(pairs), f"each init {INFINITE}"
    mean = float(np.mean(d))
    if abs(mean) < ROUNDING * np.max(np.abs(d)):
        mean = 0.0
    reason = f"one init {INFINITE}" * math.isinf(mean)
    return mean, len(pairs), reason or None


def _typical(
    study: Study, first: Floats, second: Floats
) -> tuple[float | None, tuple[float, float] | None]:
    if not np.isfinite([first, second]).any():
        return None, None
    center, interval = typical_difference(gaps(first, second))
    if study.higher_is_better(study.metric):
        return center, interval
    return 0.0 - center, None if interval is None else (0.0 - interval[1], 0.0 - interval[0])


def _test(study: Study, first: Floats, second: Floats) -> str:
    if len(study.rates) > 1:
        return EXCHANGE
    if len(study.seeds) >= FEWEST_FOR_RANKS:
        return SIGNED_RANKS
    d = rounded(gaps(first, second))
    return EQUAL_TEST if (d == d[0]).all() else T_TEST


def _no_test(study: Study) -> str:
    if len(study.rates) > 1:
        return f"with several learning rates, a test needs {FEWEST_FOR_RANKS} seeds"
    if len(study.seeds) < FEWEST_FOR_T:
        return f"a test needs {FEWEST_FOR_T} seeds"
    return f"a run has no score, and a test then needs {FEWEST_FOR_RANKS} seeds"


# Words


def _words(d: Difference, seeds: str) -> str:
    lead, behind = sides(d)
    if d.difference is None and d.pairs == 0:
        return f"{d.first} and {d.second} cannot be compared: no seed has a score for both."
    detail, size = detail_words(d, seeds), size_of(d)
    if is_tie(d):
        return f"{d.first} and {d.second} tie{detail}."
    size = size and f"{size} {'of' if is_share(d.metric) else 'in'} {metric_label(d.metric)}"
    by = (f" by {size}" if size else NO_SIZE) + detail
    if d.p is None:
        if d.ahead or _value(d):
            return f"{lead} is ahead of {behind}{by}, but {d.reason}."
        return f"{lead} and {behind} differ{by}, but {d.reason}."
    if not d.noise:
        return f"{lead} beats {behind}{by}."
    if d.p <= LEVEL and agrees(d):
        among = f"but not after the correction for {d.comparisons} pairs of inits"
        return (
            f"{lead} is ahead of {behind}{by}. The lead is significant in a single test, {among}."
        )
    noise = f"The difference between {d.first} and {d.second} is not distinguishable from noise"
    return f"{noise}: {size}{detail}." if size else f"{noise}{detail}."


def sides(d: Difference) -> tuple[str, str]:
    """Return who is ahead and who is behind by the difference that is shown.

    Where it is 0 or not known, by the test; the first and the second where that knows neither.
    """
    first = d.ahead != d.second
    if value := _value(d):
        first = (value > 0) == d.higher_is_better
    return (d.first, d.second) if first else (d.second, d.first)


def is_tie(d: Difference) -> bool:
    """Whether the two have the same score at every seed."""
    return d.ahead is None and d.difference == 0 and d.ci95 in (None, (0, 0)) and d.p in (None, 1)


def agrees(d: Difference) -> bool:
    """Whether the one who is ahead by the test is so by the difference that is shown too.

    At chosen learning rates it may be the other one, because the test chooses the rates anew.
    """
    return d.ahead is not None and d.ahead == sides(d)[0]


def size_of(d: Difference) -> str:
    """Return "3.1 points"; "" where no number says how far apart the two are."""
    value = _value(d)
    return "" if value is None or math.isinf(value) else gap_text(d.metric, value)


def detail_words(d: Difference, counts: str, *, corrected: bool = True) -> str:
    """Return, in parentheses, a difference's interval, what it is over, test and p-value.

    Args:
        d: the difference.
        counts: number of seeds, in words.
        corrected: whether to add the p-value after Holm's correction.
    """
    sign = 1.0 if (sides(d)[0] == d.first) == d.higher_is_better else -1.0
    notes = []
    if d.ci95 is not None and not is_tie(d):
        low, high = sorted(sign * bound + 0.0 for bound in d.ci95)
        if not (math.isinf(low) and math.isinf(high)):
            kind = "optimistic 95 % interval" if d.optimistic else "95 % interval"
            shown = gap_interval_text(d.metric, (low, high))
            if low == 0 and d.p is not None and d.p <= LEVEL:
                shown = f"{shown}, 0 excluded"  # the test rejects it
            notes.append(f"{kind} {shown}")
    notes.append(counts)
    if d.p is not None:
        p = p_text(d.p)
        if corrected and d.p_holm is not None and d.comparisons > 1:
            p += f", corrected for {d.comparisons} pairs: {p_text(d.p_holm)}"
        notes.append(f"{d.test}, {p}")
    return f" ({'; '.join(notes)})"


def _value(d: Difference) -> float | None:
    return d.mean_difference if d.difference is None else d.difference
