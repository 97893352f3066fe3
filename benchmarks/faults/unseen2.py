"""A second set of models that initlab was never tuned on: other architectures, tasks and mistakes.

They were written down, with their causes and places, by somebody who had not read its code, and
before initlab or the truth had seen any of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

import inits as init
from cases import ModelSet
from networks import (
    Recurrent,
    Transformer,
    conv,
    deep,
    head,
    mlp,
    residual_mlp,
    weight_normed,
)
from problems import problem
from unseen import DEAD, GONE, HUGE, parts, trained, uniform, weights
from unseen2_networks import (
    Bert,
    Bumps,
    Contrast,
    Decaying,
    DeepFm,
    DeepNorm,
    DeepUNet,
    Diffuser,
    Equation,
    Flow,
    Growing,
    HubGraph,
    Kan,
    Llama,
    MeanAndSpread,
    Reservoir,
    RungeKutta,
    Rwkv,
    SoftCodes,
    Switch,
    TiedLstm,
    Translator,
    Verify,
    adapted,
    binarized,
    complex_mlp,
    equalized,
    fourier_operator,
    generator,
    highway,
    inception,
    linear_network,
    pixel_cnn,
    rescaled,
    standardized,
    tone_network,
    volume,
)
from unseen_networks import Scaled

RELU, HE = init.RELU, init.normal(init.RELU)
UNIT = init.normal(1.0)
UNSEEN2 = ModelSet("unseen2")
sick, healthy, base = UNSEEN2.sick, UNSEEN2.healthy, UNSEEN2.base


def every(change: Callable[[Tensor], object], begin: str = "") -> init.Init:
    """Return: something done to every parameter whose name begins so, biases and norms too."""

    @torch.no_grad()
    def do(module: nn.Module) -> None:
        for name, parameter in module.named_parameters():
            if name.startswith(begin):
                change(parameter)

    return do


def of(name: str, change: Callable[[Tensor], object]) -> init.Init:
    """Return: something done to one parameter."""

    @torch.no_grad()
    def do(module: nn.Module) -> None:
        change(module.get_parameter(name))

    return do


def transposed(*names: str) -> init.Init:
    """Return: square weights transposed, as a conversion between frameworks does it."""
    return init.each(lambda layer: layer.weight.copy_(layer.weight.T.clone()), names)


def one_over_fan_in(parameter: Tensor) -> None:
    """Set a weight, and a bias, to 1 / (its last axis)."""
    parameter.fill_(1 / parameter.shape[-1])


def student(weight: Tensor) -> None:
    """Draw from Student's distribution of 3 degrees of freedom, with He's variance."""
    drawn = torch.distributions.StudentT(3.0).sample(weight.shape)
    weight.copy_(drawn * RELU / math.sqrt(3 * weight.shape[1]))


def cauchy(weight: Tensor) -> None:
    """Draw from Cauchy's distribution, with He's std for its scale."""
    weight.cauchy_().mul_(RELU / math.sqrt(weight.shape[1]))


def circulant(weight: Tensor) -> None:
    """Make every row the first one, turned by one more place."""
    weight.copy_(torch.stack([weight[0].roll(k) for k in range(len(weight))]))


def hadamard(weight: Tensor) -> None:
    """Make a square weight orthogonal, of two values (Hadamard), for a ReLU."""
    core = torch.ones(1, 1)
    while len(core) < len(weight):
        core = torch.cat([torch.cat([core, core], 1), torch.cat([core, -core], 1)])
    weight.copy_(core * RELU / math.sqrt(len(weight)))


def blocks_of(count: int) -> init.Init:
    """Return: He's weights in blocks along the diagonal, of square layers; 0 elsewhere."""

    def draw(weight: Tensor) -> None:
        size = len(weight) // count
        blocks = torch.randn(count, size, size) * RELU / math.sqrt(size)
        weight.copy_(torch.block_diag(*blocks))

    return weights(draw, "2", "4", "6")


def unit_outputs(task: str) -> init.Init:
    """Return: orthogonal weights, each layer divided by the std of its outputs (LSUV)."""

    @torch.no_grad()
    def fit(module: nn.Module) -> None:
        x, _ = problem(task).batch(torch.arange(64))
        init.orthogonal(1.0)(module)
        for _, layer in list(init.chosen(module, ()))[:-1]:
            seen: list[Tensor] = []
            hook = layer.register_forward_hook(lambda _, __, out, seen=seen: seen.append(out))
            module(x)
            hook.remove()
            layer.weight.div_(seen[0].std())

    return fit


def tiled(first: str, second: str, kinds: int, *, readers: bool) -> init.Init:
    """Return: filters that repeat the first few; with ``readers``, what reads them repeats, too."""

    @torch.no_grad()
    def tile(module: nn.Module) -> None:
        one, two = module.get_submodule(first), module.get_submodule(second)
        times = len(one.weight) // kinds
        one.weight.copy_(torch.cat([one.weight[:kinds]] * times))
        if readers:
            two.weight.copy_(torch.cat([two.weight[:, :kinds] / times] * times, 1))

    return tile


