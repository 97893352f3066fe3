"""A fourth set of models that initlab was never tuned on: what a year of reviews and forums shows.

Half are plain networks (forms, recommenders, words, images, policies, series, sounds), half special
ones. They were written down, with their causes and places, by somebody who had read neither
initlab's code nor what it says, and before initlab or the truth had seen any of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

import inits as init
from cases import ModelSet
from networks import deep, mlp
from problems import problem
from unseen import DEAD, GONE, HUGE, parts, trained, uniform, weights
from unseen2 import drawn_parameters, every, of
from unseen3 import matrices
from unseen4_networks import (
    Bag,
    Bands,
    Film,
    Form,
    Gated,
    Hamiltonian,
    Heads,
    InkCoder,
    LetterGpt,
    LetterModel,
    Likes,
    LoadGru,
    Papers,
    Patches,
    Periodic,
    Planar,
    Policy,
    Powers,
    Reader,
    RowResNet,
    Selected,
    Speaker,
    Spiking,
    Station,
    Tagger,
    Tasks,
    Tastes,
    Turning,
    TwoWay,
    Whole,
    autoencoder,
    linear_load,
    marker,
    ring_generator,
    shortcut,
    snake,
    tensor_trains,
    widening,
)
from unseen4_problems import TEMPERATURE
from unseen_networks import Scaled

RELU, HE = init.RELU, init.normal(init.RELU)
UNSEEN4 = ModelSet("unseen4")
sick, healthy, base = UNSEEN4.sick, UNSEEN4.healthy, UNSEEN4.base
RAW = "unscaled_inputs inputs_indistinguishable saturated_units dead_units vanishing_gradient"


def gates(name: str, forget: float = 1.0) -> init.Init:
    """Return: Glorot weights of inputs, orthogonal recurrent ones, biases 0, forget biases."""

    @torch.no_grad()
    def draw(module: nn.Module) -> None:
        layer = module.get_submodule(name)
        for key, parameter in layer.named_parameters():
            if parameter.dim() == 1:
                parameter.zero_()
                if isinstance(layer, nn.LSTM) and "ih" in key:
                    parameter[layer.hidden_size : 2 * layer.hidden_size] = forget
            else:
                for part in parameter.split(layer.hidden_size):
                    (nn.init.orthogonal_ if "hh" in key else nn.init.xavier_uniform_)(part)

    return draw


def named(end: str, change: Callable[[Tensor], object]) -> init.Init:
    """Return: something done to every parameter whose name ends so, whatever it belongs to."""

    @torch.no_grad()
    def do(module: nn.Module) -> None:
        for name, parameter in module.named_parameters():
            if name.endswith(end):
                change(parameter)

    return do


def fan_out(gain: float, *names: str) -> init.Init:
    """Return: He's weights with the number of outputs for that of inputs, biases 0."""
    return weights(lambda w: w.normal_(0, gain / math.sqrt(w.shape[0] * w[0, 0].numel())), *names)


def xavier_or_zero(parameter: Tensor) -> None:
    """Draw a matrix by Glorot and set a vector to zero, as many loops over parameters do."""
    if parameter.dim() > 1:
        nn.init.xavier_uniform_(parameter)
    else:
        parameter.zero_()


def gammas(mean: float) -> init.Init:
    """Return: everything of std 0.02, the scales of norms around a mean (DCGAN)."""

    @torch.no_grad()
    def draw(module: nn.Module) -> None:
        for layer in module.modules():
            if isinstance(layer, nn.BatchNorm1d):
                layer.weight.normal_(mean, 0.02)
        init.std(0.02)(module)

    return draw


@torch.no_grad()
def log_odds(module: nn.Module) -> None:
    """Set the last biases to the log odds of the pixels, and shrink the last weights."""
    share = problem("ink").x.mean(0).clamp(0.002, 0.998)
    module.decode[2].weight.mul_(0.1)
    module.decode[2].bias.copy_((share / (1 - share)).log())


