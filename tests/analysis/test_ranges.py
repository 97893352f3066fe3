"""Every number is in the words, neighbours as a range."""

from __future__ import annotations

import pytest

from initlab.analysis.wording import ranges_text, runs_text, seeds_text


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


def test_a_long_list_of_seeds_is_cut_unless_every_one_is_asked_for() -> None:
    assert seeds_text((3,)) == "seed 3"
    assert seeds_text(tuple(range(50))) == "seeds 0 to 49"
    assert seeds_text((3, 5, 9)) == "seeds 3, 5 and 9"
    even = tuple(range(0, 40, 2))
    assert seeds_text(even) == "seeds 0, 2, 4, 6, 8, 10, 12, 14, ... (20 in all)"
    assert seeds_text(even, most=20).endswith("36 and 38")
    assert runs_text((0, 1, 2), 4, 6) == "seeds 0 to 2, 4 of 6 runs done"
