"""A formula is read without running anything else."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.datasets.boundary import formula
from initlab.errors import ArgumentError

X = np.linspace(-1, 1, 9)
LONG = ("-" * 199 + "x", "9**9**9**9" + "**9" * 60)  # which are formulas


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sin(3*x)", np.sin(3 * X)),
        ("0.5*x^2 - 1", 0.5 * X**2 - 1),
        ("-x**3 + abs(x)/2", -(X**3) + np.abs(X) / 2),
        (" tanh(pi*x) * exp(-x) ", np.tanh(np.pi * X) * np.exp(-X)),
        ("2", np.full(9, 2.0)),
    ],
)
def test_a_formula_is_what_python_makes_of_it(text, expected):
    values = formula(text)(X)
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values, expected)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "y", "x +", "x if x else 1", "__import__('os')", "x.real", "sin(x, x)", "sin(x=x)",
        "lambda: x", "[x]", "x and 1", "True", "'x'", "1j", "x @ x", "x // 2", "sin", "(" * 300,
        "x" * 201, None, 3, *LONG,
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_one_sentence(text):
    try:
        values = formula(text)(X)
    except ArgumentError as error:
        assert str(error).startswith("function must be a ")  # noqa: PT017
        assert "a formula such as sin(3*x), made of x" in str(error)  # noqa: PT017
    else:
        assert text in LONG
        assert values.shape == X.shape
