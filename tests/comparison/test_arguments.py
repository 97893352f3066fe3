"""Arguments that say nothing, or contradict each other, are refused before any training."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

import initlab
from initlab.comparison import compare_again

POINTS = np.zeros((20, 2)), np.arange(20) % 2


@pytest.fixture(autouse=True)
def no_training(monkeypatch):
    module = importlib.import_module("initlab.study.executors.working")
    monkeypatch.setattr(module, "run_block", lambda *_, **__: pytest.fail("a network was trained"))


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("circles", {"data": POINTS}, "^data must be left out for the study circles; .*Leave out"),
        ("circles", {"allow_unknown_data": "no"}, "allow_unknown_data must be True or False; got"),
        ("digits", {"allow_unknown_data": 1}, "allow_unknown_data must be True or False; got 1"),
        ("circles", {"progress": "no"}, "progress must be True or False; got 'no'"),
        ("circles", {"workers": 0}, "workers must be an integer from 1 to 1,024; got 0"),
        ("circles", {"executor": "thread"}, "executor must be .*; got 'thread'. Did you mean 'thr"),
        ("nowhere", {"executor": 3}, "executor must be .*distributed.Client; got 3"),
        (0, {}, "^name must be one of circles, .*; got 0"),
        ("", {}, "^name must be one of circles, .*; got ''"),
        (
            "circles",
            {"learning_rate": {}},
            r"^learning_rate must be .* from each init to its rate; got {}\.$",
        ),
        ("circles", {"learning_rate": [("zeros", 0.1), 0.2]}, "^learning_rate .* not both; "),
        (
            "circles",
            {"learning_rate": [("zeros", 0.1), ("zeros", 0.2)]},
            "^learning_rate must be one rate for each init; .* zeros occurs twice",
        ),
        (
            "circles",
            {"inits": ["torch_default", "default"]},
            r"once; got \['torch_default', 'default'\]\. torch_default and default are the same "
            r"init\.$",
        ),
        (
            None,
            {"data": (*POINTS, POINTS[1])},
            r"^data must be .*; got \(array.* The value has 3 items",
        ),
        (
            "circles",
            {"init": ["zeros"]},
            r"^compare has no argument 'init'\. Did you mean 'inits'\?$",
        ),
        (
            "circles",
            {"lr": 0.1},
            r"^compare has no argument 'lr'\. Did you mean 'learning_rate'\?$",
        ),
        (None, {"target": "y"}, r"^compare has no argument 'target'\. Did you mean 'label'\?$"),
        ("circles", {"zzz": 1}, r"^compare has no argument 'zzz'\. See help\(initlab.compare\)\.$"),
        (
            None,
            {"data": "moons"},
            r"^data must be a file .*moons is a study\. Run the study with: initlab compare moons",
        ),
        (None, {"data": 5}, "^data must be a pair .*; got 'int'"),
        ("cirlces", {}, r"one of circles, moons, .*; got 'cirlces'\. Did you mean 'circles'"),
        ("circles", {"seeds": [3, 4, 3]}, r"got \[3, 4, 3\]\. 3 occurs twice"),
        ("circles", {"inits": ["zeros", "zeros"]}, "each init only once; .*zeros occurs twice"),
        ("circles", {"learning_rate": [0.1, 0.1]}, r"each rate only once; .*0\.1 occurs twice"),
        ("curve", {"inits": ["W9=0"]}, r"\[1, 2, 1\] has the parameters W1, B1, W2, B2\."),
        ("curve", {"inits": ["Q=0"], "layer_dims": [1, 5, 5, 1]}, "parameters W1, B1, .*, W3, B3"),
        ("curve", {"inits": ["W1=0,W2=0,W3=0"]}, "parameters W1, B1, W2, B2"),
        (
            "digits",
            {"inits": ["W9=0"]},
            "Every weight must be named; a bias that is not named is 0.$",
        ),
        (None, {"data": POINTS, "loss": np.array([True, False])}, "loss must be one of"),
        (None, {"data": POINTS, "loss": POINTS[0]}, "loss must be one of"),
    ],
)
def test_what_was_once_ignored_is_refused(name, options, sentence):
    with pytest.raises(initlab.InitlabError, match=sentence):
        initlab.compare(name, **options)


@pytest.mark.parametrize("init", ["default", "as_built"])
def test_an_init_that_brings_its_own_biases_takes_none(init):
    torch = pytest.importorskip("torch", reason="modules are PyTorch's")
    model = torch.nn.Linear(2, 2)
    data = torch.zeros(20, 2), torch.arange(20) % 2
    with pytest.raises(
        initlab.ArgumentError, match=f"when '{init}' is one of the inits; got 'zeros'"
    ) as one:
        initlab.compare(model=model, data=data, inits=["he_normal", init], bias_init="zeros")
    assert one.value.argument == "bias_init"


@pytest.mark.parametrize("option", ["progress", "allow_unknown_data"])
def test_running_a_study_again_refuses_flags_that_are_none(option):
    with pytest.raises(initlab.ArgumentError, match=f"{option} must be True or False; got 'no'"):
        compare_again("absent.json", **{option: "no"})


@pytest.mark.parametrize("argument", ["learning_rate", "seeds", "inits"])
def test_a_mapping_is_no_list_of_its_keys(argument):
    given = {"learning_rate": {0.5: "a"}, "seeds": {7: "a"}, "inits": {"zeros": 1}}[argument]
    with pytest.raises(initlab.ArgumentError) as caught:
        initlab.compare("circles", **{argument: given}, progress=False)
    assert caught.value.argument == argument


def test_the_largest_study_counts_inits_seeds_and_rates():
    inits = [f"normal(std={k + 1})" for k in range(299)]
    with pytest.raises(
        initlab.ArgumentError,
        match=r"so few that the study has at most 100,000 runs .*; got .269,100 runs",
    ):
        initlab.compare(
            "circles", inits=inits, seeds=300, learning_rate=[0.1, 0.2, 0.3], progress=False
        )
