"""Right starts pass however they are written; wrong ones get a message that says why."""

from __future__ import annotations

from itertools import chain, pairwise, repeat

import numpy as np
import pytest

from initlab.teaching.drop_ins.coursera import (
    initialize_parameters_he_test,
    initialize_parameters_random_test,
    initialize_parameters_zeros_test,
    multiple_test,
    single_test,
)


def start(weight, bias=lambda m: np.zeros((m, 1)), seed=3, layers=lambda dims: len(dims)):
    """A student's function: ``weight(n, m)`` draws a weight of m units with n inputs."""

    def initialize(layers_dims):
        if seed is not None:
            np.random.seed(seed)
        parameters = {}
        for k in range(1, layers(layers_dims)):
            parameters[f"W{k}"] = weight(layers_dims[k - 1], layers_dims[k])
            parameters[f"b{k}"] = bias(layers_dims[k])
        return parameters

    return initialize


def randn(factor):
    return lambda n, m: np.random.randn(m, n) * factor(n, m)


def with_own_generator(layers_dims):
    rng = np.random.RandomState(3)
    named = {}
    for i, (n, m) in enumerate(pairwise(layers_dims)):
        named["W" + str(i + 1)] = rng.normal(0, 1, (m, n)) * np.sqrt(2.0 / n)
        named["b" + str(i + 1)] = np.zeros(shape=(m, 1), dtype=np.float32)
    return named


def zeros(n, m):
    return np.zeros((m, n))


TESTS = {
    "zeros": initialize_parameters_zeros_test,
    "random": initialize_parameters_random_test,
    "he": initialize_parameters_he_test,
}
RIGHT = {
    "zeros": [
        start(zeros, seed=None),
        start(lambda n, m: np.full((m, n), 0.0), lambda m: np.zeros([m, 1])),
        start(lambda n, m: 0 * np.random.rand(m, n)),
    ],
    "random": [
        start(randn(lambda n, m: 10)),
        start(lambda n, m: 10 * np.random.standard_normal((m, n))),
        start(lambda n, m: np.random.normal(0, 10, size=(m, n)), lambda m: np.zeros((m, 1))),
    ],
    "he": [
        start(randn(lambda n, m: np.sqrt(2 / n))),
        start(lambda n, m: np.random.randn(m, n) / np.sqrt(n) * 2**0.5),
        with_own_generator,
    ],
}
GOOD = {
    "zeros": zeros,
    "random": randn(lambda n, m: 10),
    "he": randn(lambda n, m: (2 / n) ** 0.5),
}


@pytest.mark.parametrize(("name", "number"), [(n, i) for n in TESTS for i in range(3)])
def test_right_starts_pass(name, number, capsys):
    TESTS[name](RIGHT[name][number])
    assert "All tests passed" in capsys.readouterr().out


def seeded_in_the_loop(factor):
    def weight(n, m):
        np.random.seed(3)
        return np.random.randn(m, n) * factor(n)

    return weight


def emptied(layers_dims):
    layers_dims.clear()


SHAPE_FAULTS = [  # wrong whatever the distribution
    (lambda good: start(lambda n, m: good(n, m).T), "dimensions are swapped"),
    (lambda good: start(good, lambda m: np.zeros(m)), r"shape: b1 .* as one tuple"),
    (lambda good: start(good, lambda m: np.zeros((1, m))), "b2 must have .* swapped"),
    (lambda good: start(good, lambda m: np.ones((m, 1))), "bias that is not zero"),
    (lambda good: start(good, lambda m: 0), "type: b1 must be a numpy.ndarray, got int"),
    (lambda good: start(lambda n, m: good(n, m).tolist()), "type: W1 .* got list"),
    (lambda good: start(good, layers=lambda dims: len(dims) - 1), "without W2, b2"),
    (lambda good: start(good, layers=lambda dims: 3), "without W3, b3"),
    (lambda good: lambda dims: None, "must return a dict, got NoneType.*return"),
    (lambda good: lambda dims: {**start(good)(dims), "W0": 1}, "an unexpected key: W0"),
    (lambda good: lambda dims: 1 / 0, "raised ZeroDivisionError"),
    (lambda good: emptied, "changed its argument layers_dims; leave the list"),
    (lambda good: 3, "pass the function itself"),
]
WRONG = [
    ("zeros", start(lambda n, m: np.ones((m, n))), "W1 must be all zeros"),
    ("zeros", start(randn(lambda n, m: 1e-3)), "W1 must be all zeros"),
    ("random", start(GOOD["random"], seed=None), r"lacks a seed.*np.random.seed\(3\)"),
    ("random", start(randn(lambda n, m: 1)), "not multiplied by a factor.*multiplied by 10"),
    ("random", start(randn(lambda n, m: 0.01)), r"multiplied by 0\.01"),
    ("random", start(lambda n, m: np.random.rand(m, n) * 10), "rand, which is uniform"),
    ("random", start(lambda n, m: np.random.randn(n, m).T * 10), "transposed"),
    ("random", start(seeded_in_the_loop(lambda n: 10)), "set again for every layer"),
    ("random", start(GOOD["random"], seed=1), "seed is 1; the seed must be 3"),
    ("random", start(zeros), "all weights are zero"),
    ("random", start(randn(lambda n, m: 7)), r"entry \[0, 0\] must be 17.88"),
    ("random", start(lambda n, m: np.full((m, n), np.nan)), "entry .* got nan"),
    ("he", start(randn(lambda n, m: 2 / n)), "sqrt was forgotten"),
    ("he", start(randn(lambda n, m: (1 / n) ** 0.5)), "Xavier"),
    ("he", start(randn(lambda n, m: (2 / m) ** 0.5)), "width of this layer"),
    ("he", start(randn(lambda n, m: (2 / (n + m)) ** 0.5)), "Glorot"),
    ("he", start(randn(lambda n, m: 10)), "multiplied by 10"),
    ("he", start(randn(lambda n, m: 1)), "not multiplied by a factor"),
    ("he", start(randn(lambda n, m: 2**0.5 / n)), "sqrt of n was forgotten"),
    ("he", start(GOOD["he"], seed=None), "lacks a seed"),
    ("he", start(GOOD["he"], seed=42), "seed is 42"),
    ("he", start(seeded_in_the_loop(lambda n: (2 / n) ** 0.5)), "set again for every layer"),
]


