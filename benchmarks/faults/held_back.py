"""Models that no threshold was chosen on: new architectures, healthy and with a fault, a row each.

They were written down, with their causes and places, before initlab had seen any of them.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn.utils import parametrizations

import inits as init
from cases import ModelSet, Reference
from held_back_networks import (
    Bare,
    Capsules,
    Cells,
    ConvNeXt,
    DeepSets,
    DenseNet,
    Field,
    Fixup,
    FNet,
    GatedMlp,
    GraphAttention,
    Hyper,
    LinearAttention,
    Loop,
    Mamba,
    Perceiver,
    Products,
    Radial,
    Read,
    Routed,
    Seq2Seq,
    Towers,
    Variational,
    ViT,
    WaveNet,
    mobile,
)
from networks import Make, deep, head, mlp, plain_cnn

RELU, HE = init.RELU, init.normal(init.RELU)
UNIT = init.normal(1.0)
HELD_BACK = ModelSet("held back")
sick, healthy = HELD_BACK.sick, HELD_BACK.healthy


def spectral(module: nn.Module) -> nn.Module:
    """Return a module whose linear weights have the largest singular value 1."""
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            parametrizations.spectral_norm(layer)
    return module


def fixup() -> nn.Module:
    """Return residual blocks without norms."""
    return nn.Sequential(nn.Conv2d(1, 12, 3, 2, 1), nn.ReLU(), *(Fixup() for _ in range(4)),
                         *head(12, 16))  # fmt: skip


def bag() -> nn.Module:
    """Return the mean embedding of a sequence, and a small network."""
    return nn.Sequential(nn.EmbeddingBag(8, 16), nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 8))


def biased(name: str, start: int, stop: int, value: float) -> init.Init:
    """Return: a part of a bias set to a value."""

    @torch.no_grad()
    def set_part(module: nn.Module) -> None:
        module.get_parameter(name)[start:stop] = value

    return set_part


def positive(module: nn.Module) -> None:
    """Take the magnitude of every weight of linear and convolutional layers."""
    with torch.no_grad():
        for _, layer in init.chosen(module, ()):
            layer.weight.abs_()


def same_heads(module: nn.Module) -> None:
    """Make every head of an attention the same, in what it reads and in what reads it."""
    with torch.no_grad():
        for one in module.attention:
            width = one.out.weight.shape[0]
            size = width // one.heads
            for row in range(0, 3 * width, width):
                part = one.packed.weight[row : row + size].clone()
                one.packed.weight[row : row + width] = part.repeat(one.heads, 1)
                one.packed.bias[row : row + width] = 0.0
            one.out.weight.copy_(one.out.weight[:, :size].repeat(1, one.heads))


def heads_only(*names: str) -> init.Init:
    """Return: nothing is trained but these parameters."""

    def freeze(module: nn.Module) -> None:
        for name, one in module.named_parameters():
            one.requires_grad_(name in names)

    return freeze


def base(name: str, problem: str, network: Make, *inits: init.Init) -> Reference:
    """Return a well-initialized network of this set."""
    return Reference(f"{name}, held back", problem, network, inits)


def fit_scales(layers: float, codes: float) -> init.Init:
    """Return: a network of weights whose outputs have He's size."""

    @torch.no_grad()
    def draw(module: nn.Module) -> None:
        module.code.normal_(0, codes)
        size = module.code.norm()
        module.first.weight.normal_(0, layers * RELU / 8 / float(size))
        module.second.weight.normal_(0, layers / math.sqrt(module.width) / float(size))
        module.first.bias.zero_()
        module.second.bias.zero_()

    return draw


CONVNEXT = base("convnext", "images", ConvNeXt, init.std(0.1))
DENSENET = base("densenet", "images", DenseNet, HE)
WAVENET = base("wavenet", "pixels", WaveNet, UNIT)
SEQ = base("seq2seq", "previous", Seq2Seq, init.drawn("token.weight", 1.0))
GAT = base("graph attention", "rows", GraphAttention, init.glorot())
VIT = base("vit", "images", ViT, init.glorot("attention", "feeds", "head"))
CAPSULES = base("capsules", "images", Capsules, HE)
VAE = base("vae", "coded", Variational, HE, init.times(0.3, "mean", "spread"))
ROUTED = base("routed experts", "digits", Routed, HE, init.times(0.1, "router"))
MAMBA = base("state space", "rows", Mamba)
HYPER = base("hypernetwork", "digits", Hyper, fit_scales(1.0, 1.0))
FIELD = base("field", "plane", Field, HE)
SETS = base("deep sets", "rows", DeepSets, HE)
BI = base("bidirectional lstm", "rows", lambda: Read(nn.LSTM(8, 16, 2, batch_first=True,
    bidirectional=True), 32), init.recurrent(1.0, forget=1.0))  # fmt: skip
