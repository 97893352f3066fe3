"""Starts without randomness: one value everywhere, or the identity, which passes its input on."""

from __future__ import annotations

from initlab.errors import ShapeError, refusal
from initlab.initializers.fan import Fan
from initlab.initializers.laws import Constant, Identity
from initlab.initializers.laws.law import spread
from initlab.initializers.registry import register
from initlab.validation import finite_number


@register(
    "zeros",
    family="constant",
    formula="W = 0",
    source="classic",
    note="In a net with hidden units nothing breaks the symmetry: all units of a layer stay equal.",
)
def zeros(fan: Fan) -> Constant:
    """Law of a weight that is 0 everywhere.

    Example:
        >>> zeros(Fan(784, 256))
        Constant(value=0.0)

    Source: classic.
    """
    return Constant(0.0)


@register("ones", family="constant", formula="W = 1", source="classic")
def ones(fan: Fan) -> Constant:
    """Law of a weight that is 1 everywhere.

    Example:
        >>> ones(Fan(784, 256))
        Constant(value=1.0)

    Source: classic.
    """
    return Constant(1.0)


@register("constant", family="constant", formula="W = value", source="classic")
def constant(fan: Fan, *, value: float) -> Constant:
    """Law of a weight that is ``value`` everywhere.

    Args:
        fan: fan-in and fan-out of the weight; of no account here.
        value: the value, finite.

    Example:
        >>> constant(Fan(784, 256), value=0.5)
        Constant(value=0.5)

    Source: classic.
    """
    return Constant(finite_number("value", value, where="constant"))


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
