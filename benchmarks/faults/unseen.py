"""Models that initlab was never tuned on: mistakes that people make, and what is right but odd.

They were written down, with their causes and places, by somebody who had not read its code, and
before initlab or the truth had seen any of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune

import inits as init
from cases import ModelSet
from held_back_networks import Routed
from networks import (
    Encoder,
    Graph,
    LowRank,
    Modulated,
    Recurrent,
    Sine,
    Squeeze,
    Transformer,
    Two,
    UNet,
    conv,
    deep,
    head,
    mlp,
    plain_cnn,
    residual_mlp,
)
from problems import problem
from unseen_networks import (
    AttentionPool,
    Auxiliary,
    ClassToken,
    Controlled,
    Cosine,
    Cross,
    Factors,
    Forecast,
    Masked,
    Relative,
    Scaled,
    TextCnn,
    TiedAutoencoder,
    bottlenecks,
    crelu_cnn,
    frozen_norms,
    gated,
    lenet,
    skip_cnn,
    stem_and_mlp,
    upsampler,
)

RELU, HE = init.RELU, init.normal(init.RELU)
UNIT = init.normal(1.0)
UNSEEN = ModelSet("unseen")
sick, healthy, base = UNSEEN.sick, UNSEEN.healthy, UNSEEN.base


def weights(change: Callable[[Tensor], object], *names: str) -> init.Init:
    """Return: something done to weights, biases 0."""
    return init.each(lambda layer: change(layer.weight), names)


def uniform(low: float, high: float, *names: str) -> init.Init:
    """Return: uniform weights, biases 0."""
    return weights(lambda weight: weight.uniform_(low, high), *names)


def truncated(value: float) -> init.Init:
    """Return: PyTorch's truncated normal weights, cut at -2 and 2, biases 0."""
    return weights(lambda weight: nn.init.trunc_normal_(weight, std=value))


def parts(name: str, start: int, stop: int, value: float) -> init.Init:
    """Return: a part of a bias set to a value."""

    @torch.no_grad()
    def set_part(module: nn.Module) -> None:
        module.get_parameter(name)[start:stop] = value

    return set_part


def by_index(module: nn.Module) -> None:
    """Multiply the weights of every layer by its place in the network, from 1."""
    with torch.no_grad():
        for k, (_, layer) in enumerate(init.chosen(module, ())):
            layer.weight.mul_(k + 1)


def mirrored(first: str, second: str) -> init.Init:
    """Return: the second half of a layer's units minus the first half, read by equal weights."""

    @torch.no_grad()
    def mirror(module: nn.Module) -> None:
        one, two = module.get_submodule(first), module.get_submodule(second)
        half = one.weight.shape[0] // 2
        one.weight[half:] = -one.weight[:half]
        two.weight[:, half:] = two.weight[:, :half]

    return mirror


def widened(first: str, second: str, share: float, noise: float) -> init.Init:
    """Return: some units copied and their outgoing weights shared out (Net2Net), with noise."""

    @torch.no_grad()
    def widen(module: nn.Module) -> None:
        one, two = module.get_submodule(first), module.get_submodule(second)
        count = round(share * one.weight.shape[0])
        one.weight[-count:] = one.weight[:count] + noise * torch.randn_like(one.weight[:count])
        one.bias[-count:] = one.bias[:count]
        two.weight[:, :count] *= 0.5
        two.weight[:, -count:] = two.weight[:, :count]

    return widen


def pruned(share: float) -> init.Init:
    """Return: He's weights of which a share is held at 0 by PyTorch's pruning."""

    def cut(module: nn.Module) -> None:
        init.normal(RELU / math.sqrt(1 - share))(module)
        for _, layer in list(init.chosen(module, ()))[:-1]:
            prune.random_unstructured(layer, "weight", share)

    return cut


def ternary(weight: Tensor) -> None:
    """Draw -c, 0 and c with He's second moment."""
    weight.normal_()
    weight.copy_(weight.sign() * (weight.abs() > 0.7))
    weight.mul_(RELU / math.sqrt(weight[0].numel()) / weight.square().mean().sqrt())


def whole_numbers(weight: Tensor) -> None:
    """Round weights to the whole numbers of 8 bits, without the scale that belongs to them."""
    weight.copy_((weight * 127 / weight.abs().max()).round())