def same_inputs(layer: nn.Module) -> None:
    """Give every input channel of a convolution the weights of the first one."""
    layer.weight.copy_(layer.weight[:, :1].expand_as(layer.weight))


def inflated(layer: nn.Module) -> None:
    """Repeat a filter of two dimensions along the third one, and divide (I3D)."""
    if isinstance(layer, nn.Conv3d):
        depth = layer.weight.shape[2]
        layer.weight.copy_(RELU / math.sqrt(3) * layer.weight[:, :, :1].expand_as(layer.weight))
        layer.weight.mul_(math.sqrt(3 / depth))


def cosines(weight: Tensor) -> None:
    """Set filters of 4 x 4 to the products of two cosines (DCT)."""
    at = torch.arange(4)
    waves = torch.cos(math.pi * (at + 0.5) * at[:, None] / 4)
    waves = waves / waves.norm(dim=1, keepdim=True)
    weight.copy_(torch.einsum("ax,by->abxy", waves, waves).reshape(16, 1, 4, 4))


def half_precision(name: str, factor: float) -> init.Init:
    """Return: a weight times a factor, after a stay in half precision."""
    return of(name, lambda weight: weight.copy_((factor * weight).half().float()))


def to_data(task: str) -> init.Init:
    """Return: centres at samples."""
    return of("centres", lambda one: one.copy_(problem(task).x[: len(one)]))


def few_channels(name: str, kept: int) -> init.Init:
    """Return: the first channels of a layer as they are, the others 0 with their biases."""

    @torch.no_grad()
    def cut(module: nn.Module) -> None:
        layer = module.get_submodule(name)
        layer.weight[kept:] = 0.0
        layer.bias[kept:] = 0.0

    return cut


def every_norm(gamma: float) -> init.Init:
    """Return: the scales of all norms set to a value."""

    def fill(module: nn.Module) -> None:
        for layer in module.modules():
            if isinstance(layer, (nn.LayerNorm, nn.RMSNorm)):
                nn.init.constant_(layer.weight, gamma)

    return fill


def frozen_but(*names: str) -> init.Init:
    """Return: only parameters whose name holds one of these texts are trained."""

    def freeze(module: nn.Module) -> None:
        for name, parameter in module.named_parameters():
            parameter.requires_grad_(any(one in name for one in names))

    return freeze


def bert(module: nn.Module) -> None:
    """Draw every matrix with std 0.02 and set biases to 0, as BERT does."""
    for name, parameter in module.named_parameters():
        if parameter.dim() > 1:
            nn.init.normal_(parameter, std=0.02)
        elif name.endswith("bias"):
            nn.init.zeros_(parameter)


def deep_norm(depth: int) -> init.Init:
    """Return: values, outputs and feed-forward layers of a decoder / (8 depth)^(1/4) (DeepNet)."""

    @torch.no_grad()
    def draw(module: nn.Module) -> None:
        beta = (8 * depth) ** -0.25
        init.glorot("attention", "feeds")(module)
        for one in module.attention:
            width = one.out.weight.shape[0]
            for part in one.packed.weight.split(width):
                nn.init.xavier_normal_(part)
            one.packed.weight[2 * width :].mul_(beta)
            one.out.weight.mul_(beta)
        init.times(beta, "feeds")(module)

    return draw


def small_queries(size: int) -> init.Init:
    """Return: queries / sqrt(size), for attention that does not divide its scores (T5)."""

    @torch.no_grad()
    def shrink(module: nn.Module) -> None:
        for block in module.blocks:
            block.attention.q.weight.div_(math.sqrt(size))

    return shrink


def drawn_parameters(scale: float, *ends: str) -> init.Init:
    """Return: normal parameters whose names end so."""

    def draw(module: nn.Module) -> None:
        for name, parameter in module.named_parameters():
            if name.endswith(ends):
                nn.init.normal_(parameter, std=scale)

    return draw


def normed_by_length() -> nn.Module:
    """Return layers of He's weights, each a length times a direction."""
    module = deep(5, nn.ReLU, 40)()
    HE(module)
    return weight_normed(module)


def antisymmetric(weight: Tensor) -> None:
    """Subtract a weight's transpose."""
    weight.copy_((weight - weight.T) / RELU)


# fmt: off
MLP5 = base("relu5 he", "digits", deep(5, nn.ReLU, 64), HE)
TONE_MLP = base("tones relu4 he", "tones", lambda: nn.Sequential(nn.Flatten(),
    *mlp([48, 64, 64, 64, 6], nn.ReLU)), HE)
