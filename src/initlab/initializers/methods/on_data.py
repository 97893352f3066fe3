"""Methods that look at a batch of data; :mod:`initlab.initialization.on_data` shows it to them.

The distribution of a row is the one that the weights are drawn from before the data is seen.
"""

from __future__ import annotations

from initlab.errors import invalid_argument
from initlab.initializers.distributions import Constant, Distribution
from initlab.initializers.entry import BIASES, NUMERICALLY, REFERENCE, STATISTICS, Entry
from initlab.initializers.fan import Fan
from initlab.initializers.methods.scaling import count
from initlab.initializers.registry import enter_family
from initlab.initializers.spec import parse
from initlab.validation import finite_number, text

SALIMANS = "normal(std=0.05)"  # of the directions v


def lsuv(
    fan: Fan, *, init: str = "orthogonal", tolerance: float = 0.01, iterations: int = 10
) -> Distribution:  # fmt: skip
    """Return the distribution before the data is seen, that of ``init``.

    Example:
        >>> lsuv(Fan(128, 64)).std == 1 / 128**0.5
        True
    """
    finite_number("tolerance", tolerance, above=0, where="lsuv")
    count("iterations", iterations, where="lsuv")
    return _before(init, fan, "lsuv")


def data_normalized(fan: Fan, *, init: str = SALIMANS, centre: float = 0.0) -> Distribution:
    """Return the distribution before the data is seen, that of ``init``.

    Example:
        >>> data_normalized(Fan(128, 64)).std
        0.05
    """
    finite_number("centre", centre, where="data_normalized")
    return _before(init, fan, "data_normalized")


def no_shift(fan: Fan) -> Constant:
    """Return 0, the bias of data_normalized before the data is seen."""
    return Constant(0.0)


def prior(fan: Fan) -> Constant:
    """Return 0, the bias before the targets are seen."""
    return Constant(0.0)


def calibrated(fan: Fan, *, batches: int = 1) -> Constant:
    """Return 0, the running mean before the data is seen."""
    count("batches", batches, where="calibrated")
    return Constant(0.0)


def _before(init: str, fan: Fan, where: str) -> Distribution:
    method = parse(text("init", init, where=where))
    if method.needs_data or method.sets:
        expected = "a method for weights that needs no data"
        raise invalid_argument("init", expected, init, where=where)
    return method.distribution(fan)


enter_family("on data", [
    Entry(
        name="lsuv", function=lsuv, data=True,
        formula="W = s Q, where the method 'init' draws Q, and s gives the layer's outputs on the "
        "data the variance 1: W ← W/√Var until |Var − 1| ≤ tolerance, at most 'iterations' times",
        source="Mishkin & Matas (2016), All you need is a good init, arXiv:1511.06422, algorithm 1",
        use="plain and residual networks without normalization, with any nonlinearity",
        avoid="recurrent weights, which lsuv draws but does not scale; batches of few samples",
        checked=NUMERICALLY,
        note="Layers are scaled one by one in the order of computation. Each of the query, key and "
        "value projections of torch's attention is scaled separately. The tolerance is "
        "0.1 in the paper, here 0.01 by default.",
    ),
    Entry(
        name="data_normalized", function=data_normalized, data=True, bias=no_shift,
        aliases=("weight_norm_init", "within_layer"),
        formula="w_i = v_i/σ_i, b_i = centre − μ_i/σ_i, where μ_i and σ_i are the mean and std of "
        "v_i·x over the data; v_i ~ N(0, 0.05²) by default",
        source="Salimans & Kingma (2016), Weight normalization, arXiv:1602.07868, sec. 3; "
        "Krähenbühl et al. (2016), arXiv:1511.06856, within-layer initialization",
        use="layers with torch's weight_norm (g_i becomes ‖v_i‖/σ_i); layers that no "
        "normalization layer follows",
        avoid="layers before a normalization layer, because that layer rescales their outputs at "
        "every step; recurrent layers",
        checked=NUMERICALLY,
        note="Each unit (in a convolution, each channel) gets a factor of its own, while lsuv uses "
        "one factor for a whole layer. The biases of these layers are set too, except biases that "
        "another rule names.",
    ),
    Entry(
        name="prior", function=prior, data=True, sets=BIASES,
        formula="b_k = ln π_k, where π_k is the share of class k; for an output whose targets "
        "are 0 or 1: b = ln(π/(1 − π)), where π is the share of 1; for regression: b = the mean of "
        "the targets",
        source="Lin et al. (2017), Focal loss, arXiv:1708.02002; Karpathy (2019), A "
        "recipe for training neural networks",
        use="the head's bias, if classes are unequal in size: before training, the network then "
        "predicts how frequent each class is",
        avoid="hidden layers; heads whose weights alone already give outputs far from 0",
        checked=NUMERICALLY,
        note="Give prior in a rule for the head, such as 'he_normal; role:head=prior'. prior needs "
        "the targets.",
    ),
    Entry(
        name="calibrated", function=calibrated, data=True, sets=STATISTICS,
        formula="running mean and variance = mean and variance of the layer's inputs, averaged "
        "over the batches of the data",
        source="Ioffe & Szegedy (2015), arXiv:1502.03167, algorithm 2; torch's BatchNorm with "
        "momentum=None",
        use="batch norms that are used in evaluation mode before any training, or after weights "
        "of the network were changed",
        avoid="batch norms that are trained next: training replaces the running statistics",
        checked=REFERENCE,
        note="Give calibrated in a rule for the norms, such as 'he_normal; role:norm=calibrated'. "
        "calibrated leaves the scale and shift of a norm to the other rules.",
    ),
])  # fmt: skip
