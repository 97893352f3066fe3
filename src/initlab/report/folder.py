"""Study record and data -> a folder with the page, the figures, the tables and the study itself."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from initlab.analysis import Analysis, write_study
from initlab.datasets import Dataset
from initlab.errors import StorageError
from initlab.report.destination import (
    ARRAYS_FILE,
    PAGE_FILE,
    REPORT_FILES,
    STUDY_FILE,
    TABLE_FILES,
    check_folder,
    unwritable,
)
from initlab.report.image import draw_file
from initlab.report.kept_arrays import kept_arrays
from initlab.report.page import render_page
from initlab.report.pictures import pictures
from initlab.report.replacement import replace_folder
from initlab.report.tables import write_tables


def write_report(
    folder: str | os.PathLike[str],
    record: Analysis,
    data: Dataset | None = None,
    *,
    options: Mapping[str, Any] | None = None,
    force: bool = False,
    problems: list[str] | None = None,
) -> list[Path]:
    """Write the report of a study; the same study gives the same files.

    A figure that cannot be drawn is left out: study, page and tables are worth more.

    A missing folder is made, an empty one filled, and in one that holds our study the report is
    replaced. Any other folder is refused without ``force``. Files of the reader's own are never
    touched, with ``force`` or without; on a failure the folder is as it was.

    Args:
        folder: where to.
        record: the study and what it found.
        data: its data, for the figures that show points; None leaves those out.
        options: of the command that ran the study, for the next one of an unfinished study.
        force: write into a folder that holds something else.
        problems: gets one sentence per figure that is left out; None warns of them.

    Returns:
        The files, the page first.

    Raises:
        StorageError: the folder is refused or cannot be written; see :func:`check_folder`.
    """
    target = check_folder(folder, force=force)
    left_out: list[str] = []

    def fill(new: Path) -> None:
        try:
            left_out.extend(_fill(new, record, data, options))
        except StorageError as error:  # of a file in a hidden folder: its cause says enough
            raise error.__cause__ or error from None

    try:
        replace_folder(target, fill, REPORT_FILES)
        written = set(os.listdir(target))  # noqa: PTH208 - names, not paths
    except StorageError:
        raise
    except OSError as error:
        raise unwritable(folder, error) from error
    if problems is not None:
        problems.extend(left_out)
    else:
        for problem in left_out:  # not before the files are there: a warning may be an error
            warnings.warn(problem, RuntimeWarning, stacklevel=2)
    return [Path(folder) / name for name in REPORT_FILES if name in written]


def _fill(
    new: Path, record: Analysis, data: Dataset | None, options: Mapping[str, Any] | None
) -> list[str]:
    """Write all files, the study first; return a sentence per figure that is left out."""
    write_study(new / STUDY_FILE, record, options)
    arrays = kept_arrays(record, data)
    if arrays is not None:
        (new / ARRAYS_FILE).write_bytes(arrays)
    write_tables(new, record)
    illustrations, problems = [], []
    for picture in pictures(record, data):
        try:
            with _heeding_interrupts():
                drawn = {ending: draw_file(picture.figure, ending) for ending in (".png", ".svg")}
        except Exception as error:
            problems.append(
                f"The figure {picture.name!r} is left out of the report, because it could not be "
                f"drawn: {type(error).__name__}: {error}"
            )
            continue
        for ending, content in drawn.items():
            (new / f"{picture.name}{ending}").write_bytes(content)
        illustrations.append(picture)
    files = [STUDY_FILE, *([ARRAYS_FILE] if arrays else []), *TABLE_FILES]
    page = render_page(record, illustrations, files, options)
    (new / PAGE_FILE).write_text(page, encoding="utf-8")
    return problems


@contextlib.contextmanager
def _heeding_interrupts() -> Iterator[None]:
    """Raise at the end a Ctrl-C that came inside a weak reference's callback or a destructor.

    Matplotlib has many of them, and what is raised there, Python prints and drops.
    """
    dropped: list[BaseException] = []
    earlier = sys.unraisablehook

    def keep(unraisable: sys.UnraisableHookArgs) -> None:
        if isinstance(unraisable.exc_value, KeyboardInterrupt):
            dropped.append(unraisable.exc_value)
        else:
            earlier(unraisable)

    sys.unraisablehook = keep
    try:
        yield
    finally:
        sys.unraisablehook = earlier
    if dropped:
        raise dropped[0]
