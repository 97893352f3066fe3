"""The courses' three initializations: zeros, large random numbers, He's."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial, reduce
from itertools import pairwise

import numpy as np

from initlab.teaching.exercises.answers import Answer, Call
from initlab.teaching.exercises.distributions import (
    NORMAL,
    Drawn,
    check_distribution,
    factor_hint,
    has_spread,
)
from initlab.teaching.exercises.exercise import Exercise, WrongAnswer
from initlab.teaching.exercises.expectations import Array, all_zero, parameters, wrong
from initlab.teaching.exercises.seeding import calls_in_any_order, check_seeds, come_again
from initlab.teaching.exercises.wording import number_words

SMALL_NETWORK = 10_000  # weights: in single precision hardly any number comes again among so few
MANY_TIMES = 4
FEWEST = 10  # weights of a layer that is compared with others
FEW = 2  # weights that are set by hand, of a layer
ALIKE_DIGITS = 9
FORM = """
Return a dict with one weight array and one bias array for each of the `L = len(layers_dims) - 1`
layers after the input:

- `"W1"`, ..., `"WL"`: the array of layer `l` has the shape `(layers_dims[l], layers_dims[l-1])`,
  one row per unit of the layer;
- `"b1"`, ..., `"bL"`: the array of layer `l` has the shape `(layers_dims[l], 1)` and holds zeros.

`layers_dims` is a list of layer widths, input first, such as `[2, 10, 5, 1]`. Do not change
`layers_dims`. All arrays hold floating-point numbers.
"""

SEEDING = """
The same call must give the same numbers every time. If your function takes `seed`, another seed
must give other numbers. If your function takes no seed, seed the generator inside the function with
a number of your choice. Seed once per call, not once per layer: no layer may repeat the numbers of
another layer. You may use any generator of NumPy. The order in which you draw the weights of the
layers does not matter.
"""

ZEROS_TEXT = f"""
Write `initialize_parameters_zeros(layers_dims)`: every weight and every bias of a dense network is
zero.
{FORM}
Your function may take a second argument `seed`, which must have no effect.
"""

RANDOM_TEXT = f"""
Write `initialize_parameters_random(layers_dims, seed)` or
`initialize_parameters_random(layers_dims)`: every weight is a standard normal number times 10, and
every bias is zero.
{FORM}{SEEDING}"""

HE_TEXT = f"""
Write `initialize_parameters_he(layers_dims, seed)` or
`initialize_parameters_he(layers_dims)`: every weight of layer `l` is a standard normal number times
`sqrt(2 / layers_dims[l-1])`, and every bias is zero.
{FORM}{SEEDING}"""


def shapes_of(layers_dims: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """Shapes of W1, b1, W2, b2, ... of a dense network."""
    shapes: dict[str, tuple[int, ...]] = {}
    for k, (n, m) in enumerate(pairwise(layers_dims), start=1):
        shapes[f"W{k}"], shapes[f"b{k}"] = (m, n), (m, 1)
    return shapes


def _networks(generator: np.random.Generator) -> list[list[int]]:
    """Layer widths of several networks: the rule is to hold in narrow layers and in wide ones."""

    def between(low: int, high: int, count: int) -> list[int]:
        return [int(n) for n in generator.integers(low, high + 1, size=count)]

    narrow, wide = between(20, 40, 2), between(800, 1500, 2)
    few, many = between(3, 7, 2), between(30_000, 34_000, 2)
    return [
        between(1, 12, 2), between(2, 12, 6), between(1, 8, 120), between(20, 80, 14),
        between(100, 400, 4), [wide[0], narrow[0], wide[1], narrow[1]],
        [few[0], many[0], few[1], many[1], 3],
    ]  # fmt: skip


def _zeros_calls(generator: np.random.Generator) -> list[Call]:
    return [Call((dims,), int(generator.integers(2**31))) for dims in _networks(generator)]


def _drawn_calls(generator: np.random.Generator) -> list[Call]:
    again = [int(n) for n in generator.integers(12, 26, size=5)]
    return calls_in_any_order(generator, (again,), [(dims,) for dims in _networks(generator)])


def _by_size(answers: Sequence[Answer]) -> list[Answer]:
    return sorted(answers, key=lambda answer: sum(answer.call.arguments[0]))


def _judge_zeros(answers: Sequence[Answer]) -> list[str]:
    for answer in _by_size(answers):
        (dims,) = answer.call.arguments
        for name, value in parameters(answer, shapes_of(dims)).items():
            all_zero(answer, value, name)
    return [
        f"the names and shapes of the arrays are right for {len(answers)} networks",
        "all numbers are zero",
    ]


def _judge_drawn(std: Callable[[int], float], hint: str, answers: Sequence[Answer]) -> list[str]:
    answers = _by_size(answers)
    networks = [_weights(answer, std) for answer in answers]
    again = come_again(answers)
    if not all(has_spread(one.weight, one.std) for one in networks[-1]):
        hint = factor_hint([one.weight for one in networks[-1]], hint)
    for layers in reversed(networks):  # the widest shows best what is wrong
        check_distribution(layers, NORMAL, hint)
    check_seeds(  # last: only independent normal numbers tell whether two calls differ
        [_in_a_row(layers) for layers in networks if layers[0].answer in again],
        differ=False, hint="Is the generator seeded inside the function, before the first draw?",
    )  # fmt: skip
    others = [layers for layers in networks if layers[0].answer not in again]
    _check_none_zero(others)
    _check_none_set(others)
    said = "the same seed gives the same weights, another seed gives other weights"
    if not answers[0].seed_taken:
        said = "the same call gives the same weights"
    numbers = sum(one.weight.size for layers in networks for one in layers)
    return [
        "the names and shapes of the arrays are right for "
        f"{len(answers) - len(again) + 1} networks",
        "all biases are zero", said, f"the distribution of {numbers:,} weights is right",
        "no layer repeats the numbers of another layer",
    ]  # fmt: skip


def _weights(answer: Answer, std: Callable[[int], float]) -> list[Drawn]:
    """Return the weights of one network; biases and zeros are judged here."""
    theta = parameters(answer, shapes_of(answer.call.arguments[0]))
    for name, value in theta.items():
        if name.startswith("b"):
            all_zero(answer, value, name, "Draw random numbers for the weights only.")
    weights = [Drawn(answer, name, value, std(value.shape[1]))
               for name, value in theta.items() if name.startswith("W")]  # fmt: skip
    if not any(one.weight.any() for one in weights):
        raise wrong(answer, "random weights.", "all weights are zero.",
                    "Are the weights multiplied by 0? The operator // divides integers and drops "
                    "the remainder: 2 // 5 is 0, but 2 / 5 is 0.4.")  # fmt: skip
    return weights


def _check_none_zero(networks: Sequence[Sequence[Drawn]]) -> None:
    """Check that no weight is set to zero after the draw; single precision draws one in 10**7."""
    zeros = [(one, place) for layers in networks for one in layers
             for place in np.argwhere(one.weight == 0)]  # fmt: skip
    if len(zeros) >= len(networks):
        one, place = zeros[0]
        raise wrong(one.answer, "every weight is random.",
                    f"{one.name}[{', '.join(map(str, place))}] = 0. In all, {len(zeros):,} weights "
                    f"are 0 in the {len(networks)} networks that were compared.",
                    "Which line gives some of the weights a fixed value?")  # fmt: skip


def _check_none_set(networks: Sequence[Sequence[Drawn]]) -> None:
    """Check that no weight is a number of the learner's own: it comes again where no draw does.

    Of an answer without a seed, all networks may begin with the same draws; so a number that is in
    all of them is suspect only where few are, or where it stands outside of what they share.
    """
    small = [one for one in networks if sum(drawn.weight.size for drawn in one) <= SMALL_NETWORK]
    for layers in small:
        numbers = np.concatenate([one.weight.ravel() for one in layers])
        for found in (numbers, _in_a_row(layers).weight[0].round(ALIKE_DIGITS)):
            values, counts = np.unique(found, return_counts=True)
            if counts.max() >= MANY_TIMES:
                raise _set_by_hand(layers, numbers[found == values[counts.argmax()]][0])
    for at in (0, 1, 2, -1):
        layers = [one[at] for one in networks if len(one) > at and one[at].weight.size >= FEWEST]
        values = reduce(np.intersect1d, [one.weight for one in layers])
        for shared in map(_shared, *(_orders(one.weight) for one in layers)):
            values = values if shared is None else np.setdiff1d(values, shared)
        if 0 < values.size <= FEW:
            raise _set_by_hand(layers, values[0])


def _orders(weight: Array) -> list[Array]:
    """Return a layer's numbers in the four orders in which a generator may have filled it."""
    rows, columns = weight.ravel(), weight.T.ravel()
    return [rows, columns, rows[::-1], columns[::-1]]


