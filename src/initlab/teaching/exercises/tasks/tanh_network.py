"""The 1-2-1 tanh network: units that stay equal, and one step of gradient descent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from initlab.networks import DenseNetwork, gradients
from initlab.teaching.exercises.answers import Answer, Call
from initlab.teaching.exercises.exercise import Exercise
from initlab.teaching.exercises.expectations import (
    ROUNDED,
    ROUNDED_HINT,
    Array,
    parameters,
    same,
    wrong,
)
from initlab.teaching.exercises.wording import number_words
from initlab.validation import listed

NETWORK_TEXT = """
The network has one input, two hidden units with tanh, and one output. The `n` points are columns:
`x` and `y` have the shape `(1, n)`. The network computes the values on the left; on the right are
the shapes of the parameters:

    z1 = W1 @ x + b1        W1: (2, 1)   b1: (2, 1)
    a1 = tanh(z1)
    z2 = W2 @ a1 + b2       W2: (1, 2)   b2: (1, 1)
    loss = mean over the n points of (z2 - y)**2 / 2
"""

SYMMETRIC_CASE_TEXT = f"""
Find an initialization with which the two hidden units stay equal for ever, although not all weights
are zero.
{NETWORK_TEXT}
Write `symmetric_case()`, without arguments. It returns a dict of the four arrays `"W1"`, `"b1"`,
`"W2"`, `"b2"`, which have the shapes above and hold floating-point numbers, such that

- at least one number in `W1` or `W2` is not zero, and all numbers lie between -10 and 10;
- after any number of steps of gradient descent, at any learning rate and on any points, the two
  hidden units are equal: `W1[0] == W1[1]`, `b1[0] == b1[1]`, and `W2[0, 0] == W2[0, 1]`;
- the weights still change in training.

Mirror images do not count as equal: one unit must not be the negative of the other.
"""

GRADIENT_STEP_TEXT = f"""
Write one step of gradient descent by hand.
{NETWORK_TEXT}
Write `gradient_step(parameters, x, y, learning_rate)`. `parameters` is a dict of the four arrays
`"W1"`, `"b1"`, `"W2"`, `"b2"`. Return a new dict of the same names and shapes: each parameter minus
`learning_rate` times the derivative of the loss with respect to this parameter. Take all
derivatives at the old parameters.

