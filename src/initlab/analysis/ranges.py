"""Whole numbers, of seeds or layers -> "1, 3 and 5 to 9": every one, in few words."""

from __future__ import annotations

from collections.abc import Iterable

from initlab.analysis.wording import listed_words

FEWEST = 3  # neighbours that make a range


def ranges_text(numbers: Iterable[int]) -> str:
    """Return the numbers in order, neighbours as a range."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][-1] + 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    shown: list[str] = []
    for span in spans:
        shown += map(str, span) if len(span) < FEWEST else [f"{span[0]} to {span[-1]}"]
    return listed_words(shown)
