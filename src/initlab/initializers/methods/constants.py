"""Starts without randomness: one value everywhere."""

from __future__ import annotations

from initlab.initializers.fan import Fan
from initlab.initializers.laws import Constant
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

    Args:
        fan: fan-in and fan-out of the weight; of no account here.

    Returns:
        The law; a draw takes nothing from the generator.

    Example:
        >>> zeros(Fan(784, 256))
        Constant(value=0.0)

    Source: classic.
    """
    return Constant(0.0)


@register("ones", family="constant", formula="W = 1", source="classic")
def ones(fan: Fan) -> Constant:
    """Law of a weight that is 1 everywhere.

    Args:
        fan: fan-in and fan-out of the weight; of no account here.

    Returns:
        The law; a draw takes nothing from the generator.

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

    Returns:
        The law; a draw takes nothing from the generator.

    Raises:
        ArgumentError: ``value`` is not a finite number.

    Example:
        >>> constant(Fan(784, 256), value=0.5)
        Constant(value=0.5)

    Source: classic.
    """
    return Constant(finite_number("value", value, where="constant"))