def from_teacher(module: nn.Module) -> None:
    """Take every other layer of a deeper network that has learned the digits (DistilBERT)."""
    teacher = deep(6, nn.ReLU, 48)()
    HE(teacher)
    with torch.enable_grad():
        trained(60, 0.003)(teacher)
    for mine, its in ((0, 0), (2, 4), (4, 8), (6, 10)):
        module[mine].load_state_dict(teacher[its].state_dict())


def qk_times(factor: float) -> init.Init:
    """Return: weights of queries and keys times a number."""

    @torch.no_grad()
    def grow(module: nn.Module) -> None:
        for block in module.h:
            block.c_attn.weight[:, :48].mul_(factor)

    return grow


def gpt2(scale: float) -> init.Init:
    """Return: matrices of this std, the last of each branch / sqrt(4), biases 0."""

    @torch.no_grad()
    def draw(module: nn.Module) -> None:
        for name, parameter in module.named_parameters():
            if parameter.dim() > 1:
                last = name.endswith(("c_proj.weight", "c_out.weight"))
                parameter.normal_(0, scale / 2 if last else scale)

    return draw


# fmt: off
FORM = base("form he", "customers", Form, HE)
ROWS = base("rows resnet he", "customers", RowResNet, HE)
TASTES = base("tastes of std 0.3", "clicks", Tastes, HE, drawn_parameters(0.3, "product.weight",
    "tower.weight"), init.times(0.5, "head"))
LIKES = base("likes of std 0.3", "likes", Likes, drawn_parameters(0.3, "users.weight",
    "items.weight"))
BAG = base("bag of reviews", "reviews", Bag)
TWO_WAY = base("two-way lstm", "reviews", TwoWay, gates("lstm"), of("words.weight", lambda p:
    p.mul_(0.5)))
LETTERS = base("lstm of letters", "letters", LetterModel, gates("rnn"), of("encoder.weight",
    lambda p: p.mul_(0.5)))
GPT = base("gpt of letters", "letters", LetterGpt, of("wte.weight", lambda p: p.mul_(0.5)),
    of("wpe.weight", lambda p: p.mul_(0.5)))
QK = base("gpt of letters, queries and keys normed", "letters", lambda: LetterGpt(normed=True),
    of("wte.weight", lambda p: p.mul_(0.5)), of("wpe.weight", lambda p: p.mul_(0.5)))
READER = base("reader", "reviews", Reader, matrices(nn.init.xavier_uniform_, "layer"))
SHORTCUT = base("shortcut he", "images", shortcut, HE)
WIDENING = base("widening he", "images", widening, HE)
AUTO10 = base("autoencoder of 10 tanhs", "reconstruct", autoencoder, init.orthogonal(1.0))
INK = base("ink he", "ink", InkCoder, HE, init.times(0.3, "mu", "logvar"))
RING = base("ring, batch norms", "ring", ring_generator, HE)
BARE_RING = base("ring he", "ring", lambda: ring_generator(norm=False), HE)
PAPERS = base("papers, glorot", "papers", Papers)
POLICY = base("policy glorot", "demonstrations", Policy, init.glorot())
LOAD = base("load gru", "load", LoadGru, gates("gru"))
LINEAR = base("load, linear", "load", linear_load)
SPEAKER = base("speaker he", "sounds", Speaker, HE)
TAGGER = base("tagger", "tags", Tagger, gates("lstm"))
MARKER = base("marks he, outputs scaled", "marks", marker, HE, init.times(100.0, "5"),
    init.bias(290.0, "5"))
FILM = base("film he", "questions", Film, HE, init.std(0.1, "film"))
GATED = base("looks, a gate of 0.5", "questions", Gated, init.normal(RELU, "feed"))
STUDENT = base("student he", "students", lambda: nn.Sequential(*deep(4, nn.ReLU, 48)(),
    Scaled(1 / TEMPERATURE)), HE)
