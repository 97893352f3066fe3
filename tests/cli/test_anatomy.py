"""`initlab anatomy` in the shell."""

from __future__ import annotations

import pytest

from tests.cli.running import initlab, one_json

pytest.importorskip("torch", reason="modules are PyTorch's")

MODELS = """
import torch
from torch import nn
def build():
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(),
                         nn.Linear(144, 10))
class Branching(nn.Module):
    def __init__(self):
        super().__init__()
        self.b, self.a = nn.Linear(64, 2), nn.Linear(64, 64)
    def forward(self, x):
        x = x.flatten(1)
        return self.b(torch.relu(self.a(-x if x.sum() > 0 else x)))
def broken():
    raise KeyError("no")
def lazy():
    return nn.Sequential(nn.LazyLinear(3))
def meta():
    return nn.Linear(3, 2, device="meta")
def empty():
    return nn.ReLU()
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "m.py").write_text(MODELS)
    return tmp_path


def test_a_module_is_described_in_a_table_and_as_json(folder):
    shown = initlab("anatomy", "m.py:build", cwd=folder).stdout
    assert shown.startswith(
        "Sequential: 1,498 parameters in 3 layers, layer order traced by torch.fx"
    )
    assert "Conv2d       weight     4 x 1 x 3 x 3  weight  9       36       relu" in shown
    record = one_json(initlab("anatomy", "m.py:build", "--json", cwd=folder).stdout)
    assert [(one["name"], one["role"], one["head"]) for one in record["layers"]] == [
        ("0", "conv", False), ("1", "norm", False), ("4", "linear", True),
    ]  # fmt: skip
    assert record["ok"] is True


def test_data_shows_the_order_that_cannot_be_traced(folder):
    blind = initlab("anatomy", "m.py:Branching", cwd=folder).stdout
    assert "order as declared" in blind
    assert "Give a batch of inputs (in a shell: --data DATA) to see the order of" in blind
    done = initlab("anatomy", "m.py:Branching", "--data", "digits", "--json", cwd=folder)
    seen = one_json(done.stdout)
    assert [one["name"] for one in seen["layers"]] == ["a", "b"]
    assert seen["order"] == "followed on a sample"


def test_a_study_has_a_dense_network():
    record = one_json(initlab("anatomy", "circles", "--json").stdout)
    assert [one["nonlinearity"] for one in record["layers"]] == ["relu", "relu", ""]
    assert record["parameters"] == 91


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "kmnist"])
def test_an_image_study_is_described_without_its_files(name, tmp_path, monkeypatch):
    for variable in ("INITLAB_DATA", "INITLAB_CACHE_DIR"):
        monkeypatch.setenv(variable, str(tmp_path))
    record = one_json(initlab("anatomy", name, "--json").stdout)
    assert [one["parameters"][0]["shape"] for one in record["layers"]] == [
        [256, 784], [128, 256], [10, 128],
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["circles", "curve", "digits"])
def test_the_network_of_a_study_is_the_one_that_is_trained(name):
    from initlab.cli.anatomy import _network_of
    from initlab.comparison import prepare

    assert _network_of(name) == prepare(name, {})[0].problem.dense


def test_a_model_on_meta_needs_no_numbers(folder):
    assert "Linear: 8 parameters" in initlab("anatomy", "m.py:meta", cwd=folder).stdout


REFUSED = {
    "builder": (("m.py:broken",), 3, "broken() failed at m.py, line 15"),
    "lazy": (("m.py:lazy",), 2, "(layer '0') To give the layer its shape, run the model"),
    "no parameters": (("m.py:empty",), 3, "model must be a module with parameters; got 'ReLU'"),
    "no such name": (("m.py:bild",), 3, "Did you mean 'build'?"),
    "no such study": (("circle",), 2, "network must be one of circles, moons"),
    "data of a study": (("circles", "--data", "digits"), 2, "data must be left out with a study"),
    "no data": (("m.py:build", "--data", "none.csv"), 5, "none.csv does not exist"),
    "data that does not fit": (("m.py:Branching", "--data", "x.npz"), 3, "fails on the sample"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_described_is_one_sentence_and_an_exit_code(kind, folder):
    import numpy as np

    np.savez(folder / "x.npz", x=np.ones((20, 3)), y=np.arange(20) % 2)
    arguments, code, words = REFUSED[kind]
    done = initlab("anatomy", *arguments, cwd=folder)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_network_must_be_given(folder):
    done = initlab("anatomy", cwd=folder)
    assert done.returncode == 2
    assert done.stderr.startswith("initlab: network must be given; got nothing.\n")
