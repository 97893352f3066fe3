"""A sixth set of models that initlab was never tuned on, most of them plain ones.

Tables, images, waves of a heart, sounds, rivers, names, tickets, orders, friends, flights; the rest
are special. They were written down, with their causes and places, by somebody who had read neither
initlab's code nor how it decides, and before initlab or the truth had seen any of them.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

import inits as init
from cases import ModelSet
from problems import problem
from unseen import DEAD, GONE, HUGE, truncated, uniform, weights
from unseen2 import drawn_parameters, of
from unseen3 import matrices
from unseen4 import RAW, gates, named
from unseen5 import CLOSED, EMPTY
from unseen6_networks import (
    Affine,
    AsciiNames,
    Bikes,
    Classed,
    Clip,
    Cloud,
    Critic,
    Friends,
    LogCosine,
    MinimalGru,
    Names,
    Orders,
    Picture,
    Reversible,
    River,
    Sessions,
    Shops,
    Tickets,
    WaveUNet,
    actor,
    compressed,
    driver,
    monotone,
    painter,
    patient,
    preact,
    sensors,
    sound,
    tumour,
)

RELU, HE = init.RELU, init.normal(init.RELU)
UNSEEN6 = ModelSet("unseen6")
sick, healthy, base = UNSEEN6.sick, UNSEEN6.healthy, UNSEEN6.base


def gelus() -> nn.Sequential:
    """Return eight layers with GELUs."""
    return sensors(nn.GELU, 8)


def leaky() -> nn.Sequential:
    """Return ten layers with leaky ReLUs."""
    return sensors(nn.LeakyReLU, 10, 0.1)


def tanhs() -> nn.Sequential:
    """Return eight layers with tanhs."""
    return sensors(nn.Tanh, 8)


@torch.no_grad()
def folded(module: nn.Module) -> None:
    """Divide the first weights by the stds of the inputs, which the scaler divides by, too."""
    module.network[0].weight.div_(module.scaler.std)


@torch.no_grad()
def vectors_zero(module: nn.Module) -> None:
    """Set every parameter of one axis to zero, meant for biases."""
    for parameter in module.parameters():
        if parameter.dim() == 1:
            parameter.zero_()


@torch.no_grad()
def everything(module: nn.Module, value: float) -> None:
    """Set every parameter to one value."""
    for parameter in module.parameters():
        parameter.fill_(value)


def own_numbers(weight: Tensor) -> None:
    """Fill every row with its own number."""
    weight.copy_(torch.arange(len(weight))[:, None].expand_as(weight))


def circle(weight: Tensor) -> None:
    """Begin rows as points of a circle; other columns zero."""
    turn = torch.arange(24) * math.pi / 12
    weight.zero_()
    weight[:, :2] = torch.stack([turn.sin(), turn.cos()], 1)


def eight_bits(weight: Tensor) -> None:
    """Leave weights as whole numbers from -127 to 127, without the scale that belongs to them."""
    weight.copy_((weight / weight.abs().max() * 127).round())


def of_pytorch(weight: Tensor) -> None:
    """Draw with the slope that PyTorch's own layers pass."""
    nn.init.kaiming_uniform_(weight, a=math.sqrt(5))


def shrinking(weight: Tensor) -> None:
    """Draw logarithms of weights around one over the number of inputs."""
    weight.normal_(-math.log(weight.shape[1]), 0.5)


def at_the_shares(bias: Tensor) -> None:
    """Set biases to the logarithms of how many there are of each class."""
    bias.copy_(torch.bincount(problem("heart").y.flatten()).log())
    bias.sub_(bias.mean())


def three_thousandths(weight: Tensor) -> None:
    """Draw from -0.003 to 0.003."""
    weight.uniform_(-0.003, 0.003)


