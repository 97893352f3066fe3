"""Who wins, who may be best; and that the simulation decides as a real study does."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from initlab.analysis import Analysis
from initlab.analysis.claims import best, winner

from .making import a_cell, a_diverged_cell, a_study

PATH = Path(__file__).parents[2] / "benchmarks" / "calibration.py"


@pytest.fixture(scope="module")
def calibration() -> ModuleType:
    spec = importlib.util.spec_from_file_location("calibration", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["calibration"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


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


@pytest.mark.parametrize("law", ["normal", "lognormal", "binomial", "10 % failing"])
@pytest.mark.parametrize(("seeds", "rates"), [(3, 1), (5, 1), (8, 1), (5, 3), (8, 3)])
def test_the_simulation_decides_as_a_real_study(
    calibration: ModuleType, law: str, seeds: int, rates: int
) -> None:
    generator = np.random.default_rng(seeds + rates)
    for shift in (0.0, 0.5, 3.0):
        scores = calibration.LAWS[law].draw(generator, (3, seeds, rates))
        scores[0] += shift * calibration.LAWS[law].std
        decided = calibration.decide(scores)
        analysis = real(scores)
        places = {init: k for k, init in enumerate(analysis.study.inits)}
        winners = analysis.verdict.best if analysis.verdict.kind == "winner" else (None,)
        assert [places.get(name) for name in winners] == [decided.winner]
        if analysis.verdict.kind != "nothing_trained":
            scored = [k for k in decided.best if np.isfinite(decided.shown[k]).any()]
            assert [places[name] for name in analysis.verdict.best] == scored
        beaten = {(d.winner, d.first, d.second) for d in analysis.differences if d.winner}
        assert {(places[w], *sorted((places[a], places[b]))) for w, a, b in beaten} == {
            (pair[0], *sorted(pair)) for pair in decided.beaten
        }


def real(scores: np.ndarray) -> Analysis:
    count, seeds, rates = scores.shape
    names = tuple("abcdefgh"[:count])
    given = tuple(10.0**-r for r in range(rates))
    study = a_study(inits=names, seeds=tuple(range(seeds)), learning_rates=given * (rates > 1))
    cells = []
    for (i, k, r), score in np.ndenumerate(scores):
        made = (
            a_cell(names[i], k, float(score))
            if np.isfinite(score)
            else a_diverged_cell(names[i], k)
        )
        cells.append(made.replace(learning_rate=given[r]))
    return Analysis(study, cells)


@pytest.mark.parametrize(("seeds", "inits"), [(3, 2), (5, 2), (5, 4), (8, 2), (8, 4)])
@pytest.mark.parametrize("law", ["normal", "binomial", "10 % failing"])
def test_false_alarms_stay_at_five_percent(
    calibration: ModuleType, law: str, seeds: int, inits: int
) -> None:
    studies = 300
    setting = calibration.Setting(law, seeds, inits, 1, inits, studies)
    for kind, share in calibration.false_alarms(setting).items():
        assert share <= 0.1, kind  # 5 % and four standard errors


@pytest.mark.parametrize("inits", [2, 3])
def test_false_alarms_at_the_best_of_five_rates_stay_at_five_percent(
    calibration: ModuleType, inits: int
) -> None:
    setting = calibration.Setting("normal", 8, inits, 5, inits, 300)
    assert max(calibration.false_alarms(setting).values()) <= 0.1


@pytest.mark.parametrize("law", ["lognormal", "binomial", "10 % failing"])
@pytest.mark.parametrize("seeds", [6, 10, 20])
def test_intervals_cover(calibration: ModuleType, law: str, seeds: int) -> None:
    setting = calibration.Setting(law, seeds, 2, 1, 2, 600)
    assert min(calibration.coverage(setting).values()) >= 0.95 - 0.036  # four standard errors


def test_five_standard_deviations_are_found_at_five_seeds(calibration: ModuleType) -> None:
    setting = calibration.Setting("normal", 5, 4, 1, 1, 100)
    assert calibration.power(setting) >= 0.9
