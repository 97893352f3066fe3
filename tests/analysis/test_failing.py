"""Runs that failed are counted apart and say what was measured in them."""

from __future__ import annotations

import math

import pytest

from initlab.analysis.failing import BaseRate, Failure
from initlab.analysis.scoring import score_of
from initlab.analysis.summary import summarize
from initlab.records import CANCELLED, Cell

from .making import HE, a_cell, a_diverged_cell, a_study, a_zeros_cell, units

GUESSING = BaseRate("random guessing (50.0 %)", lambda cell: cell.metrics["test_accuracy"] > 0.6)


def test_every_way_to_fail_is_listed_with_its_seeds() -> None:
    cells = [a_cell(HE, k) for k in range(4)]
    cells += [a_diverged_cell(HE, 4), a_diverged_cell(HE, 5), a_zeros_cell(6).replace(init=HE)]
    cells += [a_cell(HE, 7, 0.5)]
    (start,) = summarize(a_study(inits=(HE,), seeds=tuple(range(8))), cells, GUESSING)
    assert [(one.seed, one.how) for one in start.failing] == [
        (4, "diverged"), (5, "diverged"), (6, "dead"), (7, "not trained"),
    ]  # fmt: skip
    assert start.failing_words == (
        "4 of 8 runs failed (95 % interval 22 to 78 %): seeds 4 and 5 diverged at step 41 "
        "(W2.grad became NaN or infinite); seed 6 ended with all units of hidden layers 1 and 2 "
        "dead; "
        "seed 7 ended at test accuracy 50.0 %, not shown to be better than random guessing "
        "(50.0 %)."
    )
    assert not start.did_train
    record = start.to_record()["failing"]
    assert (record["count"], record["ci95"]) == (4, pytest.approx([0.2152, 0.7848], abs=1e-4))
    assert record["runs"][0] == {
        "seed": 4, "how": "diverged",
        "words": "diverged at step 41 (W2.grad became NaN or infinite)",
    }  # fmt: skip


def _words(*cells: Cell) -> str:
    named = [cell.replace(init=HE, seed=k) for k, cell in enumerate(cells)]
    study = a_study(inits=(HE,), seeds=tuple(range(len(named))))
    return summarize(study, named, GUESSING)[0].failing_words.partition(": ")[2]


def test_every_seed_is_listed_and_runs_that_failed_alike_are_said_once() -> None:
    good = a_cell()
    assert _words(a_cell(accuracy=0.54), a_cell(accuracy=0.48), good) == (
        "seeds 0 and 1 ended at test accuracy 54.0 % and 48.0 %, neither shown to be better than "
        "random guessing (50.0 %)."
    )
    scores = [a_cell(accuracy=0.5 + k / 100) for k in range(6)]
    assert _words(scores[0], good, scores[1], good, good, *scores[1:]) == (
        "seeds 0, 2 and 5 to 9 ended at test accuracy 50.0 to 55.0 %, none shown to be better than "
        "random guessing (50.0 %)."
    )
    steps = [a_diverged_cell(step=k) for k in range(7)]
    what = "(W2.grad became NaN or infinite)"
    assert _words(*steps[:2]) == f"seeds 0 and 1 diverged at steps 0 and 1 {what}."
    assert _words(*steps) == f"seeds 0 to 6 diverged at steps 0 to 6 {what}."


def test_too_many_ways_are_said_in_fewer_words_with_every_seed() -> None:
    wild = [a_diverged_cell(step=k).replace(first_nonfinite=f"W{k}.grad") for k in range(5)]
    assert _words(*wild) == "seeds 0 to 4 diverged at steps 0 to 4."
    dead = [a_cell(accuracy=0.5, end=units(dead=d)) for d in ((1.0, 1.0), (0.0, 1.0), (1.0, 0.0))]
    assert _words(*wild[:2], *dead) == (
        "seeds 0 and 1 diverged at steps 0 and 1; "
        "seeds 2 to 4 ended with all units of a hidden layer dead."
    )


def test_runs_without_a_score_are_said_apart_from_those_with_a_poor_one() -> None:
    wild = [a_diverged_cell(step=k).replace(first_nonfinite=f"W{k}.grad") for k in range(4)]
    poor = [a_cell(accuracy=score) for score in (0.5, 0.52)]
    assert _words(*wild, a_cell(accuracy=math.nan), *poor) == (
        "seeds 0 to 3 diverged at steps 0, 1, 2 and 3; "
        "seed 4 ended with a test accuracy that is not a number; "
        "seeds 5 and 6 ended at test accuracy 50.0 % and 52.0 %, neither shown to be better than "
        "random guessing (50.0 %)."
    )


def test_without_a_base_rate_a_run_fails_by_divergence_a_dead_layer_or_no_score() -> None:
    cells = [a_cell(HE, 0, 0.5), a_cell(HE, 1, math.nan), a_zeros_cell(2).replace(init=HE)]
    (start,) = summarize(a_study(inits=(HE,), seeds=(0, 1, 2)), cells)
    assert start.failing[0] == Failure(
        1, "no score", "ended with a test accuracy that is not a number"
    )
    assert [one.seed for one in start.failing] == [1, 2]


def test_a_run_that_beats_the_base_rate_is_not_dead() -> None:
    cell = a_cell(HE, 0, 0.9, end=units(dead=(0.2, 1.0)))  # as behind a skip connection
    study = a_study(inits=(HE,), seeds=(0,))
    assert summarize(study, [cell], GUESSING)[0].failing == ()
    assert [one.how for one in summarize(study, [cell])[0].failing] == ["dead"]


def test_a_stopped_run_has_not_failed() -> None:
    stopped = a_diverged_cell(HE, 1).replace(outcome=CANCELLED, diverged_step=None)
    (start,) = summarize(a_study(inits=(HE,), seeds=(0, 1)), [a_cell(HE, 0), stopped])
    assert (start.failing, start.failing_words, start.did_train) == ((), "", True)


def test_the_direction_that_was_said_decides_what_an_infinite_score_is() -> None:
    cell = a_cell(metrics={"test_inverse_error": math.inf})
    assert score_of(cell, "test_inverse_error", higher=True) is None
    assert score_of(cell, "test_inverse_error", higher=False) == math.inf
    study = a_study(inits=(HE,), seeds=(0,), metric="test_inverse_error")
    study = study.replace(directions={"test_inverse_error": "higher"})
    (start,) = summarize(study, [cell.replace(init=HE, seed=0)])
    assert start.metrics["test_inverse_error"] is None
    assert [one.how for one in start.failing] == ["no score"]
