"""Oracles: scipy's own functions, closed forms, loops over every sign pattern, simulation."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from initlab.analysis import (
    Scores,
    bootstrap_interval,
    higher_is_better,
    holm,
    interquartile_mean,
    sign_flip_p,
    summarize_scores,
)
from initlab.analysis.statistics import FEWEST_FOR_INTERVAL
from initlab.errors import ArgumentError

score = st.floats(0, 1e6)
loss = st.one_of(score, st.just(math.inf))


@settings(deadline=None)
@given(st.lists(score, min_size=1, max_size=40))
def test_interquartile_mean_is_scipys_trimmed_mean(values: list[float]) -> None:
    assert interquartile_mean(values) == pytest.approx(stats.trim_mean(values, 0.25), rel=1e-12)


def test_one_outlier_moves_the_mean_but_not_the_interquartile_mean() -> None:
    scores = summarize_scores([0.0, 1, 1, 1, 1, 1, 1, 1])
    assert scores is not None
    assert (scores.mean, scores.iqm, scores.min, scores.max) == (0.875, 1.0, 0.0, 1.0)


def test_interval_is_close_to_scipys_percentile_bootstrap() -> None:
    values = np.random.default_rng(5).beta(8, 2, size=30)
    interval = bootstrap_interval(values)
    other = stats.bootstrap(
        (values,),
        lambda x, axis: stats.trim_mean(x, 0.25, axis=axis),
        method="percentile",
        random_state=np.random.default_rng(1),
        vectorized=True,
    ).confidence_interval
    width = other.high - other.low
    assert interval == pytest.approx((other.low, other.high), abs=0.04 * width)


@pytest.mark.parametrize("count", range(1, FEWEST_FOR_INTERVAL))
def test_fewer_than_five_scores_have_no_interval(count: int) -> None:
    scores = summarize_scores(np.linspace(0, 1, count))
    assert scores is not None
    assert scores.ci95 is None
    assert "5 finished seeds" in str(scores.reason)


def test_five_scores_have_an_interval() -> None:
    scores = summarize_scores([0.1, 0.2, 0.3, 0.4, 0.5])
    assert scores is not None
    assert scores.ci95 is not None
    assert scores.reason is None


@pytest.mark.parametrize("constant", [0.0, 0.1, 1.0, math.inf])
def test_constant_scores_have_a_point_for_interval(constant: float) -> None:
    scores = summarize_scores([constant] * 7)
    assert scores is not None
    assert scores == Scores(7, constant, constant, constant, constant, (constant, constant))


def test_no_scores_have_no_summary() -> None:
    assert summarize_scores([]) is None


@given(st.lists(loss, min_size=1, max_size=12))
@settings(max_examples=50, deadline=None)
def test_no_nan_comes_out_of_infinite_losses(values: list[float]) -> None:
    scores = summarize_scores(values)
    assert scores is not None
    numbers = [scores.mean, scores.iqm, scores.min, scores.max, *(scores.ci95 or ())]
    assert not any(map(math.isnan, numbers))
    assert math.isinf(scores.mean) == (math.inf in values)
    if scores.ci95 is not None:
        assert scores.min * (1 - 1e-12) <= scores.ci95[0] <= scores.ci95[1]


@pytest.mark.parametrize("bad", [math.nan, -math.inf])
def test_nan_is_refused(bad: float) -> None:
    with pytest.raises(ArgumentError, match="finite or \\+inf"):
        summarize_scores([0.5, bad])


def test_same_scores_give_the_same_interval_twice() -> None:
    values = np.random.default_rng(0).normal(size=20)
    assert bootstrap_interval(values) == bootstrap_interval(values)


def _p_by_enumeration(d: list[float]) -> float:
    means = [
        sum(s * x for s, x in zip(signs, d, strict=True))
        for signs in itertools.product((1, -1), repeat=len(d))
    ]
    slack = 1e-9 * sum(map(abs, d))
    less = sum(mean <= sum(d) + slack for mean in means) / len(means)
    more = sum(mean >= sum(d) - slack for mean in means) / len(means)
    return min(1.0, 2 * min(less, more))


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=9))
@settings(max_examples=40, deadline=None)
def test_sign_flip_p_is_the_share_of_all_sign_patterns(counts: list[int]) -> None:
    d = [count / 100 for count in counts]  # accuracies of 100 points: many ties
    assert sign_flip_p(d) == pytest.approx(_p_by_enumeration(d), abs=1e-12)


def test_sign_patterns_equal_on_paper_count_as_equal() -> None:
    d = [-0.1, -0.08, 0.15, -0.03, -0.09, 0.13, -0.1, 0.12]  # sum 0, which rounding hides
    assert sign_flip_p(d) == 1.0


@pytest.mark.parametrize("scale", [5e-324, 1e-300, 1e300])
def test_the_size_of_differences_does_not_change_their_p(scale: float) -> None:
    assert sign_flip_p([3 * scale, 2 * scale, scale, scale, scale, scale]) == 2 / 2**6


def test_many_pairs_agree_with_the_t_test() -> None:
    d = np.random.default_rng(2).normal(0.25, 1.0, size=60)
    assert sign_flip_p(d) == pytest.approx(stats.ttest_1samp(d, 0).pvalue, abs=0.015)


def test_infinite_differences_are_tested_by_signed_ranks() -> None:
    d = [math.inf, math.inf, 3.0, 1.0, -0.5, math.inf, 2.0]
    exact = stats.wilcoxon([6.0, 6.1, 4.0, 2.0, -1.0, 6.2, 3.0], method="exact").pvalue
    assert sign_flip_p(d) == pytest.approx(exact)


def test_no_difference_at_all_has_p_one() -> None:
    assert sign_flip_p([0.0] * 8) == 1.0


def test_p_values_never_reach_zero() -> None:
    assert sign_flip_p(np.full(50, 0.4)) == pytest.approx(2e-4)


def _holm_by_definition(p: list[float]) -> list[float]:
    m = len(p)
    order = np.argsort(p, kind="stable")
    steps = [(m - j) * p[order[j]] for j in range(m)]
    corrected = np.empty(m)
    for k in range(m):
        corrected[order[k]] = min(1.0, max(steps[: k + 1]))
    return list(corrected)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_is_the_running_maximum_of_the_stepwise_products(p: list[float]) -> None:
    assert holm(p) == _holm_by_definition(p)


def test_holm_gives_the_textbook_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_accuracy_is_better_higher_and_loss_lower() -> None:
    assert higher_is_better("test_accuracy")
    assert not higher_is_better("train_loss")
    assert higher_is_better("validation_f1")  # a user's own score
    assert not higher_is_better("validation_mean_error")


def test_false_alarms_over_three_starts_stay_at_five_percent() -> None:
    generator = np.random.default_rng(11)
    studies = 400
    alarms = 0
    for _ in range(studies):
        a, b, c = generator.normal(size=(3, 8))
        alarms += min(holm([sign_flip_p(a - b), sign_flip_p(a - c), sign_flip_p(b - c)])) <= 0.05
    # at a true 5 %, more than 36 of 400 has a chance below 1e-3; uncorrected p gives about 45
    assert alarms <= 36


def test_uncorrected_single_test_reaches_its_level() -> None:
    generator = np.random.default_rng(12)
    alarms = sum(sign_flip_p(generator.normal(size=9)) <= 0.05 for _ in range(600))
    assert 14 <= alarms <= 50  # 5 % of 600 is 30: a test that never fires is not calibrated


def test_interval_covers_the_true_center_nine_times_in_ten_or_more() -> None:
    generator = np.random.default_rng(13)
    covered = 0
    for _ in range(250):
        low, high = bootstrap_interval(generator.normal(size=15)) or (math.nan, math.nan)
        covered += low <= 0 <= high
    assert 0.91 <= covered / 250 <= 0.985
