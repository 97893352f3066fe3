"""A fifth set of models that initlab was never tuned on, most of them plain ones.

Tables, recommenders, series, images, molecules, players, sounds, words and melodies; the rest are
special. They were written down, with their causes and places, by somebody who had read neither
initlab's code nor how it decides, and before initlab or the truth had seen any of them.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

import inits as init
from cases import ModelSet
from networks import mlp
from problems import problem
from unseen import DEAD, GONE, HUGE, parts, weights
from unseen2 import drawn_parameters, of
from unseen3 import matrices
from unseen4 import RAW, fan_out, gates, named
from unseen5_networks import (
    DeepFm,
    Enlarger,
    Equilibrium,
    Fusion,
    GatedUNet,
    Gin,
    House,
    Listener,
    Melody,
    Operator,
    Player,
    Prototypes,
    Quantized,
    Restorer,
    RmsResidual,
    Sales,
    Styled,
    TextEncoder,
    TextGru,
    Values,
    WordNumbers,
    motions,
    own_layers,
    padded,
    shelf,
    vgg,
)
from unseen_networks import Scaled

RELU, HE = init.RELU, init.normal(init.RELU)
UNSEEN5 = ModelSet("unseen5")
sick, healthy, base = UNSEEN5.sick, UNSEEN5.healthy, UNSEEN5.base
EMPTY = f"constant_weights never_initialized identical_units vanishing_gradient {DEAD}"
CLOSED = f"saturated_units no_gradient {GONE}"


def arm(nonlinearity: Callable[[], nn.Module], depth: int = 6) -> Callable[[], nn.Module]:
    """Return a maker of a network from angles to a place, with ``depth`` linear layers."""
    return lambda: mlp([3, *[40] * (depth - 1), 2], nonlinearity)


def he_times_default(weight: Tensor) -> None:
    """Multiply He's std into weights as they are, in place of drawing with it."""
    weight.mul_(math.sqrt(2 / weight[0].numel()))


def product_of_fans(weight: Tensor) -> None:
    """Draw as Glorot does, with the product of both fans in place of their sum."""
    weight.normal_(0, math.sqrt(2 / weight.numel()))


def positive(weight: Tensor) -> None:
    """Draw a normal distribution that is cut at 0."""
    nn.init.trunc_normal_(weight, std=0.3, a=0.0, b=2.0)


def same_row(weight: Tensor) -> None:
    """Make every row the first one."""
    weight.copy_(weight[:1].expand_as(weight))


@torch.no_grad()
def at_the_stars(module: nn.Module) -> None:
    """Set the last biases to the mean stars of each book."""
    module.network[2].bias.copy_(problem("shelves").y.mean(0))


def one_block(module: nn.Module) -> None:
    """Make every layer a deep copy of the first one."""
    for k in range(1, len(module.layers)):
        module.layers[k] = copy.deepcopy(module.layers[0])


# fmt: off
PRICE = init.bias(12.4, "price")
HALF = of("embed.weight", lambda p: p.mul_(0.5))
STYLES = (init.times(0.3, "styles"), init.bias(1.0, "styles"))
XAVIER = matrices(nn.init.xavier_uniform_, "layer")
HOUSE = base("houses he", "houses", House, HE, init.times(0.3, "price"), PRICE,
    drawn_parameters(0.5, "district.weight", "kind.weight"))
ADVERTS = base("adverts of std 0.1", "adverts", DeepFm, HE, drawn_parameters(0.1, "vectors.weight",
    "linear.weight"))
SHELF = base("books", "shelves", shelf, init.normal(1.0), init.times(0.3, "network.2"),
    at_the_stars)
SALES = base("sales lstm", "sales", Sales, gates("lstm"), drawn_parameters(0.1, "first_h",
    "first_c"))
FUSION = base("fusion", "sales", Fusion)
MOTIONS = base("motions he", "activity", motions, HE)
VGG = base("vgg he", "colours", vgg, HE)
PADDED = base("padded resnet he", "colours", padded, HE)
CELLS = base("cells he", "cells", GatedUNet, HE)
DETAILS = base("details he", "details", Enlarger, HE, init.times(0.1, "tail"))
GIN = base("gin", "molecules", Gin, init.normal(0.6))
PLAYER = base("player he", "plays", Player, HE, init.times(0.1, "actor", "critic"))
VALUES = base("values he, scaled", "returns", Values, HE, init.times(0.3, "q"))
NOISY = base("noisy values he, scaled", "returns", lambda: Values(0.1), HE,
    init.times(0.3, "q.mean"))
LISTENER = base("listener", "phones", Listener, gates("gru"))
TEXT = base("headlines gru", "headlines", TextGru, gates("gru"), HALF)
ENCODER = base("headlines encoder", "headlines", TextEncoder, XAVIER, of("place.weight", lambda p:
    p.mul_(0.3)))
