"""A study.json, a report or a study in a store -> what it shows, or whether a second run agrees."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from initlab.analysis import Analysis, read_study
from initlab.analysis.wording import counted
from initlab.comparison.comparison import Comparison
from initlab.comparison.keeping import failure_notes, platform_notes
from initlab.comparison.prepare import prepare_again
from initlab.datasets import Dataset
from initlab.errors import ArgumentError, InitlabError
from initlab.report.destination import ARRAYS_FILE, STUDY_FILE
from initlab.report.kept_arrays import LARGEST_FILE, restored
from initlab.report.replacement import recover_folder
from initlab.study.environment import version_name
from initlab.study.store import is_store, open_store
from initlab.validation import file_of_address, local_file

if TYPE_CHECKING:
    from initlab.study.store import StoredStudy

LATER = ("margins", "learning_rate", "diagnosis")  # what an older initlab did not keep of every run


def read_comparison(
    path: str | os.PathLike[str], *, data_dir: str | os.PathLike[str] | None = None
) -> Comparison:
    """Read a stored comparison; what it shows is computed from its cells.

    Trained parameters and points come from the file beside the JSON, where it is there; larger
    data of a named study is loaded again.

    Args:
        path: a study.json, the folder of a report, or STORE#NAME, a study in a store; the name may
            be left out where it is the only one.
        data_dir: folder of the image files.

    Raises:
        StorageError, DataError, StudyError: the file is missing, damaged, or not a study of ours.
        ArgumentError: it is a store of several studies, and none is named.
    """
    if (place := _in_store(path)) is not None:
        analysis, stored = _from_store(*place)
        options = {"store": place[0], "study_name": stored.chosen_name}
        return _whole(analysis, None, data_dir, platform_notes(stored.platforms), options)
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
    return _whole(analysis, data, data_dir)


def read_analysis(path: str | os.PathLike[str]) -> Analysis:
    """Read what the cells of a stored study show; see :func:`read_comparison`.

    Args:
        path: a study.json or STORE#NAME.
    """
    place = _in_store(path)
    return read_study(path) if place is None else _from_store(*place)[0]


def _in_store(path: str | os.PathLike[str]) -> tuple[str, str] | None:
    """Return the file and the name of a study in a store; None where the path is no store's."""
    if isinstance(path, str):
        path = file_of_address(path)
    source = local_file("path", path)
    file, sign, name = os.fspath(path).rpartition("#")
    if sign and not source.exists():
        return file, name
    if not is_store(source):
        return None
    with open_store(path, create=False, read_only=True) as store:
        names, shown = store.names(), store.shown
    if len(names) == 1:
        return os.fspath(path), names[0]
    what = " that holds no study yet"
    if names:
        known = ", ".join(f"{shown}#{name}" for name in names)
        what = f" with {len(names)} studies. Name one of them: {known}"
    raise ArgumentError(f"{shown} is a store{what}.", argument="path", value=path)


def _from_store(path: str, name: str) -> tuple[Analysis, StoredStudy]:
    with open_store(path, create=False, read_only=True) as store:
        stored, cells = store.study(name), store.cells(name)
    notes = (*stored.notes, *failure_notes(stored.failures))
    return Analysis(stored.study, cells, versions=stored.versions, notes=notes), stored


def _whole(
    analysis: Analysis, data: Dataset | None, data_dir: str | os.PathLike[str] | None,
    notes: Sequence[str] = (), options: Mapping[str, Any] | None = None,
) -> Comparison:  # fmt: skip
    """Return the comparison with its data, which is loaded again where that runs no user's code."""
    problem, note = analysis.study.problem, ""
    left_out = "Figures that show the data are left out, because"
    if data is None and problem.module is None:
        try:
            data = prepare_again(analysis.study, data_dir=data_dir)[1].dataset
        except InitlabError as error:
            note = f"{left_out} the data cannot be loaded: {error}"
    elif data is None and problem.dense is not None:  # a user's own code is not run for a figure
        note = f"{left_out} the stored study does not hold the data."
    notes = [*notes, *([note] if note else [])]
    return Comparison(
        analysis, data, notes=notes, options={**(options or {}), "data_dir": data_dir}
    )


def reproduction_words(stored: Analysis, again: Analysis) -> str:
    """Say how many cells agree to the last digit, and what differs in the machine if not all do."""
    before, after = _runs(stored), _runs(again)
    same = sum(_agree(before.get(key), value) for key, value in after.items())
    if same == len(after) == len(before):
        runs = "the run agrees" if same == 1 else f"all {same} runs agree"
        return f"{runs} with the file to the last digit."
    changed = [
        f"{version_name(name)} {stored.versions.get(name, '(not in the file)')} -> {version}"
        for name, version in again.versions.items()
        if stored.versions.get(name) != version
    ]
    if stored.platform != again.platform:
        changed.append(f"{stored.platform} -> {again.platform}")
    why = f"Changed since the file was written: {'; '.join(changed)}."
    if not changed:
        why = "Versions and platform are the same as in the file, so please report this difference."
    agree = "agrees" if same == 1 else "agree"
    return f"{same} of {counted(len(after), 'run')} {agree} with the file to the last digit. {why}"


def _agree(old: dict[str, Any] | None, new: dict[str, Any]) -> bool:
    if old is None:
        return False
    unknown = [name for name in LATER if not old[name]]
    return all(old[name] == value for name, value in new.items() if name not in unknown)


def _runs(one: Analysis) -> dict[tuple[str, int], dict[str, Any]]:
    """Return what every run computed, without where and by what."""
    rest = ("engine", "platform", "key", "block")
    return {
        (cell.init, cell.seed): {
            name: value for name, value in cell.to_record().items() if name not in rest
        }
        for cell in one.cells
    }
