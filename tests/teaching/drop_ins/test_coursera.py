"""Cells in the manner of the course's notebook, and the numbers its documents print."""

from __future__ import annotations

import re

import numpy as np
import pytest
import sklearn.datasets

from initlab.errors import ArgumentError
from initlab.teaching.drop_ins.coursera import (
    backward_propagation,
    compute_loss,
    forward_propagation,
    initialize_parameters_he,
    initialize_parameters_random,
    initialize_parameters_zeros,
    load_dataset,
    model,
    plot_decision_boundary,
    predict,
    predict_dec,
    relu,
    sigmoid,
    update_parameters,
)


def test_weights_are_those_the_documents_print():
    W = initialize_parameters_random([3, 2, 1])
    expected = [[17.88628473, 4.36509851, 0.96497468], [-18.63492703, -2.77388203, -3.54758979]]
    np.testing.assert_allclose(W["W1"], expected, rtol=0, atol=5e-9)
    np.testing.assert_allclose(W["W2"], [[-0.82741481, -6.27000677]], rtol=0, atol=5e-9)
    W = initialize_parameters_he([2, 4, 1])
    expected = [[-0.03098412, -0.33744411, -0.92904268, 0.62552248]]
    np.testing.assert_allclose(W["W2"], expected, rtol=0, atol=5e-9)
    assert W["b1"].shape == (4, 1)
    assert initialize_parameters_zeros([3, 2, 1])["W1"].tolist() == [[0.0] * 3] * 2


def test_points_and_the_generator_are_as_scikit_learn_leaves_them(unseen_figures):
    train_X, train_Y, test_X, test_Y = load_dataset()
    next_number = np.random.randn()
    for seed, n, x, y in ((1, 300, train_X, train_Y), (2, 100, test_X, test_Y)):
        np.random.seed(seed)
        points, classes = sklearn.datasets.make_circles(n_samples=n, noise=0.05)
        np.testing.assert_array_equal(x, points.T)
        np.testing.assert_array_equal(y, classes[np.newaxis])
        assert y.dtype == classes.dtype
    assert np.random.randn() == next_number
    (drawn,) = unseen_figures.gca().collections
    assert len(drawn.get_offsets()) == 300


@pytest.mark.parametrize(
    ("start", "train", "test"), [("zeros", 0.5, 0.5), ("random", 0.83, 0.86), ("he", 0.9933, 0.96)]
)
@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
def test_a_run_prints_the_documents_accuracies(start, train, test, capsys):
    train_X, train_Y, test_X, test_Y = load_dataset()
    parameters = model(train_X, train_Y, initialization=start)
    costs = dict(re.findall(r"^Cost after iteration (\d+): (\S+)$", capsys.readouterr().out, re.M))
    assert [int(i) for i in costs] == list(range(0, 15_000, 1000))
    first, last = float(costs["0"]), float(costs["14000"])
    if start == "zeros":
        assert (first, last) == pytest.approx((np.log(2), np.log(2)), rel=1e-14)
    elif start == "random":
        assert first == np.inf
    else:
        assert (first, last) == pytest.approx((0.8830537463, 0.0735789596), abs=1e-10)
    for x, y, accuracy in ((train_X, train_Y, train), (test_X, test_Y, test)):
        classes = predict(x, y, parameters)
        assert classes.shape == y.shape
        assert classes.dtype == int
        printed = float(capsys.readouterr().out.removeprefix("Accuracy: "))
        # ten times too large is chaotic in its last bits: a point or two may fall otherwise
        assert printed == pytest.approx(accuracy, abs=0.02 if start == "random" else 1e-4)


def test_gradients_are_those_of_the_loss():
    rng = np.random.RandomState(0)
    X, Y = rng.randn(2, 7), rng.randint(2, size=(1, 7))
    parameters = initialize_parameters_he([2, 10, 5, 1])
    _, cache = forward_propagation(X, parameters)
    assert [part.shape for part in cache[:4]] == [(10, 7), (10, 7), (10, 2), (10, 1)]
    gradients = backward_propagation(X, Y, cache)
    assert set(gradients) == {
        f"d{name}{k}" for name in ("z", "W", "b", "a") for k in (1, 2, 3)
    } - {"da3"}  # fmt: skip
    for name in parameters:
        moved = {key: value.copy() for key, value in parameters.items()}
        h = 1e-6
        losses = []
        for sign in (1, -1):
            moved[name][0, 0] = parameters[name][0, 0] + sign * h
            losses.append(compute_loss(forward_propagation(X, moved)[0], Y))
        slope = (losses[0] - losses[1]) / (2 * h)
        assert gradients["d" + name][0, 0] == pytest.approx(slope, abs=1e-8), name


def test_an_update_changes_the_dictionary_but_not_its_arrays():
    before = np.ones((1, 1))
    parameters = {"W1": before, "b1": before}
    after = update_parameters(parameters, {"dW1": before, "db1": 2 * before}, 0.25)
    assert after is parameters
    assert (after["W1"].item(), after["b1"].item(), before.item()) == (0.75, 0.5, 1.0)


def test_an_infinite_loss_is_infinite_and_numpy_warns():
    with pytest.warns(RuntimeWarning, match="divide by zero encountered in log"):
        assert compute_loss(np.array([[0.0, 0.5]]), np.array([[1, 1]])) == np.inf


def test_sigmoid_and_relu():
    assert sigmoid(0.0) == 0.5
    assert relu(np.array([-1.0, 2.0])).tolist() == [0.0, 2.0]


@pytest.mark.parametrize("labels", [lambda y: y, lambda y: y[0]])
def test_a_boundary_goes_on_the_axes_that_the_cell_prepared(labels, unseen_figures):
    plt = unseen_figures
    train_X, train_Y, _, _ = load_dataset()
    plt.close("all")
    parameters = initialize_parameters_zeros([2, 10, 5, 1])
    plt.title("Zeros")
    axes = plt.gca()
    axes.set_xlim([-1.5, 1.5])
    plot_decision_boundary(lambda x: predict_dec(parameters, x.T), train_X, labels(train_Y))
    assert plt.gca() is axes
    assert axes.get_title() == "Zeros"
    assert len(axes.collections) == 2


def test_rows_of_points_are_refused_with_the_way_out():
    with pytest.raises(ArgumentError, match=r"Pass X\.T"):
        plot_decision_boundary(lambda x: x, np.zeros((5, 2)), np.zeros(5))


def test_an_unknown_initialization_is_refused():
    with pytest.raises(ArgumentError, match="'zeros'"):
        model(np.zeros((2, 1)), np.zeros((1, 1)), initialization="zero")
