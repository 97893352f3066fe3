"""Network, parameters and points -> every layer's values, predictions, loss and gradients (NumPy).

Rows are samples: z_k = a_{k-1} W_kᵀ + b_k, of shape (n, out). This is the plain spelling that the
fast engines are held against, and the one that diagnosis and figures read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from initlab.networks.dense import DenseNetwork, Parameters
from initlab.networks.losses import loss_value, predicted, prediction_error
from initlab.nonlinearities.table import nonlinearity

if TYPE_CHECKING:
    from jaxtyping import Float, Shaped

Array = NDArray[np.floating]
ROW_LENGTH = 64  # numbers that are enough for a loop to be worth its start
FEW_ROWS = 1_000  # which loops are begun for sooner than they are taken together


@dataclass(frozen=True)
class Layers:
    """Values of one forward pass; index k is layer k + 1.

    Attributes:
        z: preactivations, each (n, out).
        a: activations, each (n, out); the last one is the last preactivation itself.
    """

    z: list[Array]
    a: list[Array]


def layers(network: DenseNetwork, parameters: Parameters, x: Float[Array, "n features"]) -> Layers:
    """Run the network on ``x``, shape (n, features), and keep every layer's values.

    Parameters may be stacked along leading axes; the values then carry these axes in front.
    """
    values = Layers([], [])
    outputs(network, parameters, x, kept=values)
    return values


def outputs(
    network: DenseNetwork, parameters: Parameters, x: Float[Array, "n features"], *,
    kept: Layers | None = None,
) -> Float[Array, "*stack n outputs"]:  # fmt: skip
    """Return the last preactivations, as :func:`layers` does; keep every layer's values or none."""
    f = nonlinearity(network.nonlinearity)
    a = x
    with np.errstate(all="ignore"):
        for k in range(1, network.depth + 1):
            z = a = _preactivation(parameters, k, a)
            if k < network.depth and kept is None and isinstance(f.value, np.ufunc):
                a = f.value(z, out=z)
            elif k < network.depth:
                a = f.value(z)
            if kept is not None:
                kept.z.append(z)
                kept.a.append(a)
    return a


def _preactivation(parameters: Parameters, k: int, a: Array) -> Array:
    weight, bias = (parameters[f"{name}{k}"].swapaxes(-1, -2) for name in "Wb")
    *stack, inputs, _ = weight.shape
    if len(stack) == 1 and inputs == 1 and a.ndim == 2 and a.dtype == weight.dtype == np.float64:
        from initlab.networks.one_pass import scale_and_shift  # late: numba takes its time

        return scale_and_shift(a, weight, bias)  # no sum, so the bits of a matrix product
    z: Array = a @ weight
    _to_rows(np.add, z, bias)
    return z


def _to_rows(operation: np.ufunc, z: Array, row: Array) -> None:
    """Apply ``z = operation(z, row)`` in place, for z (..., n, width) and row (..., 1, width).

    Where rows are short, NumPy spends its time between them: many rows are then taken as one.
    """
    *stack, n, width = z.shape
    if width == 1:  # one number for all samples: NumPy's loop runs over them
        operation(z[..., 0], row[..., 0], out=z[..., 0])
        return
    together = max(1, ROW_LENGTH // width) if z.size > FEW_ROWS * width else 1
    whole = n - n % together
    if whole and together > 1:
        long_rows = z[..., :whole, :].reshape(*stack, whole // together, together * width)
        operation(long_rows, np.tile(row, together), out=long_rows)
        z = z[..., whole:, :]
    operation(z, row, out=z)


def predict(
    network: DenseNetwork, parameters: Parameters, x: Float[Array, "n features"]
) -> Float[Array, "*stack n outputs"]:
    """Output for each row of ``x``, shape (n, out): probabilities, or values for regression."""
    with np.errstate(all="ignore"):
        return predicted(network, outputs(network, parameters, x))


def gradients(
    network: DenseNetwork,
    parameters: Parameters,
    x: Float[Array, "n features"],
    y: Shaped[Array, "n ..."],
    *,
    values: Layers | None = None,
) -> tuple[float, dict[str, Array]]:
    """Mean loss and its gradient by every parameter, in the parameters' shapes.

    ``x`` is (n, features) and ``y`` (n,) or (n, outputs); ``values`` are what :func:`layers`
    returned for them, where it is known already.
    """
    values = values or layers(network, parameters, x)
    with np.errstate(all="ignore"):
        loss = loss_value(network, values.z[-1], y)
        dz = prediction_error(network, values.z[-1], y)
        dz /= len(y)
    return loss, backward(network, parameters, x, values, dz)[0]


def backward(
    network: DenseNetwork, parameters: Parameters, x: Float[Array, "n features"], values: Layers,
    dz: Float[Array, "n outputs"],
) -> tuple[dict[str, Array], list[Array]]:  # fmt: skip
    """Take the gradient ``dz`` of the last preactivations back to the parameters.

    Returns:
        The gradient by every parameter; and by every layer's preactivations, each (n, out).
    """
    f = nonlinearity(network.nonlinearity)
    result: dict[str, Array] = {}
    errors = [dz]
    with np.errstate(all="ignore"):
        for k in range(network.depth, 0, -1):
            a_in = values.a[k - 2] if k > 1 else x
            result[f"W{k}"] = dz.T @ a_in
            result[f"b{k}"] = dz.sum(axis=0)[:, np.newaxis]
            if k > 1:
                z, a = values.z[k - 2], values.a[k - 2]
                dz = (dz @ parameters[f"W{k}"]) * f.derivative(z, a)
                errors.append(dz)
    return {name: result[name] for name in network.parameter_names}, errors[::-1]
