"""Every number is in the words, neighbours as a range."""

from __future__ import annotations

import pytest

from initlab.analysis.ranges import ranges_text


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([3], "3"),
        ([1, 0], "0 and 1"),
        ([0, 1, 2], "0 to 2"),
        ([1, 3, *range(5, 10)], "1, 3 and 5 to 9"),
        ([0, 1, 2, 7, 8], "0 to 2, 7 and 8"),
    ],
)
def test_neighbours_make_a_range(numbers: list[int], words: str) -> None:
    assert ranges_text(numbers) == words
