"""Outputs that are far off, or beside targets of another shape; norms that give little."""

from __future__ import annotations

import re

import pytest

from initlab.diagnosis.diagnose import diagnose_module
from initlab.diagnosis.findings import findings
from initlab.diagnosis.measuring import measure

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn

from tests.diagnosis.making import classes, drawn, seeded  # noqa: E402


def test_an_epsilon_that_swamps_the_inputs_of_a_norm_is_named():
    def found(epsilon):
        model = nn.Sequential(nn.Linear(8, 16), nn.LayerNorm(16, epsilon), nn.Linear(16, 3))
        measured = measure(model, drawn(64, 8), classes(3, 64), loss="cross_entropy")
        return {one.where: one for one in findings(measured) if one.name == "vanishing_signal"}

    assert not found(1e-5)
    assert "The epsilon of layer 1, 10000, is large" in found(1e4)["1",].evidence


def test_a_first_loss_that_is_infinite_or_of_ones_own_is_named():
    def poisson(outputs, counts):  # with a logarithm of the rate
        return (outputs.exp() - counts * outputs).mean()

    x, counts = drawn(64, 8), drawn(64, 1, seed=1).square().round()
    for factor, named in ((1.0, False), (40.0, True), (1e4, True)):
        model = seeded(lambda: nn.Linear(8, 1))
        with torch.no_grad():
            model.weight.mul_(factor)
        measured = measure(model, x, counts, loss=poisson)
        large = [one for one in findings(measured) if one.name == "large_initial_loss"]
        assert bool(large) is named, factor
        assert all(one.stays and one.hinders for one in large)


def test_targets_that_a_loss_would_broadcast_stay_a_finding_whatever_the_trial_shows():
    x, y = drawn(256, 8), drawn(256, 8)[:, :1]
    model = seeded(lambda: nn.Sequential(nn.Linear(8, 1), nn.Flatten(0)))
    found = diagnose_module(model, x, y, loss="mse")
    assert found.trial.outcome == "trains"
    assert [(one.name, one.severity) for one in found.hindering] == [("unpaired_targets", "stops")]
    assert diagnose_module(model, x, y[:, 0], loss="mse").healthy


def test_of_a_layer_of_one_unit_no_more_than_100_percent_of_noise_is_written():
    model = seeded(lambda: nn.Sequential(nn.Linear(8, 16), nn.Linear(16, 1, bias=False)))
    x = drawn(8, 8)
    with torch.no_grad():
        model[1].weight.mul_(1e4)
        x[1:] *= 1e-3
    found = findings(measure(model, x, classes(2, 8).float(), loss="mse"))
    (one,) = [one for one in found if one.name == "exploding_signal"]
    shares = [int(part) for part in re.findall(r"±(\d+) %", one.evidence)]
    assert all(part < 100 for part in shares), one.evidence
    assert shares or "a rough figure" in one.evidence
