"""The curve's points are the document's."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.datasets.curve import curve, curve_function
from initlab.datasets.dataset import Scaling
from initlab.errors import ArgumentError


def whole(data):
    x = np.vstack([data.x_train, data.x_test])[:, 0]
    return x, np.concatenate([data.y_train, data.y_test])


def test_points_the_document_prints_are_among_them():
    x, y = whole(curve())
    for target in (0.545945946, 0.259459459, 0.524324324, 0.167567568):
        assert np.abs(y - target).min() < 1e-9
    beside = np.abs(y - 0.167567568) < 1e-9  # its second step: x 0.0629
    assert np.abs(x[beside] - 0.0629).min() < 1e-4


def test_loss_of_a_constant_is_the_documents():
    """0.0228 on training and 0.0238 on validation points, its mean 0.594: of this very split."""
    data = curve()
    both = np.concatenate([data.y_train, data.y_test])
    assert both.var() / 2 == pytest.approx(0.0230, abs=5e-4)
    assert both.mean() == pytest.approx(0.594, abs=0.01)


def test_points_are_numpys_legacy_draws_on_a_grid_of_hundredths():
    np.random.seed(4)
    x = np.random.uniform(0, 7, 1000)
    y = np.cos(x) * (1 - 0.1 * x) * (0.1 * x - 1) + 3 + np.random.normal(0, 0.1, 1000)
    data = curve()
    found_x, found_y = whole(data)
    found = np.column_stack([data.x_scaling.original(found_x), data.y_scaling.original(found_y)])
    expected = np.column_stack([x.round(2), y.round(2)])
    assert found[np.lexsort(found.round(2).T)] == pytest.approx(
        expected[np.lexsort(expected.T)], abs=1e-12
    )


def test_both_columns_fill_0_to_1_and_are_split_80_to_20_after_shuffling():
    data = curve()
    x, y = whole(data)
    assert (x.min(), x.max(), y.min(), y.max()) == (0, 1, 0, 1)
    assert data.x_train.shape == (800, 1)
    assert data.y_train.shape == (800,)
    assert data.x_test.shape == (200, 1)
    assert abs(np.corrcoef(np.arange(1000), x)[0, 1]) < 0.1
    assert not np.array_equal(np.sort(x), x)


def test_without_noise_the_points_lie_on_the_curve():
    data = curve(n_samples=50, noise=0.0)
    x, y = whole(data)
    expected = curve_function(data.x_scaling.original(x))
    # x and y are rounded to hundredths, and the curve is nowhere steeper than 1
    assert data.y_scaling.original(y) == pytest.approx(expected, abs=0.0101)


def test_another_seed_gives_other_points_and_leaves_numpys_generator_alone():
    before = np.random.get_state()[1].tobytes()
    assert not np.array_equal(curve().x_train, curve(data_seed=5).x_train)
    assert np.array_equal(curve().x_train, curve().x_train)
    assert np.random.get_state()[1].tobytes() == before


@pytest.mark.parametrize(
    ("argument", "value"),
    [("n_samples", 4), ("n_samples", 10.0), ("noise", -1), ("noise", float("nan")),
     ("data_seed", -1), ("data_seed", 2**32), ("data_seed", True)],
)  # fmt: skip
def test_bad_arguments_are_refused_by_name(argument, value):
    with pytest.raises(ArgumentError) as caught:
        curve(**{argument: value})
    assert caught.value.argument == argument


def test_scaling_there_and_back():
    values = np.array([-3.0, 0.5, 12.0])
    one = Scaling.of(values)
    assert one.scaled(values)[[0, 2]].tolist() == [0, 1]
    assert one.original(one.scaled(values)) == pytest.approx(values, rel=1e-15)


def test_a_constant_column_is_not_divided_by_its_range():
    one = Scaling.of([2.0, 2.0])
    assert one.scaled([2.0, 2.0]).tolist() == [0, 0]
    assert one.original([0.0]).tolist() == [2.0]
