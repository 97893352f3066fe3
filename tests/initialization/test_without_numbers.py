"""Models on the meta device and with lazy layers: initialized as twins, or refused by name."""

from __future__ import annotations

import pytest

import initlab
from initlab.errors import ArgumentError, DataError, InitlabError

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.bn = nn.Embedding(20, 8), nn.BatchNorm1d(8)
        self.fc, self.head = nn.Linear(8, 8), nn.Linear(8, 20, bias=False)
        self.head.weight = self.table.weight

    def forward(self, tokens):
        return self.head(torch.relu(self.fc(self.bn(self.table(tokens)))))


@pytest.mark.parametrize("spec", ["he_normal", "orthogonal; *.bias=0.5", "default"])
def test_a_model_on_meta_gets_the_numbers_of_its_twin(spec):
    with torch.device("meta"):
        model = Tied()
    twin = Tied()
    report = initlab.initialize(model, spec, seed=3, device="cpu")
    initlab.initialize(twin, spec, seed=3)
    for name, value in twin.state_dict().items():
        assert torch.equal(model.state_dict()[name], value), name
    assert model.head.weight is model.table.weight
    assert all(isinstance(one, nn.Parameter) for one in model.parameters())
    assert not any(row.nonfinite for row in report.rows)
    model(torch.arange(6)).sum().backward()
    assert model.fc.weight.grad is not None


def test_a_model_on_meta_takes_data_methods():
    model, twin, x = nn.Linear(4, 3, device="meta"), nn.Linear(4, 3), torch.randn(9, 4)
    initlab.initialize(model, "lsuv", seed=0, device="cpu", data=x.double().numpy())
    initlab.initialize(twin, "lsuv", seed=0, data=x)
    assert torch.equal(model.weight, twin.weight)


def test_dry_run_leaves_a_model_on_meta_and_apply_gives_it_memory():
    model = nn.Linear(4, 3, device="meta")
    report = initlab.initialize(model, "he_normal", seed=0, device="cpu", dry_run=True)
    assert model.weight.is_meta
    assert report["weight"].std == pytest.approx(0.5**0.5)
    report.apply()
    twin = nn.Linear(4, 3)
    initlab.initialize(twin, "he_normal", seed=0)
    assert torch.equal(model.weight, twin.weight)


class Rotary(nn.Module):
    def __init__(self, device=None):
        super().__init__()
        self.fc = nn.Linear(4, 4, device=device)
        self.register_buffer("inv_freq", 1 / 10 ** torch.arange(4, device=device))


def test_buffers_whose_numbers_would_be_lost_are_refused_by_name():
    model = Rotary("meta")
    with pytest.raises(
        DataError, match=r"got a model with buffers on the meta device: inv_freq.*Build the"
    ):
        initlab.initialize(model, "he_normal", seed=0, device="cpu")
    assert model.fc.weight.is_meta
    model.inv_freq = 1 / 10 ** torch.arange(4)
    initlab.initialize(model, "he_normal", seed=0, device="cpu")
    assert model.inv_freq[1].item() == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("spec", "change", "words"),
    [
        (
            "he_normal; bias=keep",
            lambda model: None,
            r"every parameter .*; got no numbers for 'bias'",
        ),
        (
            "he_normal",
            lambda model: model.bias.requires_grad_(False),
            "got no numbers for 'bias'.*requires_grad",
        ),
    ],
)
def test_parameters_that_would_hold_whatever_memory_holds_are_refused(spec, change, words):
    model = nn.Linear(4, 3, device="meta")
    change(model)
    with pytest.raises(InitlabError, match=words):
        initlab.initialize(model, spec, seed=0, device="cpu")
    assert model.weight.is_meta
    assert model.bias.is_meta


@pytest.mark.parametrize(
    ("model", "device", "words"),
    [
        (lambda: nn.Linear(4, 3), "cpu", "move it with model.to"),
        (lambda: nn.Linear(4, 3, device="meta"), "meta", "must be a device that holds numbers"),
        (lambda: nn.Linear(4, 3, device="meta"), "cup", "a torch device that this machine has"),
        (lambda: nn.Linear(4, 3, device="meta"), 3.5, "a torch device that this machine has"),
        (lambda: nn.Linear(4, 3, device="meta"), None, r"initialize\(model, ..., device='cpu'\)"),
    ],
)
def test_other_devices_are_refused(model, device, words):
    with pytest.raises(ArgumentError, match=words):
        initlab.initialize(model(), "he_normal", seed=0, device=device)