Your results are compared with the exact results to eight digits. Do not change `parameters`, `x`
or `y`.
"""

NETWORK = DenseNetwork((1, 2, 1), nonlinearity="tanh", loss="half_mean_squared_error")
SHAPES: dict[str, tuple[int, ...]] = {"W1": (2, 1), "b1": (2, 1), "W2": (1, 2), "b2": (1, 1)}
STEPS = 200
AT_FIRST = "at initialization"
LARGEST = 10.0
EQUAL = 1e-9
DECIMALS = 6
MOVED = 10.0**-DECIMALS  # of the largest weight, or of 1 where all are smaller
DIGITS = 1e-8
Theta = dict[str, Array]


def step(theta: Theta, x: Array, y: Array, learning_rate: float) -> tuple[Theta, Theta]:
    """Take one step; return the new parameters and the gradient. x and y have the shape (1, n)."""
    _, slope = gradients(NETWORK, theta, x.T, y.ravel())
    return {name: theta[name] - learning_rate * slope[name] for name in theta}, slope


def _points(generator: np.random.Generator) -> tuple[Array, Array]:
    n = int(generator.integers(5, 20))
    x = generator.uniform(-1, 1, size=(1, n))
    return x, np.sin(generator.uniform(2, 4) * x + generator.uniform(0, 3)) + 0.3


def _case_calls(generator: np.random.Generator) -> list[Call]:
    return [Call((), None, int(generator.integers(2**31)))]


def _judge_case(answers: Sequence[Answer]) -> list[str]:
    (answer,) = answers
    initial = {name: value.astype(float) for name, value in parameters(answer, SHAPES).items()}
    if not initial["W1"].any() and not initial["W2"].any():
        raise wrong(answer, "a number in W1 or W2 that is not zero.", "all weights are zero.",
                    "Two units can be equal although their weights are not zero.")  # fmt: skip
    largest = max(float(abs(value).max()) for value in initial.values())
    if largest > LARGEST:
        raise wrong(answer, f"numbers between -{LARGEST:g} and {LARGEST:g}.",
                    f"the largest absolute value is {number_words(largest)}.")  # fmt: skip
    _equal_units(answer, initial, AT_FIRST)
    generator = np.random.default_rng()
    for _ in range(5):
        _train(answer, initial, generator)
    return [f"the two hidden units are equal {AT_FIRST} and after each of {STEPS} steps",
            "not all weights are zero, and the weights change in training"]  # fmt: skip


def _train(answer: Answer, initial: Theta, generator: np.random.Generator) -> None:
    x, y = _points(generator)
    rate = float(generator.uniform(0.02, 0.2))
    theta = initial
    for number in range(1, STEPS + 1):
        theta, _ = step(theta, x, y, rate)
        _equal_units(answer, theta, f"after step {number}")
    moved = max(float(abs(theta[name] - initial[name]).max()) for name in ("W1", "W2"))
    size = max(float(abs(initial[name]).max()) for name in ("W1", "W2"))
    if not moved > MOVED * max(1.0, size):
        hint = "The numbers are so large that the output of tanh hardly depends on its input."
        if size < 1:
            hint = "The weights are so small that they have the same effect as weights of zero."
        raise wrong(answer, "weights that change in training.",
                    f"after {STEPS} steps W1 and W2 still have their initial values, to "
                    f"{DECIMALS} digits.", hint)  # fmt: skip


def _equal_units(answer: Answer, theta: Theta, when: str) -> None:
    rows = {"W1": theta["W1"][:, 0], "b1": theta["b1"][:, 0], "W2": theta["W2"][0]}
    for name, (one, two) in rows.items():
        if not abs(one - two) <= EQUAL * max(1.0, abs(one)):
            mirrored = all(abs(a + b) <= EQUAL for a, b in rows.values())
            hint = (
                "The two units are mirror images of each other; make the two units equal."
                if mirrored
                else ""
            )
            if when != AT_FIRST:
                hint = "On which numbers does the gradient of a unit depend?"
            got = f"{name} is {one:.12g} for one unit and {two:.12g} for the other."
            raise wrong(answer, f"the two hidden units are equal {when}.", got, hint)


def _step_calls(generator: np.random.Generator) -> list[Call]:
    calls = []
    for _ in range(4):
        theta = {name: generator.normal(size=shape) for name, shape in SHAPES.items()}
        rate = float(generator.choice(np.arange(5, 100))) / 100
        calls.append(Call((theta, *_points(generator), rate), None, int(generator.integers(2**31))))
    return calls


def _judge_step(answers: Sequence[Answer]) -> list[str]:
    for answer in answers:
        theta, x, y, rate = answer.call.arguments
        right, slope = step(theta, x, y, rate)
        got = parameters(answer, SHAPES)
        for name, wanted in right.items():
            if not same(got[name], wanted, DIGITS):
                raise wrong(
                    answer, f"{name} = {_listed(wanted)}.", f"{_listed(got[name])}.",
                    _step_hint(got, theta, slope, rate, x.size),
                )  # fmt: skip
    return [f"all four parameters are right for {len(answers)} sets of arguments"]


def _listed(value: Array) -> str:
    return np.array2string(value, precision=6, separator=", ").replace("\n", "")


def _step_hint(got: Theta, theta: Theta, slope: Theta, rate: float, n: int) -> str:
    def is_(other: Theta) -> bool:
        return all(same(got[name], other[name], DIGITS) for name in SHAPES)

    def moved(factor: float) -> Theta:
        return {name: theta[name] - factor * rate * slope[name] for name in SHAPES}

    guesses = [
        (slope, "The returned arrays are the derivatives; return the new parameters."),
        (theta, "The returned arrays are the old parameters."),
        (moved(-1), "The step goes uphill: check the sign of the step."),
        (
            moved(2),
            "The step is twice as long as it should be: what is the derivative of (z - y)**2 / 2?",
        ),
        (
            moved(n),
            "The step is n times as long as it should be, where n is the number of points: is "
            "there a sum in place of a mean?",
        ),
        (
            moved(2 * n),
            "The step is 2 n times as long as it should be, where n is the number of points: check "
            "the mean and the factor 1/2.",
        ),
        (moved(1 / rate), "The learning rate is missing."),
        (moved(0.5), "The step is half as long as it should be."),
    ]
    for other, words in guesses:
        if is_(other):
            return words
    if all(same(got[name], moved(1)[name], ROUNDED) for name in SHAPES):
        return ROUNDED_HINT
    right = [name for name in SHAPES if same(got[name], moved(1)[name], DIGITS)]
    old = [name for name in SHAPES if same(got[name], theta[name], DIGITS)]
    uphill = [name for name in SHAPES if same(got[name], moved(-1)[name], DIGITS)]
    if uphill:
        return f"The step of {listed(uphill)} goes uphill: check the sign of this step."
    if old:
        return f"The step leaves {listed(old)} unchanged."
    output_layer = "Check the output layer first: how does the loss change with z2?"
    if not right:
        return output_layer
    late = theta["W1"] - rate * slope["W1"] * (got["W2"] / theta["W2"]).T
    if "W2" in right and same(got["W1"], late, DIGITS):
        return (
            "The derivative with respect to W1 was computed with the new W2. Compute all "
            "derivatives with the old parameters."
        )
    verb = "are" if len(right) > 1 else "is"
    hidden_layer = "For the other parameters, continue the chain rule back through tanh."
    where = hidden_layer if {"W2", "b2"} <= set(right) else output_layer
    return f"{listed(right)} {verb} right. {where}"


SYMMETRIC_CASE = Exercise(
    "symmetric_case", "units that stay equal", "symmetric_case", SYMMETRIC_CASE_TEXT,
    _case_calls, _judge_case,
)  # fmt: skip
GRADIENT_STEP = Exercise(
    "gradient_step", "one step of gradient descent by hand", "gradient_step", GRADIENT_STEP_TEXT,
    _step_calls, _judge_step,
)  # fmt: skip
