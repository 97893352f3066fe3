"""Every kind of outcome gets its own honest sentence."""

from __future__ import annotations

import numpy as np

from initlab.analysis import INTERVAL_NOTE, differences, judge, summarize
from initlab.records import CANCELLED, Cell, Study

from .making import HE, TEN, ZEROS, a_cell, a_diverged_cell, a_study, cells_of


def _judge(study: Study, cells: list[Cell]) -> str:
    return judge(study, summarize(study, cells), differences(study, cells))


def _fifty() -> dict[str, list[float]]:
    generator = np.random.default_rng(4)
    he = [*generator.uniform(0.95, 1.0, 49), 0.67]
    return {ZEROS: [0.5] * 50, TEN: list(generator.uniform(0.6, 0.9, 50)), HE: he}


def _study(scores: dict[str, list[float]]) -> Study:
    longest = max(map(len, scores.values()))
    return a_study(inits=tuple(scores), seeds=tuple(range(longest)))


def test_one_seed_is_called_luck() -> None:
    cells = [a_cell(ZEROS, 3, 0.5), a_cell(TEN, 3, 0.83), a_cell(HE, 3, 0.99)]
    assert _judge(a_study(), cells) == (
        "At seed 3 he_normal is best: test accuracy 99.0 %, 16.0 points ahead of normal(std=10); "
        "but one seed cannot tell luck from skill."
    )


def test_many_seeds_show_mean_worst_best_and_interval() -> None:
    words = _judge(_study(_fifty()), cells_of(_fifty()))
    mean = np.mean(_fifty()[HE])
    assert words.startswith(
        f"he_normal is best by test accuracy: mean {100 * mean:.1f} %, "
        "but its worst of 50 seeds reached 67.0 % and its best "
    )
    assert "95 % interval" in words
    assert "it beats normal(std=10) by" in words
    assert "and zeros by" in words
    assert words.endswith(INTERVAL_NOTE)


def test_fewer_than_five_seeds_have_no_interval() -> None:
    scores = {ZEROS: [0.5, 0.5, 0.5], HE: [0.9, 0.99, 0.8]}
    words = _judge(_study(scores), cells_of(scores))
    assert "fewer than 5 finished seeds allow no interval or test" in words
    assert INTERVAL_NOTE not in words


def test_a_lead_within_noise_is_not_a_win() -> None:
    values = list(np.random.default_rng(1).uniform(0.8, 1, 20))
    scores = {HE: values, TEN: [*values[10:], *values[:9], values[9] - 0.001]}
    words = _judge(_study(scores), cells_of(scores))
    assert "he_normal has the best mean test accuracy" in words
    assert "its lead over normal(std=10) cannot be told from noise" in words
    assert "is best by" not in words


def test_an_exact_tie_is_called_a_tie() -> None:
    scores = {ZEROS: [0.5] * 6, TEN: [0.5] * 6}
    words = _judge(_study(scores), cells_of(scores))
    assert words.startswith(
        "zeros and normal(std=10) tie in test accuracy: 50.0 % at each of 6 seeds"
    )


def test_a_tie_at_one_seed_is_called_a_tie() -> None:
    words = _judge(a_study(inits=(ZEROS, TEN)), [a_cell(ZEROS, 3, 0.5), a_cell(TEN, 3, 0.5)])
    assert words.startswith(
        "At seed 3 zeros and normal(std=10) tie in test accuracy (50.0 %); but one"
    )


def test_all_diverged_has_no_score() -> None:
    cells = [a_diverged_cell(init, 3) for init in (ZEROS, TEN, HE)]
    words = _judge(a_study(), cells)
    assert words == "All 3 runs diverged: there is no score to compare."


def test_an_unfinished_study_has_no_winner() -> None:
    scores = {ZEROS: [0.5] * 8, HE: [0.9] * 5}
    cells = [*cells_of(scores), a_diverged_cell(HE, 5).replace(outcome=CANCELLED)]
    words = _judge(_study(scores), cells)
    assert words.startswith("13/16 cells: the study is not finished")
    assert HE not in words


def test_diverged_runs_of_the_best_start_are_named() -> None:
    scores = {ZEROS: [0.5] * 16, HE: [0.9] * 10}
    cells = cells_of(scores) + [a_diverged_cell(HE, k) for k in range(10, 16)]
    words = _judge(_study(scores), cells)
    assert "6 of the 16 runs of he_normal diverged" in words
    assert "the interval is too narrow" in words


def test_a_start_that_always_diverged_is_named_not_ranked() -> None:
    cells = [a_cell(ZEROS, 3, 0.5), a_diverged_cell(TEN, 3), a_cell(HE, 3, 0.4)]
    words = _judge(a_study(), cells)
    assert "At seed 3 zeros is best" in words
    assert "normal(std=10) diverged at every seed" in words


def test_one_start_has_nothing_to_be_compared_with() -> None:
    scores = {HE: [0.9, 0.8, 0.7, 1.0, 0.9]}
    words = _judge(_study(scores), cells_of(scores))
    assert words.startswith("he_normal reaches test accuracy mean 86.0 %, but its worst of 5 seeds")
    assert "no other start" in words


def test_the_lowest_loss_is_best_and_the_highest_its_worst() -> None:
    study = a_study(inits=(ZEROS, HE), seeds=tuple(range(8)), metric="test_loss")
    cells = [a_cell(ZEROS, k, loss=0.7) for k in range(8)]
    cells += [a_cell(HE, k, loss=0.1 + 0.01 * k) for k in range(8)]
    words = _judge(study, cells)
    assert "he_normal is best by test loss" in words
    assert "worst of 8 seeds reached 0.17 and its best 0.1" in words
