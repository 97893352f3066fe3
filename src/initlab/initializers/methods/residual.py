"""Weights in residual branches, smaller the more branches add up."""

from __future__ import annotations

import math

from initlab.initializers.distributions import Normal, Packed, Uniform
from initlab.initializers.distributions.distribution import spread
from initlab.initializers.entry import NUMERICALLY, Entry
from initlab.initializers.fan import Fan
from initlab.initializers.methods.scaling import count, moderate, scaled_normal, scaled_uniform
from initlab.initializers.methods.transformer import GPT_STD
from initlab.initializers.registry import enter_family
from initlab.validation import one_of

ENCODER = 0.67  # T-Fixup's factor of an encoder


def gpt2_residual(fan: Fan, *, layers: int, std: float = GPT_STD) -> Normal:
    """Return N(0, std²/(2 layers)).

    Example:
        >>> gpt2_residual(Fan(768, 768), layers=8).std
        0.005
    """
    where = "gpt2_residual"
    number = count("layers", layers, where=where)
    return Normal(mean=0.0, std=spread("std", std, where=where) / math.sqrt(2 * number))


def depth_normal(fan: Fan, *, layer: int, std: float = GPT_STD) -> Normal:
    """Return N(0, std²/(2 (layer + 1))); layers count from 0.

    Example:
        >>> depth_normal(Fan(768, 768), layer=7).std
        0.005
    """
    where = "depth_normal"
    number = count("layer", layer, where=where, minimum=0)
    return Normal(mean=0.0, std=spread("std", std, where=where) / math.sqrt(2 * (number + 1)))


def depth_scaled_uniform(fan: Fan, *, layer: int, gain: float = 1.0) -> Uniform:
    """Return Glorot's uniform distribution over the square root of the layer, counted from 1.

    Example:
        >>> depth_scaled_uniform(Fan(16, 8), layer=4).high
        0.25
    """
    where = "depth_scaled_uniform"
    checked = moderate("gain", gain, where=where)
    scale = checked * checked / count("layer", layer, where=where)
    return scaled_uniform(scale, fan.of("fan_avg"))


def fixup(fan: Fan, *, branches: int, depth: int = 2) -> Normal:
    """Return He's distribution times branches^(-1/(2 depth - 2)), depth the weights in a branch.

    Example:
        >>> fixup(Fan(8, 8), branches=16).std  # 0.5 / 4
        0.125
    """
    number = count("branches", branches, where="fixup")
    weights = count("depth", depth, where="fixup", minimum=2)
    return Normal(mean=0.0, std=math.sqrt(2 / fan.fan_in) * number ** (-1 / (2 * weights - 2)))


def deepnorm(fan: Fan, *, layers: int) -> Normal:
    """Return Glorot's normal distribution with the gain (8 layers)^(-1/4).

    Example:
        >>> deepnorm(Fan(6, 2), layers=2).std
        0.25
    """
    return scaled_normal((8 * count("layers", layers, where="deepnorm")) ** -0.5, fan.of("fan_avg"))


def subln(fan: Fan, *, layers: int) -> Normal:
    """Return Glorot's normal distribution with the gain √ln(2 layers)."""
    return scaled_normal(math.log(2 * count("layers", layers, where="subln")), fan.of("fan_avg"))


def tfixup(fan: Fan, *, layers: int, side: str = "encoder") -> Uniform:
    """Return Glorot's uniform times 0.67 layers^(-1/4), in a decoder (9 layers)^(-1/4).

    Example:
        >>> tfixup(Fan(16, 8), layers=16).high  # 0.5 * 0.67 / 2
        0.1675
    """
    number = count("layers", layers, where="tfixup")
    one_of("side", side, ("encoder", "decoder"), where="tfixup")
    factor = ENCODER * number**-0.25 if side == "encoder" else (9 * number) ** -0.25
    bound = factor * math.sqrt(6 / (fan.fan_in + fan.fan_out))
    return Uniform(low=-bound, high=bound)


def tfixup_packed(fan: Fan, *, layers: int, side: str = "encoder") -> Packed:
    """Return the distribution of packed queries, keys, values: Glorot's twice, then T-Fixup's."""
    glorot = scaled_uniform(1.0, fan.of("fan_avg"))
    return Packed((glorot, glorot, tfixup(fan, layers=layers, side=side)))


