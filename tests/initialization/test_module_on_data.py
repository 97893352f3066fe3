"""Data methods on modules: outputs counted by hooks of the test's own, on the same batch."""

from __future__ import annotations

import math
import random
import re

import numpy as np
import pytest

import initlab
from initlab.errors import ArgumentError, DataError, InitlabError

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn


def batch(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first, self.bn = nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 3, padding=1, groups=2)

    def forward(self, x):
        return x + self.second(torch.relu(self.bn(self.first(x))))


class Mixed(nn.Module):
    """Residual blocks, attention, a layer used twice, weight_norm of both kinds, dropout."""

    def __init__(self):
        super().__init__()
        self.stem, self.blocks = nn.Conv2d(3, 8, 3), nn.ModuleList(Block(8) for _ in range(2))
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.twice, self.dropout = nn.Linear(8, 8), nn.Dropout()
        self.normed = nn.utils.parametrizations.weight_norm(nn.Linear(8, 8))
        self.bare = nn.Parameter(torch.randn(8, 6))
        self.head = nn.Linear(6, 10)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        x = x.flatten(2).transpose(1, 2)
        x = x + self.attention(x, x, x)[0]
        x = self.dropout(self.twice(torch.tanh(self.twice(x))))
        x = torch.relu(self.normed(x)) @ self.bare
        return self.head(x.mean(1))


AXES = {"bare": {"in_axis": 0, "out_axis": 1}}


def outputs(model, x, names):
    """What layers give, all uses together; dropout off, norms with the batch's statistics."""
    found = {name: [] for name in names}
    handles = [
        model.get_submodule(name).register_forward_hook(
            lambda layer, given, result, name=name: found[name].append(
                result[0] if isinstance(result, tuple) else result))
        for name in names
    ]  # fmt: skip
    model.eval()
    for layer in model.modules():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            layer.train()
            layer.track_running_stats = False
    with torch.no_grad():
        model(*x) if isinstance(x, tuple) else model(x)
    for handle in handles:
        handle.remove()
    return {name: torch.cat([one.double().flatten() for one in all_]) for name, all_ in
            found.items()}  # fmt: skip


def test_after_lsuv_the_outputs_of_every_layer_have_variance_1():
    model, x = Mixed(), batch(64, 3, 10, 10)
    report = initlab.initialize(model, "lsuv(tolerance=0.001)", seed=0, data=x, axes=AXES)
    names = ("stem", "blocks.0.first", "blocks.0.second", "blocks.1.first", "blocks.1.second",
             "attention", "twice", "normed", "head")  # fmt: skip
    for name, found in outputs(model, x, names).items():
        assert found.var(correction=0).item() == pytest.approx(1, abs=1.1e-3), name
    assert not report.on_data
    assert "weight multiplied by" in report["bare"].note
    assert report["bare"].note.endswith("(wanted: 1)")
    row = report["stem.weight"]
    assert "iteration" in row.note
    assert row.actual_std == pytest.approx(row.std, rel=0.02)


def test_projections_of_attention_have_variance_1_each():
    model, x = nn.MultiheadAttention(16, 4), batch(7, 5, 16)
    x = x * torch.linspace(0.1, 3, 16)
    initlab.initialize(model, "lsuv", seed=0, data=(x, x * 2, x - 5))
    for weight, given in zip(model.in_proj_weight.chunk(3), (x, x * 2, x - 5), strict=True):
        assert (given @ weight.T).var(correction=0).item() == pytest.approx(1, abs=0.01)
    assert model(x, x * 2, x - 5)[0].var(correction=0).item() == pytest.approx(1, abs=0.01)


def test_lsuv_divides_by_the_std_of_the_orthogonal_draw():
    plain, scaled, x = nn.Linear(20, 30), nn.Linear(20, 30), batch(50, 20)
    initlab.initialize(plain, "orthogonal", seed=3)
    initlab.initialize(scaled, "lsuv(tolerance=1e-9)", seed=3, data=x)
    std = plain(x).double().std(correction=0).item()
    assert torch.allclose(scaled.weight, plain.weight / std, rtol=1e-5)
    initlab.initialize(plain, "he_normal", seed=3)
    initlab.initialize(scaled, "lsuv(init=he_normal, tolerance=1e-9)", seed=3, data=x)
    std = plain(x).double().std(correction=0).item()
    assert torch.allclose(scaled.weight, plain.weight / std, rtol=1e-5)


