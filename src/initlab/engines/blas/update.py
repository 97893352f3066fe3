"""Gradient -> the next parameters, by the plan's optimizer."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from initlab.engines.blas import loops
from initlab.records.training import Training

Array = NDArray[np.floating]
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # Adam's usual constants (Kingma & Ba 2015)


class Update:
    """The optimizer of one replicate, with the moments it keeps."""

    def __init__(self, plan: Training, count: int) -> None:
        self._plan = plan
        self._scalar = np.dtype(plan.dtype).type
        self._first = np.zeros(0 if plan.optimizer == "gd" else count, plan.dtype)
        self._second = np.zeros(count if plan.optimizer == "adam" else 0, plan.dtype)

    def take(self, theta: Array, gradient: Array, share: float, step: int) -> bool:
        """Change theta by one step, counted from 0, along ``share`` times the gradient.

        Returns whether theta is still finite.
        """
        plan, of = self._plan, self._scalar
        if plan.optimizer == "gd":
            return loops.descend(theta, gradient, of(share), of(plan.learning_rate))
        if plan.optimizer == "sgd":
            return loops.descend_with_momentum(
                theta, gradient, self._first, of(share), of(plan.learning_rate), of(plan.momentum)
            )
        rate = plan.learning_rate / (1 - BETA1 ** (step + 1))
        inverse_root = 1 / math.sqrt(1 - BETA2 ** (step + 1))
        return loops.adam(
            theta, gradient, self._first, self._second, of(share), of(rate), of(inverse_root),
            of(BETA1), of(1 - BETA1), of(BETA2), of(1 - BETA2), of(EPSILON),
        )  # fmt: skip
