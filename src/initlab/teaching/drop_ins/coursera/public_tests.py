"""A student's function -> "All tests passed", or an AssertionError that says what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from initlab.teaching.drop_ins.course_exercises import check_answer, init_exercise
from initlab.teaching.drop_ins.coursera.inits import (
    SEED,
    initialize_parameters_he,
    initialize_parameters_random,
    initialize_parameters_zeros,
)
from initlab.teaching.drop_ins.inits import HE_RULE, LARGE_RULE, he_std, large_std
from initlab.teaching.exercises import Exercise

PASSED = "\033[92mAll tests passed\033[0m"  # green where the notebook shows colours
# The courses test on the first two; three layers catch loops that stop early, and no width twice
# in a row catches swapped fans.
CASES = [([3, 1, 2],), ([2, 4, 1],), ([3, 2, 1],), ([4, 3, 5, 2],)]

ZEROS = init_exercise(initialize_parameters_zeros, CASES)
RANDOM = init_exercise(
    initialize_parameters_random, CASES, std=large_std, seed=SEED, rule=LARGE_RULE
)
HE = init_exercise(initialize_parameters_he, CASES, std=he_std, seed=SEED, rule=HE_RULE)


def initialize_parameters_zeros_test(target: Callable[[Sequence[int]], Any]) -> None:
    """Check the first exercise: everything zero."""
    _report(target, ZEROS)


def initialize_parameters_random_test(target: Callable[[Sequence[int]], Any]) -> None:
    """Check the second exercise: normal weights times 10, at seed 3."""
    _report(target, RANDOM)


def initialize_parameters_he_test(target: Callable[[Sequence[int]], Any]) -> None:
    """Check the third exercise: normal weights times sqrt(2 / fan_in), at seed 3."""
    _report(target, HE)


def _report(target: Callable[..., Any], exercise: Exercise) -> None:
    check_answer(exercise, target)
    print(PASSED)
