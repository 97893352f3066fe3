"""Variance = scale / fan: LeCun, Glorot, He and their kin, each in up to three shapes."""

from __future__ import annotations

import math

from initlab.initializers.distributions import Distribution, Uniform, UniformDirection, ZeroSum
from initlab.initializers.distributions.distribution import spread
from initlab.initializers.entry import NUMERICALLY, REFERENCE, DistributionFunction, Entry
from initlab.initializers.fan import Fan
from initlab.initializers.methods.scaling import (
    SHAPES,
    Scaled,
    moderate,
    scaled_normal,
    shape_named,
    squared_gain,
)
from initlab.initializers.registry import enter_family
from initlab.validation import finite_number, one_of

STEEPEST = 1e6  # a slope beyond is a mistake, and its square would soon leave float64
NGUYEN_WIDROW = 0.7  # of the paper: the units' active regions overlap a little


def variance_scaling(
    fan: Fan, *, scale: float = 1.0, mode: str = "fan_in", distribution: str = "normal"
) -> Scaled:
    r"""Return a distribution of mean 0 and variance :math:`\text{scale} / \text{fan}`.

    Example:
        >>> variance_scaling(Fan(8, 4), scale=2.0)
        Normal(mean=0.0, std=0.5)
    """
    where = "variance_scaling"
    checked = moderate("scale", scale, where=where)
    return shape_named(distribution, where=where)(checked, fan.of(mode, where=where))


def lecun(shape: str) -> DistributionFunction:
    """Return the function of LeCun's distribution: variance 1 / fan."""

    def distribution(fan: Fan, *, mode: str = "fan_in") -> Scaled:
        return SHAPES[shape](1.0, fan.of(mode, where=f"lecun_{shape}"))

    return distribution


def glorot(shape: str) -> DistributionFunction:
    """Return the function of Glorot's distribution: variance gain² / fan_avg."""

    def distribution(fan: Fan, *, gain: float = 1.0) -> Scaled:
        checked = moderate("gain", gain, where=f"glorot_{shape}")
        return SHAPES[shape](checked * checked, fan.of("fan_avg"))

    return distribution


def he(shape: str) -> DistributionFunction:
    """Return the function of He's distribution: variance 2 / ((1 + negative_slope²) fan)."""

    def distribution(fan: Fan, *, mode: str = "fan_in", negative_slope: float = 0.0) -> Scaled:
        where = f"he_{shape}"
        a = finite_number(
            "negative_slope", negative_slope, minimum=-STEEPEST, maximum=STEEPEST, where=where
        )
        return SHAPES[shape](2 / (1 + a * a), fan.of(mode, where=where))

    return distribution


def general_rule_normal(fan: Fan) -> Distribution:
    """Return the distribution of ``lecun_normal``."""
    return scaled_normal(1.0, fan.fan_in)


def general_rule_uniform(fan: Fan) -> Uniform:
    """Return the uniform distribution on ± 1 / sqrt(fan_in).

    Example:
        >>> general_rule_uniform(Fan(784, 256)).high
        0.03571428571428571
    """
    bound = 1 / math.sqrt(fan.fan_in)
    return Uniform(low=-bound, high=bound)


def torch_default(fan: Fan) -> Uniform:
    """Return the uniform distribution on ± 1 / sqrt(fan_in), for weights and biases."""
    return general_rule_uniform(fan)


def geometric(shape: str) -> DistributionFunction:
    """Return the function of the distribution with variance 2 / sqrt(fan_in fan_out)."""

    def distribution(fan: Fan, *, gain: float = math.sqrt(2)) -> Scaled:
        scale = squared_gain(gain, where=f"geometric_{shape}")
        return SHAPES[shape](scale, fan.of("fan_geo_avg"))

    return distribution


