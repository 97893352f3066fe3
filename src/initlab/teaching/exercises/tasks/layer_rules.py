"""One linear layer: the general rule, a normal rule, and PyTorch's default."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

import numpy as np

from initlab.teaching.exercises.answers import Answer, Call
from initlab.teaching.exercises.distributions import (
    LOPSIDED_HINT,
    NORMAL,
    UNIFORM,
    Drawn,
    Family,
    check_distribution,
    mean_and_spread,
)
from initlab.teaching.exercises.exercise import Exercise
from initlab.teaching.exercises.expectations import (
    NONE_HINT,
    ROUNDED,
    ROUNDED_HINT,
    SIGN_HINT,
    all_zero,
    array,
    several,
    wrong,
)
from initlab.teaching.exercises.sandbox.inside.calling import UNSET
from initlab.teaching.exercises.seeding import calls_in_any_order, check_seeds, come_again
from initlab.teaching.exercises.wording import apart_words, kind_words, number_words

GENERAL_RULE_TEXT = """
Write `general_rule(n_inputs, n_outputs, seed)` or `general_rule(n_inputs, n_outputs)`. It returns
the initial parameters of one linear layer, the pair `weight, bias`:

- `weight`: array of shape `(n_outputs, n_inputs)`, each number drawn independently, uniform
  between `-y` and `y`, with `y = 1 / sqrt(n_inputs)`;
- `bias`: array of shape `(n_outputs,)`, all zero.

Both arrays hold floating-point numbers. If your function takes `seed`, the same call must give the
same numbers, and another seed must give other numbers. In this case, draw from a generator of your
own, such as `numpy.random.default_rng(seed)`, and leave NumPy's global generator alone. If your
function takes no `seed`, two calls must give different numbers.

With PyTorch you may write `weights_init_rule(m)` in place of `general_rule`. `weights_init_rule`
sets `m.weight` and `m.bias` of a linear layer `m` (`torch.nn.Linear`) by the same rule; the number
of inputs is `m.in_features`.
"""

WEIGHTS_INIT_NORMAL_TEXT = """
Write `weights_init_normal(m)`. `model.apply(weights_init_normal)` calls this function with each
layer of a PyTorch model. If `m` is a linear layer (`torch.nn.Linear`), your function sets

- `m.weight`: each number drawn independently from the normal distribution of mean 0 and
  standard deviation `y = 1 / sqrt(n)`, where `n` is the number of inputs, `m.in_features`;
- `m.bias`: all zero.

Other layers stay as they are. Two calls must give different numbers, so set no seed inside the
function.
"""

DEFAULT_START_TEXT = """
PyTorch's `nn.Linear` draws its initial weights uniformly between `-bound` and `bound`. Its source
calls `kaiming_uniform_(weight, a=sqrt(5))`, which computes

    gain  = sqrt(2 / (1 + a**2))
    std   = gain / sqrt(in_features)
    bound = sqrt(3) * std