def delta_orthogonal(layer: nn.Module) -> None:
    """Draw convolutions that are orthogonal at their centre and 0 elsewhere."""
    if isinstance(layer, nn.Conv2d) and layer.in_channels > 1:
        centre = nn.init.orthogonal_(torch.empty(layer.weight.shape[:2]), RELU)
        layer.weight.zero_()[:, :, 1, 1] = centre


def one_seed(module: nn.Module) -> None:
    """Draw every layer by He from the same seed, as code does that seeds in a constructor."""
    for _, layer in init.chosen(module, ()):
        torch.manual_seed(0)
        nn.init.kaiming_normal_(layer.weight)


def trained(steps: int, rate: float, *fresh: str) -> init.Init:
    """Return: a checkpoint of the digits after some steps of Adam; ``fresh`` layers drawn anew."""

    def load(module: nn.Module) -> None:
        task = problem("digits")
        rule = torch.optim.Adam(module.parameters(), lr=rate)
        for _ in range(steps):
            x, y = task.batch(torch.randint(len(task.x), (64,)))
            rule.zero_grad()
            task.loss(module(x), y).backward()
            rule.step()
        rule.zero_grad()
        for name in fresh:
            module.get_submodule(name).reset_parameters()

    return load


def chrono(longest: int) -> init.Init:
    """Return: forget biases log(u) and input biases minus them (Tallec and Ollivier 2018)."""

    @torch.no_grad()
    def set_biases(module: nn.Module) -> None:
        bias = module.layer.bias_ih_l0
        width = len(bias) // 4
        forget = torch.empty(width).uniform_(1, longest - 1).log()
        bias[:width], bias[width : 2 * width] = -forget, forget

    return set_biases


def unit_rows(name: str) -> init.Init:
    """Return: rows of a parameter of length 1."""

    @torch.no_grad()
    def scale(module: nn.Module) -> None:
        weight = module.get_parameter(name)
        weight.copy_(nn.functional.normalize(weight, dim=-1))

    return scale


def no_biases(module: nn.Module) -> None:
    """Set the biases of users and items to 0."""
    for one in module.biases:
        nn.init.zeros_(one.weight)


def factors(scale: float) -> tuple[init.Init, ...]:
    """Return: users and items of this std."""
    names = ("users.weight", "items.weight")
    return (no_biases, *(init.drawn(name, scale) for name in names))


def spectral(module: nn.Module) -> nn.Module:
    """Return a module whose linear weights, but the last, have the largest singular value 1."""
    for _, layer in list(init.chosen(module, ()))[:-1]:
        parametrizations.spectral_norm(layer)
    return module