def test_a_shared_embedding_is_scaled_for_the_head():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.fc = nn.Embedding(40, 16), nn.Linear(16, 16)
            self.head = nn.Linear(16, 40, bias=False)
            self.head.weight = self.table.weight

        def forward(self, tokens):
            return self.head(torch.relu(self.fc(self.table(tokens))))

    model, tokens = Tied(), torch.arange(40).repeat(3).view(6, 20)
    report = initlab.initialize(model, "lsuv", seed=0, data=tokens)
    found = outputs(model, tokens, ["head", "fc"])["head"].var(correction=0).item()
    assert f"variance of the outputs: {found:.4g}" in report["head.weight"].note
    assert report["table.weight"].done == "tied"
    if abs(found - 1) > 0.01:
        assert any("head.weight" in one for one in report.on_data)


def test_what_cannot_be_reached_is_said():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.head = nn.LSTM(6, 8, batch_first=True), nn.Linear(8, 4)
            self.unused = nn.Linear(3, 3)
            self.bounded = nn.utils.parametrizations.spectral_norm(nn.Linear(4, 4))

        def forward(self, x):
            return self.bounded(self.head(self.lstm(x)[0][:, -1]) * 0.01)

    report = initlab.initialize(Odd(), "lsuv", seed=0, data=batch(30, 5, 6))
    words = " ".join(report.on_data)
    assert "lsuv does not adjust lstm.weight_ih_l0: only the outputs of the whole layer" in words
    assert "lsuv does not adjust unused.weight: the weight is not used on this data" in words
    assert "could not bring the outputs of bounded.weight to variance 1 ± 0.01: " in words
    assert "in 10 iterations" in report["bounded.weight"].note
    assert "not adjusted" in report["unused.weight"].note


def test_outputs_that_are_all_equal_are_left_and_said():
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    report = initlab.initialize(model, "lsuv", seed=0, data=torch.zeros(5, 3))
    said = "lsuv could not bring the outputs of 0.weight to variance 1 ± 0.01: their variance is 0."
    assert said in report.on_data
    assert report["0.weight"].std == pytest.approx(0.5)


def test_rules_say_which_weights_are_scaled():
    model, x = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3)), batch(40, 6)
    rules = "he_normal; 0.weight=lsuv; 2.bias=0.5"
    report = initlab.initialize(model, rules, seed=0, data=x)
    assert model[0](x).var(correction=0).item() == pytest.approx(1, abs=0.01)
    assert report["2.weight"].note == ""
    kept = model[2].weight.clone()
    initlab.initialize(model, "lsuv; 2.*=keep", seed=1, data=x)
    assert torch.equal(model[2].weight, kept)
    with pytest.raises(ArgumentError, match="ones that give lsuv to weights only"):
        initlab.initialize(model, "lsuv; 2.bias=lsuv", seed=0, data=x)


@pytest.mark.parametrize("parametrize", [None, "weight_norm", "old_weight_norm"])
@pytest.mark.parametrize(
    ("layer", "shape", "axis"),
    [
        (lambda: nn.Linear(6, 9), (200, 6), 1),
        (lambda: nn.Conv2d(4, 6, 3, groups=2), (20, 4, 8, 8), 1),
        (lambda: nn.ConvTranspose1d(4, 6, 3, stride=2, groups=2), (20, 4, 9), 1),
    ],
)
def test_units_have_mean_0_and_variance_1_on_the_data(layer, shape, axis, parametrize):
    model, x = nn.Sequential(layer()), batch(*shape) * 3 + 1
    if parametrize == "weight_norm":
        nn.utils.parametrizations.weight_norm(model[0])
    elif parametrize:
        with pytest.warns(FutureWarning):
            nn.utils.weight_norm(model[0])
    report = initlab.initialize(model, "data_normalized", seed=0, data=x)
    found = model(x).detach().double().movedim(axis, 0).flatten(1)
    assert torch.allclose(found.mean(1), torch.zeros(len(found), dtype=torch.float64), atol=1e-5)
    assert torch.allclose(found.var(1, correction=0), torch.ones_like(found.mean(1)), atol=1e-4)
    assert not report.on_data
    assert report["0.bias"].law == "data_normalized, bias"


