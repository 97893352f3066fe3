"""The next command is one a shell can run, and it keeps what the user set."""

from __future__ import annotations

import shlex

import pytest

import initlab
from initlab.analysis import next_command
from initlab.records import CANCELLED

from .making import HE, TEN, ZEROS, a_cell, a_diverged_cell, a_study, a_zeros_cell, cells_of

FALLING = {"step": list(range(100)), "train_loss": [1 - 0.01 * k for k in range(100)]}
ONE_SEED = [a_cell(ZEROS, 3, 0.5), a_cell(TEN, 3, 0.83), a_cell(HE, 3, 0.99)]


DEFAULTS = {
    "layer_dims": (2, 10, 5, 1), "nonlinearity": "relu", "loss_form": "probability",
    "optimizer": "gd", "learning_rate": 0.01, "momentum": 0.0, "batch_size": None,
    "steps": 15000, "record_every": 100, "dtype": "float64", "stream": "course",
    "bias_init": None, "metric": "test_accuracy", "n_train": 300, "n_test": 100,
    "noise": 0.05, "data_seed": 1, "inits": ("zeros",), "seeds": (3,),
}  # fmt: skip


def test_one_seed_asks_for_fifty() -> None:
    command = next_command(a_study(defaults={}), ONE_SEED, "report/")
    assert command == (
        "initlab compare circles -i zeros -i 'normal(std=10)' -i he_normal --seeds 50 --out report/"
    )


def test_settings_that_are_not_default_are_kept() -> None:
    study = a_study(
        layer_dims=(2, 4, 1),
        learning_rate=0.1,
        steps=200,
        data={"n_train": 50, "n_test": 100, "noise": 0.05, "data_seed": 1},
        defaults=DEFAULTS,
    )
    words = shlex.split(next_command(study, ONE_SEED))
    rest = words[words.index("--seeds") + 2 :]
    assert rest == [
        "--layer-dims", "2,4,1", "--learning-rate", "0.1", "--steps", "200", "--n-train", "50",
    ]  # fmt: skip


def test_a_folder_with_a_blank_is_quoted() -> None:
    assert next_command(a_study(defaults={}), ONE_SEED, "my report").endswith("--out 'my report'")


def test_given_defaults_decide_what_needs_an_option() -> None:
    command = next_command(a_study(defaults={"steps": 10, "threshold": 0.3}), ONE_SEED)
    assert command.endswith("--seeds 50 --steps 15000")


def test_an_unfinished_study_asks_for_the_same_again() -> None:
    cells = [*ONE_SEED[:2], a_diverged_cell(HE, 3).replace(outcome=CANCELLED)]
    assert next_command(a_study(defaults={}), cells).endswith("--init he_normal --seed 3")
    assert next_command(a_study(defaults={}), ONE_SEED[:2]).endswith("--init he_normal --seed 3")


def test_all_diverged_asks_for_a_smaller_learning_rate() -> None:
    cells = [a_diverged_cell(init, 3) for init in (ZEROS, TEN, HE)]
    command = next_command(a_study(learning_rate=0.3, defaults=DEFAULTS), cells)
    assert command.endswith("--learning-rate 0.03")


def test_nothing_trained_and_most_runs_diverged_asks_for_a_smaller_learning_rate() -> None:
    cells = [a_diverged_cell(HE, 3), a_diverged_cell(TEN, 3), a_zeros_cell(3)]
    command = next_command(a_study(learning_rate=0.3, defaults=DEFAULTS), cells)
    assert command.endswith("--learning-rate 0.03")


def test_arrays_from_memory_are_compared_again_in_python() -> None:
    study = a_study(recipe="arrays", data={"data": None, "data_seed": 0}, defaults={"steps": 300})
    command = next_command(study, ONE_SEED)
    assert command == "initlab.compare(..., seeds=50)  # all else as before"
    one = a_study(inits=(HE,), recipe="arrays", data={"data": None}, defaults={"steps": 300})
    assert next_command(one, ONE_SEED[2:]) == (
        "initlab.compare(..., inits=['he_normal', 'glorot_uniform'], seeds=50)"
        "  # all else as before"
    )
    wild = [a_diverged_cell(HE)]
    rates = one.replace(learning_rates=(0.01, 0.1))
    assert "compare(..., learning_rate=0.001)" in next_command(one, wild)
    assert "compare(..., learning_rate=[0.001, 0.01])" in next_command(rates, wild)


def test_one_start_asks_for_a_second() -> None:
    command = next_command(a_study(inits=(HE,), defaults={}), ONE_SEED[2:])
    assert "--init he_normal --init glorot_uniform --seeds 50" in command


def test_two_starts_alike_ask_for_more_seeds() -> None:
    scores = {HE: [0.9, 0.8, 0.9, 0.8, 0.9, 0.9], TEN: [0.8, 0.9, 0.9, 0.9, 0.8, 0.8]}
    study = a_study(inits=tuple(scores), seeds=tuple(range(6)), defaults={})
    assert "--seeds 24" in next_command(study, cells_of(scores))


def test_a_clear_winner_asks_for_other_data() -> None:
    scores = {ZEROS: [0.5] * 9, HE: [0.9] * 9}
    study = a_study(inits=tuple(scores), seeds=tuple(range(9)), defaults=DEFAULTS)
    command = next_command(study, cells_of(scores))
    assert command.endswith("--seeds 9 --data-seed 3")  # 2 is the test points' own


def test_steps_of_none_and_a_rate_far_too_large_are_answered_by_other_steps_and_a_smaller_rate():
    untrained = initlab.compare("circles", seeds=3, steps=0, progress=False)
    assert "--steps" not in untrained.verdict.next
    wild = initlab.compare("circles", seeds=3, steps=100, learning_rate=1000, progress=False)
    assert wild.verdict.kind == "nothing_trained"
    assert "--learning-rate 100" in wild.verdict.next


@pytest.mark.parametrize("seeds", [6, 20])
def test_three_inits_take_a_line_of_a_hundred_columns(seeds: int) -> None:
    scores = {HE: [0.95] * seeds, TEN: [0.9] * seeds, "orthogonal": [0.5] * seeds}
    study = a_study(inits=tuple(scores), seeds=tuple(range(seeds)), defaults=DEFAULTS)
    improving = [a_cell(c.init, c.seed, c.metrics["test_accuracy"] or 0.0, curve=FALLING)
                 for c in cells_of(scores)]  # fmt: skip
    for cells in (cells_of(scores), improving):
        command = next_command(study, cells)
        assert len(f"Next: {command}") <= 100
        assert "orthogonal" in command
    assert ("-n 20" in command) == (seeds == 20)
    assert "--steps 30000" in command