RELU8 = base("relu8 of 48 he", "digits", deep(8, nn.ReLU, 48), HE)
SELU12 = base("selu12 orthogonal", "digits", deep(12, nn.SELU, 40), init.orthogonal(1.0))
TOPICS = base("topics he", "topics", lambda: mlp([60, 40, 6], nn.ReLU), HE)
SPIKING = base("spiking he", "digits", Spiking, HE)
TURNING = base("turning", "pixels", Turning, init.normal(RELU, "mix"))
ENERGY = base("energy glorot", "pendulum", Hamiltonian, init.glorot())
PLANAR = base("planar of std 0.5", "density", Planar, of("u", lambda p: p.mul_(0.3)))
TASKS = base("tasks he", "weighted", Tasks, HE, init.times(0.3, "heads"))
SELECTED = base("selected, gates of a half", "table", Selected, HE)
BANDS = base("bands", "tones", Bands)
POWERS = base("powers he", "images", Powers, HE)
SNAKE = base("snakes", "table", snake, init.normal(1.0))
TRAINS = base("tensor trains he", "digits", tensor_trains)
HEADS = base("three heads he", "digits", Heads, HE)
STATION = base("station", "weather", Station, HE)
PERIODIC = base("periodic", "weather", Periodic, HE)
PATCHES = base("patches", "images", Patches)
BYTES = base("bytes / 256 he", "bytes", Whole, HE, init.times(2.0, "network.0"))

# right, though some of it looks odd
healthy("form, default", FORM)
healthy("form, vectors of zero", FORM, HE, *(init.fill(f"columns.codes.{k}.weight", 0.0)
    for k in range(3)), zeros=True)
healthy("rows resnet, branches and head of zero", ROWS, HE, init.zeros("head", *(
    f"blocks.{k}.second" for k in range(3))), zeros=True)
healthy("tastes of std 0.01", TASTES, HE, drawn_parameters(0.01, "product.weight",
    "tower.weight"))
healthy("likes, items of zero", LIKES, init.drawn("users.weight", 0.3), init.fill("items.weight",
    0.0), zeros=True)
healthy("bag of reviews, head zero", BAG, init.zeros("head"), zeros=True)
healthy("two-way lstm as keras draws it", TWO_WAY, gates("lstm"), init.glorot("head"),
    of("words.weight", lambda p: p.uniform_(-0.05, 0.05)))
healthy("letters, initrange 0.1", LETTERS, uniform(-0.1, 0.1, "decoder"), of("encoder.weight",
    lambda p: p.uniform_(-0.1, 0.1)))
healthy("letters, decoder zero", LETTERS, gates("rnn"), init.zeros("decoder"), zeros=True)
healthy("gpt of letters, std 0.02, tied", GPT, gpt2(0.02), network=lambda: LetterGpt(tied=True))
healthy("gpt of letters, places of zero", GPT, of("wte.weight", lambda p: p.mul_(0.5)),
    init.fill("wpe.weight", 0.0), zeros=True)
healthy("queries and keys times 50 before their norms", QK, of("wte.weight", lambda p:
    p.mul_(0.5)), of("wpe.weight", lambda p: p.mul_(0.5)), qk_times(50.0))
healthy("reader, class token and places of zero", READER, matrices(nn.init.xavier_uniform_,
    "layer"), init.fill("first", 0.0), init.fill("place", 0.0), zeros=True)
healthy("reader, glorot in words, too", READER, matrices(nn.init.xavier_uniform_))
healthy("shortcut, last gamma zero", SHORTCUT, HE, init.norms(0.0, "features.layer1.bn2"),
    zeros=True)
healthy("widening, fan-out and a head of std 0.01", WIDENING, fan_out(RELU, "0", "2", "4"),
    init.std(0.01, "7"))
healthy("autoencoder of 10 tanhs, glorot", AUTO10, init.glorot())
healthy("ink, log variances of zero", INK, HE, init.times(0.3, "mu"), init.zeros("logvar"),
    zeros=True)
healthy("ink, biases at the log odds", INK, HE, init.times(0.3, "mu", "logvar"), log_odds)
healthy("ring, gammas around 1", RING, gammas(1.0))
healthy("papers, bound 1 / sqrt(outputs)", PAPERS, *(of(f"gc{k}.weight", lambda p: p.uniform_(
    -1, 1).div_(math.sqrt(p.shape[1]))) for k in (1, 2)))
healthy("papers, second layer zero", PAPERS, init.fill("gc2.weight", 0.0), zeros=True)
healthy("policy, gains of ppo", POLICY, init.orthogonal(RELU), init.orthogonal(0.01, "pi.4"))
healthy("policy, last layer zero, stds of 0.6", POLICY, init.glorot(), init.zeros("pi.4"),
    init.fill("log_std", -0.5), zeros=True)
