"""The data figure shows every point once, in its class's colour."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from initlab.datasets import InMemory
from initlab.errors import ArgumentError
from initlab.report import data_figure
from initlab.report.points import MOST_POINTS
from initlab.report.style import CLASS_COLOURS

from .making import some_data


def test_each_class_is_one_artist_with_its_own_points_and_colour():
    data = some_data()
    figure = data_figure(data)
    for ax, x, y in zip(
        figure.axes, (data.x_train, data.x_test), (data.y_train, data.y_test), strict=True
    ):
        assert [artist.get_label() for artist in ax.collections] == list(data.classes)
        for k, artist in enumerate(ax.collections):
            assert np.array_equal(artist.get_offsets(), x[y == k])
            assert to_hex(artist.get_facecolors()[0]).upper() == CLASS_COLOURS[k]


def test_the_legend_names_the_classes_and_titles_count_the_points():
    figure = data_figure(some_data())
    assert [t.get_text() for t in figure.legends[0].get_texts()] == list(some_data().classes)
    assert [ax.get_title(loc="left") for ax in figure.axes] == [
        "training, 60 points",
        "test, 20 points",
    ]


def test_train_and_test_share_limits_that_hold_every_point():
    data = some_data()
    data = dataclasses.replace(data, train=InMemory(2 * data.x_train, data.y_train))
    left, right = data_figure(data).axes
    assert left.get_xlim() == right.get_xlim()
    points = np.vstack([data.x_train, data.x_test])
    assert left.get_xlim()[0] < points[:, 0].min() < points[:, 0].max() < left.get_xlim()[1]
    assert left.get_ylim()[0] < points[:, 1].min() < points[:, 1].max() < left.get_ylim()[1]


def test_a_class_name_is_shown_as_it_is_spelt():
    data = dataclasses.replace(some_data(), classes=("_hidden", r"$x^2$ \ y"))
    figure = data_figure(data)
    figure.draw_without_rendering()
    shown = [t.get_text() for t in figure.legends[0].get_texts()]
    assert shown == [" _hidden", r"\$x^2\$ \ y"]


def test_a_class_without_points_draws_nothing_and_does_not_fail():
    data = dataclasses.replace(some_data(), test=InMemory(some_data().x_test, np.zeros(20)))
    figure = data_figure(data)
    figure.draw_without_rendering()
    assert len(figure.axes[1].collections[1].get_offsets()) == 0


def test_of_very_many_points_the_first_are_drawn_and_the_title_says_so():
    data = some_data()
    many = dataclasses.replace(data, train=data.train.chosen(np.tile(np.arange(60), 50)))
    figure = data_figure(many)
    drawn = sum(len(artist.get_offsets()) for artist in figure.axes[0].collections)
    assert drawn == MOST_POINTS
    assert figure.axes[0].get_title(loc="left") == "training, 3,000 points (first 2,000 shown)"


def test_a_constant_feature_does_not_collapse_the_axes():
    data = some_data()
    train, test = (InMemory(one.x * [1, 0], one.y) for one in (data.train, data.test))
    flat = dataclasses.replace(data, train=train, test=test)
    low, high = data_figure(flat).axes[0].get_ylim()
    assert low < 0 < high


def test_the_callers_axes_are_drawn_in_and_other_data_is_refused():
    axes = Figure().subplots(1, 2)
    assert data_figure(some_data(), axes=axes) is axes[0].figure
    assert axes[1].collections
    with pytest.raises(ArgumentError, match="two features"):
        data_figure(dataclasses.replace(some_data(), classes=()))


def test_a_validation_part_is_called_by_its_name():
    figure = data_figure(dataclasses.replace(some_data(), held_out="validation"))
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles == ["training, 60 points", "validation, 20 points"]
