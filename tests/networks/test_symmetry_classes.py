"""Classes of copies: who copies whom, and whether gradients can ever part them."""

from __future__ import annotations

import numpy as np
import pytest

import initlab
from initlab.errors import ArgumentError
from initlab.networks import DenseNetwork
from initlab.networks.distinct import distinct_units
from initlab.networks.notation import course_parameters, document_parameters, layer_dims_of

DIMS = [2, 6, 4, 1]


def start(case, dims=tuple(DIMS)):
    return initlab.draw_network(case, list(dims), seed=0)


def half_doubled(same_outgoing=True):
    """He start whose layer-1 units 1-3 are repeated as 4-6."""
    theta = start("he_normal")
    theta["W1"][3:] = theta["W1"][:3]
    if same_outgoing:
        theta["W2"][:, 3:] = theta["W2"][:, :3]
    return theta


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("zeros", (1, 1)), ("ones", (1, 1)), ("constant(value=0.3)", (1, 1)),
        ("he_normal", (6, 4)), ("W1=0,W2=normal,W3=0", (1, 4)),
        ("W1=0,B1=normal,W2=1,W3=1", (6, 1)),
    ],
)  # fmt: skip
def test_distinct_units_of_starts(case, expected):
    assert initlab.symmetry(start(case)).distinct_units == expected
    assert distinct_units(DenseNetwork(tuple(DIMS)), start(case)) == expected


def test_half_doubled_units_make_three_classes_of_two():
    found = initlab.symmetry(half_doubled())
    assert found.distinct_units == (3, 4)
    first = found.layers[0]
    assert [one.units for one in first.classes] == [(1, 4), (2, 5), (3, 6)]
    assert not any(one.separable for one in first.classes)
    assert not found.separable


def test_other_outgoing_weights_let_gradients_tell_copies_apart():
    found = initlab.symmetry(half_doubled(same_outgoing=False))
    assert found.distinct_units == (3, 4)
    assert all(one.separable for one in found.layers[0].classes)
    assert found.separable
    assert "gradients can tell these units apart" in str(found)


def test_a_class_may_hold_some_that_part_and_some_that_never_do():
    theta = start("W1=1,W2=1,W3=1")
    theta["W2"][:, 4:] = 2.0
    (one,) = initlab.symmetry(theta).layers[0].classes
    assert one.tied == ((1, 2, 3, 4), (5, 6))
    assert one.separable
    assert "1, 2, 3 and 4; 5 and 6" in str(initlab.symmetry(theta))


@pytest.mark.parametrize(("pairs", "words"), [(5, "is 1 more group"), (6, "are 2 more groups")])
def test_groups_of_copies_beyond_the_fourth_are_counted(pairs, words):
    rows = np.repeat(np.arange(1.0, pairs + 1), 2)[:, np.newaxis]
    theta = {"W1": rows, "b1": 0 * rows, "W2": np.ones((1, 2 * pairs)), "b2": np.zeros((1, 1))}
    assert f"There {words} of copies." in str(initlab.symmetry(theta))


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_what_it_says_of_copies_is_what_training_does(nonlinearity):
    """Oracle: train on; copies that cannot part stay equal, the others do not."""
    points = (np.random.RandomState(1).standard_normal((9, 2)), np.linspace(-1, 1, 9))
    for theta, stay in ((half_doubled(), True), (half_doubled(same_outgoing=False), False)):
        found = initlab.symmetry(theta, nonlinearity=nonlinearity)
        assert found.separable is not stay
        end = initlab.trace(DIMS, theta, points, steps=30, nonlinearity=nonlinearity).steps[-1]
        after = initlab.symmetry(end.parameters, nonlinearity=nonlinearity)
        assert (after.distinct_units[0] == 3) is stay


def mirrored():
    theta = start("he_normal", (2, 3, 1))
    theta["b1"][:] = 0.3
    for name, axis in (("W1", 0), ("b1", 0), ("W2", 1)):
        rows = np.moveaxis(theta[name], axis, 0)
        rows[2] = -rows[0]
    return theta


@pytest.mark.parametrize("nonlinearity", ["tanh", "sin", "linear"])
def test_a_mirrored_unit_is_a_copy_where_the_nonlinearity_is_odd(nonlinearity):
    found = initlab.symmetry(mirrored(), nonlinearity=nonlinearity)
    (one,) = found.layers[0].classes
    assert (one.units, one.signs, one.separable) == ((1, 3), (1, -1), False)
    assert "are copies or negatives of one another, and so are their outgoing" in str(found)
    points = (np.random.RandomState(1).standard_normal((9, 2)), np.linspace(-1, 1, 9))
    step = initlab.trace([2, 3, 1], mirrored(), points, steps=20, nonlinearity=nonlinearity).steps[
        -1
    ]
    assert step.parameters["W1"][:, 2] == pytest.approx(-step.parameters["W1"][:, 0], abs=1e-12)


@pytest.mark.parametrize("nonlinearity", ["relu", "sigmoid", None])
def test_a_mirrored_unit_is_no_copy_elsewhere(nonlinearity):
    assert initlab.symmetry(mirrored(), nonlinearity=nonlinearity).distinct_units == (3,)


