"""Rules in a study: the terminal, study.json, the store and the next command say them alike."""

from __future__ import annotations

import json
import shlex
import sys

import pytest

import initlab
from initlab.analysis import read_study
from initlab.cli.main import main
from initlab.comparison import prepare_again
from initlab.errors import ArgumentError, StudyError
from initlab.initialization import rules

torch = pytest.importorskip("torch", reason="modules are PyTorch's")

MODEL = """
from torch import nn, ones

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 8)
        self.gate = nn.Parameter(ones(8) / 4)
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        return self.head(self.fc(x).tanh() * self.gate)

def build():
    return Net()

def ramp(shape, fan, generator):
    return generator.normal(size=shape) * 0.1
"""
DATA = """
import numpy as np

def load():
    x = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
    return x, (x[:, 0] > 0).astype(int)
"""
TEXT = "he_normal; role:head=normal(std=0.02); gate=0.5; fc.bias=own_rules_net.py:ramp"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("own_rules_net", "own_rules_data", "own_rules_ramp"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    (tmp_path / "own_rules_net.py").write_text(MODEL)
    (tmp_path / "own_rules_data.py").write_text(DATA)
    return tmp_path


def command(*more):
    return ["compare", "own_rules_net.py:build", "--data", "own_rules_data.py:load", "--seeds",
            "3", "--steps", "3", *more]  # fmt: skip


def compared(**options):
    return initlab.compare(
        model="own_rules_net.py:build", data="own_rules_data.py:load", seeds=1, steps=2,
        progress=False, **options,
    )  # fmt: skip


def status_of(arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    return caught.value.code


def test_rules_go_from_the_terminal_to_the_file_and_back(here, capsys):
    pytest.importorskip("sqlalchemy")
    store = ["--store", "own.db"]
    given = command("--init", TEXT, "--init", "default; *.bias=0", "--json", *store)
    assert status_of(given) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["study"]["inits"] == [TEXT, "default; *.bias=0"]
    assert set(document["study"]["sources"]) >= {"init own_rules_net.py:ramp", "model"}
    words = shlex.split(document["next"])
    assert [words[k + 1] for k, word in enumerate(words) if word == "--init"][:2] == [
        TEXT, "default; *.bias=0",
    ]  # fmt: skip
    (here / "study.json").write_text(json.dumps(document))
    assert status_of(["compare", "--from", "study.json", "--json", *store]) == 0
    told = capsys.readouterr()
    again = json.loads(told.out)
    assert again["cells"] == document["cells"]
    assert "nothing is left to train" in told.err


def test_another_source_of_a_function_is_another_cell(here, monkeypatch):
    ramp = "def ramp(shape, fan, generator):\n    return generator.normal(size=shape) * {}\n"
    keys = []
    for factor in (0.1, 0.1, 0.2):
        (here / "own_rules_ramp.py").write_text(ramp.format(factor))
        monkeypatch.delitem(sys.modules, "own_rules_ramp", raising=False)
        result = compared(inits=["zeros; fc.weight=own_rules_ramp.py:ramp"])
        keys.append(result.cells[0].key)
    assert keys[0] == keys[1] != keys[2]


def test_what_lives_in_memory_is_compared_but_not_used_again(here):
    made = rules({"fc.bias": lambda *_: torch.ones(8), "gate": torch.ones(8)}, default="zeros")
    result = compared(inits=[made, "zeros; fc.bias=1; gate=1"])
    first, second = result.cells
    assert first.initial_loss == second.initial_loss
    assert {"init " + str(one.init) for one in made.rules} & set(result.study.problem.unnamed)
    assert any(key.startswith("init array 8") for key in result.study.problem.module.sources)
    path = here / "study.json"
    path.write_text(result.to_json())
    with pytest.raises(StudyError, match="inits existed in memory"):
        prepare_again(read_study(path).study)


def test_a_dense_study_takes_rules_and_refuses_functions():
    result = initlab.compare("curve", inits=["he_normal; b1=0.5", "zeros; role:head=normal"],
                             steps=2, seeds=1, progress=False)  # fmt: skip
    assert result.study.inits == ("he_normal; b1=0.5", "zeros; role:head=normal")
    with pytest.raises(
        ArgumentError, match="functions and arrays need a PyTorch model; got 'math:sqrt'"
    ):
        initlab.compare("curve", inits=["he_normal; b1=math:sqrt"], steps=1)


def test_rules_that_need_the_head_do_not_trace_while_others_train(here, monkeypatch):
    traced = []

    def never(*args, **options):
        traced.append(args)
        raise AssertionError

    result = compared(inits=["he_normal; role:head=0"], workers=2)
    monkeypatch.setattr("initlab.initialization.places.anatomy_of", never)
    again = compared(inits=["he_normal; role:head=0"], workers=2)
    assert not traced
    assert [c.initial_loss for c in again.cells] == [c.initial_loss for c in result.cells]
