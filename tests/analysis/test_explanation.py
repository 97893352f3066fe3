"""What is said follows from the measurements: the same numbers under another name say the same."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from initlab.analysis import chance_loss
from initlab.analysis.summary import summarize
from initlab.networks.losses import TABLE
from initlab.records import Cell

from .making import (
    HE,
    a_cell,
    a_diagnosis,
    a_diverged_cell,
    a_study,
    a_ten_cell,
    a_tiny_cell,
    a_zeros_cell,
    found,
)
from .making import units as some_units


def _why(*cells: Cell) -> str:
    named = [cell.replace(init="mine", seed=k) for k, cell in enumerate(cells)]
    study = a_study(inits=("mine",), seeds=tuple(range(len(named))))
    return summarize(study, named)[0].why


def test_zeros_are_told_by_their_worst_finding_and_by_what_came_of_it() -> None:
    assert _why(a_zeros_cell()) == (
        "Units are copies of one another: the figure is 0. The loss begins and ends at about "
        "ln 2 = 0.693, the loss of random guessing."
    )


def test_the_logarithm_of_ten_classes_has_the_three_decimals_that_textbooks_give_it() -> None:
    study = a_study(inits=("mine",), seeds=(0,), layer_dims=(2, 10, 10), loss="cross_entropy")
    cell = a_zeros_cell().replace(
        init="mine", seed=0, initial_loss=math.log(10), metrics={"train_loss": math.log(10)}
    )
    assert "about ln 10 = 2.303, the loss" in summarize(study, [cell])[0].why


def test_a_finding_is_told_with_the_seeds_that_have_it() -> None:
    dead = a_diagnosis(*found("dead_output"))
    cells = [a_cell(diagnosis=dead) if k in (3, 7) else a_cell() for k in range(10)]
    assert _why(*cells).startswith(
        "At 2 of 10 seeds (3 and 7) the output layer is dead: the figure is 0."
    )
    assert _why(a_cell(diagnosis=dead)).startswith("The output layer is dead: ")
    every = _why(*[a_cell(diagnosis=dead)] * 3)
    assert every.startswith("At all 3 seeds the output layer is dead: ")


def test_the_seed_of_figures_that_differ_is_named_and_the_worst_seed_speaks() -> None:
    cells = [a_cell(diagnosis=a_diagnosis(*found("dead_output", severity=severity, figure=k)))
             for k, severity in enumerate(("slows", "stops", "stops"))]  # fmt: skip
    assert _why(*cells) == (
        "At all 3 seeds the output layer is dead: the figure is 1. (These figures are from seed 1.)"
    )


def test_the_worst_finding_comes_first_and_two_sentences_are_enough() -> None:
    slow, stop = found("dead_units", severity="slows"), found("no_gradient", "dead_output")
    why = _why(a_cell(diagnosis=a_diagnosis(*slow, *stop)))
    assert (
        why
        == "Weights get no gradient: the figure is 0. The output layer is dead: the figure is 0."
    )


def test_no_effect_is_claimed_of_a_finding_where_the_runs_trained() -> None:
    why = _why(a_ten_cell(accuracy=0.99).replace(end=some_units()))
    assert why == "The first loss is high: the figure is 0."


def test_what_is_suspect_is_told_where_most_runs_failed_alone() -> None:
    suspect = a_diagnosis(*found("vanishing_signal", severity="suspect"))
    assert "At all 3" not in _why(*[a_cell(diagnosis=suspect)] * 3)
    failed = [a_diverged_cell().replace(diagnosis=suspect)] * 3
    assert "At all 3 seeds: the figure is 0." in _why(*failed)


def test_a_note_is_no_reason() -> None:
    noted = a_diagnosis(*found("kept_zeros", severity="note"))
    assert "first step" not in _why(a_diverged_cell().replace(diagnosis=noted))


def test_where_nothing_is_found_the_figures_are_told() -> None:
    assert _why(a_cell(), a_cell(diagnosis=a_diagnosis(q=(1.0, 2.0, 0.125)))) == (
        "Before training, nothing was found that would stop or slow the training: across 3 layers "
        "the mean square of outputs ranges from 0.125 to 2, and the mean square of gradients "
        "ranges from 0.01 to 0.2."
    )


def test_nothing_is_said_of_an_init_that_was_not_diagnosed() -> None:
    old = a_cell(diagnosis=None)
    assert _why(old, old) == (
        "The initial networks were not diagnosed, because an older initlab wrote this study."
    )
    zeros = a_zeros_cell().replace(diagnosis=None)
    assert _why(zeros).startswith(
        "The initial networks were not diagnosed, because an older initlab wrote this study. The "
        "loss begins"
    )


def test_seeds_that_an_older_initlab_ran_are_not_counted_as_diagnosed() -> None:
    old, dead = a_cell(diagnosis=None), a_cell(diagnosis=a_diagnosis(*found("dead_output")))
    assert _why(old, dead, dead).startswith("At both diagnosed seeds the output layer is dead")
    assert _why(old, a_cell(), a_cell()).startswith(
        "Before training, at the 2 diagnosed seeds, nothing was found that would stop or slow"
    )
    assert "at the only diagnosed seed, nothing was found that would" in _why(old, a_cell())


def test_what_could_not_be_measured_is_told_in_place_of_health() -> None:
    unknown = a_diagnosis(unknown="gradients could not be measured. Why not.")
    assert _why(a_cell(diagnosis=unknown)) == (
        "The diagnosis before training is incomplete: gradients could not be measured. Why not."
    )
    assert _why(a_cell(), a_cell(diagnosis=unknown)).startswith(
        "The diagnosis before training is incomplete"
    )


def test_no_sentence_claims_health() -> None:
    for one in (a_cell(HE), a_cell(diagnosis=None), a_cell(loss=3.0), a_tiny_cell()):
        assert "health" not in _why(one, a_cell(HE))


def test_no_init_takes_more_than_three_lines() -> None:
    many = a_diagnosis(*found("no_gradient", "dead_output", "identical_units", "dead_units"))
    for cell in (a_cell(diagnosis=many), a_diverged_cell().replace(diagnosis=many)):
        assert len(_why(*[cell] * 10)) < 300


def test_a_regression_whose_loss_rises_is_told() -> None:
    def why(*losses: float) -> str:
        cells = [a_cell(init="mine", seed=k, loss=loss) for k, loss in enumerate(losses)]
        seeds = tuple(range(len(losses)))
        study = a_study(inits=("mine",), seeds=seeds, loss="half_mean_squared_error")
        return summarize(study, cells)[0].why

    assert why(40.0).endswith(" rises at every seed: it begins at 0.88 and ends at 40.")
    assert why(3.0, 40.0).endswith(" every seed: it begins at 0.88 and ends between 3 and 40.")
    assert why(0.5, 40.0).endswith(" some seeds: it begins at 0.88 and ends between 0.5 and 40.")


def test_equal_units_with_gradients_make_a_network_of_one_unit_per_layer() -> None:
    equal = some_units(distinct=(1, 1))
    why = _why(a_cell(start=equal, end=equal))
    assert why.endswith(
        "At the end of training, the units of hidden layers 1 and 2 are still all equal within "
        "each layer: the network does no more than a network with one unit in each hidden layer."
    )


def test_equal_units_that_part_ways_are_not_called_equal_at_the_end() -> None:
    why = _why(a_cell(start=some_units(distinct=(1, 1)), end=some_units(distinct=(7, 4))))
    assert (
        "At the end of training, the units of hidden layers 1 and 2 are no longer all equal "
        "(7 of 10 distinct, 4 of 5 distinct" in why
    )


def test_dead_units_that_grew_are_told() -> None:
    why = _why(a_cell(start=some_units(dead=(0.0, 0.0)), end=some_units(dead=(0.0, 0.8))))
    assert "share of dead units in hidden layer 2 grew from 0 % to 80 %" in why


def test_seeds_left_at_the_loss_of_a_coin_are_told() -> None:
    assert "At some seeds the loss ends at about ln 2" in _why(a_cell(), a_cell(loss=0.6931))


def test_every_seed_above_the_loss_of_a_coin_is_told() -> None:
    assert "At every seed the loss ends at about ln 2" in _why(a_cell(loss=0.9), a_cell(loss=0.7))


def test_guessing_costs_what_the_row_of_the_loss_says(monkeypatch) -> None:
    name = a_study().problem.loss
    monkeypatch.setitem(TABLE, name, replace(TABLE[name], guess=lambda classes: 0.5))
    why = _why(a_cell(loss=0.9), a_cell(loss=0.7))
    assert "At every seed the loss ends at about 0.5 or above" in why


def test_divergence_is_told_with_its_steps() -> None:
    why = _why(a_diverged_cell(step=3), a_diverged_cell(step=41))
    assert "Both runs diverged: W2.grad became NaN or infinite at steps 3 to 41." in why
    why = _why(a_diverged_cell(step=3), a_cell())
    assert "1 of 2 runs diverged" in why
    (alone,) = summarize(a_study(inits=(HE,), seeds=(0,)), [a_diverged_cell(init=HE, seed=0)])
    assert alone.why.startswith("The run diverged: ")


def test_an_init_without_a_cell_is_said_to_have_no_result() -> None:
    (nothing,) = summarize(a_study(inits=(HE,)), [])
    assert nothing.why == "No run has a result: none was trained to its end."


def test_a_regression_has_no_loss_of_chance() -> None:
    assert chance_loss(a_study(loss="half_mean_squared_error")) is None
    ten_classes = a_study(loss="cross_entropy", layer_dims=(4, 10))
    assert chance_loss(ten_classes) == pytest.approx(2.302585, abs=1e-6)


def test_infinite_and_nan_measurements_break_no_rule() -> None:
    strange = {"W1": math.inf, "W2": math.nan, "W3": math.inf}
    assert _why(a_cell(gradient_norms=strange, initial_loss=math.nan, loss=math.inf))
