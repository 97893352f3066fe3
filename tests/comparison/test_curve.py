"""The curve study: zero, equal and random starts of a 1-2-1 network, at the document's 0.1."""

from __future__ import annotations

import numpy as np
import pytest

import initlab

ZERO = "W1=0,B1=0,W2=0,B2=0"
ZERO_BUT_LAST_BIAS = "W1=0,B1=0,W2=0,B2=normal"
EQUAL = "W1=1,B1=0,W2=1,B2=0"
EQUAL_BIAS = "W1=0,B1=1,W2=0,B2=1"
RANDOM = "W1=normal,B1=normal,W2=normal,B2=normal"


@pytest.fixture(scope="module")
def study():
    return initlab.compare(
        "curve", inits=[ZERO, ZERO_BUT_LAST_BIAS, EQUAL, EQUAL_BIAS, RANDOM], seeds=10,
        learning_rate=0.1, progress=False,
    )  # fmt: skip


def of(study, init):
    return [cell for cell in study.cells if cell.init == init]


@pytest.mark.parametrize(
    ("init", "losses", "accuracies"),
    [
        (ZERO, (0.0222, 0.0231), (0.497, 0.5001)),
        (ZERO_BUT_LAST_BIAS, (0.0222, 0.0231), (0.497, 0.5001)),
        # the document prints 0.01024 and 0.7807
        (EQUAL, (0.0096, 0.0105), (0.77, 0.79)),
        (EQUAL_BIAS, (0.020, 0.0219), (0.52, 0.54)),
    ],
)
def test_starts_without_chance_end_in_the_documents_bands(study, init, losses, accuracies):
    for cell in of(study, init):
        assert losses[0] <= cell.metrics["train_loss"] <= losses[1]
        assert accuracies[0] <= cell.metrics["train_document_accuracy"] <= accuracies[1]


def test_most_random_starts_train_but_not_all(study):
    accuracies = [cell.metrics["train_document_accuracy"] for cell in of(study, RANDOM)]
    assert np.median(accuracies) == pytest.approx(0.95, abs=0.01)
    everyone = initlab.compare("curve", inits=[RANDOM], seeds=50, learning_rate=0.1, progress=False)
    failed = [c for c in everyone.cells if c.metrics["train_document_accuracy"] < 0.85]
    assert 2 <= len(failed) <= 10


def test_equal_units_stay_equal_to_the_last_bit(study):
    for cell in of(study, EQUAL):
        for name, axis in (("W1", 0), ("b1", 0), ("W2", 1)):
            first, second = np.split(cell.parameters[name], 2, axis=axis)
            assert np.array_equal(first, second)
        assert all(counts == [1] for counts in cell.curve["distinct_units"])


def test_random_units_are_two_all_the_way(study):
    assert all(counts == [2] for counts in of(study, RANDOM)[0].curve["distinct_units"])


def test_r2_is_twice_the_documents_accuracy_less_one(study):
    for cell in study.cells:
        document = cell.metrics["validation_document_accuracy"]
        assert cell.metrics["validation_r2"] == pytest.approx(2 * document - 1)


def test_curve_holds_the_whole_training_sets_loss_and_the_validations(study):
    cell = of(study, RANDOM)[0]
    assert len(cell.curve["train_loss"]) == len(cell.curve["validation_loss"]) == 1000
    assert cell.curve["epoch"][:3] == [0, 1, 2]
    assert cell.curve["train_loss"][0] == pytest.approx(cell.initial_loss, rel=1e-12)


def test_epochs_are_passes_over_the_800_training_points():
    result = initlab.compare("curve", inits=[ZERO], epochs=3, progress=False)
    assert result.study.training.steps == 75
    with pytest.raises(initlab.ArgumentError, match="epochs must be left out"):
        initlab.compare("curve", epochs=3, steps=10, progress=False)


def test_table_prints_epochs_and_iterations_as_the_document():
    text = str(initlab.compare("curve", progress=False).summary())
    note = "Document accuracy is 1 − loss / variance of the targets, as in the document"
    for words in ("998", "24,975", "999", "25,000", note):
        assert words in text
