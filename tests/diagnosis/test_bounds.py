"""Bounds of a module's outputs, and what they keep a loss from."""

from __future__ import annotations

import math

import pytest

from .making import drawn, nn, seeded, torch

import initlab  # isort: skip
from initlab.diagnosis.bounds import bounds_of  # isort: skip
from initlab.diagnosis.measuring import measure  # isort: skip
from initlab.nonlinearities.table import TABLE  # isort: skip

X, Y = drawn(128, 6), torch.arange(128) % 4


def found(*last, loss="cross_entropy", y=Y, width=4):
    model = seeded(lambda: nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, width), *last))
    return model, measure(model, X, y, loss=loss)


def names(*last, **given):
    model, _ = found(*last, **given)
    y, loss = given.get("y", Y), given.get("loss", "cross_entropy")
    seen = initlab.diagnose(model, X, y, loss=loss, trial=False).findings
    return {one.name: one.severity for one in seen}


def test_numbers_that_sum_to_1_are_those_of_a_softmax():
    assert bounds_of(drawn(9, 4).softmax(1), None) == (0, 1)
    assert bounds_of(drawn(9, 4), None) is None
    assert bounds_of(torch.zeros(9, 4), None) is None
    assert bounds_of(torch.full((9, 4), 0.25), None) is None  # of a bias, and no weights


@pytest.mark.parametrize(
    ("name", "bounds"),
    [("sigmoid", (0, 1)), ("tanh", (-1, 1)), ("relu", (0, math.inf)), ("leaky_relu", None)],
)
def test_a_nonlinearity_bounds_what_lies_between_its_bounds(name, bounds):
    outputs = drawn(9, 4).abs().clamp(0, 0.9)
    seen = bounds_of(outputs, TABLE[name])
    assert seen == (pytest.approx(bounds) if bounds else None)
    assert bounds_of(outputs - 5, TABLE[name]) is None  # something else came after it


def test_the_least_loss_is_that_of_sure_and_right_answers_within_the_bounds():
    _, soft = found(nn.Softmax(1))
    assert soft.least_loss == pytest.approx(math.log(1 + 3 / math.e))
    _, both = found(nn.Sigmoid(), loss="bce_with_logits", y=(Y[:, None] > 1).float(), width=1)
    expected = (math.log(2) + math.log(1 + math.exp(-1))) / 2  # of zeros, and of ones
    assert both.least_loss == pytest.approx(expected)
    soft = torch.full((128, 1), 0.9)  # targets between the two have their entropy
    _, sure = found(nn.ReLU(), loss="bce_with_logits", y=soft, width=1)
    entropy = -0.9 * math.log(0.9) - 0.1 * math.log(0.1)
    assert sure.least_loss == pytest.approx(entropy)
    target = drawn(128, 4, seed=3)
    _, values = found(nn.ReLU(), loss="mse", y=target)
    assert values.least_loss == pytest.approx(float(target.clamp(max=0).square().mean()))
    assert found()[1].least_loss is None


def test_a_softmax_before_the_cross_entropy_is_found_and_a_logarithm_of_it_is_not():
    assert names(nn.Softmax(1))["bounded_outputs"] == "stops"
    assert "bounded_outputs" not in names(nn.LogSoftmax(1))
    assert "bounded_outputs" not in names()


def test_outputs_that_are_divided_by_1000_are_found():
    class Small(nn.Module):
        def forward(self, x):
            return x / 1000

    assert names(Small())["vanishing_signal"] == "slows"


def test_a_softmax_stays_a_finding_although_steps_train_as_well_as_with_other_weights():
    model, _ = found(nn.Softmax(1))
    y = (X[:, :4] + 0.1 * drawn(128, 4, seed=5)).argmax(1)
    seen = initlab.diagnose(model, X, y, loss="cross_entropy")
    assert seen.trial.outcome == "trains"
    assert [one.name for one in seen.hindering] == ["bounded_outputs"]
