"""Fans of every layer kind against counts of the connections, made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.errors import ArgumentError, ShapeError
from initlab.initializers import Fan, fan_of

# shape, axes, fan_in, fan_out: connections counted by hand
LAYERS = [
    ((256, 784), {}, 784, 256),  # torch Linear(784, 256)
    ((1, 1), {}, 1, 1),
    ((1, 512), {}, 512, 1),
    ((10, 2), {}, 2, 10),
    ((784, 256), {"in_axis": 0, "out_axis": 1}, 784, 256),  # Keras, JAX Dense
    ((784, 256), {"in_axis": -2, "out_axis": -1}, 784, 256),
    ((32, 16, 5), {"in_axis": 1, "out_axis": 0}, 80, 160),  # torch Conv1d(16, 32, 5)
    ((32, 16, 3, 3), {"in_axis": 1, "out_axis": 0}, 144, 288),  # torch Conv2d(16, 32, 3)
    ((3, 3, 16, 32), {"in_axis": -2, "out_axis": -1}, 144, 288),  # Keras, JAX Conv
    ((8, 4, 3, 3, 3), {"in_axis": 1, "out_axis": 0}, 108, 216),  # torch Conv3d(4, 8, 3)
    ((16, 4, 3, 3), {"in_axis": 0, "out_axis": 1}, 144, 36),  # torch ConvTranspose2d(16, 4, 3)
    # torch Conv2d(16, 32, 3, groups=4), its groups apart
    ((4, 8, 4, 3, 3), {"in_axis": 2, "out_axis": 1, "batch_axis": 0}, 36, 72),
    # depthwise Conv2d(16, 16, 3, groups=16)
    ((16, 1, 1, 3, 3), {"in_axis": 2, "out_axis": 1, "batch_axis": (0,)}, 9, 9),
    ((3, 64, 64), {"in_axis": 2, "out_axis": 1, "batch_axis": 0}, 64, 64),  # packed q, k, v
    ((512, 8, 64), {"in_axis": 0, "out_axis": (1, 2)}, 512, 512),  # JAX attention, query
    ((8, 64, 512), {"in_axis": [0, 1], "out_axis": 2}, 512, 512),  # JAX attention, output
    ((1000, 64), {"in_axis": 0, "out_axis": 1}, 1000, 64),  # embedding, as a one-hot layer
]


@pytest.mark.parametrize(("shape", "axes", "fan_in", "fan_out"), LAYERS)
def test_fans_count_the_connections_of_each_layer_kind(shape, axes, fan_in, fan_out):
    fan = fan_of(shape, **axes)
    assert (fan.fan_in, fan.fan_out) == (fan_in, fan_out)


def test_modes_name_the_three_fans():
    fan = Fan(fan_in=10, fan_out=5)
    assert [fan.of(mode) for mode in ("fan_in", "fan_out", "fan_avg")] == [10.0, 5.0, 7.5]


def test_matrix_of_a_kernel_has_one_row_per_unit():
    assert fan_of((32, 16, 3, 3), in_axis=1, out_axis=0).matrix == (32, 144)


def test_shape_may_be_a_list_of_numpy_integers():
    assert fan_of([np.int64(4), np.int32(2)]) == Fan(2, 4)


@pytest.mark.parametrize(
    "shape",
    [
        (),
        (5,),
        (0, 5),
        (5, 0),
        (0, 0),
        (-1, 2),
        (2.0, 3),
        (True, 3),
        "ab",
        b"ab",
        7,
        None,
        {2, 3},
        ((2, 3), 4),
        (2**60, 2**60),
    ],
)
def test_impossible_shapes_are_refused(shape):
    with pytest.raises(ShapeError, match="shape must be"):
        fan_of(shape)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((4, 3, 2), {}),
        ((4, 3, 2), {"batch_axis": 0}),
        ((4, 3), {"in_axis": 1}),
        ((4, 3), {"out_axis": 0}),
        ((4, 3), {"batch_axis": 0}),
        ((4, 3, 2), {"in_axis": 0, "out_axis": 0}),
        ((4, 3, 2), {"in_axis": 0, "out_axis": -3}),
        ((4, 3, 2), {"in_axis": 0, "out_axis": 1, "batch_axis": 1}),
        ((4, 3, 2), {"in_axis": (0, 0), "out_axis": 1}),
        ((4, 3, 2), {"in_axis": 3, "out_axis": 1}),
        ((4, 3, 2), {"in_axis": -4, "out_axis": 1}),
        ((4, 3, 2), {"in_axis": "0", "out_axis": 1}),
        ((4, 3, 2), {"in_axis": 0.0, "out_axis": 1}),
        ((4, 3, 2), {"in_axis": True, "out_axis": 0}),
        ((4, 3, 2), {"in_axis": (), "out_axis": 0}),
    ],
)
def test_axes_that_leave_a_question_are_refused(shape, axes):
    with pytest.raises(ShapeError, match="layer 'fc'"):
        fan_of(shape, **axes, where="layer 'fc'")


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "3", None, 2**60])
def test_fan_itself_refuses_what_is_no_count(value):
    with pytest.raises(ArgumentError, match="fan_in must be an integer"):
        Fan(value, 3)


@pytest.mark.parametrize("mode", ["FAN_IN", "in", "fan_avg ", None, 3])
def test_modes_are_exact_names(mode):
    with pytest.raises(ArgumentError, match="mode must be one of fan_in, fan_out, fan_avg"):
        Fan(2, 3).of(mode)


def test_misspelt_mode_is_answered_with_the_nearest():
    with pytest.raises(ArgumentError, match="Did you mean 'fan_in'"):
        Fan(2, 3).of("FAN_IN")


def test_geometric_mean_of_fans_is_jaxs_fan_geo_avg():
    assert Fan(8, 32).of("fan_geo_avg") == pytest.approx(16, rel=1e-15)


@pytest.mark.parametrize(
    ("kernel", "centre"),
    [((3, 3), 4), ((3, 5), 7), ((2, 2), 3), ((1, 4), 2), ((3, 3, 3), 13), ((5,), 2)],
)
def test_centre_of_a_kernel_is_its_middle_position(kernel, centre):
    fan = fan_of((8, 4, *kernel), in_axis=1, out_axis=0)
    assert fan.kernel == kernel
    marked = np.zeros(kernel)
    marked[tuple(width // 2 for width in kernel)] = 1
    assert fan.centre == marked.argmax() == centre


def test_kernel_of_another_size_than_the_receptive_field_is_refused():
    with pytest.raises(ShapeError, match="kernel must be a shape of 9 positions"):
        Fan(36, 36, 9, (3, 2))


def test_a_fraction_of_a_product_is_summed_only_where_a_row_is_longer():
    assert Fan(4 / 3, 4, 4, row=4).of("fan_avg") == (4 / 3 + 4) / 2
    assert Fan(4 / 3, 4, 4, row=4).matrix == (1, 4)
    with pytest.raises(ArgumentError, match="fan_in must be an integer from 1"):
        Fan(1.5, 4)
    with pytest.raises(ArgumentError, match="fan_in must be a finite number from 1"):
        Fan(0.5, 4, 4, row=4)