LEAKY7 = base("leaky7 he", "digits", deep(7, nn.LeakyReLU, 56), HE)
RELU8 = base("relu8 orthogonal", "digits", deep(8, nn.ReLU, 48), init.orthogonal(RELU))
MISH5 = base("mish5 he", "digits", deep(5, nn.Mish, 48), HE)
TANH30 = base("tanh30 orthogonal", "digits", deep(30, nn.Tanh, 40), init.orthogonal(1.0))
SOFTSIGN = base("softsign10 orthogonal", "digits", deep(10, nn.Softsign, 40),
    init.orthogonal(1.3))
SOFTPLUS = base("softplus8, steep and centred", "digits", deep(8, nn.Softplus, 40),
    init.orthogonal(1.9))
HARD_TANH = base("hard tanh 6 glorot", "digits", deep(6, nn.Hardtanh, 40), init.glorot())
RELU6 = base("relu6 of 5 he", "digits", deep(5, nn.ReLU6, 48), HE)
LINEAR = base("linear12 orthogonal", "digits", linear_network, init.orthogonal(1.0))
HIGHWAY = base("highway16, bias -1", "digits", highway, HE, init.bias(-1.0, *(f"{k}.gate"
    for k in range(1, 17))))
PRELU = base("prelu12 orthogonal", "digits", deep(12, nn.PReLU, 40), init.orthogonal(1.37))
SPIRALS = base("spirals tanh4", "spirals", lambda: mlp([2, 24, 24, 24, 3], nn.Tanh),
    init.normal(1.5))
NARROW = base("spirals, width 6", "spirals", lambda: mlp([2, 6, 6, 6, 6, 3], nn.Tanh),
    init.orthogonal(1.5))
BUMPS = base("bumps at samples", "spirals", Bumps, to_data("spirals"))
LABELS = base("labels he", "labels", lambda: mlp([64, 40, 40, 4], nn.ELU), HE)
WIDE = base("2048 units he", "digits", lambda: mlp([64, 2048, 10], nn.ReLU), HE,
    init.times(0.5, "2"))
MACHINE = base("600 frozen units", "digits", lambda: mlp([64, 600, 10], nn.ReLU), HE,
    init.frozen("0"))
NORMED = base("weight norm he", "digits", normed_by_length)
TANH_NORM = base("tanh5 batch norm", "digits", deep(5, nn.Tanh, 40, norm=nn.BatchNorm1d),
    init.glorot())
SIGMOID_NORM = base("sigmoid5 batch norm", "digits", deep(5, nn.Sigmoid, 40,
    norm=nn.BatchNorm1d), HE)
GROUPED = base("group norm 5 he", "digits", deep(5, nn.ReLU, 40, norm=lambda width:
    nn.GroupNorm(4, width)), HE)
EQUALIZED = base("equalized, unit weights", "digits", equalized, init.std(1.0))
BINARY = base("binarized", "digits", binarized, init.std(0.3, "0", "3", "6"), init.glorot("9"))
COMPLEX = base("complex, unit gain", "digits", complex_mlp, UNIT)
RESCALED = base("rescaled, trained before", "digits", rescaled, HE, trained(40, 0.003),
    frozen_but("factor", "9", "6."))
ADAPTED = base("adapted, trained before", "digits", adapted, HE, trained(40, 0.003),
    frozen_but("branch", "9."))
SWITCH = base("switch he", "digits", Switch, HE, init.times(0.1, "router"))
KAN = base("kan", "digits", lambda: nn.Sequential(Kan(64, 24), Kan(24, 10)))
RUNGE = base("runge-kutta", "digits", RungeKutta, init.glorot())
CODES = base("soft codes", "reconstruct", SoftCodes, HE)
BLOCKS6 = base("6 blocks / sqrt(6), one kind", "digits", lambda: residual_mlp(6, 40,
    scale=1 / math.sqrt(6)), HE)
BLOCKS40 = base("40 blocks / sqrt(40)", "digits", lambda: residual_mlp(40, 24,
    scale=1 / math.sqrt(40)), HE)

QUANTILES = base("quantiles he", "quantiles", lambda: mlp([8, 40, 40, 3], nn.SiLU), HE)
LARGE = base("large he, outputs scaled", "large", lambda: mlp([8, 40, 40, 1], nn.SiLU), HE,
    init.times(1000.0, "4"))
COUNTS = base("counts he, small head", "counts", lambda: mlp([8, 32, 32, 1], nn.ReLU), HE,
    init.times(0.3, "4"))
SPREADS = base("mean and spread", "spreads", MeanAndSpread, HE, init.times(0.3, "mean", "spread"))
EQUATION = base("equation", "physics", Equation, init.glorot(), init.std(1.5, "network.0"),
    init.bias(0.0, "network.0", spread=1.0))
MIXED = base("factorization machine", "mixed", DeepFm, init.drawn("tables.0.weight", 0.3),
    init.drawn("tables.1.weight", 0.3), init.normal(RELU, "deep"))
