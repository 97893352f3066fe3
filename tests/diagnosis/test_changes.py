"""One group of parameters is changed, all else as it is: what then trains better is to blame."""

from __future__ import annotations

import pytest

from initlab.diagnosis.changes import changes
from initlab.diagnosis.diagnose import diagnose_module

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn

from initlab.diagnosis.measuring import measured_at  # noqa: E402
from initlab.diagnosis.module_trials import ModuleTrials  # noqa: E402
from initlab.modules.anatomy import anatomy  # noqa: E402
from tests.diagnosis.making import drawn, seeded  # noqa: E402


class Sharp(nn.Module):
    """Units that a softmax lets compete, as sharply as a parameter says."""

    def __init__(self, sharp=1.0):
        super().__init__()
        self.read, self.head = nn.Linear(8, 32), nn.Linear(32, 4)
        self.sharp = nn.Parameter(torch.full((1, 32), sharp))

    def forward(self, x):
        return self.head(32 * torch.softmax(self.sharp * self.read(x), -1))


def problem(samples=1024):
    x = drawn(samples, 8)
    return x, (x @ drawn(8, 4, seed=1)).argmax(1)


def tried(model):
    return [*changes(model, anatomy(model), frozen=False)]


def hindering(found):
    return {(one.name, one.where) for one in found.hindering}


@pytest.mark.parametrize(("sharp", "healthy"), [(1.0, True), (300.0, False)])
def test_a_parameter_that_no_reference_draws_is_to_blame_where_another_size_trains_better(
    sharp, healthy
):
    x, y = problem()
    found = diagnose_module(
        seeded(lambda: Sharp(sharp)), x, y, loss="cross_entropy", jacobian=False
    )
    assert found.healthy is healthy
    assert (("exploding_signal", ("sharp",)) in hindering(found)) is not healthy
    if not healthy:
        one = next(one for one in found.hindering if one.where == ("sharp",))
        assert "sharp has root mean square 300." in one.evidence
        assert found.trial.reference.best.loss < found.trial.own.best.loss
        assert "sharp" in one.fix
        assert str(found.fix()).startswith("keep; sharp=")  # and a second diagnosis is healthy


class Gated(Sharp):
    """A gate of each input, by a parameter that a sigmoid bounds."""

    def forward(self, x):
        return self.head(torch.relu(self.read(x * torch.sigmoid(self.sharp[0, :8]))))


def test_a_large_parameter_that_makes_signals_small_is_named_for_what_it_does():
    x, y = problem()
    model = seeded(lambda: Gated(-12.0))
    nn.init.zeros_(model.read.bias)
    found = diagnose_module(model, x, y, loss="cross_entropy", jacobian=False)
    assert ("vanishing_signal", ("sharp",)) in hindering(found)


def test_a_copy_is_changed_and_the_module_is_not():
    model = Sharp(5.0)
    before = {name: one.clone() for name, one in model.state_dict().items()}
    for one in tried(model):
        made = dict(one.make(0).named_parameters())
        assert not torch.equal(made["sharp"], model.sharp)
        assert torch.equal(made["read.weight"], model.read.weight)
        assert torch.equal(one.make(0).sharp, made["sharp"])
        assert torch.equal(one.make(1).sharp, made["sharp"]) is not one.drawn
    assert {one.where for one in tried(model)} == {("sharp",)}
    assert all(torch.equal(one, before[name]) for name, one in model.state_dict().items())


def test_a_parameter_that_is_one_number_without_an_axis_is_changed_too():
    model = Sharp(30.0)
    model.sharp = nn.Parameter(torch.tensor(30.0))
    made = {one.words: float(one.make(0).sharp.detach()) for one in tried(model)}
    assert made["sharp multiplied by 0.1"] == pytest.approx(3)
    assert abs(made["sharp drawn from a normal distribution with std 1"]) < 5


