"""The next command is one a shell can run, and it keeps what the user set."""

from __future__ import annotations

import math
import shlex
from typing import Any

import pytest

import initlab
from initlab.analysis import Analysis, command_line
from initlab.analysis.command import next_command
from initlab.records import CANCELLED, Study

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
        "initlab compare circles --init zeros --init 'normal(std=10)' --init he_normal "
        "--seeds 50 --out report-2"
    )


def test_a_text_in_an_init_has_the_quotes_that_a_shell_leaves_alone() -> None:
    line = command_line(a_study(inits=("edge_of_chaos(nonlinearity='tanh')",)))
    assert """ 'edge_of_chaos(nonlinearity="tanh")' """ in line


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
    assert next_command(a_study(defaults={}), ONE_SEED, "my report").endswith(" 'my report-2'")


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
    assert command == "initlab.compare(..., seeds=50)  # other arguments as before"
    one = a_study(inits=(HE,), recipe="arrays", data={"data": None}, defaults={"steps": 300})
    assert next_command(one, ONE_SEED[2:]) == (
        "initlab.compare(..., inits=['he_normal', 'glorot_uniform'], seeds=50)"
        "  # other arguments as before"
    )
    wild = [a_diverged_cell(HE)]
    rates = one.replace(learning_rates=(0.01, 0.1))
    assert "compare(..., learning_rate=0.001)" in next_command(one, wild)
    assert "compare(..., learning_rate=[0.001, 0.01])" in next_command(rates, wild)


def test_one_start_asks_for_a_second() -> None:
    command = next_command(a_study(inits=(HE,), defaults={}), ONE_SEED[2:])
    assert "--init he_normal --init glorot_uniform --seeds 50" in command


def test_more_seeds_follow_one_rule() -> None:
    for count, asked in ((1, 50), (5, 50), (6, 50), (20, 80)):
        noise = [0.9, 0.8] * count
        scores = {HE: noise[:count], TEN: noise[1 : count + 1]}
        study = a_study(inits=tuple(scores), seeds=tuple(range(count)), defaults={})
        assert f"--seeds {asked}" in next_command(study, cells_of(scores))


def test_inits_that_tie_at_every_seed_are_told_apart_by_the_loss_not_by_more_seeds() -> None:
    scores = {HE: [0.9, 0.8] * 10, TEN: [0.9, 0.8] * 10}
    study = a_study(inits=tuple(scores), seeds=tuple(range(20)), defaults=DEFAULTS)
    assert next_command(study, cells_of(scores)).endswith("--seeds 20 --metric test_loss")
    by_loss = next_command(study.replace(metric="test_loss"), cells_of(scores))
    assert by_loss.endswith("--seeds 20 --metric test_loss --data-seed 3")


def test_a_metric_without_a_score_is_checked_not_the_learning_rate() -> None:
    cells = cells_of({HE: [math.nan] * 6, TEN: [math.nan] * 6})
    study = a_study(inits=(HE, TEN), seeds=tuple(range(6)), defaults=DEFAULTS)
    assert next_command(study, cells).startswith("check the metric test_accuracy, which ")
    without_loss = [c.replace(metrics={**c.metrics, "train_loss": math.nan}) for c in cells]
    assert next_command(study, without_loss).endswith("--learning-rate 0.001")


@pytest.mark.parametrize(
    ("folder", "following"),
    [
        ("r", "r-2"),
        ("a/r-2/", "a/r-3"),
        ("r-9", "r-10"),
        ("2026-11-20261126", "2026-11-20261126-2"),
    ],
)
def test_the_report_of_a_finished_study_is_not_replaced(folder: str, following: str) -> None:
    assert next_command(a_study(defaults={}), ONE_SEED, folder).endswith(f"--out {following}")
    assert next_command(a_study(defaults={}), ONE_SEED[:2], folder).endswith(f"--out {folder}")


def test_too_few_seeds_of_inits_still_improving_ask_for_more_steps_too() -> None:
    study = a_study(steps=2_000, inits=(HE, TEN), seeds=(0, 1), defaults=DEFAULTS)
    cells = [a_cell(init, k, 0.9, curve=FALLING) for init in (HE, TEN) for k in (0, 1)]
    assert next_command(study, cells).endswith("--seeds 50")  # and the usual 15,000 steps
    study = study.replace(steps=20_000)
    assert next_command(study, cells).endswith("--seeds 50 --steps 40000")