LONG = base("lstm over pixels", "pixels", lambda: Read(nn.LSTM(2, 32, batch_first=True), 32),
    init.recurrent(1.0, forget=1.0))  # fmt: skip
RNN2 = base("two rnn layers", "rows", lambda: Read(nn.RNN(8, 32, 2, batch_first=True), 32,
    last=True), init.recurrent(0.95))  # fmt: skip
GRU2 = base("two gru layers", "rows", lambda: Read(nn.GRU(8, 32, 2, batch_first=True), 32),
    init.recurrent(1.0))  # fmt: skip
CELLS = base("cell in a loop", "pixels", Cells, lambda m: nn.init.orthogonal_(m.cell.weight_hh),
    )  # fmt: skip
GMLP = base("gmlp", "rows", GatedMlp, init.std(1e-3, "places"), init.bias(1.0, "places"))
PERCEIVER = base("perceiver", "rows", Perceiver, init.glorot("within", "feed", "rows"))
TOWERS = base("two towers", "digits", Towers, HE)
RADIAL = base("radial bumps", "digits", lambda: Radial(11.0))
TIED_LOOP = base("tied loop", "digits", lambda: Loop(12, nn.Tanh), init.orthogonal(0.9, "core"))
FLOW = base("small steps", "digits", lambda: Loop(12, nn.ReLU, 1 / 12), HE)
PRODUCTS = base("products", "digits", Products, UNIT)
LINEAR_ATTENTION = base("linear attention", "rows", LinearAttention, init.glorot())
NARROW = base("tanh autoencoder", "reconstruct", lambda: mlp([64, 32, 16, 8, 16, 32, 64], nn.Tanh),
    init.orthogonal(1.1))  # fmt: skip
MOBILE = base("mobile", "images", mobile, init.normal(RELU))
FOURIER = base("fnet", "rows", FNet, init.glorot())
BAG = base("bag of tokens", "most", bag, init.drawn("0.weight", 1.0))
FIXUP = base("fixup", "images", fixup, HE, init.times(0.3, *(f"{k}.last" for k in range(2, 6))))
BARE = base("transformer without biases", "previous", Bare, init.gpt(2))
BARE_PLAIN = base("transformer without norms", "previous", lambda: Bare(norm=False), init.gpt(2))
NORMED = base("layer norms", "digits", deep(5, nn.ReLU, norm=nn.LayerNorm), HE)
BATCHED = base("batch norms", "images", lambda: plain_cnn(4, norm=True), HE)
CNN8 = base("cnn of 8", "images", lambda: plain_cnn(7), init.orthogonal(RELU))
ELU12 = base("elu, 12 layers", "digits", deep(12, nn.ELU), init.orthogonal(1.1))
REGRESSION = base("regression", "table", lambda: mlp([8, 32, 32, 32, 1], nn.SiLU), HE)

RECTIFIED = base("regression with relu", "table", lambda: mlp([8, 32, 32, 32, 1], nn.ReLU), HE)

# fmt: off
healthy("convnext, default", CONVNEXT)
healthy("convnext, layer scale 1e-6", CONVNEXT, init.std(0.1), network=lambda: ConvNeXt(scale=1e-6))
healthy("densenet, default", DENSENET)
healthy("wavenet, default", WAVENET)
healthy("wavenet, outs of std 0.02", WAVENET, UNIT, init.std(0.02, "outs"))
healthy("seq2seq, default", SEQ)
healthy("graph attention, default", GAT)
healthy("vit, default", VIT)
healthy("vit, zero head", VIT, init.zeros("head"), zeros=True)
healthy("capsules, default", CAPSULES)
healthy("vae, default", VAE)
healthy("routed experts, default", ROUTED)
healthy("state space, pace of 0.01", MAMBA, init.bias(-4.6, "pace"))
healthy("hypernetwork, half the code", HYPER, fit_scales(1.0, 0.5))
healthy("field, default", FIELD)
healthy("field, sines of 2", FIELD, HE, network=lambda: Field(2.0))
healthy("deep sets, default", SETS)
healthy("bidirectional lstm, default", BI)
healthy("lstm over pixels, forget 2", LONG, init.recurrent(1.0, forget=2.0))
healthy("two rnn layers, default", RNN2)
healthy("two gru layers, default", GRU2)
healthy("gmlp, default", GMLP)
healthy("gmlp, gates of weight zero and bias 1", GMLP, init.zeros("places"),
    init.bias(1.0, "places"), zeros=True)
