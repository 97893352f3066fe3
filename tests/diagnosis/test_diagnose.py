"""A module is diagnosed on one batch: read once, and as no forward has written into it."""

from __future__ import annotations

import pytest

from ..engines.torch.making import mlp
from .making import classes, drawn, nn, seeded, torch

from initlab.diagnosis.diagnose import diagnose_module  # isort: skip
from initlab.errors import ArgumentError  # isort: skip
from initlab.initialization.module import initialize  # isort: skip


class Stream(torch.utils.data.IterableDataset):
    """Counts how often it is read."""

    read = 0

    def __iter__(self):
        self.read += 1
        yield from zip(drawn(64, 6), classes(3, 64), strict=True)


def test_data_are_read_once_also_for_a_fix():
    data, model = Stream(), mlp((6, 8, 3))
    for one in model.parameters():
        nn.init.zeros_(one)
    found = diagnose_module(model, data)
    assert not found.healthy
    found.fix()
    assert data.read == 1


class Writes(nn.Module):
    """Triples what it is given, in place."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x.mul_(3))


def test_a_forward_that_writes_into_its_inputs_is_given_new_ones():
    x, y = drawn(64, 6), classes(3, 64)
    own = diagnose_module(Writes(seeded(lambda: mlp((6, 8, 3)))), x, y)
    other = diagnose_module(seeded(lambda: mlp((6, 8, 3))), 3 * x, y)
    assert own.trial.own.runs == other.trial.own.runs


class OwnLoss(nn.Module):
    """A model that returns its loss: one number, without an axis."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 1)

    def forward(self, x):
        return self.layer(x).pow(2).mean()


def test_a_model_may_return_one_number():
    model, x, y = seeded(OwnLoss), drawn(64, 6), classes(3, 64)
    assert diagnose_module(model, x).measured.passes == 1
    found = diagnose_module(model, x, y, loss=lambda output, target: output)
    assert found.measured.loss == pytest.approx(float(model(x).detach()))