# fmt: off
TABLES = drawn_parameters(0.5, "hour.weight", "day.weight")
RIDES = (init.times(0.3, "rides"), init.bias(4.6, "rides"))
HALF = (init.glorot(), init.times(0.5))
CODES = init.times(0.3, "mean", "spread")
VECTORS = drawn_parameters(0.3, "buyer.weight", "thing.weight", "buyer2.weight", "thing2.weight")
GOODS_HALF = of("embed.weight", lambda p: p.mul_(0.5))
IDENTITY = init.fill("matrix.bias", torch.eye(3).flatten())
TURNED = (init.times(0.3, "head.2"), init.std(0.01, "matrix"), IDENTITY)
TICKET = (of("word.weight", lambda p: p.mul_(0.5)), of("place.weight", lambda p: p.mul_(0.1)))
TUMOURS = base("tumours he", "tumours", tumour, HE, init.times(0.5, "network.4"))
BIKES = base("bikes he", "bikes", Bikes, HE, *RIDES, TABLES)
PREACT = base("preact he", "shapes", preact, HE, init.times(0.3, "fc"))
HEART = base("heart he", "heart", WaveUNet, HE, init.times(0.3, "last"))
PAINTER = base("painter", "edges", painter, HE, init.times(0.3, "6"))
CLASSED = base("classed he", "classed", Classed, HE, CODES)
FRIENDS = base("friends glorot / 2", "friends", Friends, *HALF)
ORDERS = base("orders he", "orders", Orders, HE, VECTORS)
SESSIONS = base("sessions", "sessions", Sessions, gates("gru"), GOODS_HALF)
SOUND = base("sound he", "commands", sound, HE, init.times(0.3, "fc"))
RIVER = base("river lstm", "river", River, gates("lstm"))
NAMES = base("names", "names", Names, gates("rnn"))
TICKETS = base("tickets", "tickets", Tickets, *TICKET)
STEERING = base("driver", "steering", driver, init.normal(1.0), init.times(0.3, "fc2"))
CRITIC = base("critic he", "flight", Critic, HE, init.times(0.3, "q"))
ACTOR = base("actor he", "thrust", actor, HE, init.times(0.1, "action"))
CLOUD = base("cloud he", "cloud", Cloud, HE, *TURNED)
PULSES = base("pulses", "pulses", compressed, init.normal(1.0))
GELU8 = base("gas gelu orthogonal 1.5", "gas", gelus, init.orthogonal(1.5), init.times(0.3, "14"))
LEAKY10 = base("gas leaky orthogonal", "gas", leaky, init.orthogonal(1.4), init.times(0.3, "18"))
TANH8 = base("gas tanh glorot", "gas", tanhs, init.glorot())
SHOPS = base("shops he", "shops", Shops, HE, drawn_parameters(0.5, "shopper.weight",
    "thing.weight"), init.times(0.3, "gates"))
PICTURE = base("picture he", "picture", Picture, HE, init.times(0.3, "colour"))
PATIENT = base("patient lecun", "survival", patient, init.normal(1.0), init.times(0.3,
    "network.4"))
DOSES = base("doses", "doses", monotone, weights(shrinking))
COSINES = base("cosines of e^2.3", "digits", LogCosine, HE)
MINIMAL = base("minimal gru", "sessions", MinimalGru, init.glorot(), GOODS_HALF)
TIDES = base("tides he", "tides", Reversible, HE, init.times(0.3, "layers.4"))

# right, though some of it looks odd
healthy("tumours, default", TUMOURS)
healthy("tumours, last layer zero", TUMOURS, HE, init.zeros("network.4"), zeros=True)
healthy("bikes, nothing but the last bias set", BIKES, init.bias(4.6, "rides"))
healthy("bikes, hours as points of a circle", BIKES, HE, *RIDES, TABLES, of("hour.weight", circle),
    zeros=True)
healthy("shapes, second convolution zero", PREACT, HE, init.times(0.3, "fc"),
    init.zeros("block.conv2"), zeros=True)
healthy("shapes, scales of norms around 1, std 0.02", PREACT, HE, init.std(0.01, "fc"),
    *(init.drawn(f"{name}.weight", 0.02, 1.0) for name in ("block.norm1", "block.norm2", "norm")))
healthy("heart, default", HEART)
healthy("heart, last layer zero at the log shares", HEART, HE, init.zeros("last"),
    of("last.bias", at_the_shares), zeros=True)
healthy("painter, last layer zero", PAINTER, HE, init.zeros("6"), zeros=True)
healthy("painter, biases of 30 before batch norms", PAINTER, HE, init.times(0.3, "6"),
    init.bias(30.0, "0", "3"))
healthy("classed digits, default", CLASSED)
healthy("classed digits, mean and log variance zero", CLASSED, HE, init.zeros("mean", "spread"),
    zeros=True)
healthy("classed digits, log variances of -4", CLASSED, HE, CODES, init.bias(-4.0, "spread"))
healthy("friends, default", FRIENDS)
healthy("friends, neighbours not heard yet", FRIENDS, *HALF, init.zeros("near1", "near2"),
    zeros=True)
