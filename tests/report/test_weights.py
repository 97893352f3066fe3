"""The weight histograms hold every weight, drawn again and trained, on scales that show both."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.patches import StepPatch

from initlab.errors import ArgumentError
from initlab.initialization import draw_network
from initlab.report import weight_figure
from initlab.report.weights import TAIL, drawn_layers, initial_parameters, shown_range

from .making import HE, TEN, a_cell, a_diverged_cell, a_study

DIMS = (6, 40, 30, 3)


def wide_study(**changes):
    settings = {"layer_dims": DIMS, "loss": "cross_entropy", "inits": (HE,), "dtype": "float32"}
    return a_study(**{**settings, **changes})


def trained(init=HE, seed=3, times=3.0, dims=DIMS, **changes):
    start = draw_network(init, dims, seed=seed, stream="course", dtype="float32")
    parameters = {name: times * weight for name, weight in start.items()}
    return a_cell(init, seed, parameters=parameters, **changes)


def steps(ax, when):
    return [p.get_data() for p in ax.patches if isinstance(p, StepPatch) and p.get_gid() == when]


def spikes(ax):
    return [line.get_xydata().tolist() for line in ax.lines if line.get_gid() == "spike"]


def std_words(ax):
    (words,) = [text.get_text() for text in ax.texts if text.get_text().startswith("std")]
    return words


def test_bars_are_numpys_counts_of_the_start_and_of_the_trained_weights():
    cell = trained()
    for layer, ax in enumerate(weight_figure(wide_study(), [cell]).axes, start=1):
        name = f"W{layer}"
        before = draw_network(HE, DIMS, seed=3, stream="course", dtype="float32")[name]
        (first,), (last,) = steps(ax, "before"), steps(ax, "after")
        counts = [
            np.histogram(weights.astype(float), bins=first.edges)[0]
            for weights in (before, cell.parameters[name])
        ]
        highest = max(map(np.max, counts))
        assert first.values * highest == pytest.approx(counts[0], abs=1e-9)
        assert last.values * highest == pytest.approx(counts[1], abs=1e-9)
        assert counts[0].sum() == before.size  # a tripled std leaves no start outside
        assert counts[1].sum() >= (1 - 4 * TAIL) * before.size - 2


def test_start_is_drawn_as_the_study_drew_it():
    study = wide_study(stream="default", bias_init="normal(std=1)")
    start = initial_parameters(study, trained(seed=7))
    expected = draw_network(
        HE, DIMS, seed=7, stream="default", bias_init="normal(std=1)", dtype="float32"
    )
    assert start.keys() == expected.keys()
    assert all(np.array_equal(start[name], expected[name]) for name in expected)
    assert start["W1"].dtype == np.float32


def test_stds_before_and_after_are_written_over_each_panel():
    cell = trained()
    axes = weight_figure(wide_study(), [cell]).axes
    for layer, ax in enumerate(axes, start=1):
        after = float(np.std(cell.parameters[f"W{layer}"], dtype=np.float64))
        before, then = std_words(ax).removeprefix("std ").split(" → ")
        assert float(then) == pytest.approx(after, rel=0.006)
        assert float(before) == pytest.approx(after / 3, rel=0.006)


def test_constants_are_spikes_and_the_spread_they_become_a_histogram():
    rng = np.random.default_rng(0)
    one = {name: 1 + 0.1 * w for name, w in draw_network(HE, DIMS, seed=0).items()}
    one["W3"] = np.where(rng.random((3, 30)) < 0.4, 1.0, one["W3"])
    study = wide_study(inits=("ones",))
    axes = weight_figure(study, [a_cell("ones", parameters=one)]).axes
    for ax in axes[:2]:
        assert spikes(ax) == [[[1.0, 0.0], [1.0, 1.0]]]
        assert not steps(ax, "before")
        assert len(steps(ax, "after")) == 1
        assert std_words(ax).startswith("std 0 (all 1) → ")
        low, high = ax.get_xlim()
        assert low < 1.0 < high
    share = float(np.mean(one["W3"] == 1))
    assert spikes(axes[2]) == [[[1.0, 0.0], [1.0, 1.0]], [[1.0, 0.0], [1.0, share]]]


def test_weights_that_never_moved_are_two_spikes_in_one_place():
    zeros = draw_network("zeros", DIMS, seed=0)
    figure = weight_figure(wide_study(inits=("zeros",)), [a_cell("zeros", parameters=zeros)])
    for ax in figure.axes:
        assert spikes(ax) == [[[0.0, 0.0], [0.0, 1.0]]] * 2
        assert std_words(ax) == "std 0 (all 0) → 0 (all 0)"


def test_range_holds_both_and_ignores_a_lone_outlier():
    narrow, wide = np.linspace(-0.1, 0.1, 5001), np.linspace(1.0, 2.0, 5001)
    low, high = shown_range(narrow, np.append(wide, 1e6))
    assert -0.3 < low < -0.1 < 2.0 < high < 2.3


def test_the_seed_with_the_median_metric_is_shown_and_named():
    cells = [
        trained(seed=seed, times=times, accuracy=accuracy)
        for seed, times, accuracy in ((0, 2.0, 0.9), (1, 3.0, 0.2), (2, 4.0, 0.5))
    ]
    ax = weight_figure(wide_study(seeds=(0, 1, 2)), cells).axes[0]
    assert "seed 2, the median of 3 runs" in [text.get_text() for text in ax.texts]
    alone = weight_figure(wide_study(), [cells[2]]).axes[0]
    assert std_words(ax) == std_words(alone)


def test_start_without_a_finished_run_says_so_and_the_others_stand():
    cells = [a_diverged_cell(TEN, 0), a_diverged_cell(TEN, 1), trained(seed=0)]
    axes = weight_figure(wide_study(inits=(TEN, HE), seeds=(0, 1)), cells).axes
    assert [text.get_text() for text in axes[0].texts] == [TEN, "2 of 2 runs diverged"]
    assert not any(ax.patches for ax in axes[:3])
    assert all(len(ax.patches) == 2 for ax in axes[3:])


@pytest.mark.parametrize(
    ("depth", "names"),
    [(1, ["W1"]), (4, ["W1", "W2", "W3", "W4"]), (9, ["W1", "W4", "W6", "W9"])],
)
def test_deep_networks_show_their_first_and_last_layer_and_two_between(depth, names):
    assert drawn_layers(wide_study(layer_dims=(2,) * (depth + 1))) == names


def test_axes_of_the_caller_are_used_and_counted():
    figure = weight_figure(wide_study(), [trained()])
    assert weight_figure(wide_study(), [trained()], axes=figure.axes) is figure
    with pytest.raises(ArgumentError, match="3 axes"):
        weight_figure(wide_study(), [trained()], axes=figure.axes[:2])
