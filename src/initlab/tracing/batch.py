"""Points from outside -> inputs and targets that fit a network, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from initlab.errors import DataError, refusal
from initlab.networks import DenseNetwork
from initlab.networks.losses import BINARY, TABLE, VALUES
from initlab.validation import pair_of, real_numbers

if TYPE_CHECKING:
    from jaxtyping import Float64

Array = NDArray[np.float64]


def checked_points(
    network: DenseNetwork, points: Any
) -> tuple[Float64[Array, "n features"], Float64[Array, "n ..."]]:
    """Return inputs (n, features), and targets (n, outputs), or (n,) where they are classes.

    Raises:
        ArgumentError: ``points`` is no pair.
        DataError: the arrays hold no finite numbers, or do not fit each other or the network.
    """
    inputs, targets = pair_of("points", points, "a pair (x, y)", where="trace")
    x, y = _finite("x", inputs), _finite("y", targets)
    features, outputs = network.layer_dims[0], network.layer_dims[-1]
    if x.ndim == 1 and features == 1:
        x = x[:, np.newaxis]
    if x.ndim != 2 or x.shape[1] != features or not len(x):
        expected = f"of shape (samples, {features})"
        raise refusal("x", expected, x.shape, where="trace", kind=DataError)
    targets = TABLE[network.loss].targets
    classes = 2 if targets == BINARY else outputs
    if targets == VALUES:
        y = y[:, np.newaxis] if y.ndim == 1 and outputs == 1 else y
        _check_shape(y, (len(x), outputs))
        return x, y
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    _check_shape(y, (len(x),))
    wrong = y[(y != np.floor(y)) | (y < 0) | (y >= classes)]
    if len(wrong):
        expected = f"class numbers 0 to {classes - 1}"
        raise refusal("y", expected, float(wrong[0]), where=network.loss, kind=DataError)
    return x, y


def _finite(argument: str, value: Any) -> Array:
    return real_numbers(
        argument, value, "an array of finite numbers", finite=True, where="trace", kind=DataError
    )


def _check_shape(y: Array, shape: tuple[int, ...]) -> None:
    if y.shape != shape:
        raise refusal("y", f"of shape {shape}", y.shape, where="trace", kind=DataError)