healthy("perceiver, default", PERCEIVER)
healthy("two towers, default", TOWERS)
healthy("radial bumps, wider", RADIAL, network=lambda: Radial(14.0))
healthy("tied loop, glorot", TIED_LOOP, init.glorot("core"))
healthy("small steps, core of std 0.01", FLOW, HE, init.std(0.01, "core"))
healthy("linear attention, default", LINEAR_ATTENTION)
healthy("tanh autoencoder, glorot", NARROW, init.glorot())
healthy("mobile, zero gamma", MOBILE, init.normal(RELU),
    init.norms(0.0, *(f"{k}.branch.7" for k in (1, 2, 3))), zeros=True)
healthy("fnet, default", FOURIER)
healthy("bag of tokens, std 0.5", BAG, init.drawn("0.weight", 0.5))
healthy("fixup, last weights zero", FIXUP, HE, init.zeros(*(f"{k}.last" for k in range(2, 6))),
    zeros=True)
healthy("transformer without biases, std 0.1", BARE, init.gpt(1))
healthy("layer norms, default", NORMED)
healthy("spectral norm", base("spectral", "digits", deep(4, nn.ReLU), HE),
    network=lambda: spectral(deep(4, nn.ReLU)()))
healthy("frozen convolutions, trained norms and head", BATCHED, HE,
    init.frozen("0", "2", "5", "8", "11"))
healthy("regression with silu, default", REGRESSION)

sick("convnext, one branch times 1000", CONVNEXT, init.std(0.1), init.times(1000.0,
    "blocks.1.narrow"), causes="exploding_signal unscaled_residuals large_initial_loss wrong_scale "
    "exploding_gradient vanishing_gradient", layers="blocks.1")
sick("convnext, stem of std 1e-7 and no biases", CONVNEXT, init.std(0.1), init.std(1e-7, "stem"),
    causes="vanishing_signal inputs_indistinguishable wrong_scale", layers="stem")
sick("densenet, norm biases of -20", DENSENET, HE, *(init.fill(f"norms.{k}.bias", -20.0)
    for k in range(5)), causes="dead_units no_gradient inputs_indistinguishable",
    layers="norms convs")
sick("densenet, last norm of weight 0", DENSENET, HE, init.fill("norms.4.weight", 0.0),
    causes="vanishing_signal no_gradient never_initialized constant_weights dead_units "
    "inputs_indistinguishable", layers="norms.4")
sick("wavenet, gates of -20", WAVENET, UNIT, *(biased(f"convs.{k}.bias", 16, 32, -20.0)
    for k in range(3)), causes="vanishing_signal saturated_units vanishing_gradient "
    "inputs_indistinguishable no_gradient dead_units", layers="convs")
sick("wavenet, convolutions of std 5", WAVENET, UNIT, init.std(5.0, "convs"),
    causes="saturated_units exploding_signal vanishing_gradient chaotic wrong_scale "
    "exploding_gradient", layers="convs")
sick("seq2seq, a row of nan", SEQ, init.drawn("token.weight", 1.0), lambda m:
    m.decoder.weight_hh_l0.data[3].fill_(math.nan), causes="not_finite never_initialized",
    layers="decoder")
sick("seq2seq, embedding of std 100", SEQ, init.drawn("token.weight", 100.0),
    causes="saturated_units exploding_signal wrong_scale vanishing_gradient", layers="token")
sick("seq2seq, update gates of 20", SEQ, init.drawn("token.weight", 1.0), *(biased(
    f"{one}.bias_ih_l0", 24, 48, 20.0) for one in ("encoder", "decoder")),
    causes="saturated_units vanishing_signal vanishing_gradient inputs_indistinguishable",
    layers="encoder decoder")
sick("graph attention, maps of std 1e-3", GAT, init.glorot(), init.std(1e-3, "maps"),
    causes="vanishing_signal vanishing_gradient inputs_indistinguishable wrong_scale",
    layers="maps")
sick("graph attention, scores times 1000", GAT, init.glorot(), init.times(1000.0, "sources",
    "targets"), causes="sharp_attention wrong_scale", layers="sources targets")
sick("vit, queries and keys times 30", VIT, init.glorot("attention", "feeds", "head"),
    init.times(30.0, "attention.0.packed", "attention.1.packed"),
    causes="sharp_attention wrong_scale exploding_signal unscaled_residuals exploding_gradient",
    layers="attention")
