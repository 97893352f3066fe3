"""Outputs before their last nonlinearity, and targets -> loss, its gradient, and predictions.

Legend: n samples, C outputs; z and dz have shape (n, C), y has shape (n,) or (n, C). What only
reads z takes any leading axes in front of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from initlab.networks.dense import DenseNetwork
from initlab.networks.nonlinearities import sigmoid

Array = NDArray[np.floating]


def predicted(network: DenseNetwork, z: Array) -> Array:
    """Turn the last preactivations into probabilities, or leave them for regression."""
    if network.loss == "binary_cross_entropy":
        return sigmoid(z)
    if network.loss == "cross_entropy":
        return softmax(z)
    return z


def loss_value(network: DenseNetwork, z: Array, y: Array) -> float:
    """Mean loss over the samples; may be infinite, and NaN where the outputs are."""
    with np.errstate(all="ignore"):
        return float(np.mean(sample_losses(network, z, y)))


@np.errstate(all="ignore")  # an infinite loss is a value here, not an accident
def sample_losses(network: DenseNetwork, z: Array, y: Array) -> Array:
    """Loss of each sample, shape (..., n).

    From probabilities, 0·log 0 counts as 0, so that only a wrong saturated sample is infinite.
    """
    if network.loss == "half_mean_squared_error":
        if z.ndim == 3 and z.shape[-1] == 1 and z.dtype == y.dtype == np.float64:
            from initlab.networks.one_pass import half_squares  # late: numba takes its time

            return half_squares(z[..., 0], y.reshape(-1))
        error = z - y.reshape(z.shape[-2:])
        error *= error  # in place, here and below: of a stack they are many
        losses = error[..., 0] if error.shape[-1] == 1 else np.sum(error, axis=-1)
        losses *= 0.5
        return np.asarray(losses)
    if network.loss == "binary_cross_entropy":
        z_row = z[..., 0]
        if network.loss_form == "probability":
            a = sigmoid(z_row)
            return np.asarray(-np.log(np.where(y > 0.5, a, 1 - a)))
        return np.asarray(np.maximum(z_row, 0) - y * z_row + np.log1p(np.exp(-np.abs(z_row))))
    rows = np.arange(len(y))
    if network.loss_form == "probability":
        return np.asarray(-np.log(softmax(z)[..., rows, y.astype(np.intp)]))
    shifted = z - z.max(axis=-1, keepdims=True)
    return np.asarray(np.log(np.exp(shifted).sum(axis=-1)) - shifted[..., rows, y.astype(np.intp)])


def prediction_error(network: DenseNetwork, z: Array, y: Array) -> Array:
    """Prediction - target, (n, C): for all three losses n times the mean loss's gradient by z."""
    error = predicted(network, z).copy()
    if network.loss == "cross_entropy":
        error[np.arange(len(y)), y.astype(np.intp)] -= 1
    else:
        error -= y.reshape(error.shape)
    return error


def softmax(z: Array) -> Array:
    """exp(z) over its sum along the last axis, shifted by the maximum."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))
