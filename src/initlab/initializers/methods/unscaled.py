"""Random weights whose spread is given, whatever the layer's width."""

from __future__ import annotations

from initlab.initializers.distributions import (
    BoundedNormal,
    FewInputs,
    Normal,
    Sparse,
    TruncatedNormal,
    Uniform,
)
from initlab.initializers.distributions.distribution import spread
from initlab.initializers.distributions.truncated_normal import checked_cut, std_after_cut
from initlab.initializers.entry import NUMERICALLY, REFERENCE, Entry
from initlab.initializers.fan import Fan
from initlab.initializers.methods.scaling import count
from initlab.initializers.registry import enter_family


def normal(fan: Fan, *, std: float = 1.0, mean: float = 0.0) -> Normal:
    """Return N(mean, std²); in the course stream a draw has the bits of ``randn(...) * std``.

    Example:
        >>> normal(Fan(2, 10), std=10)
        Normal(mean=0.0, std=10.0)
    """
    return Normal(mean=mean, std=spread("std", std, where="normal"))


def uniform(fan: Fan, *, low: float = 0.0, high: float = 1.0) -> Uniform:
    """Return the uniform distribution from ``low`` to ``high``."""
    return Uniform(low=low, high=high)


def truncated_normal(
    fan: Fan, *, std: float = 1.0, mean: float = 0.0, cut: float = 2.0
) -> TruncatedNormal:
    r"""Return the normal distribution cut at ``cut`` parent stds, with std ``std`` after the cut.

    The parent's std is :math:`\text{std} / s(\text{cut})`, where s is the std that the cut
    leaves of N(0, 1): 0.8796 at 2.

    Example:
        >>> distribution = truncated_normal(Fan(2, 10), std=0.5)
        >>> distribution.std, round(distribution.parent_std, 6)
        (0.5, 0.568424)
    """
    return TruncatedNormal(mean=mean, std=spread("std", std, where="truncated_normal"), cut=cut)


def truncated_normal_uncorrected(
    fan: Fan, *, std: float = 1.0, mean: float = 0.0, cut: float = 2.0
) -> TruncatedNormal:
    """Return N(mean, std²) cut at ``cut`` stds; its entries spread less than ``std``.

    Example:
        >>> round(truncated_normal_uncorrected(Fan(2, 10), std=0.5).std, 6)
        0.439813
    """
    where = "truncated_normal_uncorrected"
    parent_std = spread("std", std, where=where)
    window = checked_cut(cut, where=where)
    return TruncatedNormal(mean=mean, std=parent_std * std_after_cut(window), cut=window)


def bounded_normal(
    fan: Fan, *, std: float = 1.0, mean: float = 0.0, low: float = -2.0, high: float = 2.0
) -> BoundedNormal:
    """Return N(mean, std²) kept from ``low`` to ``high``, in units of the weight.

    Example:
        >>> round(bounded_normal(Fan(2, 10), low=0).mean, 6)
        0.72279
    """
    return BoundedNormal(parent_mean=mean, parent_std=std, low=low, high=high)


def sparse(fan: Fan, *, sparsity: float, std: float = 0.01, allow_dead: bool = False) -> Sparse:
    """Return a distribution with a share ``sparsity`` of zeros among each input's outgoing weights.

    Example:
        >>> sparse(Fan(100, 8), sparsity=0.75).std
        0.005
    """
    out, into = fan.matrix
    nonzero_std = spread("std", std, where="sparse")
    return Sparse(sparsity, nonzero_std, out=out, into=into, allow_dead=allow_dead)


def sparse_inputs(fan: Fan, *, inputs: int = 15, std: float = 1.0) -> FewInputs:
    """Return a distribution under which each unit has ``inputs`` weights that are not 0.

    Example:
        >>> sparse_inputs(Fan(60, 8)).std
        0.5
    """
    out, into = fan.matrix
    number = count("inputs", inputs, where="sparse_inputs")
    return FewInputs(number, spread("std", std, where="sparse_inputs"), out=out, into=into)


