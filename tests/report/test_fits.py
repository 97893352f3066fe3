"""Fitted curves over the points, in the data's own units."""

from __future__ import annotations

import numpy as np
import pytest

import initlab
from initlab.errors import ArgumentError
from initlab.networks import DenseNetwork, predict
from initlab.report import fit_figure


@pytest.fixture(scope="module")
def study():
    return initlab.compare("curve", seeds=3, epochs=20, progress=False)


def test_every_start_has_its_points_and_a_line_per_seed(study):
    figure = fit_figure(study.study, study.cells, study.data)
    assert len(figure.axes) == 3
    for ax in figure.axes:
        assert len(ax.lines) == 3
        assert len(ax.collections[0].get_offsets()) == len(study.data.y_train)


def test_bold_line_is_the_median_seeds_network_in_original_units(study):
    init = study.study.inits[2]
    own = sorted((c for c in study.cells if c.init == init),
                 key=lambda c: c.metrics["validation_r2"])  # fmt: skip
    ax = fit_figure(study.study, study.cells, study.data).axes[2]
    x, y = ax.lines[-1].get_data()
    network = DenseNetwork((1, 2, 1), "tanh", "half_mean_squared_error")
    scaled = study.data.x_scaling.scaled(x)[:, np.newaxis]
    answer = study.data.y_scaling.original(predict(network, own[1].parameters, scaled)[:, 0])
    assert y == pytest.approx(answer)
    assert f"seed {own[1].seed}" in " ".join(text.get_text() for text in ax.texts)


def test_data_with_classes_is_refused():
    circles = initlab.compare("circles", steps=0, progress=False)
    with pytest.raises(ArgumentError, match="one feature"):
        fit_figure(circles.study, circles.cells, circles.data)


def test_the_weights_of_a_diverged_run_are_not_drawn():
    study = initlab.compare(
        "curve", nonlinearity="linear", inits=["he_normal", "normal(std=10)"], learning_rate=0.05,
        steps=60, record_every=20, seeds=3, progress=False,
        dtype="float32",  # by BLAS: a kernel would take seconds to compile
    )  # fmt: skip
    diverged = [cell for cell in study.cells if cell.outcome == "diverged"]
    assert diverged
    assert any(cell.parameters is not None for cell in diverged)
    figure = fit_figure(study.study, study.cells, study.data)
    drawn = sum(len(ax.lines) for ax in figure.axes)
    assert drawn == len(study.cells) - len(diverged)
    assert all(np.abs(ax.get_ylim()).max() < 100 for ax in figure.axes)
