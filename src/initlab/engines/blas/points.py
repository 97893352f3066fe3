"""Training points -> the same in the dtype of the training, made once for all replicates."""

from __future__ import annotations

from typing import Any

import numpy as np

from initlab.engines.trajectory import TrainingData
from initlab.errors import refusal
from initlab.networks.dense import DenseNetwork
from initlab.records.training import Training


def in_dtype(network: DenseNetwork, plan: Training, data: TrainingData) -> TrainingData:
    """Convert the points; arrays that fit already are passed on as they are.

    Class numbers become indices.

    Raises:
        ArgumentError: a class number has no output.
    """
    x = np.ascontiguousarray(data.x, dtype=plan.dtype)
    if network.loss != "cross_entropy":
        return TrainingData(x, np.ascontiguousarray(data.y, dtype=plan.dtype))
    with np.errstate(invalid="ignore"):
        y: Any = data.y.astype(np.intp, copy=False)
    classes = network.layer_dims[-1]
    wrong = (y < 0) | (y >= classes)
    if wrong.any():
        expected = f"class numbers from 0 to {classes - 1}, the network's outputs"
        raise refusal("y", expected, data.y[wrong][0].item())
    return TrainingData(x, y)
