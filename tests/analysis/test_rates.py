"""Each start is shown at its own best learning rate, and every rate is reported."""

from __future__ import annotations

from dataclasses import replace

from initlab.analysis.rates import RateScore, choose_rates
from tests.analysis.making import HE, ZEROS, a_cell, a_study


def cells(init, *scores, outcome="finished"):
    return [
        replace(a_cell(), init=init, seed=seed, outcome=outcome, metrics={"test_accuracy": score})
        for seed, score in enumerate(scores)
    ]


def test_every_start_takes_the_rate_with_its_best_mean():
    study = replace(a_study(), inits=(ZEROS, HE), seeds=(0, 1), learning_rates=(0.1, 0.01))
    by_rate = {
        0.1: cells(ZEROS, 0.5, 0.7) + cells(HE, 0.6, 0.6),
        0.01: cells(ZEROS, 0.5, 0.5) + cells(HE, 0.9, 0.9),
    }
    chosen, table = choose_rates(study, by_rate)
    assert [(c.init, c.learning_rate) for c in chosen] == [
        (ZEROS, 0.1), (ZEROS, 0.1), (HE, 0.01), (HE, 0.01),
    ]  # fmt: skip
    assert [(one.init, one.learning_rate, one.chosen) for one in table] == [
        (ZEROS, 0.1, True), (ZEROS, 0.01, False), (HE, 0.1, False), (HE, 0.01, True),
    ]  # fmt: skip
    assert table[0].mean == 0.6


def test_a_rate_at_which_runs_diverge_is_not_chosen_for_its_survivors():
    study = replace(a_study(), inits=(HE,), seeds=(0, 1), learning_rates=(1.0, 0.1))
    by_rate = {
        1.0: cells(HE, 0.99) + cells(HE, None, outcome="diverged"),
        0.1: cells(HE, 0.8, 0.8),
    }
    chosen, table = choose_rates(study, by_rate)
    assert {cell.learning_rate for cell in chosen} == {0.1}
    assert [one.finished for one in table] == [1, 2]


def test_of_losses_the_lower_is_better_and_an_infinite_mean_the_worst():
    study = replace(a_study(), inits=(HE,), seeds=(0,), metric="test_loss")
    made = [replace(a_cell(), init=HE, seed=0, metrics={"test_loss": x})
            for x in (float("inf"), 0.2, 0.3)]  # fmt: skip
    chosen, table = choose_rates(study, {1.0: made[:1], 0.1: made[1:2], 0.01: made[2:]})
    assert chosen[0].learning_rate == 0.1
    assert table[0].mean is None


def test_a_score_survives_its_record():
    one = RateScore(HE, 0.1, 3, None, True)
    assert RateScore.from_record(one.to_record()) == one
