"""A network's shapes, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.errors import ArgumentError
from initlab.networks import DenseNetwork


def test_circles_network_has_the_documents_shapes():
    network = DenseNetwork((2, 10, 5, 1))
    shapes = {name: network.shape_of(name) for name in network.parameter_names}
    assert shapes == {
        "W1": (10, 2), "b1": (10, 1), "W2": (5, 10), "b2": (5, 1), "W3": (1, 5), "b3": (1, 1),
    }  # fmt: skip
    assert network.depth == 3
    assert network.parameter_count == sum(rows * columns for rows, columns in shapes.values())


def test_names_come_layer_by_layer_beyond_nine():
    network = DenseNetwork([1] * 12)
    assert network.parameter_names[-4:] == ("W10", "b10", "W11", "b11")
    assert network.shape_of("W11") == (1, 1)


def test_widths_from_a_list_or_from_numpy_become_plain_integers():
    network = DenseNetwork(list(np.array([2, 3, 1])))
    assert network.layer_dims == (2, 3, 1)
    assert {type(width) for width in network.layer_dims} == {int}


@pytest.mark.parametrize(
    "dims",
    [
        (),
        (2,),
        (2, 0, 1),
        (2, -1, 1),
        (2, 2.5, 1),
        (2, True, 1),
        (2, "3", 1),
        (2, float("nan"), 1),
        (10**6, 10**6, 1),
        "21",
        5,
        None,
    ],
)
def test_impossible_widths_are_refused_by_name(dims):
    with pytest.raises(ArgumentError, match=r"^layer_dims must be ") as refused:
        DenseNetwork(dims)
    assert refused.value.argument == "layer_dims"


def test_binary_cross_entropy_wants_one_output():
    with pytest.raises(ArgumentError, match="ends in 1"):
        DenseNetwork((2, 3, 2))
    assert DenseNetwork((2, 3, 2), loss="cross_entropy").depth == 2


@pytest.mark.parametrize(
    ("argument", "value"),
    [("nonlinearity", "rellu"), ("loss", "binary_entropy"), ("loss_form", "logit"), ("loss", None)],
)
def test_unknown_names_are_refused_by_argument(argument, value):
    with pytest.raises(ArgumentError, match=f"^{argument} must be one of") as refused:
        DenseNetwork((2, 3, 1), **{argument: value})
    assert refused.value.value == value


def test_a_misspelt_nonlinearity_gets_the_nearest_name():
    with pytest.raises(ArgumentError, match="Did you mean 'leaky_relu'"):
        DenseNetwork((2, 3, 1), "leakyrelu")