def _shared(*found: Array) -> Array | None:
    """Return the numbers with which all begin, but for one place in each; None if they do not."""
    size = min(one.size for one in found)
    begin = np.array([one[:size] for one in found])
    usual = np.sort(begin, axis=0)[len(begin) // 2]  # what more than half of them hold
    return usual if ((begin != usual).sum(axis=1) <= 1).all() else None


def _set_by_hand(layers: Sequence[Drawn], value: float) -> WrongAnswer:
    one = next(one for one in layers if (one.weight == value).any())
    place = ", ".join(map(str, np.argwhere(one.weight == value)[0]))
    return wrong(one.answer, "every weight is random.",
                 f"{one.name}[{place}] = {number_words(value)}. The same number, or a constant "
                 "times it, occurs again in this call or in other calls. Random numbers would "
                 "not repeat.",
                 "Which line gives some of the weights a fixed value?")  # fmt: skip


def _in_a_row(layers: Sequence[Drawn]) -> Drawn:
    scores = [one.weight.ravel() / one.std for one in layers]
    return Drawn(
        layers[0].answer,
        "the network that this call initializes",
        np.concatenate(scores)[np.newaxis],
        1.0,
    )


ZEROS = Exercise(
    "zeros", "all parameters zero", "initialize_parameters_zeros", ZEROS_TEXT,
    _zeros_calls, _judge_zeros,
)  # fmt: skip
RANDOM = Exercise(
    "random", "large random weights", "initialize_parameters_random", RANDOM_TEXT,
    _drawn_calls,
    partial(_judge_drawn, lambda n: 10.0, "By which factor is each number multiplied?"),
)  # fmt: skip
HE = Exercise(
    "he", "He's weights", "initialize_parameters_he", HE_TEXT,
    _drawn_calls,
    partial(_judge_drawn, lambda n: math.sqrt(2 / n),
            "On which layer width does the factor depend?"),
)  # fmt: skip