healthy("load, every weight 1/24", LINEAR, init.constant(1 / 24, "linear"))
healthy("speaker, default", SPEAKER)
healthy("tagger, transitions of zero", TAGGER, gates("lstm"), init.fill("transitions", 0.0),
    zeros=True)
healthy("marks, outputs times 64", MARKER, HE, network=lambda: nn.Sequential(*marker(),
    Scaled(64.0)))
healthy("film of zero", FILM, HE, init.zeros("film"), zeros=True)
healthy("looks, a gate of zero", GATED, init.normal(RELU, "feed"), init.fill("gate", 0.0),
    zeros=True)
healthy("student of every other layer", STUDENT, from_teacher)
healthy("relu, 8 layers, he uniform and default biases", RELU8, matrices(lambda p:
    nn.init.kaiming_uniform_(p)))
healthy("topics, default", TOPICS)
healthy("spiking, no leak", SPIKING, HE, init.fill("leak", 8.0))
healthy("turning, phases of zero", TURNING, init.normal(RELU, "mix"), init.fill("phase", 0.0),
    zeros=True)
healthy("energy of zero", ENERGY, init.glorot(), init.zeros("energy.4"), zeros=True)
healthy("planar, nothing added yet", PLANAR, init.fill("u", 0.0), zeros=True)
healthy("tasks, log variances of 1.5", TASKS, HE, init.times(0.3, "heads"), init.fill("log_vars",
    1.5))
healthy("selected, gates of 4", SELECTED, HE, init.fill("gate", 4.0))
healthy("bands at random", BANDS, of("low", lambda p: p.uniform_(0.0, 0.4)), of("band",
    lambda p: p.uniform_(0.02, 0.1)))
healthy("powers of 1", POWERS, HE, network=lambda: Powers(1.0))
healthy("snakes of 0.2", SNAKE, init.normal(1.0), network=lambda: snake(0.2))
healthy("tensor trains, he for each core", TRAINS, *(of(f"{k}.{one}", lambda p: p.normal_(0,
    RELU / 8)) for k in (0, 2, 4) for one in ("first", "second")))
healthy("station, answer times zero", STATION, HE, init.fill("scale", 0.0), zeros=True)
healthy("periodic, slow waves", PERIODIC, HE, network=lambda: Periodic(0.1))
healthy("patches, frozen as drawn", PATCHES, init.frozen("proj"))
healthy("patches, head zero", PATCHES, init.zeros("head"), zeros=True)

# mistakes
sick("form, numbers as they were entered", FORM, HE, network=lambda: Form(normed=False),
    causes=f"{RAW} {HUGE}")
sick("form, weights of std 0.01, the norm's too", FORM, named("weight", lambda p:
    p.normal_(0, 0.01)), causes=f"never_initialized {GONE}")
sick("form, fan-out in every layer", FORM, fan_out(RELU), causes=HUGE, layers="out")
sick("rows resnet, weights from -0.05 to 0.05, the norms' too", ROWS, named("weight", lambda p:
    p.uniform_(-0.05, 0.05)), causes=f"never_initialized {GONE}")
sick("tastes from rand", TASTES, HE, named("product.weight", lambda p: p.uniform_()),
    named("tower.weight", lambda p: p.uniform_()), init.times(0.5, "head"),
    causes=f"inputs_indistinguishable {HUGE}",
    layers="user_product item_product user_tower item_tower")
sick("likes of std 5", LIKES, drawn_parameters(5.0, "users.weight", "items.weight"), causes=HUGE,
    layers="users items")
sick("words that were not found are zero, and none is trained", BAG, of("words.weight", lambda p:
    p[4:].zero_()), init.frozen("words"), causes="constant_weights never_initialized "
    f"identical_units unreached_parameters {DEAD}", layers="words")
sick("two-way lstm of randn", TWO_WAY, every(lambda p: p.normal_(), "lstm"),
    causes=f"saturated_units chaotic vanishing_gradient {HUGE}", layers="lstm")
