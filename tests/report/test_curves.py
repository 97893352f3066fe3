"""The loss figure draws the cells' own numbers, and hides neither infinity nor divergence."""

from __future__ import annotations

import itertools
import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.text import Text  # an Annotation's own extent holds its thread too

from initlab.report import loss_figure
from initlab.report.curves import spread
from initlab.report.image import draw_file
from initlab.report.style import init_colour

from .making import (
    HE,
    STEPS,
    TEN,
    ZEROS,
    a_cell,
    a_diverged_cell,
    a_study,
    a_ten_cell,
    a_zeros_cell,
    three_starts,
)

COLOURS = [init_colour([ZEROS, TEN, HE], k) for k in range(3)]


def thick_lines(figure: Figure) -> dict[str, Any]:
    """Lines of the starts by colour."""
    lines = [line for line in figure.axes[0].lines if line.get_linewidth() == 1.6]
    return {
        line.get_color(): np.ma.filled(np.ma.masked_invalid(line.get_ydata()), np.nan)
        for line in lines
        if line.get_linestyle() != "None"
    }


def crosses(figure: Figure) -> list[tuple[float, float]]:
    return [
        point
        for line in figure.axes[0].lines
        if line.get_marker() == "x"
        for point in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]


def triangles(figure: Figure) -> list[list[float]]:
    marks = [c for c in figure.axes[0].collections if str(c.get_gid()).startswith("inf")]
    return [mark.get_offsets()[:, 0].tolist() for mark in marks]


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_with_one_seed_each_line_is_its_cells_curve():
    figure = loss_figure(a_study(), three_starts())
    drawn = thick_lines(figure)
    assert drawn[COLOURS[0]].tolist() == [math.log(2)] * 4
    assert drawn[COLOURS[2]].tolist() == a_cell().curve["train_loss"]


def test_an_infinite_loss_is_a_gap_in_the_line_and_a_triangle_at_its_step():
    figure = loss_figure(a_study(), three_starts())
    assert math.isnan(thick_lines(figure)[COLOURS[1]][0])
    assert thick_lines(figure)[COLOURS[1]][1:].tolist() == [20.0, 1.0, 0.5]
    assert triangles(figure) == [[0.0]]
    assert texts(figure).count("inf") == 1


def test_without_infinite_losses_nothing_is_marked():
    figure = loss_figure(a_study(inits=(ZEROS, HE)), [a_zeros_cell(), a_cell()])
    assert triangles(figure) == []
    assert "inf" not in texts(figure)


def test_with_several_seeds_the_line_is_the_median_and_the_band_the_quartiles():
    cells = [a_cell(seed=seed, losses=[1.0, 0.1 * seed + 0.1]) for seed in range(5)]
    figure = loss_figure(a_study(inits=(HE,), seeds=tuple(range(5))), cells)
    assert thick_lines(figure)[init_colour([HE], 0)] == pytest.approx([1.0, 0.3])
    band = figure.axes[0].collections[0].get_paths()[0].vertices
    at_end = band[band[:, 0] == STEPS[1], 1]
    assert (min(at_end), max(at_end)) == pytest.approx((0.2, 0.4))


def test_a_median_among_infinite_losses_is_no_number_between():
    cells = [a_ten_cell(seed) for seed in range(3)]
    cells[0] = a_cell(TEN, 0, losses=[1.0, 20.0, 1.0, 0.5])
    figure = loss_figure(a_study(inits=(TEN,), seeds=(0, 1, 2)), cells)
    assert math.isnan(thick_lines(figure)[init_colour([TEN], 0)][0])


def test_a_diverged_run_is_a_thin_line_that_ends_in_a_cross_at_its_step():
    cells = [a_zeros_cell(), a_diverged_cell(step=150), a_cell()]
    figure = loss_figure(a_study(), cells)
    assert crosses(figure) == [(150.0, 0.7)]
    thin = [line for line in figure.axes[0].lines if line.get_linewidth() == 0.7]
    assert [line.get_ydata().tolist() for line in map(_as_arrays, thin)] == [[0.9, 0.7]]
    assert f"{TEN}\n× diverged at step 150" in texts(figure)


def _as_arrays(line: Any) -> Any:
    line.set_ydata(np.asarray(line.get_ydata()))
    return line


def test_diverged_runs_do_not_move_the_median_of_the_finished():
    cells = [a_cell(seed=seed, losses=[1.0, 0.2]) for seed in range(3)]
    cells += [a_diverged_cell(HE, seed, losses=[1e6, 1e9]) for seed in (3, 4, 5, 6)]
    figure = loss_figure(a_study(inits=(HE,), seeds=tuple(range(7))), cells)
    assert thick_lines(figure)[init_colour([HE], 0)].tolist() == [1.0, 0.2]
    assert f"{HE}\n× 4/7 diverged" in texts(figure)