def test_weight_norm_gets_g_and_b_of_salimans_and_kingma():
    model = nn.utils.parametrizations.weight_norm(nn.Linear(5, 7))
    x, plain = batch(100, 5) + 2, nn.Linear(5, 7)
    initlab.initialize(plain, "normal(std=0.05)", seed=4)
    v = plain.weight.detach().double()
    t = x.double() @ (v / v.norm(dim=1, keepdim=True)).T
    mean, std = t.mean(0), t.std(0, correction=0)
    initlab.initialize(model, "data_normalized", seed=4, data=x)
    g = model.parametrizations.weight.original0.detach().double().flatten()
    assert torch.allclose(g, 1 / std, rtol=1e-5)
    assert torch.allclose(model.bias.double(), -mean / std, atol=1e-5)


def test_a_layer_of_bare_parameters_is_centred_too():
    class Bare(nn.Module):
        def __init__(self):
            super().__init__()
            self.w, self.b = nn.Parameter(torch.randn(4, 3)), nn.Parameter(torch.zeros(3))

        def forward(self, x):
            return x @ self.w + self.b

    model, x = Bare(), batch(50, 4) + 1
    axes = {"w": {"in_axis": 0, "out_axis": 1}, "b": "bias"}
    initlab.initialize(model, "data_normalized", seed=0, data=x, axes=axes)
    assert torch.allclose(model(x).mean(0), torch.zeros(3), atol=1e-5)
    assert torch.allclose(model(x).var(0, correction=0), torch.ones(3), atol=1e-4)


def test_the_bias_that_a_rule_names_stays_and_the_centre_is_the_mean():
    model, x = nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3)), batch(99, 5) - 1
    initlab.initialize(model, "data_normalized(centre=0.5); 2.bias=0.25", seed=0, data=x)
    first = model[0](x)
    assert torch.allclose(first.mean(0), torch.full((4,), 0.5), atol=1e-5)
    assert model[2].bias.eq(0.25).all()
    assert torch.allclose(model(x).var(0, correction=0), torch.ones(3), atol=1e-4)


@pytest.mark.parametrize("batches", [1, 4])
def test_calibration_is_torchs_cumulative_average_on_the_same_batches(batches):
    def build():
        return nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(),
                             nn.Linear(144, 5), nn.BatchNorm1d(5, affine=False))  # fmt: skip

    ours, theirs, x = build(), build(), batch(40, 2, 8, 8) * 2 + 1
    rules = f"he_normal; role:norm=calibrated(batches={batches})"
    report = initlab.initialize(ours, rules, seed=0, data=x)
    initlab.initialize(theirs, "he_normal", seed=0)
    for layer in theirs:
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            layer.momentum = None
    theirs.train()
    with torch.no_grad():
        for part in x.chunk(batches):
            theirs(part)
    for name, value in theirs.state_dict().items():
        assert torch.equal(ours.state_dict()[name], value), name
    assert ours[1].momentum == 0.1
    assert report["1.weight"].law == "1"
    assert report.notes == ("The running statistics of layers 1 and 5 were set from the data.",)
    assert not report.on_data
    assert not report.buffers


def test_norms_are_calibrated_over_as_many_parts_as_their_own_rule_says():
    def statistics(rules):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 4, 3),
                              nn.BatchNorm2d(4))  # fmt: skip
        initlab.initialize(model, f"keep; {rules}", seed=0, data=batch(12, 3, 8, 8))
        return model[1].running_var, model[3].running_var, model[1].num_batches_tracked.item()

    both = statistics("1.running_mean=calibrated(batches=4); 3.running_mean=calibrated")
    four = statistics("role:norm=calibrated(batches=4)")
    one = statistics("role:norm=calibrated")
    assert torch.equal(both[0], four[0])
    assert torch.equal(both[1], one[1])
    assert not torch.equal(one[0], four[0])
    assert (both[2], one[2]) == (4, 1)


