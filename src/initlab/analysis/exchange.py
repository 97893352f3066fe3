"""Scores of some initializations at one or more learning rates -> p-value of "all are alike".

Each initialization is shown at its best rate, and the best was chosen on these same scores. The
test therefore repeats the choice: within a seed the whole rate curves change places, the rates are
chosen anew, and p is the share of all such arrangements whose difference is as large.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from initlab.analysis.paired import ranks
from initlab.analysis.statistics import Floats

MOST_ARRANGEMENTS = 4096  # of two initializations, all of 12 seeds; p-values from 0.0005
GOLDEN = 0x9E3779B97F4A7C15  # 2**64 / golden ratio: its multiples of squares follow no pattern


def exchange_p(scores: Floats) -> tuple[float, Floats]:
    """Return the p-value, and each initialization's best mean rank.

    Scores are replaced by their ranks among all of them, so that one failed run cannot hide a
    difference. An initialization's rate is the one with the best mean rank, and the difference is
    that between the best and the worst initialization. Within a seed the curves move on by some
    places in a circle; of two initializations they are swapped or not. Every seed has a circle of
    its own, else equally good initializations would stay together wherever they move.

    Where there are more than 4096 arrangements, some seeds move together: of two initializations
    the first and the thirteenth, the second and the fourteenth, and so on. These arrangements are a
    subgroup of all, so the test stays exact and draws no random numbers. From 6 seeds p can be as
    small as 0.03 for two initializations, 0.005 for 3 to 64, and 1 / k for k more.

    Args:
        scores: (initialization, seed, rate), better-is-larger; -inf for a run without one.
    """
    count, seeds, rates = scores.shape
    ranked = ranks(scores.ravel()).reshape(scores.shape)
    blocks = 1
    while blocks < seeds and count ** (blocks + 1) <= MOST_ARRANGEMENTS:
        blocks += 1
    curves = np.ascontiguousarray(ranked.transpose(1, 2, 0))  # (seed, rate, initialization)
    moved = np.zeros((blocks, rates, count, count))  # sums of ranks, the last axis for the shifts
    for seed, circle in enumerate(circles(count, seeds)):
        places = np.argsort(circle)[:, None] + np.arange(count)
        moved[seed % blocks] += curves[seed][:, circle[places % count]]  # halves: sums are exact
    sums = np.zeros((rates, count, 1))
    for block in moved:
        sums = (block[..., None] + sums[:, :, None]).reshape(rates, count, -1)
    best = sums.max(0)
    found = best.max(0) - best.min(0)  # the first arrangement is the observed one
    return float(np.mean(found >= found[0])), best[:, 0] / seeds


def circles(count: int, seeds: int) -> NDArray[np.intp]:
    """Return, for every seed, the initializations in the order in which they move.

    The orders follow no pattern and are the same for all scores, as an exact test needs.
    """
    numbers = np.arange(1, count * seeds + 1, dtype=np.uint64).reshape(seeds, count)
    return np.argsort(numbers * numbers * np.uint64(GOLDEN), -1)  # modulo 2**64