def random_walk(fan: Fan, *, nonlinearity: str = "relu") -> Distribution:
    """Return Sussillo's distribution, with the gain for the width N = fan_in.

    Example:
        >>> round(random_walk(Fan(100, 100)).std * 10, 6)  # its gain
        1.431709
    """
    one_of("nonlinearity", nonlinearity, ("relu", "linear"), where="random_walk")
    n = fan.fan_in
    if nonlinearity == "linear":
        logarithm = 1 / (2 * n)
    else:
        logarithm = math.log(2) / 2 + 1.2 / (max(n, 6) - 2.4)
    return scaled_normal(math.exp(2 * logarithm), n)


def nguyen_widrow(fan: Fan) -> UniformDirection:
    """Return rows of length 0.7 out^(1/in), in random directions.

    Example:
        >>> nguyen_widrow(Fan(2, 100)).length
        7.0
    """
    out, into = fan.matrix
    return UniformDirection(NGUYEN_WIDROW * out ** (1 / into), into)


def nguyen_widrow_bias(fan: Fan) -> Uniform:
    """Return biases within ± the length of a row."""
    length = nguyen_widrow(fan).length
    return Uniform(low=-length, high=length)


def zero_sum(fan: Fan, *, gain: float = 1.0) -> ZeroSum:
    """Return normal rows that sum to 0, with std gain / sqrt(fan_in) after centring."""
    checked = spread("gain", gain, where="zero_sum_normal")
    return ZeroSum(checked / math.sqrt(fan.fan_in), fan.matrix[1])


LECUN = "LeCun, Bottou, Orr, Müller (1998), Efficient BackProp, sec. 4.6, eq. 16"
GLOROT = "Glorot & Bengio (2010), Understanding the difficulty of training deep networks"
HE = "He, Zhang, Ren, Sun (2015), arXiv:1502.01852, eq. 10, 14, 15"
FOR_LECUN = "tanh, selu and linear layers; layers before a normalization layer"
NOT_LECUN = "deep ReLU networks: the variance of the preactivations halves with each layer"
FOR_GLOROT = (
    "tanh, sigmoid and attention layers; networks in which the std of the activations and the std "
    "of the gradients should change little from layer to layer"
)
NOT_GLOROT = (
    "deep ReLU and deep sigmoid networks without normalization; layers with many more units than "
    "inputs"
)
FOR_HE = "ReLU layers and layers with similar nonlinearities, in networks of any depth"
NOT_HE = (
    "linear and output layers, because their outputs get twice the variance that lecun_normal "
    "would give; tanh layers, because their units saturate"
)
FOR_GEOMETRIC = "ReLU networks whose widths change much from layer to layer"
NOT_GEOMETRIC = (
    "networks whose layers all have the same width: in these, geometric_normal is the same as "
    "he_normal, and geometric_uniform the same as he_uniform"
)

