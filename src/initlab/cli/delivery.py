"""A comparison, whole or not -> its report on disk, its tables on the screen, and an exit code.

Nothing that was finished is lost: the report is written before anything is printed, and where it
cannot be written, the study alone is kept where there is room for it.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from initlab.cli.output import console, interruption_code, say
from initlab.errors import StorageError

if TYPE_CHECKING:
    from initlab.analysis import Analysis
    from initlab.comparison import Comparison


def deliver(
    result: Comparison, *, out: Path | None, force: bool, as_json: bool,
    stored: Analysis | None = None, error_follows: bool = False,
) -> int:  # fmt: skip
    """Write the report where one was asked for, then print the result.

    Args:
        result: what was found, of an unfinished study too.
        out: folder of the report; None for none.
        force: write into a folder that holds other things.
        as_json: print one JSON document in place of the tables.
        stored: the same study as it was stored, to hold the result against.
        error_follows: the caller reports why the study is unfinished. A failure to write is said,
            and does not take that error's place; as JSON the study is part of the error's document.

    Returns:
        The exit code: 0, or what the interruption deserves.

    Raises:
        StorageError: the report cannot be written; the study is kept elsewhere, and said where.
        KeyboardInterrupt: it was stopped on the way; the same.
    """
    failure: BaseException | None = None
    report = None
    try:
        report = _write(result, out, force=force)
    except (StorageError, KeyboardInterrupt) as error:
        failure = error
        why = error if error_follows and str(error) else "the report was not written;"
        assert out is not None
        say(f"{why} {keep_elsewhere(result, out)}")
    try:
        if not as_json:
            _show(result, report, stored)
        elif not error_follows:
            print(result.to_json(), end="")
        sys.stdout.flush()
    except (OSError, KeyboardInterrupt) as error:
        if not error_follows or isinstance(error, KeyboardInterrupt):
            if report is not None:
                say(f"the report is in {report}.")
            raise
    if error_follows:
        shown = "in this document" if as_json else "shown"
        say(f"stopped by an error: {_finished_words(result, shown, report)}")
    if failure is not None and (not error_follows or isinstance(failure, KeyboardInterrupt)):
        raise failure
    if error_follows or result.interrupted is None:
        return 0
    say(f"interrupted: {_finished_words(result, 'shown', report)}")
    return interruption_code(result.interrupted)


def _finished_words(result: Comparison, shown: str, report: Path | None) -> str:
    kept = "" if report is None else f"; the report is in {report}"
    analysis = result.analysis
    return f"{analysis.done_count} of {analysis.planned} runs are finished and {shown}{kept}."


def _write(result: Comparison, out: Path | None, *, force: bool) -> Path | None:
    """Write the report and return its folder; an unfinished study never replaces a finished one."""
    if out is None or not result.analysis.done_count:
        return None
    from initlab.report.destination import report_folder

    finished = result.analysis.complete
    folder = report_folder(out, finished=finished, force=force)
    shown = out if folder == Path(out).expanduser().resolve() else folder
    if shown is not out:
        say(f"{out} holds a finished study, which stays as it is.")
    problems: list[str] = []
    result.plot(shown, force=force, problems=problems)
    for problem in problems:
        say(problem)
    return shown


def keep_elsewhere(result: Comparison, out: Path) -> str:
    """Write the study to where there is room for it; return a sentence that says where."""
    from initlab.report.kept_arrays import kept_arrays
    from initlab.report.rescuing import rescue

    arrays = partial(kept_arrays, result.analysis, result.data)
    try:
        path = rescue(result.to_json(), out, arrays=arrays)
    except StorageError as error:
        return str(error)
    return f"the study is kept in {path}. Draw it with: initlab report {path} --out FOLDER"


def _show(result: Comparison, report: Path | None, stored: Analysis | None) -> None:
    from rich.text import Text

    screen = console()
    summary = result.summary(None if report is None else str(report))
    screen.print(summary, crop=False)  # a command is for copying
    if stored is not None:
        from initlab.comparison.reproduction import reproduction_words

        words = reproduction_words(stored, result.analysis)
        screen.print(Text.assemble(("Again: ", "bold"), words))
    if report is not None:
        screen.print(Text.assemble(("Report: ", "bold"), str(report / "index.html")))