enter_family("unscaled random", [
    Entry(
        name="normal", function=normal,
        formula="W ~ N(mean, std²)",
        source="classic; courses use std=10 as a large init and std=0.01 as a small one",
        use="weights for which a good std is known, such as 0.02 in transformers of width 768",
        avoid="networks whose layers have different widths: with one std for all layers, the std "
        "of the preactivations grows with √fan_in",
        checked=REFERENCE,
    ),
    Entry(
        name="uniform", function=uniform,
        formula="W ~ U[low, high)",
        source="classic",
        use="reproducing old papers that give a range, such as uniform(low=-0.05, high=0.05)",
        avoid="drawing weights with the default bounds, 0 and 1: if the inputs are positive, the "
        "preactivations are large and nearly equal in all units",
        checked=REFERENCE,
        note="The default bounds, 0 and 1, are those of torch's uniform_. With these bounds no "
        "weight is negative. With uniform(low=-1), the mean of the weights is 0.",
    ),
    Entry(
        name="truncated_normal", function=truncated_normal,
        formula="W ~ N(mean, s²) truncated at mean ± cut · s; s is chosen so that the std of the "
        "truncated weights is the argument std",
        source="variance_scaling of TensorFlow (since 2018) and of JAX",
        use="networks in which even a few large weights would do harm, and in which the weights "
        "must have exactly the std that you give",
        avoid="reproducing torch's trunc_normal_ (use bounded_normal)",
        checked=NUMERICALLY,
        note="torch's trunc_normal_ takes the bounds as values of weights, by default -2 and 2. "
        "With std=0.02, these bounds are 100 stds from the mean 0 and truncate nothing. Besides, "
        "trunc_normal_ does not correct the std for the truncation.",
    ),
    Entry(
        name="truncated_normal_uncorrected", function=truncated_normal_uncorrected,
        formula="W ~ N(mean, std²) truncated at mean ± cut · std; with cut=2, the truncated "
        "weights have the std 0.8796 · std",
        source="TensorFlow, truncated_normal_initializer",
        use="reproducing models that draw weights with TensorFlow's or Keras' TruncatedNormal",
        avoid="networks in which the weights must have the std that you give: with cut=2, the std "
        "of the weights is 12 % smaller than the argument std",
        checked=REFERENCE,
        note="The argument std is the std before truncation, as in TensorFlow's and Keras' "
        "TruncatedNormal.",
    ),
    Entry(
        name="bounded_normal", function=bounded_normal,
        formula="W ~ N(mean, std²) truncated at low and high, which are values of weights, not "
        "numbers of stds",
        source="PyTorch, torch.nn.init.trunc_normal_(a=low, b=high)",
        use="reproducing PyTorch models that use trunc_normal_; bounds that are not symmetric "
        "about the mean",
        avoid="truncation at 2 stds with the default bounds, -2 and 2: if std=0.02, these bounds "
        "are 100 stds from the mean 0",
        checked=REFERENCE,
        note="The arguments std and mean are the std and mean before truncation. Truncation makes "
        "the std smaller. It also changes the mean if low and high are not symmetric about the "
        "mean.",
    ),
    Entry(
        name="sparse", function=sparse,
        formula="for each input: ⌈sparsity · n⌉ of its n weights, chosen at random, are 0, and its "
        "other weights ~ N(0, std²); n is the number of units",
        source="Martens (2010), Deep learning via Hessian-free optimization, sec. 5; as in torch",
        use="reproducing torch.nn.init.sparse_",
        avoid="layers with few inputs: all weights of a unit may happen to be 0",
        checked=REFERENCE,
        note="Each input (column of W) gets the same number of zeros, as in torch. Martens instead "
        "gives each unit 15 nonzero weights; the init sparse_inputs does this. If all weights of a "
        "unit are 0, initlab raises an error, except with allow_dead=True.",
    ),
    Entry(
        name="sparse_inputs", function=sparse_inputs, aliases=("martens_sparse",),
        formula="for each unit: n of its weights, chosen at random, ~ N(0, std²), and its other "
        "weights are 0; n is the argument inputs",
        source="Martens (2010), Deep learning via Hessian-free optimization, sec. 5",
        use="deep sigmoid and tanh networks: preactivations do not grow with the number of inputs",
        avoid="convolutions: each output channel would see only a few pixels of its kernel",
        checked=NUMERICALLY,
        note="The argument inputs is the number of nonzero weights of each unit. torch's sparse_ "
        "and the init sparse instead fix the share of zeros among the weights of each input.",
    ),
])  # fmt: skip
