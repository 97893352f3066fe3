"""A trial sees fresh batches as long as there are some, and every network sees the same ones."""

from __future__ import annotations

import itertools

import numpy as np

from initlab.diagnosis.fresh import SIZE, Batches, row_batches

from .making import classes, drawn, nn, seeded, torch

from initlab.diagnosis.inputs import inputs_of  # isort: skip

MODEL = seeded(lambda: nn.Linear(6, 3))
X = drawn(300, 6)


def test_an_epoch_goes_through_the_samples_in_an_order_of_its_own():
    first, second = ([*itertools.islice(rows, 4)] for rows in [row_batches(4 * SIZE, 0)] * 2)
    for epoch in (first, second):
        assert sorted(np.concatenate(epoch)) == [*range(4 * SIZE)]
    assert not np.array_equal(first[0], second[0])
    again = next(row_batches(4 * SIZE, 0))
    assert np.array_equal(first[0], again)
    assert not np.array_equal(first[0], next(row_batches(4 * SIZE, 1)))


def test_of_fewer_than_two_batches_there_is_one():
    assert [*row_batches(2 * SIZE - 1, 0)] == [None]


def test_steps_on_tensors_see_samples_of_all_of_them_with_their_targets():
    found = inputs_of(MODEL, X, torch.arange(300)).batches
    assert found.fresh
    seen = torch.cat([found.at(step).target for step in range(4)])
    assert len(seen.unique()) == 4 * SIZE
    assert torch.equal(found.at(2).given[0], X[found.at(2).target])


def test_one_batch_comes_again_and_again():
    found = inputs_of(MODEL, X[:100], classes(3, 100)).batches
    assert not found.fresh
    assert found.at(0).samples == SIZE
    assert found.at(7) is found.at(0)


def test_a_loader_is_read_as_far_as_steps_need_it_and_then_again_from_its_first_batch():
    read = []

    class Data(torch.utils.data.Dataset):
        def __len__(self):
            return 24

        def __getitem__(self, k):
            read.append(k)
            return X[k], k % 3

    found = inputs_of(MODEL, torch.utils.data.DataLoader(Data(), 8)).batches
    assert found.at(1).samples == 8
    assert len(read) == 16
    assert torch.equal(found.at(2).given[0], X[16:24])
    assert found.at(3) is found.at(0)
    assert len(read) == 24
    assert not found.fresh  # 24 samples are learned by heart


def test_batches_of_many_bytes_are_not_all_kept(monkeypatch):
    monkeypatch.setattr("initlab.diagnosis.fresh.MOST", 2 * inputs_of(MODEL, X[:SIZE]).bytes)
    found = Batches(inputs_of(MODEL, X[:SIZE]) for _ in range(10))
    assert found.at(2) is found.at(0)
    assert found.at(1) is not found.at(0)


def test_a_large_batch_of_a_loader_is_not_kept_for_the_part_that_is_seen():
    every = inputs_of(MODEL, X)
    assert every.samples > SIZE
    kept = Batches(iter((every,))).at(0)
    assert (kept.samples, kept.batches) == (SIZE, None)
    assert kept.given[0].untyped_storage().nbytes() == kept.given[0].nbytes
