"""Why a number is 0 or equal: on the document's cases, and on cases nobody listed."""

from __future__ import annotations

import numpy as np
import pytest

import initlab
import initlab.tracing
from initlab.tracing.causes import is_zero
from initlab.tracing.remarks import remarks

from .making import NETWORKS, first_case, random_trace, second_case, why

DATA = ([[0.5]], [0.25])


def of(case, dims=(1, 2, 1), points=DATA, **options):
    start = initlab.draw_network(case, dims, seed=3, stream="course")
    return initlab.trace(list(dims), start, points, **options)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Z1", "Z1 = X W1 + B1 is 0 because W1 and B1 are 0"),
        ("A1", "A1 = tanh(Z1) is 0 because Z1 is 0 and tanh(0) = 0"),
        ("Z2", "Z2 = A1 W2 + B2 is 0 because A1, W2 and B2 are 0"),
        ("dA1", "dA1 = dZ2 W2ᵀ is 0 because W2 is 0"),
        ("dZ1", "dZ1 = dA1 ⊙ tanh'(Z1) is 0 because dA1 is 0"),
        ("dW2", "dW2 = A1ᵀ dZ2 is 0 because A1 is 0"),
        ("dW1", "dW1 = Xᵀ dZ1 is 0 because dZ1 is 0"),
        ("dB1", "dB1 = dZ1 is 0 because dZ1 is 0"),
        ("W2", "W2 ← W2 − η dW2 is 0 because W2 was 0 and dW2 is 0"),
    ],
)
def test_zeros_of_the_first_case(name, sentence):
    assert why(first_case(), name) == [sentence]


@pytest.mark.parametrize(
    ("step", "name", "reason"),
    [
        (1, "Z1", "has all its columns equal because W1 is 0 and the columns of B1 are equal"),
        (1, "A1", "has all its columns equal because the columns of Z1 are equal"),
        (1, "dA1", "is 0 because W2 is 0"),
        (1, "dW2", "has all its rows equal because the columns of A1 are equal"),
        (1, "W2", "has all its rows equal because the rows were 0 and the rows of dW2 are equal"),
        (2, "dA1", "has all its columns equal because the rows of W2 are equal"),
        (
            2,
            "dZ1",
            "has all its columns equal because the columns of dA1 are equal and so are those of Z1",
        ),
        (2, "dB1", "has all its columns equal because the columns of dZ1 are equal"),
        (
            2,
            "W2",
            "has all its rows equal because the rows were equal and the rows of dW2 are equal",
        ),
    ],
)
def test_equal_values_of_the_second_case(step, name, reason):
    (sentence,) = why(second_case(), name, step)
    assert sentence.endswith(reason)


def test_a_parameter_that_stays_says_so():
    assert "stays as it was because dB1 is 0" in why(second_case(), "B1")[0]


def test_a_quantity_with_nothing_to_notice_has_no_remark():
    traced = of("W1=normal,B1=normal,W2=normal,B2=normal")
    assert [row.name for row in traced.explain() if row.remarks] == []


def test_an_activation_that_is_0_keeps_the_weights_after_it_although_the_error_passes():
    traced = of("W1=0,B1=0,W2=normal,B2=0")
    assert why(traced, "dW2") == ["dW2 = A1ᵀ dZ2 is 0 because A1 is 0"]
    assert why(traced, "dA1") == []
    assert traced.conclusions() == [
        "The error reaches every layer. Only W1, B1 and B2 change; W2 stays as it was."
    ]


def test_a_dead_relu_is_named():
    traced = of("W1=-1,B1=0,W2=1,B2=0", nonlinearity="relu")
    assert why(traced, "A1") == ["A1 = relu(Z1) is 0 because no number in Z1 is above 0"]
    (sentence,) = why(traced, "dZ1")
    assert sentence.endswith("is 0 because relu'(Z1) is 0 (dead ReLU: no number in Z1 is above 0)")
    assert traced.conclusions()[0].startswith("The error signal becomes 0 at dZ1 = dA1 ⊙ relu'(Z1)")


def test_a_saturated_nonlinearity_is_named():
    traced = of("W1=100,W2=1")
    assert why(traced, "dZ1")[0].endswith("is 0 because tanh'(Z1) is 0 (saturated tanh)")


def test_a_relu_that_meets_no_error_where_it_is_open_is_no_dead_one():
    # sample 1 has an error and a closed unit, sample 2 an open unit and no error
    points = ([[-1.0], [1.0]], [5.0, 1.0])
    traced = of("W1=1,W2=1", (1, 1, 1), points, nonlinearity="relu")
    reason = "in every entry, dA1 or relu'(Z1) is 0"
    assert why(traced, "dZ1") == [f"dZ1 = dA1 ⊙ relu'(Z1) is 0 because {reason}"]
    assert why(traced, "dW2")[0].endswith("because in every sample, A1 or dZ2 is 0")


