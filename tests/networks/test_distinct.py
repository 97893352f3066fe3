"""Distinct units of stacked networks, against a loop over every pair of units."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.networks import DenseNetwork
from initlab.networks.distinct import distinct_counts, distinct_rows, distinct_units, first_equal
from initlab.networks.symmetry import symmetry

from ..engines.making import parameters

NETWORK = DenseNetwork((3, 6, 4, 1))


def pair_by_pair(rows):
    """Number of rows that equal no earlier one within 1e-9 of the largest entry."""
    largest = max(abs(float(value)) for row in rows for value in row)
    if not np.isfinite(largest):
        return len(rows)
    count = 0
    for i, row in enumerate(rows):
        gaps = [max(abs(float(a) - float(b)) for a, b in zip(row, other, strict=True))
                for other in rows[:i]]  # fmt: skip
        count += not any(gap <= 1e-9 * largest for gap in gaps)
    return count


def random_network():
    return parameters(NETWORK)


def all_equal():
    return {name: np.full_like(value, 0.5) for name, value in random_network().items()}


def two_copies():
    theta = random_network()
    theta["W1"][4], theta["b1"][4] = theta["W1"][1], theta["b1"][1]
    return theta


def apart_by_bias_only():
    theta = all_equal()
    theta["b1"][:, 0] = [0, 1, 2, 3, 3, 5]
    return theta


def apart_by_rounding_only():
    theta = all_equal()
    theta["W1"][2, 1] += 4e-10  # of 0.5 this is 8e-10
    theta["W1"][3, 1] += 6e-10
    return theta


def a_chain_of_near_units():
    theta = all_equal()
    theta["W1"][:, 0] = 0.5 + 3e-10 * np.arange(6)  # neighbors agree, the ends do not
    return theta


def not_finite(value, unit=0):
    theta = all_equal()
    theta["W1"][unit, 0] = value
    return theta


CASES = [
    random_network(), all_equal(), two_copies(), apart_by_bias_only(), apart_by_rounding_only(),
    a_chain_of_near_units(), not_finite(np.inf), not_finite(np.inf, unit=1),
    not_finite(np.nan),
    {name: np.zeros_like(value) for name, value in all_equal().items()},
]  # fmt: skip


def test_counts_of_a_stack_are_those_of_a_loop_over_all_pairs():
    stack = {name: np.stack([theta[name] for theta in CASES]) for name in CASES[0]}
    expected = [
        [pair_by_pair(np.hstack([theta[f"W{k}"], theta[f"b{k}"]])) for k in (1, 2)]
        for theta in CASES
    ]
    assert len({counts[0] for counts in expected}) == 3
    assert distinct_counts(NETWORK, stack) == expected


@pytest.mark.parametrize("theta", [one for one in CASES if np.isfinite(one["W1"]).all()])
def test_a_stack_of_one_counts_as_the_network_itself(theta):
    assert distinct_units(NETWORK, theta) == symmetry(theta).distinct_units


def test_an_empty_stack_and_a_network_without_hidden_units_have_no_counts():
    empty = {name: value[np.newaxis][:0] for name, value in random_network().items()}
    assert distinct_counts(NETWORK, empty) == []
    line = DenseNetwork((3, 1))
    pair = {name: np.stack([value, value]) for name, value in parameters(line).items()}
    assert distinct_counts(line, pair) == [[], []]


@pytest.mark.parametrize("theta", CASES)
def test_the_classes_of_one_layer_are_as_many_as_a_loop_counts(theta):
    rows = np.hstack([theta["W1"], theta["b1"]])
    assert len(np.unique(first_equal(rows, 1e-9))) == pair_by_pair(rows)


def test_a_class_is_named_by_its_first_row_however_the_rows_are_mixed():
    generator = np.random.RandomState(0)
    kinds = generator.standard_normal((5, 7))
    kinds[:, :6] = 1.0  # the columns before the last tell nothing
    drawn = generator.randint(0, 5, 40)
    expected = [int(np.flatnonzero(drawn == kind)[0]) for kind in drawn]
    assert first_equal(kinds[drawn], 1e-9).tolist() == expected


@pytest.mark.parametrize(("dtype", "gap"), [(np.float64, 1e-12), (np.float32, 3e-7)])
def test_rounding_in_either_dtype_makes_no_distinct_unit_and_learning_does(dtype, gap):
    rows = np.ones((1, 3, 4), dtype)
    rows[0, 1, 2] += gap
    assert rows[0, 1, 2] != 1
    assert distinct_rows(rows).tolist() == [1]
    rows[0, 2, 2] += 1e-4
    assert distinct_rows(rows).tolist() == [2]


def test_many_units_are_counted_without_comparing_each_pair():
    rows = np.random.RandomState(1).standard_normal((1, 3000, 20)).astype(np.float32)
    rows[0, 1000:2000] = rows[0, :1000]
    rows[0, 2000:2500] = 0
    assert distinct_rows(rows).tolist() == [1501]
