"""Which activations are dropped: how many, and independently of one another."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.engines.blas.trainer import Dropout
from initlab.records import Training


def masks(share, seed, *, steps, width=50, samples=40):
    """What dropout does to ones in two layers, (layer, step, sample, unit)."""
    plan = Training(optimizer="sgd", dropout=share)
    result = np.ones((2, steps, samples, width))
    for layer in (1, 2):
        dropout = Dropout(plan, layer, seed)
        for step in range(steps):
            dropout.apply(result[layer - 1, step], dropout.draw(samples * width))
    return result


@pytest.mark.parametrize("share", [0.2, 0.3, 0.5])
def test_the_share_is_dropped_and_the_rest_scaled_up(share):
    kept = masks(share, 0, steps=100)
    assert np.unique(kept).tolist() == [0.0, 1 / (1 - share)]
    # 400,000 draws: the std of the share is 0.0008 at most
    assert np.mean(kept == 0) == pytest.approx(share, abs=0.003)
    assert kept.mean() == pytest.approx(1.0, abs=0.005)


@pytest.mark.parametrize(("share", "dropped"), [(1e-9, 0.0), (1 - 1e-9, 1.0)])
def test_shares_next_to_0_and_1_do_what_they_say(share, dropped):
    assert np.mean(masks(share, 0, steps=2) == 0) == pytest.approx(dropped, abs=0.001)


def test_masks_differ_between_layers_steps_samples_and_units():
    dropped = masks(0.5, 0, steps=20) == 0
    centred = dropped - 0.5
    # correlation of two independent masks of m entries has std 1 / sqrt(m)
    pairs = [(centred[0], centred[1])]
    for lag in (1, 2, 3, 4):  # four decisions share one 64-bit number
        pairs.append((centred[..., :-lag], centred[..., lag:]))
    for axis in (1, 2):
        moved = np.moveaxis(centred, axis, 0)
        pairs.append((moved[:-1], moved[1:]))
    for first, second in pairs:
        assert abs(4 * np.mean(first * second)) < 5 / np.sqrt(first.size)


def test_masks_are_the_seeds():
    assert np.array_equal(masks(0.5, 3, steps=5), masks(0.5, 3, steps=5))
    assert not np.array_equal(masks(0.5, 3, steps=5), masks(0.5, 4, steps=5))


def test_dropping_hides_nothing_that_is_not_finite():
    values = np.full((20, 20), np.inf)
    dropout = Dropout(Training(optimizer="sgd", dropout=0.5), 1, 0)
    dropout.apply(values, dropout.draw(400))
    assert 0 < np.isnan(values).sum() < 400  # 0 times infinity
    assert not np.isfinite(values).any()


@pytest.mark.parametrize("count", [1, 3, 4, 5, 1000])
def test_as_many_numbers_are_drawn_as_are_asked_for(count):
    drawn = Dropout(Training(optimizer="sgd", dropout=0.5), 1, 0).draw(count)
    assert count <= drawn.size < count + 4
