"""An image file is whole or not there, and equal figures are equal files."""

from __future__ import annotations

import pytest

from initlab.errors import ArgumentError, StorageError
from initlab.report import loss_figure, save_figure

from .making import a_study, three_starts


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf", ".PNG"])
def test_equal_figures_are_equal_files(tmp_path, ending):
    first, second = (
        save_figure(loss_figure(a_study(), three_starts()), tmp_path / f"{k}{ending}").read_bytes()
        for k in range(2)
    )
    assert first == second
    assert len(first) > 1000


def test_the_last_bits_of_the_layout_solver_do_not_reach_the_file(tmp_path):
    figure = loss_figure(a_study(), three_starts())
    before = figure.axes[0].get_position().bounds
    save_figure(figure, tmp_path / "a.svg")
    bounds = figure.axes[0].get_position(original=True).bounds
    assert list(bounds) != list(before)
    x0, y0, width, height = bounds
    for edge in (x0, y0, x0 + width, y0 + height):
        assert edge == pytest.approx(round(edge, 5), abs=1e-12)


@pytest.mark.parametrize("name", ["picture", "picture.jpeg", "picture.png.txt"])
def test_an_ending_we_do_not_write_is_refused_by_name(tmp_path, name):
    with pytest.raises(ArgumentError, match=r"path must be a file name that ends in \.png"):
        save_figure(loss_figure(a_study(), three_starts()), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_way_or_a_missing_one_is_one_sentence(tmp_path):
    figure = loss_figure(a_study(), three_starts())
    (tmp_path / "a.png").mkdir()
    with pytest.raises(StorageError, match="it is a folder"):
        save_figure(figure, tmp_path / "a.png")
    with pytest.raises(StorageError, match="there is no folder"):
        save_figure(figure, tmp_path / "missing" / "b.png")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
