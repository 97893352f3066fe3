"""A comparison, whole or not -> its report on disk, its tables on the screen, and an exit code.

Nothing that was finished is lost: the report is written before anything is printed, and where it
cannot be written, the study alone is kept where there is room for it.
"""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from initlab.cli.output import console, interruption_code, say
from initlab.errors import StorageError

if TYPE_CHECKING:
    from initlab.analysis import Analysis
    from initlab.comparison import Comparison

STORE = "studies.db"  # where the runs of a study that was stopped could have been kept


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
        KeyboardInterrupt: it was stopped on the way; the same.
    """
    report, failure = _written(result, out, force=force)
    if failure is not None:
        assert out is not None
        say(f"the report was not written. {keep_elsewhere(result, out)}")
    with _saying_where(report):
        if as_json:
            print(result.to_json(), end="")
            sys.stdout.flush()
        else:
            _show(result, report, stored, out)
    if failure is not None:
        raise failure
    if result.interrupted is None:
        return 0
    say(f"interrupted. {_finished_words(result, 'shown', report)}{_keeping_words(result)}")
    return interruption_code(result.interrupted)


def deliver_unfinished(
    result: Comparison, *, out: Path | None, force: bool, as_json: bool
) -> None:  # fmt: skip
    """Write and print what was finished before an error, which the caller reports.

    A failure to write is said, and does not take that error's place; as JSON the study is part of
    the error's document.

    Args:
        result: what was found.
        out: folder of the report; None for none.
        force: write into a folder that holds other things.
        as_json: print no tables.

    Raises:
        KeyboardInterrupt: it was stopped on the way; the study is kept elsewhere, and said where.
    """
    report, failure = _written(result, out, force=force)
    if failure is not None:
        assert out is not None
        why = str(failure) or "the report was not written."
        say(f"{why} {keep_elsewhere(result, out)}")
    if not as_json:
        with contextlib.suppress(OSError), _saying_where(report):
            _show(result, report, None, out)
    shown = "in the JSON output" if as_json else "shown"
    say(f"stopped by an error. {_finished_words(result, shown, report)}")
    if isinstance(failure, KeyboardInterrupt):
        raise failure


@contextlib.contextmanager
def _saying_where(report: Path | None) -> Iterator[None]:
    """Say where the report is, should its printing fail or be interrupted."""
    try:
        yield
    except (OSError, KeyboardInterrupt):
        if report is not None:
            say(f"the report is in {report}.")
        raise


def _written(
    result: Comparison, out: Path | None, *, force: bool
) -> tuple[Path | None, StorageError | KeyboardInterrupt | None]:
    """Write the report; return its folder, or what kept it from being written."""
    try:
        return _write(result, out, force=force), None
    except (StorageError, KeyboardInterrupt) as error:
        return None, error


def _finished_words(result: Comparison, shown: str, report: Path | None) -> str:
    kept = "" if report is None else f" The report is in {report}."
    analysis = result.analysis
    verb, whose = ("is", "its") if analysis.done_count == 1 else ("are", "their")
    done = f"{analysis.done_count:,} of {analysis.planned:,} runs {verb} finished"
    results = f", and {whose} results are {shown}" if analysis.done_count else ""
    return f"{done}{results}.{kept}"


def _write(result: Comparison, out: Path | None, *, force: bool) -> Path | None:
    """Write the report and return its folder; an unfinished study never replaces a finished one."""
    if out is None or not result.analysis.done_count:
        return None
    from initlab.report.destination import report_folder

    finished = result.analysis.complete
    folder = report_folder(out, finished=finished, force=force)
    shown = out if folder == Path(out).expanduser().resolve() else folder
    if shown is not out:
        say(f"the folder {out} holds the report of a finished study and is not changed. The report "
            f"of the unfinished study goes to {shown}.")  # fmt: skip
    problems: list[str] = []
    result.plot(shown, force=force, problems=problems)
    for problem in problems:
        say(problem)
    return shown


def keep_elsewhere(result: Comparison, out: Path) -> str:
    """Write the study to where there is room for it; return a sentence that says where."""
    from initlab.report.destination import rescue
    from initlab.report.kept_arrays import kept_arrays

    arrays = partial(kept_arrays, result.analysis, result.data)
    try:
        path = rescue(result.to_json(), out, arrays=arrays)
    except StorageError as error:
        return str(error)
    command = f"initlab report {shlex.quote(str(path))} --out FOLDER"
    return f"The study is kept in {path}. Draw its report with: {command}"


def _keeping_words(result: Comparison) -> str:
    """Return how the next try can go on where this one is stopped."""
    if result.options.get("store") and not result.analysis.complete:
        return " Run the same command again to train the remaining runs."
    if not _could_be_kept(result):
        return ""
    return (
        f" A new start trains all runs again. With --store {STORE}, every finished run is kept, "
        "and a new start trains only the remaining runs."
    )


def _could_be_kept(result: Comparison) -> bool:
    from initlab.study.store import installed

    return installed() and not (result.options.get("store") or result.analysis.complete)


def _show(
    result: Comparison, report: Path | None, stored: Analysis | None, out: Path | None
) -> None:
    from rich.text import Text

    screen = console()
    folder = report if result.analysis.done_count else out  # where nothing was written yet
    summary = result.summary(None if folder is None else str(folder))
    if _could_be_kept(result):
        summary.options = {**summary.options, "store": STORE}
    screen.print(summary, crop=False)  # a command is for copying
    if stored is not None:
        from initlab.comparison.stored import reproduction_words

        words = reproduction_words(stored, result.analysis)
        screen.print(Text.assemble(("Again: ", "bold"), words))
    if report is not None:
        screen.print(Text.assemble(("Report: ", "bold"), str(report / "index.html")))
    sys.stdout.flush()