healthy("orders, tables as pytorch draws them", ORDERS, HE)
healthy("orders, last layer zero", ORDERS, HE, VECTORS, init.zeros("last"), zeros=True)
healthy("sessions, a one for each thing", SESSIONS, gates("gru"), of("embed.weight", nn.init.eye_),
    zeros=True)
healthy("sessions, last layer zero", SESSIONS, gates("gru"), GOODS_HALF, init.zeros("next"),
    zeros=True)
healthy("commands, glorot", SOUND, init.glorot())
healthy("commands, last layer zero", SOUND, HE, init.zeros("fc"), zeros=True)
healthy("river, default", RIVER)
healthy("river, last layer zero", RIVER, gates("lstm"), init.zeros("level"), zeros=True)
healthy("names, default", NAMES)
healthy("names, recurrent weights as an identity", NAMES, gates("rnn"),
    of("rnn.weight_hh_l0", nn.init.eye_))
healthy("tickets, norms of 0.5, last layer zero", TICKETS, *TICKET, init.norms(0.5),
    init.zeros("office"), zeros=True)
healthy("tickets, glorot over queries, keys and values at once", TICKETS, *TICKET,
    init.glorot("layer"))
healthy("steering, default", STEERING)
healthy("steering, last layer zero", STEERING, init.normal(1.0), init.zeros("fc2"), zeros=True)
healthy("critic, bounds 1 / sqrt(inputs), the last ones 0.003", CRITIC,
    weights(three_thousandths, "q"))
healthy("actor, bounds 1 / sqrt(inputs), the last ones 0.003", ACTOR,
    weights(three_thousandths, "action"))
healthy("actor, last layer zero", ACTOR, HE, init.zeros("action"), zeros=True)
healthy("cloud, nothing turned yet", CLOUD, HE, *TURNED, init.zeros("matrix"), IDENTITY,
    zeros=True)
healthy("pulses, default", PULSES)
healthy("pulses, last layer zero", PULSES, init.normal(1.0), init.zeros("6"), zeros=True)
healthy("gas, 8 gelus with he's weights", GELU8, HE)
healthy("gas, 10 leaky relus, last layer zero", LEAKY10, init.orthogonal(1.4), init.zeros("18"),
    zeros=True)
healthy("gas, 8 tanhs with weights of lecun", TANH8, init.normal(1.0))
healthy("shops, default", SHOPS)
healthy("shops, gates zero", SHOPS, HE, drawn_parameters(0.5, "shopper.weight", "thing.weight"),
    init.zeros("gates"), zeros=True)
healthy("picture, glorot", PICTURE, init.glorot())
healthy("picture, colours zero", PICTURE, HE, init.zeros("colour"), zeros=True)
healthy("patients, default", PATIENT)
healthy("patients, risk zero", PATIENT, init.normal(1.0), init.zeros("network.4"), zeros=True)
healthy("doses, logarithms of a wider spread", DOSES, weights(lambda w: w.normal_(
    -math.log(w.shape[1]), 1.0)))
healthy("cosines, a logarithm of 3.4 as their scale", COSINES, HE, init.fill("log_scale", 3.4))
healthy("minimal gru, gates of 1", MINIMAL, init.glorot(), GOODS_HALF, init.bias(1.0, "gate"))
healthy("tides, last layer zero", TIDES, HE, init.zeros("layers.4"), zeros=True)

# mistakes
sick("tumours, columns as they are in the file", TUMOURS, HE, network=lambda: tumour(scaled=False),
    causes=f"{RAW} {HUGE}")
sick("tumours, randn for weights and biases", TUMOURS, drawn_parameters(1.0, "weight", "bias"),
    causes=HUGE)
sick("tumours, scaled by the first weights as well", TUMOURS, HE, folded,
    causes=f"unscaled_inputs inputs_indistinguishable {HUGE}", layers="network.0")
sick("bikes, tables frozen that were never loaded", BIKES, HE, *RIDES,
    init.fill("hour.weight", 0.0), init.fill("day.weight", 0.0), init.frozen("hour", "day"),
    causes=f"unreached_parameters {EMPTY}", layers="hour day")
sick("bikes, glorot with a gain of 0.01", BIKES, weights(lambda w: nn.init.xavier_uniform_(w,
    0.01)), init.bias(4.6, "rides"), TABLES, causes=f"never_initialized unscaled_targets {GONE}")
