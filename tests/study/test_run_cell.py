"""One specification -> one cell: both travel between processes, and the cell says what happened."""

from __future__ import annotations

import math
import pickle

import pytest

from initlab.study import run_cell

from .making import BLAS, LOAD, SGD, dense, everything, specs_of


@pytest.mark.parametrize("engine", LOAD)
def test_a_specification_that_was_pickled_gives_the_same_cell(engine):
    loaded = LOAD[engine]()
    spec = specs_of(loaded)[0]
    sent = pickle.loads(pickle.dumps(spec))
    assert sent == spec
    assert sent.key == spec.key
    assert everything(run_cell(sent, loaded)) == everything(run_cell(spec, loaded))


@pytest.mark.parametrize("engine", LOAD)
def test_a_cell_that_was_pickled_has_all_its_bits(engine):
    loaded = LOAD[engine]()
    cell = run_cell(specs_of(loaded)[0], loaded)
    assert cell.parameters is not None
    sent = pickle.loads(pickle.dumps(cell))
    assert sent == cell
    assert everything(sent) == everything(cell)


def test_a_cell_names_its_specification_and_what_ran_it():
    loaded = dense()
    spec = specs_of(loaded)[0]
    cell = run_cell(spec, loaded)
    assert (cell.init, cell.seed, cell.learning_rate) == (spec.init, spec.seed, 0.05)
    assert (cell.key, cell.engine) == (spec.key, "dense, BLAS")
    assert cell.platform


def test_parameters_are_kept_only_where_they_are_asked_for():
    loaded = dense()
    spec = specs_of(loaded)[0]
    assert run_cell(spec, loaded, keep=False).parameters is None
    assert run_cell(spec, loaded).parameters.keys() == {"W1", "b1", "W2", "b2"}


@pytest.mark.parametrize("engine", LOAD)
def test_a_threshold_is_reached_at_equality_and_not_a_bit_above(engine):
    loaded = LOAD[engine]()
    curve = run_cell(specs_of(loaded)[0], loaded).curve
    best = min(range(len(curve["step"])), key=curve["train_loss"].__getitem__)
    lowest = curve["train_loss"][best]
    for threshold, expected in (
        (lowest, curve["step"][best]),
        (math.nextafter(lowest, 0), None),
    ):
        training = SGD.replace(threshold=threshold)
        cell = run_cell(specs_of(loaded, training=training)[0], loaded)
        assert cell.steps_to_threshold == expected


class Scored:
    """Scores that are given, instead of those of the trained network."""

    def scores(self, spec, trajectory):
        return {"train_loss": self.loss, "test_loss": self.other}, {}


def scored(loss, other, optional=()):
    kind = type("ScoredDense", (Scored, type(dense())), {"loss": loss, "other": other})
    loaded = dense(BLAS, kind)
    loaded.optional_scores = frozenset(optional)
    return run_cell(specs_of(loaded)[0], loaded)


def test_a_final_score_that_is_nan_is_divergence_at_the_last_step():
    cell = scored(0.5, math.nan)
    assert (cell.outcome, cell.diverged_step, cell.first_nonfinite) == ("diverged", 40, "loss")
    assert cell.metrics == {"train_loss": None, "test_loss": None}
    assert cell.end is None


def test_a_users_own_score_may_be_nan_without_divergence():
    cell = scored(0.5, math.nan, optional=["test_loss"])
    assert (cell.outcome, cell.diverged_step) == ("finished", None)
    assert cell.metrics == {"train_loss": 0.5, "test_loss": None}


def test_a_final_score_that_is_infinite_is_a_number():
    assert scored(0.5, math.inf).metrics == {"train_loss": 0.5, "test_loss": math.inf}