def test_a_look_of_five_steps_at_own_data_asks_for_the_usual_budget() -> None:
    defaults = {**DEFAULTS, "steps": 300}
    study = a_study(recipe="arrays", data={"data": "a.csv"}, defaults=defaults)
    short = next_command(study.replace(steps=5), ONE_SEED)
    assert "--steps" not in short
    assert "--steps 100" in next_command(study.replace(steps=100), ONE_SEED)


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
def test_the_next_command_spells_its_options_the_same_at_any_length(seeds: int) -> None:
    scores = {HE: [0.95] * seeds, TEN: [0.9] * seeds, "orthogonal": [0.5] * seeds}
    study = a_study(inits=tuple(scores), seeds=tuple(range(seeds)), defaults=DEFAULTS)
    improving = [a_cell(c.init, c.seed, c.metrics["test_accuracy"] or 0.0, curve=FALLING)
                 for c in cells_of(scores)]  # fmt: skip
    for cells in (cells_of(scores), improving):
        command = next_command(study, cells)
        assert "orthogonal" in command
        assert "--seeds " in command
    assert "--steps 30000" in command


def test_rates_of_their_own_stay_with_their_inits() -> None:
    own = {ZEROS: 0.25, "normal(std=0.01)": 1e-5 / 3}
    study = a_study(inits=tuple(own), learning_rate=0.25, learning_rates=own, defaults=DEFAULTS)
    wild = [a_diverged_cell(init, 3) for init in own]
    assert "--learning-rate zeros=0.025 " in next_command(study, wild)
    poor = [a_zeros_cell(3), a_zeros_cell(3).replace(init="normal(std=0.01)")]
    words = shlex.split(next_command(study, poor))  # He's too, at the rate of the first
    assert [word for word in words if "=0.25" in word] == ["zeros=0.25", "he_normal=0.25"]
    assert f"normal(std=0.01)={1e-5 / 3!r}" in words
    memory = study.replace(problem=study.problem.replace(recipe="arrays", data={"data": None}))
    assert next_command(memory, wild).startswith(
        "initlab.compare(..., learning_rate={'zeros': 0.025, 'normal(std=0.01)': 3.33333e-07}"
    )


OWN = {"recipe": "arrays", "data": {"data": "a.csv", "data_seed": 0}}


@pytest.mark.parametrize("fits", ["after long training", "always", "never", "with little dropout"])
@pytest.mark.parametrize("settings", [{}, OWN, {**OWN, "inits": (ZEROS,)}])
def test_following_next_again_and_again_never_comes_back_and_ends(
    fits: str, settings: dict[str, Any]
) -> None:
    common: dict[str, Any] = {
        "inits": (HE,), "steps": 300, "samples": {"test_accuracy": 100},
        "base_rates": {"train_loss": 0.69, "test_accuracy": 0.5},
        "defaults": {"n_train": 300, "steps": 300, "dropout": 0.0},
    }  # fmt: skip
    study, seen = a_study(**{**common, **settings}), []
    for _ in range(9):
        seen.append(study)
        fit = {
            "always": True, "never": False, "after long training": study.training.steps >= 300,
            "with little dropout": study.training.dropout < 0.3,
        }[fits]  # fmt: skip
        cells = [
            a_cell(init, 3, 0.5, loss=0.02 if fit else 0.6, margins={"test_accuracy": (0.0, 0.05)})
            for init in study.inits
        ]
        analysis = Analysis(study, cells)
        assert analysis.verdict.kind == "nothing_trained"
        following = _followed(analysis)
        if following is None:
            assert not analysis.next.startswith("initlab")
            assert len(analysis.next) <= 94  # beside "Next: " in a terminal of 100
            return
        study = following
        assert study not in seen
    pytest.fail("it goes on for ever")


def _followed(analysis: Analysis) -> Study | None:
    """Return the study that a command runs, of the settings that the test above may change."""
    words = shlex.split(analysis.next)
    if words[0] != "initlab":
        return None
    study, options = analysis.study, {"-i": "--init", "-s": "--seeds"}
    words = [options.get(word, word) for word in words]
    found: dict[str, Any] = {}
    for option, read in (("--steps", int), ("--dropout", float)):
        default = (study.defaults or {})[option.removeprefix("--")]
        given = [read(words[k + 1]) for k, word in enumerate(words) if word == option]
        found[option.removeprefix("--")] = given[0] if given else default
    found["inits"] = tuple(words[k + 1] for k, word in enumerate(words) if word == "--init")
    data = dict(study.problem.data)
    if "--n-train" in words:
        data["n_train"] = int(words[words.index("--n-train") + 1])
    return study.replace(**found, data=data)


def test_runs_that_always_diverge_are_not_slowed_down_for_ever() -> None:
    study = a_study(inits=(HE,), learning_rate=1e-8, defaults=DEFAULTS)
    assert next_command(study, [a_diverged_cell(HE)]).startswith("check the data, the network and")


def test_seeds_are_not_multiplied_for_ever() -> None:
    noise = [0.9, 0.8] * 250
    study = a_study(inits=(HE, TEN), seeds=tuple(range(500)), defaults=DEFAULTS)
    assert next_command(study, cells_of({HE: noise, TEN: noise[::-1]})) == (
        "use any of the best inits, because 500 seeds do not tell them apart"
    )
