"""The CSV files read back to the same numbers."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initlab.report import write_tables
from initlab.report.tables import write_curves

from .making import HE, TEN, a_cell, a_diverged_cell, a_record, a_study, many_seeds

NAMES = st.text(max_size=12).filter(lambda name: "\r" not in name)  # no canonical name has one


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def record():
    cells = [*many_seeds(6)[:-1], a_diverged_cell(HE, 5)]
    return a_record(a_study(seeds=tuple(range(6))), cells)


def test_tables_written_again_are_the_same_tables(tmp_path, record):
    first = {path.name: path.read_bytes() for path in write_tables(tmp_path, record)}
    assert {path.name: path.read_bytes() for path in write_tables(tmp_path, record)} == first


def test_every_cell_is_a_row_with_its_metrics(tmp_path, record):
    write_tables(tmp_path, record)
    rows = rows_of(tmp_path / "cells.csv")
    assert len(rows) == 18
    for row, cell in zip(rows, record.cells, strict=True):
        assert (row["init"], int(row["seed"]), row["outcome"]) == (
            cell.init, cell.seed, cell.outcome,
        )  # fmt: skip
        for name, value in cell.metrics.items():
            assert row[name] == ("" if value is None else repr(value))
    assert (rows[-1]["diverged_step"], rows[-1]["first_nonfinite"]) == ("150", "W1.grad")


def test_every_recorded_loss_is_a_row_and_infinity_is_the_word_inf(tmp_path, record):
    write_tables(tmp_path, record)
    rows = rows_of(tmp_path / "curves.csv")
    expected = [
        (cell.init, cell.seed, step, loss)
        for cell in record.cells
        for step, loss in zip(cell.curve["step"], cell.curve["train_loss"], strict=True)
    ]
    found = [(r["init"], int(r["seed"]), int(r["step"]), float(r["train_loss"])) for r in rows]
    assert found == expected
    first = next(r for r in rows if r["init"] == TEN)
    assert first["train_loss"] == "inf"


def test_the_summary_has_a_row_per_start_and_metric_with_its_interval(tmp_path, record):
    write_tables(tmp_path, record)
    rows = rows_of(tmp_path / "summary.csv")
    assert len(rows) == 3 * 4
    for row in rows:
        start = next(s for s in record.summary if s.init == row["init"])
        scores = start.metrics[row["metric"]]
        assert scores is not None
        assert float(row["iqm"]) == scores.iqm
        assert (float(row["ci95_low"]), float(row["ci95_high"])) == scores.ci95
        assert float(row["median"]) == scores.median
        found = (float(row["median_ci95_low"]), float(row["median_ci95_high"]))
        assert found == scores.median_ci95
        assert (int(row["finished"]), int(row["diverged"])) == (start.finished, start.diverged)


def test_missing_numbers_are_empty_fields(tmp_path):
    record = a_record(a_study(inits=(HE, TEN)), [a_cell(), a_diverged_cell(TEN)])
    write_tables(tmp_path, record)
    summary = rows_of(tmp_path / "summary.csv")
    assert [(r["mean"], r["ci95_low"]) for r in summary if r["init"] == TEN] == [("", "")] * 4
    assert {r["ci95_low"] for r in summary if r["init"] == HE} == {""}
    (pair,) = rows_of(tmp_path / "differences.csv")
    assert (pair["p"], pair["winner"], pair["pairs"]) == ("", "", "0")


def test_differences_are_the_records_own(tmp_path, record):
    write_tables(tmp_path, record)
    rows = rows_of(tmp_path / "differences.csv")
    assert [(r["first"], r["second"]) for r in rows] == [
        (d.first, d.second) for d in record.differences
    ]
    for row, difference in zip(rows, record.differences, strict=True):
        assert float(row["p_holm"]) == difference.p_holm
        assert row["words"] == difference.words


def test_numpy_numbers_are_written_as_plain_ones(tmp_path):
    cell = a_cell(losses=[np.float64(0.1), np.float32(0.5), math.nan])
    rows = rows_of(write_curves(tmp_path / "c.csv", [cell]))
    assert [r["train_loss"] for r in rows] == ["0.1", "0.5", "nan"]


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=4), NAMES)
def test_any_loss_and_any_name_survive_the_file(tmp_path_factory, losses, init):
    path = tmp_path_factory.mktemp("csv") / "curves.csv"
    rows = rows_of(write_curves(path, [a_cell(init, losses=losses)]))
    assert [float(row["train_loss"]) for row in rows] == losses
    assert {row["init"] for row in rows} == {init}
