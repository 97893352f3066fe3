"""``--test_case NAME`` and the folder of the notebook -> one line of verdict, and an exit code.

Exit codes: 0 right, 1 wrong, 2 wrong usage, 3 no notebook that can be checked.
"""

from __future__ import annotations

import argparse
import copy
import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from initlab.errors import InitlabError
from initlab.teaching.drop_ins import points, starts
from initlab.teaching.drop_ins.bamberg.student import (
    find_notebook,
    last_line_of_the_notebook,
    student_function,
)
from initlab.teaching.drop_ins.parameter_check import Exercise, check_parameters

DIMS = ((3, 2, 1), (2, 10, 5, 1), (4, 3, 5, 2))
SEEDS = (3, 11)
DATA_ARGUMENTS = (points.NOTEBOOKS_OWN, (20, 12, 0.1, 0.3, 7, 5))
PARTS = ("the training samples", "the training labels", "the test samples", "the test labels")
SAME = 1e-9  # the generator is the same; only rounding may differ

Target = Callable[..., Any]


def check_data(target: Target) -> None:
    """Compare the student's data with scikit-learn's for two sets of arguments."""
    for arguments in DATA_ARGUMENTS:
        expected = points.generate_dataset(*arguments)
        _compare(target, arguments, expected, "generate_dataset" + repr(arguments))


def check_preprocessing(target: Target) -> None:
    """Compare the student's prepared arrays; labels and points must not get mixed up."""
    data = points.generate_dataset(*DATA_ARGUMENTS[1])
    _compare(target, data, points.preprocess(*data), "preprocess")


def _check_starts(*exercises: Exercise) -> Callable[[Target], None]:
    def check(target: Target) -> None:
        for exercise in exercises:
            check_parameters(target, exercise, DIMS)

    return check


RANDOM, HE = (
    [Exercise(reference, std, seed, seed_argument=True, rule=rule) for seed in SEEDS]
    for reference, std, rule in (
        (starts.initialize_parameters_random, starts.large_std, starts.LARGE_RULE),
        (starts.initialize_parameters_he, starts.he_std, starts.HE_RULE),
    )
)
# name of the test case -> the student's function, and its check
TEST_CASES: dict[str, tuple[str, Callable[[Target], None]]] = {
    "TestDataGeneration": ("generate_dataset", check_data),
    "TestPreprocessing": ("preprocess", check_preprocessing),
    "TestZeroInitialization": (
        "initialize_parameters_zeros",
        _check_starts(Exercise(starts.initialize_parameters_zeros)),
    ),
    "TestRandomInitialization": ("initialize_parameters_random", _check_starts(*RANDOM)),
    "TestHeInitialization": ("initialize_parameters_he", _check_starts(*HE)),
}


def check_notebook(folder: str | os.PathLike[str], arguments: Sequence[str] | None = None) -> int:
    """Check the notebook in ``folder`` as the command line asks; print, and return the exit code.

    ``arguments`` are those of the command line; None for the program's own.
    """
    parser = argparse.ArgumentParser(
        prog="test_initialization.py", description="Check the notebook on initialization."
    )
    parser.add_argument("--test_case", choices=list(TEST_CASES), help="all five if left out")
    parser.add_argument("--notebook", type=Path, help="check this one; else the newest beside it")
    given = parser.parse_args(arguments)
    chosen = [given.test_case] if given.test_case else list(TEST_CASES)
    codes = [_checked(name, Path(folder), given.notebook) for name in chosen]
    if not any(codes):
        print("All tests passed")
    return max(codes)


def _checked(name: str, folder: Path, notebook: Path | None) -> int:
    function, check = TEST_CASES[name]
    try:
        path = notebook or find_notebook(folder, function)
        check(student_function(path, function))
    except AssertionError as error:
        place = last_line_of_the_notebook(error.__cause__)
        told = f"{error}\n{place}" if place else str(error)
        said, code = "failed\n" + textwrap.indent(told, "  "), 1
    except SystemExit:
        said, code = f"failed\n  {function} ended the program.", 1
    except KeyError:
        said, code = f"the notebook does not define {function}.", 3
    except InitlabError as error:
        said, code = str(error), 3
    else:
        print(f"{name}: passed ({path.name})")
        return 0
    print(f"{name}: {said}", file=sys.stderr)
    return code


def _compare(target: Target, arguments: Sequence[Any], expected: Sequence[Any], call: str) -> None:
    try:
        got = target(*copy.deepcopy(arguments))
    except Exception as error:
        raise AssertionError(f"{call} raised {type(error).__name__}: {error}") from error
    if not isinstance(got, (tuple, list)) or len(got) != len(expected):
        kind = f"{len(got)} values" if isinstance(got, (tuple, list)) else type(got).__name__
        raise AssertionError(f"{call} must return four arrays, got {kind}.")
    for part, value, right in zip(PARTS, got, expected, strict=True):
        _compare_one(value, right, f"{call}: {part}", expected)


def _compare_one(got: Any, right: Any, where: str, all_right: Sequence[Any]) -> None:
    if got is None:
        raise AssertionError(f"{where}: nothing assigned yet (None).")
    if not isinstance(got, np.ndarray):
        raise AssertionError(f"{where}: wrong type: {type(got).__name__}, not numpy.ndarray.")
    if got.shape != right.shape:
        hint = " Transpose it." if got.shape == right.shape[::-1] and got.ndim == 2 else ""
        raise AssertionError(f"{where}: wrong shape: {right.shape} wanted, {got.shape} got.{hint}")
    if np.allclose(got, right, rtol=0, atol=SAME):
        return
    for other, value in zip(PARTS, all_right, strict=True):
        if value.shape == got.shape and np.allclose(got, value, rtol=0, atol=SAME):
            raise AssertionError(f"{where}: wrong value: these are {other}.")
    raise AssertionError(
        f"{where}: wrong value; are the noise and the seed (random_state) handed over?"
    )