FLOW = base("couplings", "density", Flow, HE, init.times(0.1, *(f"couplings.{k}.4"
    for k in range(6))))
DIFFUSER = base("diffuser he", "noise", Diffuser, HE)
OPERATOR = base("fourier operator", "smooth", fourier_operator)

INCEPTION = base("inception he", "images", inception, HE)
DEEP_UNET = base("u-net of two levels he", "denoise", DeepUNet, HE)
PIXELS = base("masked convolutions he", "binary", pixel_cnn, HE, init.times(0.5, "6"))
STANDARDIZED = base("standardized", "images", standardized)
GENERATOR = base("dcgan he", "reconstruct", generator, HE)
UNNORMED = base("dcgan without norms, he", "reconstruct", lambda: generator(norm=False), HE)
VOLUME = base("3-d he", "digits", volume, HE)
TONES = base("tones resnet", "tones", tone_network, HE)
TONES_BARE = base("tones resnet without norms", "tones", lambda: tone_network(norm=False), HE,
    init.times(0.5, *(f"{k}.branch.3" for k in range(1, 5))))
COSINES = base("cosines of 4 x 4", "images", lambda: nn.Sequential(nn.Conv2d(1, 16, 4, 2, 1),
    nn.ReLU(), conv(16, 16), nn.ReLU(), *head(16, 16)), HE)
CNN4 = base("cnn of 16 he", "images", lambda: nn.Sequential(nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(),
    conv(16, 16), nn.ReLU(), conv(16, 16), nn.ReLU(), *head(16, 16)), HE)
HUB = base("hub, normed", "rows", HubGraph, init.orthogonal(2.0, "layers"))
HUB6 = base("hub, 6 layers, normed", "rows", lambda: HubGraph(6),
    init.orthogonal(2.0, "layers"))

DECAYING = base("decaying", "pixels", Decaying, HE)
GROWING = base("growing", "pixels", Growing)
PROJECTED = base("projected lstm", "rows", lambda: Recurrent(nn.LSTM(8, 32, batch_first=True,
    proj_size=16), 16))
GRU3 = base("three grus", "rows", lambda: Recurrent(nn.GRU(8, 20, 3, batch_first=True), 20),
    init.recurrent(1.0))
TIED_LSTM = base("tied lstm", "previous", TiedLstm, init.drawn("token.weight", 0.3))
RESERVOIR = base("reservoir of radius 0.7", "rows", lambda: Reservoir(0.7))
RWKV = base("rwkv", "previous", Rwkv)
LLAMA = base("llama, std 0.1", "previous", Llama, drawn_parameters(0.1, "q.weight", "k.weight",
    "v.weight", "o.weight", "up.weight", "gate.weight", "down.weight", "head.weight"))
TRANSLATOR = base("translator", "backwards", Translator)
BERT = base("bert, glorot", "backwards", Bert, init.redrawn("layers"))
DEEP_NORM = base("deep norm", "previous", lambda: DeepNorm(skip=10 ** 0.25), deep_norm(5))
UNSCALED = base("one head of 32, small queries", "previous", lambda: Transformer(heads=1),
    init.gpt(2), init.times(2.0, "blocks"))
CONTRAST = base("contrast, factor 10", "views", Contrast, HE)
VERIFY = base("distances he", "pairs", Verify, HE)
BILINEAR = base("bilinear", "pairs", lambda: Verify(bilinear=True), HE)

# right, though some of it looks odd
healthy("a checkpoint", MLP5, HE, trained(50, 0.003))
healthy("a checkpoint, square weights transposed", MLP5, HE, trained(50, 0.003),
    transposed("0", "2", "4", "6"))
healthy("circulant weights", MLP5, HE, weights(circulant, "0", "2", "4", "6"))
healthy("hadamard weights", MLP5, HE, weights(hadamard, "0", "2", "4", "6"))
healthy("blocks along the diagonal", MLP5, HE, blocks_of(4))
healthy("student's weights", MLP5, HE, weights(student))
healthy("unit outputs by a batch", MLP5, unit_outputs("digits"))
healthy("log softmax before the cross-entropy", MLP5, HE, network=deep(5, nn.ReLU, 64,
    end=lambda: nn.LogSoftmax(-1)))
healthy("tones, default", TONE_MLP)
healthy("leaky relu, 7 layers, orthogonal", LEAKY7, init.orthogonal(RELU))
healthy("mish, 5 layers, default", MISH5)
healthy("tanh, 30 layers, glorot", TANH30, init.glorot())
healthy("tanh, 30 layers, identities", TANH30, init.orthogonal(1.0), weights(nn.init.eye_,
    *(f"{k}" for k in range(2, 57, 2))))
