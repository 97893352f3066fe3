"""Starts that pass their input on: the identity matrix."""

from __future__ import annotations

from initlab.errors import ShapeError, refusal
from initlab.initializers.fan import Fan
from initlab.initializers.laws import Identity
from initlab.initializers.registry import register
from initlab.initializers.spread import spread


@register(
    "identity",
    family="constant",
    formula="W = gain I, padded with 0",
    source="Le, Jaitly, Hinton (2015), arXiv:1504.00941",
)
def identity(fan: Fan, *, gain: float = 1.0) -> Identity:
    """Law of a weight that is ``gain`` on its diagonal and 0 elsewhere.

    Args:
        fan: fan-in and fan-out of a dense weight, in connections.
        gain: value on the diagonal, finite, > 0.

    Returns:
        The law; nothing in it is random.

    Raises:
        ArgumentError: ``gain`` is not a finite number > 0.
        ShapeError: the weight has a receptive field: its identity is not a matrix.

    Example:
        >>> identity(Fan(4, 2)).mean
        0.25

    Source: Le, Jaitly, Hinton (2015), arXiv:1504.00941.
    """
    if fan.receptive != 1:
        raise refusal(
            "fan", "of a weight without receptive field", fan, where="identity", kind=ShapeError
        )
    out, into = fan.matrix
    return Identity(gain=spread("gain", gain, where="identity"), out=out, into=into)
