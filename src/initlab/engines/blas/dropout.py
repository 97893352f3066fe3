"""Seed and hidden layer -> which of its activations each training step drops."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from initlab.engines.blas import loops
from initlab.randomness import DROPOUT, generator_for
from initlab.records.training import Training

Array = NDArray[np.floating]
LEVELS = 2**16  # 16 random bits decide about one activation: the share is met to 1/65536


class Dropout:
    """Inverted dropout of one layer: activations are multiplied by 0 or by 1 / (1 - share).

    The numbers are the seed's and the layer's alone: whatever the start, the same are dropped.

    Attributes:
        scale: 1 / (1 - share), in the dtype of the training.
    """

    def __init__(self, plan: Training, layer: int, seed: int) -> None:
        dtype = np.dtype(plan.dtype)
        self.scale: np.floating = dtype.type(1 / (1 - plan.dropout))
        self._threshold = np.uint16(min(round(plan.dropout * LEVELS), LEVELS - 1))
        self._bits = generator_for(seed, f"layer {layer}", DROPOUT).bit_generator

    def draw(self, count: int) -> NDArray[np.uint16]:
        """Return the next random numbers, at least ``count``."""
        return np.asarray(self._bits.random_raw(-(-count // 4)), dtype="<u8").view("<u2")

    def apply(self, values: Array, random: NDArray[np.uint16]) -> None:
        """Drop entries of ``values``, (samples, units), and scale up the rest, in place."""
        loops.drop(values, random, self._threshold, self.scale)
