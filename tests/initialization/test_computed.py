"""Weights computed from others: their values follow the distribution, or a note says why not."""

from __future__ import annotations

import contextlib
import importlib

import pytest

import initlab

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn
parametrizations = nn.utils.parametrizations
prune = importlib.import_module("torch.nn.utils.prune")


class Symmetric(nn.Module):
    def forward(self, x):
        return x.triu() + x.triu(1).mT

    def right_inverse(self, x):
        return x.triu()


def old(way):
    def make(layer):
        with pytest.warns(FutureWarning) if way == "weight_norm" else contextlib.nullcontext():
            return getattr(nn.utils, way)(layer)

    return make


def parametrized(kind):
    return lambda layer: nn.utils.parametrize.register_parametrization(layer, "weight", kind())


def pruned(layer):
    return prune.random_unstructured(layer, "weight", amount=0.25)


WAYS = {
    "weight_norm": parametrizations.weight_norm,
    "old weight_norm": old("weight_norm"),
    "a user's": parametrized(Symmetric),
    "pruned": pruned,
}
CONSTRAINED = {
    "spectral_norm": parametrizations.spectral_norm,
    "old spectral_norm": old("spectral_norm"),
}


def numbers(layer):
    """What the layer multiplies by, whatever computes it."""
    with torch.no_grad():
        return layer(torch.eye(layer.in_features)).T - (
            0 if layer.bias is None else layer.bias[:, None]
        )


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_the_effective_weight_has_the_distribution_and_the_stream_of_a_plain_one(way, bias):
    layer = WAYS[way](nn.Linear(64, 64, bias=bias))
    plain = nn.Linear(64, 64, bias=bias)
    initlab.initialize(plain, "he_normal", seed=2)
    report = initlab.initialize(layer, "he_normal", seed=2)
    assert report.names("set") == ("weight", "bias") if bias else ("weight",)
    assert "computed by " in report["weight"].note
    wanted, found = plain.weight.detach(), numbers(layer)
    if way == "pruned":
        wanted = wanted * layer.weight_mask
        assert "pruning (which keeps 1,024 of 4,096 numbers at 0)" in report["weight"].note
    if way == "a user's":
        wanted = wanted.triu() + wanted.triu(1).mT
    assert torch.allclose(found, wanted, atol=1e-6)
    assert report["weight"].actual_std == pytest.approx(
        float(found.double().std(correction=0)), rel=1e-4
    )


@pytest.mark.parametrize("way", CONSTRAINED)
def test_a_spectral_norm_is_1_whatever_the_distribution_and_the_report_says_what_follows(way):
    layer = CONSTRAINED[way](nn.Linear(64, 32))
    report = initlab.initialize(layer, "normal(std=5)", seed=2)
    layer.eval()
    assert float(torch.linalg.matrix_norm(numbers(layer), 2)) == pytest.approx(1, rel=0.05)
    row = report["weight"]
    assert row.std == 5
    assert row.actual_std == pytest.approx(float(numbers(layer).std()), rel=0.02)


def test_an_orthogonal_parametrization_stays_orthogonal_and_takes_no_global_numbers():
    for shape in ((32, 32), (64, 32)):
        layer = parametrizations.orthogonal(nn.Linear(*shape, bias=False))
        before, state = layer.weight.clone(), torch.get_rng_state()
        initlab.initialize(layer, "he_normal", seed=2)
        assert torch.equal(torch.get_rng_state(), state)
        assert not torch.allclose(layer.weight, before)
        assert torch.allclose(layer.weight @ layer.weight.T, torch.eye(shape[1]), atol=1e-5)


@pytest.mark.parametrize("way", [*WAYS, *CONSTRAINED, "orthogonal"])
def test_a_dry_run_changes_nothing_and_undo_puts_everything_back(way):
    ways = {**WAYS, **CONSTRAINED, "orthogonal": parametrizations.orthogonal}
    layer = ways[way](nn.Linear(8, 8))
    layer(torch.ones(1, 8))
    before = {name: one.clone() for name, one in layer.state_dict().items()}
    report = initlab.initialize(layer, "he_normal", seed=2, dry_run=True)
    after_dry = layer.state_dict()
    assert all(torch.equal(one, after_dry[name]) for name, one in before.items())
    report.apply(undo=True)
    report.undo()
    assert all(torch.equal(one, layer.state_dict()[name]) for name, one in before.items())


@pytest.mark.parametrize("keep_buffers", [False, True])
def test_a_failure_puts_back_an_orthogonal_weight(keep_buffers):
    picky = nn.Linear(4, 4)
    picky.weight.data = picky.weight.data.triu()
    parametrized(Symmetric)(picky)
    model = nn.Sequential(parametrizations.orthogonal(nn.Linear(4, 4)), picky)

    def fail(self, x):
        raise ValueError("no")

    picky.parametrizations.weight[0].right_inverse = fail.__get__(picky)
    before = {name: one.clone() for name, one in model.state_dict().items()}
    with pytest.raises(initlab.DataError, match="does not accept the numbers drawn for weight"):
        initlab.initialize(model, "he_normal", seed=2, keep_buffers=keep_buffers)
    assert all(torch.equal(one, before[name]) for name, one in model.state_dict().items())