@pytest.mark.parametrize("name", TESTS)
@pytest.mark.parametrize(("make", "words"), SHAPE_FAULTS)
def test_faults_of_form_are_named(name, make, words):
    with pytest.raises(AssertionError, match=words):
        TESTS[name](make(GOOD[name]))


@pytest.mark.parametrize(("name", "wrong", "words"), WRONG)
def test_faults_of_value_are_named(name, wrong, words, capsys):
    with pytest.raises(AssertionError, match=words):
        TESTS[name](wrong)
    assert not capsys.readouterr().out


def test_a_missing_seed_is_noticed_where_the_cell_before_set_it():
    np.random.seed(3)
    with pytest.raises(AssertionError, match="lacks a seed"):
        initialize_parameters_random_test(start(GOOD["random"], seed=None))


def test_the_global_generator_is_left_as_one_call_leaves_it():
    right = start(GOOD["he"])
    right([3, 1, 2])
    expected = np.random.randn()
    initialize_parameters_he_test(right)
    assert np.random.randn() == expected


def test_a_test_of_zeros_leaves_the_global_generator_alone():
    np.random.seed(8)
    initialize_parameters_zeros_test(start(zeros, seed=None))
    left = np.random.randn()
    np.random.seed(8)
    assert left == np.random.randn()


def test_a_function_that_forgets_its_job_when_called_again_is_told_so():
    answers = chain([start(GOOD["he"])([3, 1, 2])], repeat({}))
    with pytest.raises(AssertionError, match=r"without .* when called again"):
        initialize_parameters_he_test(lambda dims: next(answers))


CASES = [
    {"name": name, "input": [np.ones((2, 1))], "expected": expected, "error": "Wrong sum"}
    for name, expected in (
        ("datatype_check", {"s": np.zeros((1, 1))}),
        ("shape_check", {"s": np.zeros((1, 1))}),
        ("equation_output_check", {"s": np.array([[2.0]])}),
    )
]


@pytest.mark.parametrize("check", [single_test, multiple_test])
def test_course_cases_pass_and_fail(check, capsys):
    check(CASES, lambda x: {"s": x.sum(axis=0, keepdims=True)})
    assert "All tests passed" in capsys.readouterr().out
    with pytest.raises(AssertionError, match=r"1 of 3 .*Wrong sum \(the result\['s'\] must be"):
        check(CASES, lambda x: {"s": x.mean(axis=0, keepdims=True)})
    with pytest.raises(AssertionError, match="2 of 3"):
        check(CASES, lambda x: {"s": x})
    with pytest.raises(AssertionError, match="must be a dict, got ndarray"):
        check(CASES, lambda x: x)
    with pytest.raises(AssertionError, match=r"must have the keys \['s'\], got \['S'\]"):
        check(CASES, lambda x: {"S": x})


def test_a_wrong_number_of_values_is_said():
    case = {"name": "shape_check", "input": [1.0], "expected": (1.0, 2.0)}
    with pytest.raises(AssertionError, match="the result must have 2 values, got 3"):
        multiple_test([case], lambda x: (x, x, x))