sick("vit, every head the same", VIT, init.glorot("attention", "feeds", "head"), same_heads,
    causes="identical_units", layers="attention")
sick("vit, only the head's bias is trained", VIT, init.glorot("attention", "feeds", "head"),
    heads_only("head.bias"), causes="unreached_parameters no_gradient inputs_indistinguishable")
sick("vit, attention of zeros, twice", VIT, init.glorot("attention", "feeds",
    "head"), init.zeros("attention.0.out", "attention.1.out", "attention.0.packed",
    "attention.1.packed"), causes="no_gradient constant_weights inputs_indistinguishable",
    layers="attention")
sick("capsules of std 1e-3", CAPSULES, init.std(1e-3), causes="vanishing_signal "
    "vanishing_gradient inputs_indistinguishable wrong_scale", layers="stem primary")
sick("capsules, equal votes", CAPSULES, HE, init.fill("votes", 0.1),
    causes="identical_units constant_weights", layers="votes")
sick("vae, log variances of 20", VAE, HE, init.bias(20.0, "spread"),
    causes="large_initial_loss exploding_signal wrong_scale exploding_gradient saturated_units",
    layers="spread")
sick("vae, constant decoder", VAE, HE, init.constant(0.1, "decoder"),
    causes="identical_units constant_weights", layers="decoder")
sick("routed experts, all dead", ROUTED, HE, *(init.bias(-20.0, f"experts.{k}.0")
    for k in range(6)), causes="dead_units no_gradient inputs_indistinguishable", layers="experts")
sick("routed experts, router of std 100", ROUTED, HE, init.std(100.0, "router"),
    causes="saturated_units exploding_gradient wrong_scale exploding_signal sharp_attention",
    layers="router")
sick("state space that grows", MAMBA, lambda m: setattr(m, "sign", 0.5),
    causes="exploding_signal exploding_gradient large_initial_loss not_finite")
sick("state space without pace and direct path", MAMBA, init.bias(-25.0, "pace"),
    init.fill("direct", 0.0), causes="vanishing_signal vanishing_gradient saturated_units "
    "no_gradient inputs_indistinguishable", layers="pace direct")
sick("hypernetwork of unit weights", HYPER, init.std(1.0),
    causes="exploding_signal large_initial_loss wrong_scale", layers="first second")
sick("hypernetwork, zero code and biases", HYPER, init.fill("code", 0.0), init.bias(0.0),
    causes="no_gradient constant_weights inputs_indistinguishable identical_units vanishing_signal",
    layers="code first second")
sick("field of sigmoids", FIELD, network=lambda: Field(act=nn.Sigmoid),
    causes="vanishing_gradient inputs_indistinguishable vanishing_signal")
sick("field, swapped fans", FIELD, init.each(lambda layer: layer.weight.normal_(0, 3 * RELU /
    math.sqrt(layer.out_features)), ()), causes="exploding_signal large_initial_loss wrong_scale "
    "exploding_gradient")
sick("deep sets, positive weights and a sum", SETS, HE, positive, network=lambda:
    DeepSets("sum"), causes="inputs_indistinguishable exploding_signal large_initial_loss "
    "wrong_scale")
sick("lstm over pixels, output gates of -20", LONG, init.recurrent(1.0, forget=1.0),
    biased("layer.bias_ih_l0", 96, 128, -20.0), causes="vanishing_signal saturated_units "
    "vanishing_gradient inputs_indistinguishable", layers="layer")
sick("bidirectional lstm, inputs of std 1e-4", BI, init.recurrent(1.0), *(init.drawn(
    f"layer.weight_ih_l{k}{end}", 1e-4) for k in (0, 1) for end in ("", "_reverse")),
    causes="vanishing_signal vanishing_gradient inputs_indistinguishable wrong_scale",
    layers="layer")
sick("two rnn layers of gain 8", RNN2, init.recurrent(8.0),
    causes="chaotic saturated_units exploding_gradient", layers="layer")
sick("cell in a loop, gain 0.05", CELLS, lambda m: nn.init.orthogonal_(m.cell.weight_hh, 0.05),
    causes="vanishing_gradient vanishing_signal", layers="cell")
sick("cell in a loop, gain 6", CELLS, lambda m: nn.init.orthogonal_(m.cell.weight_hh, 6.0),
    causes="chaotic saturated_units exploding_gradient", layers="cell")
sick("two gru layers, candidates times 100", GRU2, init.recurrent(1.0), lambda m:
    m.layer.weight_ih_l0.data[64:].mul_(100.0), causes="saturated_units vanishing_gradient "
    "wrong_scale", layers="layer")