enter_family("residual", [
    Entry(
        name="gpt2_residual", function=gpt2_residual,
        formula="W ~ N(0, std²/(2 layers)), std = 0.02 by default",
        source="Radford et al. (2019), GPT-2, sec. 2.3",
        use="the last weight matrix of each residual branch of a transformer (each layer of the "
        "transformer has two branches)",
        avoid="all other weights (use gpt_normal)",
        checked=NUMERICALLY,
        note="Megatron's scaled_init_method_normal draws from the same distribution.",
    ),
    Entry(
        name="depth_normal", function=depth_normal,
        formula="W ~ N(0, std²/(2 (layer + 1))), layers counted from 0, std = 0.02 by default",
        source="torchtitan, depth_init",
        use="the last weight matrix of each residual branch, so that the branches of later layers "
        "begin with smaller outputs",
        avoid="networks without residual branches",
        checked=NUMERICALLY,
    ),
    Entry(
        name="depth_scaled_uniform", function=depth_scaled_uniform,
        formula="W ~ U(±gain √(6/(fan_in + fan_out))/√layer), layers counted from 1",
        source="Zhang, Titov, Sennrich (2019), DS-Init, arXiv:1908.11365",
        use="deep transformers that normalize the sum of each residual branch and its skip "
        "connection (post-norm)",
        avoid="networks without residual branches: the smaller weights of later layers would make "
        "the signals vanish",
        checked=NUMERICALLY,
    ),
    Entry(
        name="fixup", function=fixup,
        formula="W ~ branches^(-1/(2 depth - 2)) N(0, 2/fan_in)",
        source="Zhang, Dauphin, Ma (2019), Fixup, arXiv:1901.09321",
        use="the layers of residual branches, except the last layer of each branch, in networks "
        "without normalization",
        avoid="the last layer of each residual branch and the last layer of the network, because "
        "Fixup sets the weights of these layers to 0",
        checked=NUMERICALLY,
        note="Fixup also adds scalar biases and multipliers to the network, which no init can do.",
    ),
    Entry(
        name="deepnorm", function=deepnorm,
        formula="W ~ N(0, 2 β²/(fan_in + fan_out)), β = (8 layers)^(-1/4)",
        source="Wang et al. (2022), DeepNet, arXiv:2203.00555",
        use="value, output and feed-forward weights of encoder-only or decoder-only transformers",
        avoid="query and key weights, which DeepNet draws as glorot_normal does; models without "
        "DeepNorm's scaled skip connections",
        checked=NUMERICALLY,
    ),
    Entry(
        name="subln", function=subln,
        formula="W ~ N(0, 2 γ²/(fan_in + fan_out)), γ = √ln(2 layers)",
        source="Wang et al. (2022), Magneto, arXiv:2210.06423",
        use="value, output and feed-forward weights of transformers with Sub-LayerNorm",
        avoid="transformers without Sub-LayerNorm: with 2 or more layers, the gain γ is above 1, "
        "so the weights are larger than with glorot_normal",
        checked=NUMERICALLY,
    ),
    Entry(
        name="tfixup", function=tfixup,
        formula="W ~ U(±c √(6/(fan_in + fan_out))), where c = 0.67 layers^(-1/4) in an encoder and "
        "c = (9 layers)^(-1/4) in a decoder",
        source="Huang et al. (2020), T-Fixup",
        use="value, output and feed-forward weights of transformers without normalization",
        avoid="query and key weights, which T-Fixup draws as glorot_uniform does",
        checked=NUMERICALLY,
    ),
    Entry(
        name="tfixup_packed", function=tfixup_packed,
        formula="Q, K ~ U(±√(6/(fan_in + fan_out))); V is drawn by tfixup",
        source="Huang et al. (2020), T-Fixup",
        use="query, key and value weights that are packed in one matrix, as in "
        "nn.MultiheadAttention",
        avoid="weights that are not packed in one matrix: use glorot_uniform for queries and keys, "
        "and tfixup for values, outputs and feed-forward layers",
        checked=NUMERICALLY,
    ),
])  # fmt: skip
