"""Whole numbers, of seeds or layers -> "1, 3 and 5 to 9": in few words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from initlab.validation import listed

FEWEST = 3  # neighbours that make a range
MOST = 8  # numbers and ranges of seeds before the list is cut


def ranges_text(numbers: Iterable[int]) -> str:
    """Return all numbers in order, neighbours as a range."""
    return listed(_ranges(numbers))


def seeds_text(seeds: Sequence[int], most: int = MOST) -> str:
    """Return "seed 3", "seeds 0 to 49" or "seeds 3, 5 and 9"; long lists are cut.

    Args:
        seeds: the seeds.
        most: numbers and ranges that are not cut.
    """
    shown = _ranges(seeds)
    if len(shown) > most:
        return f"seeds {', '.join(shown[:most])}, ... ({len(seeds):,} in all)"
    return f"seed{'s' * (len(seeds) > 1)} {listed(shown)}"


def runs_text(seeds: Sequence[int], done: int, planned: int) -> str:
    """Return "seeds 0 to 49", and where runs are missing how many are done."""
    listed = seeds_text(seeds)
    return listed if done == planned else f"{listed}, {done:,} of {planned:,} runs done"


def _ranges(numbers: Iterable[int]) -> list[str]:
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][-1] + 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    shown: list[str] = []
    for span in spans:
        shown += map(str, span) if len(span) < FEWEST else [f"{span[0]} to {span[-1]}"]
    return shown
