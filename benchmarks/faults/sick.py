"""Models with a fault in their initialization, a row each."""

from __future__ import annotations

import math

import torch
from torch import nn

import inits as init
from cases import FINDINGS, Model, Reference
from networks import (
    Cut,
    Experts,
    Make,
    Sine,
    Square,
    Transformer,
    deep,
    mlp,
    residual_mlp,
)
from references import (
    ADALN,
    AUTO,
    BARE,
    BARE4,
    BARE_MIXER,
    BATCH10,
    BATCH40,
    CIRCLES,
    CIRCLES20,
    CIRCLES_RELU,
    CNN,
    CNN12,
    DECODER,
    DEPTHWISE,
    ENCODER,
    GELU24,
    GPT,
    GRAPH16,
    GRU,
    HE,
    IRNN,
    LORA,
    LSTM,
    MLP,
    RELU12,
    RELU30,
    RESIDUAL,
    RNN,
    SELU24,
    SHARES_RELU,
    SHARES_SIGMOID,
    SIGMOID,
    SIREN,
    TABLE,
    TABLE_DEEP,
    TANH4,
    TANH40,
    TIED,
    TRANSPOSED,
    TWO,
    UNET,
    WORDS,
)

RELU = init.RELU
SICK: list[Model] = []


def sick(
    name: str,
    family: str,
    base: Reference,
    *inits: init.Init,
    causes: str,
    layers: str = "",
    network: Make | None = None,
) -> None:
    """Add a model that is expected to be sick."""
    words = tuple(causes.split())
    assert set(words) <= FINDINGS, f"{name}: {words}"
    SICK.append(Model(name, family, True, base, network, inits, words, tuple(layers.split())))


# fmt: off
# equal units
sick("every weight zero", "constants", MLP, init.zeros(),
    causes="constant_weights identical_units no_gradient dead_units inputs_indistinguishable")
sick("every weight 0.05", "constants", MLP, init.constant(0.05),
    causes="constant_weights identical_units inputs_indistinguishable")
sick("every weight 0.05, tanh", "constants", TANH4, init.constant(0.05),
    causes="constant_weights identical_units")
sick("first layer constant", "constants", MLP, HE, init.constant(0.1, "0"),
    causes="constant_weights identical_units", layers="0")
sick("middle layer constant", "constants", MLP, HE, init.constant(0.1, "2"),
    causes="constant_weights identical_units", layers="2")
sick("middle layer zero", "constants", MLP, HE, init.zeros("2"),
    causes="constant_weights no_gradient dead_units inputs_indistinguishable identical_units",
    layers="2")
sick("last two layers zero", "constants", MLP, HE, init.zeros("4", "6"),
    causes="constant_weights no_gradient identical_units dead_units", layers="4 6")
sick("constant head and constant layer before", "constants", TANH4, init.constant(0.05, "4", "6"),
    causes="constant_weights identical_units", layers="4 6")
sick("constant filters", "constants", CNN, HE, init.constant(0.1, "0", "2", "4"),
    causes="constant_weights identical_units", layers="0 2 4")
sick("constant autoencoder bottleneck", "constants", AUTO, HE, init.constant(0.1, "2", "4"),
    causes="constant_weights identical_units", layers="2 4")
sick("all units of a layer equal", "duplicates", MLP, HE, init.twins("2", "4"),
    causes="identical_units", layers="2")
sick("half the units of a layer equal", "duplicates", MLP, HE, init.twins("2", "4", 0.5),
    causes="identical_units", layers="2")
sick("all units of all layers equal", "duplicates", MLP, HE, init.twins("0", "2"), init.twins("2",
    "4"), init.twins("4", "6"), causes="identical_units", layers="0 2 4")
sick("equal rows, different readers", "duplicates", MLP, HE, init.same_rows("2"),
    causes="identical_units", layers="2")
sick("equal lstm gates and units", "duplicates", LSTM, init.fill("layer.weight_ih_l0", 0.05),
    init.fill("layer.weight_hh_l0", 0.05), init.fill("layer.bias_ih_l0", 0.0),
    init.fill("layer.bias_hh_l0", 0.0), init.constant(0.05, "head"),
    causes="constant_weights identical_units", layers="layer head")
sick("equal embedding rows", "duplicates", GPT, init.gpt(2), init.same_rows("token"),
    causes="identical_units constant_weights inputs_indistinguishable", layers="token")
