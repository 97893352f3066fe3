"""``initlab check``: the exercises, a task, or the verdict on a learner's file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from initlab.cli.output import console, print_json
from initlab.errors import refusal

if TYPE_CHECKING:
    from initlab.exercises import Exercise, Verdict

EXAMPLES = """
[bold]Examples[/bold]

  initlab check
  [dim]the exercises[/dim]

  initlab check he
  [dim]what is asked[/dim]

  initlab check he solution.py
  [dim]the verdict; a notebook (.ipynb) works too: of it runs what your function needs[/dim]

Exit codes: 0 passed; 1 not passed; 2 wrong usage; 3 the file is no Python or lacks the function;
5 it cannot be read; 70 the checker itself failed.
"""
CHECKER_FAILED = 70


def check_command(
    exercise: Annotated[
        str | None, typer.Argument(help="Its id; left out: all are listed.", show_default=False)
    ] = None,
    solution: Annotated[
        Path | None,
        typer.Argument(help="Your .py file or notebook.", metavar="FILE", show_default=False),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the exercises.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Check your answer to an exercise. Your code runs in a process of its own, with limits."""
    if list_ and exercise is not None:
        raise refusal("exercise", "left out with --list", exercise)
    if exercise is None:
        return _list(as_json=json_)
    if solution is None:
        return _state(exercise, as_json=json_)
    return _check(exercise, solution, as_json=json_)


check_command.__doc__ = f"{check_command.__doc__}\n{EXAMPLES}"


def _record(one: Exercise) -> dict[str, Any]:
    return {"id": one.id, "title": one.title, "function": one.function, "text": one.text.strip()}


def _list(*, as_json: bool) -> int:
    from initlab.exercises import EXERCISES

    if as_json:
        print_json({"ok": True, "exercises": [_record(one) for one in EXERCISES.values()]})
        return 0
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for head in ("Exercise", "About", "Your function"):
        table.add_column(head, no_wrap=True)
    for one in EXERCISES.values():
        table.add_row(one.id, one.title, one.function)
    console().print(table)
    print("\nThe task: initlab check NAME. Your answer: initlab check NAME FILE.")
    return 0


def _state(exercise_id: str, *, as_json: bool) -> int:
    from initlab.exercises import exercise

    one = exercise(exercise_id)
    if as_json:
        print_json({"ok": True, **_record(one)})
    else:
        print(one)
    return 0


def _check(exercise_id: str, solution: Path, *, as_json: bool) -> int:
    from initlab.exercises.sandbox.file_check import check_file

    result = check_file(exercise_id, solution)
    if as_json:
        print_json({
            "ok": True, **result.verdict.record(), "output": result.output,
            "isolated": result.isolated,
        })  # fmt: skip
    else:
        if not result.isolated:
            print("initlab: limited isolation: this system does not keep your code from your other "
                  "files; run nothing you do not trust.", file=sys.stderr)  # fmt: skip
        if result.output:
            lines = result.output.splitlines()
            print("\n".join(f"| {line}" for line in lines), end="\n\n")
        print(result.verdict)
    return _exit_code(result.verdict)


def _exit_code(verdict: Verdict) -> int:
    if verdict.checker_failed:
        return CHECKER_FAILED
    return 0 if verdict.passed else 1
