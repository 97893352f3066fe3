"""Oracles: scipy's tests, loops over every sign pattern, closed forms."""

from __future__ import annotations

import itertools
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from initlab.analysis.paired import (
    direction,
    equal_p,
    gaps,
    paired_p,
    ranks,
    rounded,
    signed_rank_p,
    typical_difference,
    walsh_means,
)
from initlab.errors import ArgumentError


def _p_of(d: list[float]) -> float:
    return float(paired_p(np.array(d), np.zeros(len(d))))


@pytest.mark.parametrize("pairs", [6, 9, 20, 45])
@pytest.mark.parametrize("shift", [-0.6, 0.0, 0.4])
def test_without_ties_it_is_scipys_exact_wilcoxon_test(pairs: int, shift: float) -> None:
    d = np.random.default_rng(pairs).normal(shift, 1.0, size=pairs)
    wanted = stats.wilcoxon(d, method="exact").pvalue
    assert signed_rank_p(d) == pytest.approx(wanted, rel=1e-9)


def _p_by_enumeration(d: list[float]) -> float:
    sizes = stats.rankdata(np.abs(d))  # zeros are ranked and have no sign
    observed = abs(np.sum(np.sign(d) * sizes))
    moving = sizes[np.array(d) != 0]
    sums = [abs(np.dot(signs, moving)) for signs in itertools.product((1, -1), repeat=len(moving))]
    return float(np.mean(np.array(sums) >= observed - 1e-9))


@given(st.lists(st.integers(-20, 20), min_size=6, max_size=10))
@settings(max_examples=60)
def test_p_is_the_share_of_all_sign_patterns_with_ties_and_zeros(counts: list[int]) -> None:
    d = [0.95 + count / 100 - 0.95 for count in counts]  # accuracies: rounding must not part ties
    assert signed_rank_p(d) == pytest.approx(_p_by_enumeration(counts), abs=1e-12)


def test_a_diverged_run_ranks_worst_and_two_of_them_tie() -> None:
    first = np.array([0.9, 0.8, 0.9, 0.7, 0.9, -math.inf])
    second = np.array([0.5, -math.inf, 0.6, -math.inf, 0.8, -math.inf])
    d = gaps(first, second)
    assert d.tolist() == [0.9 - 0.5, math.inf, 0.9 - 0.6, math.inf, 0.9 - 0.8, 0.0]
    assert paired_p(first, second) == pytest.approx(2 / 2**5)
    assert direction(d) == 1


@pytest.mark.parametrize("scale", [5e-324, 1e-300, 1e300])
def test_the_size_of_differences_does_not_change_their_p(scale: float) -> None:
    assert signed_rank_p([3 * scale, 2 * scale, scale, scale, scale, scale]) == 2 / 2**6


def test_two_hundred_pairs_are_exact_and_more_are_close() -> None:
    d = np.random.default_rng(2).normal(0.15, 1.0, size=201)
    assert signed_rank_p(d[:200]) == pytest.approx(
        stats.wilcoxon(d[:200], method="exact").pvalue, rel=1e-9
    )
    assert signed_rank_p(d) == pytest.approx(stats.wilcoxon(d, method="exact").pvalue, rel=0.02)


@pytest.mark.parametrize(
    ("better", "worse", "equal"), [(160, 120, 0), (125, 90, 300), (1500, 1410, 9)]
)
def test_many_differences_of_one_size_have_the_p_of_a_sign_test(
    better: int, worse: int, equal: int
) -> None:
    d = np.array([0.01] * better + [-0.01] * worse + [0.0] * equal)
    wanted = stats.binomtest(better, better + worse).pvalue
    assert signed_rank_p(d) == pytest.approx(wanted, rel=0.03)


def test_a_few_differences_among_many_equal_pairs_are_tested_exactly() -> None:
    d = np.array([0.01] * 9 + [-0.01] + [0.0] * 20_000)
    assert signed_rank_p(d) == pytest.approx(stats.binomtest(9, 10).pvalue, rel=1e-12)


def test_rows_are_tested_apart() -> None:
    d = np.random.default_rng(3).integers(-3, 4, size=(4, 5, 8))
    rows = [[float(signed_rank_p(row)) for row in table] for table in d]
    assert signed_rank_p(d).tolist() == rows


@pytest.mark.parametrize("pairs", [3, 4, 5])
def test_a_few_pairs_have_the_paired_t_test(pairs: int) -> None:
    d = np.random.default_rng(pairs).normal(0.5, 1.0, size=pairs)
    assert _p_of(list(d)) == pytest.approx(stats.ttest_1samp(d, 0).pvalue, rel=1e-9)


@pytest.mark.parametrize("pairs", [1, 2])
def test_one_or_two_pairs_have_no_test(pairs: int) -> None:
    assert math.isnan(_p_of([0.4] * pairs))


