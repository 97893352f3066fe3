"""Arguments -> calls that come again in no order to count on; what they gave -> WrongAnswer or not.

A function that counts its calls, or looks at the clock, cannot know which of them is to be alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from initlab.teaching.exercises.answers import Answer, Call
from initlab.teaching.exercises.distributions import Drawn, check_apart
from initlab.teaching.exercises.expectations import wrong

Arguments = tuple[Any, ...]
SEEDS_AGAIN = (0, 0, 0, 1, 2, 3, 3)  # which of four
ALIKE = 0.1  # part of the numbers; in single precision some may be equal by chance


def calls_in_any_order(
    generator: np.random.Generator, again: Arguments, others: Sequence[Arguments]
) -> list[Call]:
    """Return seven calls with the same arguments and four seeds, and one for each of the others.

    Three of the seeds are neighbours, and one is 0. Each call is made from another state of the
    world.
    """
    count = len(SEEDS_AGAIN) + len(others)
    first, *seeds = (int(one) for one in generator.choice(2**31, size=count, replace=False))
    pairs = [(again, (first + 2, first + 1, first + 3, 0)[k]) for k in SEEDS_AGAIN]
    pairs += zip(others, seeds, strict=False)
    states = generator.integers(2**31, size=count)
    calls = [Call(arguments, seed, int(state))
             for (arguments, seed), state in zip(pairs, states, strict=True)]  # fmt: skip
    return [calls[k] for k in generator.permutation(count)]


def come_again(answers: Sequence[Answer]) -> list[Answer]:
    """Return the answers to the seven calls with the same arguments."""
    given = [answer.call.arguments for answer in answers]
    return [one for one in answers if given.count(one.call.arguments) >= len(SEEDS_AGAIN)]


def check_seeds(again: Sequence[Drawn], *, differ: bool, hint: str) -> None:
    """Check that equal seeds gave equal numbers, and different seeds different ones.

    Args:
        again: all weights of one call each, by the std it should have, in one row.
        differ: whether calls of a function that takes no seed are to differ, or to be alike.
        hint: for numbers that should be alike or should differ.

    Raises:
        WrongAnswer: they are not.
    """
    taken = again[0].answer.seed_taken
    for one, other in combinations(again, 2):
        seed = one.answer.call.seed
        if seed == other.answer.call.seed if taken else not differ:
            if (one.weight != other.weight).any():
                raise wrong(other.answer,
                            "the same weights as in an earlier call with the same arguments.",
                            "different weights.", hint)  # fmt: skip
            continue
        alike = float((one.weight == other.weight).mean())
        if alike > ALIKE:
            than = f"with seed {seed}" if taken else "in an earlier call with the same arguments"
            hint = "What does your function do with the seed that it gets?" if taken else hint
            share = f"{100 * alike:.0f} %"
            got = (
                "the same weights."
                if alike == 1
                else f"{share} of the weights are the same as {than}."
            )
            raise wrong(other.answer, f"weights that differ from the weights {than}.", got, hint)
        check_apart([one, other])
    if taken or differ:
        weights = {one.answer.call.seed if taken else k: one.weight for k, one in enumerate(again)}
        first, *others = weights.values()
        fixed = np.all([first == weight for weight in others], axis=0)
        if fixed.any():
            count = int(fixed.sum())
            each = "seed" if taken else "call"
            raise wrong(again[0].answer, f"every weight differs from {each} to {each}.",
                        f"{count:,} of {fixed.size:,} weights {'is' if count == 1 else 'are'} the "
                        f"same {'for every seed' if taken else 'in every call'}.",
                        "Which line gives some of the weights a fixed value?")  # fmt: skip
