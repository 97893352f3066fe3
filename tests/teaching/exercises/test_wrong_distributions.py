"""Weights that look right somewhere, and are not: none of them passes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import initlab


def start(weights):
    """Turn ``weights(generator, shape, dims)`` into an answer to ``he``."""

    def initialize(dims, seed):
        generator = np.random.default_rng(seed)
        theta = {}
        for k, (n, m) in enumerate(itertools.pairwise(dims), start=1):
            theta[f"W{k}"] = weights(generator, (m, n), dims)
            theta[f"b{k}"] = np.zeros((m, 1))
        return theta

    return initialize


def normal(generator, shape, dims=()):
    return generator.standard_normal(shape) * (2 / shape[1]) ** 0.5


def rescaled(axis, centre=False):
    def weights(generator, shape, dims):
        weight = normal(generator, shape)
        if centre:  # one number alone would be 0, another mistake
            return weight - weight.mean(axis, keepdims=True) if weight.size > 1 else weight
        return weight / np.sqrt((weight**2).mean(axis, keepdims=True)) * (2 / shape[1]) ** 0.5

    return weights


def only_if(condition, factor):
    def weights(generator, shape, dims):
        return normal(generator, shape) * (factor if condition(shape, dims) else 1)

    return weights


def clipped(sigmas, dtype=float):
    def weights(generator, shape, dims):
        weight = np.clip(generator.standard_normal(shape), -sigmas, sigmas)
        return (weight * (2 / shape[1]) ** 0.5).astype(dtype)

    return weights


def redrawn(sigmas):
    def weights(generator, shape, dims):
        weight = generator.standard_normal(shape)
        while (far := abs(weight) > sigmas).any():
            weight[far] = generator.standard_normal(far.sum())
        return weight * (2 / shape[1]) ** 0.5

    return weights


def std_rescaled(generator, shape, dims):
    weight = normal(generator, shape)
    return weight / weight.std() * (2 / shape[1]) ** 0.5 if weight.size > 1 else weight


def rows_of_their_own_spread(generator, shape, dims):
    if min(shape) < 50:
        return normal(generator, shape)
    # one after the other, so that the spread of the whole is right, whatever the seed
    return normal(generator, shape) * np.resize([0.9, 1.0909], (shape[0], 1))


def one_far_out(generator, shape, dims):
    weight = normal(generator, shape)
    weight.flat[generator.integers(weight.size)] = 9 * (2 / shape[1]) ** 0.5
    return weight


def uniform(generator, shape, dims):
    y = (6 / shape[1]) ** 0.5
    return generator.uniform(-y, y, shape)


def two_values(generator, shape, dims):
    return generator.choice([-1, 1], shape) * (2 / shape[1]) ** 0.5


WRONG = {
    "ten times too large below 1,000 units": only_if(lambda s, d: max(d) < 1000, 10),
    "ten times too large below 100 units": only_if(lambda s, d: max(d) < 100, 10),
    "ten times too large below 13 units": only_if(lambda s, d: max(d) < 13, 10),
    "ten times too large from 100 to 500 units": only_if(lambda s, d: 100 < max(d) < 500, 10),
    "twice too large from 1,000 inputs": only_if(lambda s, d: s[1] > 1000, 2),
    "a tenth in deep networks": only_if(lambda s, d: len(d) > 50, 0.1),
    "a tenth in the last layer": only_if(lambda s, d: s[0] == d[-1], 0.1),
    "a tenth for one input": only_if(lambda s, d: s[1] == 1, 0.1),
    "a tenth for one output": only_if(lambda s, d: s[0] == 1, 0.1),
    "1e-200 below 1,000 units": only_if(lambda s, d: max(d) < 1000, 1e-200),
    "rescaled to the exact std": std_rescaled,
    "rescaled to the exact std in wide layers": lambda g, s, d: (
        std_rescaled if max(s) > 5000 else normal)(g, s, d),
    "rescaled to the exact norm": rescaled(None),
    "rescaled row by row": rescaled(1),
    "rescaled column by column": rescaled(0),
    "centred": rescaled(None, centre=True),
    "centred row by row": rescaled(1, centre=True),
    "centred column by column": rescaled(0, centre=True),
    "in single precision, rescaled": lambda g, s, d: std_rescaled(g, s, d).astype(np.float32),
    "clipped at 3": clipped(3),
    "clipped at 4": clipped(4),
    "clipped at 4 in single precision": clipped(4, np.float32),
    "drawn again beyond 3": redrawn(3),
    "drawn again beyond 3.8": redrawn(3.8),
    "rows of their own spread": rows_of_their_own_spread,
    "one far out": one_far_out,
    "uniform in narrow networks": lambda g, s, d: (uniform if max(d) < 13 else normal)(g, s, d),
    "two values in narrow networks": lambda g, s, d: (
        two_values if max(d) < 13 else normal)(g, s, d),
    "fan_out from 100 to 500 units": lambda g, s, d: (
        normal(g, s[::-1]).T if 100 < max(d) < 500 else normal(g, s)),
}  # fmt: skip
FACTOR = "On which layer width does the factor depend?"
CENTRED = "Are numbers centred or rescaled after they are drawn?"
ZERO = (
    "Are the weights multiplied by 0? The operator // divides integers and drops the remainder: "
    "2 // 5 is 0, but 2 / 5 is 0.4."
)
FUNCTION_HINT = "Which function draws the numbers?"
REPEATED = "Are some numbers repeated, rounded, or clipped to a bound?"
FAR_OUT = "Are numbers beyond some bound clipped or drawn again?"
UNITS = "Are all weights drawn by the same rule?"
SINGLE = "Which line gives some of the weights a fixed value?"
HINTS = {  # where it is not FACTOR; several where the networks, which are random, decide
    "rescaled to the exact std": [CENTRED],
    "rescaled to the exact std in wide layers": [CENTRED],
    "rescaled to the exact norm": [CENTRED],
    "rescaled row by row": [FUNCTION_HINT],
    "rescaled column by column": [FUNCTION_HINT],
    "centred": [CENTRED],
    "centred row by row": [FACTOR, ZERO],  # one number, centred, is 0
    "centred column by column": [FACTOR, ZERO],
    "in single precision, rescaled": [CENTRED],
    "clipped at 3": [REPEATED],
    "clipped at 4": [REPEATED],
    "clipped at 4 in single precision": [REPEATED],
    "drawn again beyond 3": [FACTOR, FAR_OUT],  # its spread is 1.3 % too small
    "drawn again beyond 3.8": [FAR_OUT],
    "rows of their own spread": [UNITS],
    "one far out": [""],
    "uniform in narrow networks": [FAR_OUT, FUNCTION_HINT],
    "two values in narrow networks": [
        "Two numbers drawn from the normal distribution are almost never equal. Which function "
        "draws these numbers, and how many numbers does one call of that function return?"
    ],
}


def test_the_answer_they_are_made_of_is_right():
    initlab.check("he", start(normal)).require()


@pytest.mark.parametrize("mistake", WRONG)
def test_weights_of_another_distribution_do_not_pass(mistake):
    verdict = initlab.check("he", start(WRONG[mistake]))
    assert not verdict.passed
    assert not verdict.checker_failed, verdict
    assert verdict.hint in HINTS.get(mistake, [FACTOR])


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        ("rescaled to the exact std", "Are numbers centred or rescaled after they are drawn?"),
        (
            "centred",
            "chance makes the mean of the weights in each layer differ from its theoretical value.",
        ),
        ("clipped at 4", "clipped to a bound"),
        ("drawn again beyond 3.8", FAR_OUT),
        (
            "one far out",
            "the largest absolute value is 9 standard deviations, which is too large for",
        ),
        ("rows of their own spread", "more than chance"),
        ("ten times too large below 13 units", "has a standard deviation near"),
    ],
)
def test_the_words_fit(mistake, words):
    assert words in str(initlab.check("he", start(WRONG[mistake])))


# reasons that are true ---------------------------------------------------------


@pytest.mark.parametrize("id", ["he", "random"])
@pytest.mark.parametrize(
    ("weights", "another_distribution"),
    [
        (lambda g, s, d: g.random(s) * 10, True),
        (lambda g, s, d: g.random(s) * (2 / s[1]) ** 0.5, True),
        (lambda g, s, d: g.standard_normal(s) * 10 + 10, False),
        (lambda g, s, d: abs(normal(g, s)), True),
        (lambda g, s, d: g.exponential(10, s), True),
    ],
    ids=["rand", "rand, scaled", "shifted", "positive", "exponential"],
)
def test_weights_off_centre_are_told_of_their_mean(id, weights, another_distribution):
    verdict = initlab.check(id, start(weights))
    assert verdict.expected.endswith("has the mean 0.")
    assert verdict.hint.startswith("Positive and negative weights must be equally likely.")
    assert (
        "Besides, the numbers do not follow the normal distribution" in verdict.hint
    ) == another_distribution


@pytest.mark.parametrize("another_distribution", [False, True])
def test_a_wrong_spread_is_told_whether_the_distribution_is_wrong_too(another_distribution):
    draw = (
        (lambda g, s, d: g.uniform(-1, 1, s))
        if another_distribution
        else (lambda g, s, d: normal(g, s))
    )
    hint = initlab.check("random", start(draw)).hint
    assert ("which function draws the numbers" in hint) == another_distribution


def few(values):
    return lambda g, s, d: g.choice(values, s) * (2 / s[1]) ** 0.5


@pytest.mark.parametrize("id", ["he", "random"])
@pytest.mark.parametrize("values", [[-1, 1], [-1, 0, 1], [-2, -1, 1, 2], [3]])
def test_few_values_are_told_of_the_distribution_not_of_the_seed(id, values):
    verdict = initlab.check(id, start(few(values)))
    assert "from the normal distribution" in verdict.expected
    assert f"{len(set(map(abs, values)))} distinct absolute value" in verdict.got
    assert "seed" not in str(verdict)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("id", ["he", "random"])
def test_a_seed_set_for_every_layer_is_told_of_layers_not_of_other_seeds(id, turned):
    def weights(dims, seed):
        def again(generator, shape, dims):
            shape, generator = shape[:: -1 if turned else 1], np.random.default_rng(seed)
            weight = generator.standard_normal(shape)
            weight = weight.T if turned else weight
            return weight * (10 if id == "random" else (2 / weight.shape[1]) ** 0.5)

        return start(again)(dims, seed)

    for _ in range(10):
        assert (
            initlab.check(id, weights).got
            == "W2 repeats the numbers of W1, up to a constant factor."
        )


def corner(change, seeded=True):
    """He's weights with one number of the first layer changed."""

    def initialize(dims, seed):
        theta = start(normal)(dims, seed)
        theta["W1"][0, 0] = change
        return theta

    return initialize if seeded else lambda dims: initialize(dims, 3)


