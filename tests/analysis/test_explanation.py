"""What is said follows from the measurements: the same numbers under another name say the same."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from initlab.analysis import chance_loss, summarize
from initlab.networks.losses import TABLE
from initlab.records import Cell, ModuleNetwork, UnitHealth

from .making import HE, a_cell, a_diverged_cell, a_study, a_ten_cell, a_tiny_cell, a_zeros_cell
from .making import units as some_units


def _why(*cells: Cell) -> str:
    named = [cell.replace(init="mine", seed=k) for k, cell in enumerate(cells)]
    study = a_study(inits=("mine",), seeds=tuple(range(len(named))))
    return summarize(study, named)[0].why


def test_zeros_are_told_by_equal_units_and_zero_gradients() -> None:
    why = _why(a_zeros_cell())
    assert "All hidden units are equal (1 distinct of 10, 1 distinct of 5)" in why
    assert "only the output bias can move" in why
    assert "ln 2 = 0.693" in why


def test_a_huge_std_is_told_by_a_saturated_output_and_an_infinite_loss() -> None:
    why = _why(a_ten_cell())
    assert "100 % of the outputs are saturated and the loss is inf" in why
    assert "confident wrong answers" in why


def test_saturation_is_told_even_where_the_loss_is_moderate() -> None:
    assert "70 % of the outputs are saturated" in _why(a_cell(start=some_units(saturated=0.7)))


def test_where_no_rule_speaks_the_measurements_are_said() -> None:
    assert _why(a_cell(HE)) == (
        "Before training, all hidden units differ, up to 20 % of hidden layer 2 is dead, no output "
        "is saturated and the norms of the first gradients are W1 0.14, W3 0.42."
    )
    alive = some_units(dead=(0.0, 0.0))
    assert _why(a_cell(HE, start=alive, end=alive, gradient_norms={})) == (
        "Before training, all hidden units differ, no hidden unit is dead and no output is "
        "saturated."
    )
    differ = _why(a_cell(HE, start=some_units(distinct=(9, 5))))
    assert differ.startswith("Before training, 9 distinct of 10, 5 distinct of 5 units, up to")


def test_no_sentence_claims_health() -> None:
    cells = [a_cell(HE), a_cell(start=some_units(dead=(0.0, 1.0))), a_cell(loss=3.0), a_tiny_cell()]
    for one in cells:
        assert "health" not in _why(one, a_cell(HE))


def test_a_layer_dead_at_some_seeds_is_told_whatever_the_mean() -> None:
    why = _why(*[a_cell(start=some_units(dead=(0.0, float(k == 0)))) for k in range(10)])
    assert why.startswith("At some seeds all of hidden layer 2 is dead at initialization.")


def test_tiny_gradients_are_told_whatever_the_loss() -> None:
    why = _why(a_cell(gradient_norms={"W1": 2e-5, "W3": 3e-5}))
    assert why.startswith("First gradients are tiny (W1 2e-05, W3 3e-05)")


@pytest.mark.parametrize(
    ("optimizer", "words"),
    [
        ("sgd", "and so are the first steps of sgd."),
        ("adam", "but adam does not make its steps smaller for that."),
        ("lbfgs", "W1 2e-05, W3 3e-05)."),
    ],
)
def test_small_steps_follow_from_tiny_gradients_only_where_the_optimizer_makes_them(
    optimizer: str, words: str
) -> None:
    cell = a_cell(init="mine", seed=0, gradient_norms={"W1": 2e-5, "W3": 3e-5})
    study = a_study(inits=("mine",), seeds=(0,))
    study = study.replace(optimizer=optimizer)
    assert words in summarize(study, [cell])[0].why


def a_deep_cell(dead: float, distinct: int, **changes: Any) -> Cell:
    norms = {f"layers.{k}.weight": 0.1 for k in range(31)}
    deep = UnitHealth(
        dead_share=(0.0, 0.0, *[dead] * 28),
        saturated_share={},
        distinct_units=(distinct,) * 30,
        hidden_units=(32,) * 30,
    )
    return a_cell(**{"start": deep, "end": deep, "gradient_norms": norms, **changes})


def test_thirty_layers_are_said_together() -> None:
    assert _why(a_deep_cell(0.4, 32)) == (
        "Before training, all hidden units differ, up to 40 % of a layer's units are dead in "
        "hidden layers 3 to 30 and the norms of the first gradients are layers.0.weight 0.1, "
        "layers.30.weight 0.1."
    )
    assert _why(a_deep_cell(0.8, 32)) == (
        "80 % of a layer's units are dead in hidden layers 3 to 30 at initialization."
    )
    assert _why(a_deep_cell(0.0, 1)) == (
        "All units of all 30 hidden layers are equal at initialization (1 distinct of 32 in each) "
        "and at the end: they do no more than a network with one unit per layer."
    )
    some = _why(a_deep_cell(0.0, 3))
    assert some.startswith("All 30 hidden layers have 3 distinct units of 32 at initialization.")
    grown = a_deep_cell(0.6, 32).end
    assert _why(a_deep_cell(0.0, 32, end=grown)).endswith(
        "the dead share of hidden layers 3 to 30 grew, most in layer 3, from 0 % to 60 %."
    )


def test_no_init_takes_more_than_three_lines() -> None:
    zeros = {f"layers.{k}.weight": 0.0 for k in range(31)}
    cells = [a_deep_cell(1.0, 1, gradient_norms=zeros), a_deep_cell(0.3, 20), a_deep_cell(0.9, 1)]
    for cell in cells:
        assert len(_why(cell)) < 300


def test_a_regression_whose_loss_rises_is_told() -> None:
    cell = a_cell(init="mine", seed=0, loss=40.0)
    study = a_study(inits=("mine",), seeds=(0,), loss="half_mean_squared_error")
    why = summarize(study, [cell])[0].why
    assert why.startswith("The training loss begins at 0.88 and ends at 40.")


def test_a_tiny_std_is_told_by_tiny_gradients_at_the_loss_of_a_coin() -> None:
    why = _why(a_tiny_cell())
    assert "has not moved" in why
    assert why.count("tiny") == 1
    assert "tiny (W1 1e-05, W3 2e-05)" in why


def test_equal_units_with_gradients_make_a_network_of_one_unit_per_layer() -> None:
    equal = some_units(distinct=(1, 1))
    why = _why(a_cell(start=equal, end=equal))
    assert "a network with one unit per layer" in why
    assert "healthy" not in why


def test_equal_units_that_part_ways_are_not_called_equal_at_the_end() -> None:
    why = _why(a_cell(start=some_units(distinct=(1, 1)), end=some_units(distinct=(7, 4))))
    assert "differ at the end (7 distinct of 10, 4 distinct of 5)" in why


def test_few_distinct_units_are_counted() -> None:
    why = _why(a_cell(start=some_units(distinct=(3, 5))))
    assert "Hidden layer 1 has 3 distinct units of 10 at initialization" in why


def test_dead_units_that_grew_are_told() -> None:
    why = _why(a_cell(start=some_units(dead=(0.0, 0.0)), end=some_units(dead=(0.0, 0.8))))
    assert "dead share of hidden layer 2 grew from 0 % to 80 %" in why


@pytest.mark.parametrize(
    ("norms", "word"),
    [({"W1": 1e-6, "W2": 1e-3, "W3": 1.0}, "vanish"), ({"W1": 1e4, "W3": 1.0}, "explode")],
)
def test_uneven_first_gradients_are_told(norms: dict[str, float], word: str) -> None:
    assert f"First gradients {word} towards the input" in _why(a_cell(gradient_norms=norms))


def test_seeds_left_at_the_loss_of_a_coin_are_told() -> None:
    assert "At some seeds the loss still lies at ln 2" in _why(a_cell(), a_cell(loss=0.6931))


def test_every_seed_above_the_loss_of_a_coin_is_told() -> None:
    assert "At every seed the loss still lies at ln 2" in _why(a_cell(loss=0.9), a_cell(loss=0.7))


def test_guessing_costs_what_the_row_of_the_loss_says(monkeypatch) -> None:
    name = a_study().problem.loss
    monkeypatch.setitem(TABLE, name, replace(TABLE[name], guess=lambda classes: 0.5))
    why = _why(a_cell(loss=0.9), a_cell(loss=0.7))
    assert "At every seed the loss still lies at 0.5 or above" in why


def test_divergence_is_told_with_its_steps() -> None:
    why = _why(a_diverged_cell(step=3), a_diverged_cell(step=41))
    assert "All 2 runs diverged: W2.grad was first not finite, at step 3 to 41." in why
    why = _why(a_diverged_cell(step=3), a_cell())
    assert "1 of 2 runs diverged" in why
    (alone,) = summarize(a_study(inits=(HE,), seeds=(0,)), [a_diverged_cell(init=HE, seed=0)])
    assert alone.why.startswith("The run diverged: ")


def test_a_start_never_begun_is_told() -> None:
    study = a_study(inits=(HE,))
    assert summarize(study, [])[0].why == "No run was started."


def test_a_regression_has_no_loss_of_chance() -> None:
    assert chance_loss(a_study(loss="half_mean_squared_error")) is None
    ten_classes = a_study(loss="cross_entropy", layer_dims=(4, 10))
    assert chance_loss(ten_classes) == pytest.approx(2.302585, abs=1e-6)


def test_infinite_and_nan_measurements_break_no_rule() -> None:
    strange = {"W1": math.inf, "W2": math.nan, "W3": math.inf}
    assert _why(a_cell(gradient_norms=strange, initial_loss=math.nan, loss=math.inf))


def test_what_a_bias_is_the_model_says_and_not_the_first_letter_of_a_name() -> None:
    study = a_study(inits=(HE,))
    network = {"model": None, "parameters": 9, "outputs": 2, "loss": "cross_entropy"}
    norms = {"basis": 1e-6, "att.in_proj_bias": 5.0, "fc.weight": 1.0}
    cells = [a_cell(HE, gradient_norms=norms)]
    for biases, ends in (
        (("att.in_proj_bias",), "(basis 1e-06, fc.weight 1)"),
        (None, ""),  # stored before it was kept: what begins with b
    ):
        module = ModuleNetwork(**network, biases=biases)
        own = study.replace(problem=study.problem.replace(network=module))
        why = summarize(own, cells)[0].why
        assert ("First gradients vanish towards the input" in why) == bool(ends)
        assert ends in why