sick("letters, initrange 10", LETTERS, uniform(-10.0, 10.0, "decoder"), of("encoder.weight",
    lambda p: p.uniform_(-10.0, 10.0)), causes=f"saturated_units vanishing_gradient {HUGE}",
    layers="encoder decoder")
sick("letters of std 0.02 beside places of std 1", GPT, gpt2(0.02), init.drawn("wpe.weight", 1.0),
    causes="unscaled_residuals exploding_signal vanishing_signal inputs_indistinguishable "
    "wrong_scale vanishing_gradient", layers="wte wpe")
sick("scores times the root of the size", GPT, of("wte.weight", lambda p: p.mul_(0.5)),
    of("wpe.weight", lambda p: p.mul_(0.5)), network=lambda: LetterGpt(factor=math.sqrt(12)),
    causes="sharp_attention wrong_scale exploding_gradient chaotic exploding_signal", layers="h")
sick("tied letters of std 1, times the root of the width", GPT, init.drawn("wpe.weight", 1.0),
    init.drawn("wte.weight", 1.0), network=lambda: LetterGpt(tied=True, times=math.sqrt(24)),
    causes=f"unscaled_residuals {HUGE}", layers="wte lm_head")
sick("reader, every vector zero, the norms' too", READER, every(xavier_or_zero, "layer"),
    causes=f"never_initialized constant_weights vanishing_gradient {DEAD}", layers="layer")
sick("shortcut, every gamma zero", SHORTCUT, HE, init.norms(0.0),
    causes=f"never_initialized constant_weights vanishing_gradient {DEAD}", layers="features")
sick("shortcut, features frozen that were never loaded", SHORTCUT, init.frozen("features"),
    causes="unreached_parameters never_initialized no_gradient", layers="features")
sick("identities in layers that widen", WIDENING, HE, weights(nn.init.dirac_, "2", "4"),
    causes=f"constant_weights identical_units never_initialized {DEAD}", layers="2 4")
sick("he without the size of the kernel", WIDENING, weights(lambda w: w.normal_(0, RELU /
    math.sqrt(w.shape[1]))), causes=HUGE)
sick("autoencoder of 10 tanhs, default", AUTO10, causes=GONE)
sick("ink, log variances of 8", INK, HE, init.times(0.3, "mu", "logvar"), init.bias(8.0,
    "logvar"), causes=f"inputs_indistinguishable {HUGE}", layers="logvar")
sick("ring, gammas around 0", RING, gammas(0.0), causes=f"never_initialized {GONE}",
    layers="2 5")
sick("ring, noise of size 0.001", BARE_RING, HE, network=lambda: ring_generator(norm=False,
    noise=0.001), causes=f"unscaled_inputs identical_inputs {GONE}", layers="0 1")
sick("papers from rand", PAPERS, named("weight", lambda p: p.uniform_()),
    causes=f"inputs_indistinguishable dead_units {HUGE}", layers="gc1 gc2")
sick("papers, weights left at zero", PAPERS, named("weight", lambda p: p.zero_()),
    causes=f"constant_weights identical_units never_initialized {DEAD}", layers="gc1 gc2")
sick("policy, log stds of 6", POLICY, init.glorot(), init.fill("log_std", 6.0),
    causes="large_initial_loss vanishing_gradient wrong_scale", layers="log_std")
sick("policy, sensors in their own units", POLICY, init.glorot(), network=lambda:
    Policy(normed=False), causes=f"{RAW} {HUGE}")
sick("load in megawatts", LOAD, gates("gru"), network=lambda: LoadGru(scaled=False),
    causes=f"{RAW} {HUGE}")
sick("speaker, frames that are all dead", SPEAKER, HE, init.bias(-30.0, "frame2"),
    causes=f"not_finite exploding_gradient {DEAD}", layers="frame2")
sick("speaker, powers without their logarithm", SPEAKER, HE, network=lambda: Speaker(logs=False),
    causes=f"{RAW} {HUGE}")
sick("tagger, transitions of std 30", TAGGER, gates("lstm"), init.drawn("transitions", 30.0),
    causes=HUGE, layers="transitions")