def test_lazy_layers_get_their_shapes_from_the_data():
    def lazy():
        return nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(),
                             nn.LazyLinear(5))  # fmt: skip

    def plain():
        return nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(64, 5))

    x, state = torch.randn(3, 2, 6, 6), torch.get_rng_state()
    for spec in ("he_normal", "lsuv"):
        model, twin = lazy(), plain()
        torch.set_rng_state(state)
        initlab.initialize(model, spec, seed=1, data=x)
        assert torch.equal(torch.get_rng_state(), state)
        initlab.initialize(twin, spec, seed=1, **({"data": x} if spec == "lsuv" else {}))
        for name, value in twin.state_dict().items():
            assert torch.equal(model.state_dict()[name], value), name
    with pytest.raises(ArgumentError, match=r"initialize\(model, ..., data=x\)"):
        initlab.initialize(lazy(), "he_normal", seed=1)
    with pytest.raises(DataError, match="The model fails on the data"):
        initlab.initialize(lazy(), "he_normal", seed=1, data=torch.randn(3))


def lazy_model():
    return nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(5))


def is_as_built(model):
    built = lazy_model()
    hooks = [len(one._forward_pre_hooks) for one in model]
    return (
        [type(one) for one in model] == [type(one) for one in built]
        and hooks == [len(one._forward_pre_hooks) for one in built]
        and [repr(one) for one in model] == [repr(one) for one in built]
        and [vars(one).keys() for one in model] == [vars(one).keys() for one in built]
        and all(map(nn.parameter.is_lazy, (model[0].weight, model[1].running_mean, model[3].bias)))
    )


@pytest.mark.parametrize("spec", ["he_normal", "lsuv"])
def test_a_dry_run_leaves_lazy_layers_lazy_and_can_be_applied(spec):
    model, direct, x = lazy_model(), lazy_model(), torch.randn(9, 2, 6, 6)
    report = initlab.initialize(model, spec, seed=1, data=x, dry_run=True)
    assert report["0.weight"].shape == (4, 2, 3, 3)
    assert is_as_built(model)
    initlab.initialize(direct, spec, seed=1, data=x)
    report.apply()
    assert all(map(torch.equal, model.state_dict().values(), direct.state_dict().values()))
    assert not any(one._forward_pre_hooks for one in model)
    model(x)


def test_a_lazy_model_still_gets_other_shapes_after_a_dry_run():
    model = lazy_model()
    initlab.initialize(model, "he_normal", seed=1, data=torch.randn(9, 2, 6, 6), dry_run=True)
    model(torch.randn(9, 3, 8, 8))
    assert model[0].weight.shape == (4, 3, 3, 3)
    assert type(model[3]) is nn.Linear


def fails(shape, fan, generator):
    raise ValueError("no")


@pytest.mark.parametrize(
    "spec",
    ["he_normal; nothing=0", "lsuv; *.bias=prior", initlab.rules({"3.*": fails}, default="normal")],
)
def test_a_refused_call_leaves_lazy_layers_lazy(spec):
    model = lazy_model()
    with pytest.raises(initlab.InitlabError):
        initlab.initialize(model, spec, seed=1, data=torch.randn(9, 2, 6, 6))
    assert is_as_built(model)


def test_data_that_the_model_fails_on_leaves_lazy_layers_lazy():
    model = lazy_model().append(nn.Linear(4, 4))
    with pytest.raises(DataError, match="The model fails on the data"):
        initlab.initialize(model, "he_normal", seed=1, data=torch.randn(9, 2, 6, 6))
    assert is_as_built(model[:4])


def test_lazy_layers_that_share_a_weight_share_it_after_a_refused_call():
    model = nn.Sequential(nn.LazyLinear(5), nn.LazyLinear(5))
    model[1].weight = model[0].weight
    with pytest.raises(DataError, match="no attribute 'materialize'"):  # torch has no such twins
        initlab.initialize(model, "he_normal", seed=1, data=torch.randn(9, 5))
    assert model[1].weight is model[0].weight
    assert nn.parameter.is_lazy(model[0].weight)


def test_running_statistics_that_are_kept_begin_as_those_of_a_new_norm():
    with torch.device("meta"):
        model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    initlab.initialize(model, "he_normal", seed=0, device="cpu", keep_buffers=True)
    assert model[1].running_var.eq(1).all()
    assert model[1].running_mean.eq(0).all()
