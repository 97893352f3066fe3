"""An init is still improving where its loss falls by more than noise, and enough to matter."""

from __future__ import annotations

import math

import numpy as np
import pytest

from initlab.analysis.budget import still_improving
from initlab.analysis.command import next_command
from initlab.analysis.summary import summarize

from .making import HE, TEN, a_cell, a_diverged_cell, a_study, cells_of

STEPS = np.arange(200)
FALLING = 0.69 - 0.002 * STEPS  # by 0.04 in a tenth, 6 % of ln 2
FLAT = np.full(200, 0.3)


def a_curve(losses, seed=0, init=HE):
    curve = {"step": list(range(len(losses))), "train_loss": [float(x) for x in losses]}
    return a_cell(init, seed, curve=curve)


def improving(*curves, **changes) -> bool:
    return still_improving(a_study(**changes), [a_curve(c, k) for k, c in enumerate(curves)])


def test_a_falling_loss_improves_and_a_flat_or_rising_one_does_not() -> None:
    assert improving(FALLING)
    assert not improving(FLAT)
    assert not improving(FALLING[::-1])


@pytest.mark.parametrize(("gain", "told"), [(0.019, False), (0.021, True)])
def test_the_gain_must_be_two_percent_of_the_constant_answers_loss(gain: float, told: bool) -> None:
    losses = np.where(STEPS < 180, 1.0, 1.0 - gain * 5.0)
    assert improving(losses, base_rates={"train_loss": 5.0}) is told
    assert improving(losses, base_rates={"validation_loss": 5.0}) is told  # of the judged part
    assert improving(np.where(STEPS < 180, 1.0, 1.0 - gain * math.log(2))) is told


def test_batch_noise_is_no_improvement_and_a_fall_within_it_is() -> None:
    noise = np.random.default_rng(0).normal(0, 0.2, (400, 200))
    flat = [improving(0.5 + one) for one in noise]
    assert np.mean(flat) < 0.06  # one seed: about the upper 2.5 % of a normal, or less
    assert improving(*(FALLING + 0.5 * one for one in noise[:20]))
    studies = [improving(*(0.5 + one for one in noise[k::20])) for k in range(20)]
    assert np.mean(studies) <= 0.05


@pytest.mark.parametrize("every", [1, 2, 5, 10, 14, 20, 33])
@pytest.mark.parametrize(
    ("losses", "told"),
    [
        (FALLING, True),
        (0.69 * np.exp(-STEPS / 200), True),
        (0.69 / (1 + STEPS / 100), True),
        (FLAT, False),
        (0.69 * np.exp(-STEPS / 30), False),
        (0.3 + 0.39 / (1 + STEPS / 5), False),
        (np.maximum(0.69 - 0.01 * STEPS, 0.1), False),
        (0.69 * np.exp(-STEPS / 58), False),
    ],
)
def test_the_mark_does_not_depend_on_how_often_the_loss_is_recorded(losses, told, every) -> None:
    assert improving(losses[::every]) is told


def test_noise_of_few_records_is_no_improvement() -> None:
    for count in (6, 10, 19):
        noise = np.random.default_rng(1).normal(0, 0.2, (400, count))
        assert np.mean([improving(0.5 + one) for one in noise]) < 0.06


def test_one_seed_of_three_is_not_the_initialization() -> None:
    assert not improving(FALLING, FLAT, FLAT)
    assert improving(FALLING, FALLING, FLAT)


def test_few_records_diverged_runs_and_infinite_losses_say_nothing() -> None:
    assert improving(FALLING[::39])  # 6 points
    assert not improving(FALLING[::40])  # 5
    assert not still_improving(a_study(), [a_diverged_cell()])
    assert not improving(np.where(STEPS < 180, math.inf, 0.1))
    assert not improving(np.full(200, math.inf))


def test_the_summary_says_it_and_the_next_command_doubles_the_budget() -> None:
    seeds = tuple(range(9))
    cells = [
        cell.replace(curve=a_curve(FALLING if cell.init == TEN else FLAT).curve)
        for cell in cells_of({HE: [0.9] * 9, TEN: [0.8] * 9})
    ]
    study = a_study(inits=(HE, TEN), seeds=seeds, defaults={"steps": 15000})
    assert [start.improving for start in summarize(study, cells)] == [False, True]
    assert [start.to_record()["improving"] for start in summarize(study, cells)] == [False, True]
    assert next_command(study, cells).endswith("--seeds 9 --steps 30000")


def test_more_seeds_come_before_a_longer_budget() -> None:
    cells = [a_curve(FALLING, 0, HE), a_curve(FALLING, 0, TEN)]
    command = next_command(a_study(inits=(HE, TEN), seeds=(0,), defaults={}), cells)
    assert command.endswith("--seeds 50")
