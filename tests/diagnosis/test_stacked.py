"""Layers measured side by side have the figures that each has by itself."""

from __future__ import annotations

from dataclasses import astuple, replace

import numpy as np
import pytest

from initlab.diagnosis.signal import signal
from initlab.diagnosis.stacked import Stacked, second_moments, signals

RNG = np.random.default_rng(0)
SCALES = (1.0, 1e-3, 30.0, 1e-200, 2.0)


def some_layers(count=40):
    layers = [RNG.standard_normal((count, width)) * scale + 0.3 * scale
              for width, scale in zip((7, 1, 4, 3, 2), SCALES, strict=True)]  # fmt: skip
    layers[2][::5] = 0  # samples that have no direction
    return layers


def alone(layer, *, apart=True):
    return signal(lambda: [layer[:, np.newaxis]], apart=apart)


def numbers(one):
    parts = (one.q, one.c, one.varied)
    return [value for part in parts for value in (() if part is None else astuple(part))]


@pytest.mark.parametrize("count", [40, 2])
def test_signals_are_those_of_each_layer(count):
    layers = some_layers(count)
    for own, layer in zip(signals(Stacked(layers)), layers, strict=True):
        one = alone(layer)
        assert numbers(own) == pytest.approx(numbers(one), rel=1e-9)
        assert (own.histogram, own.nonfinite) == (one.histogram, 0)
        assert [part is None for part in (own.q, own.c, own.varied)] == [
            part is None for part in (one.q, one.c, one.varied)
        ]


def test_second_moments_are_those_of_each_layer():
    layers = some_layers()
    for own, layer in zip(second_moments(Stacked(layers)), layers, strict=True):
        assert astuple(own) == pytest.approx(astuple(alone(layer, apart=False).q), rel=1e-9)


def test_a_layer_of_zeros_of_one_sample_or_with_nan_is_told_as_by_itself():
    layers = some_layers()
    layers[1][:], layers[3][4, 1], layers[4][2] = 0, np.nan, np.inf
    found = signals(Stacked(layers))
    assert found[1] == alone(layers[1])
    assert [one.nonfinite for one in found] == [0, 0, 0, 1, 2]
    assert (found[3], found[4]) == (alone(layers[3]), alone(layers[4]))
    assert numbers(found[0]) == pytest.approx(numbers(alone(layers[0])), rel=1e-9)
    (single, *_) = signals(Stacked([layers[0][:1]]))
    assert (single.c, single.varied) == (None, None)
    assert numbers(single) == pytest.approx(numbers(alone(layers[0][:1], apart=False)), rel=1e-9)


def test_what_is_left_out_changes_no_other_figure():
    layers = some_layers()
    for own, whole in zip(
        signals(Stacked(layers), whole=False), signals(Stacked(layers)), strict=True
    ):
        assert own.q == whole.q
        for name in ("c", "varied"):
            part, other = getattr(own, name), getattr(whole, name)
            assert (part is None) == (other is None)
            assert part is None or part.value == pytest.approx(other.value, rel=1e-9)
        assert own == replace(own, histogram=())
