"""Every argument of compare, for every kind of problem, changes the study or is refused by name."""

from __future__ import annotations

import contextlib
import re

import numpy as np
import pytest

from initlab.comparison import compare, prepare
from initlab.errors import DataError, InitlabError
from initlab.settings import SETTINGS, settings_of
from initlab.settings.setting import RUN, TRAINING

VALUES = {  # of every setting some that are not its default
    "layer_dims": [[2, 3, 1], [3, 4, 2], [1, 3, 1], [64, 5, 10]],
    "nonlinearity": ["sigmoid"],
    "loss": ["cross_entropy", "binary_cross_entropy", "half_mean_squared_error", "mse", "nll"],
    "loss_form": ["logits", "probability"],
    "optimizer": ["gd", "sgd", "adam"],
    "optimizer_arguments": [{"weight_decay": 0.01}],
    "learning_rate": [0.123],
    "momentum": [0.3],
    "batch_size": [7],
    "dropout": [0.123],
    "clip_norm": [0.7],
    "steps": [17],
    "epochs": [3],
    "record_every": [13],
    "dtype": ["float32", "float64"],
    "stream": ["course", "default"],
    "device": ["cpu"],
    "engine": ["dense", "torch"],
    "inits": [["normal(std=0.37)"]],
    "bias_init": ["normal(std=0.1)"],
    "seeds": [[77]],
    "metric": ["train_loss"],
    "metrics": [["mae"], ["f1"]],
    "threshold": [0.0123],
    "n_train": [50],
    "n_test": [50],
    "n_samples": [50],
    "noise": [0.3],
    "function": ["x**2 - 0.5"],
    "data": [(np.zeros((20, 2)), np.arange(20) % 2)],
    "label": ["a"],
    "header": [True],
    "one_hot": [["a"]],
    "missing": ["drop", "mean"],
    "task": ["classification", "regression"],
    "stratify": [False, True],
    "n_validation": [9],
    "data_seed": [5],
    "final_test": [True],
    "data_dir": ["."],
    "allow_unknown_data": [True],
}


UNFIT = {  # settings that ask for other data or another model: what is said where these do not fit
    "loss": r"The loss (mse|nll) fails on outputs|must be a number.*; got 'no'",
    "task": r"The loss mse fails on outputs|must be a number.*; got 'no'",
    "label": r"must be a number.*; got 'no'",
    "one_hot": r"The model's forward pass fails on a batch",
}


def classes():
    x = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    return x, np.arange(60) % 2


def floats():
    generator = np.random.default_rng(0)
    return tuple(generator.normal(size=(60, n)).astype(np.float32) for n in (3, 1))


def table(folder):
    labels = ["no", "yes"] * 30
    lines = [f"{a},{b},{c},{label}" for (a, b, c), label in zip(classes()[0], labels, strict=True)]
    (folder / "points.csv").write_text("a,b,c,what\n" + "\n".join(lines))
    return str(folder / "points.csv")


def model(out=2):
    nn = pytest.importorskip("torch", reason="modules are PyTorch's").nn
    return nn.Sequential(nn.Linear(3, 4), nn.GELU(), nn.BatchNorm1d(4), nn.Linear(4, out))


def images():
    nn = pytest.importorskip("torch", reason="modules are PyTorch's").nn
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))


def loader():
    torch = pytest.importorskip("torch", reason="modules are PyTorch's")
    data = torch.utils.data.TensorDataset(*map(torch.from_numpy, classes()))
    return torch.utils.data.DataLoader(data, batch_size=20, shuffle=True)


def stream():
    torch = pytest.importorskip("torch", reason="modules are PyTorch's")

    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter(zip(*map(torch.from_numpy, classes()), strict=True))

        def __len__(self):
            return 60

    return torch.utils.data.DataLoader(Stream(), batch_size=20)


PROBLEMS = {  # name -> function of a folder that returns study, options and model
    "circles": lambda folder: ("circles", {}, None),
    "circles, sgd": lambda folder: ("circles", {"optimizer": "sgd", "batch_size": 50}, None),
    "curve": lambda folder: ("curve", {}, None),
    "digits": lambda folder: ("digits", {}, None),
    "arrays": lambda folder: (None, {"data": classes()}, None),
    "arrays, gd": lambda folder: (None, {"data": classes(), "optimizer": "gd"}, None),
    "arrays of floats": lambda folder: (None, {"data": floats()}, None),
    "table": lambda folder: (None, {"data": table(folder)}, None),
    "module": lambda folder: (None, {"data": classes()}, model()),
    "module, gd": lambda folder: (None, {"data": classes(), "optimizer": "gd"}, model()),
    "module of floats": lambda folder: (None, {"data": floats()}, model(1)),
    "module, both parts": lambda folder: (None, {"data": (*classes(), *classes())}, model()),
    "module, table": lambda folder: (None, {"data": table(folder)}, model()),
    "module, images": lambda folder: (None, {"data": "digits"}, images()),
    "module, loader": lambda folder: (None, {"data": loader()}, model()),
    "module, stream": lambda folder: (None, {"data": (stream(), loader()), "steps": 9}, model()),
}


def record(study, options, model):
    found, loaded = prepare(study, {"inits": ["he_normal"], **options}, model=model)
    flat = found.settings()
    settings = {**flat, **flat["data"], **flat["module"], **(flat["module"].get("asked") or {})}
    return settings | {"digest": found.problem.digest, "kind": type(loaded).__name__}


def says_why(setting, error):
    """Whether an error names the setting, or what of data or model does not fit it."""
    if isinstance(error, DataError):
        return re.search(UNFIT.get(setting, r"\Z."), str(error)) is not None
    blamed = error.value if error.argument == "option" else error.argument
    return blamed.rstrip("s") == setting.rstrip("s")


def test_every_setting_has_values_here():
    declared = {name for name, row in SETTINGS.items() if row.of} - {*settings_of(RUN)}
    missing = sorted(declared - {*VALUES})
    assert not missing, f"add values of {', '.join(missing)} to VALUES, above"
    assert {*VALUES} <= declared


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_argument_changes_the_study_or_is_refused(tmp_path, name):
    study, options, model = PROBLEMS[name](tmp_path)
    usual = record(study, options, model)
    for setting, values in VALUES.items():
        for value in values if setting not in options else ():
            try:
                changed = record(study, {**options, setting: value}, model)
            except InitlabError as error:
                if not says_why(setting, error):
                    pytest.fail(f"{setting}={value}: {error}")
                continue
            assert changed != usual or usual.get(setting) == value, f"{setting}={value} is ignored"


SAME = {"device", "engine", "loss_form"}  # the same training elsewhere, or to the last digits


@pytest.mark.parametrize("name", ["arrays", "module"])
def test_every_option_of_the_training_changes_what_is_trained(tmp_path, name):
    study, options, model = PROBLEMS[name](tmp_path)
    options = {"inits": ["he_normal"], "steps": 4, "bias_init": "normal(std=0.1)"} | options

    def trained(**changes):
        result = compare(study, model=model, **{**options, **changes})
        return {name: one for name, one in result.cells[0].metrics.items() if "loss" in name}

    usual, found = trained(), {}
    for setting, values in VALUES.items():
        if SETTINGS[setting].heading != TRAINING or setting in SAME:
            continue
        for value in values:
            with contextlib.suppress(InitlabError):  # what this study does not have
                found[setting] = found.get(setting, False) or trained(**{setting: value}) != usual
    assert len(found) > 5
    ignored = [setting for setting, changes in found.items() if not changes]
    assert not ignored, f"{', '.join(ignored)}: an engine reads it, or a check refuses it"
