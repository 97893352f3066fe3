"""Where a replicate diverges, and what of, does not depend on how often its loss is recorded."""

from __future__ import annotations

import math

import numpy as np
import pytest

from initlab.records import Training

from ..making import LOGISTIC, REGRESSION, bits, parameters, points, trained

EVERY = (1, 7, 100)
DIVERGING = {  # none of them at a step that 7 or 100 record, unless it is the first
    "loss is NaN, gradient finite": (LOGISTIC, 5.0),
    "loss and gradient are NaN, after a loss of inf": (LOGISTIC, 20.0),
    "loss and gradient are NaN": (LOGISTIC, 100.0),
    "gradient overflows, loss inf": (REGRESSION, 20.0),
}


def run(engine, network, rate, *, every, steps=300):
    plan = Training(learning_rate=rate, steps=steps, record_every=every)
    return trained(engine, network, plan, points(network), parameters(network, 1))


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("case", DIVERGING)
def test_step_and_name_are_those_of_the_blas_path_which_computes_every_loss(case, every):
    expected = run("BLAS", *DIVERGING[case], every=1)
    assert expected.first_nonfinite in ("loss", "W2.grad")
    assert expected.step % 7 != 0
    ours = run("compiled", *DIVERGING[case], every=every)
    assert (ours.step, ours.first_nonfinite) == (expected.step, expected.first_nonfinite)


def test_the_cases_are_what_they_say():
    finite = run("compiled", LOGISTIC, 5.0, every=1)
    assert math.isnan(finite.curve[finite.step])
    assert np.isfinite(finite._gradient).all()
    infinite = run("compiled", LOGISTIC, 20.0, every=1)
    assert infinite.curve[infinite.step - 1] == math.inf


def test_an_infinite_loss_changes_no_bit_whether_it_is_recorded_or_not():
    recorded, unseen = (run("compiled", LOGISTIC, 20.0, every=n, steps=15) for n in (1, 100))
    assert recorded.curve[-1] == math.inf
    assert recorded.first_nonfinite is unseen.first_nonfinite is None
    assert bits(recorded.parameters()) == bits(unseen.parameters())