healthy("softsign, 10 layers, glorot", SOFTSIGN, init.glorot())
healthy("relu6, 5 layers, default", RELU6)
healthy("12 linear layers, identities", LINEAR, init.orthogonal(1.0), weights(nn.init.eye_,
    *(f"{k}" for k in range(2, 21, 2))))
healthy("highway16, bias -3", HIGHWAY, init.bias(-3.0, *(f"{k}.gate" for k in range(1, 17))))
healthy("prelu, slopes of 1", PRELU, init.orthogonal(1.0), network=deep(12,
    lambda: nn.PReLU(init=1.0), 40))
healthy("spirals, default", SPIRALS)
healthy("spirals, width 6, glorot", NARROW, init.glorot())
healthy("bumps around the origin", BUMPS)
healthy("labels, biases at their log odds", LABELS, HE, init.zeros("4"), init.fill("4.bias",
    torch.tensor([0.0, 0.0, -0.4, 0.0])), zeros=True)
healthy("2048 units, head zero", WIDE, HE, init.zeros("2"), zeros=True)
healthy("600 frozen units, default", MACHINE, init.frozen("0"))
healthy("weight norm of 5 layers, default", NORMED, network=lambda: weight_normed(deep(5, nn.ReLU,
    40)()))
healthy("sigmoid, batch norm, default", SIGMOID_NORM)
healthy("group norm, default", GROUPED)
healthy("binarized, latent weights of 0.01", BINARY, init.std(0.01, "0", "3", "6"))
healthy("complex, default", COMPLEX)
healthy("factors of 1 on frozen layers", RESCALED, HE, trained(60, 0.003), frozen_but("factor"))
healthy("adapters of zero on frozen layers", ADAPTED, HE, trained(40, 0.003), init.zeros(
    *(f"{k}.branch.2" for k in (2, 5, 8))), frozen_but("branch", "9."), zeros=True)
healthy("switch, router of zero", SWITCH, HE, init.zeros("router"), zeros=True)
healthy("kan, splines of zero", KAN, init.zeros("0.spline", "1.spline"), zeros=True)
healthy("runge-kutta, default", RUNGE)
healthy("runge-kutta, field of zero", RUNGE, init.glorot(), init.zeros("field.2"), zeros=True)
healthy("runge-kutta, antisymmetric", RUNGE, init.glorot(), weights(antisymmetric, "field.0",
    "field.2"))
healthy("soft codes, default", CODES)
healthy("one dead branch of six", BLOCKS6, HE, init.bias(-20.0, "3.branch.0"))
healthy("identities as branches", BLOCKS6, HE, weights(nn.init.eye_, *(f"{k}.branch.{j}"
    for k in range(1, 7) for j in (0, 2))))
healthy("40 blocks, last weights / 40", BLOCKS40, HE, init.times(1 / 40, *(f"{k}.branch.2"
    for k in range(1, 41))), network=lambda: residual_mlp(40, 24))

healthy("quantiles, default", QUANTILES)
healthy("quantiles, biases at the marginal ones", QUANTILES, HE, init.zeros("4"), init.fill(
    "4.bias", torch.tensor([-1.3, 0.0, 1.3])), zeros=True)
healthy("counts, head zero, bias at the log mean", COUNTS, HE, init.zeros("4"), zeros=True)
healthy("mean and spread, heads of zero", SPREADS, HE, init.zeros("mean", "spread"), zeros=True)
healthy("equation, default", EQUATION)
healthy("embeddings of std 0.05", MIXED, init.drawn("tables.0.weight", 0.05),
    init.drawn("tables.1.weight", 0.05))
healthy("couplings that begin as identities", FLOW, HE, init.zeros(*(f"couplings.{k}.4"
    for k in range(6))), zeros=True)
healthy("diffuser, zero head", DIFFUSER, HE, init.zeros("network.4"), zeros=True)
healthy("fourier operator, spectral weights / 10", OPERATOR, of("1.weight", lambda w:
    w.mul_(0.1)), of("3.weight", lambda w: w.mul_(0.1)))

healthy("inception, default", INCEPTION)
healthy("two-level u-net, bottom of zero", DEEP_UNET, HE, init.zeros("bottom"), zeros=True)
healthy("masked convolutions, default", PIXELS)
healthy("standardized filters, times 100", STANDARDIZED, init.times(100.0, "2", "5", "8"))
healthy("dcgan, std 0.02", GENERATOR, init.std(0.02))
healthy("filters inflated to 3-d", VOLUME, HE, init.each(inflated, ("1", "3")))
healthy("tones, zero gamma", TONES, HE, init.norms(0.0, *(f"{k}.branch.5" for k in range(1, 5))),
    zeros=True)
healthy("tones, last convolutions zero", TONES_BARE, HE, init.zeros(*(f"{k}.branch.3"
    for k in range(1, 5))), zeros=True)