sick("equal embedding rows and positions", "duplicates", WORDS, init.same_rows("0"),
    causes="identical_units inputs_indistinguishable", layers="0")
sick("constant embedding", "constants", WORDS, init.fill("0.weight", 0.1), init.constant(0.1,
    "1"), causes="constant_weights identical_units inputs_indistinguishable", layers="0 1")
sick("cloned encoder layers", "clones", ENCODER, causes="cloned_layers", layers="encoder.layers")
sick("cloned blocks", "clones", GPT, init.gpt(2), init.copies("blocks.0", "blocks.1"),
    causes="cloned_layers", layers="blocks")
sick("cloned experts", "clones", Reference("experts he", "digits", Experts, (init.normal(RELU,
    "experts"),)), init.copies("experts.0", "experts.1", "experts.2", "experts.3"),
    init.zeros("gate"), causes="cloned_layers identical_units", layers="experts gate")

# scale and depth
sick("std 1e-4", "too small", MLP, init.std(0.0001),
    causes="vanishing_signal vanishing_gradient inputs_indistinguishable wrong_scale")
sick("std 0.01", "too small", MLP, init.std(0.01),
    causes="vanishing_signal vanishing_gradient inputs_indistinguishable wrong_scale")
sick("circles of std 0.01", "too small", CIRCLES, init.std(0.01),
    causes="vanishing_signal vanishing_gradient inputs_indistinguishable wrong_scale")
sick("circles of std 0.01, relu", "too small", CIRCLES_RELU, init.std(0.01),
    causes="vanishing_signal vanishing_gradient inputs_indistinguishable wrong_scale")
sick("std 1", "too large", MLP, init.std(1.0),
    causes="exploding_signal large_initial_loss saturated_output wrong_scale exploding_gradient")
sick("circles of std 10", "too large", CIRCLES, init.std(10.0),
    causes="saturated_units chaotic large_initial_loss saturated_output wrong_scale")
sick("tanh of std 2", "too large", TANH4, init.std(2.0),
    causes="saturated_units chaotic large_initial_loss wrong_scale saturated_output")
sick("one layer 1e-3 too small", "one layer", MLP, HE, init.times(0.001, "4"),
    causes="vanishing_signal vanishing_gradient wrong_scale inputs_indistinguishable", layers="4")
sick("one layer 1e3 too large", "one layer", MLP, HE, init.times(1000.0, "4"),
    causes="exploding_signal wrong_scale large_initial_loss saturated_output exploding_gradient",
    layers="4 6")
sick("two layers, 1e-3 and 1e3", "one layer", MLP, HE, init.times(0.001, "2"), init.times(1000.0,
    "4"),
    causes="vanishing_signal exploding_signal wrong_scale exploding_gradient vanishing_gradient",
    layers="2 4")
sick("wide biases in the first layer", "one layer", MLP, HE, init.bias(0.0, "0", spread=100.0),
    causes="inputs_indistinguishable wrong_scale exploding_signal large_initial_loss", layers="0")
sick("default relu, 30 layers", "deep", RELU30,
    causes="vanishing_signal vanishing_gradient inputs_indistinguishable")
sick("he relu, 30 layers", "deep", RELU30, HE, causes="inputs_indistinguishable")
sick("relu, 30 layers, gain 2.5", "deep", RELU30, init.normal(2.5),
    causes="exploding_signal exploding_gradient large_initial_loss")
sick("default relu, 12 layers", "deep", RELU12,
    causes="vanishing_signal vanishing_gradient inputs_indistinguishable")
sick("default tanh, 40 layers", "deep", TANH40,
    causes="vanishing_signal vanishing_gradient inputs_indistinguishable")
sick("tanh in order, 40 layers", "deep", TANH40, init.normal(0.7), init.bias(0.0, spread=0.3),
    causes="vanishing_signal vanishing_gradient inputs_indistinguishable")
sick("tanh in chaos, 40 layers", "deep", TANH40, init.normal(3.0),
    causes="chaotic exploding_gradient saturated_units")
sick("default sigmoid, 8 layers", "deep", SIGMOID,
    causes="vanishing_gradient inputs_indistinguishable")
sick("glorot sigmoid, 8 layers", "deep", SIGMOID, init.glorot(),
    causes="vanishing_gradient inputs_indistinguishable")
sick("sigmoid, 8 layers, gain 30", "deep", SIGMOID, init.normal(30.0),
    causes="chaotic saturated_units exploding_gradient large_initial_loss saturated_output")