class Complex(nn.Module):
    """A layer of complex weights, of whose outputs the sizes count."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(0.3 * torch.randn(6, 16, dtype=torch.cfloat))
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        return self.head((x.to(torch.cfloat) @ self.weight).abs())


@pytest.mark.filterwarnings("error")  # "Casting complex values to real"
def test_complex_weights_are_measured():
    model = seeded(Complex)
    found = diagnose_module(model, drawn(64, 6), classes(3, 64), loss="cross_entropy")
    (weight,) = (one for one in found.measured.parameters if one.name == "weight")
    assert weight.norm == pytest.approx(float(model.weight.detach().abs().square().sum()) ** 0.5)
    assert weight.gradient_norm > 0


def test_inputs_that_are_nan_are_not_blamed_on_the_weights():
    x = drawn(64, 6)
    x[3, 2] = float("nan")
    found = diagnose_module(mlp((6, 8, 3)), x, classes(3, 64), loss="cross_entropy")
    (finding,) = found.findings
    assert finding.where == ("inputs",)
    assert "weights" not in finding.fix


def test_a_healthy_verdict_names_only_what_was_measured():
    model = seeded(lambda: nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3)))
    x, y = drawn(64, 6), classes(3, 64)
    found = diagnose_module(model, x[:1], y[:1], loss="cross_entropy")
    assert found.healthy
    assert "outputs and gradients in the 2 layers" in found.verdict
    found = diagnose_module(model, x, y, loss="cross_entropy", trial=False)
    assert "outputs, gradients and correlations between samples in the" in found.verdict


def test_what_was_not_measured_is_told_of_the_outputs_and_of_layers():
    model, x = seeded(lambda: mlp((6, 8, 3))), drawn(64, 6)
    told = diagnose_module(model, x[:1], trial=False).sentences
    assert told[0].endswith("in 1 pass forward and backward.")
    said = "Not measured: variation of the network's outputs and c of layer "
    assert any(one.startswith(said) for one in told)
    for one in model.parameters():
        one.requires_grad = False
    assert diagnose_module(model, x, trial=False).sentences[0].endswith("in 1 pass forward.")


def test_names_to_ignore_are_a_list():
    found = diagnose_module(mlp((6, 8, 3)), drawn(64, 6), classes(3, 64), trial=False)
    with pytest.raises(ArgumentError, match="ignore must be a list of names of findings"):
        found.assert_healthy(ignore="no_gradient")


class Several(nn.Module):
    """A model that returns two outputs, in a tuple or by name."""

    def __init__(self, pack):
        super().__init__()
        self.body, self.a, self.b = nn.Linear(6, 8), nn.Linear(8, 3), nn.Linear(8, 2)
        self.pack = pack

    def forward(self, x):
        x = torch.tanh(self.body(x))
        return self.pack(self.a(x), self.b(x))


def both(outputs, target):
    return nn.functional.cross_entropy(outputs[0], target) + outputs[1].square().mean()


@pytest.mark.parametrize(
    ("pack", "loss", "words"),
    [
        (
            lambda a, b: (b, a),
            None,
            "the first is measured; the loss function receives this output alone",
        ),
        (lambda a, b: {"a": a, "b": b}, None, "'a' is measured; the loss"),
        (lambda a, b: {"b": b, "logits": a}, None, "'logits' is measured; the loss"),
        (
            lambda a, b: (a, b),
            both,
            "the first is measured; the loss function receives all outputs",
        ),
    ],
)
def test_of_several_outputs_the_first_line_says_which_is_measured(pack, loss, words):
    x, y = drawn(64, 6), classes(2, 64)
    found = diagnose_module(seeded(lambda: Several(pack)), x, y, loss=loss, trial=False)
    assert f"Of the model's 2 outputs, {words}" in found.verdict
    assert found.verdict in " ".join(str(found).split("\n\n")[0].split())


def test_one_output_needs_no_words():
    found = diagnose_module(seeded(lambda: mlp((6, 8, 3))), drawn(64, 6), trial=False)
    assert "output" not in found.verdict.replace("outputs, gradients", "")


def lazy():
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(8), nn.LazyBatchNorm1d(), nn.Tanh(),
                         nn.Linear(8, 3))  # fmt: skip


@pytest.mark.filterwarnings("ignore:Lazy modules are a new feature")
def test_lazy_layers_get_their_shapes_on_a_copy():
    model, x, y = lazy(), drawn(64, 2, 3), classes(3, 64)
    before = torch.random.get_rng_state()
    found = diagnose_module(model, x, y, loss="cross_entropy")
    assert torch.equal(torch.random.get_rng_state(), before)
    assert found.healthy
    assert "from which the lazy layers of a copy of the model took their shapes" in found.verdict
    assert [one.name for one in found.layers] == ["1", "4"]
    assert isinstance(model[1], nn.LazyLinear)
    assert isinstance(model[1].weight, nn.parameter.UninitializedParameter)
    with pytest.raises(ArgumentError, match="lazy"):
        diagnose_module(model)


def test_hooks_that_write_into_their_module_leave_nothing_in_it():
    model = seeded(lambda: mlp((6, 8, 3)))
    layer = next(one for one in model.modules() if isinstance(one, nn.Linear))
    layer.register_buffer("seen", torch.zeros(()))
    layer.calls = 0

    def count(module, given, result):
        module.seen += 1
        module.calls += 1

    layer.register_forward_hook(count)
    diagnose_module(model, drawn(64, 6), classes(3, 64), loss="cross_entropy")
    assert (float(layer.seen), layer.calls) == (0, 0)


def test_outputs_grow_from_the_layer_before_to_the_one_that_enlarges_them():
    model = mlp((30, 32, 32, 32, 4))
    initialize(model, "he_normal", seed=0)
    with torch.no_grad():
        model[2].weight.mul_(1000)
    found = diagnose_module(model, drawn(64, 30), classes(4, 64), loss="cross_entropy", trial=False)
    evidence = next(one.evidence for one in found.findings if one.name == "exploding_signal")
    assert evidence.endswith("; most of this change is from layer 0 to layer 2.")