def test_a_run_that_diverged_before_any_finite_loss_is_still_marked():
    cell = a_diverged_cell(HE, losses=[], step=0)
    figure = loss_figure(a_study(inits=(HE,)), [cell])
    assert crosses(figure) == [(0.0, 1.0)]


def test_losses_far_apart_are_drawn_on_a_log_scale_and_close_ones_are_not():
    assert loss_figure(a_study(), three_starts()).axes[0].get_yscale() == "log"
    near = loss_figure(a_study(inits=(ZEROS,)), [a_zeros_cell()])
    assert near.axes[0].get_yscale() == "linear"


def test_a_loss_of_exactly_zero_is_drawn_without_a_warning():
    figure = loss_figure(a_study(inits=(HE,)), [a_cell(losses=[1.0, 0.05, 0.0, 0.0])])
    figure.draw_without_rendering()
    assert figure.axes[0].get_yscale() == "log"
    assert figure.axes[0].get_ylim()[0] > 0


def test_the_best_constant_answer_is_a_labelled_line_of_its_own_metric_alone():
    study = a_study(inits=(HE,), base_rates={"train_loss": 0.5, "test_accuracy": 0.6})
    ax = loss_figure(study, [a_cell(losses=[2.0, 0.05])]).axes[0]
    assert any(np.allclose(line.get_ydata(), 0.5) for line in ax.lines)
    assert not any(np.allclose(line.get_ydata(), math.log(2)) for line in ax.lines)
    assert "best constant prediction 0.5" in [text.get_text() for text in ax.texts]


@pytest.mark.parametrize(
    ("loss", "dims", "level"),
    [("binary_cross_entropy", (2, 1), math.log(2)), ("cross_entropy", (2, 4), math.log(4))],
)
def test_the_loss_of_a_blind_guess_is_a_reference_line(loss, dims, level):
    study = a_study(inits=(HE,), loss=loss, layer_dims=dims)
    cells = [a_cell(losses=[2.0, 0.05])]
    lines = loss_figure(study, cells).axes[0].lines
    assert any(np.allclose(line.get_ydata(), level) for line in lines)
    regression = a_study(inits=(HE,), loss="half_mean_squared_error")
    assert len(loss_figure(regression, cells).axes[0].lines) == 1


def test_names_at_the_right_do_not_touch_even_when_curves_end_together():
    names = tuple(f"normal(std={k})" for k in range(1, 9))
    cells = [a_cell(name, losses=[1.0, 0.05]) for name in names]
    figure = loss_figure(a_study(inits=names), cells)
    figure.draw_without_rendering()
    boxes = [Text.get_window_extent(t) for t in figure.axes[0].texts if t.get_text() in names]
    boxes.sort(key=lambda box: box.y0)
    assert len(boxes) == 8
    assert all(low.y1 <= high.y0 for low, high in itertools.pairwise(boxes))
    assert max(box.x1 for box in boxes) <= figure.bbox.x1


def test_names_at_the_right_stand_beside_the_axes_not_beside_the_ticks_below():
    names = tuple(f"normal(std={k})" for k in range(1, 6))
    cells = [a_cell(name, losses=[1.0, 0.05]) for name in names]
    figure = loss_figure(a_study(inits=names), cells)
    figure.draw_without_rendering()
    (ax,) = figure.axes
    boxes = [Text.get_window_extent(t) for t in ax.texts if t.get_text() in names]
    assert len(boxes) == 5
    assert min(box.y0 for box in boxes) >= ax.get_window_extent().y0 - 1


def test_the_callers_axes_are_drawn_in():
    ax = Figure().add_subplot()
    assert loss_figure(a_study(), three_starts(), ax=ax) is ax.figure
    assert len(ax.lines) > 2


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 0.3)), max_size=8))
def test_spread_labels_never_overlap_and_keep_their_order(labels):
    places, sizes = [place for place, _ in labels], [size for _, size in labels]
    for lowest in (-math.inf, 0.0):
        result = spread(places, sizes, lowest)
        order = sorted(range(len(labels)), key=lambda i: result[i])
        for low, high in itertools.pairwise(order):
            assert result[high] - result[low] >= (sizes[low] + sizes[high]) / 2 - 1e-9
            assert places[low] <= places[high]
        assert all(result[i] - sizes[i] / 2 >= lowest - 1e-9 for i in order)


def test_a_label_with_room_stays_at_its_place():
    assert spread([0.2, 0.8], [0.1, 0.1]) == pytest.approx([0.2, 0.8])


