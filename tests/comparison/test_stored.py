"""Running a stored study again says how much of it came out the same."""

from __future__ import annotations

import initlab
from initlab.analysis import Analysis
from initlab.comparison.stored import reproduction_words


def test_equal_runs_agree_and_a_changed_digit_is_counted():
    stored = initlab.compare("circles", seeds=2, steps=100, progress=False).analysis
    assert "all 6 runs agree" in reproduction_words(stored, stored)
    cells = [cell.replace(platform="elsewhere") for cell in stored.cells]
    cells[0] = cells[0].replace(initial_loss=0.7)
    other = Analysis(stored.study, cells, versions=stored.versions)
    words = reproduction_words(stored, other)
    assert "5 of 6 runs agree" in words
    assert "elsewhere" in words
