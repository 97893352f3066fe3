"""A beginner's mistake -> words that are true of it and say where to look."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import initlab
from tests.exercises.solving import SOLUTIONS, function_of


def right(file, name):
    return function_of(SOLUTIONS / "right" / f"{file}.py", name)


zeros = right("zeros__as_the_course_does", "initialize_parameters_zeros")
best_start = right("best_start__short", "best_start")
gradient_step = right("gradient_step__by_hand", "gradient_step")


def unsolved(dims):
    raise NotImplementedError


def flat_bias(theta, x, y, rate):
    step = gradient_step(theta, x, y, rate)
    return {**step, "b1": step["b1"] + np.zeros(2)}


def half(n, m):
    y = n**-0.5
    return np.random.normal(0, y, (m, n)), np.zeros(m)


@pytest.mark.parametrize(
    ("id", "function", "words"),
    [
        ("zeros", lambda d: {k.lower(): v for k, v in zeros(d).items()}, "capital letters"),
        ("zeros", lambda d: {f"{k[0]}{int(k[1:]) - 1}": v for k, v in zeros(d).items()},
         "after the input has the number 1"),
        ("zeros", lambda d: {k: zeros(d)[k] for k in ("W1", "b1")}, "the return stand behind it"),
        ("zeros", lambda d: {k: v.tolist() for k, v in zeros(d).items()}, "numpy.array(...) makes"),
        ("zeros", lambda d: {k: v.astype(object) for k, v in zeros(d).items()},
         "W1 is an array of object."),
        ("zeros", lambda d: {("W", 1): 0.0}, "and has a value of type tuple."),
        ("zeros", lambda d: sys.exit(), "exit (without a code)"),
        ("zeros", unsolved, "Nothing is written here yet"),
        ("default_start", lambda n: (round(n**-0.5, 6), round((3 * n) ** -0.5, 6)),
         "Got:      0.57735.\n  Hint:     That is right to fewer digits"),
        ("default_start", lambda n: (np.float32(n) ** -0.5, np.float32(3 * n) ** -0.5),
         "is it rounded, or float32?"),
        ("dataset", lambda *given: ((0, 0), (0, 0)), "All values belong side by side."),
        ("preprocess", lambda a, b, c, d: (a.T, c.T, b[None], d[None]), "Got:      test_X."),
        ("preprocess", lambda a, b, c, d: (a.T.astype("f4"), b[None], c.T, d[None]), "float32?"),
        ("general_rule", half, "Which law has bounds, and which has none?"),
        ("gradient_step", lambda p, *more: gradient_step(p, *more) | {"b1": p["b1"]},
         "Unchanged: b1."),
        ("gradient_step", lambda *given: {k: v.round(7) for k, v in gradient_step(*given).items()},
         "right to fewer digits"),
        ("gradient_step", flat_bias, "which part of the sum is flat?"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_the_words_fit(id, function, words):
    assert words in str(initlab.check(id, function))


def test_a_surplus_name_that_is_no_layers_is_no_matter_of_the_loop():
    verdict = initlab.check("zeros", lambda dims: {**zeros(dims), "loss": 0.0})
    assert verdict.got == "it has loss too."
    assert verdict.hint == ""


def test_names_out_of_a_numpy_array_are_names():
    def with_numpys_names(results):
        return [name if name is None else np.str_(name) for name in best_start(results)]

    assert initlab.check("best_start", with_numpys_names).passed


def test_a_layer_left_alone_is_told_so():
    pytest.importorskip("torch")
    verdict = initlab.check("general_rule", lambda m: None)
    assert verdict.call.startswith("<lambda>(Linear(")
    assert verdict.hint == "Your function did not set it: it held 7 before the call."


def test_a_layer_robbed_of_its_bias_is_no_crash():
    pytest.importorskip("torch")

    def without_bias(m):
        m.bias = None

    assert initlab.check("general_rule", without_bias).got == "bias is None."