@pytest.mark.parametrize("layers", [2, 5])
def test_what_was_reached_is_seen_in_one_pass_over_the_model(layers):
    class Counted(nn.Sequential):
        passes = 0

        def forward(self, x):
            type(self).passes += 1
            return super().forward(x)

    model = Counted(*(nn.Linear(8, 8) for _ in range(layers)))
    initlab.initialize(model, "orthogonal", seed=0)
    Counted.passes = 0
    initlab.initialize(model, "lsuv", seed=0, data=batch(500, 8))
    # to describe it and its calls, before and after each factor, and once to see them all
    assert Counted.passes <= 3 + 2 * layers


def test_calibration_alone_leaves_parameters_and_other_statistics():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 4), nn.BatchNorm1d(4))
    model(batch(20, 3))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    initlab.initialize(model, "keep; 1.*=calibrated", seed=0, data=batch(30, 3), keep_buffers=True)
    changed = {name for name, value in model.state_dict().items()
               if not torch.equal(value, before[name])}  # fmt: skip
    assert changed == {"1.running_mean", "1.running_var"}


def test_the_prior_makes_the_first_loss_the_entropy_of_the_classes():
    model, x = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3)), batch(100, 6)
    y = torch.tensor([0] * 70 + [1] * 20 + [2] * 10)
    report = initlab.initialize(model, "he_normal; role:head=prior; 2.weight=0", seed=0, data=x,
                                targets=y)  # fmt: skip
    entropy = -sum(p * math.log(p) for p in (0.7, 0.2, 0.1))
    assert nn.functional.cross_entropy(model(x), y).item() == pytest.approx(entropy, rel=1e-6)
    assert report["2.bias"].law == "prior"
    assert report["2.bias"].note == "logarithms of the shares of the 3 classes in the targets"


def test_same_seed_and_data_give_the_same_bits_and_nothing_global_moves():
    class Drawing(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc, self.drop = nn.Linear(6, 6), nn.Dropout()

        def forward(self, x):
            noise = torch.randn_like(x) * float(np.random.rand()) * random.random()
            return self.fc(self.drop(self.fc(x + noise)))

    states = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    found = []
    for _ in range(2):
        model = Drawing().train()
        torch.set_rng_state(states[0])
        initlab.initialize(model, "lsuv", seed=0, data=batch(30, 6))
        found.append(model.fc.weight.clone())
        assert torch.equal(torch.get_rng_state(), states[0])
        assert model.training
        assert model.drop.training
    assert torch.equal(*found)
    assert np.random.get_state()[1].tolist() == states[1]
    assert random.getstate() == states[2]


def test_a_failure_puts_the_parameters_back():
    class Fails(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc, self.bn, self.calls = nn.Linear(4, 4), nn.BatchNorm1d(4), 0

        def forward(self, x):
            if self.fc.weight.abs().max() > 3:
                raise ValueError("too large")
            return self.bn(self.fc(x))

    model, x = Fails(), batch(20, 4) * 0.01
    model(batch(9, 4))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(DataError, match="The model fails on the data: ValueError: too large"):
        initlab.initialize(model, "lsuv", seed=0, data=x)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_undo_and_dry_run_take_data_methods_along():
    model, x = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)), batch(20, 4)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    plan = initlab.initialize(model, "lsuv; role:norm=calibrated", seed=0, data=x, dry_run=True)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    done = plan.apply(undo=True)
    assert model[0](x).var(correction=0).item() == pytest.approx(1, abs=0.01)
    assert model[1].running_mean.abs().max() > 0
    done.undo()
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_other_dtypes_are_scaled_in_float64_and_rounded_once(dtype):
    model, x = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 8)), batch(64, 16)
    model.to(dtype)
    initlab.initialize(model, "lsuv(tolerance=0.05)", seed=0, data=x)
    found = outputs(model, x.to(dtype), ["0", "2"])
    for name, one in found.items():
        assert one.var(correction=0).item() == pytest.approx(1, abs=0.05), name
    assert model[0].weight.dtype == dtype


@pytest.mark.parametrize(("std", "size"), [(100, 2e-6), (1e-5, 6e4)])
def test_numbers_that_leave_their_dtype_are_refused(std, size):
    model = nn.Linear(400, 32, bias=False).half()
    before, x = model.weight.clone(), (batch(64, 400) * size).clamp(-6e4, 6e4)
    with pytest.raises(InitlabError, match=r"dtype must be one .* got 'float16'\. \(weight\)"):
        initlab.initialize(model, f"lsuv(init='normal(std={std})')", seed=0, data=x)
    assert torch.equal(model.weight, before)


