"""Random starts whose spread is given, whatever the layer's width."""

from __future__ import annotations

from initlab.initializers.fan import Fan
from initlab.initializers.laws import Normal, Sparse, TruncatedNormal, Uniform
from initlab.initializers.laws.law import spread
from initlab.initializers.laws.truncated_normal import checked_cut, std_after_cut
from initlab.initializers.registry import register

UNSCALED = "unscaled random"


@register(
    "normal",
    family=UNSCALED,
    formula="W ~ N(mean, std²)",
    source="classic; std=10 and std=0.01 are the courses' large and small inits",
)
def normal(fan: Fan, *, std: float = 1.0, mean: float = 0.0) -> Normal:
    """Law of independent normal entries.

    Args:
        fan: fan-in and fan-out of the weight; of no account here.
        std: standard deviation, in units of the weight, finite, > 0.
        mean: mean, finite.

    Returns:
        The law; in the course stream a draw has the bits of ``randn(out, in) * std``.

    Example:
        >>> normal(Fan(2, 10), std=10)
        Normal(mean=0.0, std=10.0)

    Source: classic.
    """
    return Normal(mean=mean, std=spread("std", std, where="normal"))


@register(
    "uniform",
    family=UNSCALED,
    formula="W ~ U[low, high)",
    source="classic",
    note="The defaults are torch's, 0 to 1: all weights are positive. Centred: uniform(low=-1).",
)
def uniform(fan: Fan, *, low: float = 0.0, high: float = 1.0) -> Uniform:
    """Law of independent uniform entries.

    Args:
        fan: fan-in and fan-out of the weight; of no account here.
        low: lower bound, finite.
        high: upper bound, finite, > ``low``.

    Example:
        >>> uniform(Fan(2, 10), low=-3).std
        1.1547005383792517

    Source: classic.
    """
    return Uniform(low=low, high=high)


@register(
    "truncated_normal",
    family=UNSCALED,
    formula="W ~ N(mean, ·) within ±cut parent stds, widened so that std is the std AFTER the cut",
    source="TensorFlow and JAX, variance_scaling since 2018",
    note=(
        "cut is in units of the parent's std. torch's trunc_normal_ takes absolute bounds a, b "
        "(±2 by default: with std=0.02 it cuts nothing) and does not correct the std."
    ),
)
def truncated_normal(
    fan: Fan, *, std: float = 1.0, mean: float = 0.0, cut: float = 2.0
) -> TruncatedNormal:
    r"""Law of normal entries cut at ``cut`` parent stds, with std ``std`` after the cut.

    The parent's std is :math:`\text{std} / s(\text{cut})`, where s is the std that the cut
    leaves of N(0, 1): 0.8796 at 2.

    Args:
        fan: fan-in and fan-out of the weight; of no account here.
        std: standard deviation of the entries drawn, finite, > 0.
        mean: mean, and middle of the window, finite.
        cut: half the window in parent stds, finite, keeping 1e-6 of the mass at least.

    Example:
        >>> law = truncated_normal(Fan(2, 10), std=0.5)
        >>> law.std, round(law.parent_std, 6)
        (0.5, 0.568424)

    Source: TensorFlow and JAX, variance_scaling since 2018.
    """
    return TruncatedNormal(mean=mean, std=spread("std", std, where="truncated_normal"), cut=cut)


@register(
    "truncated_normal_uncorrected",
    family=UNSCALED,
    formula="W ~ N(mean, std²) within ±cut std; entries have std 0.8796 std at cut 2",
    source="TensorFlow, truncated_normal_initializer",
    note="std is the parent's, before the cut: TensorFlow's and Keras' TruncatedNormal.",
)
def truncated_normal_uncorrected(
    fan: Fan, *, std: float = 1.0, mean: float = 0.0, cut: float = 2.0
) -> TruncatedNormal:
    """Law of N(mean, std²) cut at ``cut`` stds; its entries spread less than ``std``.

    Args:
        fan: fan-in and fan-out of the weight; of no account here.
        std: standard deviation BEFORE the cut, finite, > 0.
        mean: mean, and middle of the window, finite.
        cut: half the window in stds, finite, keeping 1e-6 of the mass at least.

    Returns:
        The law; its ``std`` is that of the entries drawn.

    Example:
        >>> round(truncated_normal_uncorrected(Fan(2, 10), std=0.5).std, 6)
        0.439813

    Source: TensorFlow, truncated_normal_initializer.
    """
    where = "truncated_normal_uncorrected"
    parent_std = spread("std", std, where=where)
    window = checked_cut(cut, where=where)
    return TruncatedNormal(mean=mean, std=parent_std * std_after_cut(window), cut=window)


@register(
    "sparse",
    family=UNSCALED,
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

    Example:
        >>> sparse(Fan(100, 8), sparsity=0.75).std
        0.005

    Source: Martens (2010), Deep learning via Hessian-free optimization, sec. 5; as in torch.
    """
    out, into = fan.matrix
    nonzero_std = spread("std", std, where="sparse")
    return Sparse(sparsity, nonzero_std, out=out, into=into, allow_dead=allow_dead)
