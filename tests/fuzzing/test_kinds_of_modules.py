"""The same for PyTorch models: what cannot be set is said before anything is, and by its name."""

from __future__ import annotations

import warnings

import pytest

import initlab
from initlab.comparison.compare import compare_again

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn


def two_layers():
    return nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))


def expanded(model):
    model[1].weight = nn.Parameter(torch.rand(1, 3).expand(3, 3))


def sparse(model):
    model[1].weight = nn.Parameter(torch.eye(3).to_sparse())


def inferred(model):
    with torch.inference_mode():
        model[1] = nn.Linear(3, 3)


def raising(model):
    def reset():
        raise ZeroDivisionError

    model[1].reset_parameters = reset


@pytest.mark.parametrize("spec", ["he_normal", "default"])
@pytest.mark.parametrize("change", [expanded, sparse, inferred, raising])
def test_no_parameter_is_changed_where_one_cannot_be(change, spec):
    if change is raising and spec != "default":
        pytest.skip("a distribution resets nothing")
    model = two_layers()
    change(model)
    before = model[0].weight.detach().clone()
    with pytest.raises(initlab.InitlabError):
        initlab.initialize(model, spec, seed=0)
    assert torch.equal(model[0].weight, before)


def quantized():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.ReLU(), nn.Linear(3, 2)))


BLAMED = {
    "no inputs": (lambda: nn.Sequential(nn.ReLU(), nn.Linear(0, 5)), "layer '1', Linear"),
    "no channels": (lambda: nn.Sequential(nn.Conv2d(0, 5, 3)), "layer '0', Conv2d"),
    "quantized": (quantized, "a quantized Linear. (layer '1')"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", BLAMED)
def test_the_layer_is_named_with_what_helps(kind):
    build, words = BLAMED[kind]
    with pytest.raises(initlab.InitlabError) as error:
        initlab.initialize(build(), "he_normal", seed=0)
    assert words in str(error.value)


@pytest.mark.parametrize("axes", [1, [1], "w", {"w": 1}, {1: {}}, [("w",)]])
def test_axes_are_checked_before_they_are_unpacked(axes):
    with pytest.raises(initlab.ArgumentError, match="axes must be"):
        initlab.initialize(nn.Linear(2, 2), "he_normal", seed=0, axes=axes)


X, Y = torch.rand(8, 2), torch.arange(8) % 2
LOADERS = {
    "x": (X, "train_loader must be a DataLoader, a Dataset or a pair"),
    "nan": ((X * float("nan"), Y), "train_loader and valid_loader: training x must hold finite"),
    "ragged": (([[1], [2, 3]], Y), "train_loader and valid_loader: x cannot be made into an array"),
}


@pytest.mark.parametrize("kind", LOADERS)
def test_compare_init_weights_speaks_of_its_own_arguments(kind):
    loader, words = LOADERS[kind]
    with pytest.raises(initlab.InitlabError) as error:
        initlab.compare_init_weights([(nn.Linear(2, 2), "a")], "t", loader, (X, Y))
    assert words in str(error.value)
    assert "data x" not in str(error.value)


@pytest.mark.parametrize("device", ["mps", "meta", "xpu", "cuda:99", 3])
def test_a_device_that_is_not_there_is_refused(device):
    with pytest.raises(initlab.ArgumentError, match="device must be"):
        initlab.compare(model=nn.Linear(2, 2), data=(X, Y), device=device, progress=False)


@pytest.mark.parametrize("values", [torch.ones(3, requires_grad=True), torch.ones(3).bfloat16()])
def test_tensors_of_any_kind_of_number_have_a_histogram(values, monkeypatch):
    import matplotlib.pyplot as plt

    monkeypatch.setattr(plt, "show", lambda: None)
    initlab.hist_dist("t", values)
    assert sum(bar.get_height() for bar in plt.gca().patches) == 3
    plt.close("all")


MINE = """
import torch
from torch import nn
def plain():
    return nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2))
def norm():
    return nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3), nn.Linear(3, 2))
def load():
    return torch.rand(20, 2, generator=torch.Generator().manual_seed(0)), torch.arange(20) % 2
class Own(torch.optim.SGD):
    pass
"""
OPTIMIZERS = [
    ("sgd", 0.9, None), ("sgd", None, {"momentum": 0.9}), ("sgd", 0.9, {"momentum": 0.9}),
    ("sgd", 0.9, {"nesterov": True}), ("rmsprop", 0.9, {"alpha": 0.5}), ("gd", None, None),
    ("sgd", None, {"momentum": 0.9, "dampening": 0.5, "weight_decay": 0.1}), ("SGD", 0.5, {}),
    ("rmsprop", None, {"momentum": 0.5}), ("adam", None, {"betas": (0.8, 0.9)}),
    ("adamw", None, {"amsgrad": True, "foreach": None}), ("nadam", None, {"momentum_decay": 0.1}),
    ("mine_of_kinds:Own", None, {"momentum": 0.7}), ("rprop", None, {"etas": [0.4, 1.3]}),
]  # fmt: skip


@pytest.fixture
def mine(tmp_path, monkeypatch):
    (tmp_path / "mine_of_kinds.py").write_text(MINE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("model", ["plain", "norm"])
@pytest.mark.parametrize(("optimizer", "momentum", "arguments"), OPTIMIZERS)
def test_a_stored_study_runs_again_whatever_the_optimizer(
    mine, model, optimizer, momentum, arguments
):
    result = initlab.compare(
        model=f"mine_of_kinds:{model}", data="mine_of_kinds:load", inits=["he_normal"], steps=3,
        optimizer=optimizer, momentum=momentum, optimizer_arguments=arguments, progress=False,
    )  # fmt: skip
    result.to_json("study.json")
    again, _ = compare_again("study.json", progress=False)
    assert [cell.to_record() for cell in again.cells] == [one.to_record() for one in result.cells]


@pytest.mark.parametrize(
    ("momentum", "arguments"),
    [(0.5, {"momentum": 0.9}), (None, {"momentum": "x"}), (None, {"momentum": 2}),
     (None, {"weight_decay": float("nan")}), (None, {"weight_decay": torch.tensor(1.0)}),
     (None, 3), (None, {1: 2})],
)  # fmt: skip
def test_what_a_stored_study_could_not_repeat_is_refused(momentum, arguments):
    options = {"optimizer": "sgd", "momentum": momentum, "optimizer_arguments": arguments}
    with pytest.raises(initlab.ArgumentError, match=r"momentum|optimizer_arguments"):
        initlab.compare(model=nn.Linear(2, 2), data=(X, Y), steps=1, progress=False, **options)


@pytest.mark.parametrize("wrong", ["train_loader", "valid_loader"])
@pytest.mark.parametrize("label", [2, -1, 10**9])
def test_compare_init_weights_names_the_loader_with_a_wrong_label(wrong, label):
    y = Y.clone()
    y[3] = label
    loaders = {name: (X, y if name == wrong else Y) for name in ("train_loader", "valid_loader")}
    with pytest.raises(initlab.DataError) as error:
        initlab.compare_init_weights([(nn.Linear(2, 2), "a")], "t", **loaders)
    assert error.value.argument == wrong
    assert str(error.value).startswith(f"{wrong}: labels must be from 0 to 1, ")