def test_samples_that_cancel_are_told_from_a_factor_of_0():
    traced = of("W1=1,W2=0", points=([[1.0], [1.0]], [1.0, -1.0]))
    assert why(traced, "dW2")[0].endswith("the contributions of the samples cancel")
    assert why(traced, "dB2")[0].endswith("dZ2 sums to 0 over the samples")


def test_weights_that_cancel_in_a_sum():
    start = {"W1": [[1.0, 1.0]], "B1": [[0.0, 0.0]], "W2": [[1.0], [-1.0]], "B2": [[0.0]]}
    traced = initlab.trace([1, 2, 1], start, DATA)
    assert why(traced, "Z2") == [
        "Z2 = A1 W2 + B2 is 0 because the terms of the matrix product cancel, and B2 is 0"
    ]


def test_a_hit_target_leaves_no_error():
    traced = of("W1=0,B1=0,W2=0,B2=0.25")
    assert why(traced, "dZ2")[0].endswith("is 0 because prediction and target are equal")
    assert traced.conclusions() == [
        "There is no error to send back: dZ2 = Z2 − Y is 0. No parameter changes."
    ]


def test_half_of_the_units_equal_are_named_by_number():
    start = {"W1": [[1.0, 2.0, 1.0]], "B1": [[0, 0, 0]], "W2": [[1.0], [2], [1]], "B2": [[0]]}
    traced = initlab.trace([1, 3, 1], start, DATA)
    assert why(traced, "dA1") == [
        "dA1 = dZ2 W2ᵀ has columns 0 and 2 equal because rows 0 and 2 of W2 are equal"
    ]
    assert (
        "Some of the 3 units of layer 1 get the same gradient and stay copies of each other."
        in traced.conclusions()[0]
    )


def test_a_dead_unit_among_living_ones_is_named_by_number():
    start = {"W1": [[1.0, -2.0]], "B1": [[0, 0]], "W2": [[1.0], [2.0]], "B2": [[0.0]]}
    traced = initlab.trace([1, 2, 1], start, DATA, nonlinearity="relu")
    assert why(traced, "dW2") == ["dW2 = A1ᵀ dZ2 is 0 in row 1 because A1 is 0 in column 1"]
    assert why(traced, "dB1") == ["dB1 = dZ1 is 0 in column 1 because dZ1 is 0 there"]
    assert "but it does not reach 1 of the 2 units of layer 1" in traced.conclusions()[0]


@pytest.mark.parametrize(
    "case", ["zeros", "ones", "W1=normal,W2=0,W3=1", "W1=0,B1=1,W2=1,W3=normal"]
)
@pytest.mark.parametrize("f", ["relu", "tanh", "sigmoid", "linear"])
def test_every_zero_has_a_cause_that_is_true(case, f):
    """Where a factor is called 0, it is; and nothing that is 0 goes without a cause."""
    points = ([[0.5, -0.2], [0.1, 0.9]], [0.3, 0.8])
    traced = of(case, (2, 3, 2, 1), points, steps=2, nonlinearity=f)
    for step in traced.steps:
        values = {**step.before, **step.forward, **step.backward, "X": step.inputs}
        for name in [*step.forward, *step.backward, *step.parameters]:
            found = remarks(step, name)
            value = {**step.forward, **step.backward, **step.parameters}[name]
            assert is_zero(value) == any(r.what == "is 0" for r in found), name
            for remark in found:
                named = [key for key in values if remark.because == f"{key} is 0"]
                assert all(is_zero(values[key]) for key in named), str(remark)
                assert "happens" not in remark.because


def test_equations_of_a_batch_divide_by_it():
    rows = {row.name: row.equation for row in random_trace(NETWORKS["two classes"]).explain()}
    assert rows["dW2"] == "dW2 = A1ᵀ dZ2 / 7"
    assert rows["dZ2"] == "dZ2 = A2 − Y"
    assert rows["A2"] == "A2 = sigmoid(Z2)"
    assert rows["dB1"] == "dB1 = mean of dZ1 over the samples"


def test_the_table_holds_numbers_equations_and_reasons():
    text = str(first_case())
    for expected in ("dZ2 = [−0.54594595]", "dZ2 = [−0.20486486]", "B2 = [0.07508108]",
                     "dW2 = A1ᵀ dZ2", "is 0 because A1 is 0", "Only B2 changes"):  # fmt: skip
        assert expected in text


def test_the_table_of_a_large_batch_is_cut_and_says_so():
    network = NETWORKS["relu"]
    start = initlab.draw_network("he_normal", network.layer_dims, seed=1)
    x = np.random.RandomState(0).standard_normal((300, 3))
    text = str(initlab.trace(network, start, (x, np.zeros(300))))
    assert "… 296 more rows" in text
    assert "… 1 more]" in text
    assert len(text.splitlines()) < 120
