"""Right answers pass, mistakes and cheats do not: in the notebook's way and in the shell's."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from initlab.errors import DataError
from initlab.teaching.exercises import EXERCISES, check, exercise
from initlab.teaching.exercises.sandbox.file_check import check_file
from initlab.teaching.exercises.sandbox.limits import Limits
from tests.teaching.exercises.solving import (
    CHEATS,
    MISTAKES,
    RIGHT,
    SOLUTIONS,
    USABLE_MISTAKES,
    by_name,
    exercise_of,
    function_of,
)

SHORT = Limits(seconds=1.5)


def test_enough_solutions_are_kept_and_every_exercise_has_both_kinds():
    assert len(RIGHT) >= 12
    assert len(CHEATS) >= 30
    assert {exercise_of(path) for path in RIGHT} == set(EXERCISES)
    assert {exercise_of(path) for path in MISTAKES} == set(EXERCISES)


@pytest.mark.parametrize("path", RIGHT, ids=by_name)
def test_a_right_answer_passes_in_the_shell(path):
    result = check_file(exercise_of(path), path)
    assert result.verdict.passed, result.verdict
    assert result.verdict.found


@pytest.mark.parametrize("path", CHEATS, ids=by_name)
def test_a_cheat_neither_passes_nor_hangs(path):
    began = time.monotonic()
    result = check_file(exercise_of(path), path, limits=SHORT)
    assert not result.verdict.passed
    assert not result.verdict.checker_failed, result.verdict
    assert result.verdict.got
    assert len(str(result.verdict)) < 2000
    assert time.monotonic() - began < SHORT.seconds + 10  # starting a process included


@pytest.mark.parametrize("path", RIGHT, ids=by_name)
def test_a_right_answer_passes_in_a_notebook(path):
    id = exercise_of(path)
    verdict = check(id, function_of(path, exercise(id).function))
    assert verdict.require() is verdict


@pytest.mark.parametrize("path", USABLE_MISTAKES, ids=by_name)
def test_a_mistake_does_not_pass_and_is_explained(path):
    id = exercise_of(path)
    verdict = check(id, function_of(path, exercise(id).function))
    assert not verdict.passed
    assert not verdict.checker_failed, verdict
    assert verdict.expected
    assert verdict.got
    assert verdict.call.startswith(exercise(id).function)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("he__square_root_forgotten", "the sqrt was forgotten"),
        ("he__divides_by_outputs", "sqrt(2 / width of this layer)"),
        ("he__seeded_for_every_layer", "W2 repeats the numbers of W1"),
        ("he__lists_for_arrays", "numpy.array(...) turns a list into an array."),
        ("zeros__lists_for_arrays", "numpy.array(...) turns a list into an array."),
        ("he__raises", "IndexError: list index out of range, raised at he__raises.py, line 5"),
        ("zeros__flat_biases", "b1 has the shape ("),
        ("zeros__weights_turned_round", "Rows and columns are swapped."),
        ("zeros__no_return", "Is there a return at the end of the function?"),
        ("random__no_seed", "Is the generator seeded inside"),
        ("random__uniform_of_the_right_spread", "the numbers follow another distribution"),
        ("preprocess__in_place", "changed argument 1"),
        ("best_start__nan_is_lowest", "diverged"),
        ("gradient_step__sum_for_mean", "a sum in place of a mean?"),
        ("gradient_step__new_W2_for_W1", "computed with the new W2"),
        ("gradient_step__uphill", "uphill"),
        ("symmetric_case__mirrored", "mirror images"),
        ("symmetric_case__zeros", "all weights are zero"),
        ("default_start__swapped", "The number that you return as bound is the std."),
    ],
)
def test_the_words_fit_the_mistake(name, words):
    path = SOLUTIONS / "wrong" / f"{name}.py"
    result = check_file(exercise_of(path), path)
    assert words in str(result.verdict)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("infinite_loop", "the code did not finish within 1.5 s"),
        ("os_exit_zero", "the process that runs your code ended during the check (exit code 0)"),
        ("segfault", "the process that runs your code ended during the check (signal 11)"),
        ("print_flood", "the code printed more than 1,024 KiB"),
        ("endless_frame", "the returned values take more than 64 MiB"),
        ("memory_bomb", "more memory"),
        ("waits_for_input", "EOFError"),
        ("asks_initlab", "initlab"),
    ],
)
def test_the_words_fit_the_cheat(name, words):
    path = SOLUTIONS / "wrong" / f"cheat_he__{name}.py"
    limits = SHORT if name == "infinite_loop" else replace(SHORT, seconds=10)
    assert words in str(check_file("he", path, limits=limits).verdict)


def test_a_syntax_error_is_shown_with_line_and_caret():
    path = SOLUTIONS / "wrong" / "he__syntax_error.py"
    with pytest.raises(DataError, match="line 4: expected ':'") as caught:
        check_file("he", path)
    line, caret = str(caught.value).splitlines()[-2:]
    assert caret.index("^") == len(line)


def test_a_file_without_the_function_is_refused_with_the_names_it_has():
    with pytest.raises(DataError, match="Functions that the file defines: he, another"):
        check_file("he", SOLUTIONS / "wrong" / "he__other_name.py")
