"""A user's own data through ``compare``: the task, the rows, and the same study again."""

from __future__ import annotations

import hashlib
import json
import shlex

import numpy as np
import pytest

import initlab
from initlab.comparison.compare import compare_again
from initlab.comparison.prepare import prepare, prepare_again
from initlab.datasets.split import split
from initlab.errors import ArgumentError, DataError, StudyError
from initlab.records import Study

RNG = np.random.default_rng(0)
X = RNG.standard_normal((120, 3))
PRICES = (X @ [3.0, -2.0, 1.0] * 10).round() + 200
KINDS = np.array(["ant", "bee", "cat"])[np.argsort(X, axis=1)[:, 0]]


def table(path, y, x=X, separator=","):
    rows = [
        [*map(repr, row), str(label)] for row, label in zip(x.tolist(), y.tolist(), strict=True)
    ]
    path.write_text("\n".join(map(separator.join, [["a", "b", "c", "y"], *rows])))
    return path


def compared(data, **options):
    settings = {"inits": ["he_normal", "zeros"], "epochs": 3, "batch_size": 12, "progress": False}
    return initlab.compare(data=data, **{**settings, **options})


def recorded(result):
    return json.loads(result.to_json())["study"]


def test_the_study_says_the_task_and_the_rows(tmp_path):
    result = compared(table(tmp_path / "a.csv", KINDS))
    study = recorded(result)
    assert (study["data"]["task"], study["data"]["n_rows"]) == ("classification", 120)
    assert (study["loss"], study["metric"]) == ("cross_entropy", "validation_accuracy")
    assert result.notes[0].startswith("a.csv: 120 rows read. The task is classification")


def test_measurements_are_a_regression_with_its_own_scores(tmp_path):
    path = table(tmp_path / "a.csv", PRICES)
    with pytest.raises(DataError, match=r"give --task classification or --task regression"):
        compared(path)
    result = compared(path, task="regression")
    study = recorded(result)
    assert (study["data"]["task"], study["loss"]) == ("regression", "half_mean_squared_error")
    assert study["layer_dims"] == [3, 256, 128, 1]
    assert study["metrics"] == ["train_loss", "train_loss_last_100", "validation_loss",
                                "validation_r2"]  # fmt: skip
    assert study["metric"] == "validation_r2"
    train = result.data.y_train
    assert study["threshold"] == pytest.approx(float(np.var(train)) / 4, rel=0.06)


def test_a_regression_learns_what_a_closed_form_predicts():
    y = X @ [1.0, -2.0, 0.5] + 0.25
    result = compared((X, y), layer_dims=[3, 1], optimizer="sgd", dropout=0.0, learning_rate=0.1,
                      epochs=60, inits=["he_normal"])  # fmt: skip
    assert result.cells[0].metrics["validation_r2"] == pytest.approx(1, abs=1e-6)


def test_the_loss_that_is_named_decides_too(tmp_path):
    path = table(tmp_path / "a.csv", PRICES)
    assert recorded(compared(path, loss="half_mean_squared_error"))["data"]["task"] == "regression"
    assert recorded(compared(path, loss="cross_entropy"))["layer_dims"][-1] == len(set(PRICES))
    with pytest.raises(
        ArgumentError,
        match="task must be left out or regression, because the loss is for regression",
    ):
        compared(path, loss="half_mean_squared_error", task="classification")
    two = compared((X, X[:, 0] > 0), loss="binary_cross_entropy")
    assert recorded(two)["layer_dims"][-1] == 1
    with pytest.raises(ArgumentError, match="ends in 1, the number of outputs that the targets"):
        compared((X, X[:, 0]), layer_dims=[3, 4])


def test_targets_of_one_value_in_the_validation_part_have_no_share_to_explain():
    training, _, _ = split(120, n_validation=None, data_seed=0)
    y = np.full(120, 1.5)
    y[training[:60]] = 2.5
    result = compared((X, y), inits=["he_normal"])
    assert recorded(result)["metric"] == "validation_loss"
    assert "validation_r2" not in result.cells[0].metrics


