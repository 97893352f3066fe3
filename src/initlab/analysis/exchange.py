"""Scores of some initializations at one or more learning rates -> p-value of "all are alike".

Each initialization is shown at its best rate, and the best was chosen on these same scores. The
test therefore repeats the choice: within a seed the whole rate curves change places, the rates are
chosen anew, and p is the share of all such arrangements whose difference is as large.
"""

from __future__ import annotations

import numpy as np

from initlab.analysis.paired import ranks
from initlab.analysis.statistics import Floats

MOST_ARRANGEMENTS = 4096  # of two initializations, all of 12 seeds; p-values from 0.0005


def exchange_p(scores: Floats) -> tuple[float, Floats]:
    """Return the p-value, and each initialization's best mean rank.

    Scores are replaced by their ranks among all of them, so that one failed run cannot hide a
    difference. An initialization's rate is the one with the best mean rank, and the difference is
    that between the best and the worst initialization. Within a seed the curves move on by some
    places in a circle; of two initializations they are swapped or not.

    Where there are more than 4096 arrangements, some seeds move together: of two initializations
    the first and the thirteenth, the second and the fourteenth, and so on. These arrangements are a
    subgroup of all, so the test stays exact and draws no random numbers.

    Args:
        scores: (initialization, seed, rate), better-is-larger; -inf for a run without one.
    """
    count, seeds, rates = scores.shape
    ranked = ranks(scores.ravel()).reshape(scores.shape)
    most = 1
    while count ** (most + 1) <= MOST_ARRANGEMENTS:
        most += 1
    blocks = np.zeros((min(seeds, most), count, rates))
    np.add.at(blocks, np.arange(seeds) % most, np.swapaxes(ranked, 0, 1))  # halves: sums are exact
    places = (np.arange(count)[:, None] + np.arange(count)) % count  # (initialization, shift)
    sums = np.zeros((rates, count, 1))
    for block in blocks:
        sums = (sums[..., None] + block.T[:, places][:, :, None]).reshape(rates, count, -1)
    best = sums.max(0)
    found = best.max(0) - best.min(0)  # the first arrangement is the observed one
    return float(np.mean(found >= found[0])), best[:, 0] / seeds
