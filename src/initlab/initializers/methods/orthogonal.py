"""Starts that keep lengths: orthonormal rows or columns."""

from __future__ import annotations

from initlab.initializers.fan import Fan
from initlab.initializers.laws import Orthogonal
from initlab.initializers.laws.law import spread
from initlab.initializers.registry import register


@register(
    "orthogonal",
    family="orthogonal",
    formula="W = gain Q, Q Haar-distributed with QᵀQ = I or QQᵀ = I",
    source="Saxe, McClelland, Ganguli (2014), arXiv:1312.6120, sec. 3",
    note="A kernel is orthogonal as the matrix (out, in × positions), as in torch and JAX.",
)
def orthogonal(fan: Fan, *, gain: float = 1.0) -> Orthogonal:
    r"""Law of a weight whose rows (or columns, the fewer) are orthonormal times ``gain``.

    With :math:`Q` Haar-distributed, :math:`W = \text{gain}\, Q`: every singular value equals
    ``gain`` and each entry has std :math:`\text{gain}/\sqrt{\max(\text{out}, \text{fan\_in})}`.

    Args:
        fan: fan-in and fan-out of the weight, in connections.
        gain: singular value, dimensionless, finite, > 0.

    Example:
        >>> orthogonal(Fan(128, 64), gain=2.0).std
        0.17677669529663687

    Source: Saxe, McClelland, Ganguli (2014), arXiv:1312.6120, sec. 3.
    """
    out, into = fan.matrix
    return Orthogonal(gain=spread("gain", gain, where="orthogonal"), out=out, into=into)