MELODY = base("melody", "notes", Melody, HALF)
TIED = base("melody, tied", "notes", lambda: Melody(tied=True), HALF)
ARM = base("arm relu he", "arm", arm(nn.ReLU), HE)
TANH = base("arm tanh glorot", "arm", arm(nn.Tanh), init.glorot())
SIGMOID = base("arm sigmoid orthogonal 4", "arm", arm(nn.Sigmoid, 4), init.orthogonal(4.0),
    init.times(0.25, "6"))
ELU = base("arm elu", "arm", arm(nn.ELU), init.normal(1.0))
OWN = base("own layers he", "arm", own_layers, HE)
QUANTIZED = base("codes he", "coded_digits", Quantized, HE, init.times(0.3, "encode.2"),
    init.drawn("book.weight", 0.3))
STYLED = base("styled he", "ring", Styled, HE, *STYLES)
OPERATOR = base("operator glorot", "heat", Operator, init.glorot(), init.times(0.3, "branch.2"))
EQUILIBRIUM = base("equilibrium", "digits", Equilibrium, init.glorot(), init.orthogonal(0.5,
    "core"))
TORN = base("torn glorot", "torn", Restorer, init.glorot())
RMS = base("rms residual", "digits", RmsResidual)
POINTS = base("points", "digits", Prototypes, HE)

# right, though some of it looks odd
healthy("houses, nothing but the last bias set", HOUSE, PRICE)
healthy("houses, districts and kinds of zero", HOUSE, HE, init.times(0.3, "price"), PRICE,
    init.fill("district.weight", 0.0), init.fill("kind.weight", 0.0), zeros=True)
healthy("houses, price layer zero but for its bias", HOUSE, init.zeros("price"), PRICE, zeros=True)
healthy("adverts, weights of codes zero, vectors of std 0.01", ADVERTS, drawn_parameters(0.01,
    "vectors.weight"), init.fill("linear.weight", 0.0), zeros=True)
healthy("books, last layer zero at the mean stars", SHELF, init.zeros("network.2"), at_the_stars,
    zeros=True)
healthy("sales, pytorch's lstm from a state of zero", SALES, zeros=True)
healthy("sales, identity over the four gates at once", SALES, of("lstm.weight_hh_l0",
    nn.init.eye_))
healthy("fusion, gates of -2", FUSION, init.bias(-2.0, "parts.0.gate", "parts.1.gate"))
healthy("fusion, nothing behind the gates yet", FUSION, init.zeros("parts.0.value",
    "parts.1.value"), zeros=True)
healthy("motions, biases of 20 before batch norms", MOTIONS, HE, init.bias(20.0, "conv1", "conv2"))
healthy("motions, classifier zero", MOTIONS, init.zeros("fc"), zeros=True)
healthy("vgg, glorot", VGG, init.glorot())
healthy("vgg, kaiming uniform, classifier zero", VGG, weights(lambda w: nn.init.kaiming_uniform_(w,
    nonlinearity="relu")), init.zeros("classifier"), zeros=True)
healthy("padded resnet, fan-out", PADDED, fan_out(RELU, "conv", "block"))
healthy("padded resnet, second gamma and classifier zero", PADDED, HE, init.norms(0.0,
    "block.bn2"), init.zeros("fc"), zeros=True)
healthy("cells, last bias at the share", CELLS, HE, init.times(0.1, "last"), init.bias(-1.2,
    "last"))
healthy("cells, gates and last layer zero", CELLS, HE, init.zeros("gate", "last"), zeros=True)
healthy("details, default", DETAILS)
healthy("details, tail zero", DETAILS, HE, init.zeros("tail"), zeros=True)
healthy("gin, readout zero", GIN, HE, init.zeros("readout"), zeros=True)
healthy("player, both heads zero", PLAYER, HE, init.zeros("actor", "critic"), zeros=True)
healthy("player, gains of ppo", PLAYER, init.orthogonal(RELU), init.orthogonal(0.01, "actor"),
    init.orthogonal(1.0, "critic"))
healthy("values, last bias at the mean return", VALUES, HE, init.times(10.0, "q"),
    init.bias(100.0, "q"), network=lambda: Values(scale=1.0))
healthy("noisy values, sizes of zero", NOISY, HE, network=lambda: Values(0.0), zeros=True)
healthy("listener, default", LISTENER)
healthy("listener, last layer zero", LISTENER, gates("gru"), init.zeros("phone"), zeros=True)
healthy("headlines, vectors of std 0.4, eight unknown words zero", TEXT, init.drawn("embed.weight",
    0.4), of("embed.weight", lambda p: p[::5].zero_()), zeros=True)
