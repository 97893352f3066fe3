"""The simulation decides as a real study does; false alarms, coverage, power in small."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from initlab.analysis import Analysis

from .making import a_cell, a_diverged_cell, a_study

PATH = Path(__file__).parents[2] / "benchmarks" / "calibration.py"
SHIFTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)  # standard deviations


@pytest.fixture(scope="module")
def calibration() -> ModuleType:
    spec = importlib.util.spec_from_file_location("calibration", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["calibration"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("metric", ["test_accuracy", "test_loss"])
@pytest.mark.parametrize("distribution", ["normal", "lognormal", "binomial", "10 % failing"])
@pytest.mark.parametrize(("seeds", "rates"), [(3, 1), (5, 1), (6, 1), (10, 1), (5, 3), (8, 3)])
def test_the_simulation_decides_as_a_real_study(
    calibration: ModuleType, distribution: str, seeds: int, rates: int, metric: str
) -> None:
    generator = np.random.default_rng(seeds + rates)
    for shift in SHIFTS:
        scores = calibration.DISTRIBUTIONS[distribution].draw(generator, (4, seeds, rates))
        scores[:2] += shift * calibration.DISTRIBUTIONS[distribution].std
        decided = calibration.decide(scores)
        analysis = stored(scores, metric)
        places = {init: k for k, init in enumerate(analysis.study.inits)}
        winners = analysis.verdict.best if analysis.verdict.kind == "winner" else (None,)
        assert [places.get(name) for name in winners] == [decided.winner]
        if analysis.verdict.kind != "nothing_trained":
            scored = [k for k in decided.best if np.isfinite(decided.shown[k]).any()]
            assert [places[name] for name in analysis.verdict.best] == scored
        beaten = {
            (places[d.winner], places[d.second if d.winner == d.first else d.first])
            for d in analysis.differences
            if d.winner
        }
        assert beaten == set(decided.beaten)


def stored(scores: np.ndarray, metric: str) -> Analysis:
    """Scores, better is larger -> a study whose cells have them in a metric."""
    count, seeds, rates = scores.shape
    names = tuple(f"init_{k}" for k in range(count))
    given = tuple(10.0**-r for r in range(rates))
    study = a_study(
        inits=names, seeds=tuple(range(seeds)), learning_rates=given * (rates > 1), metric=metric
    )
    sign = -1.0 if metric == "test_loss" else 1.0
    cells = []
    for (i, k, r), score in np.ndenumerate(scores):
        made = a_cell(names[i], k) if np.isfinite(score) else a_diverged_cell(names[i], k)
        value = sign * float(score) if np.isfinite(score) else None
        cells.append(made.replace(learning_rate=given[r], metrics={metric: value}))
    return Analysis(study, cells)


@pytest.mark.parametrize(
    ("distribution", "seeds", "inits", "tied", "rates", "studies"),
    [
        ("normal", 3, 2, 2, 1, 4000),
        ("normal", 5, 4, 4, 1, 2000),
        ("normal", 10, 2, 2, 1, 4000),
        ("lognormal", 10, 4, 2, 1, 2000),
        ("binomial", 20, 2, 2, 1, 2000),
        ("10 % failing", 10, 8, 8, 1, 1500),
        ("10 % failing", 3, 2, 2, 1, 2000),
        ("normal", 8, 17, 17, 1, 300),
        ("normal", 8, 2, 2, 5, 1000),
        ("10 % failing", 8, 3, 3, 5, 500),
    ],
)
def test_false_alarms_stay_at_five_percent(
    calibration: ModuleType,
    distribution: str,
    seeds: int,
    inits: int,
    tied: int,
    rates: int,
    studies: int,
) -> None:
    setting = calibration.Setting(distribution, seeds, inits, rates, tied, studies)
    for kind, share in calibration.false_alarms(setting).items():
        assert share <= 0.05 + 3.5 * math.sqrt(0.05 * 0.95 / studies), kind


@pytest.mark.parametrize("distribution", ["normal", "lognormal", "binomial", "10 % failing"])
@pytest.mark.parametrize(("seeds", "studies"), [(6, 6000), (10, 3000), (20, 1500)])
def test_intervals_cover(
    calibration: ModuleType, distribution: str, seeds: int, studies: int
) -> None:
    found = calibration.coverage(calibration.Setting(distribution, seeds, 2, 1, 2, studies))
    assert min(found.values()) >= 0.95 - 3.5 * math.sqrt(0.05 * 0.95 / studies)


@pytest.mark.parametrize("distribution", ["normal", "lognormal", "binomial"])
@pytest.mark.parametrize("inits", [2, 8])
def test_five_standard_deviations_are_found_at_five_seeds(
    calibration: ModuleType, distribution: str, inits: int
) -> None:
    setting = calibration.Setting(distribution, 5, inits, 1, 1, 100, apart=True)
    assert calibration.power(setting) >= 0.9


def test_two_standard_deviations_are_found_at_the_best_of_five_rates_of_eight_seeds(
    calibration: ModuleType,
) -> None:
    setting = calibration.Setting("normal", 8, 4, 5, 1, 100, gap=2.0)
    assert calibration.power(setting) >= 0.9
