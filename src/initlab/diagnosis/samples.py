"""A number of samples and a seed -> those that a network is measured at, and what they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from initlab.randomness import SAMPLES, generator_for

MOST_SAMPLES = 256  # of tensors that hold more: enough for noise of 6 %


def chosen_samples(
    count: int, seed: int, most: int = MOST_SAMPLES
) -> tuple[NDArray[np.intp] | None, str]:
    """Return the rows to measure at, None for all of them; and the batch in words."""
    if count <= most:
        return None, "1 sample of the data" if count == 1 else f"{count:,} samples of the data"
    rows = generator_for(seed, "diagnosis", SAMPLES).choice(count, most, replace=False)
    return np.sort(rows), f"{most} of {count:,} samples of the data"