sick("default gelu, 24 layers", "deep", GELU24,
    causes="vanishing_signal vanishing_gradient inputs_indistinguishable")
sick("selu with gain 2", "deep", SELU24, init.normal(2.0),
    causes="exploding_signal exploding_gradient large_initial_loss wrong_scale")
sick("default convolutions, 12 layers", "deep", CNN12,
    causes="vanishing_signal vanishing_gradient inputs_indistinguishable")
sick("circles, default tanh, 20 layers", "deep", CIRCLES20,
    causes="vanishing_signal vanishing_gradient inputs_indistinguishable")
sick("batch norm relu, 40 layers", "deep", BATCH40, HE, network=deep(40, nn.ReLU,
    norm=nn.BatchNorm1d), causes="exploding_gradient chaotic")
sick("batch norm with gamma 0", "norms", BATCH10, HE, init.norms(0.0),
    causes="no_gradient vanishing_signal constant_weights inputs_indistinguishable dead_units")
sick("batch norm with gamma 0.01", "norms", BATCH10, HE, init.norms(0.01),
    causes="vanishing_signal wrong_scale inputs_indistinguishable vanishing_gradient")
sick("averages over a graph, 16 layers", "deep", GRAPH16,
    causes="vanishing_signal vanishing_gradient inputs_indistinguishable")

# dead and saturated
sick("a layer of dead relus", "dead", MLP, HE, init.bias(-20.0, "2"),
    causes="dead_units no_gradient", layers="2")
sick("nine of ten relus dead", "dead", MLP, HE, init.fill("0.bias",
    torch.tensor([-50.0] * 29 + [0.0] * 3)), causes="dead_units", layers="0")
sick("negative weights after a relu", "dead", MLP, HE, init.negative("2"),
    causes="dead_units no_gradient", layers="2")
sick("dead relus of a convolution", "dead", CNN, HE, init.bias(-20.0, "2"),
    causes="dead_units no_gradient", layers="2")
sick("dead relu outputs", "dead outputs", SHARES_RELU, HE, init.bias(-20.0, "2"),
    causes="dead_output dead_units no_gradient", layers="2 3")
sick("relu before a cross-entropy", "dead outputs", MLP, HE, init.bias(-15.0, "6"),
    network=deep(4, nn.ReLU, end=nn.ReLU), causes="dead_output dead_units no_gradient",
    layers="6 7")
sick("relu regression, outputs at 0", "dead outputs", Reference("table, relu output", "table",
    lambda: mlp([8, 32, 32, 1], nn.ReLU), (HE,)), HE, init.negative("4"), network=lambda: mlp([8,
    32, 32, 1], nn.ReLU, end=nn.ReLU), causes="dead_output dead_units no_gradient", layers="4 5")
sick("saturated sigmoid outputs", "saturated", SHARES_SIGMOID, HE, init.bias(25.0, "2"),
    causes="saturated_output saturated_units vanishing_gradient", layers="2 3")
sick("saturated tanh outputs", "saturated", Reference("table, no tanh", "table", lambda: mlp([8,
    32, 32, 1], nn.ReLU), (HE,)), HE, init.times(100.0, "4"), network=lambda: mlp([8, 32, 32, 1],
    nn.ReLU, end=nn.Tanh), causes="saturated_output saturated_units vanishing_gradient",
    layers="4 5")
sick("saturated sigmoid bottleneck", "saturated", Reference(
    "autoencoder, sigmoid in the middle, glorot", "reconstruct", lambda: mlp([64, 16, 64],
    nn.Sigmoid), (init.glorot(),)),
    init.std(10.0, "0"), init.bias(40.0, "0"),
    causes="saturated_units vanishing_gradient inputs_indistinguishable", layers="0 1")
sick("hard tanh out of range", "saturated", Reference("hardtanh4 glorot", "digits", deep(4,
    nn.Hardtanh), (init.glorot(),)), init.glorot(), init.bias(50.0, "2"),
    causes="saturated_units dead_units no_gradient", layers="2 3")

# fans, residuals, sines
sick("transposed convolutions by the wrong fan", "fans", TRANSPOSED, init.torch_fan(RELU),
    causes="exploding_signal exploding_gradient large_initial_loss wrong_scale")
sick("depthwise convolutions by the wrong fan", "fans", DEPTHWISE, init.ungrouped_fan(),
    causes="vanishing_signal vanishing_gradient inputs_indistinguishable wrong_scale")
