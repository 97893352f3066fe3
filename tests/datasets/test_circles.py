"""Our circles against scikit-learn's, to the last bit, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.datasets.circles import circles, make_circles
from initlab.errors import ArgumentError


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