@pytest.mark.parametrize("keep_buffers", [False, True])
def test_undo_puts_back_an_orthogonal_weight_whose_other_buffers_are_kept(keep_buffers):
    model = nn.Sequential(parametrizations.orthogonal(nn.Linear(6, 4)), nn.BatchNorm1d(4))
    before = model[0].weight.detach().clone()
    for spec in ("he_normal", "default"):
        report = initlab.initialize(model, spec, seed=2, undo=True, keep_buffers=keep_buffers)
        assert not torch.equal(model[0].weight, before)
        report.undo()
        assert torch.equal(model[0].weight, before)


@pytest.mark.parametrize("way", CONSTRAINED)
def test_a_spectral_norm_is_1_after_the_layers_own_reset(way):
    torch.manual_seed(1)
    layer = CONSTRAINED[way](nn.Linear(64, 64))
    initlab.initialize(layer, "default", seed=0)
    layer.eval()
    assert float(torch.linalg.matrix_norm(numbers(layer), 2)) == pytest.approx(1, rel=0.03)


@pytest.mark.parametrize("way", WAYS)
def test_default_is_the_plain_layers_own_reset(way):
    layer, plain = WAYS[way](nn.Linear(16, 16)), nn.Linear(16, 16)
    initlab.initialize(plain, "default", seed=2)
    initlab.initialize(layer, "default", seed=2)
    wanted = plain.weight.detach()
    wanted = wanted * layer.weight_mask if way == "pruned" else wanted
    wanted = wanted.triu() + wanted.triu(1).mT if way == "a user's" else wanted
    assert torch.allclose(numbers(layer), wanted, atol=1e-6)
    assert torch.equal(layer.bias, plain.bias)


def test_rules_name_the_effective_weight_and_frozen_ones_stay():
    layer = parametrizations.weight_norm(nn.Linear(8, 8))
    report = initlab.initialize(layer, "he_normal; weight=0.5", seed=2)
    assert report["weight"].rule == "weight=0.5"
    assert numbers(layer).eq(0.5).all()
    for one in layer.parametrizations.weight.parameters():
        one.requires_grad_(False)
    assert initlab.initialize(layer, "he_normal", seed=2).names("frozen") == ("weight",)


def test_where_a_parametrization_refuses_the_numbers_nothing_is_changed():
    class Picky(Symmetric):
        def right_inverse(self, x):
            raise ValueError("no")

    model = nn.Sequential(nn.Linear(4, 4), parametrizations.weight_norm(nn.Linear(4, 4)))
    picky = nn.Linear(4, 4)
    picky.weight.data.normal_()
    with contextlib.suppress(ValueError):
        parametrized(Symmetric)(picky)
    picky.parametrizations.weight[0].__class__ = Picky
    model.append(picky)
    before = {name: one.clone() for name, one in model.state_dict().items()}
    with pytest.raises(
        initlab.DataError, match="does not accept the numbers drawn for weight: ValueError: no"
    ):
        initlab.initialize(model, "he_normal", seed=2)
    assert all(torch.equal(one, before[name]) for name, one in model.state_dict().items())


def test_a_weight_of_zeros_behind_weight_norm_is_kept_but_not_where_initlab_wrote_it():
    model = nn.Sequential(parametrizations.weight_norm(nn.Linear(8, 8)), nn.Linear(8, 8))
    model[0].parametrizations.weight.original0.data.zero_()
    assert initlab.initialize(model, "he_normal", seed=2).names("kept") == ("0.weight",)
    report = initlab.initialize(model, "he_normal; 0.weight=0", seed=2)
    assert report.names("kept") == ()
    assert initlab.initialize(model, "he_normal", seed=2).names("kept") == ()


def test_a_parametrization_that_fails_is_named():
    class Fails(nn.Module):
        def forward(self, weight):
            if fail:
                raise ValueError("no such weight")
            return weight

    fail = False
    layer = nn.Linear(4, 3)
    nn.utils.parametrize.register_parametrization(layer, "weight", Fails())
    fail = True
    for call in (initlab.audit, lambda model: initlab.initialize(model, "he_normal", seed=0)):
        with pytest.raises(initlab.DataError, match=r"its weight by Fails: .* no such weight"):
            call(layer)


class Logarithm(nn.Module):
    """Its right inverse has no value below 0."""

    def forward(self, x):
        return x.exp()

    def right_inverse(self, x):
        return x.log()


def test_a_right_inverse_that_gives_nan_is_refused_and_nothing_changes():
    positive = nn.Linear(8, 8)
    nn.init.uniform_(positive.weight, 0.1, 1)
    model = nn.Sequential(nn.Linear(8, 8), parametrized(Logarithm)(positive))
    assert initlab.initialize(model, "uniform(low=0.1, high=1)", seed=0)["1.weight"].done == "set"
    before = {name: one.clone() for name, one in model.state_dict().items()}
    with pytest.raises(initlab.errors.DataError, match=r"Logarithm gives \d+ NaN") as raised:
        initlab.initialize(model, "he_normal", seed=0)
    assert "1.weight" in str(raised.value)
    for name, one in model.state_dict().items():
        assert torch.equal(one, before[name]), name
