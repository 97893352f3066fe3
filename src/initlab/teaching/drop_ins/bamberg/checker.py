"""``--test_case NAME`` and the folder of the notebook -> one line of verdict, and an exit code.

Exit codes: 0 right, 1 wrong, 2 wrong usage, 3 no notebook that can be checked.
"""

from __future__ import annotations

import argparse
import os
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from initlab.errors import InitlabError
from initlab.teaching.drop_ins import inits, points
from initlab.teaching.drop_ins.bamberg.student import (
    cell_names,
    find_notebook,
    last_line_of_the_notebook,
    student_function,
)
from initlab.teaching.drop_ins.course_exercises import (
    check_answer,
    init_exercise,
    points_exercise,
)
from initlab.teaching.exercises import Exercise

DIMS = ([3, 2, 1], [2, 10, 5, 1], [4, 3, 5, 2])
SEEDED = [(dims, seed) for seed in (3, 11) for dims in DIMS]
DATA_ARGUMENTS = (points.NOTEBOOKS_OWN, (20, 12, 0.1, 0.3, 7, 5))
PARTS = ("the training samples", "the training labels", "the test samples", "the test labels")

TEST_CASES: dict[str, Exercise] = {
    "TestDataGeneration": points_exercise(
        points.generate_dataset,
        DATA_ARGUMENTS,
        PARTS,
        "Check that each call of make_circles gets both the noise and the seed (random_state).",
    ),
    "TestPreprocessing": points_exercise(
        points.preprocess,
        [points.generate_dataset(*DATA_ARGUMENTS[1])],
        PARTS,
        "Do not change the numbers. To swap rows and columns, transpose the array: reshape does "
        "not do that.",
    ),
    "TestZeroInitialization": init_exercise(
        inits.initialize_parameters_zeros, [(dims,) for dims in DIMS]
    ),
    "TestRandomInitialization": init_exercise(
        inits.initialize_parameters_random, SEEDED, std=inits.large_std, rule=inits.LARGE_RULE
    ),
    "TestHeInitialization": init_exercise(
        inits.initialize_parameters_he, SEEDED, std=inits.he_std, rule=inits.HE_RULE
    ),
}


def check_notebook(folder: str | os.PathLike[str], arguments: Sequence[str] | None = None) -> int:
    """Check the notebook in ``folder``, print the verdict of each test and return the exit code.

    ``arguments`` are those of the command line; None for the program's own.
    """
    parser = argparse.ArgumentParser(
        prog="test_initialization.py", description="Check the notebook on initialization."
    )
    parser.add_argument(
        "--test_case", choices=list(TEST_CASES), help="the test to run (default: all five tests)"
    )
    parser.add_argument(
        "--notebook",
        type=Path,
        help="the notebook to check (default: for each test, the newest notebook that defines "
        "the function under test)",
    )
    given = parser.parse_args(arguments)
    chosen = [given.test_case] if given.test_case else list(TEST_CASES)
    codes = [_checked(name, Path(folder), given.notebook) for name in chosen]
    if not any(codes):
        print("All tests passed")
    return max(codes)


def _checked(name: str, folder: Path, notebook: Path | None) -> int:
    exercise = TEST_CASES[name]
    function = exercise.function
    try:
        path = notebook or find_notebook(folder, function)
        check_answer(exercise, student_function(path, function), sources=cell_names(path))
    except AssertionError as error:
        place = last_line_of_the_notebook(error.__cause__)
        told = f"{error}\n{place}" if place else str(error)
        said, code = "failed\n" + textwrap.indent(told, "  "), 1
    except SystemExit:
        said = "failed\n  The code of the notebook ended the program, for example with exit()."
        code = 1
    except KeyError:
        said, code = f"the notebook does not define {function}.", 3
    except InitlabError as error:
        said, code = str(error), 3
    else:
        print(f"{name}: passed ({path.name})")
        return 0
    print(f"{name}: {said}", file=sys.stderr)
    return code
