"""Dropout by the replicate's own bits: the right share, the right size, and the layer as it was."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .making import nn, torch

from initlab.engines.torch.dropout import own_bits, masked  # isort: skip


def dropped(p, x, seed=0):
    layer = nn.Dropout(p)
    with masked(layer, own_bits(seed)):
        return layer(x)


@pytest.mark.parametrize("p", [0.01, 0.2, 0.5, 0.9])
def test_the_share_that_is_dropped_is_p_and_the_mean_stays(p):
    count = 1_000_003
    y = dropped(p, torch.ones(count))
    share = float((y == 0).double().mean())
    assert abs(share - p) < 5 * math.sqrt(p * (1 - p) / count)
    assert sorted(y.unique().tolist()) == pytest.approx([0.0, 1 / (1 - p)], rel=1e-6)


def test_entries_are_dropped_independently_of_their_neighbours():
    y = (dropped(0.5, torch.ones(400_000)) > 0).double() - 0.5
    for lag in (1, 2, 3, 4, 8):
        assert abs(float((y[lag:] * y[:-lag]).mean())) < 5 * 0.25 / math.sqrt(400_000)


def test_gradients_pass_where_activations_pass():
    x = torch.ones(5, 7, dtype=torch.float64, requires_grad=True)
    y = dropped(0.4, x)
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())


@settings(max_examples=30)
@given(shape=st.lists(st.integers(0, 5), min_size=0, max_size=4), seed=st.integers(0, 3))
def test_any_shape_is_masked(shape, seed):
    y = dropped(0.5, torch.ones(shape), seed)
    assert y.shape == torch.Size(shape)
    assert torch.equal(y, dropped(0.5, torch.ones(shape), seed))


def test_other_layers_evaluation_and_inplace_are_left_alone():
    other = nn.Sequential(nn.Dropout2d(0.5), nn.Dropout(0.5, inplace=True), nn.Dropout(0.0),
                          nn.Dropout(1.0), nn.AlphaDropout(0.5))  # fmt: skip
    with masked(other, own_bits(0)):
        assert not any("forward" in vars(layer) for layer in other)
    layer = nn.Dropout(0.5).eval()
    with masked(layer, own_bits(0)):
        assert torch.equal(layer(torch.ones(9)), torch.ones(9))
    assert "forward" not in vars(layer)


def test_the_global_generator_is_not_asked():
    before = torch.get_rng_state()
    dropped(0.5, torch.ones(100))
    assert torch.equal(torch.get_rng_state(), before)


def test_every_seed_drops_others_and_every_call_too():
    layer, x = nn.Dropout(0.5), torch.ones(64)
    found = []
    for seed in (0, 1):
        with masked(layer, own_bits(seed)):
            found += [tuple(layer(x).tolist()), tuple(layer(x).tolist())]
    assert len(set(found)) == 4