healthy("frozen cosines as first filters", COSINES, HE, weights(cosines, "0"), init.frozen("0"))
healthy("filters tiled, readers drawn", CNN4, HE, tiled("0", "2", 8, readers=False))
healthy("filters equal over input channels", CNN4, HE, init.each(same_inputs, ("2",)))
healthy("hub, normed, default", HUB)

healthy("decays from 0.9 to 0.999", DECAYING, HE, network=lambda: Decaying(0.9, 0.999))
healthy("factors of 1: sums over time", GROWING, init.fill("factors", 1.0))
healthy("projected lstm, forget 1", PROJECTED, parts("layer.bias_ih_l0", 32, 64, 1.0))
healthy("three grus, resets closed", GRU3, init.recurrent(1.0), *(parts(f"layer.bias_ih_l{k}", 0,
    20, -10.0) for k in range(3)))
healthy("tied lstm, default but embeddings of 0.1", TIED_LSTM, init.drawn("token.weight", 0.1))
healthy("reservoir of radius 0.95", RESERVOIR, network=lambda: Reservoir(0.95))
healthy("rwkv, outputs of zero", RWKV, init.zeros(*(f"mixes.{k}.out" for k in (0, 1)),
    *(f"feeds.{k}.2" for k in (0, 1))), zeros=True)
healthy("llama, std 0.02", LLAMA, init.std(0.02), init.drawn("token.weight", 0.02))
healthy("llama, queries of zero", LLAMA, init.zeros("attention.0.q", "attention.1.q"), zeros=True)
healthy("translator, layer norms of 0.5", TRANSLATOR, every_norm(0.5))
healthy("bert, std 0.02", BERT, bert)
healthy("deep norm without its small weights", DEEP_NORM, init.glorot("feeds"))
healthy("scores not divided, queries small", UNSCALED, init.gpt(2), init.times(2.0, "blocks"),
    small_queries(32), network=lambda: Transformer(heads=1, scaled=False))
healthy("contrast, factor 1 / 0.07", CONTRAST, network=lambda: Contrast(1 / 0.07))
healthy("distances, default", VERIFY)
healthy("bilinear, identity", BILINEAR, HE, of("join.weight", lambda w: w.copy_(
    torch.eye(24)[None] / 5)))

# mistakes
sick("a checkpoint / 255", MLP5, HE, trained(50, 0.003), every(lambda p: p.div_(255.0)),
    causes=GONE)
sick("1 / fan_in in every parameter", MISH5, every(one_over_fan_in),
    causes="constant_weights identical_units inputs_indistinguishable vanishing_signal")
sick("half precision overflowed", TONE_MLP, HE, half_precision("3.weight", 1e6),
    causes="not_finite never_initialized", layers="3")
sick("uniform from -1 to 1, 7 layers", LEAKY7, uniform(-1.0, 1.0), causes=HUGE)
sick("cauchy weights", RELU8, weights(cauchy), causes=f"{HUGE} chaotic")
sick("glorot with a gain of 0.5, 30 tanh layers", TANH30, init.normal(0.5), causes=GONE)
sick("orthogonal times 3, 10 softsign layers", SOFTSIGN, init.orthogonal(6.0),
    causes="chaotic saturated_units exploding_gradient wrong_scale large_initial_loss")
sick("softplus, 8 layers, default", SOFTPLUS, causes=GONE)
sick("softplus, 8 layers, gain 2.8", SOFTPLUS, init.normal(2.8),
    causes=f"{HUGE} inputs_indistinguishable")
sick("hard tanh of std 3", HARD_TANH, init.std(3.0),
    causes=f"saturated_units no_gradient chaotic vanishing_gradient {HUGE}")
sick("relu6 with biases of 10", RELU6, HE, init.bias(10.0, "2"),
    causes="saturated_units no_gradient dead_units inputs_indistinguishable vanishing_gradient "
    "vanishing_signal", layers="2 3")
sick("12 linear layers, std 0.05", LINEAR, init.std(0.05), causes=GONE)
sick("12 linear layers, he times 2", LINEAR, init.normal(2 * RELU), causes=HUGE)
sick("highway16, gates open", HIGHWAY, init.std(0.05), init.bias(5.0, *(f"{k}.gate"
    for k in range(1, 17))), causes=f"saturated_units {GONE}")
sick("prelu, slopes of 4", PRELU, init.orthogonal(1.37), network=deep(12, lambda:
    nn.PReLU(init=4.0), 40), causes=HUGE)
sick("spirals, std 0.001", SPIRALS, init.std(0.001), causes=GONE)
sick("spirals, biases of 6 in the second layer", SPIRALS, init.normal(1.5), init.bias(6.0, "2"),
    causes="saturated_units vanishing_gradient inputs_indistinguishable vanishing_signal",
    layers="2 3")
sick("centres far from the data", BUMPS, of("centres", lambda one: one.normal_().add_(15.0)),
    causes="no_gradient dead_units vanishing_signal vanishing_gradient inputs_indistinguishable "
    "wrong_scale", layers="centres")