healthy("headlines encoder, default", ENCODER)
healthy("headlines encoder, both branches zero", ENCODER, init.zeros("layer.self_attn.out_proj",
    "layer.linear2"), zeros=True)
healthy("melody, last layer zero", MELODY, init.zeros("next"), zeros=True)
healthy("melody, tied, std 0.05", TIED, init.drawn("embed.weight", 0.05))
healthy("arm, tanhs with he's weights", TANH, HE)
healthy("arm, elus with he's weights", ELU, HE)
healthy("own layers, last layer zero", OWN, HE, init.zeros("6"), zeros=True)
healthy("codes from -1/64 to 1/64", QUANTIZED, HE, init.times(0.3, "encode.2"),
    of("book.weight", lambda p: p.uniform_(-1, 1).div_(64)))
healthy("styled, strengths of zero", STYLED, HE, *STYLES, init.fill("strength", 0.0), zeros=True)
healthy("operator, default", OPERATOR)
healthy("equilibrium, core zero", EQUILIBRIUM, init.glorot(), init.zeros("core"), zeros=True)
healthy("torn, token and places zero", TORN, init.fill("token", 0.0), init.fill("place", 0.0),
    zeros=True)
healthy("rms, scales of 2, branches zero", RMS, named("down.weight", lambda p: p.zero_()),
    *(init.fill(f"norms.{k}.weight", 2.0) for k in range(4)), zeros=True)
healthy("points at the origin", POINTS, HE, init.fill("points", 0.0), zeros=True)

# mistakes
sick("houses, log prices without their mean, default", HOUSE, causes="unscaled_targets "
    "large_initial_loss wrong_scale vanishing_signal")
sick("houses, columns in their own units", HOUSE, HE, PRICE, network=lambda: House(scaled=False),
    causes=f"{RAW} {HUGE}")
sick("adverts, tables as pytorch draws them", ADVERTS, causes=HUGE, layers="linear vectors")
sick("books, stars by a sigmoid", SHELF, network=lambda: shelf(nn.Sigmoid),
    causes="bounded_outputs saturated_output unscaled_targets large_initial_loss wrong_scale")
sick("sales, stamps in seconds", SALES, gates("lstm"), network=lambda: Sales(stamp=False),
    causes=f"{RAW} {HUGE}")
sick("sales, every bias of the lstm -8", SALES, gates("lstm"), init.fill("lstm.bias_ih_l0", -8.0),
    causes=f"constant_weights dead_units {CLOSED}", layers="lstm")
sick("fusion, a loop that sets norms to zero", FUSION, named("norm.weight", lambda p: p.zero_()),
    causes=EMPTY, layers="parts")
sick("motions, betas of -4", MOTIONS, HE, init.fill("bn1.bias", -4.0), init.fill("bn2.bias", -4.0),
    causes=f"vanishing_gradient {DEAD}", layers="bn1 bn2 relu1 relu2")
sick("motions, a checkpoint without all but the first layer, zero elsewhere", MOTIONS, HE,
    init.zeros("conv2", "fc"), causes=EMPTY, layers="conv2 bn2 fc")
sick("vgg, std 0.01", VGG, init.std(0.01), causes=f"never_initialized {GONE}")
sick("vgg, he's std times the default weights", VGG, weights(he_times_default),
    causes=f"never_initialized {GONE}")
sick("vgg, the gain of relu twice", VGG, init.normal(2.0), causes=HUGE)
sick("vgg, pixels of 0 to 1 with mean and std of 0 to 255", VGG, HE, network=lambda: vgg(
    scale=1 / 255), causes="unscaled_inputs identical_inputs inputs_indistinguishable "
    "wrong_scale vanishing_signal dead_units")
sick("padded resnet, classifier of std 30", PADDED, HE, init.std(30.0, "fc"), causes=HUGE,
    layers="fc")
sick("padded resnet, filters frozen as a constant", PADDED, init.constant(0.01, "conv", "block"),
    init.frozen("conv", "block.conv1", "block.conv2"), causes=f"unreached_parameters {EMPTY}",
    layers="conv block")
sick("cells, gates of -15", CELLS, HE, init.bias(-15.0, "gate"), causes=CLOSED, layers="gate")
sick("cells, decoder left at zero", CELLS, HE, init.zeros("up", "gate", "merge", "last"),
    causes=EMPTY, layers="up gate merge last")
sick("details, factors of 10 for 0.1", DETAILS, HE, network=lambda: Enlarger(10.0),
    causes=f"unscaled_residuals {HUGE}", layers="body")
sick("gin, numbers and masses of atoms as they are", GIN, init.normal(0.6), network=lambda:
    Gin(scaled=False), causes=f"{RAW} {HUGE}")
