"""Signals against depth: a line per init, bands over the seeds, rings where something was found."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.report import pictures
from initlab.report.depth import depths_figure

from .making import HE, ZEROS, a_cell, a_diagnosis, a_record, a_study


def a_deep_record(scales=(1.0, 3.0), **changes):
    study = a_study(inits=(ZEROS, HE), seeds=tuple(range(len(scales))))
    cells = [a_cell(init, k, diagnosis=a_diagnosis(4, scale, **changes))
             for init in study.inits for k, scale in enumerate(scales)]  # fmt: skip
    return a_record(study, cells)


def test_each_init_has_a_line_of_means_with_its_range_in_every_panel():
    figure = depths_figure(a_deep_record())
    assert [ax.get_ylabel()[:2] for ax in figure.axes] == ["q:", "g:", "va"]
    ax = figure.axes[0]
    assert ax.get_yscale() == "log"
    assert len(ax.lines) == 2
    assert ax.lines[0].get_ydata() == pytest.approx([2.0, 0.2, 0.02, 0.002])
    band = np.asarray(ax.collections[0].get_paths()[0].vertices)
    assert (band[:, 1].min(), band[:, 1].max()) == pytest.approx((1e-3, 3.0))
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [ZEROS, HE]


def test_an_axis_of_few_powers_of_ten_has_the_numbers_of_the_tables():
    figure = depths_figure(a_deep_record())
    figure.canvas.draw()
    for ax in figure.axes:
        words = [one.get_text() for one in ax.get_yticklabels() + ax.get_yticklabels(minor=True)]
        low, high = ax.get_ylim()
        assert any("times" in one or "10^" in one for one in words) == (high / low > 1e4)
        assert any(words)


def test_layers_that_a_finding_names_are_ringed():
    ax = depths_figure(a_deep_record()).axes[0]
    rings = [
        one for one in ax.collections if len(one.get_facecolor()) == 0 and len(one.get_offsets())
    ]
    assert [one.get_offsets()[:, 0].tolist() for one in rings] == [[1.0], [1.0]]
    none = depths_figure(a_deep_record(findings=())).axes[0]
    assert len(none.collections) == len(ax.collections) - 2


def test_values_of_0_and_unknown_ones_are_left_out():
    record = a_deep_record(q=(1.0, 0.0, None, 0.5), g=(0.0,) * 4)
    figure = depths_figure(record)
    assert len(figure.axes) == 2
    assert figure.axes[0].lines[0].get_xdata().tolist() == [0.0, 3.0]


def test_the_report_has_the_figure_where_layers_were_measured():
    assert "depth" in [one.name for one in pictures(a_deep_record())]
    assert "depth" not in [one.name for one in pictures(a_record())]
