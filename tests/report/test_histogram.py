"""The histogram of draws has the exact density over it, on the same scale."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import pytest
from matplotlib.figure import Figure

from initlab.errors import ArgumentError
from initlab.report import histogram
from initlab.report.histogram import split_atoms


@dataclass(frozen=True)
class Bell:
    mean: float = 0.0
    std: float = 0.1

    def density(self, x):
        z = (np.asarray(x) - self.mean) / self.std
        return np.exp(-0.5 * z**2) / (self.std * math.sqrt(2 * math.pi))


@dataclass(frozen=True)
class Atoms:
    mean: float = 0.5
    std: float = 0.0

    def density(self, x):
        return None


def drawn(n: int = 20000) -> np.ndarray:
    return np.random.default_rng(0).normal(0.0, 0.1, size=n)


def bars_of(figure: Figure):
    (patch,) = figure.axes[0].patches
    return patch.get_data()


def test_the_bars_are_a_density_with_area_one():
    data = bars_of(histogram(drawn(), Bell()))
    assert np.sum(data.values * np.diff(data.edges)) == pytest.approx(1.0)


@pytest.mark.parametrize("exponent", [0, 300])
def test_no_label_lies_on_another(exponent):
    figure = histogram(drawn(200_704) * 10.0**exponent, Bell(std=0.1 * 10.0**exponent))
    (ax,) = figure.axes
    figure.draw_without_rendering()
    ticks = [one for one in ax.get_xticklabels() if one.get_text()]
    texts = [ax.get_legend(), ax.xaxis.label, *ax.texts, *ticks]
    boxes = [text.get_window_extent() for text in texts]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))


def test_the_bars_follow_the_density_and_not_another_one():
    figure = histogram(drawn(200_000), Bell())
    data = bars_of(figure)
    middles = (data.edges[:-1] + data.edges[1:]) / 2
    assert np.max(np.abs(data.values - Bell().density(middles))) < 0.1
    assert np.max(np.abs(data.values - Bell(std=0.11).density(middles))) > 0.3


def test_the_curve_is_the_distributions_exact_density():
    (line,) = histogram(drawn(), Bell(0.0, 0.1)).axes[0].lines
    assert np.allclose(line.get_ydata(), Bell(0.0, 0.1).density(line.get_xdata()))


def test_the_caption_gives_the_count_and_both_sets_of_moments():
    figure = histogram(np.array([[0.0, 1.0], [2.0, 5.0]]), Bell(mean=1.5, std=2.0), title="mine")
    assert figure.axes[0].get_title(loc="left") == "mine"
    text = "\n".join(t.get_text() for t in figure.axes[0].texts)
    assert "4 entries · mean 2 (exact 1.5) · std 1.871 (exact 2)" in text


def test_a_constant_distribution_is_a_single_spike():
    figure = histogram(np.full((4, 2), 0.5), Atoms())
    figure.draw_without_rendering()
    assert len(figure.axes[0].patches) == 0
    assert [line.get_xdata().tolist() for line in map(_arrays, figure.axes[0].lines)] == [[0.5] * 2]
    assert "100 % are exactly 0.5" in [t.get_text() for t in figure.axes[0].texts]


def _arrays(line):
    line.set_xdata(np.asarray(line.get_xdata()))
    return line


def test_the_zeros_of_a_sparse_weight_are_a_spike_and_the_rest_keep_their_area():
    values = np.concatenate([np.zeros(3000), drawn(1000)])
    figure = histogram(values, Atoms())
    data = bars_of(figure)
    assert np.sum(data.values * np.diff(data.edges)) == pytest.approx(0.25)
    assert "75 % are exactly 0" in [t.get_text() for t in figure.axes[0].texts]


def test_atoms_are_told_from_continuous_values():
    atoms, shares, rest = split_atoms(np.array([1.0, 0.0, 0.0, 1.0, 0.0]))
    assert atoms.tolist() == [0.0, 1.0]
    assert shares.tolist() == [0.6, 0.4]
    assert rest.size == 0
    assert split_atoms(drawn(5000))[0].size == 0


def test_one_entry_is_drawn_as_what_it_is():
    figure = histogram([0.25], Bell())
    figure.draw_without_rendering()
    assert "1 entry · mean 0.25" in figure.axes[0].texts[-1].get_text()


@pytest.mark.parametrize("values", [[], [math.nan], [0.0, math.inf]])
def test_no_entries_or_entries_that_are_not_finite_are_refused(values):
    with pytest.raises(ArgumentError, match="values must be one or more finite numbers"):
        histogram(values, Bell())


def test_the_callers_axes_are_drawn_in():
    ax = Figure().add_subplot()
    assert histogram(drawn(100), Bell(), ax=ax) is ax.figure
