"""The courses' three starts: zeros, large random numbers, He's."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

import numpy as np

from initlab.exercises.answers import Answer, Call
from initlab.exercises.exercise import Exercise
from initlab.exercises.expectations import Array, all_zero, parameters, wrong
from initlab.exercises.laws import (
    check_apart,
    check_distinct,
    check_shape,
    check_spread,
    factor_hint,
)

FORM = """
Return a dict with one weight and one bias for each layer after the input, `L = len(layers_dims) -
1` layers in all:

- `"W1"`, ..., `"WL"`: arrays of shape `(layers_dims[l], layers_dims[l-1])`, rows are units;
- `"b1"`, ..., `"bL"`: arrays of shape `(layers_dims[l], 1)`, all zero.

`layers_dims` is a list of layer widths, input first, such as `[2, 10, 5, 1]`. Leave it as it is.
All arrays hold floating-point numbers.
"""

SEEDING = """
The same call must give the same numbers every time. If your function takes `seed`, another seed
must give other numbers; if it takes none, seed the generator with a number of your choice inside.
Seed once, not for every layer: the layers must not repeat one another's numbers. Any of NumPy's
generators will do, and any order of drawing.
"""

ZEROS_TEXT = f"""
Write `initialize_parameters_zeros(layers_dims)`: every weight and every bias of a dense network is
zero.
{FORM}
A second argument `seed` is allowed and of no use.
"""

RANDOM_TEXT = f"""
Write `initialize_parameters_random(layers_dims, seed)`, or without `seed`: every weight is a
standard normal number times 10, every bias is zero.
{FORM}{SEEDING}"""

HE_TEXT = f"""
Write `initialize_parameters_he(layers_dims, seed)`, or without `seed`: every weight of layer `l` is
a standard normal number times `sqrt(2 / layers_dims[l-1])`, every bias is zero.
{FORM}{SEEDING}"""


def shapes_of(layers_dims: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """Shapes of W1, b1, W2, b2, ... of a dense network."""
    shapes: dict[str, tuple[int, ...]] = {}
    for k, (n, m) in enumerate(pairwise(layers_dims), start=1):
        shapes[f"W{k}"], shapes[f"b{k}"] = (m, n), (m, 1)
    return shapes


def _few_widths(generator: np.random.Generator) -> list[int]:
    return [int(n) for n in generator.integers(2, 13, size=generator.integers(3, 7))]


def _many_widths(generator: np.random.Generator) -> list[int]:
    """Narrow and wide layers in turn: few inputs and many, with 100,000 weights and more each."""
    low = generator.integers(3, 7, size=2)
    high = generator.integers(30_000, 34_000, size=2)
    return [int(n) for n in (low[0], high[0], low[1], high[1], 3)]


def _seeds(generator: np.random.Generator, count: int) -> list[int]:
    return [int(one) for one in generator.choice(2**31, size=count, replace=False)]


def _zeros_calls(generator: np.random.Generator) -> list[Call]:
    dims = [_few_widths(generator) for _ in range(3)]
    dims += [[int(n) for n in generator.integers(1, 30, size=2)]]  # one layer is a network too
    return [Call((one,), *_seeds(generator, 2)) for one in dims]


def _drawn_calls(generator: np.random.Generator) -> list[Call]:
    small, other, large = (make(generator) for make in (_few_widths, _few_widths, _many_widths))
    seeds, states = _seeds(generator, 4), _seeds(generator, 5)
    return [
        Call((small,), seeds[0], states[0]),
        Call((small,), seeds[0], states[1]),  # the same call from another state of the world
        Call((small,), seeds[1], states[2]),
        Call((other,), seeds[2], states[3]),
        Call((large,), seeds[3], states[4]),
    ]


def _judge_zeros(answers: Sequence[Answer]) -> list[str]:
    for answer in answers:
        (dims,) = answer.call.arguments
        for name, value in parameters(answer, shapes_of(dims)).items():
            all_zero(answer, value, name)
    return [f"names and shapes, for {len(answers)} networks", "all numbers are zero"]


def _judge_drawn(std: Callable[[int], float], hint: str, answers: Sequence[Answer]) -> list[str]:
    drawn = [parameters(answer, shapes_of(answer.call.arguments[0])) for answer in answers]
    for answer, theta in zip(answers, drawn, strict=True):
        for name, value in theta.items():
            if name.startswith("b"):
                all_zero(answer, value, name, "Only the weights are random.")
    _judge_seeds(answers, drawn)
    large = {name: value for name, value in drawn[-1].items() if name.startswith("W")}
    _judge_law(answers[-1], large, std, hint)
    said = "the same seed gives the same weights, another seed others"
    if not answers[0].seed_taken:
        said = "the same call gives the same weights"
    numbers = sum(weight.size for weight in large.values())
    return [
        f"names and shapes, for {len(answers) - 2} networks", "all biases are zero", said,
        f"the law of the weights, on {numbers:,} numbers", "no layer repeats another's numbers",
    ]  # fmt: skip


def _judge_seeds(answers: Sequence[Answer], drawn: Sequence[dict[str, Array]]) -> None:
    first, again, other = drawn[:3]
    if any((first[name] != again[name]).any() for name in first):
        hint = "Is the generator seeded inside the function, before the first draw?"
        raise wrong(answers[1], "the same weights as from the same call before.",
                    "other weights.", hint)  # fmt: skip
    weights = [name for name in first if name.startswith("W")]
    if answers[2].seed_taken and any((first[name] == other[name]).all() for name in weights):
        raise wrong(answers[2], f"other weights than from seed {answers[0].call.seed}.",
                    "the same weights.", "What does your function do with its seed?")  # fmt: skip


def _judge_law(
    answer: Answer, weights: dict[str, Array], std: Callable[[int], float], hint: str
) -> None:
    from scipy.special import ndtr

    if all((weight == 0).all() for weight in weights.values()):
        raise wrong(answer, "random weights.", "all weights are zero.")
    check_distinct(answer, weights)
    hint = factor_hint(list(weights.values()), hint)
    for name, weight in weights.items():
        check_spread(answer, weight, name, std(weight.shape[1]), kurtosis=3.0, hint=hint)
    check_apart(answer, weights)
    for name, weight in weights.items():
        standard = weight / std(weight.shape[1])
        check_shape(answer, standard, name, "the normal law", ndtr)


ZEROS = Exercise(
    "zeros", "all parameters zero", "initialize_parameters_zeros", ZEROS_TEXT,
    _zeros_calls, _judge_zeros,
)  # fmt: skip
RANDOM = Exercise(
    "random", "large random weights", "initialize_parameters_random", RANDOM_TEXT,
    _drawn_calls, partial(_judge_drawn, lambda n: 10.0, "What multiplies the numbers?"),
)  # fmt: skip
HE = Exercise(
    "he", "He's weights", "initialize_parameters_he", HE_TEXT,
    _drawn_calls,
    partial(_judge_drawn, lambda n: math.sqrt(2 / n),
            "On what does the factor depend, and which width is n?"),
)  # fmt: skip
