"""Tables of many cells are written block by block, and are what one block would have been."""

from __future__ import annotations

import pytest

from initlab.report import frames
from initlab.report.frames import write_frames

from ..study.store.making import trained


def test_blocks_of_cells_make_the_files_that_one_block_makes(tmp_path, monkeypatch):
    polars = pytest.importorskip("polars")
    cells = [cell for _, cell in trained()[2]]
    whole, _ = write_frames(tmp_path / "whole", cells)
    monkeypatch.setattr(frames, "BLOCK", 2)
    parts, _ = write_frames(tmp_path / "parts", cells)
    for one, other in zip(whole, parts, strict=True):
        assert one.name == other.name
        if one.suffix == ".csv":
            assert one.read_bytes() == other.read_bytes()
        else:
            assert polars.read_parquet(one).equals(polars.read_parquet(other))
    assert polars.read_parquet(whole[1])["seed"].to_list() == [cell.seed for cell in cells]


def test_no_more_than_a_block_of_cells_is_asked_for_before_it_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(frames, "BLOCK", 2)
    written, ahead = [], []
    add = frames.Table.add

    def noting(self, columns):
        written.extend(columns["seed"] if "outcome" in columns else [])
        add(self, columns)

    def asked():
        for number, (_, cell) in enumerate(trained()[2]):
            ahead.append(number - len(written))
            yield cell

    monkeypatch.setattr(frames.Table, "add", noting)
    write_frames(tmp_path / "t", asked())
    assert max(ahead) == 1


def test_files_that_were_there_stay_where_a_cell_cannot_be_read(tmp_path):
    def broken():
        yield trained()[2][0][1]
        raise ValueError("damaged")

    (tmp_path / "cells.csv").write_text("older")
    with pytest.raises(ValueError, match="damaged"):
        write_frames(tmp_path, broken())
    assert [path.name for path in tmp_path.iterdir()] == ["cells.csv"]
    assert (tmp_path / "cells.csv").read_text() == "older"
