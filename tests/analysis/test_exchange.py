"""The permutation test against a loop that moves, chooses the rates and subtracts, one by one."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from initlab.analysis.exchange import circles, exchange_p


def _moved(scores: np.ndarray, pattern: tuple[int, ...]) -> np.ndarray:
    moved = scores.copy()
    for seed, circle in enumerate(circles(*scores.shape[:2])):
        for place, init in enumerate(circle):
            source = circle[(place + pattern[seed]) % len(circle)]
            moved[init, seed] = scores[source, seed]
    return moved


def _loop(scores: np.ndarray, patterns: list[tuple[int, ...]]) -> float:
    ranked = stats.rankdata(scores).reshape(scores.shape)
    found = []
    for pattern in patterns:
        moved = _moved(ranked, pattern)
        best = [max(np.mean(own[:, rate]) for rate in range(scores.shape[2])) for own in moved]
        found.append(max(best) - min(best))
    return float(np.mean(np.array(found) >= found[0] - 1e-9))


def _patterns(count: int, blocks: int, seeds: int) -> list[tuple[int, ...]]:
    moves = itertools.product(range(count), repeat=blocks)
    return [tuple(move[k % blocks] for k in range(seeds)) for move in moves]


@pytest.mark.parametrize(("count", "seeds", "rates"), [(2, 6, 3), (2, 8, 1), (3, 5, 2), (4, 4, 5)])
def test_p_is_the_share_of_all_arrangements(count: int, seeds: int, rates: int) -> None:
    generator = np.random.default_rng(count + seeds)
    scores = generator.integers(80, 100, size=(count, seeds, rates)) / 100
    scores[generator.random(scores.shape) < 0.1] = -math.inf
    scores[0] += 0.05
    wanted = _loop(scores, _patterns(count, seeds, seeds))
    assert exchange_p(scores)[0] == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(("count", "seeds", "blocks"), [(2, 15, 12), (17, 6, 2)])
def test_where_there_are_too_many_some_seeds_move_together(
    count: int, seeds: int, blocks: int
) -> None:
    scores = np.random.default_rng(3).normal(size=(count, seeds, 2))
    scores[0, :, 1] += 0.8
    wanted = _loop(scores, _patterns(count, blocks, seeds))
    assert exchange_p(scores)[0] == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(("count", "seeds", "blocks"), [(2, 8, 8), (4, 4, 4), (17, 7, 2)])
def test_of_all_arrangements_at_most_one_in_twenty_is_called_a_difference(
    count: int, seeds: int, blocks: int
) -> None:
    scores = np.random.default_rng(count).normal(size=(count, seeds, 2))
    scores[0] += 1.0
    patterns = _patterns(count, blocks, seeds)
    p = np.sort([exchange_p(_moved(scores, pattern))[0] for pattern in patterns])
    assert np.all(p >= np.arange(1, len(p) + 1) / len(p) - 1e-12)


@pytest.mark.parametrize("count", [2, 3, 8, 16, 17, 19, 40, 64, 65, 200])
@pytest.mark.parametrize("seeds", [6, 17])
def test_whatever_the_number_of_inits_the_smallest_p_is_small_enough(
    count: int, seeds: int
) -> None:
    scores = np.arange(count)[:, None, None] + np.random.default_rng(seeds).random((1, seeds, 1))
    scores[0] -= count
    p, _ = exchange_p(scores)
    assert p <= (0.005 if 2 < count <= 64 else 1 / max(count, 32))


@pytest.mark.parametrize("count", [8, 17, 40, 65])
@pytest.mark.parametrize("spread", ["two on top", "half on top", "every other on top", "one below"])
def test_a_difference_of_two_standard_deviations_is_found_at_ten_seeds(
    count: int, spread: str
) -> None:
    places = np.arange(count)
    top = {
        "two on top": places < 2,
        "half on top": places < count // 2,
        "every other on top": places % 2 == 0,
        "one below": places > 0,
    }[spread]
    generator = np.random.default_rng(count)
    scores = generator.normal(size=(30, count, 10, 2)) + 2 * top[:, None, None]
    assert sum(exchange_p(one)[0] <= 0.05 for one in scores) >= 27


def test_the_best_mean_rank_is_at_the_best_rate() -> None:
    scores = np.array([[[1.0, 4.0], [1.0, 5.0]], [[3.0, 0.0], [2.0, 0.0]]])
    assert exchange_p(scores)[1].tolist() == [7.5, 5.5]


def test_a_single_init_is_like_itself() -> None:
    assert exchange_p(np.zeros((1, 6, 2)))[0] == 1.0


@pytest.mark.parametrize(("count", "seeds"), [(2, 8), (17, 8), (40, 7)])
def test_choosing_the_rate_does_not_raise_the_false_alarms(count: int, seeds: int) -> None:
    scores = np.random.default_rng(5).normal(size=(1000, count, seeds, 5))
    alarms = sum(exchange_p(one)[0] <= 0.05 for one in scores)
    assert 25 <= alarms <= 75  # 5 % of 1000, and 3.6 standard errors
