"""The boundary figure shows what the network predicts, and says which seed it shows."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from matplotlib.figure import Figure

from initlab.datasets import Dataset, InMemory
from initlab.errors import ArgumentError
from initlab.report import boundary_figure, median_cell
from initlab.report.boundaries import answer, answers, class_probabilities, colours
from initlab.report.points import limits

from .making import (
    HE,
    TEN,
    ZEROS,
    a_cell,
    a_diverged_cell,
    a_study,
    a_zeros_cell,
    many_seeds,
    some_data,
    three_starts,
    upright,
)


def contours(ax) -> list[np.ndarray]:
    from matplotlib.contour import QuadContourSet

    sets = [c for c in ax.collections if isinstance(c, QuadContourSet)]
    return [path.vertices for one in sets for path in one.get_paths() if len(path.vertices)]


def words(figure: Figure) -> str:
    return "\n".join(text.get_text() for ax in figure.axes for text in [*ax.texts, ax.title,
                     *(ax._left_title,)])  # fmt: skip


def test_the_boundary_lies_where_the_output_is_one_half():
    data = some_data()
    cell = a_cell(parameters=upright(8.0, at=0.31))
    figure = boundary_figure(a_study(inits=(HE,)), [cell], data)
    for ax in figure.axes:
        vertices = np.vstack(contours(ax))
        assert vertices[:, 0] == pytest.approx(0.31, abs=0.005)
        assert np.ptp(vertices[:, 1]) > 2


def test_train_and_test_points_are_drawn_one_artist_per_class():
    data = some_data()
    figure = boundary_figure(a_study(inits=(HE,)), [a_cell()], data)
    for ax, x, y in zip(
        figure.axes, (data.x_train, data.x_test), (data.y_train, data.y_test), strict=True
    ):
        drawn = {c.get_label(): np.asarray(c.get_offsets()) for c in ax.collections[-2:]}
        assert set(drawn) == set(data.classes)
        for k, name in enumerate(data.classes):
            assert np.array_equal(drawn[name], x[y == k])


def test_a_validation_part_is_called_by_its_name_and_shows_its_accuracy():
    data = dataclasses.replace(some_data(), held_out="validation")
    cell = a_cell(metrics={**a_cell().metrics, "validation_accuracy": 0.625})
    left = boundary_figure(a_study(inits=(HE,)), [cell], data).axes
    assert left[1].get_ylabel().startswith("validation, 20 points\n")
    assert "validation accuracy 62.5 %" in words(left[1].figure)


def test_dark_rims_are_exactly_the_wrong_predictions():
    data = some_data()
    figure = boundary_figure(a_study(inits=(HE,)), [a_cell(parameters=upright(8.0))], data)
    for k, artist in enumerate(figure.axes[0].collections[-2:]):
        dark = artist.get_edgecolors()[:, 0] == 0
        x1 = data.x_train[data.y_train == k, 0]
        assert np.array_equal(dark, (x1 > 0) != (k == 1))


@pytest.mark.parametrize(("bias", "name"), [(0.0, "0, outer circle"), (0.9, "1, inner circle")])
def test_a_constant_output_has_no_contour_no_warning_and_says_so(bias, name):
    cell = a_cell(ZEROS, parameters={**upright(0.0), "b1": np.array([[bias]])})
    figure = boundary_figure(a_study(inits=(ZEROS,)), [cell], some_data())
    figure.draw_without_rendering()
    assert all(contours(ax) == [] for ax in figure.axes)
    assert words(figure).count(f"predicted everywhere: {name}") == 1


def test_no_text_lies_over_the_points():
    figure = boundary_figure(a_study(inits=(ZEROS,)), [a_zeros_cell()], some_data())
    figure.draw_without_rendering()
    assert "predicted everywhere" in words(figure)
    for ax in figure.axes:
        inside = ax.get_window_extent()
        assert not any(inside.overlaps(text.get_window_extent()) for text in ax.texts)


def test_an_output_of_exactly_one_half_predicts_the_first_class_and_is_white():
    field = answers(a_study(), a_zeros_cell(), some_data())
    assert not answer(field).any()
    assert np.all(colours(field) == 1.0)


def test_a_sure_prediction_is_darker_than_an_unsure_one():
    field = answers(a_study(), a_cell(parameters=upright(3.0)), some_data())
    row = colours(field)[0].sum(axis=1)
    middle = int(np.argmin(np.abs(np.linspace(*limits(some_data())[0], len(row)))))
    assert row[middle] > row[0]
    assert row[middle] > row[-1]
    assert row[-1] < row[3 * len(row) // 4]


def test_the_seed_shown_is_the_median_one_and_named():
    cells = [a_cell(seed=seed, accuracy=score) for seed, score in enumerate((1.0, 0.5, 0.8))]
    figure = boundary_figure(a_study(inits=(HE,), seeds=(0, 1, 2)), cells, some_data())
    assert "seed 2, the median of 3 runs" in words(figure)
    assert "test accuracy 80.0 %" in words(figure)


@pytest.mark.parametrize("order", [1, -1])
def test_the_median_does_not_depend_on_the_order_of_the_cells(order):
    cells = [a_cell(seed=seed, accuracy=0.9) for seed in range(4)][::order]
    chosen = median_cell(cells, "test_accuracy")
    assert chosen is not None
    assert chosen.seed == 1


def test_diverged_runs_and_runs_without_parameters_are_never_the_median():
    cells = [a_diverged_cell(seed=0), a_cell(seed=1).replace(parameters=None)]
    assert median_cell(cells, "test_accuracy") is None
    chosen = median_cell([*cells, a_cell(seed=2, accuracy=0.1)], "test_accuracy")
    assert chosen is not None
    assert chosen.seed == 2


def test_a_start_whose_every_run_diverged_says_so_in_its_empty_panels():
    cells = [a_zeros_cell(), a_diverged_cell(step=7), a_cell()]
    text = words(boundary_figure(a_study(), cells, some_data()))
    assert text.count("diverged at step 7:\nW1.grad became NaN or infinite") == 2
    several = [a_diverged_cell(HE, seed) for seed in range(3)]
    text = words(boundary_figure(a_study(inits=(HE,), seeds=(0, 1, 2)), several, some_data()))
    assert text.count("3 of 3 runs diverged") == 2


def test_each_start_has_its_own_column_of_train_and_test():
    figure = boundary_figure(a_study(), three_starts(), some_data())
    figure.draw_without_rendering()
    assert len(figure.axes) == 6
    boxes = [ax.get_position() for ax in figure.axes]
    assert {round(box.x0, 3) for box in boxes} == {round(boxes[k].x0, 3) for k in range(3)}
    assert words(figure).index(ZEROS) < words(figure).index(TEN) < words(figure).index(HE)


def test_more_starts_than_columns_go_to_another_band_and_no_text_leaves_the_figure():
    names = (*(f"uniform(high={k})" for k in range(4)), "truncated_normal_uncorrected(std=0.01)")
    cells = [a_cell(name) for name in names]
    figure = boundary_figure(a_study(inits=names), cells, some_data())
    figure.draw_without_rendering()
    assert len(figure.axes) == 10
    for ax in figure.axes:
        assert ax.get_window_extent().width > 150
        for text in ax.texts:
            box = text.get_window_extent()
            assert box.x0 >= 0
            assert box.x1 <= figure.bbox.x1
            assert box.y1 <= figure.bbox.y1


def test_three_classes_have_three_regions():
    turn = np.linspace(0, 2 * np.pi, 30, endpoint=False)
    x = np.column_stack([np.cos(turn), np.sin(turn)])
    y = np.repeat([0.0, 1.0, 2.0], 10)
    data = Dataset("three", InMemory(x, y), InMemory(x, y), classes=("a", "b", "c"))
    study = a_study(inits=(HE,), layer_dims=(2, 3), loss="cross_entropy")
    towards = np.array([x[y == k].mean(axis=0) for k in range(3)])
    cell = a_cell(parameters={"W1": 5 * towards, "b1": np.zeros((3, 1))})
    assert np.array_equal(class_probabilities(study, cell, x).argmax(axis=0), y)
    figure = boundary_figure(study, [cell], data)
    figure.draw_without_rendering()
    assert len(figure.axes[0].collections[-3:]) == 3
    assert contours(figure.axes[0])


def test_data_of_another_shape_is_refused():
    data = some_data()
    wide = dataclasses.replace(data, train=InMemory(np.ones((60, 3)), data.y_train))
    with pytest.raises(ArgumentError, match="labelled points with two features"):
        boundary_figure(a_study(), three_starts(), wide)
    with pytest.raises(ArgumentError, match="labelled points with two features"):
        boundary_figure(a_study(), three_starts(), dataclasses.replace(data, classes=()))


def test_the_callers_axes_are_used_and_counted():
    axes = Figure().subplots(2, 3)
    assert boundary_figure(a_study(), three_starts(), some_data(), axes=axes) is axes[0, 0].figure
    assert axes[0, 2].images
    with pytest.raises(ArgumentError, match="axes must be 6 axes; got '2 axes'"):
        boundary_figure(a_study(), three_starts(), some_data(), axes=axes[0, :2])


def test_many_seeds_cost_one_panel_pair_per_start():
    figure = boundary_figure(a_study(seeds=tuple(range(6))), many_seeds(), some_data())
    assert len(figure.axes) == 6


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_legend_lies_within_the_figure(count):
    inits = (HE, ZEROS, TEN)[:count]
    cells = [a_cell().replace(init=init) for init in inits]
    figure = boundary_figure(a_study(inits=inits), cells, some_data())
    figure.canvas.draw()
    (legend,) = figure.legends
    box = legend.get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.width
