"""Running a stored study again says how much of it came out the same."""

from __future__ import annotations

from dataclasses import replace

import initlab
from initlab.comparison.reproduction import reproduction_words


def test_equal_runs_agree_and_a_changed_digit_is_counted():
    record = initlab.compare("circles", seeds=2, steps=100, progress=False).record
    assert "all 6 runs agree" in reproduction_words(record, record)
    changed = replace(record.cells[0], initial_loss=0.7)
    other = replace(record, cells=(changed, *record.cells[1:]), platform="elsewhere")
    words = reproduction_words(record, other)
    assert "5 of 6 runs agree" in words
    assert "elsewhere" in words
