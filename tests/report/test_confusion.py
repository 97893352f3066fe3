"""A confusion matrix counts what the network predicts, as scikit-learn does."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from sklearn.metrics import confusion_matrix

from initlab.datasets import Dataset, InMemory
from initlab.datasets.plane import circles
from initlab.errors import ArgumentError
from initlab.report import confusion_counts, confusion_figure
from initlab.report.confusion import WRONG, answered_classes, row_shares

from .making import HE, TEN, ZEROS, a_cell, a_diverged_cell, a_study

CLASSES = ("boot", "bag", "a very long class name")


def three_classes(n=60):
    x = np.random.default_rng(0).normal(size=(n, 4)).astype(np.float32)
    y = np.arange(n) % 3
    return Dataset(
        "made",
        InMemory(x[:9], y[:9]),
        InMemory(x, y),
        classes=CLASSES,
        image_shape=(2, 2),
        held_out="validation",
    )


def network(seed=0):
    rng = np.random.default_rng(seed)
    return {
        "W1": rng.normal(size=(5, 4)), "b1": rng.normal(size=(5, 1)),
        "W2": rng.normal(size=(3, 5)), "b2": rng.normal(size=(3, 1)),
    }  # fmt: skip


def answers_by_hand(parameters, x):
    """One image at a time, columns as in the lectures."""
    answers = []
    for row in x:
        hidden = np.maximum(parameters["W1"] @ row.reshape(-1, 1) + parameters["b1"], 0)
        answers.append(int(np.argmax(parameters["W2"] @ hidden + parameters["b2"])))
    return np.array(answers)


def images_study(**changes):
    settings = {"layer_dims": (4, 5, 3), "loss": "cross_entropy", "inits": (HE,)}
    return a_study(**{**settings, **changes})


def printed(ax):
    """Printed percentages by (row, column)."""
    return {
        (round(text.get_position()[1]), round(text.get_position()[0])): int(text.get_text())
        for text in ax.texts
        if text.get_text().isdigit()
    }


def test_figure_prints_the_rows_of_scikit_learns_matrix_in_percent():
    data, parameters = three_classes(), network()
    figure = confusion_figure(images_study(), [a_cell(parameters=parameters)], data)
    expected = 100 * confusion_matrix(
        data.y_test, answers_by_hand(parameters, data.x_test), normalize="true"
    )
    numbers = printed(figure.axes[0])
    assert len(numbers) == np.count_nonzero(expected >= 0.5) > 3
    for place, number in numbers.items():
        assert number == pytest.approx(expected[place], abs=0.5)


def test_counts_are_scikit_learns_and_rows_sum_to_one():
    rng = np.random.default_rng(1)
    true, answered = rng.integers(0, 7, 500), rng.integers(0, 6, 500)
    counts = confusion_counts(true, answered, 8)
    assert np.array_equal(counts, confusion_matrix(true, answered, labels=range(8)))
    shares = row_shares(counts)
    assert shares[:7].sum(axis=1) == pytest.approx(np.ones(7), abs=1e-12)
    assert np.isnan(shares[7]).all()  # no sample of this class


def test_two_classes_are_told_apart_at_one_half():
    data = circles(n_train=10, n_test=40)
    parameters = {"W1": np.array([[3.0, -2.0]]), "b1": np.array([[0.1]])}
    study = a_study(inits=(HE,))
    answered = answered_classes(study, a_cell(parameters=parameters), data.x_test)
    z = data.x_test @ parameters["W1"].T + 0.1
    assert np.array_equal(answered, (z[:, 0] > 0).astype(int))
    assert 0 < answered.sum() < 40


def test_images_that_are_not_flat_get_the_same_predictions():
    data = three_classes()
    cell = a_cell(parameters=network())
    flat = answered_classes(images_study(), cell, data.x_test)
    assert np.array_equal(
        flat, answered_classes(images_study(), cell, data.x_test.reshape(-1, 2, 2))
    )
    assert len(set(flat.tolist())) > 1


def test_the_seed_with_the_median_metric_is_shown_and_named():
    data = three_classes()
    cells = [
        a_cell(HE, seed, accuracy, parameters=network(seed))
        for seed, accuracy in ((0, 0.9), (1, 0.2), (2, 0.5))
    ]
    figure = confusion_figure(images_study(seeds=(0, 1, 2)), cells, data)
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert "test accuracy 50.0 %\nseed 2, the median of 3 runs" in texts
    alone = confusion_figure(images_study(), [cells[2]], data)
    assert printed(figure.axes[0]) == printed(alone.axes[0])


def test_one_prediction_for_everything_is_one_full_column_red_but_for_its_own_class():
    parameters = network() | {"W2": np.zeros((3, 5)), "b2": np.array([[0.0], [1.0], [0.0]])}
    figure = confusion_figure(images_study(), [a_cell(parameters=parameters)], three_classes())
    assert printed(figure.axes[0]) == {(0, 1): 100, (1, 1): 100, (2, 1): 100}
    (image,) = figure.axes[0].images
    pixels = image.get_array()
    assert np.allclose(pixels[[0, 2], 1], to_rgb(WRONG))
    assert pixels[1, 1, 2] > pixels[1, 1, 0]  # blue
    assert np.all(pixels[:, [0, 2]] == 1)


def test_class_names_stand_once_per_row_and_at_the_lowest_panels():
    names = ["boot", "bag", "a very lon…"]
    inits = (HE, TEN, ZEROS, "ones", "lecun_normal")
    cells = [a_cell(init, parameters=network()) for init in inits]
    figure = confusion_figure(images_study(inits=inits), cells, three_classes())
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == names
    left = [ax.yaxis.get_tick_params()["labelleft"] for ax in figure.axes]
    low = [ax.xaxis.get_tick_params()["labelbottom"] for ax in figure.axes]
    assert left == [True, False, False, True, False]
    assert low == [False, False, True, True, True]


def test_start_without_a_finished_run_says_so():
    cells = [a_diverged_cell(HE, 0), a_diverged_cell(HE, 1)]
    figure = confusion_figure(images_study(seeds=(0, 1)), cells, three_classes())
    assert [text.get_text() for text in figure.axes[0].texts] == ["2 of 2 runs diverged"]
    assert not figure.axes[0].images


def test_numbers_and_names_that_would_be_illegible_are_left_out():
    data = three_classes()
    many = dataclasses.replace(data, classes=tuple(f"class {k}" for k in range(90)))
    parameters = network() | {"W2": np.zeros((90, 5)), "b2": np.eye(90)[:, :1]}
    figure = confusion_figure(
        images_study(layer_dims=(4, 5, 90)), [a_cell(parameters=parameters)], many
    )
    ax = figure.axes[0]
    assert not printed(ax)
    assert not ax.get_xticklabels()
    assert ax.get_ylabel() == "true class (one of 90)"
    assert ax.images[0].get_array().shape == (90, 90, 3)


def test_data_that_does_not_fit_the_network_is_refused():
    with pytest.raises(ArgumentError, match="as many features as the network has inputs"):
        confusion_figure(a_study(), [a_cell()], three_classes())
    axes = confusion_figure(images_study(), [], three_classes()).axes
    with pytest.raises(ArgumentError, match="1 axes"):
        confusion_figure(images_study(), [], three_classes(), axes=[*axes, *axes])