sick("fan-out of a widening network", "fans", Reference("hourglass he", "digits", lambda: mlp([64,
    12, 96, 12, 96, 12, 10], nn.ReLU), (HE,)),
    init.each(lambda layer: nn.init.kaiming_normal_(layer.weight, mode="fan_out"), ()),
    causes="exploding_signal vanishing_signal wrong_scale large_initial_loss")
sick("24 unscaled residual blocks", "residuals", RESIDUAL, HE, network=lambda: residual_mlp(24),
    causes="exploding_signal unscaled_residuals large_initial_loss exploding_gradient")
sick("24 residual blocks, skip halved", "residuals", RESIDUAL, HE,
    network=lambda: residual_mlp(24, scale=0.2, skip=0.5),
    causes="vanishing_signal vanishing_gradient inputs_indistinguishable unscaled_residuals")
sick("24 residual blocks, scaled twice", "residuals", RESIDUAL, HE, init.times(1 / 24,
    *(f"{k}.branch.2" for k in range(1, 25))),
    causes="vanishing_signal wrong_scale vanishing_gradient unscaled_residuals")
sick("4 attention blocks without norms, std 0.4", "residuals", BARE4, init.std(0.4),
    network=lambda: Transformer(4, norm="none"),
    causes="exploding_signal unscaled_residuals large_initial_loss sharp_attention "
           "exploding_gradient")
sick("4 attention blocks, scaled twice", "residuals", BARE4, init.gpt(4),
    causes="vanishing_signal vanishing_gradient wrong_scale")
sick("sine of 30 x with the default", "activations", SIREN,
    causes="chaotic wrong_scale exploding_gradient")
sick("sine of 30 x, digits", "activations", Reference("siren digits", "digits", deep(4, Sine),
    (init.siren(), init.times(0.3, "0"))), causes="chaotic wrong_scale exploding_gradient")
sick("siren with 1/30 twice", "activations", SIREN, init.siren(share=1 / 30),
    causes="vanishing_signal vanishing_gradient wrong_scale inputs_indistinguishable")
sick("squared relu", "activations", Reference("squared relu, gain 0.8", "digits", deep(4,
    lambda: nn.Sequential(nn.ReLU(), Square())), (init.normal(0.8),)), init.normal(3.0),
    causes="exploding_signal large_initial_loss exploding_gradient wrong_scale")

# leftovers
sick("a weight of nan", "leftovers", MLP, HE, init.fill("2.weight", math.nan),
    causes="not_finite never_initialized", layers="2")
sick("one nan in a bias", "leftovers", MLP, HE, init.fill("2.bias",
    torch.tensor([math.nan] + [0.0] * 31)), causes="not_finite never_initialized", layers="2")
sick("memory of 1e-40", "leftovers", MLP, HE, init.fill("2.weight", 1e-40), init.fill("2.bias",
    1e-40),
    causes="never_initialized vanishing_signal constant_weights identical_units "
           "inputs_indistinguishable",
    layers="2")
sick("memory of 1e30", "leftovers", MLP, HE, init.drawn("2.weight", 1e+30),
    causes="never_initialized not_finite exploding_signal large_initial_loss wrong_scale",
    layers="2")
sick("empty norm", "leftovers", Reference("layer norm mlp", "digits", deep(4, nn.ReLU,
    norm=nn.LayerNorm), (HE,)), HE, init.norms(0.0, "4"),
    causes="never_initialized no_gradient constant_weights inputs_indistinguishable "
           "dead_units vanishing_signal",
    layers="4")

# heads and attention
sick("logits of size 100", "large outputs", MLP, HE, init.times(100.0, "6"),
    causes="large_initial_loss saturated_output wrong_scale exploding_signal", layers="6")
sick("logits of size 1000", "large outputs", CNN, HE, init.times(1000.0, "7"),
    causes="large_initial_loss saturated_output wrong_scale exploding_signal", layers="7")
sick("one class preferred by 50", "large outputs", MLP, HE, init.fill("6.bias",
    torch.tensor([50.0] + [0.0] * 9)), causes="large_initial_loss saturated_output wrong_scale",
    layers="6")
sick("tied embedding of std 1", "tying", TIED, network=lambda: Transformer(tied=True),
    causes="large_initial_loss saturated_output wrong_scale", layers="token head")
sick("tied embedding of std 30", "tying", TIED, init.gpt(2), init.drawn("token.weight", 30.0),
    causes="large_initial_loss saturated_output wrong_scale", layers="token head")