sick("shapes, zeros for every parameter of one axis, the norms' too", PREACT, HE, vectors_zero,
    causes=EMPTY, layers="block.norm1 block.norm2 norm")
sick("shapes, bytes clipped to 0 and 1", PREACT, HE, init.times(0.3, "fc"),
    network=lambda: preact(Clip()), causes="unscaled_inputs identical_inputs "
    "inputs_indistinguishable vanishing_signal")
sick("shapes, head zero and frozen in place of the trunk", PREACT, HE, init.zeros("fc"),
    init.frozen("fc"), causes=f"unreached_parameters wrong_scale {EMPTY}", layers="fc")
sick("heart, volts for millivolts", HEART, HE, init.times(0.3, "last"), network=lambda:
    WaveUNet(0.001), causes=f"unscaled_inputs identical_inputs {GONE}")
sick("heart, normal weights without a std", HEART, init.std(1.0), causes=HUGE)
sick("heart, a checkpoint without the way down, zero there", HEART, HE, init.times(0.3, "last"),
    init.zeros("down1", "down2"), causes=EMPTY, layers="down1 down2")
sick("painter, ones in every layer", PAINTER, init.constant(1.0),
    causes=f"constant_weights identical_units never_initialized saturated_units bounded_outputs "
    f"vanishing_gradient {HUGE}")
sick("painter, last layer of std 2 for 0.02", PAINTER, HE, init.std(2.0, "6"),
    causes=f"saturated_units bounded_outputs vanishing_gradient {HUGE}", layers="6 7")
sick("classed digits, mean and log variance of std 3", CLASSED, HE, init.std(3.0, "mean", "spread"),
    causes=f"not_finite chaotic {HUGE}", layers="mean spread")
sick("friends, the prior of a link in every bias", FRIENDS, *HALF, init.bias(-5.0),
    init.fill("prior", -5.0), causes=f"vanishing_gradient {DEAD} {HUGE}")
sick("friends, sums of neighbours", FRIENDS, *HALF, network=lambda: Friends(mean=False),
    causes=f"inputs_indistinguishable {HUGE}")
sick("orders, zero to be neutral, tables and layers", ORDERS, init.zeros(), named("weight",
    lambda p: p.zero_()), causes=EMPTY)
sick("orders, tables filled with their own numbers", ORDERS, HE, *(of(f"{name}.weight",
    own_numbers) for name in ("buyer", "thing", "buyer2", "thing2")),
    causes=f"constant_weights identical_units {RAW} {HUGE}", layers="buyer thing buyer2 thing2")
sick("sessions, a first state of std 50", SESSIONS, gates("gru"), GOODS_HALF, init.drawn("first",
    50.0), causes=f"saturated_units inputs_indistinguishable vanishing_gradient {HUGE}",
    layers="first gru")
sick("sessions, vectors in eight bits without their scale", SESSIONS, gates("gru"),
    of("embed.weight", eight_bits), causes=f"saturated_units vanishing_gradient chaotic {HUGE}",
    layers="embed gru")
sick("commands, whole numbers of 16 bits", SOUND, HE, init.times(0.3, "fc"), network=lambda:
    sound(1.0), causes=f"{RAW} {HUGE}")
sick("commands, divided by 32768 twice", SOUND, HE, init.times(0.3, "fc"), network=lambda:
    sound(2.0**-30), causes=f"unscaled_inputs identical_inputs {GONE}")
sick("river, divided by variances for stds", RIVER, gates("lstm"), network=lambda: River(2),
    causes=f"unscaled_inputs identical_inputs {GONE}")
sick("river, units as they are measured", RIVER, gates("lstm"), network=lambda: River(0),
    causes=f"{RAW} {HUGE}")
sick("river, every bias 6, meant for the forget gate", RIVER, gates("lstm"),
    init.fill("lstm.bias_ih_l0", 6.0), init.fill("lstm.bias_hh_l0", 6.0),
    causes=f"constant_weights {CLOSED}", layers="lstm")
sick("names, letters by their numbers", NAMES, gates("rnn"), network=AsciiNames,
    causes=f"{RAW} {HUGE}")
sick("names, randn in the rnn", NAMES, matrices(nn.init.normal_, "rnn"),
    causes=f"saturated_units chaotic vanishing_gradient {HUGE}", layers="rnn")
