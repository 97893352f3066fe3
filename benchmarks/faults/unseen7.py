"""A seventh set of models that initlab was never tuned on, most of them plain ones.

Wines, loans, pressure, textures, earthquakes, roads, tweets, turbines, logs, screws, recipes, a
maze, captions; the rest are special. They were written down, with their causes and places, by
somebody who had read neither initlab's code nor how it decides, and before initlab or the truth had
seen any of them.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

import inits as init
from cases import ModelSet
from unseen import DEAD, GONE, HUGE, parts, weights
from unseen2 import drawn_parameters, of
from unseen3 import every, matrices
from unseen4 import RAW, gates
from unseen5 import CLOSED, EMPTY
from unseen6_networks import Affine
from unseen7_networks import (
    Additive,
    Captions,
    Demand,
    Endings,
    Fading,
    Glove,
    Loans,
    Logs,
    Pilot,
    Process,
    Radar,
    Recipes,
    RoadUNet,
    Spectra,
    Tracks,
    Turbine,
    Tweets,
    Walk,
    barometer,
    inspector,
    joints,
    marks,
    matchbox,
    printer,
    seismometer,
    squeezenet,
    walker,
    wine,
)

RELU, HE = init.RELU, init.normal(init.RELU)
UNSEEN7 = ModelSet("unseen7")
sick, healthy, base = UNSEEN7.sick, UNSEEN7.healthy, UNSEEN7.base


def hectopascals() -> nn.Sequential:
    """Return the barometer with its unit."""
    return barometer(lambda: Affine(10.0, 1013.0))


def relus() -> nn.Sequential:
    """Return fourteen layers with ReLUs."""
    return joints(nn.ReLU, 14)


def silus() -> nn.Sequential:
    """Return nine layers with SiLUs."""
    return joints(nn.SiLU, 9)


def root_of_inputs(weight: Tensor) -> None:
    """Draw with the root of the number of inputs as std, not with one over it."""
    weight.normal_(0, math.sqrt(weight[0].numel()))


def mean_for_std(weight: Tensor) -> None:
    """Draw a normal distribution whose first argument was meant as its std."""
    nn.init.normal_(weight, 0.02)


def inputs_as_slope(weight: Tensor) -> None:
    """Draw with the number of inputs where the slope of a leaky ReLU is passed."""
    nn.init.kaiming_normal_(weight, weight.shape[1])


def averaged(weight: Tensor) -> None:
    """Take the mean of two drawn networks."""
    other = torch.empty_like(weight)
    nn.init.kaiming_normal_(weight, nonlinearity="relu")
    nn.init.kaiming_normal_(other, nonlinearity="relu")
    weight.add_(other).div_(2)


def below_zero(weight: Tensor) -> None:
    """Draw from -1 to 0."""
    weight.copy_(torch.rand_like(weight) - 1)


def middle_ones(weight: Tensor) -> None:
    """Begin filters as the value in their middle."""
    weight.zero_()
    weight[..., weight.shape[-1] // 2] = 1


@torch.no_grad()
def no_second_layer(module: nn.Module) -> None:
    """Set what the second layer of an LSTM has to zero."""
    for name, parameter in module.lstm.named_parameters():
        if name.endswith("l1"):
            parameter.zero_()


# fmt: off
XAVIER = matrices(nn.init.xavier_uniform_, "layer")
CODES = drawn_parameters(0.3, "purpose.weight", "region.weight")
TASTES = drawn_parameters(0.3, "cook.weight", "dish.weight")
VECTORS = drawn_parameters(0.5, "word.weight", "context.weight")
NUMBERS = drawn_parameters(0.1, "own.weight", "own2.weight")
WINES = base("wine glorot", "wines", wine, init.glorot())
LOANS = base("loans he", "loans", Loans, HE, CODES, init.times(0.3, "layers.6"))
PRESSURE = base("barometer he", "pressure", hectopascals, HE, init.times(0.3, "layers.4"))
TEXTURES = base("squeezenet he", "textures", squeezenet, HE, init.times(0.3, "classifier"))
QUAKES = base("seismometer he", "quakes", seismometer, HE, init.times(0.3, "fc"))
ROADS = base("roads he", "roads", RoadUNet, HE, init.times(0.3, "last"))
TWEETS = base("tweets lstm", "tweets", Tweets, gates("lstm"))
TURBINES = base("turbine gru", "turbines", Turbine, gates("gru"))
LOGS = base("logs", "logs", Logs, XAVIER)
DIM = (init.times(0.3, "up"), init.bias(-0.7, "up"))
SCREWS = base("inspector he", "screws", inspector, HE, *DIM)
GLYPHS = base("printer he", "glyphs", printer, HE, init.times(0.3, "up"))
SPECTRA = base("spectra", "spectra", Spectra, init.normal(1.0), init.times(0.3, "mean", "spread"))
RESIDUES = base("walk he", "residues", Walk, HE)
RECIPES = base("recipes he", "recipes", Recipes, HE, TASTES, init.times(0.3, "top.2"))
MAZE = base("walker he", "maze", walker, HE, init.times(0.3, "step"))
LANDER = base("pilot he", "lander", Pilot, HE, init.times(0.1, "mean", "spread"))
KEYWORDS = base("matchbox he", "keywords", matchbox, HE, init.times(0.3, "word"))
DEMAND = base("demand lstm", "demand", Demand, gates("lstm"), init.times(0.3, "mean", "spread"))
HANDS = base("marks he", "hands", marks, HE, init.times(0.1, "maps"))
RAIN = base("radar glorot", "rain", Radar, init.glorot())
CAPTIONS = base("captions gru", "captions", Captions, gates("gru"))
GLOVE = base("glove", "together", Glove, VECTORS, NUMBERS)
ADDITIVE = base("additive", "additive", Additive)
CURVES = base("process he", "curves", Process, HE, init.times(0.3, "decode.4"))
ENDINGS = base("endings he", "endings", Endings, HE, init.times(0.3, "ending"))
RELU14 = base("torques relu orthogonal", "torques", relus, init.orthogonal(RELU),
    init.times(0.3, "26"))
SILU9 = base("torques silu orthogonal", "torques", silus, init.orthogonal(1.8),
    init.times(0.3, "16"))
TRACKS = base("tracks", "tracks", Tracks)
FADING = base("fading", "fading", Fading)

# right, though some of it looks odd
healthy("wines, default", WINES)
healthy("wines, last layer zero", WINES, init.glorot(), init.zeros("network.4"), zeros=True)
healthy("loans, tables of std 0.01", LOANS, HE, init.times(0.3, "layers.6"),
    drawn_parameters(0.01, "purpose.weight", "region.weight"))
healthy("loans, unknown codes and last layer zero", LOANS, HE, CODES, init.zeros("layers.6"),
    of("purpose.weight", lambda p: p[0].zero_()), of("region.weight", lambda p: p[0].zero_()),
    zeros=True)
healthy("pressure, last layer zero", PRESSURE, HE, init.zeros("layers.4"), zeros=True)
healthy("pressure, no unit but a last bias of 1013", PRESSURE, HE, init.times(3.0, "layers.4"),
    init.bias(1013.0, "layers.4"), network=lambda: barometer(None))
healthy("textures, glorot", TEXTURES, init.glorot())
healthy("textures, classifier zero", TEXTURES, HE, init.zeros("classifier"), zeros=True)
healthy("quakes, counts of the digitizer before a batch norm", QUAKES, HE, init.times(0.3, "fc"),
    network=lambda: seismometer(2e5))
healthy("quakes, second gamma and classifier zero", QUAKES, HE, init.norms(0.0, "block.bn2"),
    init.zeros("fc"), zeros=True)
healthy("roads, last layer zero, bias at the log odds", ROADS, HE, init.zeros("last"),
    init.bias(-1.0, "last"), zeros=True)
healthy("tweets, default", TWEETS)
healthy("tweets, last layer zero", TWEETS, gates("lstm"), init.zeros("feeling"),
    zeros=True)
healthy("turbines, default", TURBINES)
healthy("turbines, recurrent weights zero", TURBINES, gates("gru"), of("gru.weight_hh_l0",
    lambda p: p.zero_()), zeros=True)
healthy("logs, default", LOGS)
healthy("logs, last layer zero", LOGS, XAVIER, init.zeros("cause"), zeros=True)
healthy("screws, last layer zero", SCREWS, HE, init.zeros("up"), zeros=True)
healthy("glyphs, last layer zero", GLYPHS, HE, init.zeros("up"), zeros=True)
healthy("spectra, default", SPECTRA)
healthy("spectra, log variances and last layer zero", SPECTRA, init.normal(1.0),
    init.times(0.3, "mean"), init.zeros("spread", "decode.2"), zeros=True)
healthy("residues, last layer zero", RESIDUES, HE, init.zeros("layers.2"), zeros=True)
healthy("recipes, tables from -1 to 1, by the root of their rows", RECIPES, HE,
    init.times(0.3, "top.2"), *(of(f"{name}.weight", lambda p: p.uniform_(-1, 1).div_(20**0.5))
    for name in ("cook", "dish")))
healthy("recipes, dishes of zero", RECIPES, HE, TASTES, init.times(0.3, "top.2"),
    init.fill("dish.weight", 0.0), zeros=True)
healthy("maze, last layer zero", MAZE, HE, init.zeros("step"), zeros=True)
healthy("lander, default", LANDER)
healthy("lander, means zero, log stds zero", LANDER, HE, init.zeros("mean", "spread"), zeros=True)
healthy("keywords, filters along time as a one in the middle", KEYWORDS, HE,
    init.times(0.3, "word"), weights(middle_ones, "time"), zeros=True)
healthy("keywords, last layer zero", KEYWORDS, HE, init.zeros("word"), zeros=True)
healthy("demand, default", DEMAND)
healthy("demand, mean and std zero", DEMAND, gates("lstm"), init.zeros("mean", "spread"),
    zeros=True)
healthy("hands, maps zero", HANDS, HE, init.zeros("maps"), zeros=True)
healthy("rain, last layer zero", RAIN, init.glorot(), init.zeros("next"), zeros=True)
healthy("captions, last layer zero", CAPTIONS, gates("gru"), init.zeros("next"), zeros=True)
healthy("glove, numbers of words zero", GLOVE, VECTORS, init.fill("own.weight", 0.0),
    init.fill("own2.weight", 0.0), zeros=True)
healthy("additive, last weights zero", ADDITIVE, init.fill("out", 0.0), zeros=True)
healthy("additive, logarithms that are all 1", ADDITIVE, init.fill("log_weight", 1.0))
healthy("curves, last layer zero", CURVES, HE, init.zeros("decode.4"), zeros=True)
healthy("endings, default", ENDINGS)
healthy("endings, a highway that only carries", ENDINGS, HE, init.times(0.3, "ending"),
    init.bias(-10.0, "gate"))
healthy("torques, 14 relus, last layer zero", RELU14, init.orthogonal(RELU), init.zeros("26"),
    zeros=True)
healthy("torques, 9 silus, last layer zero", SILU9, init.orthogonal(1.8), init.zeros("16"),
    zeros=True)
healthy("tracks, sigmoids of 0.7 and 0.1", TRACKS, init.fill("place", 0.85),
    init.fill("speed", -2.2))
healthy("fading, sizes zero", FADING, init.fill("size", 0.0), zeros=True)

# mistakes
sick("wines, columns as they are in the file", WINES, init.glorot(),
    network=lambda: wine(scaled=False), causes=f"{RAW} {HUGE}")
sick("wines, std the root of the inputs, not one over it", WINES, weights(root_of_inputs),
    causes=f"saturated_units chaotic vanishing_gradient {HUGE}")
sick("loans, amounts as they are", LOANS, HE, CODES, init.times(0.3, "layers.6"),
    network=lambda: Loans(norm=False), causes=f"{RAW} {HUGE}")
sick("loans, last bias at the number of defaults, not its log odds", LOANS, HE, CODES,
    init.times(0.3, "layers.6"), init.bias(358.0, "layers.6"),
    causes=f"saturated_units vanishing_gradient bounded_outputs {HUGE}", layers="layers.6")
sick("pressure, hectopascals, default", PRESSURE, network=lambda: barometer(None),
    causes=f"unscaled_targets vanishing_signal {HUGE}")
sick("pressure, made pascals where hectopascals are measured", PRESSURE, HE,
    init.times(0.3, "layers.4"), network=lambda: barometer(lambda: Affine(1000.0, 101300.0)),
    causes=f"unscaled_targets {HUGE}")
sick("textures, a mean of 0.02 where a std was meant", TEXTURES, weights(mean_for_std),
    causes=HUGE)
sick("textures, a squeeze with biases of -6", TEXTURES, HE, init.times(0.3, "classifier"),
    init.bias(-6.0, "fire.squeeze"), causes=f"vanishing_gradient {DEAD}",
    layers="fire")
sick("quakes, every parameter of std 0.01, norms too", QUAKES, every(lambda p: p.normal_(0, 0.01)),
    causes=f"never_initialized {DEAD} {GONE}")
sick("roads, counts of the satellite", ROADS, HE, init.times(0.3, "last"),
    network=lambda: RoadUNet(3000.0), causes=f"{RAW} {HUGE}")
sick("roads, a last bias of -75, the share in per cent", ROADS, HE, init.times(0.3, "last"),
    init.bias(-75.0, "last"), causes=f"saturated_units vanishing_gradient {HUGE}", layers="last")
sick("tweets, output gates of -15 in both layers", TWEETS, gates("lstm"),
    parts("lstm.bias_ih_l0", 48, 64, -15.0), parts("lstm.bias_ih_l1", 48, 64, -15.0),
    causes=f"{CLOSED} dead_units", layers="lstm")
sick("tweets, a checkpoint of one layer, zero in the second", TWEETS, gates("lstm"),
    no_second_layer, causes=f"{EMPTY} {CLOSED}", layers="lstm")
sick("turbines, units as they are measured", TURBINES, gates("gru"),
    network=lambda: Turbine(nn.Identity()), causes=f"{RAW} {HUGE}")
sick("turbines, 0.0001 randn in every parameter", TURBINES, every(lambda p: p.normal_(0, 1e-4)),
    causes=f"never_initialized {GONE}")
sick("logs, last layer of std 50", LOGS, XAVIER, init.std(50.0, "cause"), causes=HUGE,
    layers="cause")
sick("screws, codes behind relus that are dead", SCREWS, HE, *DIM,
    init.bias(-6.0, "code"), network=lambda: inspector(nn.ReLU),
    causes=f"vanishing_gradient identical_units {DEAD}", layers="code squash")
sick("screws, a last bias of 128, in bytes", SCREWS, HE, init.times(0.3, "up"),
    init.bias(128.0, "up"),
    causes=f"saturated_units bounded_outputs no_gradient vanishing_gradient {HUGE}",
    layers="up bright")
sick("glyphs, styles in thousandths", GLYPHS, HE, init.times(0.3, "up"),
    network=lambda: printer(1000.0), causes=f"{RAW} {HUGE}")
sick("spectra, decoder of std 3", SPECTRA, init.normal(1.0), init.times(0.3, "mean", "spread"),
    init.std(3.0, "decode"), causes=f"saturated_units chaotic {HUGE}", layers="decode")
sick("spectra, encoder under other names, left at zero", SPECTRA, init.normal(1.0),
    init.times(0.3, "mean", "spread"), init.zeros("encode"), causes=EMPTY,
    layers="encode mean spread")
sick("residues, a share of -12 to keep", RESIDUES, HE, init.fill("keep", -12.0),
    causes=f"identical_units {CLOSED}", layers="keep")
sick("residues, layers frozen in place of the old ones", RESIDUES, HE, init.frozen("layers"),
    causes=f"unreached_parameters no_gradient never_initialized {GONE}", layers="layers")
sick("recipes, counts without their logarithm", RECIPES, HE, TASTES, init.times(0.3, "top.2"),
    network=lambda: Recipes(nn.Identity()), causes=f"{RAW} {HUGE}")
sick("recipes, tables from 0 to their number of rows", RECIPES, HE, init.times(0.3, "top.2"),
    of("cook.weight", lambda p: p.uniform_(0, 20)), of("dish.weight", lambda p: p.uniform_(0, 20)),
    causes=f"inputs_indistinguishable saturated_units {HUGE}", layers="cook dish")
sick("maze, a loop that knows linear layers, the convolutions empty", MAZE, HE,
    init.times(0.3, "step"), init.zeros("conv1", "conv2"), causes=EMPTY, layers="conv1 conv2")
sick("maze, a layer from -1 to 0 behind relus", MAZE, HE, init.times(0.3, "step"),
    weights(below_zero, "fc"), causes=f"vanishing_gradient {DEAD}", layers="fc relu3")
sick("lander, log stds of -20", LANDER, HE, init.times(0.1, "mean", "spread"),
    init.bias(-20.0, "spread"), causes=f"not_finite {HUGE}", layers="spread")
sick("keywords, the norm taken out, biases of 50 left", KEYWORDS, HE, init.times(0.3, "word"),
    init.bias(50.0, "mix"), network=lambda: matchbox(norm=False),
    causes=f"inputs_indistinguishable {HUGE}", layers="mix")
sick("demand, units sold as they are", DEMAND, gates("lstm"), init.times(0.3, "mean", "spread"),
    network=lambda: Demand(scaled=False), causes=f"{RAW} {HUGE}")
sick("demand, a softplus of -20 for the std", DEMAND, gates("lstm"),
    init.times(0.3, "mean", "spread"), init.bias(-20.0, "spread"),
    causes=f"not_finite saturated_units no_gradient vanishing_gradient {HUGE}", layers="spread")
sick("hands, bytes as they are", HANDS, HE, init.times(0.1, "maps"),
    network=lambda: marks(Affine(40.0, 120.0)), causes=f"{RAW} {HUGE}")
sick("rain, gates of std 3", RAIN, init.glorot(), init.std(3.0, "gates"),
    causes=f"saturated_units chaotic vanishing_gradient {HUGE}", layers="gates")
sick("rain, every weight 0.00001", RAIN, init.constant(1e-5),
    causes=f"constant_weights identical_units never_initialized {GONE}")
sick("captions, last layer of std 40", CAPTIONS, gates("gru"), init.std(40.0, "next"), causes=HUGE,
    layers="next")
sick("glove, vectors of std 10", GLOVE, drawn_parameters(10.0, "word.weight", "context.weight"),
    NUMBERS, causes=HUGE, layers="word context")
sick("glove, counts where the numbers of words belong", GLOVE, VECTORS,
    init.fill("own.weight", 500.0), init.fill("own2.weight", 500.0),
    causes=f"constant_weights identical_units unscaled_targets {HUGE}", layers="own own2")
sick("additive, weights of 12 where logarithms belong", ADDITIVE, init.drawn("log_weight", 0.5,
    12.0), causes=HUGE, layers="log_weight")
sick("additive, centres from 5 to 255", ADDITIVE, of("centre", lambda p: p.uniform_(5, 255)),
    causes=f"vanishing_gradient unscaled_inputs wrong_scale dead_output {DEAD}", layers="centre")
sick("curves, number of inputs passed as the slope", CURVES, weights(inputs_as_slope),
    causes=f"never_initialized {GONE}")
sick("endings, filters with biases of -20", ENDINGS, HE, init.times(0.3, "ending"),
    init.bias(-20.0, "conv"), causes=f"vanishing_gradient {DEAD}", layers="conv")
sick("endings, a highway open to a layer of zeros", ENDINGS, HE, init.times(0.3, "ending"),
    init.bias(12.0, "gate"), init.zeros("change"), causes=f"{EMPTY} {CLOSED}",
    layers="gate change")
sick("torques, 14 relus, the mean of two networks", RELU14, weights(averaged),
    causes=f"never_initialized {GONE}")
sick("torques, 14 relus, weights of dropout doubled", RELU14, HE, init.times(2.0), causes=HUGE)
sick("torques, 9 silus of std 0.05", SILU9, init.std(0.05), causes=f"never_initialized {GONE}")
sick("torques, 9 silus with biases of -10", SILU9, init.orthogonal(1.8), init.times(0.3, "16"),
    init.bias(-10.0, *(f"{k}" for k in range(0, 16, 2))),
    causes=f"saturated_units {DEAD} {GONE}",
    layers=" ".join(f"{k}" for k in range(16)))
sick("tracks, shares of -15", TRACKS, init.fill("place", -15.0), init.fill("speed", -15.0),
    causes=f"{CLOSED} saturated_output no_gradient", layers="place speed")
sick("fading, rates in minutes for seconds", FADING, of("rate", lambda p: p.mul_(3600.0)),
    causes=f"no_gradient dead_output {DEAD} {GONE}", layers="rate")
sick("fading, rates with the wrong sign", FADING, of("rate", lambda p: p.fill_(-5.0)),
    causes=f"constant_weights identical_units {HUGE}", layers="rate")
# fmt: on