def test_a_few_pairs_with_a_diverged_run_have_no_test_but_where_all_of_one_diverged() -> None:
    assert math.isnan(_p_of([math.inf, 0.4, 0.3, 0.2, 0.3]))
    assert _p_of([math.inf] * 5) == equal_p(5)


def test_a_few_equal_differences_have_the_largest_chance_of_equal_inits() -> None:
    d = [0.8 - 0.6, 0.9 - 0.7, 0.5 - 0.3]  # equal on paper
    assert _p_of(d) == equal_p(3) == 2 / 64
    assert _p_of([0.0] * 5) == 1.0
    scores = np.random.default_rng(4).integers(0, 2, size=(2, 3, 40_000))
    d = scores[0] - scores[1]  # a score is 0 or 1, half and half: the largest chance there is
    agreeing = np.mean((d == d[0]).all(0) & (d[0] != 0))
    assert agreeing == pytest.approx(equal_p(3), abs=4 * math.sqrt(equal_p(3) / 40_000))


@pytest.mark.parametrize("pairs", [6, 8, 10, 20, 50])
def test_the_interval_excludes_0_where_the_test_shows_a_difference(pairs: int) -> None:
    generator = np.random.default_rng(pairs)
    shown = 0
    for _ in range(60):
        d = generator.normal(1.2 / math.sqrt(pairs) * 2, 1.0, size=pairs)
        center, (low, high) = typical_difference(d)
        assert low <= center <= high
        assert (low > 0 or high < 0) == (signed_rank_p(d) <= 0.05)
        shown += low > 0
    assert 10 <= shown <= 58


def test_the_difference_of_a_few_pairs_is_their_mean_with_the_t_interval() -> None:
    d = np.array([0.1, 0.3, 0.2, 0.25])
    wanted = stats.ttest_1samp(d, 0).confidence_interval(0.95)
    center, interval = typical_difference(d)
    assert center == pytest.approx(0.2125)
    assert interval == pytest.approx((wanted.low, wanted.high), rel=1e-9)
    assert typical_difference(np.array([0.1, 0.3])) == (pytest.approx(0.2), None)
    assert typical_difference(np.array([0.2, 0.2, 0.2])) == (pytest.approx(0.2), None)


@given(
    st.lists(st.sampled_from([-math.inf, -0.5, 0.0, 0.03, 1.0, math.inf]), min_size=6, max_size=30),
    st.integers(0, 2**32 - 1),
    st.sampled_from([5e-324, 1e-300, 1.0, 1e300]),
)
@settings(max_examples=60)
def test_means_of_many_pairs_are_those_of_sorting_all(
    some: list[float], seed: int, scale: float
) -> None:
    drawn = np.random.default_rng(seed).integers(-100, 100, size=220) / 100
    d = rounded(np.concatenate([some, drawn, np.zeros(seed % 300)]) * scale)
    with np.errstate(invalid="ignore"):
        means = (d[:, None] / 2 + d / 2)[np.triu_indices(d.size)]
    means = np.sort(np.where(np.isnan(means), 0.0, means))
    places = [0, 40, 500, means.size // 2, means.size - 300, means.size - 1]
    found = walsh_means(d, *places)
    assert found == pytest.approx(list(means[places]), rel=1e-14, abs=max(1e-15 * scale, 5e-324))


def test_the_difference_of_twenty_thousand_pairs_takes_megabytes() -> None:
    d = np.random.default_rng(1).normal(0.2, 1.0, size=20_000)
    tracemalloc.start()
    try:
        center, (low, high) = typical_difference(d)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert low < center < high
    assert center == pytest.approx(0.2, abs=4 / math.sqrt(d.size))
    assert high - low == pytest.approx(2 * 1.96 * math.sqrt(math.pi / 3 / d.size), rel=0.05)
    assert peak < 10e6


def test_infinite_differences_of_both_signs_give_no_nan() -> None:
    center, interval = typical_difference(np.array([math.inf, -math.inf, 0.1, 0.2, 0.3, 0.1]))
    assert math.isfinite(center)
    assert interval == (-math.inf, math.inf)


@given(st.lists(st.sampled_from([-math.inf, 0.0, 0.1, 0.2, 1.0]), min_size=1, max_size=20))
def test_ranks_are_scipys(values: list[float]) -> None:
    for some in (values, 150 * values):  # counted, and sorted
        assert ranks(np.array(some)).tolist() == stats.rankdata(some).tolist()


def test_nan_is_rejected() -> None:
    with pytest.raises(ArgumentError, match="none of them NaN"):
        signed_rank_p([math.nan] * 6)


def test_two_runs_that_each_beat_a_diverged_one_leave_no_difference() -> None:
    assert typical_difference(np.array([-math.inf, math.inf])) == (0.0, None)
