"""Oracles: scipy's own functions, closed forms, loops over every sign pattern, simulation."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
import tracemalloc

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
from initlab.analysis.statistics import FEWEST_FOR_INTERVAL, RESAMPLES, STATISTICS_SEED
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


def _plain_interval(ordered: np.ndarray) -> tuple[float, float]:
    """All resamples in one table, sorted and averaged."""
    size = len(ordered)
    picks = np.random.default_rng(STATISTICS_SEED).integers(size, size=(RESAMPLES, size))
    samples = np.sort(ordered[picks], axis=1)
    means = np.sort(np.mean(samples[:, size // 4 : size - size // 4], axis=-1))
    cut = int(0.025 * (RESAMPLES - 1))
    return float(means[cut]), float(means[-1 - cut])


@pytest.mark.parametrize("count", [5, 6, 7, 8, 20, 37, 100, 130, 257, 501, 700])
def test_interval_has_the_bits_of_the_plain_spelling(count: int) -> None:
    generator = np.random.default_rng(count)
    for values in (generator.beta(8, 2, size=count), generator.integers(0, 50, count) / 50):
        assert bootstrap_interval(values) == _plain_interval(np.sort(values))
    values[: count // 3] = math.inf
    assert bootstrap_interval(values) == _plain_interval(np.sort(values))


def test_the_order_of_the_scores_does_not_move_their_interval() -> None:
    values = np.random.default_rng(3).normal(size=20)
    assert bootstrap_interval(values) == bootstrap_interval(values[::-1])


def test_an_interval_of_five_hundred_scores_takes_less_than_ten_megabytes() -> None:
    values = np.random.default_rng(4).normal(size=499)  # no other test keeps these resamples
    tracemalloc.start()
    try:
        bootstrap_interval(values)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10e6  # the table of picks alone would take 40 MB


def _p_by_scipy(d: list[float], patterns: int = RESAMPLES) -> float:
    return float(
        stats.permutation_test(
            (d,), np.mean, permutation_type="samples", vectorized=True, n_resamples=patterns,
            random_state=np.random.default_rng(1),
        ).pvalue
    )  # fmt: skip


@pytest.mark.parametrize("pairs", [5, 9, 13, 16, 17])
@pytest.mark.parametrize("shift", [-0.6, 0.0, 0.4])
def test_exact_sign_flip_p_is_that_of_scipys_permutation_test(pairs: int, shift: float) -> None:
    d = list(np.random.default_rng(pairs).normal(shift, 1.0, size=pairs))
    assert sign_flip_p(d) == pytest.approx(_p_by_scipy(d, patterns=2**pairs), rel=1e-12)


@pytest.mark.parametrize("shift", [-0.3, 0.0, 0.3])
def test_random_sign_flip_p_is_close_to_scipys_permutation_test(shift: float) -> None:
    d = list(np.random.default_rng(8).normal(shift, 1.0, size=45))
    p, other = sign_flip_p(d), _p_by_scipy(d)
    # each is twice a share of 9999 patterns; four standard deviations of their difference
    assert p == pytest.approx(other, abs=4 * math.sqrt(2 * 4 * (other / 2) / RESAMPLES))


@pytest.mark.parametrize("wins", [0, 5, 9, 14, 15, 22, 30])
def test_thirty_equal_gaps_have_the_p_of_the_sign_test_exactly(wins: int) -> None:
    d = [0.1] * wins + [-0.1] * (30 - wins)
    assert sign_flip_p(d) == pytest.approx(stats.binomtest(wins, 30).pvalue, rel=1e-12)


@pytest.mark.parametrize("wins", [25, 30, 40])
def test_sixty_equal_gaps_have_nearly_the_p_of_the_sign_test(wins: int) -> None:
    d = [0.1] * wins + [-0.1] * (60 - wins)
    p = stats.binomtest(wins, 60).pvalue
    assert sign_flip_p(d) == pytest.approx(p, abs=8 * math.sqrt(p / 2 / RESAMPLES))


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


def test_equal_sizes_among_signed_ranks_share_their_rank() -> None:
    d = [math.inf, math.inf, -3.0, 3.0, -3.0, 1.0, 1.0, -math.inf, 0.5]
    ranks = np.sign(d) * stats.rankdata(np.abs(d))
    assert sign_flip_p(d) == pytest.approx(_p_by_scipy(list(ranks)), rel=1e-12)


def test_a_study_needs_no_scipy_stats() -> None:
    program = (
        "import sys, initlab\n"
        "result = initlab.compare('circles', seeds=6, steps=20, progress=False)\n"
        "assert result.analysis.differences[0].p is not None\n"
        "print('scipy.stats' in sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.strip() == "False", run.stderr


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