@pytest.mark.parametrize(
    "options",
    [
        {"y": KINDS},
        {"y": PRICES, "task": "regression"},
        {"y": PRICES / 7},
        {"y": PRICES, "task": "classification"},
        {"y": PRICES / 7, "missing": "mean"},
        {"y": PRICES / 7, "missing": "drop", "header": True, "label": "a"},
    ],
)
def test_a_study_of_a_file_is_run_again_and_its_next_command_says_the_same(tmp_path, options):
    options = dict(options)
    x = X.copy()
    if "missing" in options:
        x[5, 1] = np.nan
    path = table(tmp_path / "a.tsv", options.pop("y"), x, "\t")
    first = compared(str(path), **options)
    first.to_json(tmp_path / "study.json")
    again, _ = compare_again(tmp_path / "study.json", progress=False)
    assert json.loads(again.to_json())["study"] == recorded(first)
    assert [c.to_record() for c in again.cells] == [c.to_record() for c in first.cells]
    words = shlex.split(first.analysis.next)
    for name, value in options.items():
        assert (
            "--header" in words
            if name == "header"
            else words[words.index(f"--{name}") + 1] == value
        )


def test_columns_of_texts_and_a_missing_header_are_in_the_next_command(tmp_path):
    rows = [
        f"{a!r},{'red' if b > 0 else 'dark blue'},{k}"
        for (a, b, _), k in zip(X.tolist(), KINDS, strict=True)
    ]
    (tmp_path / "a.data").write_text("\n".join(rows))
    result = compared(str(tmp_path / "a.data"), header=False, one_hot=["column 2"])
    words = shlex.split(result.analysis.next)
    assert "--no-header" in words
    assert words[words.index("--one-hot") + 1] == "column 2"
    assert result.data.features == ("column 1", "column 2=dark blue", "column 2=red")
    result.to_json(tmp_path / "study.json")
    again, _ = compare_again(tmp_path / "study.json", progress=False)
    assert again.study.problem.digest == result.study.problem.digest


def test_a_study_stored_before_tasks_could_be_said_is_run_again(tmp_path):
    np.savez(tmp_path / "a.npz", x=X, y=np.arange(120) % 3)
    record = json.loads(compared(tmp_path / "a.npz", stratify=False).to_json())
    for name in ("task", "missing", "header", "one_hot", "n_rows", "stratify"):
        del record["study"]["data"][name]
        record["study"]["defaults"].pop(name, None)
    kept = Study.from_record(record["study"])
    again, _ = prepare_again(kept)
    assert again.problem.data["task"] == "classification"
    old = {name: kept.problem.data[name] for name in
           ("data", "label", "n_validation", "data_seed", "final_test", "checksums")}  # fmt: skip
    digest = hashlib.sha256(json.dumps(old, sort_keys=True).encode()).hexdigest()  # as it was made
    assert again.problem.digest == kept.problem.digest == digest


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"colour": 1}, "study.data.colour is not a setting of the data of "),
        ({"data_seed": None}, "study.data.data_seed, a setting of the data of .*, is missing"),
    ],
)
def test_a_file_with_one_setting_too_many_or_too_few_says_which(tmp_path, changes, said):
    np.savez(tmp_path / "a.npz", x=X, y=np.arange(120) % 3)
    record = json.loads(compared(tmp_path / "a.npz").to_json())
    for name, value in changes.items():
        record["study"]["data"][name] = value
        if value is None:
            del record["study"]["data"][name]
    with pytest.raises(StudyError, match=said):
        prepare_again(Study.from_record(record["study"]))


def test_a_report_of_a_regression_has_its_figures(tmp_path):
    result = compared((X[:, :1], PRICES / 7), layer_dims=[1, 8, 1])
    result.plot(tmp_path / "report")
    names = {path.name for path in (tmp_path / "report").iterdir()}
    assert {"index.html", "study.json", "loss_curves.png"} <= names
    assert "confusion.png" not in names
    assert "fits" in " ".join(names)


def test_own_data_is_compared_with_what_a_person_would_try_and_can_have_a_winner():
    result = initlab.compare(data=(X, KINDS), steps=1, progress=False)
    assert result.study.inits == ("torch_default", "he_normal", "glorot_uniform", "orthogonal")
    assert result.study.seeds == tuple(range(6))
    assert result.study.training.dropout == 0
    assert result.study.samples["validation_accuracy"] == 24
    asked = initlab.compare(data=(X, KINDS), steps=1, seeds=1, dropout=0.2, progress=False)
    assert asked.study.training.dropout == 0.2


@pytest.mark.parametrize(("rows", "steps"), [(200, 300), (12_000, 1_920), (100_000, 3_000)])
def test_a_table_gets_a_budget_that_means_something(rows, steps):
    x = np.zeros((rows, 2))
    x[:, 0] = np.arange(rows)
    study, _ = prepare("arrays", {"data": (x, np.arange(rows) % 2)})
    assert study.training.steps == steps