sick("gin, epsilons of 100", GIN, init.normal(0.6), init.fill("eps", 100.0), causes=HUGE,
    layers="eps parts")
sick("player, critic of std 10", PLAYER, HE, init.times(0.1, "actor"), init.std(10.0, "critic"),
    causes=HUGE, layers="critic")
sick("values, returns of 100, default", VALUES, network=lambda: Values(scale=1.0),
    causes="unscaled_targets large_initial_loss wrong_scale vanishing_signal")
sick("noisy values, sizes of 30", NOISY, HE, network=lambda: Values(30.0),
    causes=f"chaotic {HUGE}", layers="q")
sick("listener, decibels as they are", LISTENER, gates("gru"), network=lambda:
    Listener(scaled=False), causes=f"{RAW} {HUGE}")
sick("listener, update gates of 12", LISTENER, gates("gru"), parts("gru.bias_ih_l0", 20, 40, 12.0),
    causes=CLOSED, layers="gru")
sick("headlines, numbers of words for their vectors", TEXT, gates("gru"), network=WordNumbers,
    causes=f"unreached_parameters {RAW} {HUGE}")
sick("headlines, words of std 0.0001", TEXT, gates("gru"), init.drawn("embed.weight", 1e-4),
    causes=f"never_initialized {GONE}", layers="embed")
sick("headlines encoder, places of std 50", ENCODER, XAVIER, init.drawn("place.weight", 50.0),
    causes="unscaled_residuals exploding_signal inputs_indistinguishable sharp_attention "
    "wrong_scale vanishing_gradient", layers="place")
sick("melody, drawn with std 5 after it was tied", TIED, HALF, init.std(5.0, "next"),
    causes=f"unscaled_residuals saturated_units {HUGE}", layers="embed next")
sick("melody, gates of -10", MELODY, HALF, parts("convs.0.bias", 24, 48, -10.0),
    parts("convs.1.bias", 24, 48, -10.0), causes=CLOSED, layers="convs")
sick("arm, the product of both fans", ARM, weights(product_of_fans),
    causes=f"never_initialized {GONE}")
sick("arm, positive weights", ARM, weights(positive), causes=f"inputs_indistinguishable {HUGE}")
sick("arm, he's weights halved", ARM, init.normal(RELU / 2), causes=GONE)
sick("arm in degrees", ARM, HE, network=lambda: nn.Sequential(Scaled(180 / math.pi),
    *arm(nn.ReLU)()), causes=f"{RAW} {HUGE}")
sick("arm, tanhs of std 0.5", TANH, init.std(0.5), causes=f"saturated_units chaotic {HUGE}")
sick("arm, sigmoids with he's weights", SIGMOID, HE, causes=GONE)
sick("arm, elus with biases of -8", ELU, init.normal(1.0), init.bias(-8.0, "0", "2", "4", "6",
    "8"), causes=f"saturated_units vanishing_gradient {DEAD}", layers="0 1 2 3 4 5 6 7 8 9")
sick("own layers left at ones", OWN, HE, init.fill("2.w", 1.0), init.fill("4.w", 1.0),
    causes=f"constant_weights identical_units never_initialized inputs_indistinguishable {HUGE}",
    layers="2 4")
sick("codes of std 50", QUANTIZED, HE, init.times(0.3, "encode.2"),
    init.drawn("book.weight", 50.0), causes=HUGE, layers="book")
sick("codes that are all equal", QUANTIZED, HE, init.times(0.3, "encode.2"),
    of("book.weight", same_row), causes="identical_units constant_weights inputs_indistinguishable",
    layers="book")
sick("styled, styles around zero", STYLED, HE, init.std(0.02, "styles"), causes=GONE,
    layers="styles")
sick("operator, places in micrometres", OPERATOR, init.glorot(), network=lambda: Operator(1e6),
    causes=f"unscaled_inputs saturated_units vanishing_gradient {HUGE}", layers="trunk")
sick("equilibrium, core of gain 6", EQUILIBRIUM, init.glorot(), init.orthogonal(6.0, "core"),
    causes="saturated_units chaotic exploding_gradient vanishing_gradient wrong_scale",
    layers="core")
sick("torn, token of std 100", TORN, init.glorot(), init.drawn("token", 100.0), causes=HUGE,
    layers="token")
sick("rms, scales of zero, meant as offsets from 1", RMS, named("norm.weight", lambda p: p.zero_()),
    *(init.fill(f"norms.{k}.weight", 0.0) for k in range(4)), causes=EMPTY, layers="norms norm")
sick("rms, every layer a copy of the first", RMS, one_block, causes="cloned_layers identical_units",
    layers="layers")
sick("points, a temperature of 0.001", POINTS, HE, network=lambda: Prototypes(0.001), causes=HUGE)
# fmt: on
