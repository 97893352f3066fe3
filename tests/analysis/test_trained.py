"""Whether a run is shown to beat a constant prediction: seldom by luck, whatever the classes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom

from initlab.analysis import Analysis
from initlab.analysis.failing import base_rate
from initlab.analysis.trained import LEVEL, beats
from initlab.networks.constant import mean_error

from .making import HE, a_cell, a_study


def _stored(hits: int, wrong: int, rare: int, large: int) -> tuple[float, float]:
    """Return margin and error as a cell keeps them, of right answers in two classes."""
    right = np.repeat([1.0, 0.0, 0.0, 1.0], [hits, rare - hits, wrong, large - wrong])
    labels = np.repeat([1, 0], [rare, large])
    return (hits - wrong) / (rare + large), mean_error(right, labels)


def _beats(hits: int, wrong: int, rare: int, large: int) -> bool:
    count = rare + large
    margin, error = _stored(hits, wrong, rare, large)
    return beats(margin, error, samples=count, rate=large / count, classes=2)


SHARES = [0.05, 0.3, 0.66, 0.8, 0.9, 0.96, 0.99]


@pytest.mark.parametrize(
    ("rare", "large"),
    [(5, 5), (30, 30), (2, 8), (4, 16), (1, 19), (4, 36), (4, 96), (2, 98), (20, 80), (20, 180)],
)
def test_an_answer_no_better_than_the_constant_is_seldom_shown_to_be(rare: int, large: int) -> None:
    hits, wrong = np.arange(rare + 1), np.arange(large + 1)
    shown = np.array([[_beats(b, c, rare, large) for c in wrong] for b in hits])
    margins = [[_stored(b, c, rare, large) for c in wrong] for b in hits]
    before = np.array([[m > 2 * error + 1e-9 for m, error in row] for row in margins])
    assert not (shown & ~before).any()  # never less strict than two standard errors
    shares = [share for share in [*SHARES, large / (rare + large)] if share * rare <= large]
    distributions = [
        np.outer(binom.pmf(hits, rare, share), binom.pmf(wrong, large, share * rare / large))
        for share in shares
    ]
    assert (
        max(float((distribution * shown).sum()) for distribution in distributions) <= LEVEL + 0.0005
    )
    assert (
        max(float((distribution * before).sum()) for distribution in distributions) > LEVEL
    )  # what two errors alone allow


def test_four_of_four_answers_that_differ_are_not_enough() -> None:
    assert not _beats(4, 0, 40, 960)
    assert not _beats(5, 0, 40, 960)
    assert _beats(6, 0, 40, 960)
    assert not _beats(1, 0, 1, 19)


def test_large_samples_lose_nothing() -> None:
    assert _beats(15, 0, 100, 4900)  # a sixth of the rare class, and no false alarm
    assert _beats(600, 400, 5000, 5000)
    assert _beats(3100, 1900, 5000, 5000)
    assert _beats(61, 0, 100, 100)
    assert not _beats(60, 50, 100, 100)


def test_a_perfect_run_on_ten_samples_is_shown_and_one_on_five_is_not() -> None:
    assert _beats(5, 0, 5, 5)
    assert not _beats(2, 0, 2, 3)


def test_of_many_classes_the_binomial_test_alone_decides() -> None:
    several = {"samples": 100, "rate": 0.1, "classes": 10}
    assert not beats(0.06, 0.029, **several)
    assert beats(0.07, 0.029, **several)
    assert not beats(0.07, 0.036, **several)  # within two standard errors


def test_a_loss_on_few_samples_needs_more_than_two_standard_errors() -> None:
    few = {"samples": 5, "rate": None, "classes": None}
    assert not beats(2.8, 1.0, **few)
    assert beats(2.9, 1.0, **few)
    assert beats(2.01, 1.0, **{**few, "samples": 10_000})
    assert beats(2.01, 1.0, **{**few, "samples": None})
    assert not beats(math.nan, 1.0, **few)
    assert not beats(0.0, 0.0, **few)


@pytest.mark.parametrize("hits", [5, 6])
def test_stored_runs_are_judged_by_the_samples_that_their_study_keeps(hits: int) -> None:
    study = a_study(
        inits=(HE,), base_rates={"test_accuracy": 0.96}, samples={"test_accuracy": 1000},
        data={"n_train": 300, "n_test": 1000, "noise": 0.05, "data_seed": 1},
    )  # fmt: skip
    cell = a_cell(accuracy=0.96 + hits / 1000, margins={"test_accuracy": _stored(hits, 0, 40, 960)})
    trained = hits == 6
    assert base_rate(study).trained(cell) is trained
    assert (Analysis(study, [cell]).verdict.kind != "nothing_trained") is trained