def weight_normed(module: nn.Module) -> nn.Module:
    """Return a module whose convolutions are a length times a direction."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            parametrizations.weight_norm(layer)
    return module


def wrong_sum(module: nn.Module) -> None:
    """Add neighbours instead of averaging them."""
    module.near.mul_(3.0)


def squeezed() -> nn.Module:
    """Return convolutions with gated channels."""
    return nn.Sequential(nn.Conv2d(1, 12, 3, 2, 1), nn.ReLU(), Squeeze(12), conv(12, 12), nn.ReLU(),
                         Squeeze(12), conv(12, 12), nn.ReLU(), Squeeze(12),
                         *head(12, 16))  # fmt: skip


def from_bytes() -> nn.Module:
    """Return a batch norm of the inputs and a small network."""
    return nn.Sequential(nn.BatchNorm1d(64), *mlp([64, 48, 48, 10], nn.ReLU))


def low_rank() -> nn.Module:
    """Return three frozen layers with trained ones of low rank."""
    return nn.Sequential(LowRank(64, 48, 6), nn.GELU(), LowRank(48, 48, 6), nn.GELU(),
                         LowRank(48, 10, 6))  # fmt: skip


# fmt: off
MLP5 = base("mlp5 he", "digits", deep(5, nn.ReLU, 64), HE)
WIDE = base("wide he", "digits", lambda: mlp([64, 256, 256, 10], nn.ReLU), HE)
DEEP16 = base("relu16 orthogonal", "digits", deep(16, nn.ReLU, 40), init.orthogonal(RELU))
LEAKY14 = base("leaky14 orthogonal", "digits", deep(14, lambda: nn.LeakyReLU(0.1), 40),
    init.orthogonal(RELU / math.sqrt(1.01)))
SELU16 = base("selu16 orthogonal", "digits", deep(16, nn.SELU, 40), init.orthogonal(1.0))
SILU12 = base("silu12 orthogonal", "digits", deep(12, nn.SiLU, 40), init.orthogonal(1.7))
GELU6 = base("gelu6 he", "digits", deep(6, nn.GELU, 48), HE)
TANH10 = base("table tanh10 orthogonal", "table", lambda: mlp([8, *[24] * 9, 1], nn.Tanh),
    init.orthogonal(1.0))
TANH5 = base("tanh5 glorot", "digits", deep(5, nn.Tanh, 40), init.glorot())
HARD6 = base("hard sigmoid 6 orthogonal", "digits", deep(6, nn.Hardsigmoid, 40),
    init.orthogonal(6.0))
DROP = base("dropout he", "digits", lambda: mlp([64, 128, 128, 10], nn.ReLU, dropout=0.2), HE)
RARE = base("rare he", "rare", lambda: mlp([64, 48, 48, 1], nn.ReLU), HE)
BYTES = base("bytes he, first layer / 100", "bytes", lambda: mlp([64, 48, 48, 10], nn.ReLU), HE,
    init.times(0.01, "0"))
NORMED_BYTES = base("normed bytes he", "bytes", from_bytes, HE)
FAINT = base("faint he, first layer times 255", "faint", lambda: mlp([64, 48, 48, 10], nn.ReLU), HE,
    init.times(255.0, "0"))
PRICES = base("prices he, outputs scaled", "prices", lambda: mlp([8, 40, 40, 1], nn.ReLU), HE,
    init.times(100.0, "4"), init.bias(300.0, "4"))
SHARES = base("shares he", "shares", lambda: mlp([64, 48, 64], nn.GELU, end=nn.Sigmoid), HE,
    init.times(0.5, "2"))
LAYERED = base("layer norm 8 he", "digits", deep(8, nn.ReLU, 40, norm=nn.LayerNorm), HE)
BATCHED = base("batch norm 6 he", "digits", deep(6, nn.ReLU, 48, norm=nn.BatchNorm1d), HE)
GATED = base("glu", "digits", gated, init.normal(2.0))
AUTO = base("autoencoder he", "reconstruct", lambda: mlp([64, 40, 12, 40, 64], nn.ReLU), HE)
TIED_AUTO = base("tied autoencoder", "reconstruct", TiedAutoencoder)
SPECTRAL = base("leaky3 he", "digits", lambda: mlp([64, 48, 48, 10], lambda: nn.LeakyReLU(0.2)), HE)
RESIDUAL16 = base("16 residual blocks / 4", "digits", lambda: residual_mlp(16, 40, scale=0.25), HE)
CROSS = base("cross he", "table", Cross, init.normal(0.5, "crosses"), init.normal(RELU, "deep"))
FACTORS = base("factors of std 0.5", "ratings", Factors, *factors(0.5))
COSINE = base("cosines times 10", "digits", Cosine, HE)
CONTROLLED = base("controlled, join drawn", "digits", Controlled, init.std(0.02, "join"))
AUXILIARY = base("auxiliary he", "digits", Auxiliary, init.normal(RELU, "trunk"))
LORA3 = base("lora of 3, both drawn", "digits", low_rank,
    init.std(0.1, "0.up", "2.up", "4.up"))
ADALN4 = base("adaln of 4, std 0.02", "digits", lambda: Modulated(4, 24),
    init.std(0.02, "modulations"), init.bias(0.3, "modulations"))
UPCYCLED = base("routed he", "digits", lambda: Routed(4), HE, init.times(0.1, "router"))
TWO = base("two heads he", "two", lambda: Two(40), init.normal(RELU, "trunk"))
GRAPH8 = base("graph of 8", "rows", lambda: Graph(8, 24), init.orthogonal(RELU))
GRAPH3 = base("graph of 3", "rows", lambda: Graph(3, 24), HE)
SIREN = base("siren of the plane", "plane", lambda: mlp([2, 40, 40, 1], lambda: Sine(10.0)),
    init.siren(10.0))

LENET = base("lenet he", "images", lenet, HE)
CNN16 = base("cnn16 orthogonal", "images", lambda: plain_cnn(15), init.orthogonal(RELU))
CNN5 = base("cnn5 he", "images", lambda: plain_cnn(4, 16), HE)
STEM = base("convolution and 15 linear layers", "images", stem_and_mlp, init.orthogonal(RELU))
DEPTHWISE = base("depthwise cnn7 he", "images", lambda: plain_cnn(6, groups=12), HE)
FROZEN = base("frozen norms he", "images", frozen_norms, HE)
BOTTLE = base("bottlenecks he", "images", bottlenecks, HE)
SKIP = base("skip cnn / sqrt(6)", "images", lambda: skip_cnn(scale=1 / math.sqrt(6)), HE)
CRELU = base("crelu cnn he", "images", crelu_cnn, init.normal(RELU))
SQUEEZED = base("squeezed he", "images", squeezed, HE)
UNET = base("u-net of 6", "denoise", lambda: UNet(6), HE)
UPSAMPLER = base("upsampler he", "reconstruct", upsampler, init.normal(1.1))

LSTM = base("lstm over pixels", "pixels", lambda: Recurrent(nn.LSTM(2, 24, batch_first=True), 24),
    init.recurrent(1.0, forget=1.0))
GRU = base("gru over pixels", "pixels", lambda: Recurrent(nn.GRU(2, 24, batch_first=True), 24),
    init.recurrent(1.0))
IRNN = base("irnn over pixels", "pixels", lambda: Recurrent(nn.RNN(2, 40, batch_first=True,
    nonlinearity="relu"), 40), init.recurrent(1.0, eye=True))
WAVES = base("rnn of waves", "forecast", lambda: Forecast(nn.RNN(1, 24, batch_first=True), 24),
    init.recurrent(1.0))
WAVES_LSTM = base("lstms of waves", "forecast", lambda: Forecast(nn.LSTM(1, 16, 2,
    batch_first=True), 16), init.recurrent(1.0, forget=1.0))
GPT3 = base("transformer of 3", "previous", lambda: Transformer(3, 24, 3), init.gpt(3))
MASKED = base("masked encoder", "previous", Masked)
ENCODER = base("encoder of 3", "rows", lambda: Encoder(3, 24, 3), init.redrawn("encoder"))
RELATIVE = base("relative positions", "rows", Relative)
TOKEN = base("class token", "images", ClassToken, init.glorot("attention", "feed"))
POOL = base("attention pool", "rows", AttentionPool, init.normal(RELU, "each"))
TEXT = base("text cnn", "most", TextCnn, init.drawn("token.weight", 1.0), HE)

# right, though some of it looks odd
healthy("identity weights", MLP5, HE, weights(nn.init.eye_, "0", "2", "4", "6"))
healthy("ternary weights", MLP5, HE, weights(ternary, "0", "2", "4", "6"))
healthy("weights on a grid of 1/16", MLP5, HE, weights(lambda w: w.copy_((16 * w).round() / 16)))
healthy("15 inputs to a unit", MLP5, HE, weights(lambda w: nn.init.sparse_(w, 1 - 15 / 64,
    RELU / math.sqrt(15)), "0", "2", "4", "6"))
healthy("every layer from one seed", MLP5, one_seed)
healthy("rows of length sqrt(2)", MLP5, weights(lambda w: w.normal_().mul_(RELU / w.norm(dim=1,
    keepdim=True))))
healthy("trained layers and a new head", MLP5, HE, trained(60, 0.003, "8"))
healthy("zero head of five layers", MLP5, HE, init.zeros("8"), zeros=True)
healthy("nine of ten weights pruned", WIDE, pruned(0.9))
healthy("head of std 1/width", WIDE, HE, init.std(1 / 256, "4"))
healthy("net2net with noise", WIDE, HE, widened("2", "4", 0.5, 0.02))
healthy("net2net, exact copies of a quarter", WIDE, HE, widened("2", "4", 0.25, 0.0))
healthy("two frozen random layers", base("wide he, frozen", "digits", lambda: mlp([64, 256, 256,
    10], nn.ReLU), HE, init.frozen("0", "2")), init.frozen("0", "2"))
healthy("relu, 16 layers, he", DEEP16, HE)
healthy("leaky relu, 14 layers, he", LEAKY14, init.normal(RELU / math.sqrt(1.01)))
healthy("selu, 16 layers, lecun", SELU16, UNIT)
healthy("table, tanh, 10 layers, glorot", TANH10, init.glorot())
healthy("dropout of a half", DROP, HE, network=lambda: mlp([64, 128, 128, 10], nn.ReLU,
    dropout=0.5))
healthy("rare class, bias at its share", RARE, init.bias(-2.2, "4"))
healthy("rare class, zero head with its share", RARE, HE, init.zeros("4"), init.bias(-2.2, "4"),
    zeros=True)
healthy("bytes before a batch norm", NORMED_BYTES)
healthy("prices, output bias at their mean", PRICES, HE, init.bias(300.0, "4"))
healthy("shares, default", SHARES)
healthy("layer norm, weights times 100", LAYERED, HE, init.times(100.0, *(f"{k}" for k in
    range(0, 21, 3))))
healthy("batch norm, weights times 100", BATCHED, HE, init.times(100.0, *(f"{k}" for k in
    range(0, 15, 3))))
healthy("batch norm, weights / 100", BATCHED, HE, init.times(0.01, *(f"{k}" for k in
    range(0, 15, 3))))
healthy("glu, default", GATED)
healthy("tied autoencoder, orthogonal", TIED_AUTO, lambda m: nn.init.orthogonal_(m.weight))
healthy("spectral norm but in the head", SPECTRAL, HE, network=lambda: spectral(mlp([64, 48, 48,
    10], lambda: nn.LeakyReLU(0.2))))
healthy("16 residual blocks, rezero", RESIDUAL16, HE, network=lambda: residual_mlp(16, 40,
    scale=0.0, trained=1), zeros=True)
healthy("16 residual blocks, pre-norm, weights of gain 2.5", base("16 residual blocks, pre-norm",
    "digits", lambda: residual_mlp(16, 40, norm=True), HE), init.normal(2.5))
healthy("crosses of zero", CROSS, init.normal(RELU, "deep"), init.zeros("crosses"), zeros=True)
healthy("factors of std 0.3", FACTORS, *factors(0.3))
healthy("cosines times 10, default", COSINE)
healthy("control by a copy and a join of zeros", CONTROLLED, zeros=True)
healthy("a second head that the loss does not use", AUXILIARY)
healthy("lora of 3, up zero", LORA3, zeros=True)
healthy("adaln-zero of 4", ADALN4, init.zeros("modulations"), zeros=True)
healthy("experts upcycled from one", UPCYCLED, HE, init.copies("experts.0", *(f"experts.{k}"
    for k in (1, 2, 3))))
healthy("two heads, small amount head", TWO, init.normal(RELU, "trunk"), init.std(0.001, "amount"))
healthy("graph of 3, default", GRAPH3)
healthy("siren of the plane, orthogonal", SIREN, init.siren(10.0), init.orthogonal(0.14, "2"))

healthy("lenet, default", LENET)
healthy("16 delta-orthogonal convolutions", CNN16, HE, init.each(delta_orthogonal, ()))
healthy("weight norm of convolutions", CNN5, network=lambda: weight_normed(plain_cnn(4, 16)))
healthy("biases of 0.1 in convolutions", CNN5, HE, init.bias(0.1, "0", "2", "4", "6", "8"))
healthy("frozen norms, default", FROZEN)
healthy("bottlenecks, zero gamma", BOTTLE, init.norms(0.0, *(f"{k}.branch.7" for k in (3, 5, 7,
    9))), zeros=True)
healthy("skipinit", SKIP, HE, network=lambda: skip_cnn(scale=0.0, trained=1), zeros=True)
healthy("last convolutions of branches zero", SKIP, HE, init.zeros(*(f"{k}.branch.3" for k in
    range(1, 7))), zeros=True)
healthy("crelu, orthogonal", CRELU, init.orthogonal(1.0))
healthy("squeezed, gates of zero", SQUEEZED, HE, init.zeros(*(f"{k}.gate.2" for k in (2, 5, 8))),
    zeros=True)
healthy("u-net, zero head", UNET, HE, init.zeros("head"), zeros=True)
healthy("upsampler, default", UPSAMPLER)

healthy("lstm, chrono", LSTM, init.recurrent(1.0), chrono(32))
healthy("gru over pixels, default", GRU)
healthy("irnn with small inputs", IRNN, init.recurrent(1.0, eye=True),
    init.drawn("layer.weight_ih_l0", 0.1))
healthy("rnn of waves, identity", WAVES, init.recurrent(0.95, eye=True))
healthy("lstms of waves, default", WAVES_LSTM)
healthy("transformer of 3, std 0.02", GPT3, init.gpt(3), init.times(0.2),
    init.drawn("token.weight", 0.02), init.drawn("place.weight", 0.02))
healthy("transformer of 3, weights of std 0.3", GPT3, init.gpt(3), init.times(3.0, "blocks"))
healthy("transformer of 3, queries of zero", GPT3, init.gpt(3), init.zeros(*(
    f"blocks.{k}.attention.q" for k in range(3))), zeros=True)
healthy("masked encoder of std 0.1", MASKED, init.std(0.1))
healthy("encoder of 3, places zero", ENCODER, init.redrawn("encoder"), init.fill("place", 0.0),
    zeros=True)
healthy("relative positions, layer scale 1e-4", RELATIVE, network=lambda: Relative(scale=1e-4))
healthy("class token of zero, default", TOKEN, zeros=True)
healthy("attention pool, scores of zero", POOL, init.zeros("scores.2"), zeros=True)
healthy("text cnn with a padding row", TEXT, network=lambda: TextCnn(padding=0), zeros=True)
healthy("text cnn, embeddings of length 1", TEXT, unit_rows("token.weight"))

# mistakes
GONE = "vanishing_signal vanishing_gradient inputs_indistinguishable wrong_scale"
HUGE = "exploding_signal large_initial_loss exploding_gradient wrong_scale saturated_output"
DEAD = "dead_units no_gradient inputs_indistinguishable vanishing_signal"
sick("truncated normal of std 0.02, 16 layers", DEEP16, truncated(0.02), causes=GONE)
sick("every bias 1, 16 layers", DEEP16, init.orthogonal(RELU), init.bias(1.0),
    causes=f"inputs_indistinguishable {HUGE}")
sick("gain of tanh, 16 relu layers", DEEP16, init.normal(5 / 3), causes=HUGE)
sick("glorot, 16 relu layers", DEEP16, init.glorot(), causes=GONE)
sick("weights times the layer's index", DEEP16, HE, by_index, causes=HUGE)
sick("variance passed as std", DEEP16, weights(lambda w: w.normal_(0, 2 / w.shape[1])), causes=GONE)
sick("second half of the layers left empty", DEEP16, HE, init.zeros(*(f"{k}" for k in range(16,
    31, 2))), causes=f"constant_weights never_initialized identical_units {DEAD}",
    layers="16 18 20 22 24 26 28 30")
sick("biases of -3 in every layer", DEEP16, init.orthogonal(RELU), init.bias(-3.0), causes=DEAD)
sick("uniform without sqrt(3), 14 layers", LEAKY14, weights(lambda w: w.uniform_(-1, 1).mul_(RELU /
    math.sqrt(w.shape[1]))), causes=GONE)
sick("he for 16 selu layers", SELU16, HE, causes=f"chaotic inputs_indistinguishable {HUGE}")
sick("0.01 randn, 10 tanh layers", TANH10, init.std(0.01), causes=GONE)
sick("biases of 2 in 10 tanh layers", TANH10, init.orthogonal(1.0), init.bias(2.0),
    causes="saturated_units vanishing_gradient inputs_indistinguishable vanishing_signal")
sick("silu, 12 layers, default", SILU12, causes=GONE)
sick("randn / fan_in", GELU6, weights(lambda w: w.normal_().div_(w.shape[1])), causes=GONE)
sick("hard sigmoid, 6 layers, default", HARD6, causes=GONE)
sick("weights from 0 to 1", MLP5, uniform(0.0, 1.0), causes=f"inputs_indistinguishable {HUGE}")
sick("truncated normal of its default std", MLP5, truncated(1.0), causes=HUGE)
sick("8-bit weights without their scale", MLP5, HE, weights(whole_numbers), causes=HUGE)
sick("sparse with its default std", MLP5, weights(lambda w: nn.init.sparse_(w, 0.9)), causes=GONE)
sick("first layer zero and frozen", MLP5, HE, init.zeros("0"), init.frozen("0"),
    causes=f"constant_weights identical_units unreached_parameters {DEAD}", layers="0")
sick("zeros for the weights, not the biases", MLP5, init.zeros("0", "2", "4", "6"),
    causes=f"constant_weights identical_units {DEAD}", layers="0 2 4 6")
sick("a checkpoint of a run that diverged", MLP5, HE, trained(10, 1.0),
    causes=f"not_finite {DEAD} {HUGE}")
sick("softmax before the cross-entropy", MLP5, HE, network=deep(5, nn.ReLU, 64,
    end=lambda: nn.Softmax(-1)))
sick("logits / 1000", MLP5, HE, network=deep(5, nn.ReLU, 64, end=lambda: Scaled(0.001)),
    causes=GONE)
sick("logits / 0.01", WIDE, HE, network=lambda: mlp([64, 256, 256, 10], nn.ReLU,
    end=lambda: Scaled(100.0)), causes=HUGE)
sick("all rows of two layers equal", TANH5, init.glorot(), init.same_rows("2"), init.same_rows("4"),
    causes="identical_units inputs_indistinguishable", layers="2 4")
sick("mirrored halves that cancel", TANH5, init.glorot(), mirrored("2", "4"),
    causes="identical_units vanishing_signal inputs_indistinguishable vanishing_gradient "
    "no_gradient", layers="2 4")
sick("dropout of 0.95", DROP, HE, network=lambda: mlp([64, 128, 128, 10], nn.ReLU, dropout=0.95))
sick("rare class, head times 300", RARE, HE, init.times(300.0, "4"), causes=HUGE, layers="4")
sick("rare class, head bias of 30", RARE, HE, init.bias(30.0, "4"),
    causes="large_initial_loss saturated_output wrong_scale", layers="4")
sick("bytes, not standardized", BYTES, HE, causes=f"unscaled_inputs {HUGE}")
sick("faint inputs, default", FAINT, causes=f"unscaled_inputs {GONE}")
sick("prices, default", PRICES, causes="unscaled_targets large_initial_loss wrong_scale "
    "vanishing_signal")
sick("sigmoid outputs at -20 and 20", SHARES, HE, init.fill("2.bias", torch.tensor([20.0, -20.0] *
    32)), causes="saturated_output saturated_units vanishing_gradient large_initial_loss",
    layers="2 3")
sick("layer norms of weight 0", LAYERED, HE, init.norms(0.0),
    causes=f"never_initialized constant_weights vanishing_gradient {DEAD}",
    layers="1 4 7 10 13 16 19")
sick("glu gates of -10", GATED, init.normal(2.0), *(parts(f"{k}.0.bias", 40, 80, -10.0)
    for k in range(3)), causes=f"saturated_units no_gradient {GONE}", layers="0 1 2")
sick("dead bottleneck", AUTO, HE, init.bias(-15.0, "2"), causes=DEAD, layers="2 3")
sick("tied autoencoder of std 1", TIED_AUTO, init.drawn("weight", 1.0), causes=HUGE,
    layers="weight")
sick("crosses of std 5", CROSS, init.std(5.0, "crosses"), causes=HUGE, layers="crosses")
sick("factors of zero", FACTORS, *factors(0.0),
    causes="no_gradient constant_weights identical_units inputs_indistinguishable "
    "never_initialized vanishing_signal", layers="users items")
sick("factors of std 10", FACTORS, *factors(10.0), causes=HUGE, layers="users items")
sick("constant factors", FACTORS, no_biases, init.fill("users.weight", 0.3),
    init.fill("items.weight", 0.3), causes="constant_weights identical_units "
    "inputs_indistinguishable", layers="users items")
sick("cosines times 0.05", COSINE, HE, network=lambda: Cosine(0.05), causes=GONE, layers="scale")
sick("length of features of zero", COSINE, HE, init.zeros("features.2"),
    network=lambda: Cosine(epsilon=0.0), causes="not_finite", layers="features.2")
sick("sums over a graph of 8", GRAPH8, init.orthogonal(RELU), wrong_sum, causes=HUGE)
sick("two heads, an amount of 300", TWO, init.normal(RELU, "trunk"), init.bias(300.0, "amount"),
    causes="large_initial_loss wrong_scale exploding_signal", layers="amount")
sick("sines without 1/10", SIREN, init.siren(1.0),
    causes="chaotic wrong_scale exploding_gradient saturated_units")

sick("lenet of blurs", LENET, HE, weights(lambda w: w.fill_(1 / w[0].numel()), "0", "3"),
    causes="identical_units constant_weights", layers="0 3")
sick("16 convolutions without norms, default", CNN16, causes=GONE)
sick("convolutions initialized, 15 linear layers not", STEM, init.normal(RELU, "0"), causes=GONE)
sick("depthwise by fan-out", DEPTHWISE, weights(lambda w: nn.init.kaiming_normal_(w,
    mode="fan_out")), causes=GONE)
sick("frozen norms of variance 1e-6", FROZEN, HE, network=lambda: frozen_norms(variance=1e-6),
    causes=HUGE, layers="3 6 9")
sick("6 branches times 2", SKIP, HE, network=lambda: skip_cnn(scale=2.0),
    causes=f"unscaled_residuals {HUGE}")
sick("squeezed, gates of -12", SQUEEZED, HE, init.bias(-12.0, *(f"{k}.gate.2" for k in (2, 5, 8))),
    causes=f"saturated_units no_gradient {GONE}", layers="2.gate 5.gate 8.gate")
sick("upsampler of weights from 0 to 1", UPSAMPLER, uniform(0.0, 1.0),
    causes=f"inputs_indistinguishable {HUGE}")

sick("lstm over pixels, forget -5", LSTM, init.recurrent(1.0, forget=-5.0),
    causes="vanishing_gradient vanishing_signal saturated_units inputs_indistinguishable",
    layers="layer")
sick("gru over pixels, recurrent weights times 4", GRU, init.recurrent(4.0),
    causes="chaotic saturated_units exploding_gradient wrong_scale", layers="layer")
sick("irnn, identity times 1.5", IRNN, init.recurrent(1.5, eye=True), causes=HUGE, layers="layer")
sick("rnn of waves, weights from 0 to 1", WAVES, lambda m: nn.init.uniform_(m.layer.weight_hh_l0),
    lambda m: nn.init.uniform_(m.layer.weight_ih_l0),
    causes="saturated_units vanishing_gradient inputs_indistinguishable wrong_scale chaotic "
    "exploding_gradient", layers="layer")
sick("places of std 10", GPT3, init.gpt(3), init.drawn("place.weight", 10.0),
    causes="inputs_indistinguishable wrong_scale sharp_attention vanishing_gradient "
    "exploding_signal vanishing_signal unscaled_residuals", layers="place")
sick("every norm of a transformer of weight 0", GPT3, init.gpt(3), init.norms(0.0),
    causes="no_gradient constant_weights never_initialized inputs_indistinguishable "
    "vanishing_signal vanishing_gradient", layers="norm blocks")
sick("inverted mask", MASKED, network=lambda: Masked(inverted=True), causes="not_finite")
sick("encoder of 3, queries and keys times 50", ENCODER, init.redrawn("encoder"), *(
    lambda m, k=k: m.encoder.layers[k].self_attn.in_proj_weight.data[:48].mul_(50.0)
    for k in range(3)), causes="sharp_attention wrong_scale exploding_gradient exploding_signal "
    "chaotic", layers="encoder.layers")
sick("attention pool, scores times 300", POOL, init.normal(RELU, "each"), init.times(300.0,
    "scores.2"), causes="sharp_attention wrong_scale exploding_signal exploding_gradient "
    "saturated_units", layers="scores")
sick("text cnn, one embedding times 10000", TEXT, init.drawn("token.weight", 1.0), HE,
    lambda m: m.token.weight.data[3].mul_(1e4), causes=HUGE, layers="token")
sick("text cnn, dead convolutions", TEXT, init.drawn("token.weight", 1.0), HE,
    lambda m: [nn.init.constant_(one.bias, -20.0) for one in m.convs], causes=DEAD,
    layers="convs")
# fmt: on
