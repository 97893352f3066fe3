"""Weights of transformers: by a fixed std, or by the model's width d, which is fan_in."""

from __future__ import annotations

import math

from initlab.initializers.distributions import Normal, TruncatedNormal
from initlab.initializers.distributions.distribution import spread
from initlab.initializers.distributions.truncated_normal import std_after_cut
from initlab.initializers.entry import NUMERICALLY, Entry
from initlab.initializers.fan import Fan
from initlab.initializers.methods.scaling import count, scaled_normal
from initlab.initializers.registry import enter_family

GPT_STD = 0.02
BERT_CUT, MITCHELL_CUT = 2.0, 3.0  # stds


def gpt_normal(fan: Fan, *, std: float = GPT_STD) -> Normal:
    """Return N(0, 0.02²)."""
    return Normal(mean=0.0, std=spread("std", std, where="gpt_normal"))


def bert_truncated_normal(fan: Fan, *, std: float = GPT_STD) -> TruncatedNormal:
    """Return N(0, 0.02²) cut at 2 stds, uncorrected.

    Example:
        >>> round(bert_truncated_normal(Fan(768, 768)).std, 6)
        0.017593
    """
    parent = spread("std", std, where="bert_truncated_normal")
    return TruncatedNormal(mean=0.0, std=parent * std_after_cut(BERT_CUT), cut=BERT_CUT)


def small_init(fan: Fan) -> Normal:
    """Return N(0, 2/(5d)).

    Example:
        >>> small_init(Fan(40, 40)).std
        0.1
    """
    return scaled_normal(2 / 5, fan.fan_in)


def wang_init(fan: Fan, *, layers: int) -> Normal:
    """Return N(0, 4/(layers² d)).

    Example:
        >>> wang_init(Fan(64, 64), layers=4).std
        0.0625
    """
    number = count("layers", layers, where="wang_init")
    return Normal(mean=0.0, std=2 / (number * math.sqrt(fan.fan_in)))


def mitchell_in(fan: Fan, *, mode: str = "fan_in") -> TruncatedNormal:
    """Return N(0, 1/fan) cut at 3 stds, uncorrected; an embedding takes its width, fan_out."""
    return mitchell(fan.of(mode))


def mitchell_out(fan: Fan, *, layer: int) -> TruncatedNormal:
    """Return N(0, 1/(2 d (layer + 1))) cut at 3 stds, uncorrected; layers count from 0."""
    number = count("layer", layer, where="mitchell_out", minimum=0)
    return mitchell(2 * fan.fan_in * (number + 1))


def mitchell(summed: float) -> TruncatedNormal:
    """Return N(0, 1/summed) cut at 3 stds, uncorrected."""
    std = 1 / math.sqrt(summed) * std_after_cut(MITCHELL_CUT)
    return TruncatedNormal(mean=0.0, std=std, cut=MITCHELL_CUT)


enter_family("transformer", [
    Entry(
        name="gpt_normal", function=gpt_normal,
        formula="W ~ N(0, std²), std = 0.02 by default",
        source="Radford et al. (2018), GPT",
        use="transformers whose width d is near 768; for this width, small_init has a similar std, "
        "√(2/(5d)) = 0.023",
        avoid="transformers of other widths (use small_init or lecun_normal)",
        checked=NUMERICALLY,
        note="For the last weight matrix of each residual branch, GPT-2 divides std by √(2 "
        "layers), where layers is the number of transformer blocks. The init gpt2_residual does "
        "this.",
    ),
    Entry(
        name="bert_truncated_normal", function=bert_truncated_normal,
        formula="W ~ N(0, std²) truncated at ±2 std; with the default std = 0.02, the truncated "
        "weights have std 0.0176",
        source="Devlin et al. (2018), BERT, arXiv:1810.04805; its code",
        use="reproducing BERT's TensorFlow code",
        avoid="reproducing Hugging Face's BertModel, which draws normal(std=0.02)",
        checked=NUMERICALLY,
    ),
    Entry(
        name="small_init", function=small_init,
        formula="W ~ N(0, 2/(5d)), d = fan_in",
        source="Nguyen & Salazar (2019), Transformers without tears, arXiv:1910.05895",
        use="transformers that normalize the input of each residual branch (pre-norm): all weight "
        "matrices except the last one of each branch",
        avoid="weights whose fan_in differs from the width of the model: in the paper, d is the "
        "width of the model",
        checked=NUMERICALLY,
        note="For weights with fan_in d and fan_out 4d, small_init is the same as glorot_normal.",
    ),
    Entry(
        name="wang_init", function=wang_init,
        formula="W ~ N(0, 4/(layers² d)), d = fan_in",
        source="Wang & Komatsuzaki (2021), mesh-transformer-jax",
        use="the last weight matrix of each residual branch, if small_init draws the other weight "
        "matrices, as in GPT-NeoX",
        avoid="all other weight matrices (use small_init)",
        checked=NUMERICALLY,
        note="In initlab, d is the fan_in of the weight matrix. In GPT-NeoX's code, d is always "
        "the width of the model, even for weight matrices whose fan_in is 4 times this width.",
    ),
    Entry(
        name="mitchell_in", function=mitchell_in,
        formula="W ~ N(0, 1/fan_in) truncated at ±3 std; with the argument mode, another fan "
        "replaces fan_in",
        source="Groeneveld et al. (2024), OLMo, arXiv:2402.00838; its code",
        use="all weight matrices of each residual branch except the last one",
        avoid="the last weight matrix of each residual branch (use mitchell_out); embeddings (use "
        "mitchell_embedding)",
        checked=NUMERICALLY,
    ),
    Entry(
        name="mitchell_out", function=mitchell_out,
        formula="W ~ N(0, 1/(2 fan_in (layer + 1))) truncated at ±3 std, layers counted from 0",
        source="Groeneveld et al. (2024), OLMo, arXiv:2402.00838; its code",
        use="the last weight matrix of each residual branch",
        avoid="networks without residual branches",
        checked=NUMERICALLY,
    ),
])  # fmt: skip
