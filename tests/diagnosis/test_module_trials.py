"""The layer that alone makes a network train as its reference does is the place of the fault."""

from __future__ import annotations

import math

import pytest

import initlab
from initlab.diagnosis.diagnose import diagnose_module

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn

from initlab.diagnosis.changes import single_layers  # noqa: E402
from initlab.diagnosis.measuring import measured_at  # noqa: E402
from initlab.diagnosis.module_trials import ModuleTrials  # noqa: E402
from initlab.modules.anatomy import anatomy  # noqa: E402
from tests.diagnosis.making import drawn, seeded  # noqa: E402


def network():
    return nn.Sequential(
        nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 4)
    )  # fmt: skip


def times(factor, *layers):
    model = seeded(network)
    with torch.no_grad():
        for one in layers:
            model[one].weight.mul_(factor)
    return model


def problem():
    x = drawn(1024, 8)
    return x, (x @ drawn(8, 4, seed=1)).argmax(1)


def blamed(model):
    """Return what one layer of a network is blamed for."""
    x, y = problem()
    settings = {"shape": None, "optimizer": "adam", "learning_rate": None, "jacobian": False}
    given = measured_at(model, x, y, loss="cross_entropy", seed=0, **settings)
    trials = ModuleTrials(model, *given, "cross_entropy", 0)
    return trials.one_layer(trials.beside_references(None))


@pytest.mark.parametrize("layer", [2, 4])
def test_a_layer_is_blamed_where_the_reference_of_it_alone_mends_the_network(layer):
    model = times(100.0, layer)
    before = {key: one.clone() for key, one in model.state_dict().items()}
    found = blamed(model)
    assert (found.name, found.where) == ("exploding_signal", (f"{layer}.weight",))
    assert (found.layers, found.alone) == ((str(layer),), True)
    assert f"With layer {layer} alone drawn as in the reference, it is 0." in found.evidence
    assert all(torch.equal(one, before[key]) for key, one in model.state_dict().items())


def test_no_layer_is_blamed_where_none_mends_the_network_alone():
    assert blamed(times(0.0, 0, 2, 4)) is None


def test_a_head_of_zero_that_is_not_trained_is_named_itself():
    model = times(0.0, 4)
    model[4].requires_grad_(False)
    found = diagnose_module(model, *problem(), loss="cross_entropy", jacobian=False)
    assert "4" in {place.split(".")[0] for one in found.hindering for place in one.where}


def test_one_layer_after_the_other_is_as_in_the_reference():
    model, reference = seeded(network), seeded(network, seed=1)
    reference[2].load_state_dict(model[2].state_dict())  # equal in both: not tried
    made = dict(single_layers(model, reference, anatomy(model)))
    assert [*made] == [("0",), ("4",)]
    assert torch.equal(made["0",][0].weight, reference[0].weight)
    assert torch.equal(made["0",][0].bias, reference[0].bias)
    assert torch.equal(made["0",][4].weight, model[4].weight)


@pytest.mark.parametrize("name", ["weight_norm", "orthogonal", "spectral_norm"])
def test_a_layer_is_as_in_the_reference_with_what_its_weights_are_computed_from(name):
    def bound():
        inner = getattr(nn.utils.parametrizations, name)(nn.Linear(32, 32))
        return nn.Sequential(nn.Linear(8, 32), nn.Tanh(), inner, nn.Tanh(), nn.Linear(32, 4))

    model, reference = seeded(bound).eval(), bound().eval()
    copies = dict(single_layers(model, reference, anatomy(model)))
    assert torch.equal(copies[("2",)][2].weight, reference[2].weight)
    assert torch.equal(copies[("0",)][2].weight, model[2].weight)


def test_of_many_layers_those_of_one_name_are_taken_together():
    def blocks():
        one = nn.ModuleDict({"first": nn.Linear(2, 2)})
        one["blocks"] = nn.ModuleList(
            nn.ModuleDict({"up": nn.Linear(2, 2), "down": nn.Linear(2, 2)}) for _ in range(6)
        )
        return one

    model, reference = seeded(blocks), seeded(blocks, seed=1)
    made = [layers for layers, _ in single_layers(model, reference, anatomy(model))]
    ups, downs = (tuple(f"blocks.{k}.{name}" for k in range(6)) for name in ("up", "down"))
    assert made == [("first",), ups, downs]


def test_many_layers_of_one_name_are_taken_in_runs():
    def plain():
        return nn.Sequential(*(nn.Linear(2, 2) for _ in range(14)))

    model, reference = seeded(plain), seeded(plain, seed=1)
    made = [layers for layers, _ in single_layers(model, reference, anatomy(model))]
    assert made == [(f"{k}", f"{k + 1}") for k in range(0, 14, 2)]
    (one,) = single_layers(model, reference, anatomy(model), only=("3",))
    assert one[0] == ("3",)


def test_a_training_with_a_loss_that_may_fall_below_0_does_not_end_there():
    def likelihood(outputs, y):
        return (outputs - y).square().mean() - 0.5

    x = drawn(1024, 8)
    y = (x @ drawn(8, 1, seed=1)) / 8**0.5
    model = seeded(lambda: nn.Sequential(nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 1)))
    found = diagnose_module(model, x, y / y.std(), loss=likelihood).trial
    assert found.own.best.loss < -0.4
    ends = [one.losses[-1] for one in found.own.runs if len(one.losses) < found.steps]
    assert not any(map(math.isfinite, ends))


def test_of_signals_that_are_lost_at_once_the_layer_that_loses_them_is_named():
    model = seeded(network)
    with torch.no_grad():
        model[2].weight.mul_(1e-6)
        model[2].bias.fill_(0.5)
    x, y = problem()
    found = diagnose_module(model, x, y, loss="cross_entropy", trial=False)
    (one,) = (one for one in found.findings if one.name == "inputs_indistinguishable")
    assert one.where == ("2",)


def test_of_weights_without_a_gradient_the_zeros_are_named():
    model = nn.Sequential(
        nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 4)
    )
    with torch.no_grad():
        for one in (2, 4):
            model[one].weight.zero_()
            model[one].bias.zero_()
    found = diagnose_module(model, *problem(), loss="cross_entropy", trial=False)
    (one,) = (one for one in found.findings if one.name == "no_gradient")
    assert one.where == ("2", "4")
    assert one.fix == "Draw the weights of layer 2 and layer 4 at random."
    assert "All values of 2.weight and 4.weight are 0." in one.evidence


def test_zeros_that_are_added_do_not_block_the_gradients():
    class Stepped(nn.Module):
        def __init__(self):
            super().__init__()
            self.place = nn.Parameter(torch.zeros(8))
            self.first, self.last = nn.Linear(8, 8), nn.Linear(8, 4)

        def forward(self, x):
            return self.last(torch.sign(self.first(x + self.place)))

    found = diagnose_module(seeded(Stepped), *problem(), loss="cross_entropy", trial=False)
    (one,) = (one for one in found.findings if one.name == "no_gradient")
    assert one.where == ("place", "first")
    assert "are 0." not in one.evidence


def test_a_trial_is_kept_where_the_search_for_its_cause_fails(monkeypatch):
    def failing(*_):
        raise RuntimeError("out of luck")

    monkeypatch.setattr(ModuleTrials, "one_layer", failing)
    found = initlab.diagnose(times(1000.0, 2), *problem(), loss="cross_entropy")
    assert found.trial is not None
    text = " ".join(str(found).split())
    assert "Not measured: which parameters hold the training back" in text
    assert "copies of the model with some parameters changed failed: RuntimeError" in text
    assert "Not measured: progress in training steps" not in text
