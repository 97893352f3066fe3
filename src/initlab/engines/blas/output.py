"""The last layer's weighted sums and the targets -> the mean loss, and prediction minus target."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.engines.blas import loops
from initlab.networks.dense import DenseNetwork
from initlab.networks.losses import loss_value, predicted

Array = NDArray[np.floating]


def loss_and_error(network: DenseNetwork, z: Array, bias: Array, y: NDArray[Any]) -> float:
    """Return the mean loss; z (n, C) becomes prediction - target, in place.

    That is n times the loss's gradient. The division by n comes after the sums over samples:
    sums of ±1/2 are exact, so zeros keep a bias of 0 in any order of summing.

    Args:
        network: names the loss.
        z: weighted sums, still without their bias.
        bias: shape (C,).
        y: targets as :func:`initlab.engines.blas.points.in_dtype` leaves them.
    """
    z += bias
    if network.loss == "cross_entropy" and network.loss_form == "logits":
        return loops.softmax_cross_entropy(z, y) / len(z)
    loss = loss_value(network, z, y)
    z[...] = predicted(network, z)
    if network.loss == "cross_entropy":
        z[np.arange(len(z)), y] -= 1
    else:
        z -= y.reshape(z.shape)
    return loss