sick("marks in pixels of the screen, default", MARKER, causes="unscaled_targets wrong_scale "
    "large_initial_loss vanishing_signal")
sick("film, questions of std 100", FILM, HE, init.std(0.1, "film"), init.drawn("question.weight",
    100.0), causes=HUGE, layers="question film")
sick("film, gates of -10", FILM, HE, init.std(0.1, "film"), parts("film.bias", 0, 40, -10.0),
    network=lambda: Film(gated=True), causes=f"saturated_units no_gradient {GONE}",
    layers="film")
sick("student, logits times 20", STUDENT, HE, network=lambda: nn.Sequential(*deep(4, nn.ReLU,
    48)(), Scaled(20.0)), causes=HUGE)
sick("kaiming of 5, meant as its gain", RELU8, weights(lambda w: nn.init.kaiming_normal_(w, 5)),
    causes=GONE)
sick("he upside down", RELU8, weights(lambda w: w.normal_(0, math.sqrt(w.shape[1] / 2))),
    causes=HUGE)
sick("gain of selu as pytorch gives it", SELU12, weights(lambda w: nn.init.xavier_normal_(w,
    nn.init.calculate_gain("selu"))), causes=GONE)
sick("spiking, thresholds of 20", SPIKING, HE, network=lambda: Spiking(20.0),
    causes=f"vanishing_gradient constant_weights wrong_scale saturated_units {DEAD}",
    layers="fc1 fc2")
sick("turning, radii of 1.1 to 1.3", TURNING, init.normal(RELU, "mix"), network=lambda:
    Turning(1.1, 1.3), causes=HUGE, layers="radius")
sick("energy of std 5", ENERGY, init.std(5.0), causes=f"saturated_units chaotic {HUGE}")
sick("planar, both vectors zero", PLANAR, init.fill("u", 0.0), init.fill("w", 0.0),
    causes=f"constant_weights never_initialized identical_units {DEAD}", layers="u w")
sick("tasks, log variances of 12", TASKS, HE, init.times(0.3, "heads"), init.fill("log_vars",
    12.0), causes="large_initial_loss vanishing_gradient wrong_scale", layers="log_vars")
sick("selected, gates of -12", SELECTED, HE, init.fill("gate", -12.0),
    causes=f"saturated_units no_gradient {GONE}", layers="gate")
sick("one band for every filter", BANDS, init.fill("low", 0.01), causes="identical_units "
    "constant_weights inputs_indistinguishable", layers="low band")
sick("bands in hertz", BANDS, of("low", lambda p: p.mul_(16000.0)), of("band", lambda p:
    p.mul_(16000.0)), causes=f"chaotic {HUGE}", layers="low band")
sick("powers of 100", POWERS, HE, network=lambda: Powers(100.0), causes=f"not_finite {HUGE}",
    layers="p")
sick("snakes of zero", SNAKE, init.normal(1.0), network=lambda: snake(0.0), causes="no_gradient "
    "constant_weights never_initialized identical_units dead_units vanishing_gradient",
    layers="1 3")
sick("tensor trains of randn", TRAINS, *(of(f"{k}.{one}", lambda p: p.normal_()) for k in
    (0, 2, 4) for one in ("first", "second")), causes=HUGE, layers="0 2 4")
sick("three heads as copies", HEADS, HE, init.copies("heads.0", "heads.1", "heads.2"),
    causes="cloned_layers identical_units", layers="heads")
sick("station, kelvins and hectopascals", STATION, HE, network=lambda: Station(nn.Identity),
    causes=f"{RAW} {HUGE}")
sick("station, answer and head of zero", STATION, HE, init.zeros("head"), init.fill("scale", 0.0),
    causes=f"constant_weights never_initialized identical_units {DEAD}", layers="head scale")
sick("periodic, waves of sigma 30", PERIODIC, HE, network=lambda: Periodic(30.0),
    causes="chaotic wrong_scale exploding_gradient saturated_units exploding_signal",
    layers="frequency")
sick("bytes divided to whole numbers", BYTES, HE, network=lambda: Whole(floor=True),
    causes=f"identical_inputs unscaled_inputs {DEAD} vanishing_gradient")
# fmt: on