@pytest.mark.parametrize("answer", [corner(0), corner(0, seeded=False), corner(0.1)])
def test_a_weight_set_by_hand_does_not_pass(answer):
    verdict = initlab.check("he", answer)
    assert not verdict.passed
    assert verdict.hint in (SINGLE, UNITS)  # the networks, which are random, decide


def test_the_right_spread_in_wide_networks_is_no_hint_for_narrow_ones():
    verdict = initlab.check("he", start(only_if(lambda s, d: max(d) < 13, 10)))
    assert verdict.hint == "On which layer width does the factor depend?"


def test_a_division_of_whole_numbers_is_a_hint_for_zeros():
    answer = start(lambda g, s, d: g.standard_normal(s) * (2 // s[1]) ** 0.5)
    assert "// divides integers" in initlab.check("he", answer).hint


# seeds -----------------------------------------------------------------------


def counting(after):
    """An answer that has no seed of its own: it counts calls, and changes after so many."""
    calls = itertools.count()

    def initialize(dims, seed):
        return start(normal)(dims, next(calls) // after)

    return initialize


def by_seed(change):
    return lambda dims, seed: start(normal)(dims, change(seed))


def nearly_fixed(dims, seed):
    other = start(normal)(dims, seed)
    return {name: value + 1e-9 * other[name] for name, value in start(normal)(dims, 3).items()}


def only_first(dims, seed):
    return {**start(normal)(dims, 3), "W1": start(normal)(dims, seed)["W1"]}


def not_for_zero(dims, seed):
    return start(normal)(dims, seed or int.from_bytes(np.random.bytes(4), "big"))


def signed(dims, seed):
    theta = start(normal)(dims, 3)
    return {
        name: value if name[0] == "b" else value * (-1) ** seed for name, value in theta.items()
    }


@pytest.mark.parametrize(
    "answer",
    [counting(1), counting(2), counting(3), counting(5), nearly_fixed, only_first, signed,
     not_for_zero, by_seed(lambda seed: (seed + 1) // 2 * 2),
     by_seed(lambda seed: seed // 2 * 2), by_seed(lambda seed: 3), by_seed(lambda seed: seed % 3),
     by_seed(lambda seed: int.from_bytes(np.random.bytes(4), "big"))],
)  # fmt: skip
def test_a_seed_that_does_not_do_its_work_does_not_pass(answer):
    verdict = initlab.check("he", answer)
    assert not verdict.passed
    assert not verdict.checker_failed, verdict


# the general rule ------------------------------------------------------------


def rule(weights, *, seeded=True):
    def general_rule(n_inputs, n_outputs, seed=None):
        generator = np.random.default_rng(seed)
        return weights(generator, (n_outputs, n_inputs)), np.zeros(n_outputs)

    return general_rule if seeded else lambda n_inputs, n_outputs: general_rule(n_inputs, n_outputs)


def even(generator, shape):
    y = shape[1] ** -0.5
    return generator.uniform(-y, y, shape)


def fixed_but_for(noise):
    def weights(generator, shape):
        y = shape[1] ** -0.5
        return np.clip(
            even(np.random.default_rng(3), shape) + noise * even(generator, shape), -y, y
        )

    return weights


def exact(generator, shape):
    weight = even(generator, shape)
    return weight / np.sqrt((weight**2).mean()) / (3 * shape[1]) ** 0.5 * 0.999999


WRONG_RULES = {
    "a tenth from 600 inputs": lambda g, s: even(g, s) / (10 if s[1] > 600 else 1),
    "a tenth below 600 inputs": lambda g, s: even(g, s) / (10 if s[1] < 600 else 1),
    "a tenth below 16 inputs": lambda g, s: even(g, s) / (10 if s[1] < 16 else 1),
    "a tenth for one output": lambda g, s: even(g, s) / (10 if s[0] == 1 else 1),
    "a tenth below 12 outputs": lambda g, s: even(g, s) / (10 if s[0] < 12 else 1),
    "1e-200 below 600 inputs": lambda g, s: even(g, s) * (1e-200 if s[1] < 600 else 1),
    "centred": lambda g, s: (lambda w: w - w.mean())(even(g, s) * 0.5) * 1.9,
    "touching its bounds": lambda g, s: (lambda w: w / abs(w).max() * s[1] ** -0.5)(even(g, s)),
    "cut off": lambda g, s: np.clip(even(g, s), -0.99 * s[1] ** -0.5, 0.99 * s[1] ** -0.5),
    "nearly fixed": fixed_but_for(1e-12),
    "1e-200 as random": fixed_but_for(1e-200),
    "triangular in narrow layers": lambda g, s: even(g, s) if s[1] > 15 else (
        (even(g, s) + even(g, s)) / 2),
    "rescaled": lambda g, s: np.clip(exact(g, s), -(s[1] ** -0.5), s[1] ** -0.5),
}  # fmt: skip


@pytest.mark.parametrize("seeded", [True, False])
@pytest.mark.parametrize("mistake", WRONG_RULES)
def test_a_wrong_rule_does_not_pass(mistake, seeded):
    verdict = initlab.check("general_rule", rule(WRONG_RULES[mistake], seeded=seeded))
    assert not verdict.passed
    assert not verdict.checker_failed, verdict


@pytest.mark.parametrize("seeded", [True, False])
def test_a_rule_off_centre_is_told_of_its_mean(seeded):
    answer = rule(lambda g, s: g.random(s) * s[1] ** -0.5, seeded=seeded)
    assert initlab.check("general_rule", answer).expected == "the array 'weight' has the mean 0."


def test_a_rule_off_centre_and_beyond_the_bounds_is_told_of_its_mean():
    verdict = initlab.check("general_rule", rule(lambda g, s: g.random(s) * 2 * s[1] ** -0.5))
    assert verdict.expected.startswith("all weights lie between")
    assert verdict.hint == "Positive and negative weights must be equally likely."


@pytest.mark.parametrize("seeded", [True, False])
def test_a_rule_of_two_values_is_told_of_the_distribution(seeded):
    answer = rule(lambda g, s: g.choice([-1, 1], s) * (3 * s[1]) ** -0.5, seeded=seeded)
    verdict = initlab.check("general_rule", answer)
    assert "from the uniform distribution" in verdict.expected
    assert "seed" not in verdict.hint


@pytest.mark.parametrize("seeded", [True, False])
def test_the_rule_they_are_made_of_is_right(seeded):
    initlab.check("general_rule", rule(even, seeded=seeded)).require()
