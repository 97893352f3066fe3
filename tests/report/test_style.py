"""An init has one colour wherever it appears, and no two of a study look the same."""

from __future__ import annotations

from initlab.report.style import INIT_COLOURS, init_colour, init_dashes


def test_a_common_init_has_its_colour_in_every_study() -> None:
    for inits in (["he_normal"], ["zeros", "he_normal"], ["normal(std=1)", "he_normal", "ones"]):
        assert init_colour(inits, inits.index("he_normal")) == INIT_COLOURS[0]
    alone = init_colour(["normal(std=0.5)"], 0)
    assert init_colour(["he_normal", "normal(std=0.5)"], 1) == alone


def test_of_two_that_would_share_a_colour_the_later_takes_the_next_one() -> None:
    inits = ["torch_default", "default", "glorot_normal"]
    assert [INIT_COLOURS.index(init_colour(inits, k)) for k in range(3)] == [3, 4, 5]


def test_no_two_inits_of_a_study_look_the_same() -> None:
    for count in (7, 14, 28):
        inits = [f"normal(std={k})" for k in range(count - 1)] + ["he_normal"]
        looks = {(init_colour(inits, k), init_dashes(inits, k)) for k in range(count)}
        assert len(looks) == count
        assert init_colour(inits, count - 1) == INIT_COLOURS[0]
    assert len({init_colour(inits, k) for k in range(28)}) == len(INIT_COLOURS)
