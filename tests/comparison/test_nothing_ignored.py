"""Every argument of compare, for every kind of problem, changes the study or is refused by name."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.comparison import prepare
from initlab.errors import DataError, InitlabError
from initlab.settings import SETTINGS, settings_of
from initlab.settings.setting import RUN

VALUES = {  # of every setting some that are not its default
    "layer_dims": [[2, 3, 1], [3, 4, 2], [1, 3, 1], [64, 5, 10]],
    "nonlinearity": ["sigmoid"],
    "loss": ["cross_entropy", "binary_cross_entropy", "half_mean_squared_error", "mse"],
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


def own(kind):
    generator = np.random.default_rng(0)
    x = generator.normal(size=(60, 3)).astype(np.float32)
    return x, generator.normal(size=60).astype(np.float32) if kind == "floats" else np.arange(
        60
    ) % 2


def problems(folder):
    """Return name of a problem -> (study, options, model)."""
    torch = pytest.importorskip("torch", reason="modules are PyTorch's")
    from torch import nn
    from torch.utils.data import DataLoader, IterableDataset, TensorDataset

    x, y = own("classes")
    table = folder / "points.csv"
    labels = ["no", "yes"] * 30
    lines = [f"{a},{b},{c},{label}" for (a, b, c), label in zip(x, labels, strict=True)]
    table.write_text("a,b,c,what\n" + "\n".join(lines))
    tensors = torch.from_numpy(x), torch.from_numpy(y)
    loader = DataLoader(TensorDataset(*tensors), batch_size=20, shuffle=True)

    class Stream(IterableDataset):
        def __iter__(self):
            return iter(zip(*tensors, strict=True))

        def __len__(self):
            return 60

    def model(out=2):
        return nn.Sequential(nn.Linear(3, 4), nn.GELU(), nn.BatchNorm1d(4), nn.Linear(4, out))

    floats = (x, own("floats")[1][:, None])
    images = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    return {
        "circles": ("circles", {}, None),
        "circles, sgd": ("circles", {"optimizer": "sgd", "batch_size": 50}, None),
        "curve": ("curve", {}, None),
        "digits": ("digits", {}, None),
        "arrays": (None, {"data": (x, y)}, None),
        "arrays, gd": (None, {"data": (x, y), "optimizer": "gd"}, None),
        "arrays of floats": (None, {"data": floats}, None),
        "table": (None, {"data": str(table)}, None),
        "module": (None, {"data": (x, y)}, model()),
        "module, gd": (None, {"data": (x, y), "optimizer": "gd"}, model()),
        "module of floats": (None, {"data": floats}, model(1)),
        "module, both parts": (None, {"data": (x, y, x, y)}, model()),
        "module, table": (None, {"data": str(table)}, model()),
        "module, images": (None, {"data": "digits"}, images),
        "module, loader": (None, {"data": loader}, model()),
        "module, stream": (
            None, {"data": (DataLoader(Stream(), batch_size=20), loader), "steps": 9}, model()
        ),
    }  # fmt: skip


def record(study, options, model):
    found, loaded = prepare(study, {"inits": ["he_normal"], **options}, model=model)
    flat = found.settings()
    settings = {**flat, **flat["data"], **flat["module"], **(flat["module"].get("asked") or {})}
    return settings | {"digest": found.problem.digest, "kind": type(loaded).__name__}


NAMES = [
    "circles", "circles, sgd", "curve", "digits", "arrays", "arrays, gd", "arrays of floats",
    "table", "module", "module, gd", "module of floats", "module, both parts",
    "module, table", "module, images", "module, loader", "module, stream",
]  # fmt: skip


def test_every_setting_has_values_here():
    assert {*VALUES} == {name for name, row in SETTINGS.items() if row.of} - {*settings_of(RUN)}


@pytest.mark.parametrize("name", NAMES)
def test_every_argument_changes_the_study_or_is_refused(tmp_path, name):
    study, options, model = problems(tmp_path)[name]
    usual = record(study, options, model)
    for setting, values in VALUES.items():
        for value in values if setting not in options else ():
            try:
                changed = record(study, {**options, setting: value}, model)
            except DataError:
                continue  # data or model do not go with it
            except InitlabError as error:
                blamed = error.value if error.argument == "option" else error.argument
                if blamed.rstrip("s") != setting.rstrip("s"):
                    pytest.fail(f"{setting}={value}: {error}")
                continue
            assert changed != usual or usual.get(setting) == value, f"{setting}={value} is ignored"
