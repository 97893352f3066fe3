"""The image figure shows the first training images, each under its own class's name."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from matplotlib.figure import Figure

from initlab.datasets import Dataset, InMemory
from initlab.errors import ArgumentError
from initlab.report.images import COUNT, image_figure

from .making import some_data

CLASSES = ("coat", "bag", "a very long class name")


def some_images(n=30):
    x = np.random.default_rng(0).random((n, 12)).astype(np.float32)
    y = np.arange(n) % 3
    return Dataset(
        "made", InMemory(x, y), InMemory(x[:3], y[:3]), classes=CLASSES, image_shape=(4, 3)
    )


def test_twenty_images_are_drawn_in_order_with_their_own_pixels_and_names():
    data = some_images()
    axes = image_figure(data).axes
    assert len(axes) == COUNT
    names = ["coat", "bag", "a very lon…"]
    for k, ax in enumerate(axes):
        (picture,) = ax.images
        assert np.array_equal(picture.get_array(), data.x_train[k].reshape(4, 3))
        assert ax.get_title() == names[k % 3]


def test_images_that_are_not_flat_give_the_same_figure():
    data = some_images()
    shaped = dataclasses.replace(data, train=InMemory(data.x_train.reshape(-1, 4, 3), data.y_train))
    for flat, one in zip(image_figure(data).axes, image_figure(shaped).axes, strict=True):
        assert np.array_equal(flat.images[0].get_array(), one.images[0].get_array())


def test_one_scale_of_grey_from_0_to_1_for_all_images():
    data = some_images()
    dark = dataclasses.replace(data, train=InMemory(data.x_train * 0.1, data.y_train))
    assert {ax.images[0].get_clim() for ax in image_figure(dark).axes} == {(0.0, 1.0)}


def test_the_title_counts_and_names_do_not_overlap_their_neighbours():
    figure = image_figure(some_images())
    assert figure.get_suptitle() == "made, 20 of 30 training images"
    figure.draw_without_rendering()
    boxes = [ax.title.get_window_extent() for ax in figure.axes[:10]]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


@pytest.mark.parametrize("n", [1, 10, 13])
def test_fewer_images_give_fewer_axes(n):
    assert len(image_figure(some_images(n)).axes) == n


def test_the_callers_axes_are_drawn_in_and_other_data_is_refused():
    axes = Figure().subplots(4, 5)
    assert image_figure(some_images(), axes=axes) is axes[0, 0].figure
    assert all(ax.images for ax in axes.flat)
    with pytest.raises(ArgumentError, match="axes must be 20 axes"):
        image_figure(some_images(), axes=axes[0])
    with pytest.raises(ArgumentError, match="images with classes"):
        image_figure(some_data())
