"""``initlab check``: the exercises, a task, or the verdict on a learner's file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from initlab.cli.options import explained
from initlab.cli.output import ONE_LINE, print_json, print_table
from initlab.errors import invalid_argument

if TYPE_CHECKING:
    from initlab.teaching.exercises import Exercise

CHECKER_FAILED = 70


@explained({
    "exercise": "Id of the exercise; without an id, all exercises are listed.",
    "solution": ("The .py file or notebook with your answer; without a file, the task of the "
                 "exercise is printed.", "FILE"),
    "list_": "List the exercises.",
})  # fmt: skip
def check_command(
    exercise: str | None = None,
    solution: Path | None = None,
    *,
    list_: bool = False,
    json_: bool = False,
) -> int:
    """Check your answer to an exercise.

    Your code runs in a separate process, with limits on its time and memory.

    [bold]Examples[/bold]

      initlab check
      [dim]a list of the exercises[/dim]

      initlab check he
      [dim]the task[/dim]

      initlab check he solution.py
      [dim]the verdict; in a notebook, only the cells that your function needs are run[/dim]

    Exit codes: 0 passed; 1 not passed; 2 wrong usage; 3 the file is not Python,
    or does not define the function; 5 the file cannot be read; 70 the checker
    itself failed.
    """
    if list_ and exercise is not None:
        raise invalid_argument("exercise", "left out with --list", exercise)
    from initlab.teaching.exercises import EXERCISES
    from initlab.teaching.exercises import exercise as find

    if exercise is not None and solution is not None:
        return _check(exercise, solution, as_json=json_)
    if exercise is not None:
        one = find(exercise)
        if json_:
            print_json({"ok": True, **_record(one)})
        else:
            print(one)
    elif json_:
        print_json({"ok": True, "exercises": [_record(one) for one in EXERCISES.values()]})
    else:
        print_table(
            dict.fromkeys(("Exercise", "About", "Your function"), ONE_LINE),
            [(one.id, one.title, one.function) for one in EXERCISES.values()],
            pad_edge=False, padding=(0, 3, 0, 0),
        )  # fmt: skip
        print(
            "\nRead the task of an exercise: initlab check EXERCISE\n"
            "Check your answer to an exercise: initlab check EXERCISE FILE"
        )
    return 0


def _record(one: Exercise) -> dict[str, Any]:
    return {"id": one.id, "title": one.title, "function": one.function, "text": one.text.strip()}


def _check(exercise_id: str, solution: Path, *, as_json: bool) -> int:
    from initlab.teaching.exercises.sandbox.file_check import check_file

    result = check_file(exercise_id, solution)
    verdict = result.verdict
    if as_json:
        facts = {"output": result.output, "isolated": result.isolated}
        print_json({"ok": True, **verdict.record(), **facts})
    else:
        if not result.isolated:
            print("initlab: limited isolation. On this system, the code that is checked may be "
                  "able to read or change your files. Check only code that you trust.",
                  file=sys.stderr)  # fmt: skip
        if result.output:
            lines = result.output.splitlines()
            print("\n".join(f"| {line}" for line in lines), end="\n\n")
        print(verdict)
    if verdict.checker_failed:
        return CHECKER_FAILED
    return 0 if verdict.passed else 1
