"""Points of the plane: scikit-learn's to the last bit, what they are, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

import initlab
from initlab.datasets.boundary import boundary
from initlab.datasets.plane import circles, make_circles, make_moons, make_spirals, moons, spirals
from initlab.errors import ArgumentError

ALL = (circles, moons, spirals, boundary)


@pytest.mark.parametrize("n_samples", [1, 2, 3, 100, 301])
@pytest.mark.parametrize("noise", [0.0, 0.1])
@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_moons_are_scikit_learns_bit_for_bit(n_samples, noise, seed):
    sklearn = pytest.importorskip("sklearn.datasets", reason="compares with scikit-learn")
    x, y = make_moons(n_samples, noise=noise, random_state=seed)
    expected_x, expected_y = sklearn.make_moons(n_samples, noise=noise, random_state=seed)
    assert x.tobytes() == expected_x.tobytes()
    assert y.tolist() == expected_y.tolist()


def test_each_arm_of_the_spirals_is_the_other_one_turned_by_half_a_circle():
    x, y = make_spirals(60, noise=0.0, random_state=4)
    first, second = (part[np.argsort(np.hypot(*part.T))] for part in (x[y == 0], x[y == 1]))
    np.testing.assert_allclose(first, -second, atol=1e-12)
    np.testing.assert_allclose(np.hypot(*first.T), np.linspace(0.1, 1, 30), rtol=1e-12)


def test_points_above_the_function_are_class_1():
    data = boundary(function="x**2 - 0.5")
    for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test)):
        assert np.array_equal(y == 1, x[:, 1] > x[:, 0] ** 2 - 0.5)
        assert 0 < y.mean() < 1
        assert np.abs(x).max() <= 1


@pytest.mark.parametrize("load", ALL)
def test_data_come_from_the_seed_alone(load):
    before = np.random.get_state()[1].copy()
    data, again, other = load(n_train=40), load(n_train=40), load(n_train=40, data_seed=8)
    assert data.x_train.shape == (40, 2)
    assert data.x_test.shape == (100, 2)
    assert np.array_equal(data.x_train, again.x_train)
    assert not np.array_equal(data.x_train, other.x_train)
    assert np.array_equal(before, np.random.get_state()[1])


@pytest.mark.parametrize("load", ALL)
@pytest.mark.parametrize(
    ("name", "value"), [("n_train", 0), ("n_test", 2.5), ("noise", -1), ("data_seed", 2**32)]
)
def test_a_wrong_number_is_named(load, name, value):
    with pytest.raises(ArgumentError, match=name):
        load(**{name: value})


@pytest.mark.parametrize("function", ["3", "-2", "x**2 + 1"])
def test_a_function_that_leaves_a_class_empty_is_refused(function):
    with pytest.raises(ArgumentError, match=r"All training points lie (above|below) the graph"):
        boundary(function=function)


@pytest.mark.parametrize(
    ("function", "x"),
    [("log(-2 - x)", "-1"), ("sqrt(x)", "-1"), ("x/x", "0")],
)
def test_a_function_without_a_value_somewhere_is_refused(function, x):
    with pytest.raises(ArgumentError, match=f"The function has no value at x = {x}"):
        boundary(function=function)


@pytest.mark.parametrize("study", ["moons", "spirals", "boundary"])
def test_he_weights_learn_them_and_zeros_do_not(study):
    result = initlab.compare(study, inits=["zeros", "he_normal"], seeds=[3], progress=False)
    zeros, he = (cell.metrics["test_accuracy"] for cell in result.cells)
    assert zeros < 0.7
    assert he > 0.9


@pytest.mark.parametrize("n_samples", [1, 2, 3, 7, 100, 300, 1001])
@pytest.mark.parametrize("noise", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("seed", [0, 1, 2, 2**32 - 1])
def test_circles_are_scikit_learns_bit_for_bit(n_samples, noise, seed):
    sklearn = pytest.importorskip("sklearn.datasets", reason="compares with scikit-learn")
    x, y = make_circles(n_samples, noise=noise, random_state=seed)
    expected_x, expected_y = sklearn.make_circles(n_samples, noise=noise, random_state=seed)
    assert x.tobytes() == expected_x.tobytes()
    assert y.tolist() == expected_y.tolist()


def test_documents_data_are_300_points_of_seed_1_and_100_of_seed_2():
    data = circles()
    for x, y, n, seed in (
        (data.x_train, data.y_train, 300, 1),
        (data.x_test, data.y_test, 100, 2),
    ):
        expected_x, expected_y = make_circles(n, noise=0.05, random_state=seed)
        assert x.shape == (n, 2)
        assert x.dtype == y.dtype == np.float64
        assert np.array_equal(x, expected_x)
        assert np.array_equal(y, expected_y)


def test_first_training_point_is_the_one_we_have_always_had():
    # golden, so that a change in NumPy's legacy generator or cosine is noticed without sklearn
    data = circles()
    assert data.x_train[0].tolist() == pytest.approx(
        [-0.07741354010048114, 0.8526022642742742], abs=1e-15
    )
    assert data.y_train[:8].tolist() == [1, 0, 1, 1, 0, 0, 1, 0]


def test_without_noise_class_0_is_the_outer_circle_and_class_1_the_inner():
    data = circles(noise=0.0)
    radius = np.hypot(*data.x_train.T)
    np.testing.assert_allclose(radius, np.where(data.y_train == 0, 1.0, 0.8), rtol=1e-15)
    assert data.classes == ("0, outer circle", "1, inner circle")


def test_global_generator_is_left_alone():
    np.random.seed(5)
    before = np.random.get_state()[1].copy()
    circles()
    assert np.array_equal(before, np.random.get_state()[1])


def test_another_data_seed_gives_other_points():
    assert not np.array_equal(circles(data_seed=7).x_train, circles().x_train)
    assert np.array_equal(circles(data_seed=2, n_train=100).x_train, circles().x_test)


@pytest.mark.parametrize(
    ("argument", "values"),
    [
        ("n_train", [0, -1, 1.5, True, "300", None, 10**9]),
        ("n_test", [0, -1, 2.0, False, 10**9]),
        ("noise", [-0.1, float("nan"), float("inf"), "0.05", True, None]),
        ("data_seed", [-1, 2**32 - 1, 1.0, True, None]),
    ],
)
def test_impossible_circles_are_refused_by_argument(argument, values):
    for value in values:
        with pytest.raises(ArgumentError, match=f"^{argument} must be ") as refused:
            circles(**{argument: value})
        assert refused.value.argument == argument


def test_largest_data_seed_still_leaves_a_seed_for_the_test_points():
    assert circles(n_train=2, n_test=2, data_seed=2**32 - 2).x_test.shape == (2, 2)
