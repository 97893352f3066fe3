"""Pairs of starts on common seeds, against numbers worked out by hand."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import numpy as np
import pytest

from initlab.analysis import Difference, differences
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
    # 1 of 10000 patterns, two sides, times 2 for Holm: the third comparison is an exact tie
    assert zeros.p_holm == pytest.approx(6e-4)
    assert zeros.words == (
        f"he_normal beats zeros by {100 * np.mean(he) - 50:.1f} points of test accuracy "
        "(50 paired seeds, p = 0.0006 after Holm correction over 3 comparisons)."
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
        "zeros and he_normal cannot be told from noise: 1.7 points of test accuracy"
    )


def test_five_pairs_cannot_show_a_difference_and_say_so() -> None:
    (d,) = _of({ZEROS: [0.5] * 5, HE: [0.99] * 5})
    assert d.p == pytest.approx(2 / 2**5)
    assert d.noise
    assert "so few pairs cannot show more" in d.words


def test_a_small_p_among_three_comparisons_is_still_noise() -> None:
    found = _of({ZEROS: [0.5] * 6, TEN: [0.7] * 6, HE: [0.9] * 6})
    assert [d.p for d in found] == pytest.approx([2 / 2**6] * 3)
    assert [d.p_holm for d in found] == pytest.approx([6 / 2**6] * 3)
    assert all(d.noise for d in found)


def test_differences_that_cancel_on_paper_have_mean_zero() -> None:
    (d,) = _of({ZEROS: [0.83, 0.93, 0.44, 0.96, 0.71], HE: [0.44, 0.83, 0.96, 0.93, 0.71]})
    assert d.mean_difference == 0.0
    assert d.p == 1.0


def test_fewer_than_five_pairs_have_no_p_and_a_reason() -> None:
    (d,) = _of({ZEROS: [0.5], HE: [0.99]})
    assert (d.p, d.p_holm, d.pairs, d.noise, d.winner is None) == (None, None, 1, True, False)
    assert d.reason == "a test needs 5 common finished seeds; here are 1"


def test_only_common_finished_seeds_are_paired() -> None:
    study = a_study(inits=(ZEROS, HE), seeds=tuple(range(8)))
    cells = cells_of({ZEROS: [0.5] * 8, HE: [0.9] * 6})
    cells += [a_diverged_cell(HE, 6), a_diverged_cell(HE, 7)]
    (d,) = differences(study, cells)
    assert d.pairs == 6
    assert d.mean_difference == pytest.approx(-0.4)
    assert "6 paired seeds, 2 left out where one did not finish" in d.words


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
    assert record["nonfinite"] == {"mean_difference": "inf"}
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
        assert record == {**dataclasses.asdict(d), "nonfinite": {}}


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
