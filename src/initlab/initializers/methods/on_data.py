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
        expected = "a method that draws weights without data"
        raise invalid_argument("init", expected, init, where=where)
    return method.distribution(fan)


enter_family("on data", [
    Entry(
        name="lsuv", function=lsuv, data=True,
        formula="W = s Q, where Q is drawn by the method that the argument 'init' names, and "
        "the number s brings Var, the variance of the layer's outputs on the data, to 1: "
        "W ← W/√Var is repeated until |Var − 1| ≤ tolerance, at most 'iterations' times",
        source="Mishkin & Matas (2016), All you need is a good init, arXiv:1511.06422, algorithm 1",
        use="networks without normalization layers, with or without skip connections and with any "
        "nonlinearity",
        avoid="recurrent weights, which lsuv draws but does not scale; data with only a few "
        "samples",
        checked=NUMERICALLY,
        note="Layers are scaled one by one in the order of computation. Each of the query, key and "
        "value projections of torch's attention is scaled separately. The default tolerance is "
        "0.01; the paper uses 0.1.",
    ),
    Entry(
        name="data_normalized", function=data_normalized, data=True, bias=no_shift,
        aliases=("weight_norm_init", "within_layer"),
        formula="w_i = v_i/σ_i and b_i = centre − μ_i/σ_i for unit i, where μ_i and σ_i are the "
        "mean and std of v_i·x over the data; v_i ~ N(0, 0.05²) by default",
        source="Salimans & Kingma (2016), Weight normalization, arXiv:1602.07868, sec. 3; "
        "Krähenbühl et al. (2016), arXiv:1511.06856, within-layer initialization",
        use="layers with torch's weight_norm, whose magnitudes g_i become ‖v_i‖/σ_i; layers "
        "without a normalization layer after them",
        avoid="layers before a normalization layer, because the normalization layer rescales the "
        "outputs at every step; recurrent layers",
        checked=NUMERICALLY,
        note="Each unit (in a convolution, each channel) gets a factor of its own, while lsuv uses "
        "one factor for a whole layer. data_normalized also sets the bias of each of its layers, "
        "unless another rule sets this bias.",
    ),
    Entry(
        name="prior", function=prior, data=True, sets=BIASES,
        formula="for classes, b_k = ln π_k, where π_k is the share of class k; for an output whose "
        "targets are 0 or 1, b = ln(π/(1 − π)), where π is the share of targets that are 1; for "
        "regression, b is the mean of the targets",
        source="Lin et al. (2017), Focal loss, arXiv:1708.02002; Karpathy (2019), A "
        "recipe for training neural networks",
        use="the bias of the head, if some classes are more frequent than others: before training, "
        "the probability that the network predicts for a class is then about the share of this "
        "class",
        avoid="hidden layers; heads whose outputs are far from 0 even if their bias is 0",
        checked=NUMERICALLY,
        note="Give prior in a rule for the head, as in 'he_normal; role:head=prior'. The init "
        "prior needs the targets of the data.",
    ),
    Entry(
        name="calibrated", function=calibrated, data=True, sets=STATISTICS,
        formula="running mean and variance = mean and variance of the layer's inputs, averaged "
        "over the batches of the data",
        source="Ioffe & Szegedy (2015), arXiv:1502.03167, algorithm 2; torch's BatchNorm with "
        "momentum=None",
        use="batch norms of a network that you use in evaluation mode before any training, or "
        "after you changed some of its weights",
        avoid="batch norms of a network that you train afterwards, because training replaces the "
        "running statistics",
        checked=REFERENCE,
        note="Give calibrated in a rule for the norms, as in 'he_normal; role:norm=calibrated'. "
        "The init calibrated sets only the running statistics; the other rules set the scale and "
        "shift of each norm.",
    ),
])  # fmt: skip