def batch_curve(init: str = HE, seed: int = 3, **changes: Any) -> Any:
    steps = list(range(250))
    losses = [3.0 - 0.01 * step for step in steps]
    cell = a_cell(init, seed, **changes)
    return cell.replace(curve={"step": steps, "train_loss": losses})


BATCHES = {"batch_size": 10, "record_every": 1, "steps": 250, "inits": (HE,)}


def test_first_hundred_batches_are_a_hundred_points_on_an_axis_of_their_own():
    cell = batch_curve()
    figure = loss_figure(a_study(**BATCHES), [cell], first=100)
    (line,) = [line for line in figure.axes[0].lines if line.get_linewidth() == 1.6]
    assert line.get_xdata().tolist() == list(range(100))
    assert line.get_ydata().tolist() == cell.curve["train_loss"][:100]
    assert figure.axes[0].get_xlim() == (-1.0, 100)
    assert figure.axes[0].get_title(loc="left") == (
        "training loss of the first 100 batches, seed 3"
    )


def test_beginning_of_a_study_without_batches_counts_steps():
    figure = loss_figure(a_study(), three_starts(), first=200)
    assert figure.axes[0].get_title(loc="left") == "training loss of the first 200 steps, seed 3"
    assert {len(y) for y in thick_lines(figure).values()} == {2}


def test_beginning_that_is_longer_than_the_study_is_the_whole_study():
    figure = loss_figure(a_study(**BATCHES), [batch_curve()], first=1000)
    assert "first 250 batches" in figure.axes[0].get_title(loc="left")
    assert figure.axes[0].get_xlim()[1] == 250


@pytest.mark.parametrize(("step", "marks"), [(150, 0), (99, 1)])
def test_run_that_diverged_after_the_beginning_is_whole_in_it(step, marks):
    points = list(range(step))
    lost = a_diverged_cell(HE, seed=4, step=step)
    lost = lost.replace(curve={"step": points, "train_loss": [9.0] * step})
    figure = loss_figure(a_study(**BATCHES, seeds=(3, 4)), [batch_curve(), lost], first=100)
    assert len(crosses(figure)) == marks
    assert any("diverged" in text for text in texts(figure)) == bool(marks)
    bands = [c for c in figure.axes[0].collections if c.get_gid() is None]
    assert len(bands) == 1 - marks  # two runs have quartiles, one is a line


def is_heading(artist: Any) -> bool:
    return isinstance(artist, Text) and artist.get_text().startswith("training loss of")


def test_long_title_is_broken_where_it_would_leave_the_figure():
    study = a_study(**BATCHES, seeds=tuple(range(100, 130, 2)))
    figure = loss_figure(study, [batch_curve(seed=seed) for seed in study.seeds], first=100)
    heading = next(t for t in figure.axes[0].get_children() if is_heading(t))
    assert max(map(len, heading.get_text().split("\n"))) <= 72
    figure.draw_without_rendering()
    extent = heading.get_window_extent()
    assert extent.x1 < figure.bbox.x1


@pytest.mark.parametrize("steps", [range(250), (0, 150, 151, 249)])  # also between two points
def test_text_at_the_reference_line_keeps_clear_of_the_curves(steps):
    near = [math.log(2) * (1.08 if step > 150 else 4.0) for step in steps]
    cell = batch_curve().replace(curve={"step": list(steps), "train_loss": near})
    (note,) = [
        text for text in loss_figure(a_study(**BATCHES), [cell]).axes[0].texts
        if text.get_text() == "random guessing 0.693"
    ]  # fmt: skip
    assert note.xy[0] == 0.99
    assert note.get_va() == "top"  # the curve runs above the line there


@pytest.mark.parametrize("scale", [1e150, 1e299, -1e299])
def test_a_run_that_diverged_far_away_leaves_room_for_the_axes(scale):
    """Its last score lies outside the axes; the mark stands at their edge."""
    cells = [a_zeros_cell(), a_diverged_cell(losses=[0.9, scale])]
    column = "train_loss"
    if scale < 0:
        column = "train_accuracy"
        curves = [
            {"step": STEPS[:2], column: [0.5, 0.6]},
            {"step": STEPS[:2], column: [0.1, scale]},
        ]
        cells = [cell.replace(curve=curve) for cell, curve in zip(cells, curves, strict=True)]
    study = a_study(inits=(ZEROS, TEN))
    figure = loss_figure(study, cells, column=column)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw_file(figure, ".png")
    ((step, mark),) = crosses(figure)
    low, high = figure.axes[0].get_ylim()
    assert step == 150
    assert mark in (low, high) or mark == scale < high
