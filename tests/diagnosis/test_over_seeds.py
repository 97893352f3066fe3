"""Findings of several seeds become one of each name, with the seeds that have it."""

from __future__ import annotations

import pytest

from initlab.diagnosis.finding import NOTE, SLOWS, STOPS, Finding
from initlab.diagnosis.findings import NAMES, words_of
from initlab.diagnosis.over_seeds import at_seeds, summed


def a_finding(name, severity=SLOWS, evidence="As measured.", where=("a",)):
    return Finding(name, severity, where, evidence, "An effect.", "A fix.", layers=where)


def test_each_finding_is_told_once_as_severe_as_where_it_is_worst():
    found = summed({
        4: [a_finding("dead_units", where=("b",)), a_finding("kept_zeros", NOTE)],
        7: [],
        9: [a_finding("dead_units", STOPS, where=("c",))],
    })  # fmt: skip
    assert [(one.name, one.severity, one.seeds) for one in found] == [
        ("dead_units", STOPS, (4, 9)), ("kept_zeros", NOTE, (4,)),
    ]  # fmt: skip
    assert found[0].where == found[0].layers == ("b", "c")


def test_figures_that_differ_are_those_of_a_seed_that_is_named():
    assert summed({1: [a_finding("dead_units")], 2: [a_finding("dead_units")]})[0].evidence == (
        "As measured."
    )
    other = a_finding("dead_units", STOPS, evidence="Worse.")
    found = summed({1: [a_finding("dead_units")], 2: [other]})
    assert found[0].evidence == "Worse. (These figures are from seed 2.)"


@pytest.mark.parametrize(
    ("seeds", "total", "words"),
    [
        ((0, 1, 2), 3, "At all 3 seeds"),
        ((5,), 3, "At 1 of 3 seeds (seed 5)"),
        ((3, 7), 10, "At 2 of 10 seeds (3 and 7)"),
        ((1, 2, 3, 4, 5), 10, "At 5 of 10 seeds (1, 2, 3, 4 and 5)"),
        (tuple(range(9)), 10, "At 9 of 10 seeds (0, 1, 2, 3, ..., 8)"),
    ],
)
def test_seeds_are_counted_and_named(seeds, total, words):
    assert at_seeds(seeds, total) == words


def test_an_output_layer_is_called_dead_where_nearly_all_of_it_is():
    assert words_of(a_finding("dead_output", STOPS)) == "the output layer is dead"
    assert words_of(a_finding("dead_output", SLOWS)) == "outputs are dead"
    for name, words in NAMES.items():
        assert words_of(a_finding(name)) == words
        assert words[0].islower() or words.startswith("a ")
        assert words[-1].isalpha()


def test_places_of_findings_of_one_name_at_one_seed_are_all_named():
    two = [
        a_finding("saturated_units", STOPS, where=("a",)),
        a_finding("saturated_units", where=("b",)),
    ]
    (one,) = summed({3: two})
    assert one.where == ("a", "b")
    assert one.severity == STOPS
    assert one.seeds == (3,)
    (one,) = summed({3: [two[0], a_finding("saturated_units", NOTE, where=("b",))]})
    assert one.where == one.layers == ("a",)  # a note beside it blames nothing
