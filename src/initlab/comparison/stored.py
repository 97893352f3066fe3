"""A study.json, a report's folder or a study in a store -> its comparison, without training."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from initlab.analysis import Analysis, read_study
from initlab.comparison.comparison import Comparison
from initlab.comparison.keeping import failure_notes, platform_notes
from initlab.comparison.prepare import prepare_again
from initlab.datasets import Dataset
from initlab.errors import ArgumentError, InitlabError
from initlab.report.destination import ARRAYS_FILE, STUDY_FILE
from initlab.report.kept_arrays import LARGEST_FILE, restored
from initlab.report.replacement import recover_folder
from initlab.study.store import is_store, open_store
from initlab.validation import local_file


def read_comparison(
    path: str | os.PathLike[str], *, data_dir: str | os.PathLike[str] | None = None
) -> Comparison:
    """Read a stored comparison; what it shows is computed from its cells.

    Trained parameters and points come from the file beside the JSON, where it is there; larger
    data of a named study is loaded again.

    Args:
        path: a study.json, the folder of a report, or STORE#NAME, a study in a store.
        data_dir: folder of the image files.

    Raises:
        StorageError, DataError, StudyError: the file is missing, damaged, or not a study of ours.
        ArgumentError: it is a store, and none of its studies is named.
    """
    source = local_file("path", path)
    store, sign, study_name = os.fspath(path).rpartition("#")
    if sign and not source.exists():
        return _from_store(store, study_name, data_dir)
    if is_store(source):
        raise _unnamed(path)
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
    return _whole(analysis, data, data_dir)


def _unnamed(path: str | os.PathLike[str]) -> ArgumentError:
    """Return the error of a store without the name of a study; it names them."""
    with open_store(path, create=False, read_only=True) as store:
        names, shown = store.names(), store.shown
    known = ", ".join(f"{shown}#{name}" for name in names)
    what = f"name one of its studies: {known}" if names else "it has no study yet"
    return ArgumentError(f"{shown} is a store; {what}.", argument="path", value=path)


def _from_store(path: str, name: str, data_dir: str | os.PathLike[str] | None) -> Comparison:
    with open_store(path, create=False, read_only=True) as store:
        stored, cells = store.study(name), store.cells(name)
    analysis = Analysis(stored.study, cells, versions=stored.versions, notes=stored.notes)
    notes = [*failure_notes(stored.failures), *platform_notes(stored.platforms)]
    options = {"store": path, "study_name": stored.chosen_name}
    return _whole(analysis, None, data_dir, notes, options)


def _whole(
    analysis: Analysis, data: Dataset | None, data_dir: str | os.PathLike[str] | None,
    notes: Sequence[str] = (), options: Mapping[str, Any] | None = None,
) -> Comparison:  # fmt: skip
    """Return the comparison with its data, which is loaded again where that runs no user's code."""
    problem, note = analysis.study.problem, ""
    if data is None and problem.module is None:
        try:
            data = prepare_again(analysis.study, data_dir=data_dir)[1].dataset
        except InitlabError as error:
            note = f"Figures that show the data are left out: {error}"
    elif data is None and problem.dense is not None:  # a user's own code is not run for a figure
        note = "Figures that show the data are left out: it is not in the file."
    notes = [*notes, *([note] if note else [])]
    return Comparison(
        analysis, data, notes=notes, options={**(options or {}), "data_dir": data_dir}
    )