def test_a_mapping_of_inputs_and_torchs_transformer_are_taken():
    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
            self.encoder, self.head = nn.TransformerEncoder(layer, 2), nn.Linear(16, 4)

        def forward(self, *, left, right):
            return self.head(self.encoder(left + right))

    model = Named()
    data = {"left": batch(6, 5, 16).numpy(), "right": batch(6, 5, 16, seed=1)}
    report = initlab.initialize(model, "lsuv", seed=0, data=data)
    assert not report.on_data
    assert sum("wanted: 1" in row.note for row in report.rows) == 9
    model.eval()
    found = []
    model.encoder.layers[1].linear2.register_forward_hook(lambda *given: found.append(given[2]))
    model(left=torch.as_tensor(data["left"]), right=data["right"])
    assert found[0].var(correction=0).item() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"data": torch.zeros(0, 3)}, "data must be one or more samples of finite numbers"),
        ({"data": torch.full((2, 3), math.nan)}, "got NaN or infinity"),
        ({"data": "abc"}, "The model fails on the data: TypeError"),
        ({"data": torch.zeros(5, 4)}, r"shapes cannot be multiplied.*\(inputs of shape 5 x 4\)"),
        ({"data": torch.ones(2, 3), "targets": ["a", "b"]}, "targets must be finite numbers"),
        ({"data": torch.ones(2, 3), "targets": [[1], [1, 2]]}, "targets must be finite numbers"),
        ({"data": torch.ones(2, 3), "targets": 3}, "targets must be finite numbers"),
        ({"data": torch.ones(2, 3), "targets": [0, 5]}, "classes from 0 to 1"),
    ],
)
def test_data_that_cannot_be_used_is_refused_and_nothing_changes(given, words):
    model = nn.Linear(3, 2)
    before = model.weight.clone()
    with pytest.raises(DataError, match=words):
        initlab.initialize(model, "lsuv; bias=prior", seed=0, **{"targets": [0, 1], **given})
    assert torch.equal(model.weight, before)


@pytest.mark.parametrize(
    ("spec", "given", "words"),
    [
        ("lsuv", {}, "data must be a batch of the model's inputs, which lsuv needs; got None"),
        ("he_normal; role:head=prior", {"data": True}, "targets must be given for the init prior"),
        ("lsuv", {"targets": True}, "data must be a batch of the model's inputs, which lsuv needs"),
        ("he_normal", {"targets": True}, "targets must be left out unless data is given"),
        ("prior", {"data": True}, "init must be an init for weights; got 'prior'"),
        ("calibrated", {"data": True}, "'he_normal; role:norm=calibrated'"),
        ("lsuv(init=lsuv)", {}, "init must be a method that draws weights without data"),
        ("lsuv(tolerance=0)", {}, "tolerance must be a finite number > 0"),
    ],
)
def test_wrong_calls_are_one_sentence(spec, given, words):
    data = {name: batch(4, 3) for name in given}
    with pytest.raises(ArgumentError, match=re.escape(words)):
        initlab.initialize(nn.Linear(3, 2), spec, seed=0, **data)
    with pytest.raises(ArgumentError, match="bias_init must be a method that needs no data"):
        initlab.initialize(nn.Linear(3, 2), "he_normal", seed=0, bias_init="prior")


def test_the_same_data_may_be_given_to_every_init():
    x, y = batch(4, 3), torch.tensor([0, 1, 1, 0])
    said = {}
    for spec in ("he_normal", "lsuv", "auto", "default", "he_normal; role:head=prior"):
        report = initlab.initialize(nn.Linear(3, 2), spec, seed=0, data=x, targets=y, dry_run=True)
        said[spec] = "The data was not used: the init has no method" in str(report.apply())
    assert said == {spec: spec in ("he_normal", "default") for spec in said}
    with_data, without = nn.Linear(3, 2), nn.Linear(3, 2)
    initlab.initialize(with_data, "he_normal", seed=0, data="anything")
    initlab.initialize(without, "he_normal", seed=0)
    assert torch.equal(with_data.weight, without.weight)
