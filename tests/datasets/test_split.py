"""Every sample lands in one part, by the seed alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from initlab.datasets.split import absent_classes, split
from initlab.errors import ArgumentError


def test_the_parts_together_hold_every_sample_once():
    parts = split(1797, n_validation=300, data_seed=3, n_final=297)
    assert [len(part) for part in parts] == [1200, 300, 297]
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(1797))


def test_a_fifth_validates_where_no_number_is_given():
    assert [len(part) for part in split(60_000, n_validation=None, data_seed=0)] == [
        48_000,
        12_000,
        0,
    ]
    assert [len(part) for part in split(2, n_validation=None, data_seed=0)] == [1, 1, 0]


def test_the_seed_decides_and_neighbours_share_nothing_special():
    def overlap(a, b):
        return len(np.intersect1d(*(split(10_000, n_validation=2000, data_seed=s)[1]
                                    for s in (a, b))))  # fmt: skip

    assert overlap(4, 4) == 2000
    assert 300 < overlap(4, 5) < 500  # 400 ± 18 by chance (hypergeometric)


def test_the_final_part_does_not_move_with_the_size_of_the_validation_part():
    small, large = (split(100, n_validation=n, data_seed=0, n_final=20) for n in (5, 50))
    assert np.array_equal(small[2], large[2])
    assert set(small[1]) <= set(large[1])


def test_this_split_stays_what_it_was():
    # golden: a change moves every result on these data
    assert split(10, n_validation=3, data_seed=0)[1].tolist() == GOLDEN


GOLDEN = [6, 0, 8]


@pytest.mark.parametrize("n_validation", [0, -1, 10, 11, 2.5, "3", True])
def test_a_validation_part_that_leaves_nothing_or_is_no_count_is_refused(n_validation):
    with pytest.raises(ArgumentError, match="n_validation must be an integer from 1 to 9"):
        split(10, n_validation=n_validation, data_seed=0)


def test_classes_without_a_sample_are_named_with_the_part():
    parts = [("training", np.array([0, 1, 2])), ("validation", np.array([1, 1]))]
    assert absent_classes(parts, ("coat", "bag", "boot")) == [
        "The validation part holds no sample of the classes coat, boot."
    ]


@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=12),
    share=st.floats(0.05, 0.9),
    seed=st.integers(0, 5),
)
def test_labels_are_dealt_out_in_proportion(sizes, share, seed):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    n = len(labels)
    assume(n >= 2)
    count = min(n - 1, max(1, round(share * n)))
    train, validation, _ = split(n, n_validation=count, data_seed=seed, labels=labels)
    assert len(validation) == count
    assert sorted([*train, *validation]) == list(range(n))
    found = np.bincount(labels[validation], minlength=len(sizes))
    sizes = np.array(sizes)
    if (sizes - 1).sum() < count:
        return  # hardly two samples of a class: not possible
    assert (found < sizes).all()  # each class has a training sample
    if count >= (sizes > 1).sum():
        assert (found[sizes > 1] >= 1).all()
        shares = sizes * count / n
        if ((shares >= 1) & (shares <= sizes - 1)).all():  # neither bound asks for another number
            assert (np.abs(found - shares) < 1 + 1e-9).all()


def test_a_rare_class_is_in_both_parts_whatever_the_seed():
    labels = np.r_[np.zeros(95), np.ones(5)]
    for seed in range(50):
        train, validation, _ = split(100, n_validation=20, data_seed=seed, labels=labels)
        assert labels[validation].sum() == 1
        assert labels[train].sum() == 4


def test_which_samples_of_a_class_validate_is_the_seeds():
    labels = np.repeat([0, 1], 500)
    one, same, other = (
        set(split(1000, n_validation=200, data_seed=seed, labels=labels)[1]) for seed in (1, 1, 2)
    )
    assert one == same
    assert 20 < len(one & other) < 60  # 40 by chance
