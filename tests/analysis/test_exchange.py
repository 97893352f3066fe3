"""The swap test against a loop that swaps, chooses the rates and subtracts, one by one."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from initlab.analysis.exchange import exchange_p


def _loop(scores: np.ndarray, shifts: list[tuple[int, ...]]) -> float:
    ranked = stats.rankdata(scores).reshape(scores.shape)
    count = len(scores)
    found = []
    for pattern in shifts:
        moved = np.stack(
            [np.roll(ranked[:, k], -shift, axis=0) for k, shift in enumerate(pattern)], axis=1
        )
        best = [max(np.mean(own[:, rate]) for rate in range(scores.shape[2])) for own in moved]
        assert len(best) == count
        found.append(max(best) - min(best))
    return float(np.mean(np.array(found) >= found[0] - 1e-9))


@pytest.mark.parametrize(("count", "seeds", "rates"), [(2, 6, 3), (2, 8, 1), (3, 5, 2), (4, 4, 5)])
def test_p_is_the_share_of_all_arrangements(count: int, seeds: int, rates: int) -> None:
    generator = np.random.default_rng(count + seeds)
    scores = generator.integers(80, 100, size=(count, seeds, rates)) / 100
    scores[generator.random(scores.shape) < 0.1] = -math.inf
    scores[0] += 0.05
    patterns = list(itertools.product(range(count), repeat=seeds))
    assert exchange_p(scores)[0] == pytest.approx(_loop(scores, patterns), rel=1e-12)


def test_beyond_twelve_seeds_some_move_together() -> None:
    scores = np.random.default_rng(3).normal(size=(2, 15, 2))
    scores[0, :, 1] += 0.8
    some = [
        tuple(pattern[k % 12] for k in range(15))
        for pattern in itertools.product(range(2), repeat=12)
    ]
    assert exchange_p(scores)[0] == pytest.approx(_loop(scores, some), rel=1e-12)


def test_the_best_mean_rank_is_at_the_best_rate() -> None:
    scores = np.array([[[1.0, 4.0], [1.0, 5.0]], [[3.0, 0.0], [2.0, 0.0]]])
    assert exchange_p(scores)[1].tolist() == [7.5, 5.5]


def test_choosing_the_rate_does_not_raise_the_false_alarms() -> None:
    generator = np.random.default_rng(5)
    alarms = sum(exchange_p(generator.normal(size=(2, 8, 5)))[0] <= 0.05 for _ in range(1000))
    assert 25 <= alarms <= 75  # 5 % of 1000, and 3.6 standard errors
