"""Which samples a step sees: each one once per epoch, in an order that is the seed's."""

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise

import numpy as np
import pytest

from initlab.engines import batches
from initlab.engines.batches import DRAWN_TOGETHER, BatchOrder


@pytest.mark.parametrize(("samples", "batch"), [(10, 3), (12, 4), (7, 7), (5, 1), (3, 2)])
def test_every_epoch_visits_every_sample_once(samples, batch):
    order = BatchOrder(0, samples, batch)
    steps = -(-samples // batch)
    assert order.steps_per_epoch == steps
    for epoch in range(4):
        rows = order.rows(epoch * steps, (epoch + 1) * steps)
        assert rows.shape == (steps, batch)
        assert sorted(rows[rows >= 0]) == list(range(samples))


def test_only_the_last_batch_of_an_epoch_is_short():
    rows = BatchOrder(0, 10, 4).rows(0, 6)
    assert [int((row >= 0).sum()) for row in rows] == [4, 4, 2, 4, 4, 2]
    assert rows[2, 2:].tolist() == [-1, -1]


def test_order_is_the_seeds_and_changes_from_epoch_to_epoch():
    first, again, other = (BatchOrder(seed, 50, 50).rows(0, 3) for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert len({row.tobytes() for row in first}) == 3


def test_order_does_not_depend_on_how_many_steps_are_asked_for_at_once():
    at_once = BatchOrder(3, 10, 3).rows(0, 25)
    order = BatchOrder(3, 10, 3)
    cuts = [0, 1, 4, 5, 13, 13, 25]
    pieces = [order.rows(begin, end) for begin, end in pairwise(cuts)]
    assert np.array_equal(at_once, np.concatenate(pieces))


def test_every_sample_is_as_likely_in_every_place():
    counts = np.zeros((6, 6))
    order = BatchOrder(1, 6, 6)
    for epoch in range(6_000):
        counts[np.arange(6), order.rows(epoch, epoch + 1)[0]] += 1
    # 6000 epochs: each count is 1000 with std 28.9; five of those catch a bias of 15 %
    assert np.abs(counts - 1000).max() < 5 * 28.9


def test_a_step_that_has_passed_is_refused_and_not_replaced_by_another():
    order = BatchOrder(0, DRAWN_TOGETHER, DRAWN_TOGETHER // 2)  # one epoch a draw
    order.rows(0, 3)
    with pytest.raises(ValueError, match="step 1 have passed"):
        order.rows(1, 2)


def test_networks_of_one_seed_share_their_draws_whichever_comes_first(monkeypatch):
    monkeypatch.setattr(batches, "_SHARED", OrderedDict())
    monkeypatch.setattr(batches, "DRAWN_TOGETHER", 20)  # two epochs of ten
    apart = BatchOrder(4, 10, 5).rows(0, 12)
    batches._SHARED.clear()
    ahead, behind = BatchOrder(4, 10, 5), BatchOrder(4, 10, 5)
    parts = [ahead.rows(0, 5), behind.rows(0, 9), ahead.rows(5, 12)]  # each draws for the other
    assert len(batches._SHARED) == 3
    assert np.array_equal(np.concatenate([parts[0], parts[2]]), apart)
    assert np.array_equal(parts[1], apart[:9])


def test_draws_that_are_no_longer_kept_are_drawn_again(monkeypatch):
    monkeypatch.setattr(batches, "_SHARED", OrderedDict())
    monkeypatch.setattr(batches, "DRAWN_TOGETHER", 10)
    monkeypatch.setattr(batches, "KEPT", 2)
    first = BatchOrder(4, 10, 5).rows(0, 12)
    assert len(batches._SHARED) == 2
    assert np.array_equal(BatchOrder(4, 10, 5).rows(0, 12), first)
