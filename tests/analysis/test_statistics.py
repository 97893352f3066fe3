"""Oracles: scipy's own functions, closed forms, simulation."""

from __future__ import annotations

import math
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from initlab.analysis import Scores
from initlab.analysis.statistics import (
    FEWEST_FOR_INTERVAL,
    RESAMPLES,
    STATISTICS_SEED,
    bootstrap_interval,
    holm,
    interquartile_mean,
    median,
    median_interval,
    summarize_scores,
    wilson_interval,
)
from initlab.errors import ArgumentError
from initlab.networks.metrics import higher_is_better

score = st.floats(0, 1e6)
loss = st.one_of(score, st.just(math.inf))


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
    assert "5 finished runs" in str(scores.reason)


def test_five_scores_have_an_interval() -> None:
    scores = summarize_scores([0.1, 0.2, 0.3, 0.4, 0.5])
    assert scores is not None
    assert scores.ci95 is not None
    assert scores.median_ci95 is None
    assert scores.reason is None


@pytest.mark.parametrize("size", [5, 6, 7, 8, 10, 20, 50, 199])
def test_the_interval_of_a_median_leaves_out_what_a_binomial_allows(size: int) -> None:
    interval = median_interval(np.arange(float(size)))
    cut = int(stats.binom.ppf(0.025, size, 0.5)) - 1  # P(at most cut lie below the median) <= 2.5 %
    assert interval == (None if cut < 0 else (cut, size - 1 - cut))
    if cut >= 0:
        assert stats.binom.cdf(cut, size, 0.5) <= 0.025 < stats.binom.cdf(cut + 1, size, 0.5)


def test_runs_without_a_score_rank_worst_in_the_median_alone() -> None:
    scores = summarize_scores([0.9, 0.8, 0.7, 1.0], missing=[-math.inf] * 2)
    assert scores is not None
    assert (scores.median, scores.median_ci95) == (pytest.approx(0.75), (-math.inf, 1.0))
    assert (scores.count, scores.mean, scores.min) == (4, pytest.approx(0.85), 0.7)
    assert "the interval of the median reaches runs without a score" in str(scores.reason)
    loss = summarize_scores([0.1, 0.2], missing=[math.inf] * 3)
    assert loss is not None
    assert loss.median == math.inf
    assert "the run at the median has no score (runs without a score rank last)" in str(loss.reason)


@given(st.lists(loss, min_size=1, max_size=30))
def test_a_median_is_numpys(values: list[float]) -> None:
    with np.errstate(invalid="ignore"):
        assert float(median(np.sort(values))) == pytest.approx(np.median(values), rel=1e-12)


@pytest.mark.parametrize(("count", "total"), [(0, 10), (3, 10), (10, 10), (1, 1), (50, 100)])
def test_a_wilson_interval_is_scipys(count: int, total: int) -> None:
    wanted = stats.binomtest(count, total).proportion_ci(0.95, method="wilson")
    assert wilson_interval(count, total) == pytest.approx((wanted.low, wanted.high), abs=1e-12)


@pytest.mark.parametrize("constant", [0.0, 0.1, 1.0, math.inf])
def test_constant_scores_have_a_point_for_interval(constant: float) -> None:
    scores = summarize_scores([constant] * 7)
    assert scores is not None
    point = (constant, constant)
    assert scores == Scores(7, constant, constant, constant, constant, point, constant, point)


def test_no_scores_have_no_summary() -> None:
    assert summarize_scores([]) is None


@given(st.lists(loss, min_size=1, max_size=12))
@settings(max_examples=50)
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


def test_a_study_needs_no_scipy_stats() -> None:
    program = (
        "import sys, initlab\n"
        "result = initlab.compare('circles', seeds=6, steps=20, progress=False)\n"
        "assert result.analysis.differences[0].p is not None\n"
        "print('scipy.stats' in sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.strip() == "False", run.stderr


def _holm_by_definition(p: list[float]) -> list[float]:
    m = len(p)
    order = np.argsort(p, kind="stable")
    steps = [(m - j) * p[order[j]] for j in range(m)]
    corrected = np.empty(m)
    for k in range(m):
        corrected[order[k]] = min(1.0, max(steps[: k + 1]))
    return list(corrected)


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


def test_interval_covers_the_true_center_nine_times_in_ten_or_more() -> None:
    generator = np.random.default_rng(13)
    covered = 0
    for _ in range(250):
        low, high = bootstrap_interval(generator.normal(size=15)) or (math.nan, math.nan)
        covered += low <= 0 <= high
    assert 0.91 <= covered / 250 <= 0.985
