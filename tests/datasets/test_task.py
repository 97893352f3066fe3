"""Every kind of label is a class, a measurement, or refused in a sentence that names both ways."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from initlab.datasets.task import CLASSIFICATION, REGRESSION, checked_task, targets_of
from initlab.errors import ArgumentError, DataError


def targets(labels, said=None):
    return targets_of(np.asarray(labels), said, what="y", where=lambda k: f"y[{k}]")


CLASSES = {
    "texts": ["setosa", "virginica", "setosa"],
    "booleans": [True, False, True],
    "two booleans": [True, False],
    "0 and 1": [0, 1, 1],
    "-1 and 1": [-1.0, 1.0, 1.0],
    "two whole numbers": ["2", "4", "4"],
    "0 to 9": list(range(10)) * 2,
    "0.0 to 2.0": np.array([0.0, 1.0, 2.0, 2.0, 1.0, 0.0]),
    "texts 0 to 2": ["0", "1", "2", "2", "1", "0"],
    "0 to 99": list(range(100)) * 2,
}
MEASUREMENTS = {
    "decimals": [0.5, 1.0, 2.0],
    "two decimals": [0.5, 1.0, 0.5],
    "texts of decimals": ["0.5", "1", "2"],
    "one decimal among 0 and 1": [0, 1, 0.5],
    "several columns": [[0.5, 1.0], [2.0, 3.0]],
}
UNDECIDED = {
    "prices": [250_000, 310_000, 199_000],
    "prices as floats": [250_000.0, 310_000.0, 199_000.0],
    "prices as texts": ["250000", "310000", "199000"],
    "prices with .0": ["250000.0", "310000.0", "199000.0"],
    "years": [1999, 2000, 2001, 1999],
    "grades from 3": [3, 4, 5, 6, 7, 8] * 9,
    "counts with a gap": [0, 1, 2, 4] * 9,
    "once each": list(range(20)),
    "two prices": [250_000, 310_000],
    "0 to 100": list(range(101)) * 2,
    "above 2**53": [9007199254740993, 9007199254740992, 9007199254740991],
    "1e19 to 1e21": [1e19, 1e20, 1e21],
    "1 and 01": ["1", "01", "1"],
    "1e2 and 100": ["1e2", "100", "1e2"],
    "1 and 1.0": ["0", "1", "1.0"],
    "several columns": [[1, 2], [3, 4]],
}


@pytest.mark.parametrize("kind", CLASSES)
def test_classes_are_recognised(kind):
    found = targets(CLASSES[kind])
    assert found.task == CLASSIFICATION
    assert found.y.dtype == np.int64
    assert len(found.classes) == len(np.unique(CLASSES[kind]))


@pytest.mark.parametrize("kind", MEASUREMENTS)
def test_measurements_are_recognised_and_keep_their_values(kind):
    found = targets(MEASUREMENTS[kind])
    assert (found.task, found.classes, found.y.dtype) == (REGRESSION, (), np.float64)
    assert np.array_equal(found.y, np.asarray(MEASUREMENTS[kind]).astype(float))


@pytest.mark.parametrize("kind", UNDECIDED)
def test_what_may_be_either_is_refused_in_a_sentence_that_names_both_ways(kind):
    with pytest.raises(DataError) as refused:
        targets(UNDECIDED[kind])
    words = str(refused.value)
    assert words.count(".") - words.count(", ...") <= 4  # one sentence, numbers aside
    for way in ("--task classification", "--task regression", 'task="classification"',
                'task="regression"'):  # fmt: skip
        assert way in words
    assert refused.value.argument == "task"


@pytest.mark.parametrize(
    ("labels", "other"),
    [
        (["12.5", "13", "unknown"], "unknown"),
        (["1", "2", "x"], "x"),
        (["5", "6", "1e99999999999999999999"], "1e99999999999999999999"),
    ],
)
def test_numbers_beside_a_text_are_refused_with_what_helps(labels, other):
    with pytest.raises(DataError) as refused:
        targets(labels)
    assert str(refused.value) == (
        f"y holds numbers and {other!r}, which is not a finite number. If the labels are classes, "
        'give --task classification (in Python task="classification"). If they are '
        f"measurements, replace {other!r} by a number."
    )
    assert refused.value.argument == "task"
    assert targets(labels, CLASSIFICATION).task == CLASSIFICATION
    measured = [one if one != other else "7" for one in labels]
    assert targets(measured, REGRESSION).task == REGRESSION


@pytest.mark.parametrize(
    "labels", [["anna", "berta", "clara"], ["2020-01-01", "2020-01-02", "2020-01-03"]]
)
def test_a_text_for_every_sample_is_refused_with_what_helps(labels):
    with pytest.raises(DataError) as refused:
        targets(labels)
    assert str(refused.value) == (
        "y holds 3 texts that are all different, so they may be names of the samples. If each text "
        'is a class, give --task classification (in Python task="classification"). If the '
        "data is a table and a different column holds the labels, name that column with "
        "--label (in Python label=...)."
    )
    assert refused.value.argument == "task"
    assert targets(labels, CLASSIFICATION).task == CLASSIFICATION


TWICE = {  # one word for a reader
    "True and true": ["True", "true", "False"],
    "yes and YES": ["YES", "yes", "no"],
    "two spaces": ["New York", "New  York", "Rome"],
    "composed or not": ["caf\u00e9", "cafe\u0301", "bar"],
    "sharp s": ["Strasse", "Stra\u00dfe", "Weg"],
}


@pytest.mark.parametrize("kind", TWICE)
def test_one_word_in_two_spellings_is_refused(kind):
    one, other, _ = TWICE[kind]
    with pytest.raises(DataError) as refused:
        targets(TWICE[kind] * 2)
    words = str(refused.value)
    assert repr(one) in words
    assert repr(other) in words
    assert (
        "which may be one class in two spellings. If they are one class, use one spelling only"
        in words
    )
    assert refused.value.argument == "task"


@pytest.mark.parametrize("kind", [*CLASSES, *UNDECIDED, *TWICE])
def test_what_is_said_holds(kind):
    labels = np.asarray({**UNDECIDED, **CLASSES, **TWICE}[kind])
    if labels.ndim == 1:
        found = targets(labels, CLASSIFICATION)
        assert found.task == CLASSIFICATION
        assert len(found.classes) == len(np.unique(labels))  # nothing merges
    try:
        expected = labels.astype(float)
    except ValueError:
        with pytest.raises(DataError, match=r"y\[\d\] must be a number"):
            targets(labels, REGRESSION)
        return
    if np.isfinite(expected).all():
        assert np.array_equal(targets(labels, REGRESSION).y, expected)


@given(st.lists(st.integers(-(10**6), 10**6), min_size=4, max_size=60))
def test_whole_numbers_are_never_measured_by_a_guess(values):
    distinct = sorted(set(values))
    assume(len(distinct) > 1)
    counted = distinct == list(range(len(distinct)))
    clear = len(distinct) == 2 or (counted and all(values.count(v) > 1 for v in distinct))
    if clear:
        assert targets(values).task == CLASSIFICATION
    else:
        with pytest.raises(DataError, match="give --task"):
            targets(values)
    assert targets(values, REGRESSION).y.tolist() == values


@pytest.mark.parametrize("said", [None, CLASSIFICATION, REGRESSION])
@pytest.mark.parametrize("bad", [np.inf, -np.inf])
def test_a_label_that_is_not_finite_is_refused_by_its_place(said, bad):
    with pytest.raises(DataError, match=r"y\[1\] must be a finite number; got -?inf"):
        targets([0.5, bad], said)


def test_a_measurement_beyond_float32_is_refused_by_its_place():
    with pytest.raises(DataError, match=r"y\[1\] must be .* fits in float32; got 1e\+39"):
        targets([0.5, 1e39])
    with pytest.raises(DataError, match=r"y\[1\] must be .* fits in float32; got 1e39"):
        targets(["0.5", "1e39"])


def test_several_columns_are_no_classes():
    with pytest.raises(DataError, match=r"one label per sample; got shape \(2, 2\)"):
        targets([[0, 1], [1, 0]], CLASSIFICATION)


def test_the_task_is_said_by_name_or_by_the_loss_and_both_must_agree():
    assert checked_task(None) is None
    assert checked_task("regression") == checked_task(None, "regression") == "regression"
    assert checked_task("regression", "regression") == "regression"
    with pytest.raises(ArgumentError, match="task must be one of classification, regression; got"):
        checked_task("regresion")
    with pytest.raises(
        ArgumentError,
        match="task must be left out or regression, because the loss is for regression",
    ):
        checked_task("classification", "regression")
