"""A model's data from a file is what the same arrays in memory are, and its task is known."""

from __future__ import annotations

import numpy as np
import pytest

import initlab
from initlab.comparison.compare import compare_again
from initlab.errors import ArgumentError, DataError

from .making import nn, torch

from initlab.engines.torch.data import module_data  # isort: skip

RNG = np.random.default_rng(0)
Y = np.arange(40) % 3
INPUTS = {
    "rows": RNG.standard_normal((40, 6)),
    "float32 rows": RNG.standard_normal((40, 6)).astype(np.float32),
    "series": RNG.standard_normal((40, 12, 2)),
    "images of bytes": RNG.integers(0, 256, (40, 5, 4), dtype=np.uint8),
    "rows of bytes": RNG.integers(0, 256, (40, 5), dtype=np.uint8),
    "colors": RNG.standard_normal((40, 3, 5, 4)),
    "tokens": RNG.integers(0, 9, (40, 7)),
    "one number": RNG.standard_normal(40),
}


@pytest.mark.parametrize("kind", INPUTS)
def test_an_archive_is_what_its_arrays_are_in_memory(tmp_path, kind):
    np.savez(tmp_path / "a.npz", x=INPUTS[kind], y=Y)
    found, memory = module_data(str(tmp_path / "a.npz")), module_data((INPUTS[kind], Y))
    assert found.checksums["samples"] == memory.checksums["samples"]
    for part in ("train", "test"):
        one, other = getattr(found, part), getattr(memory, part)
        assert one.inputs[0].dtype == other.inputs[0].dtype
        assert torch.equal(one.inputs[0], other.inputs[0])
        assert torch.equal(one.y, other.y)


@pytest.mark.parametrize("y", [INPUTS["rows"][:, 0], INPUTS["rows"][:, :1], INPUTS["rows"][:, :2]])
def test_measurements_are_those_of_memory(tmp_path, y):
    np.savez(tmp_path / "a.npz", x=INPUTS["rows"], y=y)
    found, memory = module_data(str(tmp_path / "a.npz")), module_data((INPUTS["rows"], y))
    assert torch.equal(found.train.y.reshape(len(found.train), -1),
                       memory.train.y.reshape(len(found.train), -1))  # fmt: skip
    assert found.task == "regression"


def one_output():
    return nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))


def three_outputs():
    return nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 3))


X = RNG.standard_normal((60, 3))
PRICES = RNG.integers(30, 90, 60)


@pytest.fixture
def prices(tmp_path):
    rows = [",".join([*map(repr, x), str(y)]) for x, y in zip(X.tolist(), PRICES, strict=True)]
    (tmp_path / "a.csv").write_text("\n".join(["a,b,c,price", *rows]))
    return str(tmp_path / "a.csv")


def compared(model, data, **options):
    settings = {"inits": ["he_normal"], "steps": 4, "progress": False}
    return initlab.compare(model=model, data=data, **{**settings, **options})


def test_a_model_regresses_on_a_table_where_the_task_or_the_loss_says_so(prices):
    with pytest.raises(DataError, match=r"whole numbers 30.*give --task classification or --task"):
        compared(one_output, prices)
    for said in ({"task": "regression"}, {"loss": "mse"}, {"loss": nn.L1Loss()}):
        data = compared(one_output, prices, **said).study.problem.data
        assert (data["task"], data["n_rows"]) == ("regression", 60)
    with pytest.raises(
        ArgumentError,
        match="task must be left out or regression, because the loss is for regression",
    ):
        compared(one_output, prices, task="classification", loss="mse")
    result = compared(one_output, prices, task="regression")
    assert result.study.problem.loss == "mse"
    assert result.notes[0].startswith("a.csv: 60 rows read. The task is regression")
    target = np.concatenate([PRICES, PRICES])
    assert 30 <= np.sqrt(result.cells[0].initial_loss) <= target.max()


def test_the_settings_of_a_table_are_a_models_too(tmp_path):
    rows = [f"{x!r};{'ab'[k % 2]};{k % 5 or '?'};{['ant', 'bee', 'cat'][k % 3]}"
            for k, x in enumerate(X[:, 0].tolist())]  # fmt: skip
    (tmp_path / "a.txt").write_text("\n".join(rows))
    options = {"header": False, "one_hot": ["column 2"], "missing": "mean", "label": "column 4"}

    def wide():
        return nn.Linear(4, 3)

    found = compared(wide, tmp_path / "a.txt", **options).study.problem.data
    assert {name: found[name] for name in options} == options
    assert (found["n_rows"], found["task"]) == (60, "classification")


@pytest.mark.parametrize("said", [{"task": "regression"}, {"loss": "mse"}])
def test_whole_numbers_in_memory_are_measurements_where_that_is_said(said):
    with pytest.raises(DataError, match=r"labels must be from 0 to 1.*--task regression"):
        compared(one_output, (X, PRICES))
    result = compared(one_output, (X, PRICES), **said)
    assert result.study.problem.data["task"] == "regression"
    assert result.study.problem.data["n_rows"] == 60
    assert result.analysis.next.endswith("# other arguments as before")


def test_whole_floats_in_memory_are_classes_where_that_is_said():
    y = (np.arange(60) % 3).astype(float)
    assert compared(three_outputs, (X, y), task="classification").study.problem.loss == (
        "cross_entropy"
    )
    with pytest.raises(ArgumentError, match="task must be regression or left out, because"):
        compared(three_outputs, (X, y + 0.5), task="classification")


def test_texts_in_memory_obey_the_rules_of_a_table():
    with pytest.raises(DataError, match=r"data, y holds the whole numbers 30.*give --task"):
        module_data((X, PRICES.astype(str)))
    assert module_data((X, PRICES.astype(str)), task="regression").train.y.is_floating_point()
    names = np.array(["cat", "dog"] * 30)
    names[4] = "?"
    with pytest.raises(DataError, match=r"y\[4\] must be a label; got '\?', which"):
        module_data((X, names))


def test_a_stream_is_asked_for_its_loss():
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y[:1].repeat(60))), 7,
        collate_fn=lambda rows: torch.utils.data.default_collate(rows),
    )  # fmt: skip
    with pytest.raises(ArgumentError, match=r"task must be left out if the data .*the loss"):
        module_data(loader, task="regression")


def load_prices():
    return X, PRICES


@pytest.mark.parametrize("data", ["table", f"{__name__}:load_prices"])
def test_a_study_with_a_task_is_run_again(prices, tmp_path, data):
    first = compared(f"{__name__}:one_output", prices if data == "table" else data,
                     task="regression")  # fmt: skip
    first.to_json(tmp_path / "study.json")
    again, _ = compare_again(tmp_path / "study.json", progress=False)
    assert again.to_json() == first.to_json()
    assert "--task regression" in first.analysis.next


def test_images_without_channels_are_told_what_to_do():
    def convolution():
        return nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(12, 3))

    images = RNG.standard_normal((40, 5, 4))
    with pytest.raises(
        DataError, match=r"The images have no axis of channels\. Add one with x\[:, None\]"
    ):
        compared(convolution, (images, Y))
    assert compared(convolution, (images[:, None], Y)).cells[0].outcome == "finished"