Write `default_start(in_features)`. It returns the pair `bound, std` for a layer of `in_features`
inputs: the largest possible weight, and the standard deviation of the weights. Both numbers must be
right to nine digits; you do not need PyTorch. Then compare `bound` with the bound `y` of the
exercise `general_rule`.
"""

DIGITS = 1e-9
BOUNDS_HINT = "Between which two bounds is each number drawn?"
STD_HINT = (
    "Which mean and which standard deviation does the task ask for, and which does your code use?"
)

BANDS = (1, 16, 600, 10**9)  # numbers of inputs: a rule is to hold in narrow layers and in wide


def _layer_calls(generator: np.random.Generator) -> list[Call]:
    def between(*bounds: int) -> tuple[int, ...]:
        return tuple(int(n) for n in generator.integers(bounds[::2], bounds[1::2]))

    return calls_in_any_order(generator, between(12, 20, 20, 30), [
        *(between(1, 13, 1, 60) for _ in range(30)),
        *(between(1, 200, 1, 4) for _ in range(30)),
        *(between(20, 500, 20, 200) for _ in range(20)),
        between(800, 1500, 20, 40), between(20, 40, 800, 1500), between(15_000, 17_000, 6, 10),
        between(3, 6, 30_000, 34_000), between(1, 2, 2000, 3000),
    ])  # fmt: skip


def _judge_layer(
    answers: Sequence[Answer], *, family: Family, std: Callable[[int], float], hint: str
) -> list[str]:
    """Judge layers of one family; ``std`` is that of the weights by the number of inputs."""
    answers = sorted(answers, key=lambda answer: math.prod(answer.call.arguments))
    drawn = [_layer(answer, std) for answer in answers]
    repeated = come_again(answers)
    again = [one for one in drawn if one.answer in repeated]
    for one in reversed(drawn) if family is UNIFORM else ():
        _judge_bounds(one)
    for one in (drawn[-1], *again):  # only independent numbers tell whether two calls differ
        check_distribution([one], family, hint)
    check_seeds(
        [one._replace(weight=one.weight.reshape(1, -1)) for one in again], differ=True,
        hint="From which generator do the numbers come?" if answers[0].seed_taken
        else "Set no seed inside the function: with a fixed seed, all layers get the same numbers.",
    )  # fmt: skip
    for answer in answers:
        if answer.seed_taken and answer.numpy_state_changed:
            raise wrong(answer, "the call does not change the state of NumPy's global generator.",
                        "the function seeded the global generator or drew from it.",
                        "Other code draws from the global generator too; make "
                        "a generator of your own.")  # fmt: skip
    different = {(one.answer.call.arguments, one.answer.call.seed): one for one in drawn}.values()
    for low, high in reversed(list(pairwise(BANDS))):
        check_distribution(
            [one for one in different if low <= one.weight.shape[1] < high], family, hint
        )
    numbers = sum(one.weight.size for one in drawn)
    said = "two calls give different weights"
    if answers[0].seed_taken:
        said = "the same seed gives the same weights, another seed gives other weights"
    return [
        f"the shapes are right for {len(answers) - len(again) + 1} layers",
        "the bias is zero", said,
        f"the distribution of {numbers:,} weights is right",
    ]  # fmt: skip


def _layer(answer: Answer, std: Callable[[int], float]) -> Drawn:
    """Return the weight of one layer; its bias is judged here."""
    n, m = answer.call.arguments
    weight, bias = several(answer, ("weight", "bias"))
    weight = array(answer, weight, "weight", (m, n))
    bias = array(answer, bias, "bias", (m,))
    unset = answer.layer_set and bool((bias == UNSET).all())
    hint = (
        "Your function did not set the bias. Before the call, the checker fills the bias with the "
        f"number {UNSET:g}."
        if unset
        else ""
    )
    all_zero(answer, bias, "bias", hint)
    name = "m.weight" if answer.layer_set else "the array 'weight'"
    return Drawn(answer, name, weight, std(n))


def _judge_bounds(one: Drawn) -> None:
    y = math.sqrt(3) * one.std
    largest = float(abs(one.weight).max())
    if largest > y * (1 + 1e-6):
        mean, spread = mean_and_spread(one.weight)
        uniform = float(np.ptp(one.weight)) <= 4 * spread  # sqrt(12) of its std
        hint = "Does y depend on the number of inputs or on the number of outputs, and how?"
        if abs(mean) > spread:
            hint = (
                LOPSIDED_HINT
                if spread
                else "All weights are the same number: which function draws the weights?"
            )
        raise wrong(one.answer,
                    f"all weights lie between -{number_words(y)} and {number_words(y)}.",
                    f"the largest absolute value of a weight is {number_words(largest)}.",
                    hint if uniform else "Which distribution has bounds?")  # fmt: skip


def _width_calls(generator: np.random.Generator) -> list[Call]:
    widths = [1, *(int(10**power) for power in generator.uniform(0.5, 6, size=8))]
    return [Call((width,)) for width in widths]


def _judge_default(answers: Sequence[Answer]) -> list[str]:
    for answer in answers:
        (n,) = answer.call.arguments
        got = several(answer, ("bound", "std"))
        right = {"bound": 1 / math.sqrt(n), "std": 1 / math.sqrt(3 * n)}
        for (name, wanted), value in zip(right.items(), got, strict=True):
            if isinstance(value, np.ndarray) and value.shape == ():
                value = float(value)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise wrong(answer, f"{name} is a number.", f"{name} is {kind_words(value)}.",
                            NONE_HINT if value is None else "")  # fmt: skip
            if not abs(value / wanted - 1) <= DIGITS:
                expected, found = apart_words(wanted, value)
                raise wrong(answer, f"{name} = {expected}.", f"{found}.",
                            _default_hint(value, right, name))  # fmt: skip
    return [f"bound and std are right for {len(answers)} layers"]


def _default_hint(value: float, right: dict[str, float], name: str) -> str:
    for other, wanted in right.items():
        if other != name and abs(value / wanted - 1) <= DIGITS:
            return f"The number that you return as {name} is the {other}."
    if abs(value / right[name] + 1) <= DIGITS:
        return SIGN_HINT
    if abs(value / right[name] - 1) <= ROUNDED:
        return ROUNDED_HINT
    return "Put a = sqrt(5) into the three lines of the task and compute gain, std and bound."


GENERAL_RULE = Exercise(
    "general_rule", "uniform weights with bounds ±1/√n for n inputs", "general_rule",
    GENERAL_RULE_TEXT, _layer_calls,
    partial(_judge_layer, family=UNIFORM, std=lambda n: 1 / math.sqrt(3 * n),
            hint=BOUNDS_HINT),
    layer_form=True,
)  # fmt: skip
WEIGHTS_INIT_NORMAL = Exercise(
    "weights_init_normal", "PyTorch: normal weights, std 1/√n for n inputs",
    "weights_init_normal", WEIGHTS_INIT_NORMAL_TEXT, _layer_calls,
    partial(_judge_layer, family=NORMAL, std=lambda n: 1 / math.sqrt(n), hint=STD_HINT),
    layer_form=True,
)  # fmt: skip
DEFAULT_START = Exercise(
    "default_start", "PyTorch's default weights", "default_start", DEFAULT_START_TEXT,
    _width_calls, _judge_default,
)  # fmt: skip