sick("sigmoid before bce with logits", LABELS, HE, network=lambda: mlp([64, 40, 40, 4], nn.ELU,
    end=nn.Sigmoid))
sick("sigmoid before bce with logits, biases of 12", LABELS, HE, init.bias(12.0, "4"),
    network=lambda: mlp([64, 40, 40, 4], nn.ELU, end=nn.Sigmoid),
    causes="saturated_output saturated_units vanishing_gradient", layers="4 5")
sick("weight norm, lengths of zero", NORMED, drawn_parameters(0.0, "original0"),
    causes=f"constant_weights never_initialized identical_units vanishing_gradient {DEAD}")
sick("batch norms of scale 50 before tanh", TANH_NORM, init.glorot(), init.norms(50.0),
    causes="saturated_units exploding_gradient chaotic wrong_scale", layers="1 4 7 10 2 5 8 11")
sick("a group for each unit", GROUPED, HE, network=deep(5, nn.ReLU, 40, norm=lambda width:
    nn.GroupNorm(width, width)), causes=DEAD, layers="1 4 7 10")
sick("equalized twice", EQUALIZED, HE, causes=GONE)
sick("equalized, weights of std 10", EQUALIZED, init.std(10.0), causes=HUGE)
sick("binarized, latent weights of 30", BINARY, init.std(30.0, "0", "3", "6"),
    causes="no_gradient saturated_units wrong_scale vanishing_gradient", layers="0 3 6")
sick("complex, both parts of std 1", COMPLEX, init.std(1.0), causes=HUGE)
sick("factors of zero on frozen layers", RESCALED, HE, trained(60, 0.003), drawn_parameters(0.0,
    "factor"), frozen_but("factor"),
    causes=f"constant_weights never_initialized {DEAD}", layers="0 2 4")
sick("adapters on a trunk of std 0.001", ADAPTED, init.std(0.001, "0", "3", "6"),
    frozen_but("branch", "9."), causes=f"never_initialized {GONE}", layers="0 3 6")
sick("switch, one expert for everything", SWITCH, HE, init.fill("router.bias", torch.tensor(
    [50.0, 0.0, 0.0, 0.0])), causes="unreached_parameters no_gradient dead_units saturated_units",
    layers="router experts")
sick("kan, splines of std 5", KAN, init.std(5.0, "0.spline", "1.spline"), causes=HUGE,
    layers="0.spline 1.spline")
sick("runge-kutta, field of gain 20", RUNGE, init.glorot(), init.normal(20.0, "field"),
    causes=f"saturated_units chaotic unscaled_residuals {HUGE}", layers="field")
sick("soft codes, choices times 1000", CODES, HE, init.times(1000.0, "choices"),
    causes="saturated_units no_gradient vanishing_gradient sharp_attention wrong_scale "
    "exploding_signal exploding_gradient", layers="choices")
sick("40 blocks of he", BLOCKS40, HE, network=lambda: residual_mlp(40, 24),
    causes=f"unscaled_residuals {HUGE}")

sick("quantiles times 1000", QUANTILES, HE, network=lambda: mlp([8, 40, 40, 3], nn.SiLU,
    end=lambda: Scaled(1000.0)), causes=HUGE)
sick("targets of size 1000, default", LARGE, causes="unscaled_targets wrong_scale "
    "vanishing_signal large_initial_loss")
sick("counts, head bias of 12", COUNTS, HE, init.bias(12.0, "4"),
    causes="large_initial_loss wrong_scale exploding_gradient exploding_signal", layers="4")
sick("counts, head times 30", COUNTS, HE, init.times(30.0, "4"),
    causes=f"not_finite {HUGE}", layers="4")
sick("log variances of -12", SPREADS, HE, init.bias(-12.0, "spread"),
    causes="large_initial_loss exploding_gradient wrong_scale exploding_signal", layers="spread")
sick("equation, tanh of std 3", EQUATION, init.std(3.0), causes=f"saturated_units chaotic {HUGE}")
sick("equation, relus with biases of -6", EQUATION, HE, init.bias(-6.0, "network.0"),
    network=lambda: Equation(act=nn.ReLU), causes=DEAD, layers="network.0 network.1")
sick("embeddings of std 20", MIXED, init.drawn("tables.0.weight", 20.0),
    init.drawn("tables.1.weight", 20.0), causes=HUGE, layers="tables")
sick("couplings of std 1", FLOW, init.std(1.0),
    causes=f"not_finite {HUGE}", layers="couplings")
sick("diffuser, raw step of 1000", DIFFUSER, HE, network=lambda: Diffuser(1000.0), causes=HUGE)
sick("fourier operator without 1 / width^2", OPERATOR, *(of(f"{k}.weight", lambda w:
    w.mul_(16.0**2)) for k in (1, 3)), causes=HUGE, layers="1 3")