def test_silent_units_with_opposite_outgoing_weights_stay_mirrors():
    theta = {"W1": np.zeros((2, 1)), "b1": np.zeros((2, 1)), "W2": [[1.0, -1.0]], "b2": [[0.0]]}
    (one,) = initlab.symmetry(theta, nonlinearity="tanh").layers[0].classes
    assert not one.separable
    assert one.signs == (1, -1)
    (one,) = initlab.symmetry(theta).layers[0].classes
    assert one.separable


def test_units_behind_zero_weights_are_blocked_and_not_called_copies():
    found = initlab.symmetry(start("W1=normal,W2=normal,W3=0"))
    assert found.distinct_units == (6, 4)
    assert [layer.blocked for layer in found.layers] == [(1, 2, 3, 4, 5, 6), (1, 2, 3, 4)]
    assert [layer.classes for layer in found.layers] == [(), ()]
    assert "Blocked" in str(found)
    assert "copies" not in str(found)


def test_a_unit_is_blocked_only_where_every_way_out_is():
    theta = start("ones")
    theta["W3"][0, 1:] = 0.0  # layer 2: only unit 1 is heard
    theta["W2"][0, :2] = 0.0  # layer 1: units 1 and 2 speak to the others alone
    found = initlab.symmetry(theta)
    assert found.layers[1].blocked == (2, 3, 4)
    assert found.layers[0].blocked == (1, 2)
    points = ([[0.2, 0.3]], [0.5])
    dz = initlab.trace(DIMS, theta, points).steps[0].backward["dZ1"]
    assert (dz == 0).tolist() == [[True, True, False, False, False, False]]


def test_tolerance_decides_what_is_equal():
    theta = start("ones")
    theta["W1"][0] += 1e-4
    assert initlab.symmetry(theta).distinct_units == (2, 1)
    assert initlab.symmetry(theta, tolerance=1e-3).distinct_units == (1, 1)


def test_both_notations_are_read():
    theta = half_doubled()
    assert initlab.symmetry(document_parameters(theta)) == initlab.symmetry(theta)
    again = course_parameters(document_parameters(theta))
    assert all(np.array_equal(again[name], theta[name]) for name in theta)
    assert layer_dims_of(again) == tuple(DIMS)


@pytest.mark.parametrize(
    ("bias", "got"),
    [("b", "(n, 4) for any n, .*got (1, 5)"), ("B", "(4, n) for any n, .*got (5, 1)")],
)
def test_a_weight_that_does_not_fit_is_named_in_the_notation_that_was_given(bias, got):
    theta = {"W1": np.ones((4, 2)), "b1": np.ones((4, 1)), "W2": np.ones((1, 5)), "b2": [[0.0]]}
    given = theta if bias == "b" else {
        name.replace("b", "B"): np.transpose(one) for name, one in theta.items()
    }  # fmt: skip
    message = f"W2 must be of shape {got}".replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(ArgumentError, match=message):
        course_parameters(given)


def test_a_layer_of_one_unit_is_counted_in_the_singular():
    theta = {"W1": [[1.0]], "b1": [[0.0]], "W2": np.ones((1, 2)), "b2": [[0.0]]}
    with pytest.raises(ArgumentError, match=r"W2 must be .* because layer 1 has 1 output;"):
        course_parameters(theta)
    assert str(initlab.symmetry(start("ones", (2, 1, 1)))) == "Layer 1 has only 1 unit."


def test_a_network_without_hidden_layer_has_no_copies():
    assert str(initlab.symmetry(start("zeros", (2, 1)))) == (
        "The network has no hidden layer, so no units can be copies."
    )


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["W1", "b1", "W2"])
def test_of_numbers_that_are_not_finite_nothing_is_said(name, value):
    theta = start("ones")
    theta[name][0] = value
    with pytest.raises(initlab.ArgumentError, match=f"{name} must be an array of finite numbers"):
        initlab.symmetry(theta, nonlinearity="tanh")


GOOD = {"W1": np.ones((2, 1)), "b1": np.ones((2, 1)), "W2": np.ones((1, 2)), "b2": np.ones((1, 1))}
BAD = {
    "no mapping": ([1], "parameters"),
    "empty": ({}, "parameters"),
    "missing": ({"W1": [[1.0]]}, "parameters"),
    "unknown": ({**GOOD, "W4": 1}, "parameters"),
    "mixed": ({"W1": [[1.0]], "B1": [1.0], "W2": [[1.0]], "b2": [1.0]}, "parameters"),
    "flat weight": ({**GOOD, "W1": [1.0, 1.0]}, "W1"),
    "empty weight": ({**GOOD, "W1": np.ones((2, 0))}, "W1"),
    "text": ({**GOOD, "W2": [["a", "b"]]}, "W2"),
    "complex": ({**GOOD, "W2": [[1j, 1]]}, "W2"),
    "chain": ({**GOOD, "W2": np.ones((1, 3))}, "W2"),
    "bias": ({**GOOD, "b1": np.ones((3, 1))}, "b1"),
    "bias lies": ({**GOOD, "b1": np.ones((1, 2))}, "b1"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_parameters_are_refused_by_name(name):
    parameters, argument = BAD[name]
    with pytest.raises(ArgumentError) as caught:
        initlab.symmetry(parameters)
    assert caught.value.argument == argument


@pytest.mark.parametrize("options", [{"tolerance": -1}, {"tolerance": 1}, {"nonlinearity": "tan"}])
def test_bad_options_are_refused_by_name(options):
    with pytest.raises(ArgumentError) as caught:
        initlab.symmetry(GOOD, **options)
    assert caught.value.argument in options
