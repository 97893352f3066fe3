"""Starts in which most weights are zero."""

from __future__ import annotations

from initlab.initializers.fan import Fan
from initlab.initializers.laws import Sparse
from initlab.initializers.registry import register
from initlab.initializers.spread import spread


@register(
    "sparse",
    family="unscaled random",
    formula="⌈sparsity · out⌉ zeros per input, the rest N(0, std²)",
    source="Martens (2010), Deep learning via Hessian-free optimization, sec. 5; as in torch",
    note=(
        "As torch, zeros are counted per input (column); Martens gives each unit 15 inputs. "
        "A unit left with no input is refused unless allow_dead=True."
    ),
)
def sparse(fan: Fan, *, sparsity: float, std: float = 0.01, allow_dead: bool = False) -> Sparse:
    """Law of a weight with a share ``sparsity`` of zeros among each input's outgoing weights.

    Args:
        fan: fan-in and fan-out of the weight, in connections.
        sparsity: share of zeros, 0 <= sparsity < 1; their number is rounded up.
        std: standard deviation of the other entries, finite, > 0.
        allow_dead: whether a draw may leave a unit without any input.

    Returns:
        The law; its ``std`` counts the zeros.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> sparse(Fan(100, 8), sparsity=0.75).std
        0.005

    Source: Martens (2010), Deep learning via Hessian-free optimization, sec. 5; as in torch.
    """
    out, into = fan.matrix
    nonzero_std = spread("std", std, where="sparse")
    return Sparse(sparsity, nonzero_std, out=out, into=into, allow_dead=allow_dead)
