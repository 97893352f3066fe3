"""Pairs of starts on common seeds, against numbers worked out by hand."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from initlab.analysis import Difference
from initlab.analysis.difference import differences
from initlab.analysis.exchange import exchange_p
from initlab.analysis.rates import choose_rates
from initlab.errors import ArgumentError

from .making import HE, TEN, ZEROS, a_cell, a_diverged_cell, a_study, cells_of


def _of(scores: dict[str, list[float]], **settings: Any) -> list[Difference]:
    longest = max(len(values) for values in scores.values())
    study = a_study(inits=tuple(scores), seeds=tuple(range(longest)), **settings)
    return differences(study, cells_of(scores))


def test_every_pair_comes_once_in_the_order_of_the_table() -> None:
    found = _of({ZEROS: [0.5], TEN: [0.8], HE: [0.9]})
    assert [(d.first, d.second) for d in found] == [(ZEROS, TEN), (ZEROS, HE), (TEN, HE)]


def test_a_clear_difference_names_its_winner_in_words() -> None:
    he = list(np.random.default_rng(0).uniform(0.9, 1.0, 50))
    zeros, _, _ = _of({ZEROS: [0.5] * 50, HE: he, TEN: [0.5] * 50})
    assert zeros.winner == HE
    assert not zeros.noise
    assert zeros.mean_difference == pytest.approx(0.5 - np.mean(he))
    assert zeros.p == pytest.approx(2 / 2**50)
    assert zeros.p_holm == pytest.approx(3 * zeros.p)
    assert zeros.ci95 is not None
    low, high = (100 * -bound for bound in reversed(zeros.ci95))
    assert zeros.words == (
        f"he_normal beats zeros by {-100 * zeros.difference:.1f} points of test accuracy "
        f"(95 % interval {low:.1f} to {high:.1f}; 50 seeds; signed-rank test, p < 0.001, "
        "corrected for 3 pairs: p < 0.001)."
    )


def test_an_exact_tie_has_p_one_and_effect_zero() -> None:
    (d,) = _of({ZEROS: [0.5] * 9, TEN: [0.5] * 9})
    assert (d.p, d.p_holm, d.mean_difference, d.noise, d.winner) == (1.0, 1.0, 0.0, True, None)
    assert "tie" in d.words


def test_noise_is_called_noise() -> None:
    (d,) = _of({ZEROS: [0.5, 0.6, 0.7, 0.5, 0.6, 0.8], HE: [0.6, 0.5, 0.7, 0.6, 0.5, 0.9]})
    assert d.noise
    assert d.winner is None
    assert d.words.startswith(
        "The difference between zeros and he_normal is not distinguishable from noise: 0.0 points"
    )
    assert "95 % interval −10.0 to 10.0; 6 seeds; signed-rank test, p = 1)" in d.words


def test_five_pairs_have_the_t_test_and_say_so() -> None:
    he = [0.9, 0.95, 0.92, 0.99, 0.97]
    (d,) = _of({ZEROS: [0.5] * 5, HE: he})
    assert d.p == pytest.approx(stats.ttest_1samp(he, 0.5).pvalue)
    assert (d.test, d.winner) == ("paired t test", HE)
    (equal,) = _of({ZEROS: [0.5] * 5, HE: [0.99] * 5})
    assert (equal.p, equal.test, equal.winner) == (2 / 4**5, "all differences equal", HE)


def test_a_few_seeds_with_a_diverged_run_have_no_test_and_say_why() -> None:
    cells = [*cells_of({ZEROS: [0.5] * 5, HE: [0.9] * 4}), a_diverged_cell(HE, 4)]
    (d,) = differences(a_study(inits=(ZEROS, HE), seeds=tuple(range(5))), cells)
    assert (d.p, d.winner) == (None, None)
    assert d.reason == "a run has no score, and a test then needs 6 seeds"


def test_two_initializations_are_swapped_over_all_rates() -> None:
    rates = (0.1, 0.01)
    study = a_study(inits=(ZEROS, HE), seeds=tuple(range(8)), learning_rates=rates)
    generator = np.random.default_rng(2)
    scores = generator.uniform(0.7, 0.9, size=(2, 8, 2))
    scores[1] += 0.1
    cells = [
        a_cell(init, k, scores[i, k, r], learning_rate=rate)
        for i, init in enumerate((ZEROS, HE))
        for k in range(8)
        for r, rate in enumerate(rates)
    ]
    shown, _ = choose_rates(study, cells)
    (d,) = differences(study, shown, all_cells=cells)
    assert (d.test, d.p) == ("permutation test", exchange_p(scores)[0])
    assert (d.ahead, d.optimistic) == (HE, True)
    assert "optimistic 95 % interval" in d.words
    (alone,) = differences(study, shown)
    assert (alone.p, alone.reason) == (
        None, "no test is possible without the scores at the other learning rates",
    )  # fmt: skip
    few = study.replace(seeds=tuple(range(5)))
    cells = [cell for cell in cells if cell.seed < 5]
    (d,) = differences(few, choose_rates(few, cells)[0], all_cells=cells)
    assert (d.p, d.reason) == (None, "with several learning rates, a test needs 6 seeds")


def test_a_small_p_among_three_comparisons_is_still_noise() -> None:
    found = _of({ZEROS: [0.5] * 6, TEN: [0.7] * 6, HE: [0.9] * 6})
    assert [d.p for d in found] == pytest.approx([2 / 2**6] * 3)
    assert [d.p_holm for d in found] == pytest.approx([6 / 2**6] * 3)
    assert all(d.noise for d in found)
    assert found[0].words.endswith(
        "). The lead is significant in a single test, but not after the correction for 3 pairs of "
        "inits."
    )
    assert "noise" not in found[0].words


def test_differences_that_cancel_on_paper_have_mean_zero() -> None:
    (d,) = _of({ZEROS: [0.83, 0.93, 0.44, 0.96, 0.71], HE: [0.44, 0.83, 0.96, 0.93, 0.71]})
    assert d.mean_difference == 0.0
    assert d.p == 1.0


def test_fewer_than_three_pairs_have_no_p_and_a_reason() -> None:
    (d,) = _of({ZEROS: [0.5], HE: [0.99]})
    assert (d.p, d.p_holm, d.pairs, d.noise, d.winner, d.ahead) == (None, None, 1, True, None, HE)
    assert d.reason == "a test needs 3 seeds"


def test_the_mean_is_over_common_finished_seeds_and_the_test_over_all() -> None:
    study = a_study(inits=(ZEROS, HE), seeds=tuple(range(8)))
    cells = cells_of({ZEROS: [0.5] * 8, HE: [0.9] * 6})
    cells += [a_diverged_cell(HE, 6), a_diverged_cell(HE, 7)]
    (d,) = differences(study, cells)
    assert d.pairs == 6
    assert d.mean_difference == pytest.approx(-0.4)
    # six differences of one size for HE, two larger ones against it: 21 of 36, twice 95 of 256
    assert d.p == pytest.approx(_share_of_patterns([3.5] * 6 + [-7.5] * 2))
    assert "8 seeds" in d.words


def _share_of_patterns(ranks: list[float]) -> float:
    found = abs(sum(ranks))
    sums = [abs(np.dot(s, np.abs(ranks))) for s in itertools.product((1, -1), repeat=len(ranks))]
    return float(np.mean(np.array(sums) >= found))


def test_pairing_is_by_seed_not_by_place() -> None:
    study = a_study(inits=(ZEROS, HE), seeds=tuple(range(6)))
    cells = cells_of({ZEROS: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]})
    cells += [a_cell(HE, k, 0.1 * (k + 1) + 0.05) for k in reversed(range(6))]
    (d,) = differences(study, cells)
    assert d.p == pytest.approx(2 / 2**6)  # six equal differences


def test_no_common_seed_is_said() -> None:
    study = a_study(inits=(ZEROS, HE), seeds=(0,))
    (d,) = differences(study, [a_cell(ZEROS, 0), a_diverged_cell(HE, 0)])
    assert (d.pairs, d.mean_difference) == (0, None)
    assert d.words == (
        "zeros is ahead of he_normal by an amount that is unknown because not all runs have a "
        "finite score (1 seed), but a test needs 3 seeds."
    )
    (d,) = differences(study, [a_diverged_cell(ZEROS, 0), a_diverged_cell(HE, 0)])
    assert "cannot be compared" in d.words


def test_lower_loss_wins() -> None:
    study = a_study(inits=(ZEROS, HE), seeds=tuple(range(8)), metric="test_loss")
    cells = [a_cell(ZEROS, k, loss=0.7) for k in range(8)]
    cells += [a_cell(HE, k, loss=0.1) for k in range(8)]
    (d,) = differences(study, cells)
    assert d.winner == HE
    assert d.mean_difference == pytest.approx(0.6)


def test_infinite_losses_lose_without_a_nan() -> None:
    study = a_study(inits=(TEN, HE), seeds=tuple(range(9)), metric="test_loss")
    cells = [a_cell(TEN, k, loss=math.inf) for k in range(9)]
    cells += [a_cell(HE, k, loss=math.inf if k == 0 else 0.1) for k in range(9)]
    (d,) = differences(study, cells)
    assert d.winner == HE
    assert d.mean_difference == math.inf
    record = d.to_record()
    assert record["mean_difference"] is None
    assert record["nonfinite"]["mean_difference"] == "inf"
    assert "infinite loss" in record["reason"]


def test_infinite_losses_on_both_sides_have_no_mean_difference() -> None:
    study = a_study(inits=(TEN, HE), seeds=tuple(range(6)), metric="test_loss")
    cells = [a_cell(TEN, k, loss=math.inf if k == 0 else 1.0) for k in range(6)]
    cells += [a_cell(HE, k, loss=math.inf if k == 1 else 1.0) for k in range(6)]
    (d,) = differences(study, cells)
    assert (d.mean_difference, d.p, d.noise) == (None, 1.0, True)


def test_a_metric_that_cells_do_not_have_is_refused() -> None:
    with pytest.raises(ArgumentError, match="metric must be one of train_loss"):
        _of({ZEROS: [0.5], HE: [0.9]}, metric="bleu_accuracy")


def test_false_alarms_over_whole_studies_stay_at_five_percent() -> None:
    generator = np.random.default_rng(21)
    alarms = 0
    for _ in range(150):
        # accuracies of 100 points, all starts alike, one seed's luck shared by its pairs
        luck = generator.uniform(0.7, 0.95, size=10)
        scores = {k: list(generator.binomial(100, luck) / 100) for k in (ZEROS, TEN, HE)}
        alarms += any(not d.noise for d in _of(scores))
    assert alarms <= 17  # P(more at a true 5 %) < 1e-3


@pytest.mark.parametrize("count", [1, 6])
def test_a_difference_in_json_has_every_field_under_its_name(count: int) -> None:
    for d in _of({ZEROS: [0.5] * count, HE: [0.9] * count, TEN: [0.5] * count}):
        record = json.loads(json.dumps(d.to_record(), allow_nan=False))
        interval = None if d.ci95 is None else list(d.ci95)
        assert record == {**dataclasses.asdict(d), "ci95": interval, "nonfinite": {}}


def test_an_unfinished_study_tests_nothing_and_names_no_winner() -> None:
    scores = {ZEROS: [0.5] * 9, HE: [0.9] * 9}
    study = a_study(inits=tuple(scores), seeds=tuple(range(9)))
    (finished,) = differences(study, cells_of(scores))
    (d,) = differences(study, cells_of(scores), complete=False)
    assert (finished.winner, finished.noise) == (HE, False)
    assert (d.p, d.p_holm, d.winner, d.noise) == (None, None, None, True)
    assert d.mean_difference == finished.mean_difference
    assert d.reason == "the study is not finished"
    assert "beats" not in d.words
