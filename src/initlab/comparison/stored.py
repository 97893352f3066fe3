"""A study.json or a report's folder -> the comparison that it holds, without training."""

from __future__ import annotations

import os

from initlab.analysis import read_study
from initlab.comparison.comparison import Comparison
from initlab.comparison.prepare import prepare_again
from initlab.datasets import Dataset
from initlab.errors import InitlabError
from initlab.report.destination import ARRAYS_FILE, STUDY_FILE
from initlab.report.kept_arrays import LARGEST_FILE, restored
from initlab.report.replacement import recover_folder
from initlab.validation import local_file


def read_comparison(
    path: str | os.PathLike[str], *, data_dir: str | os.PathLike[str] | None = None
) -> Comparison:
    """Read a stored comparison; what it shows is computed from its cells.

    Trained parameters and points come from the file beside the JSON, where it is there; larger
    data of a named study is loaded again.

    Args:
        path: a study.json, or the folder of a report.
        data_dir: folder of the image files.

    Raises:
        StorageError, DataError, StudyError: the file is missing, damaged, or not a study of ours.
    """
    source = local_file("path", path)
    recover_folder(source if source.name != STUDY_FILE else source.parent)
    if source.is_dir():
        source = source / STUDY_FILE
    analysis = read_study(source)
    data: Dataset | None = None
    arrays = source.with_name(ARRAYS_FILE)
    if source.name == STUDY_FILE and arrays.is_file():
        with arrays.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        analysis, data = restored(content, str(arrays), analysis)
    problem, note = analysis.study.problem, ""
    if data is None and problem.module is None:
        try:
            data = prepare_again(analysis.study, data_dir=data_dir)[1].dataset
        except InitlabError as error:
            note = f"Figures that show the data are left out: {error}"
    elif data is None and problem.dense is not None:  # a user's own code is not run for a figure
        note = "Figures that show the data are left out: it is not in the file."
    return Comparison(analysis, data, notes=[note] if note else ())
