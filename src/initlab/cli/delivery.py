"""A comparison, whole or not -> its report on disk, its tables on the screen, and an exit code.

Nothing that was finished is lost: the report is written before anything is printed, and where it
cannot be written, the study alone is kept where there is room for it.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from initlab.cli.output import console, interruption_code
from initlab.errors import StorageError

if TYPE_CHECKING:
    from initlab.analysis import Analysis
    from initlab.comparison import Comparison


def deliver(
    result: Comparison, *, out: Path | None, force: bool, as_json: bool,
    stored: Analysis | None = None,
) -> int:  # fmt: skip
    """Write the report where one was asked for, then print the result.

    Args:
        result: what was found, of an unfinished study too.
        out: folder of the report; None for none.
        force: write into a folder that holds other things.
        as_json: print one JSON document in place of the tables.
        stored: the same study as it was stored, to hold the result against.

    Returns:
        The exit code: 0, or what the interruption deserves.

    Raises:
        StorageError: the report cannot be written; the study is kept elsewhere, and said where.
    """
    failure: BaseException | None = None
    report = out
    try:
        report = _write(result, out, force=force)
    except (StorageError, KeyboardInterrupt) as error:
        failure, report = error, None
        assert out is not None
        _say(f"the report was not written; {_kept_elsewhere(result, out)}")
    try:
        if as_json:
            print(result.to_json(), end="")
        else:
            _show(result, report, stored)
        sys.stdout.flush()
    except OSError:
        if report is not None:
            _say(f"the report is in {report}.")
        raise
    if failure is not None:
        raise failure
    if result.interrupted is None:
        return 0
    _say(f"interrupted: {_finished_words(result, 'shown', report)}")
    return interruption_code(result.interrupted)


def deliver_unfinished(result: Comparison, *, out: Path | None, force: bool, as_json: bool) -> None:
    """Write and print what was finished before an error; the caller reports the error itself.

    A failure to do so is said, and does not take the error's place. As JSON nothing is printed
    here: the study is part of the error's document.
    """
    report = None
    try:
        report = _write(result, out, force=force)
    except StorageError as failure:
        assert out is not None
        _say(f"{failure} {_kept_elsewhere(result, out)}")
    if not as_json:
        with contextlib.suppress(OSError):  # the error's own exit code says more
            _show(result, report, None)
            sys.stdout.flush()
    shown = "in this document" if as_json else "shown"
    _say(f"stopped by an error: {_finished_words(result, shown, report)}")


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
        _say(f"{out} holds a finished study, which stays as it is.")
    problems: list[str] = []
    result.plot(shown, force=force, problems=problems)
    for problem in problems:
        _say(problem)
    return shown


def _kept_elsewhere(result: Comparison, out: Path) -> str:
    from initlab.report.rescuing import rescue

    try:
        path = rescue(result.to_json(), out)
    except StorageError as error:
        return str(error)
    return f"the study is kept in {path}. Draw it with: initlab report {path} --out FOLDER"


def _show(result: Comparison, report: Path | None, stored: Analysis | None) -> None:
    from rich.text import Text

    screen = console()
    screen.print(result.summary())
    for note in result.notes:
        screen.print(Text.assemble(("Note: ", "bold"), note))
    if stored is not None:
        from initlab.comparison.reproduction import reproduction_words

        words = reproduction_words(stored, result.analysis)
        screen.print(Text.assemble(("Again: ", "bold"), words))
    if report is not None:
        screen.print(Text.assemble(("Report: ", "bold"), str(report / "index.html")))
    # not wrapped: a command is for copying
    following = result.analysis.next_command(None if report is None else str(report))
    screen.print(Text.assemble(("Next: ", "bold"), following), soft_wrap=True)


def _say(words: str) -> None:
    print(f"initlab: {words}", file=sys.stderr)