def test_what_is_named_is_where_the_size_lies():
    def names(value):
        model = Sharp()
        model.sharp.data = value
        return {one.words.partition(" ")[2]: one.name for one in tried(model)}

    large = names(5 * drawn(1, 32))
    assert large["multiplied by 0.1"] == "exploding_signal"
    assert large["drawn from a normal distribution with std 1"] == "exploding_signal"
    assert names(0.01 * drawn(1, 32))["multiplied by 10"] == "vanishing_signal"
    equal = names(drawn(1, 32).expand(4, 32).clone())
    assert equal["drawn from a normal distribution with std 1"] == "identical_units"
    assert "drawn from a normal distribution with std 1" not in names(drawn(1, 32))  # it is so
    above = names(torch.full((32,), 1.2))  # as of a decay, which powers make large
    assert above["multiplied by 0.5"] == "exploding_signal"
    assert "multiplied by 0.5" not in {**names(torch.ones(32)), **names(torch.full((32,), 5.0))}
    assert {*names(torch.zeros(1, 32))} == {
        "drawn from a normal distribution with std 1",
        "drawn from a normal distribution with std 0.18",
    }


def test_a_parameter_whose_half_is_better_is_not_called_what_it_does_not_do_to_signals():
    x, y = problem()
    model = seeded(lambda: Sharp(1.2))
    given = measured_at(model, x, y, loss="cross_entropy", seed=0, shape=None, optimizer="adam",
                        learning_rate=None, jacobian=False)  # fmt: skip
    trials = ModuleTrials(model, *given, "cross_entropy", 0)
    named = {one.words.partition(" ")[2]: trials._named(one) for one in tried(model)}
    assert named["multiplied by 0.5"] == ""
    assert named["multiplied by 0.1"] == "exploding_signal"


def test_parameters_of_one_name_are_one_group():
    class Blocks(nn.Module):
        def __init__(self):
            super().__init__()
            self.scales = nn.ParameterList(torch.zeros(3) for _ in range(12))
            self.other = nn.Parameter(torch.ones(2))

        def forward(self, x):
            return x * sum(self.scales) + self.other.sum()

    places = list(dict.fromkeys(one.where for one in tried(Blocks())))
    assert places == [tuple(f"scales.{k}" for k in range(12)), ("other",)]


def test_weights_below_a_spectral_norm_are_tried_without_it_and_the_model_keeps_it():
    norm = nn.utils.parametrizations.spectral_norm
    model = seeded(lambda: nn.Sequential(norm(nn.Linear(8, 8)), nn.ReLU(), nn.Linear(8, 2)))
    model.eval()
    x, weight = drawn(4, 8), model[0].weight.detach().clone()
    expected = model(x)
    (free,) = tried(model)
    made = free.make(0)
    assert torch.equal(made[0].weight, model[0].parametrizations.weight.original)
    assert not torch.equal(made[0].weight, weight)
    assert torch.equal(model(x), expected)
    assert torch.equal(model[0].weight, weight)
    assert free.where == ("0",)


def test_frozen_weights_are_blamed_where_the_rest_alone_learns_next_to_nothing():
    def made(only_biases):
        model = nn.Sequential(
            nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 4)
        )
        for name, one in model.named_parameters():
            one.requires_grad_(not only_biases or name.endswith("bias"))
        return model

    x, y = problem()
    found = diagnose_module(seeded(lambda: made(True)), x, y, loss="cross_entropy", jacobian=False)
    assert ("no_gradient", ("0.weight", "2.weight", "4.weight")) in hindering(found)
    found = diagnose_module(seeded(lambda: made(False)), x, y, loss="cross_entropy", jacobian=False)
    assert found.healthy


def test_of_frozen_parameters_whole_layers_are_named_by_their_own_names():
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
    for name in ("0.weight", "0.bias", "2.weight"):
        model.get_parameter(name).requires_grad_(False)
    (one, *_) = changes(model, anatomy(model), frozen=True)
    assert one.where == ("0", "2.weight")