sick("inception, 5 x 5 times 1000", INCEPTION, HE, init.times(1000.0, "2.five"),
    causes=HUGE, layers="2.five")
sick("glorot's gain of 0.02 in a u-net", DEEP_UNET, init.each(lambda layer:
    nn.init.xavier_normal_(layer.weight, 0.02), ()), causes=GONE)
sick("u-net, bottom times 10000", DEEP_UNET, HE, init.times(1e4, "bottom"), causes=HUGE,
    layers="bottom")
sick("masked convolutions, biases of -15", PIXELS, HE, init.bias(-15.0, "2"),
    causes=DEAD, layers="2 3")
sick("a mask of zeros", PIXELS, HE, lambda m: m.get_submodule("2").mask.zero_(),
    causes=DEAD, layers="2")
sick("dcgan's 0.02 without its norms", UNNORMED, init.std(0.02), causes=GONE)
sick("two of 16 channels loaded", CNN4, HE, few_channels("0", 2), few_channels("2", 2),
    few_channels("4", 2),
    causes="dead_units no_gradient constant_weights identical_units never_initialized",
    layers="0 2 4")
sick("filters tiled from one, readers too", CNN4, HE, tiled("0", "2", 1, readers=True),
    tiled("2", "4", 1, readers=True), tiled("4", "7", 1, readers=False),
    causes="identical_units", layers="0 2 4")
sick("3-d filters of std 1", VOLUME, init.std(1.0), causes=HUGE)
sick("tones, branches of std 1 without norms", TONES_BARE, init.std(1.0),
    causes=f"unscaled_residuals {HUGE}")
sick("hub, sums, 6 layers", HUB6, init.orthogonal(RELU), network=lambda: HubGraph(6,
    normed=False), causes=f"{HUGE} inputs_indistinguishable")

sick("decays of 0", DECAYING, HE, init.fill("decay", -20.0),
    causes="saturated_units vanishing_gradient vanishing_signal no_gradient "
    "inputs_indistinguishable", layers="decay")
sick("factors of 1.4", GROWING, init.fill("factors", 1.4), causes=HUGE, layers="factors")
sick("projected lstm, input gates of -10", PROJECTED, parts("layer.bias_ih_l0", 0, 32, -10.0),
    causes=f"saturated_units {GONE}", layers="layer")
sick("three grus, weights times 30", GRU3, init.recurrent(1.0), every(lambda p: p.mul_(30.0),
    "layer"),
    causes=f"saturated_units chaotic vanishing_gradient {HUGE}", layers="layer")
sick("tied lstm, embeddings of std 10", TIED_LSTM, init.drawn("token.weight", 10.0),
    causes=f"saturated_units vanishing_gradient {HUGE}", layers="token head")
sick("reservoir of radius 30", RESERVOIR, network=lambda: Reservoir(30.0),
    causes="chaotic saturated_units inputs_indistinguishable wrong_scale", layers="loop")
sick("rwkv, receptances of -15", RWKV, *(init.bias(-15.0, f"mixes.{k}.receptance")
    for k in (0, 1)), causes=f"saturated_units no_gradient {GONE}", layers="mixes")
sick("llama, weights of std 1", LLAMA, init.std(1.0), causes=f"sharp_attention chaotic {HUGE}")
sick("llama, queries and keys times 20", LLAMA, init.times(20.0, *(f"attention.{k}.{one}"
    for k in (0, 1) for one in "qk")), causes="sharp_attention wrong_scale chaotic "
    "exploding_gradient exploding_signal", layers="attention")
sick("translator, layer norms of 1e-4", TRANSLATOR, every_norm(1e-4),
    causes=f"never_initialized {GONE}", layers="core")
sick("bert, embeddings equal", BERT, init.redrawn("layers"), init.fill("token.weight", 0.02),
    init.fill("place.weight", 0.02), causes="constant_weights identical_units "
    "inputs_indistinguishable vanishing_signal", layers="token place")
sick("deep norm, feed-forward layers times 100", DEEP_NORM, deep_norm(5), init.times(100.0,
    "feeds"), causes=f"unscaled_residuals vanishing_gradient {HUGE}", layers="feeds")
sick("contrast, factor 10000", CONTRAST, HE, network=lambda: Contrast(1e4),
    causes=f"sharp_attention {HUGE}", layers="scale")
sick("contrast, one tower of zero", CONTRAST, HE, init.zeros("right.2", "right.4"),
    causes=f"not_finite constant_weights identical_units exploding_gradient {DEAD}",
    layers="right")
sick("distances, trunk of zero", VERIFY, HE, init.zeros("trunk"),
    causes=f"constant_weights identical_units {DEAD}", layers="trunk")
sick("bilinear of std 10", BILINEAR, HE, init.drawn("join.weight", 10.0), causes=HUGE,
    layers="join")
# fmt: on
