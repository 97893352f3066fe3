"""The 784-256-128-10 study: on digits anywhere, on Fashion-MNIST where its files are."""

from __future__ import annotations

import os

import numpy as np
import pytest

import initlab
from initlab.comparison import compare_again
from initlab.errors import DataError, StorageError, StudyError

HAS_FASHION = "INITLAB_DATA" in os.environ
needs_fashion = pytest.mark.skipif(
    not HAS_FASHION, reason="needs Fashion-MNIST: set INITLAB_DATA to the folder that holds it"
)


@pytest.fixture(scope="module")
def digits():
    inits = ["zeros", "ones", "uniform(low=0, high=1)", "general_rule_normal"]
    return initlab.compare("digits", inits=inits, seeds=2, progress=False)


def mean(result, init, metric="validation_accuracy"):
    return np.mean([c.metrics[metric] for c in result.cells if c.init == init])


def test_digits_learn_from_the_general_rule_and_not_from_constants(digits):
    assert digits.study.problem.dense.layer_dims == (64, 256, 128, 10)
    assert digits.study.training.steps == 240
    assert mean(digits, "general_rule_normal") > 0.93
    assert mean(digits, "zeros") < 0.2


def test_every_batchs_loss_is_kept_and_the_training_loss_is_the_last_batchs(digits):
    cell = digits.cells[-1]
    losses = cell.curve["train_loss"]
    assert len(losses) == 240
    assert cell.metrics["train_loss"] == losses[-1]
    assert cell.metrics["train_loss_last_100"] == pytest.approx(np.mean(losses[-100:]))


def test_dropout_tells_the_equal_units_of_ones_apart(digits):
    cell = next(c for c in digits.cells if c.init == "ones")
    assert cell.start.distinct_units == (1, 1)
    assert min(cell.end.distinct_units) > 100
    assert "dropout made them different" in " ".join(str(digits.summary()).split())


def test_final_test_adds_scores_of_images_never_seen():
    result = initlab.compare("digits", inits=["he_normal"], epochs=2, final_test=True,
                             progress=False)  # fmt: skip
    assert {"test_loss", "test_accuracy"} < set(result.cells[0].metrics)
    assert "--final-test" in result.analysis.next


def test_of_several_learning_rates_each_start_shows_its_best():
    result = initlab.compare("digits", inits=["he_normal", "normal"], seeds=2, epochs=5,
                             learning_rate=[0.001, 0.01], progress=False)  # fmt: skip
    assert {cell.learning_rate for cell in result.cells} <= {0.001, 0.01}
    assert len(result.analysis.rates) == 4
    assert "--learning-rate 0.001 --learning-rate 0.01" in result.analysis.next
    normal = [one for one in result.analysis.rates if one.init == "normal"]
    assert max(normal, key=lambda one: one.mean).chosen


def test_ones_own_arrays_train_and_a_pair_in_memory_cannot_be_run_again(tmp_path):
    generator = np.random.default_rng(0)
    x = generator.standard_normal((200, 4)).astype(np.float32)
    y = (x[:, 0] > 0).astype(int)
    result = initlab.compare(data=(x, y), inits=["he_normal"], epochs=20, batch_size=20,
                             progress=False)  # fmt: skip
    assert result.study.problem.dense.layer_dims == (4, 256, 128, 2)
    assert result.cells[0].metrics["validation_accuracy"] > 0.8
    result.to_json(tmp_path / "study.json")
    with pytest.raises(StudyError, match="in memory only"):
        compare_again(tmp_path / "study.json")


def test_a_changed_file_is_refused_when_its_study_is_run_again(tmp_path):
    generator = np.random.default_rng(0)
    x, y = generator.standard_normal((60, 3)), np.arange(60) % 3
    np.savez(tmp_path / "mine.npz", x=x, y=y)
    first = initlab.compare(data=tmp_path / "mine.npz", inits=["he_normal"], batch_size=10,
                            progress=False)  # fmt: skip
    first.to_json(tmp_path / "study.json")
    again, stored = compare_again(tmp_path / "study.json", progress=False)
    assert [c.to_record() for c in again.cells] == [c.to_record() for c in stored.cells]
    np.savez(tmp_path / "mine.npz", x=x + 1, y=y)
    with pytest.raises(StudyError, match="checksums"):
        compare_again(tmp_path / "study.json", progress=False)


def test_missing_images_and_broken_arrays_are_one_sentence(tmp_path, monkeypatch):
    monkeypatch.delenv("INITLAB_DATA", raising=False)
    monkeypatch.setenv("INITLAB_CACHE_DIR", str(tmp_path))
    with pytest.raises(StorageError, match="initlab data fetch fashion-mnist"):
        initlab.compare("fashion-mnist", progress=False)
    with pytest.raises(DataError):
        initlab.compare(data=(np.full((9, 2), np.nan), np.arange(9) % 2), progress=False)
    with pytest.raises(initlab.ArgumentError, match="data_dir must be left out"):
        initlab.compare("digits", data_dir=tmp_path, progress=False)


@needs_fashion
def test_fashion_mnist_ends_in_the_documents_bands():
    inits = ["zeros", "uniform(low=0, high=1)", "uniform(low=-0.5, high=0.5)",
             "general_rule_uniform", "general_rule_normal", "torch_default"]  # fmt: skip
    result = initlab.compare("fashion-mnist", inits=inits, progress=False)
    zeros, wide, centred, *rules = (c.metrics["validation_accuracy"] for c in result.cells)
    assert zeros == pytest.approx(0.1, abs=0.02)
    assert 0.2 < wide < 0.6
    assert 0.77 < centred < 0.83
    assert all(0.84 < rule < 0.88 for rule in rules)
