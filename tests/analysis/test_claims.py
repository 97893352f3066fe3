"""Who wins, and who may be best."""

from __future__ import annotations

from initlab.analysis.claims import best, winner


def test_a_winner_beats_every_other() -> None:
    assert winner("abc", {("a", "b"): 0.05, ("a", "c"): 0.001}) == "a"
    assert winner("abc", {("a", "b"): 0.051, ("a", "c"): 0.001}) is None
    assert winner("abc", {("a", "b"): 0.05, ("c", "a"): 0.001}) is None
    assert winner("a", {}) is None


def test_best_leaves_out_those_shown_worse_than_the_first() -> None:
    ahead = {("a", "b"): 0.2, ("a", "c"): 2 * 0.05 / 3, ("a", "d"): 2 * 0.0167}
    assert best("abcd", ahead, 0.05) == ["a", "b", "d"]
    assert best("abcd", ahead, 0.051) == ["a", "b", "c", "d"]


def test_the_winner_alone_is_best() -> None:
    ahead = {("a", "b"): 0.05, ("a", "c"): 0.05}
    assert best("abc", ahead, 1.0) == ["a"]
    assert best("ab", {("a", "b"): 0.051}, 0.0) == ["a", "b"]  # one-sided 2.6 %