sick("tickets, scales of branches 1000, not 0.001", TICKETS, *TICKET, init.fill("layer.scale1",
    1e3), init.fill("layer.scale2", 1e3), causes=f"unscaled_residuals vanishing_gradient {HUGE}",
    layers="layer")
sick("tickets, words frozen that were never loaded", TICKETS, *TICKET, init.fill("word.weight",
    0.0), init.frozen("word"), causes=f"unreached_parameters identical_inputs {EMPTY}",
    layers="word")
sick("steering, randn in every layer", STEERING, init.std(1.0),
    causes=f"saturated_units bounded_outputs vanishing_gradient {HUGE}")
sick("steering, pixels of 16 bits as they are", STEERING, init.normal(1.0), init.times(0.3, "fc2"),
    network=lambda: driver(Affine(257.0)), causes=f"bounded_outputs {RAW} {HUGE}")
sick("critic, pulses in microseconds", CRITIC, HE, init.times(0.3, "q"), network=lambda:
    Critic(scaled=False), causes=f"{RAW} {HUGE}")
sick("critic, the 0.003 of the last layer everywhere", CRITIC, weights(three_thousandths),
    causes=f"never_initialized {GONE}")
sick("actor, last layer of 3 for 0.003", ACTOR, HE, weights(lambda w: w.uniform_(-3, 3), "action"),
    causes=f"saturated_units bounded_outputs vanishing_gradient {HUGE}", layers="action tanh")
sick("cloud, a matrix of zero without its identity", CLOUD, HE, *TURNED, init.zeros("matrix"),
    causes=EMPTY, layers="matrix")
sick("cloud, metres east and north", CLOUD, HE, *TURNED,
    network=lambda: Cloud(Affine(1.0, (451200.0, 5410800.0, 310.0))),
    causes=f"identical_inputs {RAW} {HUGE}")
sick("pulses, a relu behind waves below zero, too", PULSES, init.normal(1.0), network=lambda:
    compressed(nn.ReLU), causes=f"bounded_outputs dead_output saturated_output {DEAD}",
    layers="6 7")
sick("pulses, orthogonal with a gain of 0.1", PULSES, init.orthogonal(0.1),
    causes=f"never_initialized {GONE}")
sick("gas, 8 gelus, truncated normal of std 0.02", GELU8, truncated(0.02),
    causes=f"never_initialized {GONE}")
sick("gas, 8 gelus from -1 to 1", GELU8, uniform(-1.0, 1.0), causes=f"chaotic {HUGE}")
sick("gas, 10 leaky relus with the slope that pytorch passes", LEAKY10, weights(of_pytorch),
    causes=f"never_initialized {GONE}")
sick("gas, 8 tanhs, glorot with a gain of 5", TANH8, weights(lambda w: nn.init.xavier_uniform_(w,
    5.0)), causes=f"saturated_units chaotic {HUGE}")
sick("shops, 0.1 in every parameter", SHOPS, lambda module: everything(module, 0.1),
    causes=f"constant_weights identical_units never_initialized {GONE}")
sick("picture, places in pixels", PICTURE, HE, init.times(0.3, "colour"), network=lambda:
    Picture(128.0), causes=f"chaotic {RAW} {HUGE}")
sick("picture, bounds of siren under relus", PICTURE, weights(lambda w: nn.init.kaiming_uniform_(
    w).div_(30)), causes=f"never_initialized {GONE}")
sick("patients, units of the laboratory", PATIENT, init.normal(1.0), network=lambda:
    patient(scaled=False), causes=f"{RAW} {HUGE}")
sick("patients, risk of std 30", PATIENT, init.normal(1.0), init.std(30.0, "network.4"),
    causes=HUGE, layers="network.4")
sick("doses, pytorch's weights as logarithms", DOSES,
    causes=f"saturated_units inputs_indistinguishable identical_units vanishing_gradient {HUGE}")
sick("cosines, a scale of 10 where its logarithm belongs", COSINES, HE, init.fill("log_scale",
    10.0), causes=HUGE, layers="log_scale")
sick("minimal gru, gates of -10 for a long memory", MINIMAL, init.glorot(), GOODS_HALF,
    init.bias(-10.0, "gate"), causes=CLOSED, layers="gate")
sick("tides, scale of the series zero", TIDES, HE, init.times(0.3, "layers.4"), init.fill("gamma",
    0.0), causes=f"not_finite {EMPTY} {HUGE}", layers="gamma")
# fmt: on