sick("embedding of std 100 without norms", "embeddings", BARE, init.gpt(2),
    init.drawn("token.weight", 100.0),
    causes="exploding_signal large_initial_loss sharp_attention wrong_scale saturated_output",
    layers="token")
sick("embedding of std 1e-6", "embeddings", WORDS, init.drawn("0.weight", 1e-06),
    causes="vanishing_signal inputs_indistinguishable wrong_scale", layers="0")
sick("attention without 1/sqrt(d)", "attention", GPT, init.gpt(2),
    network=lambda: Transformer(heads=1, scaled=False), causes="sharp_attention", layers="blocks")
sick("attention with queries of std 3", "attention", GPT, init.gpt(2), init.std(3.0,
    *(f"blocks.{k}.attention.{p}" for k in (0, 1) for p in "qk")),
    causes="sharp_attention wrong_scale saturated_units", layers="blocks")
sick("values of zero, twice", "attention", GPT, init.gpt(2),
    init.zeros(*(f"blocks.{k}.attention.{p}" for k in (0, 1) for p in ("v", "out"))),
    causes="no_gradient constant_weights", layers="blocks.0.attention blocks.1.attention")

# recurrent
sick("lstm that forgets", "recurrent", LSTM, init.recurrent(1.0, forget=-8.0),
    causes="vanishing_gradient vanishing_signal saturated_units", layers="layer")
sick("lstm of recurrent std 5", "recurrent", LSTM, init.drawn("layer.weight_hh_l0", 5.0),
    init.drawn("layer.weight_ih_l0", 5.0),
    causes="saturated_units chaotic exploding_gradient wrong_scale", layers="layer")
sick("lstm with closed gates", "recurrent", LSTM, init.fill("layer.bias_ih_l0", -15.0),
    causes="saturated_units vanishing_signal vanishing_gradient inputs_indistinguishable",
    layers="layer")
sick("gru that keeps its zeros", "recurrent", GRU, init.fill("layer.bias_ih_l0",
    torch.tensor([0.0] * 32 + [20.0] * 32 + [0.0] * 32)),
    causes="saturated_units vanishing_signal vanishing_gradient inputs_indistinguishable",
    layers="layer")
sick("rnn of gain 0.1", "recurrent", RNN, init.recurrent(0.1),
    causes="vanishing_gradient vanishing_signal", layers="layer")
sick("rnn of gain 5", "recurrent", RNN, init.recurrent(5.0),
    causes="chaotic saturated_units exploding_gradient", layers="layer")
sick("relu rnn of gain 2", "recurrent", IRNN, init.recurrent(2.0, eye=True),
    causes="exploding_signal exploding_gradient large_initial_loss", layers="layer")

# regressions, wiring
sick("a regression that explodes", "regression", TABLE_DEEP, init.normal(3.0),
    network=lambda: mlp([8, *[32] * 11, 1], nn.ReLU),
    causes="exploding_signal large_initial_loss exploding_gradient wrong_scale")
sick("a regression of std 1", "regression", TABLE, init.std(1.0),
    causes="exploding_signal large_initial_loss exploding_gradient wrong_scale")
sick("u-net of std 1", "regression", UNET, init.std(1.0),
    causes="exploding_signal large_initial_loss exploding_gradient wrong_scale")
sick("decoder of std 1e-3", "regression", DECODER, init.std(0.001),
    causes="vanishing_signal vanishing_gradient wrong_scale inputs_indistinguishable")
sick("mixer of std 1e-3 without norms", "too small", BARE_MIXER, init.std(0.001),
    causes="vanishing_signal vanishing_gradient wrong_scale inputs_indistinguishable")
sick("features behind a detach", "wiring", MLP, HE, network=lambda: Cut(mlp([64, 32, 32, 32],
    nn.ReLU, end=nn.ReLU), nn.Linear(32, 10)), causes="unreached_parameters no_gradient",
    layers="features")
sick("lora, both zero", "wiring", LORA, init.zeros("0.down", "2.down"),
    causes="no_gradient constant_weights", layers="0 2")
sick("adaln, gates and branches zero", "wiring", ADALN, init.zeros("modulations",
    *(f"feeds.{k}.2" for k in range(3))), causes="no_gradient constant_weights",
    layers="modulations feeds")
sick("two heads, one of them exploding", "regression", TWO, HE, init.times(300.0, "amount"),
    causes="large_initial_loss exploding_signal wrong_scale", layers="amount")
# fmt: on
