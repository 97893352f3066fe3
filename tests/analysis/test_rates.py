"""Each init is shown at its own best learning rate, and every rate is reported."""

from __future__ import annotations

from initlab.analysis.rates import RateScore, choose_rates
from tests.analysis.making import HE, ZEROS, a_cell, a_study


def cells(init, rate, *scores, outcome="finished", first=0):
    return [
        a_cell(init, seed, learning_rate=rate, outcome=outcome, metrics={"test_accuracy": score})
        for seed, score in enumerate(scores, first)
    ]


def test_every_init_takes_the_rate_with_its_best_median():
    study = a_study().replace(inits=(ZEROS, HE), seeds=(0, 1), learning_rates=(0.1, 0.01))
    made = cells(ZEROS, 0.1, 0.5, 0.7) + cells(HE, 0.1, 0.6, 0.6)
    made += cells(ZEROS, 0.01, 0.5, 0.5) + cells(HE, 0.01, 0.9, 0.9)
    chosen, table = choose_rates(study, made)
    assert [(c.init, c.learning_rate) for c in chosen] == [
        (ZEROS, 0.1), (ZEROS, 0.1), (HE, 0.01), (HE, 0.01),
    ]  # fmt: skip
    assert [(one.init, one.learning_rate, one.chosen) for one in table] == [
        (ZEROS, 0.1, True), (ZEROS, 0.01, False), (HE, 0.1, False), (HE, 0.01, True),
    ]  # fmt: skip
    assert table[0].mean == table[0].median == 0.6


def test_a_rate_at_which_runs_diverge_is_not_chosen_for_its_survivors():
    study = a_study().replace(inits=(HE,), seeds=(0, 1), learning_rates=(1.0, 0.1))
    made = cells(HE, 1.0, 0.99) + cells(HE, 1.0, None, outcome="diverged", first=1)
    chosen, table = choose_rates(study, made + cells(HE, 0.1, 0.8, 0.8))
    assert {cell.learning_rate for cell in chosen} == {0.1}
    assert [one.finished for one in table] == [1, 2]


def test_one_diverged_run_of_six_does_not_cost_a_rate_its_place():
    study = a_study().replace(inits=(HE,), seeds=tuple(range(6)), learning_rates=(0.4, 0.01))
    made = cells(HE, 0.4, *[0.97] * 5) + cells(HE, 0.4, None, outcome="diverged", first=5)
    chosen, table = choose_rates(study, made + cells(HE, 0.01, *[0.5] * 6))
    assert {cell.learning_rate for cell in chosen} == {0.4}
    assert [(one.finished, one.median) for one in table] == [(5, 0.97), (6, 0.5)]


def test_of_losses_the_lower_is_better_and_an_infinite_mean_the_worst():
    study = a_study().replace(
        inits=(HE,), seeds=(0,), metric="test_loss", learning_rates=(1.0, 0.1, 0.01)
    )
    losses = {1.0: float("inf"), 0.1: 0.2, 0.01: 0.3}
    made = [a_cell(HE, 0, learning_rate=rate, metrics={"test_loss": loss})
            for rate, loss in losses.items()]  # fmt: skip
    chosen, table = choose_rates(study, made)
    assert chosen[0].learning_rate == 0.1
    assert table[0].mean is None


def test_a_score_survives_its_record():
    one = RateScore(init=HE, learning_rate=0.1, finished=3, mean=None, chosen=True)
    assert RateScore.from_record(one.to_record()) == one
