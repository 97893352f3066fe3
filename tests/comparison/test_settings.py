"""Every wrong setting is one sentence that names it, before anything is trained."""

from __future__ import annotations

import contextlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from initlab.comparison import prepare
from initlab.comparison.recipes import NAMED
from initlab.errors import InitlabError


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"inits": ["he_norml"]}, "init"),
        ({"inits": []}, "inits"),
        ({"inits": ["he_normal", "kaiming_normal"]}, "inits"),
        ({"seeds": -1}, "seeds"),
        ({"seeds": 0}, "seeds"),
        ({"seeds": [-1]}, "seed"),
        ({"seeds": [2**64]}, "seed"),
        ({"seeds": [1, 1]}, "seeds"),
        ({"seeds": "3"}, "seeds"),
        ({"seeds": True}, "seeds"),
        ({"learning_rate": math.nan}, "learning_rate"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"learning_rate": "0.1"}, "learning_rate"),
        ({"steps": -5}, "steps"),
        ({"steps": 1.5}, "steps"),
        ({"record_every": 0}, "record_every"),
        ({"n_train": 0}, "n_train"),
        ({"n_test": 0}, "n_test"),
        ({"noise": -1.0}, "noise"),
        ({"data_seed": 2**32}, "data_seed"),
        ({"layer_dims": [2, 0, 1]}, "layer_dims"),
        ({"layer_dims": [3, 5, 1]}, "layer_dims"),
        ({"layer_dims": [2, 5, 2]}, "layer_dims"),
        ({"layer_dims": "2,5,1"}, "layer_dims"),
        ({"layer_dims": [2]}, "layer_dims"),
        ({"nonlinearity": "rleu"}, "nonlinearity"),
        ({"optimizer": "adamw"}, "optimizer"),
        ({"batch_size": 10}, "batch_size"),
        ({"optimizer": "sgd", "batch_size": 0}, "batch_size"),
        ({"momentum": 0.9}, "momentum"),
        ({"dropout": 1.0}, "dropout"),
        ({"dtype": "int64"}, "dtype"),
        ({"loss_form": "logit"}, "loss_form"),
        ({"stream": "numpy"}, "stream"),
        ({"metric": "accuracy"}, "metric"),
        ({"threshold": 0}, "threshold"),
        ({"bias_init": "zeroes"}, "bias_init"),
        ({"learning_rat": 0.1}, "option"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused_by_name(options, argument):
    with pytest.raises(InitlabError) as caught:
        prepare("circles", options)
    assert caught.value.argument == argument
    assert str(caught.value).count("\n") == 0


def test_an_unknown_study_is_refused_with_the_nearest_name():
    with pytest.raises(InitlabError, match="Did you mean 'circles'"):
        prepare("circels", {})


def test_a_seed_beyond_the_course_stream_is_advised_to_use_the_default_stream():
    with pytest.raises(InitlabError, match="--stream default"):
        prepare("circles", {"seeds": [2**32]})
    study, _ = prepare("circles", {"seeds": [2**32], "stream": "default"})
    assert study.seeds == (2**32,)


def test_starts_are_stored_in_canonical_spelling():
    inits = ["kaiming_normal(mode='fan_in')", "normal(std=10.0)"]
    study, _ = prepare("circles", {"inits": inits})
    assert study.inits == ("he_normal", "normal(std=10)")


def small_table(rows):
    generator = np.random.default_rng(0)
    return generator.normal(size=(rows, 3)), np.arange(rows) % 2


def test_default_is_torchs_own_in_a_network_of_ours_too():
    study, _ = prepare("circles", {"inits": ["default", "zeros"]})
    assert study.inits == ("torch_default", "zeros")
    with pytest.raises(InitlabError, match="names each init only once"):
        prepare("circles", {"inits": ["default", "torch_default"]})


def test_the_usual_batch_is_no_larger_than_the_data():
    study, _ = prepare(None, {"data": small_table(120)})  # 96 of them are trained on
    assert study.training.batch_size == 96
    assert study.training.steps == 300  # 20 epochs of one batch would be few
    assert study.defaults["batch_size"] == 96
    larger, _ = prepare(None, {"data": small_table(1000)})
    assert larger.training.batch_size == 100


def test_a_batch_that_the_user_asks_for_is_not_made_smaller():
    with pytest.raises(InitlabError, match=r"batch_size must be at most the .* 96; got 100"):
        prepare(None, {"data": small_table(120), "batch_size": 100})


@pytest.mark.parametrize(
    ("name", "option", "home"),
    [
        ("circles", {"clip_norm": 1.0}, "PyTorch models"),
        ("circles", {"n_samples": 10}, "curve\\b.*"),
        ("curve", {"label": "price"}, "your own data and PyTorch models"),
        ("digits", {"noise": 0.1}, "circles, .*boundary.*curve\\b.*"),
    ],
)
def test_a_setting_of_other_studies_says_which_take_it(name, option, home):
    with pytest.raises(InitlabError, match=f"{next(iter(option))} is a setting for {home}\\.$"):
        prepare(name, option)


def test_a_function_in_the_place_of_the_study_is_pointed_to_model():
    names = ", ".join(NAMED)
    with pytest.raises(
        InitlabError, match=rf"^name must be one of {names}; .* Give a model, or a function .*\.$"
    ):
        prepare(lambda: None, {})
    with pytest.raises(InitlabError, match=rf"^name must be one of {names}; got 3\.$"):
        prepare(3, {})


def test_gd_needs_no_word_about_the_usual_batch():
    study, _ = prepare("curve", {"optimizer": "gd"})
    assert study.training.batch_size is None
    with pytest.raises(InitlabError, match="must be left out with the optimizer gd; got 32"):
        prepare("curve", {"optimizer": "gd", "batch_size": 32})


ALTERNATIVES = {
    "layer_dims": [[2, 5, 1], [1, 3, 1], [2, 3, 2]],
    "nonlinearity": ["sin"],
    "loss": ["binary_cross_entropy", "cross_entropy", "half_mean_squared_error"],
    "loss_form": ["logits", "probability"],
    "optimizer": ["gd", "sgd", "adam"],
    "momentum": [0.9],
    "batch_size": [1, 7],
    "epochs": [0, 1],
    "stream": ["course", "default"],
    "metric": ["train_loss", "test_accuracy", "validation_accuracy", "validation_r2"],
    "seeds": [[2**40]],
    "n_train": [1],
    "n_samples": [5],
    "data_seed": [2**32 - 1],
    "n_validation": [1],
    "final_test": [True],
    "stratify": [False],
    "task": ["classification", "regression"],
}


@pytest.mark.parametrize("name", ["circles", "curve", "digits", "arrays"])
@pytest.mark.parametrize("setting", ALTERNATIVES)
def test_what_the_user_never_typed_is_not_blamed(name, setting):
    base = {"data": small_table(60)} if name == "arrays" else {}
    for value in ALTERNATIVES[setting]:
        assert blamed(name, {**base, setting: value}) in (None, setting, setting.rstrip("s"))


def blamed(name, options):
    """Return the argument that an error names, None where there is none."""
    try:
        prepare(name, options)
    except InitlabError as error:
        return error.value if error.argument == "option" else error.argument
    return None


def test_a_loss_brings_the_outputs_that_it_needs():
    study, _ = prepare("circles", {"loss": "cross_entropy"})
    assert study.problem.network.layer_dims == (2, 10, 5, 2)
    with pytest.raises(
        InitlabError, match="layer_dims must be a list that ends in 2, the number of classes"
    ):
        prepare("circles", {"loss": "cross_entropy", "layer_dims": [2, 10, 5, 1]})


@pytest.mark.parametrize(
    ("name", "loss", "fitting"),
    [
        ("circles", "half_mean_squared_error", "binary_cross_entropy, cross_entropy"),
        ("digits", "binary_cross_entropy", "cross_entropy"),
        ("curve", "cross_entropy", "half_mean_squared_error"),
    ],
)
def test_a_loss_of_other_targets_is_refused(name, loss, fitting):
    with pytest.raises(InitlabError, match=f"^loss must be one of {fitting}(, .*)?; got '{loss}'"):
        prepare(name, {"loss": loss})


def test_a_wrong_init_of_the_biases_is_named_as_the_user_named_it():
    with pytest.raises(InitlabError, match=r"^bias_init must be .*; got 'zeroes'.* 'zeros'"):
        prepare("circles", {"bias_init": "zeroes"})


@pytest.mark.parametrize("has_gpu", [True, False])
def test_only_devices_of_this_machine_are_offered(has_gpu, monkeypatch):
    torch = pytest.importorskip("torch", reason="modules are PyTorch's")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_gpu)
    with pytest.raises(InitlabError) as caught:
        prepare(None, {"data": small_table(20), "device": "tpu"}, model=torch.nn.Linear(3, 2))
    assert ("cuda" in caught.value.expected) == has_gpu


def test_a_gpu_without_free_memory_is_refused_before_anything_is_trained(monkeypatch):
    torch = pytest.importorskip("torch", reason="modules are PyTorch's")

    def full(*_, **__):
        raise RuntimeError("CUDA error: out of memory\nSearch for `cudaErrorMemoryAllocation'")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    model = torch.nn.Linear(3, 2)
    monkeypatch.setattr(torch, "empty", full)
    with pytest.raises(InitlabError, match=r"got 'cuda'.*out of memory\.") as caught:
        prepare(None, {"data": small_table(20), "device": "cuda"}, model=model)
    assert "Search for" not in str(caught.value)


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.lists(st.one_of(st.integers(), st.floats(), st.text(max_size=4)), max_size=4),
)  # fmt: skip
names = st.sampled_from(
    ["inits", "seeds", "layer_dims", "learning_rate", "steps", "noise", "optimizer", "batch_size",
     "momentum", "dtype", "stream", "metric", "threshold", "data_seed", "bias_init", "dropout"]
)  # fmt: skip


@settings(max_examples=300)
@given(st.dictionaries(names, values, max_size=3))
def test_any_settings_make_a_study_or_an_error(options):
    with contextlib.suppress(InitlabError):  # anything else is a failure
        prepare("circles", options)
