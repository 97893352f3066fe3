"""Study record and data -> a folder with the page, the figures, the tables and the study itself."""

from __future__ import annotations

import os
from pathlib import Path

from initlab.analysis import Analysis, write_study
from initlab.datasets import Dataset
from initlab.errors import StorageError
from initlab.report.destination import (
    PAGE_FILE,
    REPORT_FILES,
    STUDY_FILE,
    TABLE_FILES,
    check_folder,
    unwritable,
)
from initlab.report.image import save_both
from initlab.report.page import Illustration, render_page
from initlab.report.pictures import pictures
from initlab.report.replacement import replace_folder
from initlab.report.tables import write_tables


def write_report(
    folder: str | os.PathLike[str],
    record: Analysis,
    data: Dataset | None = None,
    *,
    force: bool = False,
) -> list[Path]:
    """Write the report of a study; the same study gives the same files.

    A missing folder is made, an empty one filled, and in one that holds our study the report is
    replaced. Any other folder is refused without ``force``. Files of the reader's own are never
    touched, with ``force`` or without; on a failure the folder is as it was.

    Args:
        folder: where to.
        record: the study and what it found.
        data: its data, for the figures that show points; None leaves those out.
        force: write into a folder that holds something else.

    Returns:
        The files, the page first.

    Raises:
        StorageError: the folder is refused or cannot be written; see :func:`check_folder`.
    """
    target = check_folder(folder, force=force)
    try:
        replace_folder(target, lambda new: _fill(new, record, data), REPORT_FILES)
        written = set(os.listdir(target))  # noqa: PTH208 - names, not paths
    except StorageError:
        raise
    except OSError as error:
        raise unwritable(folder, error) from error
    return [Path(folder) / name for name in REPORT_FILES if name in written]


def _fill(new: Path, record: Analysis, data: Dataset | None) -> None:
    write_study(new / STUDY_FILE, record)
    write_tables(new, record)
    illustrations = []
    for picture in pictures(record, data):
        save_both(picture.figure, new, picture.name)
        illustrations.append(
            Illustration(picture.name, picture.title, picture.caption, picture.pixels)
        )
    page = render_page(record, illustrations, [STUDY_FILE, *TABLE_FILES])
    (new / PAGE_FILE).write_text(page, encoding="utf-8")
