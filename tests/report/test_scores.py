"""The score figure shows every seed, so that a lucky one is seen to be one."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from initlab.analysis.summary import summarize
from initlab.report import score_figure

from .making import HE, TEN, ZEROS, a_cell, a_diverged_cell, a_study, many_seeds

SEEDS = tuple(range(6))


def dots(figure) -> list[np.ndarray]:
    return [np.asarray(c.get_offsets()) for c in figure.axes[0].collections]


def row_texts(figure) -> list[str]:
    return [t.get_text() for t in figure.axes[0].texts if t.get_position()[0] == 1.03]


def diamonds(figure) -> list[float]:
    return [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() == "D"]


def bars(figure) -> list[tuple[float, float]]:
    lines = [line for line in figure.axes[0].lines if line.get_linewidth() == 2.0]
    return [tuple(line.get_xdata()) for line in lines if line.get_marker() == "None"]


def test_there_is_one_dot_per_finished_seed_at_its_score():
    cells = many_seeds()
    figure = score_figure(a_study(seeds=SEEDS), cells)
    for drawn, init in zip(dots(figure), (ZEROS, TEN, HE), strict=True):
        scores = sorted(c.metrics["test_accuracy"] for c in cells if c.init == init)
        assert drawn[:, 0].tolist() == scores


def test_equal_scores_stand_apart_within_their_row():
    drawn = dots(score_figure(a_study(seeds=SEEDS), many_seeds()))[0]
    assert len(set(drawn[:, 1])) == 6
    assert np.all(np.abs(drawn[:, 1]) < 0.3)


def test_diamond_and_bar_are_the_median_and_its_interval():
    cells = many_seeds()
    figure = score_figure(a_study(seeds=SEEDS), cells)
    he = [c.metrics["test_accuracy"] for c in cells if c.init == HE]
    assert diamonds(figure)[2] == pytest.approx(float(np.median(he)))
    assert bars(figure)[2] == (min(he), max(he))  # of 6 seeds, the extremes


def test_below_six_seeds_there_is_no_bar():
    figure = score_figure(a_study(seeds=tuple(range(5))), many_seeds(5))
    assert bars(figure) == []
    assert len(diamonds(figure)) == 3


def test_the_median_counts_a_diverged_run_as_worst():
    cells = [a_cell(HE, seed, 0.9 - seed / 100) for seed in range(5)] + [a_diverged_cell(HE, 5)]
    figure = score_figure(a_study(inits=(HE,), seeds=SEEDS), cells)
    assert diamonds(figure) == [pytest.approx(0.875)]
    assert bars(figure)[0][0] == pytest.approx(figure.axes[0].get_xlim()[0])  # beyond the axes


@pytest.mark.parametrize("lost", [math.nan, -math.inf])
def test_the_figure_has_the_median_of_the_summary_where_a_finished_run_has_no_score(lost):
    scores = [*(0.9 - seed / 100 for seed in range(6)), lost, lost]
    cells = [a_cell(HE, seed, score) for seed, score in enumerate(scores)] + [
        a_diverged_cell(HE, 8)
    ]
    study = a_study(inits=(HE,), seeds=tuple(range(9)))
    figure = score_figure(study, cells)
    (start,) = summarize(study, cells)
    assert diamonds(figure) == [start.metrics["test_accuracy"].median] == [pytest.approx(0.86)]
    assert row_texts(figure)[0].endswith("1/9 diverged\n2/9 without a score")


@pytest.mark.parametrize(("base", "text"), [(0.7, ""), (0.1, "← ")])
def test_the_best_constant_answer_is_labelled_within_the_axes_or_at_their_edge(base, text):
    study = a_study(seeds=SEEDS, base_rates={"test_accuracy": base})
    figure = score_figure(study, many_seeds())
    figure.draw_without_rendering()
    (label,) = [one for one in figure.axes[0].texts if "constant" in one.get_text()]
    assert label.get_text() == f"{text}best constant prediction {100 * base:.1f} %"
    lines = [line for line in figure.axes[0].lines if list(line.get_xdata()) == [base, base]]
    assert len(lines) == (not text)
    assert label.get_window_extent().x0 >= 0


def test_the_worst_seed_is_named_beside_the_best_score():
    text = row_texts(score_figure(a_study(seeds=SEEDS), many_seeds()))
    assert "worst 60.0 % (seed 0), best 85.0 %" in text[1]
    assert "worst 94.0 % (seed 5), best 99.0 %" in text[2]
    assert "all 6 scores are equal" in text[0]


def test_for_a_loss_the_worst_is_the_largest_and_infinity_is_marked_at_the_edge():
    cells = [a_cell(seed=seed) for seed in range(5)]
    for cell, loss in zip(cells, (0.1, 0.2, 0.3, 0.4, math.inf), strict=True):
        cell.metrics["test_loss"] = loss
    figure = score_figure(a_study(inits=(HE,), seeds=tuple(range(5))), cells, metric="test_loss")
    figure.draw_without_rendering()
    assert dots(figure)[0][:, 0].tolist() == [0.1, 0.2, 0.3, 0.4]
    assert [line.get_marker() for line in figure.axes[0].lines].count(">") == 1
    assert "worst inf (seed 4), best 0.1" in row_texts(figure)[0]


def test_diverged_runs_are_counted_and_have_no_dot():
    cells = [a_cell(seed=0), a_diverged_cell(HE, 1), a_diverged_cell(HE, 2)]
    figure = score_figure(a_study(inits=(HE,), seeds=(0, 1, 2)), cells)
    assert len(dots(figure)[0]) == 1
    assert row_texts(figure)[0].endswith("2/3 diverged")


def test_a_start_whose_every_run_diverged_shows_its_count_alone():
    cells = [a_diverged_cell(HE, seed) for seed in (0, 1)]
    figure = score_figure(a_study(inits=(HE,), seeds=(0, 1)), cells)
    figure.draw_without_rendering()
    assert row_texts(figure) == ["2/2 diverged"]


@pytest.mark.parametrize("count", [1, 12])
def test_no_text_leaves_the_figure_or_touches_its_neighbour(count):
    names = tuple(f"truncated_normal(std=0.0{k})" for k in range(count))
    cells = [a_cell(name, seed, 0.5 + 0.07 * seed) for name in names for seed in SEEDS]
    figure = score_figure(a_study(inits=names, seeds=SEEDS), cells)
    figure.draw_without_rendering()
    ax = figure.axes[0]
    boxes = [text.get_window_extent() for text in [*ax.texts, *ax.get_yticklabels()]]
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 and box.y0 >= 0 for box in boxes)
    rows = sorted((t.get_window_extent() for t in ax.texts if t.get_position()[0] == 1.03),
                  key=lambda box: box.y0)  # fmt: skip
    assert all(low.y1 <= high.y0 for low, high in itertools.pairwise(rows))
