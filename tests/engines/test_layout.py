"""Padding and offsets: every parameter has its own place, and comes back from it unchanged."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initlab.engines.layout import (
    LARGEST_SINGLE_TILE,
    LARGEST_TILE,
    Layout,
    Width,
    block_size,
)
from initlab.networks import DenseNetwork

from .making import NETWORKS, bits, parameters

DIMS = st.lists(st.integers(1, 64), min_size=2, max_size=5)


@pytest.mark.parametrize(
    ("units", "tile", "padded"), [(1, 1, 1), (10, 10, 10), (11, 6, 12), (17, 6, 18), (64, 8, 64)]
)
def test_tile_and_padding_of_some_widths(units, tile, padded):
    assert Width.of(units) == Width(units, tile, padded)


@given(st.integers(1, 2000))
def test_padding_is_less_than_a_unit_per_tile_and_tiles_are_small(units):
    width = Width.of(units)
    assert width.padded % width.tile == 0
    assert width.tile <= (LARGEST_SINGLE_TILE if width.padded == width.tile else LARGEST_TILE)
    assert 0 <= width.padded - units < width.padded // width.tile


@given(st.integers(1, 100_000))
def test_blocks_hold_all_samples_in_whole_vectors_and_waste_less_than_one_each(samples):
    block = block_size(samples)
    blocks = -(-samples // block)
    assert block % 8 == 0
    assert block <= 160
    assert 0 <= blocks * block - samples < 8 * blocks + blocks


@given(DIMS)
def test_parameters_fill_the_vector_without_overlap(dims):
    layout = Layout.of(DenseNetwork(dims, loss="half_mean_squared_error"), 100)
    taken = np.zeros(layout.parameters, dtype=int)
    network_views = layout.views(taken)
    for view in network_views.values():
        view += 1
    assert taken.max() == 1
    assert taken.sum() == sum(view.size for view in network_views.values())
    padded = [width.padded for width in layout.widths]
    assert taken.size == sum(o * (i + 1) for i, o in pairwise(padded))


@given(DIMS)
def test_rows_of_work_do_not_overlap(dims):
    layout = Layout.of(DenseNetwork(dims, loss="half_mean_squared_error"), 100)
    taken = np.zeros(layout.work, dtype=int)
    for layer in range(1, layout.depth + 1):
        for kind in "zad":
            start = layout.row(kind, layer)
            taken[start : start + layout.widths[layer].padded * layout.block] += 1
    taken[layout.scratch :] += 1
    assert np.all(taken == 1)


@pytest.mark.parametrize("name", NETWORKS)
def test_parameters_come_back_from_the_packed_vector_unchanged(name):
    network = NETWORKS[name]
    theta = parameters(network)
    for layout in (Layout.of(network, 16), Layout.plain(network)):
        packed = np.zeros(layout.parameters)
        for name, view in layout.views(packed).items():
            view[...] = theta[name]
        assert bits(layout.views(packed)) == bits(theta)
        stack = layout.views(np.stack([packed, packed]))
        assert bits({name: view[1] for name, view in stack.items()}) == bits(theta)
        assert np.count_nonzero(packed) == network.parameter_count  # padding is 0
    assert packed.size == network.parameter_count  # the plain one has none