enter_family("fan-scaled", [
    Entry(
        name="variance_scaling", function=variance_scaling,
        formula="Var = scale / fan",
        source="TensorFlow, VarianceScaling",
        use="combinations of scale, fan and distribution that no other method offers",
        avoid="combinations that a method such as he_normal already offers, because one name is "
        "easier to read than three arguments",
        checked=NUMERICALLY,
        note="By default, TensorFlow's VarianceScaling draws from a truncated normal distribution, "
        "and initlab's variance_scaling from a normal distribution without truncation.",
    ),
    Entry(
        name="lecun_normal", function=lecun("normal"), aliases=("selu_normal",),
        formula="W ~ N(0, 1/fan_in)",
        source=LECUN, use=FOR_LECUN, avoid=NOT_LECUN, checked=REFERENCE,
        note="Some courses call this distribution 'Xavier' and write it sqrt(1/n) * randn, with "
        "n = fan_in. What Keras and JAX call lecun_normal, initlab calls lecun_truncated_normal.",
    ),
    Entry(
        name="lecun_uniform", function=lecun("uniform"), aliases=("caffe2_xavier",),
        formula="W ~ U(±√(3/fan_in)), Var = 1/fan_in",
        source=LECUN, use=FOR_LECUN, avoid=NOT_LECUN, checked=REFERENCE,
        note="Caffe2's XavierFill draws from this distribution and, unlike glorot_uniform, does "
        "not use fan_out.",
    ),
    Entry(
        name="lecun_truncated_normal", function=lecun("truncated_normal"),
        formula="W ~ normal distribution truncated at ±2 s, where s is its std before truncation; "
        "Var = 1/fan_in after truncation",
        source=LECUN, use=FOR_LECUN, avoid=NOT_LECUN, checked=NUMERICALLY,
        note="Keras and JAX call this distribution lecun_normal.",
    ),
    Entry(
        name="glorot_normal", function=glorot("normal"), aliases=("xavier_normal",),
        formula="W ~ N(0, 2 gain²/(fan_in + fan_out))",
        source=f"{GLOROT}, eq. 12", use=FOR_GLOROT, avoid=NOT_GLOROT, checked=REFERENCE,
        note="Some courses use the name 'Xavier' for sqrt(1/n) * randn with n = fan_in, which is "
        "initlab's lecun_normal. What Keras and JAX call glorot_normal, initlab calls "
        "glorot_truncated_normal.",
    ),
    Entry(
        name="glorot_uniform", function=glorot("uniform"), aliases=("xavier_uniform",),
        formula="W ~ U(±gain √(6/(fan_in + fan_out)))",
        source=f"{GLOROT}, eq. 16", use=FOR_GLOROT, avoid=NOT_GLOROT, checked=REFERENCE,
    ),
    Entry(
        name="glorot_truncated_normal", function=glorot("truncated_normal"),
        aliases=("xavier_truncated_normal",),
        formula="W ~ normal distribution truncated at ±2 s, where s is its std before truncation; "
        "Var = 2 gain²/(fan_in + fan_out) after truncation",
        source=f"{GLOROT}, eq. 12", use=FOR_GLOROT, avoid=NOT_GLOROT, checked=NUMERICALLY,
        note="Keras and JAX call this distribution glorot_normal.",
    ),
    Entry(
        name="he_normal", function=he("normal"), aliases=("kaiming_normal",),
        formula="W ~ N(0, 2/((1 + negative_slope²) fan))",
        source=HE, use=FOR_HE, avoid=NOT_HE, checked=REFERENCE,
        note="By default, he_normal uses the gain of ReLU, √2, for every nonlinearity. For leaky "
        "ReLU, give the argument negative_slope. What Keras and JAX call he_normal, initlab calls "
        "he_truncated_normal. torch's kaiming_normal_ with its default arguments draws from the "
        "distribution of initlab's he_normal.",
    ),
    Entry(
        name="he_uniform", function=he("uniform"), aliases=("kaiming_uniform",),
        formula="W ~ U(±√(6/((1 + negative_slope²) fan)))",
        source=HE, use=FOR_HE, avoid=NOT_HE, checked=REFERENCE,
        note="torch's Linear draws its weight by kaiming_uniform_(a=√5), which gives the "
        "distribution of torch_default, not of he_uniform.",
    ),
    Entry(
        name="he_truncated_normal", function=he("truncated_normal"),
        aliases=("kaiming_truncated_normal",),
        formula="W ~ normal distribution truncated at ±2 s, where s is its std before truncation; "
        "Var = 2/((1 + negative_slope²) fan) after truncation",
        source=HE, use=FOR_HE, avoid=NOT_HE, checked=NUMERICALLY,
        note="Keras and JAX call this distribution he_normal.",
    ),
    Entry(
        name="general_rule_uniform", function=general_rule_uniform,
        formula="W ~ U(±1/√fan_in), Var = 1/(3 fan_in)",
        source="Torch7; Udacity, Intro to Deep Learning with PyTorch, weight initialization",
        use="shallow networks; repeating the Udacity course's comparison of initializations",
        avoid="deep networks: in each layer, the variance of the preactivations falls to a third "
        "(with ReLU, to a sixth)",
        checked=REFERENCE,
        note="torch_default draws the weights from the same distribution, and also draws the "
        "biases; general_rule_uniform sets the biases to 0.",
    ),
    Entry(
        name="general_rule_normal", function=general_rule_normal,
        formula="W ~ N(0, 1/fan_in)",
        source="Udacity, Intro to Deep Learning with PyTorch, weight initialization",
        use="repeating the Udacity course's comparison of initializations",
        avoid=NOT_LECUN, checked=REFERENCE,
        note="The Udacity course uses the name general_rule_normal for the distribution of "
        "lecun_normal.",
    ),
    Entry(
        name="torch_default", function=torch_default, bias=general_rule_uniform,
        formula="W, b ~ U(±1/√fan_in), Var = 1/(3 fan_in)",
        source="PyTorch, Linear.reset_parameters",
        use="reproducing the weights and biases that PyTorch's Linear and convolution layers have "
        "by default",
        avoid="deep networks without normalization: the variance of the preactivations falls with "
        "each layer",
        checked=REFERENCE,
        note="torch_default draws the weights and the biases. The weights of torch_default have "
        "std 1/√(3 fan_in), the weights of he_uniform have std √(2/fan_in).",
    ),
    Entry(
        name="geometric_normal", function=geometric("normal"),
        formula="W ~ N(0, gain²/√(fan_in fan_out)), gain = √2 by default",
        source="Defazio & Bottou (2019), arXiv:1906.04267",
        use=FOR_GEOMETRIC, avoid=NOT_GEOMETRIC,
        checked=NUMERICALLY,
        note="With the default gain, geometric_normal is the same as "
        "he_normal(mode='fan_geo_avg'). JAX's variance_scaling has the mode fan_geo_avg, too.",
    ),
    Entry(
        name="geometric_uniform", function=geometric("uniform"),
        formula="W ~ U(±gain √3/(fan_in fan_out)^¼), gain = √2 by default",
        source="Defazio & Bottou (2019), arXiv:1906.04267",
        use=FOR_GEOMETRIC, avoid=NOT_GEOMETRIC, checked=NUMERICALLY,
    ),
    Entry(
        name="random_walk", function=random_walk,
        formula="W ~ N(0, g²/N), N = fan_in, g = √2 exp(1.2/(max(N, 6) - 2.4)); "
        "for linear networks g = exp(1/(2N))",
        source="Sussillo & Abbott (2014), arXiv:1412.6558",
        use="very deep, narrow networks: the factor g keeps the activations from shrinking from "
        "layer to layer",
        avoid="wide networks (use he_normal): with ReLU and a fan_in of 123 or more, the stds of "
        "random_walk and he_normal differ by less than 1 %",
        checked=NUMERICALLY,
        note="With this g, the logarithm of the activations' norm on average neither grows nor "
        "falls from layer to layer.",
    ),
    Entry(
        name="nguyen_widrow", function=nguyen_widrow, bias=nguyen_widrow_bias,
        formula="each row of W has the length β = 0.7 n^(1/m) and a direction drawn from "
        "U(-1, 1)^m, where n is the number of units and m the number of inputs; biases "
        "b ~ U(±β)",
        source="Nguyen & Widrow (1990), IJCNN",
        use="networks with one hidden layer of tanh units and with few inputs, whose values lie "
        "between -1 and 1",
        avoid="deep networks; networks with many inputs",
        checked=NUMERICALLY,
        note="nguyen_widrow draws the weights and the biases. Unlike MATLAB's initnw, it does not "
        "rescale them to the ranges of the inputs.",
    ),
    Entry(
        name="zero_sum_normal", function=zero_sum, aliases=("centred_normal",),
        formula="W ~ normal distribution, then the mean of each row is subtracted, so that every "
        "row sums to 0; Var = gain²/fan_in after the subtraction",
        source="the centring of weight standardization, Qiao et al. (2019), arXiv:1903.10520",
        use="layers whose inputs all have about the same large mean, such as layers after a ReLU. "
        "Because each row sums to 0, this mean hardly changes the preactivations",
        avoid="units with only one input: their only weight would have to be 0",
        checked=NUMERICALLY,
    ),
])  # fmt: skip