sick("gmlp without skips, gates zero", GMLP, init.zeros("places"), network=lambda:
    GatedMlp(residual=False), causes="no_gradient constant_weights inputs_indistinguishable "
    "vanishing_signal", layers="places")
sick("perceiver, equal latents", PERCEIVER, init.glorot("within", "feed", "rows"), lambda m:
    m.latents.data.copy_(m.latents.data[:1].expand_as(m.latents)), causes="identical_units",
    layers="latents")
sick("two towers, both detached", TOWERS, HE, init.std(1e-3, "left", "right"), network=lambda:
    Towers("left", "right"), causes="unreached_parameters no_gradient vanishing_signal",
    layers="left right")
sick("radial bumps, far too narrow", RADIAL, network=lambda: Radial(1.0),
    causes="no_gradient vanishing_signal vanishing_gradient inputs_indistinguishable dead_units",
    layers="reach centres")
sick("tied loop of gain 8", TIED_LOOP, init.orthogonal(8.0, "core"),
    causes="chaotic saturated_units exploding_gradient", layers="core")
sick("whole steps of gain 2", FLOW, HE, init.normal(2.5, "core"), network=lambda: Loop(12, nn.ReLU,
    1.0), causes="exploding_signal unscaled_residuals large_initial_loss exploding_gradient "
    "wrong_scale", layers="core")
sick("products, default", PRODUCTS, causes="vanishing_signal vanishing_gradient "
    "inputs_indistinguishable wrong_scale")
sick("tanh autoencoder of sigmoids", NARROW, network=lambda: mlp([64, 32, 16, 8, 16, 32, 64],
    nn.Sigmoid), causes="vanishing_gradient inputs_indistinguishable vanishing_signal")
sick("mobile, stem biases of -30 and small weights", MOBILE, init.normal(RELU), init.std(1e-3,
    "0"), init.bias(-30.0, "0"), causes="dead_units inputs_indistinguishable vanishing_signal "
    "wrong_scale", layers="0")
sick("bag of tokens, embedding of std 300", BAG, init.drawn("0.weight", 300.0),
    causes="large_initial_loss exploding_signal wrong_scale saturated_output", layers="0")
sick("transformer without norms, embedding of std 30", BARE_PLAIN, init.gpt(2),
    init.drawn("token.weight", 30.0), causes="exploding_signal large_initial_loss "
    "sharp_attention wrong_scale saturated_output", layers="token")
sick("transformer without biases, embedding of std 100", BARE, init.gpt(2),
    init.drawn("token.weight", 100.0), causes="exploding_signal unscaled_residuals wrong_scale "
    "vanishing_gradient", layers="token")
sick("layer norm after a constant layer", NORMED, HE, init.constant(0.1, "3"),
    causes="identical_units constant_weights inputs_indistinguishable dead_units "
    "vanishing_signal exploding_gradient no_gradient", layers="3")
sick("layer norm over one number", base("regression, one number", "table", lambda: mlp([8, 32, 1],
    nn.ReLU), HE), network=lambda: nn.Sequential(*mlp([8, 32, 1], nn.ReLU), nn.LayerNorm(1)),
    causes="inputs_indistinguishable no_gradient vanishing_gradient dead_output")
sick("cnn of positive weights", CNN8, HE, positive, causes="inputs_indistinguishable "
    "exploding_signal large_initial_loss wrong_scale")
sick("cnn, bias of -3 in every layer", CNN8, init.orthogonal(RELU), init.bias(-3.0),
    causes="dead_units no_gradient inputs_indistinguishable vanishing_signal")
sick("elu, 12 layers of std 0.02", ELU12, init.std(0.02), causes="vanishing_signal "
    "vanishing_gradient inputs_indistinguishable wrong_scale")
sick("elu, first layer times 1e4", ELU12, init.orthogonal(1.1), init.times(1e4, "0"),
    causes="exploding_signal large_initial_loss wrong_scale saturated_units", layers="0")
sick("regression, last bias of 1000", REGRESSION, HE, init.bias(1000.0, "6"),
    causes="large_initial_loss wrong_scale inputs_indistinguishable exploding_signal", layers="6")
sick("regression, biases of -40 in one layer", RECTIFIED, HE, init.bias(-40.0, "2"),
    causes="dead_units no_gradient inputs_indistinguishable", layers="2")
sick("batch norms, scales of 1e-5", BATCHED, HE, init.norms(1e-5), causes="vanishing_signal "
    "inputs_indistinguishable vanishing_gradient wrong_scale never_initialized")
# fmt: on
