"""Data of an unusual size, and equal inputs, are named themselves; no weight is blamed for them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ..engines.torch.making import mlp
from .making import classes, drawn, nn, seeded, torch

import initlab  # isort: skip
from initlab.diagnosis import module_trials  # isort: skip

from initlab.diagnosis.diagnose import diagnose_module  # isort: skip
from initlab.diagnosis.inputs import inputs_of  # isort: skip
from initlab.diagnosis.measuring import measure_at, measured_at  # isort: skip
from initlab.diagnosis.module_trials import ModuleTrials  # isort: skip
from initlab.diagnosis.scaling import beside_codes, data_of, standardized  # isort: skip
from initlab.diagnosis.trial import TRAINS  # isort: skip


def table(samples=256):
    """Return inputs of size 1 and targets of size 1, which depend on them."""
    x = drawn(samples, 8)
    y = torch.sin(2 * x[:, :1]) + x[:, 1:2]
    return x, (y - y.mean()) / y.std()


def network():
    """Return a network that learns them."""
    model = mlp((8, 40, 40, 1))
    initlab.initialize(model, "auto", seed=0)
    return model


def hindering(found):
    return [(one.name, one.where) for one in found.hindering]


def test_the_network_is_healthy_on_data_of_size_1():
    assert hindering(diagnose_module(network(), *table(), loss="mse")) == []


@pytest.mark.parametrize("trial", [None, False])
def test_large_targets_are_named_and_no_weights(trial):
    x, y = table()
    found = diagnose_module(network(), x, 1000 * y, loss="mse", trial=trial)
    assert hindering(found) == [("unscaled_targets", ("targets",))]
    (one,) = found.hindering
    assert "standard deviation 998" in one.evidence
    assert "(y - y.mean()) / y.std()" in one.fix
    assert one.layers == ()


class Form(nn.Module):
    """A number and a code in each row; the code is looked up."""

    def __init__(self):
        super().__init__()
        self.codes = nn.Embedding(7, 4)
        self.rest = mlp((5, 32, 1))

    def forward(self, x):
        return self.rest(torch.cat([x[:, :1], self.codes(x[:, 1].long())], 1))


def test_codes_that_a_model_looks_up_stay_and_the_number_beside_them_is_to_blame():
    code = seeded(lambda: torch.randint(7, (512, 1)))
    for size, blamed in ((1.0, []), (1000.0, [("unscaled_inputs", ("inputs",))])):
        x = torch.cat([size * drawn(512, 1), code], 1)
        model = seeded(Form)
        initlab.initialize(model, "auto", seed=0)
        found = diagnose_module(model, x, code / 3.0 - 1, loss="mse", jacobian=False)
        assert hindering(found) == blamed
        assert all("Column 0 of the inputs" in one.evidence for one in found.hindering)


def test_codes_are_whole_numbers_beside_others():
    code = torch.arange(6.0)[:, None]
    inputs = inputs_of(Form(), torch.cat([drawn(6, 1), code], 1), None)
    (data,) = beside_codes(inputs, data_of(inputs))
    assert data.codes == (False, True)
    (x,) = standardized(inputs, [data], ["inputs"]).given
    assert torch.equal(x[:, 1:], code)
    assert x[:, 0].std(correction=0) == pytest.approx(1, rel=1e-5)
    whole = inputs_of(Form(), torch.cat([code, code], 1), None)
    assert beside_codes(whole, data_of(whole)) == data_of(whole)


def test_a_model_that_takes_no_other_numbers_is_diagnosed_on_the_data_as_they_are():
    class Exact(nn.Linear):
        def forward(self, x):
            if not bool((x == x.round()).all()):
                raise ValueError("whole numbers, please")
            return super().forward(x)

    x = (1000 * drawn(64, 4)).round()
    found = diagnose_module(seeded(lambda: Exact(4, 1)), x, drawn(64, 1), loss="mse")
    assert found.layers
    assert "standardized" not in str(found)


def test_targets_far_from_0_are_named():
    x, y = table()
    found = diagnose_module(network(), x, y + 300, loss="mse")
    assert hindering(found) == [("unscaled_targets", ("targets",))]


@pytest.mark.parametrize("trial", [None, False])
def test_one_large_column_is_named_and_no_weights(trial):
    x, y = table()
    x[:, 5] *= 1e4
    found = diagnose_module(network(), x, y, loss="mse", trial=trial)
    assert hindering(found) == [("unscaled_inputs", ("inputs",))]
    assert "Column 5 of the inputs" in found.hindering[0].evidence


def test_both_are_named_where_both_hinder():
    x, y = table()
    x[:, 5] *= 1e4
    found = diagnose_module(network(), x, 1000 * y, loss="mse")
    assert {one.name for one in found.hindering} == {"unscaled_inputs", "unscaled_targets"}


def test_targets_are_not_blamed_beside_inputs_that_standardizing_spoils():
    ends = {(): 0.1, ("targets",): 0.1, ("inputs",): 0.7, ("inputs", "targets"): 0.6}

    class Told(ModuleTrials):
        """What training on standardized data would show, of a network that scales its inputs."""

        def _on_standardized(self, places):
            end = ends[tuple(sorted(places))]
            return lambda name, rate: iter(1 - (1 - end) * min(1, k / 20) for k in range(200))

    x, y = table(1024)
    settings = {"shape": None, "optimizer": "adam", "learning_rate": None, "jacobian": False}
    measured, inputs = measured_at(network(), x, y, loss="mse", seed=0, **settings)
    measured = replace(measured, prior_loss=1.0)
    trials = Told(network(), measured, inputs, "mse", 0).beside_standardized(["targets", "inputs"])
    assert {place: one.outcome for place, one in trials.items()} == {
        "targets": TRAINS, "inputs": TRAINS
    }  # fmt: skip


def test_large_inputs_before_a_norm_do_no_harm():
    x, y = table()
    model = nn.Sequential(nn.BatchNorm1d(8), network())
    found = diagnose_module(model, 1000 * x, y, loss="mse")
    assert found.healthy
    assert "unscaled_inputs" not in {one.name for one in found.findings}


def test_without_a_trial_large_inputs_are_blamed_where_they_make_outputs_large():
    x, y = table()
    for layers, blamed in (((), True), ((nn.BatchNorm1d(8),), False)):
        model = nn.Sequential(*layers, network())
        found = diagnose_module(model, 1000 * x, y, loss="mse", trial=False)
        assert ("unscaled_inputs" in {one.name for one in found.hindering}) is blamed


def test_outputs_drawn_for_large_targets_do_no_harm():
    x, y = table()
    model = network()
    with torch.no_grad():
        head = [*model.modules()][-1].weight
        head.mul_(1000 / model(x).square().mean().sqrt())
    assert diagnose_module(model, x, 1000 * y, loss="mse").healthy


def test_a_sick_network_is_still_found_on_large_targets():
    x, y = table()
    model = network()
    with torch.no_grad():
        for one in model.parameters():
            one.zero_()
    found = diagnose_module(model, x, 1000 * y, loss="mse", trial=False)
    names = {one.name for one in found.hindering}
    assert "unscaled_targets" in names
    assert len(names) > 1
    assert all(one.evidence.startswith("On standardized data: ") for one in found.hindering
               if one.name != "unscaled_targets")  # fmt: skip


def test_equal_inputs_are_named_and_no_weights():
    x, y = torch.ones(64, 8), classes(3, 64)
    found = diagnose_module(mlp((8, 40, 3)), x, y, loss="cross_entropy")
    assert hindering(found) == [("identical_inputs", ("inputs",))]
    assert found.trial is None
    tokens = nn.Sequential(nn.Embedding(9, 8), nn.Flatten(), nn.Linear(32, 3))
    found = diagnose_module(tokens, torch.full((64, 4), 3), y, loss="cross_entropy")
    assert hindering(found) == [("identical_inputs", ("inputs",))]


def test_one_sample_is_not_equal_inputs():
    found = diagnose_module(mlp((8, 40, 3)), torch.ones(1, 8), classes(3, 1), loss="cross_entropy")
    assert "identical_inputs" not in {one.name for one in found.findings}


def test_no_init_mends_data():
    x, y = table()
    found = diagnose_module(network(), x, 1000 * y, loss="mse")
    with pytest.warns(RuntimeWarning, match="No init mends unscaled_targets. Standardize y"):
        rules = found.fix()
    assert str(rules) == str(initlab.rules({}, default="keep"))


def test_what_is_standardized_has_mean_0_and_std_1_column_by_column():
    x = drawn(64, 8) * torch.tensor([1.0, 2, 3, 4, 5, 6, 7, 0]) + 10
    y = 5 + drawn(64, 1, seed=1)
    inputs = inputs_of(mlp((8, 4, 1)), x, y)
    found = standardized(inputs, data_of(inputs), ["inputs", "targets"])
    std = np.where(x.std(0, correction=0) > 0, x.std(0, correction=0), 1)
    expected = (x.numpy() - x.mean(0).numpy()) / std
    assert found.given[0].numpy() == pytest.approx(expected.clip(-5, 5), abs=1e-5)
    assert float(found.target.mean()) == pytest.approx(0, abs=1e-6)
    assert float(found.target.std(correction=0)) == pytest.approx(1)
    only = standardized(inputs, data_of(inputs), ["targets"])
    assert torch.equal(only.given[0], inputs.given[0])
    assert torch.equal(found.batches.at(0).target, found.target)


def test_classes_and_drawn_inputs_have_no_size():
    x, y = drawn(64, 8), classes(3, 64)
    found = diagnose_module(mlp((8, 4, 3)), x, y, loss="cross_entropy", trial=False)
    assert [one.where for one in found.measured.data] == ["inputs"]
    assert diagnose_module(mlp((8, 4, 3)), trial=False).measured.data == ()


def test_of_several_inputs_each_is_measured():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(8, 3)

        def forward(self, a, b):
            return self.layer(a + b)

    x = (drawn(64, 8), 1000 * drawn(64, 8, seed=1))
    found = diagnose_module(seeded(Two), x, classes(3, 64), loss="cross_entropy", trial=False)
    assert ("unscaled_inputs", ("inputs[1]",)) in hindering(found)
    assert any("x[1].mean(" in one.fix for one in found.hindering)


def test_small_data_are_not_blamed_where_standardized_ones_are_not_learned_either():
    x, y = 0.1 * drawn(512, 8), seeded(lambda: torch.randint(4, (512,)), seed=1)
    found = diagnose_module(seeded(lambda: mlp((8, 32, 4))), x, y, trial=True)
    assert found.trial is not None
    assert found.trial.learns_nothing
    assert ("unscaled_inputs", ("inputs",)) not in hindering(found)


def test_the_constant_answer_to_standardized_targets_is_measured_once(monkeypatch):
    seen = []

    def counted(*given, **settings):
        seen.append(given)
        return measure_at(*given, **settings)

    x, y = table()
    monkeypatch.setattr(module_trials, "measure_at", counted)
    found = diagnose_module(network(), 1000 * x, 1000 * y, loss="mse", jacobian=False)
    assert {"unscaled_inputs", "unscaled_targets"} <= {one.name for one in found.findings}
    assert len(seen) == 1
