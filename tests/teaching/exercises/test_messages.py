"""A beginner's mistake -> words that are true of it and say where to look."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import initlab
from initlab.teaching.exercises.answers import Failure
from initlab.teaching.exercises.wording import failure_words
from tests.teaching.exercises.solving import SOLUTIONS, function_of


def right(file, name):
    return function_of(SOLUTIONS / "right" / f"{file}.py", name)


zeros = right("zeros__as_the_course_does", "initialize_parameters_zeros")
best_start = right("best_start__short", "best_start")
gradient_step = right("gradient_step__by_hand", "gradient_step")


dataset = right("dataset__scikit_learn", "generate_dataset")


def worst(table):
    """Names of the wrong ends of both columns."""
    rows = {name: row for name, row in table.items() if best_start({name: row})[0]}
    return (max(rows, key=lambda name: rows[name]["train_loss"], default=None),) * 3


def unsolved(dims):
    raise NotImplementedError


def flat_bias(theta, x, y, rate):
    step = gradient_step(theta, x, y, rate)
    return {**step, "b1": step["b1"] + np.zeros(2)}


def one_fixed(n, m, seed):
    weight = np.random.default_rng(seed).uniform(-(n**-0.5), n**-0.5, (m, n))
    weight[0, 0] = 0.5 * n**-0.5
    return weight, np.zeros(m)


def half(n, m):
    y = n**-0.5
    return np.random.normal(0, y, (m, n)), np.zeros(m)


def circles(change, *given):
    """Right points, two of the four parts changed."""
    train_X, train_Y, test_X, test_Y = dataset(*given)
    return change(train_X), train_Y, change(test_X), test_Y


def without_return(table):
    best_start(table)


@pytest.mark.parametrize(
    ("id", "function", "words"),
    [
        # None
        ("zeros", lambda d: None, "Is there a return at the end of the function?"),
        ("best_start", without_return, "Is there a return at the end of the function?"),
        ("zeros", lambda d: dict.fromkeys(zeros(d)), "Which line makes this value None?"),
        ("zeros", lambda d: {**zeros(d), "b1": None}, "Which line makes this value None?"),
        ("general_rule", lambda n, m: (None, np.zeros(m)), "Which line makes this value None?"),
        ("default_start", lambda n: (None, 1.0), "Which line makes this value None?"),
        ("best_start", lambda t: (*best_start(t)[:2], None), "Return None only if"),
        ("zeros", lambda d: d.sort()[0], "A value in the line that raised the error is None"),
        ("zeros", lambda d: None + 1, "A value in the line that raised the error is None"),
        ("zeros", lambda d: without_return({}).shape,
         "A value in the line that raised the error is None"),
        # whole numbers
        ("zeros", lambda d: {k: v.astype(int) for k, v in zeros(d).items()}, "dtype=float."),
        ("zeros", lambda d: {k: v.astype("u1") for k, v in zeros(d).items()}, "dtype=float."),
        ("symmetric_case", lambda: {"W1": np.array([[1], [1]]), "b1": np.zeros((2, 1)),
                                    "W2": np.ones((1, 2)), "b2": np.zeros((1, 1))},
         "dtype=float."),
        # signs
        ("default_start", lambda n: (-(n**-0.5), (3 * n) ** -0.5), "but the sign is wrong"),
        ("default_start", lambda n: (n**-0.5, -((3 * n) ** -0.5)), "but the sign is wrong"),
        ("preprocess", lambda a, b, c, d: (-a.T, b[None], -c.T, d[None]), "but the sign is wrong"),
        ("gradient_step", lambda p, *more: {k: 2 * p[k] - v
                                            for k, v in gradient_step(p, *more).items()},
         "The step goes uphill"),
        ("gradient_step", lambda p, *more: {
            k: 2 * p[k] - v if k in ("W1", "b2") else v
            for k, v in gradient_step(p, *more).items()}, "The step of W1 and b2 goes uphill"),
        ("best_start", worst,
         "The returned initialization has the worst train_loss"),
        # places
        ("dataset", lambda *given: circles(lambda x: x.T.reshape(-1, 2), *given), "as they are."),
        ("dataset", lambda *given: circles(lambda x: x[::-1], *given), "as they are."),
        ("preprocess", lambda a, b, c, d: (a.reshape(a.shape[::-1]), b[None],
                                           c.reshape(c.shape[::-1]), d[None]), "not transpose"),
        ("dataset", lambda a, b, c, d, e, f: dataset(a, b, d, c, e, f),
         "Does each call of make_circles get"),
        # imports and other errors
        ("zeros", lambda d: npp.zeros(d[0]),  # noqa: F821
         "Nothing defines the name 'npp' before the call: is the definition missing"),
        ("zeros", lambda d: torch.zeros(d[0]), "torch is not imported: write 'import torch'"),  # noqa: F821
        ("zeros", lambda d: np.zeros(2, 3), "np.zeros((2, 3))"),
        ("zeros", lambda d: np.zeros(d[0] / 2), "Shapes and the arguments of range are integers"),
        ("zeros", lambda d: np.zeross(d), "numpy has no such name: is the name"),
        ("zeros", lambda d, a, b: zeros(d), "How many arguments does the task ask for"),
        ("default_start", lambda n: n(1), "Round brackets call"),
        ("default_start", lambda n: n[0], "square brackets take"),
        ("default_start", lambda n: [n] + 1.0, "Which types do the values in the line"),
        ("preprocess", lambda *given: given[0].reshape(7, 7, 7), "as many numbers"),
        ("preprocess", lambda *given: given[0] @ given[0], "Which shapes do the arrays have?"),
        ("preprocess", lambda *given: np.ones((2, 3)) + np.ones((3, 2)),
         "Which shapes do the arrays have?"),
        ("best_start", lambda t: t["nothing"], "Which keys does the dict have"),
        ("zeros", lambda d: d[99], "Python counts from 0"),
        ("zeros", lambda d: np.zeros(3)[0, 0], "how many indices stand in the brackets?"),
        ("zeros", lambda d: np.zeros(3)[1 / 1], "An index is an integer."),
        ("zeros", lambda d: d.shape, "Which type does the value before the dot have?"),
        ("default_start", lambda n: n / 0, "when is it 0?"),
        # names and shapes
        ("zeros", lambda d: {k.lower(): v for k, v in zeros(d).items()}, "capital letters"),
        ("zeros", lambda d: {f"{k[0]}{int(k[1:]) - 1}": v for k, v in zeros(d).items()},
         "after the input has the number 1"),
        ("zeros", lambda d: {k: zeros(d)[k] for k in ("W1", "b1")}, "return come after the loop?"),
        ("zeros", lambda d: {k: v.tolist() for k, v in zeros(d).items()}, "numpy.array(...) turns"),
        ("zeros", lambda d: {k: v.astype(object) for k, v in zeros(d).items()},
         "W1 is an array of dtype object."),
        ("zeros", lambda d: {("W", 1): 0.0}, "Its keys are: a value of type tuple."),
        ("zeros", lambda d: list(zeros(d).values()), "A dict gives each array its name"),
        ("zeros", lambda d: tuple(zeros(d).values()), "A dict gives each array its name"),
        ("zeros", lambda d: sys.exit(), "your code called exit without a value"),
        ("zeros", unsolved, "The function is not written yet"),
        ("default_start", lambda n: (round(n**-0.5, 6), round((3 * n) ** -0.5, 6)),
         "Got:      0.57735.\n  Hint:     The result has fewer correct digits"),
        ("default_start", lambda n: (np.float32(n) ** -0.5, np.float32(3 * n) ** -0.5),
         "round the result, or compute in float32?"),
        ("dataset", lambda *given: ((0, 0), (0, 0)), "Return all values in one flat tuple."),
        ("preprocess", lambda a, b, c, d: (a.T, c.T, b[None], d[None]),
         "returned value 2 is test_X."),
        ("preprocess", lambda a, b, c, d: (a.T.astype("f4"), b[None], c.T, d[None]), "float32?"),
        ("general_rule", half, "Which distribution has bounds?"),
        ("general_rule", one_fixed, "every weight differs from seed to seed."),
        ("zeros", lambda d: {k: v[:, 0] if k[0] == "b" else v for k, v in zeros(d).items()},
         "a matrix has two dimensions, even if"),
        ("gradient_step", lambda p, *more: gradient_step(p, *more) | {"b1": p["b1"]},
         "The step leaves b1 unchanged."),
        ("gradient_step", lambda *given: {k: v.round(7) for k, v in gradient_step(*given).items()},
         "fewer correct digits"),
        ("gradient_step", flat_bias, "which term has the shape (2,)?"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_the_words_fit(id, function, words):
    assert words in str(initlab.check(id, function))


def test_a_missing_np_is_named_with_its_import():
    space = {}
    exec("def zeros(layers_dims):\n    return np.zeros(2)", space)
    hint = "np is not imported: write 'import numpy as np' above the function."
    assert initlab.check("zeros", space["zeros"]).hint == hint


def test_a_name_given_its_value_too_late_is_explained():
    def late(layers_dims):
        total = layers_dims[0] + size  # noqa: F821
        size = 3
        return total, size

    assert initlab.check("zeros", late).hint.startswith(
        "The function assigns the variable 'size' somewhere"
    )


def test_a_message_that_ends_with_a_full_stop_goes_on_with_its_place():
    failure = Failure("RuntimeError", "a leaf Variable is changed.", "a.py, line 2", "w.fill_(0)")
    words = "RuntimeError: a leaf Variable is changed, raised at a.py, line 2: w.fill_(0)"
    assert failure_words(failure) == words
    assert failure_words(Failure("ValueError", "Bad.")) == "ValueError: Bad."


def test_a_surplus_name_that_is_no_layers_is_no_matter_of_the_loop():
    verdict = initlab.check("zeros", lambda dims: {**zeros(dims), "loss": 0.0})
    assert verdict.got == "a dict that also has the key loss."
    assert verdict.hint == ""


def test_names_out_of_a_numpy_array_are_names():
    def with_numpys_names(results):
        return [name if name is None else np.str_(name) for name in best_start(results)]

    assert initlab.check("best_start", with_numpys_names).passed


def test_a_layer_left_alone_is_told_so():
    pytest.importorskip("torch")
    verdict = initlab.check("general_rule", lambda m: None)
    assert verdict.call.startswith("<lambda>(Linear(")
    assert verdict.hint == (
        "Your function did not set the bias. Before the call, the checker fills the bias with the "
        "number 7."
    )


def test_a_layer_robbed_of_its_bias_is_no_crash():
    pytest.importorskip("torch")

    def without_bias(m):
        m.bias = None

    assert initlab.check("general_rule", without_bias).got == "bias is None."
