"""study.npz gives back the networks and points of its own study, and of no other."""

from __future__ import annotations

import io

import numpy as np
import pytest

from initlab.analysis import Analysis
from initlab.datasets import Dataset, InMemory
from initlab.datasets.dataset import Scaling
from initlab.errors import DataError, StudyError
from initlab.records import Cell
from initlab.report import kept_arrays as module
from initlab.report.kept_arrays import POINTS, kept_arrays, restored

from .making import (
    HE,
    TEN,
    ZEROS,
    a_cell,
    a_diverged_cell,
    a_record,
    a_study,
    many_seeds,
    some_data,
    upright,
)


def forgotten(analysis: Analysis) -> Analysis:
    """Return the analysis as it is read from study.json: without any parameters."""
    return Analysis.from_record(analysis.to_record())


def same_parameters(found: Cell, wanted: Cell) -> bool:
    if found.parameters is None or wanted.parameters is None:
        return found.parameters is wanted.parameters
    return found.parameters.keys() == wanted.parameters.keys() and all(
        np.array_equal(found.parameters[name], wanted.parameters[name])
        and found.parameters[name].dtype == wanted.parameters[name].dtype
        for name in wanted.parameters
    )


def names_in(content: bytes) -> set[str]:
    return set(np.load(io.BytesIO(content), allow_pickle=False).files)


@pytest.fixture
def whole():
    """Six seeds of three initializations, one run diverged, every network another."""
    cells = [
        cell.replace(parameters=upright(1.0 + k, at=k / 7)) for k, cell in enumerate(many_seeds())
    ]
    cells[7] = a_diverged_cell(TEN, 1)
    return a_record(a_study(seeds=tuple(range(6)), defaults={}), cells)


def test_networks_and_points_come_back_bit_by_bit(whole):
    found, data = restored(kept_arrays(whole, some_data()), "study.npz", forgotten(whole))
    assert found == whole
    assert len(found.cells) == 18
    assert all(map(same_parameters, found.cells, whole.cells))
    for name in POINTS:
        assert np.array_equal(getattr(data, name), getattr(some_data(), name))
        assert getattr(data, name).dtype == getattr(some_data(), name).dtype


def test_a_diverged_run_has_no_network(whole):
    found, _ = restored(kept_arrays(whole, None), "study.npz", forgotten(whole))
    assert [k for k, cell in enumerate(found.cells) if cell.parameters is None] == [7]


def test_float32_networks_stay_float32():
    parameters = {name: one.astype(np.float32) for name, one in upright(0.1).items()}
    record = a_record(cells=[cell.replace(parameters=parameters) for cell in a_record().cells])
    found, _ = restored(kept_arrays(record, None), "study.npz", forgotten(record))
    assert {cell.parameters["W1"].dtype for cell in found.cells} == {np.dtype("float32")}


def test_what_the_data_is_called_comes_back():
    points = np.linspace(0.0, 1.0, 6)[:, np.newaxis]
    data = Dataset(
        "mine", InMemory(points, points[:, 0]), InMemory(points, points[:, 0]), features=("x",),
        x_scaling=Scaling(2.0, 3.0), y_scaling=None, notes=("a note", "another"),
        held_out="validation",
    )  # fmt: skip
    _, found = restored(kept_arrays(a_record(), data), "study.npz", forgotten(a_record()))
    for name in ("name", "classes", "features", "x_scaling", "y_scaling", "image_shape", "notes",
                 "held_out"):  # fmt: skip
        assert getattr(found, name) == getattr(data, name)


def test_networks_at_other_rates_are_not_kept_and_their_cells_not_lost():
    study = a_study(inits=(HE,), learning_rates=(0.1, 0.01))
    cells = [a_cell(learning_rate=0.1, accuracy=0.7), a_cell(learning_rate=0.01)]
    record = Analysis(study, cells)
    found, _ = restored(kept_arrays(record, None), "study.npz", forgotten(record))
    assert found == record
    assert same_parameters(found.cells[0], cells[1])
    assert found.cells_at_other_rates[0].parameters is None


def test_the_same_study_makes_the_same_bytes(whole, monkeypatch):
    first = kept_arrays(whole, some_data())
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setattr("time.time", lambda: 2e9)
    shuffled = Analysis(whole.study, whole.all_cells[::-1], versions=whole.versions)
    assert kept_arrays(shuffled, some_data()) == first
    again = restored(first, "study.npz", forgotten(whole))
    assert kept_arrays(*again) == first


def test_above_the_limit_only_the_networks_that_figures_draw_are_kept(whole, monkeypatch):
    size = sum(array.nbytes for array in upright(1.0).values())
    monkeypatch.setattr(module, "LARGEST_PARAMETERS", 17 * size)
    assert len(names_in(kept_arrays(whole, None)) & {"network/W1", "cells"}) == 2
    every, _ = restored(kept_arrays(whole, None), "study.npz", forgotten(whole))
    assert sum(cell.parameters is not None for cell in every.cells) == 17

    monkeypatch.setattr(module, "LARGEST_PARAMETERS", 17 * size - 1)
    some, _ = restored(kept_arrays(whole, None), "study.npz", forgotten(whole))
    kept = [cell for cell in some.cells if cell.parameters is not None]
    # the lower of two in the middle: seeds 2 of zeros (all alike), 3 of (0, 2, 3, 4, 5), and of
    # falling accuracies 3 of he_normal
    assert [(cell.init, cell.seed) for cell in kept] == [(ZEROS, 2), (TEN, 3), (HE, 3)]
    assert all(same_parameters(cell, whole.cells[whole.cells.index(cell)]) for cell in kept)


def test_where_even_those_are_too_large_no_network_is_kept(whole, monkeypatch):
    size = sum(array.nbytes for array in upright(1.0).values())
    monkeypatch.setattr(module, "LARGEST_PARAMETERS", 3 * size - 1)
    assert kept_arrays(whole, None) is None
    assert not any(name.startswith("network") for name in names_in(kept_arrays(whole, some_data())))


def test_larger_points_are_left_out_and_the_networks_stay(whole, monkeypatch):
    size = sum(getattr(some_data(), name).nbytes for name in POINTS)
    monkeypatch.setattr(module, "LARGEST_POINTS", size)
    assert "data/x_train" in names_in(kept_arrays(whole, some_data()))
    monkeypatch.setattr(module, "LARGEST_POINTS", size - 1)
    content = kept_arrays(whole, some_data())
    assert names_in(content) == {"network/W1", "network/b1", "cells", "study"}
    assert restored(content, "study.npz", forgotten(whole))[1] is None


def test_a_study_without_networks_and_points_has_no_archive():
    record = a_record(cells=[cell.replace(parameters=None) for cell in a_record().cells])
    assert kept_arrays(record, None) is None


def test_the_archive_of_another_study_is_refused(whole):
    content = kept_arrays(whole, some_data())
    other = forgotten(a_record(whole.study.replace(threshold=0.2), list(whole.cells)))
    with pytest.raises(StudyError, match=r"^study\.npz and the study\.json beside it belong to"):
        restored(content, "study.npz", other)


def test_an_archive_that_names_no_study_is_refused():
    buffer = io.BytesIO()
    np.savez(buffer, cells=np.arange(3))
    with pytest.raises(StudyError, match="belong to different studies"):
        restored(buffer.getvalue(), "study.npz", a_record())


@pytest.mark.parametrize("content", [b"", b"PK", b"not an archive at all"])
def test_what_is_no_archive_is_refused_with_the_files_name(content):
    with pytest.raises(DataError, match=r"study\.npz"):
        restored(content, "study.npz", a_record())
