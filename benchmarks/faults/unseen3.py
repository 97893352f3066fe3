"""A third set of models that initlab was never tuned on: again other networks, tasks and mistakes.

They were written down, with their causes and places, by somebody who had read neither its code nor
what it says, and before initlab or the truth had seen any of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

import inits as init
from cases import ModelSet
from networks import Recurrent, deep, mlp, residual_mlp
from problems import problem
from unseen import DEAD, GONE, HUGE, parts, trained, uniform, weights
from unseen2 import drawn_parameters, every, frozen_but, of
from unseen3_image_networks import (
    Deformed,
    Isomorphism,
    Messages,
    Noise,
    Segmenter,
    Transforming,
    alexnet,
    critic,
    detector,
    dilated,
    efficient,
    enlarger,
    sigmoid_lenet,
    temporal,
)
from unseen3_networks import (
    Additive,
    Beats,
    Bell,
    Bridge,
    Columns,
    Decoder,
    Density,
    Dueling,
    Each,
    Ensemble,
    Filters,
    Grids,
    Independent,
    Lista,
    Mixture,
    OffsetNorm,
    Pool,
    Quantized,
    Ranked,
    Rational,
    Rounded,
    Sets,
    Side,
    Simple,
    SkipGram,
    Sorted,
    Sparse,
    SwinLike,
    Tree,
    bayesian,
)
from unseen_networks import Forecast

RELU, HE = init.RELU, init.normal(init.RELU)
UNSEEN3 = ModelSet("unseen3")
sick, healthy, base = UNSEEN3.sick, UNSEEN3.healthy, UNSEEN3.base


def matrices(change: Callable[[Tensor], object], begin: str = "") -> init.Init:
    """Return: something done to every parameter of two axes or more whose name begins so."""
    return every(lambda p: change(p) if p.dim() > 1 else None, begin)


def vectors(value: float) -> init.Init:
    """Return: every parameter of one axis set to a value, the scales of norms too."""
    return every(lambda p: p.fill_(value) if p.dim() == 1 else None)


def shuffled_entries(weight: Tensor) -> None:
    """Put the entries of a weight in another order."""
    weight.copy_(weight.flatten()[torch.randperm(weight.numel())].view_as(weight))


def by_samples(weight: Tensor) -> None:
    """Draw as He does, with the number of samples in place of the fan-in."""
    weight.normal_(0, RELU / math.sqrt(1024))


def shares(weight: Tensor) -> None:
    """Set every row to positive numbers with sum 1."""
    weight.copy_(torch.randn_like(weight).softmax(1))


def outlier(weight: Tensor) -> None:
    """Set the first weight to 3."""
    weight.view(-1)[0] = 3.0


def bilinear(weight: Tensor) -> None:
    """Set kernels of 4 x 4 to those that double an image, each channel by itself (FCN)."""
    line = torch.tensor([0.25, 0.75, 0.75, 0.25])
    weight.copy_(torch.eye(weight.shape[0])[..., None, None] * line[:, None] * line)


def each_four_times(layer: nn.Module) -> None:
    """Draw a quarter of the filters by He and repeat each four times (ICNR)."""
    first = layer.weight[::4]
    first = torch.randn_like(first) * RELU / math.sqrt(first[0].numel())
    layer.weight.copy_(first.repeat_interleave(4, 0))


@torch.no_grad()
def unrolled(module: nn.Module) -> None:
    """Set the layers of unrolled sparse coding to a gradient step with a random dictionary."""
    words = nn.functional.normalize(torch.randn(64, module.inner.weight.shape[0]), dim=0)
    module.words.weight.copy_(words)
    module.words.bias.zero_()
    module.enter.weight.copy_(words.T / 4)
    module.inner.weight.copy_(torch.eye(words.shape[1]) - words.T @ words / 4)


@torch.no_grad()
def tied(module: nn.Module) -> None:
    """Set a decoder's columns to length 1, the encoder to its transpose / 4, and biases to 0."""
    words = nn.functional.normalize(module.decoder.weight, dim=0)
    module.decoder.weight.copy_(words)
    module.encoder.weight.copy_(words.T / 4)
    init.bias(0.0)(module)


@torch.no_grad()
def principal(module: nn.Module) -> None:
    """Set a linear autoencoder to the principal components of the digits."""
    x = problem("digits").x
    axes = torch.linalg.svd(x - x.mean(0), full_matrices=False)[2][: len(module[0].weight)]
    module[0].weight.copy_(axes)
    module[0].bias.copy_(-axes @ x.mean(0))
    module[1].weight.copy_(axes.T)
    module[1].bias.copy_(x.mean(0))


@torch.no_grad()
def words_from_codes(module: nn.Module) -> None:
    """Set the words of a quantized autoencoder to codes of some digits."""
    x = problem("codebook").x[:64]
    codes = module.encoder(x).unflatten(1, (4, -1)).flatten(0, 1)
    module.words.copy_(codes[torch.randperm(len(codes))[: len(module.words)]])


def identity_place(scale: float) -> init.Init:
    """Return: a placing network whose first answer is "as it is"; last weights drawn."""

    @torch.no_grad()
    def place(module: nn.Module) -> None:
        last = module.where[2]
        last.weight.normal_(0, scale)
        last.bias.copy_(torch.tensor([1.0, 0, 0, 0, 1, 0]))

    return place


def epsilon(value: float) -> init.Init:
    """Return: this number added to the variance in every layer norm."""

    def change(module: nn.Module) -> None:
        for layer in module.modules():
            if isinstance(layer, nn.LayerNorm):
                layer.eps = value

    return change


def grids(scale: float) -> init.Init:
    """Return: uniform features of the grids."""
    return every(lambda p: p.uniform_(-scale, scale), "grids")


def equal_rows(*names: str) -> init.Init:
    """Return: parameters whose rows are all like the first one."""
    return lambda module: [of(name, lambda p: p.copy_(p[:1].expand_as(p)))(module)
                           for name in names]  # fmt: skip


# fmt: off
MLP4 = base("relu4 of 48 he", "digits", deep(4, nn.ReLU, 48), HE)
SHALLOW = base("one hidden tanh layer", "digits", lambda: mlp([64, 48, 10], nn.Tanh),
    init.glorot())
BELLS = base("bells5", "digits", deep(5, Bell, 48), init.normal(1.2))
SORTED = base("sorted pairs 7, orthogonal", "digits", deep(7, Sorted, 40), init.orthogonal(1.0))
RATIONAL = base("rational 5 he", "digits", deep(5, Rational, 40), HE)
ROUNDED = base("rounded 4 he", "digits", deep(4, lambda: Rounded(0.2), 48), HE)
BITS = base("biases of a checkpoint", "digits", deep(4, nn.ReLU, 64), HE, trained(60, 0.003),
    frozen_but("bias"))
BLOCKS = base("6 blocks of 40", "digits", lambda: residual_mlp(6, 40, scale=1 / math.sqrt(6)), HE)
TREE = base("tree of depth 4", "digits", Tree, init.normal(1.0))
LISTA = base("unrolled coding", "reconstruct", Lista, unrolled)
BAYES = base("drawn weights", "digits", bayesian)
ENSEMBLE = base("four members of signs", "digits", Ensemble, HE)
SIDE = base("six side by side", "digits", Side)
SPARSE = base("sparse autoencoder", "reconstruct", Sparse, tied)
LINEAR = base("linear autoencoder", "reconstruct", lambda: nn.Sequential(nn.Linear(64, 12),
    nn.Linear(12, 64)), init.orthogonal(1.0))
QUANTIZED = base("quantized", "codebook", Quantized, HE, init.times(0.3, "encoder.2", "decoder.2"),
    words_from_codes)

TABLE = base("table silu3 he", "table", lambda: mlp([8, 32, 32, 1], nn.SiLU), HE)
COLUMNS = base("vectors of columns", "table", Columns)
MIXTURE = base("mixture of experts", "table", Mixture, HE)
ADDITIVE = base("steep and additive", "counts", Additive, of("values", lambda p: p.mul_(0.2)))
ORDINAL = base("ordinal he", "ordinal", lambda: mlp([8, 32, 32, 4], nn.ReLU), HE)
DUELING = base("dueling he", "actions", Dueling, HE, init.normal(0.5, "value", "advantage"))
WAITS = base("waits he", "waits", lambda: mlp([8, 32, 32, 1], nn.ReLU), HE, init.times(0.3, "4"))
SECONDS = base("seconds he, bias at the log mean", "seconds", lambda: mlp([8, 32, 32, 1],
    nn.ReLU), HE, init.times(0.3, "4"), init.bias(-8.8, "4"))
DENSITY = base("mixture of normals", "branches", Density, init.glorot())
BRIDGE = base("bridge tanh", "bridge", Bridge, init.glorot(), init.std(1.5, "network.0"),
    init.bias(0.0, "network.0", spread=1.0))
GRIDS = base("grids of 0.1", "plane", Grids, init.normal(RELU, "network"))
FILTERS = base("filters", "plane", Filters, init.normal(1.5))
TRIPLETS = base("triplets he", "triplets", Each, HE)
REDUNDANCY = base("redundancy he", "redundancy", lambda: Each(norm=True), HE)
SKIPGRAM = base("skip-gram of std 0.3", "skipgrams", SkipGram, drawn_parameters(0.3, "weight"))
BEATS = base("beats he", "forecast", Beats, HE, init.times(0.1, *(f"blocks.{k}.4"
    for k in range(3))))

EFFICIENT = base("efficient he", "turned", efficient, HE)
SEGMENTER = base("segmenter he", "segments", Segmenter, HE)
DILATED = base("dilated he", "segments", dilated, HE)
DETECTOR = base("detector he, bias at the share", "spots", detector, HE, init.times(0.3, "4"),
    init.bias(-3.1, "4"))
ENLARGER = base("enlarger he", "reconstruct", enlarger, HE)
PLACED = base("placed, as it is", "images", Transforming, HE, identity_place(0.01))
DEFORMED = base("deformed a little", "images", Deformed, HE, init.std(0.02, "shift"))
CRITIC = base("critic he", "fakes", critic, HE)
LENET = base("lenet of sigmoids", "images", sigmoid_lenet, init.normal(4.0), init.normal(1.0, "13"))
ALEXNET = base("alexnet he", "images", alexnet, HE)
NOISE = base("diffusion u-net", "diffusion", Noise)
TEMPORAL = base("temporal", "smooth", temporal)
ISOMORPHISM = base("sums with batch norms", "molecules", Isomorphism, HE,
    init.times(0.1, "head"))
MESSAGES = base("messages", "molecules", Messages, init.times(0.2, "head"))

ADDING = base("adding lstm, forget 1", "adding", lambda: Forecast(nn.LSTM(2, 32,
    batch_first=True), 32), init.recurrent(1.0, forget=1.0))
LSTM_ROWS = base("lstm of rows, forget 1", "rows", lambda: Recurrent(nn.LSTM(8, 28,
    batch_first=True), 28), init.recurrent(1.0, forget=1.0))
POOL = base("pool of tokens", "padded", Pool, HE)
INDEPENDENT = base("independent", "pixels", Independent, init.glorot())
SIMPLE = base("simple units", "rows", Simple, init.glorot())
SWIN = base("cosines of rows", "rows", SwinLike)
GEMMA = base("gemma, std 0.2", "previous", lambda: Decoder(OffsetNorm, tied=True,
    factor=math.sqrt(24)), init.glorot(), init.drawn("token.weight", 0.2),
    init.drawn("place.weight", 0.3))
DECODER = base("decoder glorot", "previous", Decoder, init.glorot(),
    drawn_parameters(0.5, "token.weight", "place.weight"))
SETS = base("sets he", "largest", Sets, HE, init.times(0.1, "score.2"))

# right, though some of it looks odd
healthy("a random head that is not trained", MLP4, HE, init.orthogonal(1.0, "6"), init.frozen("6"))
healthy("weights through bfloat16", MLP4, HE, every(lambda p: p.copy_(p.bfloat16().float())))
healthy("a checkpoint, entries shuffled", MLP4, HE, trained(50, 0.003),
    weights(shuffled_entries))
healthy("one weight of 3 in each layer", MLP4, HE, weights(outlier))
healthy("one hidden layer of 0.01 randn", SHALLOW, init.std(0.01))
healthy("one hidden layer, head zero", SHALLOW, init.glorot(), init.zeros("2"), zeros=True)
healthy("bells, default", BELLS)
healthy("sorted pairs, glorot", SORTED, init.glorot())
healthy("rational, identities", RATIONAL, HE, drawn_parameters(0.0, "below"), *(of(f"{k}.above",
    lambda p: p.copy_(torch.tensor([0.0, 1.0, 0.0, 0.0]))) for k in (1, 3, 5, 7)), zeros=True)
healthy("rounded, steps of 0.5", ROUNDED, HE, network=deep(4, lambda: Rounded(0.5), 48))
healthy("trained blocks, each twice", BLOCKS, HE, trained(60, 0.003), init.copies("1", "4"),
    init.copies("2", "5"), init.copies("3", "6"))
healthy("tree, leaves of zero", TREE, init.normal(1.0), init.fill("leaves", 0.0), zeros=True)
healthy("unrolled coding, thresholds of zero", LISTA, unrolled, init.fill("threshold", 0.0),
    zeros=True)
healthy("drawn weights of no spread", BAYES, network=lambda: bayesian(-20.0))
healthy("four members that are equal", ENSEMBLE, HE, drawn_parameters(0.0, "reads", "writes"),
    *(of(f"layers.{k}.{one}", lambda p: p.fill_(1.0)) for k in range(4)
    for one in ("reads", "writes")))
healthy("six side by side, orthogonal", SIDE, *(of(f"layers.{k}.weight", lambda p: [
    nn.init.orthogonal_(one, RELU) for one in p]) for k in range(5)))
healthy("sparse autoencoder, encoder drawn", SPARSE, tied, init.normal(0.5, "encoder"))
healthy("sparse autoencoder around the mean", SPARSE, tied, of("decoder.bias", lambda p:
    p.copy_(problem("digits").x.mean(0))))
healthy("principal components", LINEAR, principal)
healthy("words of std 0.05", QUANTIZED, HE, init.times(0.3, "encoder.2", "decoder.2"),
    init.drawn("words", 0.05))

healthy("columns, an answer of zero", COLUMNS, init.fill("answer", 0.0), zeros=True)
healthy("mixture, gate zero", MIXTURE, HE, init.zeros("gate"), zeros=True)
healthy("ordinal, head zero at its shares", ORDINAL, HE, init.zeros("4"), init.fill("4.bias",
    torch.tensor([2.2, 0.85, -0.4, -1.73])), zeros=True)
healthy("one score and four equal thresholds", ORDINAL, HE, network=Ranked, zeros=True)
healthy("dueling, gains of ppo", DUELING, init.orthogonal(RELU), init.orthogonal(0.01, "advantage"),
    init.orthogonal(1.0, "value"))
healthy("dueling, advantages of zero", DUELING, HE, init.zeros("advantage"), zeros=True)
healthy("waits, head zero", WAITS, HE, init.zeros("4"), zeros=True)
healthy("mixture of normals, logits zero", DENSITY, init.glorot(), init.zeros("logits"),
    zeros=True)
healthy("bridge, last layer zero", BRIDGE, init.glorot(), init.std(1.5, "network.0"),
    init.bias(0.0, "network.0", spread=1.0), init.zeros("network.4"), zeros=True)
healthy("grids of 0.0001", GRIDS, init.normal(RELU, "network"), grids(1e-4))
healthy("filters, default", FILTERS)
healthy("triplets of length 1", TRIPLETS, HE, network=lambda: Each(unit=True))
healthy("redundancy, default", REDUNDANCY)
healthy("skip-gram, contexts of zero", SKIPGRAM, of("words.weight", lambda p: p.uniform_(-0.5,
    0.5)), init.fill("contexts.weight", 0.0), zeros=True)
healthy("beats, last layers zero", BEATS, HE, init.zeros(*(f"blocks.{k}.4" for k in range(3))),
    zeros=True)

healthy("efficient, zero gamma", EFFICIENT, HE, init.norms(0.0, "3.norm3"), zeros=True)
healthy("efficient, depthwise by fan-out", EFFICIENT, HE, init.each(lambda layer:
    nn.init.kaiming_normal_(layer.weight, mode="fan_out"), ("3.mix",)))
healthy("segmenter, bilinear kernels and scores of zero", SEGMENTER, HE, init.zeros("scores"),
    weights(bilinear, "up"), zeros=True)
healthy("dilated identities", DILATED, HE, weights(nn.init.dirac_, *(f"{k}" for k in range(2, 8,
    2))))
healthy("detector, bias of zero", DETECTOR, HE, init.times(0.3, "4"))
healthy("detector, head of std 0.01 and bias of -4.6", DETECTOR, HE, init.std(0.01, "4"),
    init.bias(-4.6, "4"))
healthy("filters repeated before pixels are shuffled", ENLARGER, HE, init.each(each_four_times,
    ("6",)))
healthy("placed by zeros, as it is", PLACED, HE, identity_place(0.0), zeros=True)
healthy("shifts of zero", DEFORMED, HE, init.zeros("shift"), zeros=True)
healthy("critic, spectral norms", CRITIC, HE, network=lambda: critic(spectral=True))
healthy("critic, std 0.02 with batch norms", CRITIC, init.std(0.02), network=lambda:
    critic(norm=True))
healthy("alexnet, biases of 1 in four layers", ALEXNET, HE, init.bias(1.0, "3", "8", "11", "13"))
healthy("diffusion u-net, ends of zero", NOISE, init.zeros("leave", "block.second"), zeros=True)
healthy("diffusion u-net, scales of zero", NOISE, init.zeros("block.scales"), zeros=True)
healthy("temporal, an init that its weight norms ignore", TEMPORAL, init.std(0.01, *(
    f"{k}.branch.0" for k in range(1, 4))))
healthy("temporal, glorot on the lengths of its weight norms", TEMPORAL,
    matrices(nn.init.xavier_uniform_))
healthy("sums with batch norms, default", ISOMORPHISM)
healthy("messages, glorot", MESSAGES, init.glorot())

healthy("adding lstm, default", ADDING)
healthy("lstm, glorot over all gates at once", LSTM_ROWS, matrices(nn.init.xavier_uniform_,
    "layer"))
healthy("lstm, everything from -0.1 to 0.1", LSTM_ROWS, every(lambda p: p.uniform_(-0.1, 0.1)))
healthy("pool of tokens, padding of zero", POOL, HE, of("token.weight", lambda p: p[0].zero_()),
    zeros=True)
healthy("independent, factors of 1", INDEPENDENT, init.glorot(), network=lambda: Independent(1.0,
    1.0))
healthy("simple units, forget 2", SIMPLE, init.glorot(), init.bias(2.0, "forget"))
healthy("cosines times 1", SWIN, network=lambda: SwinLike(1.0))
healthy("gemma, every parameter of std 0.1, offsets too", GEMMA, every(lambda p:
    p.normal_(0, 0.1)))
healthy("queries and head of zero", DECODER, init.glorot(), drawn_parameters(0.5, "token.weight",
    "place.weight"), init.zeros("attention.0.q", "head"), zeros=True)
healthy("scores divided by the size", DECODER, init.glorot(), drawn_parameters(0.5,
    "token.weight", "place.weight"), network=lambda: Decoder(divisor=12.0))
healthy("outputs of both branches zero", DECODER, init.glorot(), drawn_parameters(0.5,
    "token.weight", "place.weight"), init.zeros("attention.0.o", "feeds.0.down"),
    zeros=True)
healthy("sets, default", SETS)

# mistakes
sick("a head of zero that is not trained", MLP4, HE, init.zeros("6"), init.frozen("6"),
    causes="no_gradient constant_weights identical_units unreached_parameters dead_output "
    "inputs_indistinguishable vanishing_signal", layers="6")
sick("one layer of 1e-9, through half precision", MLP4, HE, of("2.weight", lambda p:
    p.copy_((1e-9 * p).half().float())),
    causes=f"constant_weights never_initialized identical_units {DEAD}", layers="2")
sick("the number of samples for the fan-in", MLP4, weights(by_samples), causes=GONE)
sick("rows of shares", MLP4, weights(shares), causes=GONE)
sick("biases of random layers alone", BITS, HE, frozen_but("bias"), causes="unreached_parameters "
    "never_initialized no_gradient")
sick("bells of std 1", BELLS, init.std(1.0), causes="dead_units saturated_units chaotic "
    f"no_gradient vanishing_gradient vanishing_signal inputs_indistinguishable {HUGE}")
sick("sorted pairs of std 0.01", SORTED, init.std(0.01), causes=GONE)
sick("rational, numerators of zero", RATIONAL, HE, drawn_parameters(0.0, "above"),
    causes=f"constant_weights never_initialized vanishing_gradient {DEAD}", layers="1 3 5 7")
sick("rounded, steps of 100", ROUNDED, HE, network=deep(4, lambda: Rounded(100.0), 48),
    causes=f"wrong_scale vanishing_gradient {DEAD}", layers="1 3 5")
sick("outputs that are compared with everybody's target", TABLE, HE, network=lambda:
    mlp([8, 32, 32, 1], nn.SiLU, end=lambda: nn.Flatten(0)))
sick("tree, splits times 300", TREE, init.normal(300.0, "splits"), causes="saturated_units "
    "vanishing_gradient no_gradient wrong_scale exploding_signal", layers="splits")
sick("unrolled coding, thresholds of 20", LISTA, unrolled, init.fill("threshold", 20.0),
    causes=f"constant_weights {DEAD}", layers="threshold")
sick("unrolled coding, he like any layer", LISTA, HE, causes=f"chaotic {HUGE}", layers="inner")
sick("drawn weights of spread 2", BAYES, network=lambda: bayesian(2.0),
    causes=f"chaotic {HUGE}")
sick("members' factors of std 0.01", ENSEMBLE, HE, drawn_parameters(0.01, "reads", "writes"),
    causes=GONE, layers="layers")
sick("glorot on weights of three axes", SIDE, matrices(nn.init.xavier_uniform_, "layers"),
    causes=GONE, layers="layers")
sick("six side by side of std 1", SIDE, matrices(nn.init.normal_, "layers"), causes=HUGE,
    layers="layers")
sick("sparse autoencoder, biases of -30", SPARSE, tied, init.bias(-30.0, "encoder"), causes=DEAD,
    layers="encoder")
sick("words of std 10", QUANTIZED, HE, init.times(0.3, "encoder.2", "decoder.2"),
    init.drawn("words", 10.0), causes=f"{HUGE} dead_units",
    layers="words")
sick("words that are equal", QUANTIZED, HE, init.times(0.3, "encoder.2", "decoder.2"),
    equal_rows("words"),
    causes="identical_units constant_weights inputs_indistinguishable", layers="words")

sick("columns' vectors times 50", COLUMNS, of("weight", lambda p: p.mul_(50.0)),
    causes=f"sharp_attention unscaled_residuals {HUGE}", layers="weight")
sick("steep by 5.4, not 0", ADDITIVE, network=lambda: Additive(5.4), causes=HUGE,
    layers="steep")
sick("ordinal, thresholds the wrong way round", ORDINAL, HE, init.fill("4.bias", torch.tensor(
    [-20.0, -7.0, 7.0, 20.0])), causes="large_initial_loss saturated_output wrong_scale",
    layers="4")
sick("dueling, gain 0.01 in every layer", DUELING, init.orthogonal(0.01), causes=GONE)
sick("dueling, a value of 200", DUELING, HE, init.bias(200.0, "value"),
    causes="large_initial_loss wrong_scale exploding_signal inputs_indistinguishable",
    layers="value")
sick("waits, head times 30", WAITS, HE, init.times(30.0, "4"), causes=f"not_finite {HUGE}",
    layers="4")
sick("waits in seconds, default", SECONDS, causes="large_initial_loss wrong_scale "
    "exploding_gradient")
sick("mixture of equal normals", DENSITY, init.glorot(), init.zeros("logits"), init.same_rows(
    "mean"), init.same_rows("spread"), causes="identical_units constant_weights",
    layers="mean spread logits")
sick("mixture of normals, log stds of -7", DENSITY, init.glorot(), init.bias(-7.0, "spread"),
    causes="large_initial_loss exploding_gradient wrong_scale", layers="spread")
sick("bridge of relus", BRIDGE, HE, network=lambda: Bridge(nn.ReLU),
    causes="no_gradient vanishing_gradient")
sick("grids of 10", GRIDS, init.normal(RELU, "network"), grids(10.0), causes=HUGE,
    layers="grids")
sick("filters of frequency 60", FILTERS, init.normal(1.5), network=lambda: Filters(60.0),
    causes="chaotic wrong_scale exploding_gradient saturated_units", layers="waves")
sick("triplets of zero", TRIPLETS, HE, init.zeros("network.2"), causes="constant_weights "
    f"identical_units {DEAD}", layers="network.2")
sick("redundancy, features of zero", REDUNDANCY, HE, init.zeros("network.6"),
    causes=f"not_finite constant_weights identical_units exploding_gradient {DEAD}",
    layers="network.6")
sick("skip-gram, both of zero", SKIPGRAM, drawn_parameters(0.0, "weight"), causes="no_gradient "
    "constant_weights never_initialized identical_units inputs_indistinguishable vanishing_signal",
    layers="words contexts")
sick("skip-gram, default", SKIPGRAM, causes=HUGE,
    layers="words contexts")
sick("beats, what is taken away times 50", BEATS, HE, init.times(50.0, *(f"blocks.{k}.4"
    for k in range(3))), causes=f"unscaled_residuals {HUGE}", layers="blocks")

sick("efficient, every vector zero", EFFICIENT, HE, vectors(0.0), causes="never_initialized "
    f"constant_weights vanishing_gradient {DEAD}", layers="1 3")
sick("segmenter, kernels of ones", SEGMENTER, HE, init.constant(1.0, "up"),
    causes=f"identical_units constant_weights inputs_indistinguishable {HUGE}", layers="up")
sick("dilated, std 0.01", DILATED, init.std(0.01), causes=GONE)
sick("dilated, mean and std exchanged", DILATED, weights(lambda w: w.normal_(1.0, 0.02)),
    causes=f"identical_units inputs_indistinguishable {HUGE}")
sick("detector, prior of the wrong sign", DETECTOR, HE, init.times(0.3, "4"), init.bias(20.0, "4"),
    causes="large_initial_loss saturated_output wrong_scale", layers="4")
sick("enlarger, all four phases and filters equal", ENLARGER, init.constant(0.05),
    causes=f"identical_units constant_weights {GONE}")
sick("placed nowhere", PLACED, HE, init.zeros("where.2"),
    causes="constant_weights inputs_indistinguishable no_gradient never_initialized",
    layers="where")
sick("shifts that leave the image", DEFORMED, HE, init.bias(60.0, "shift"),
    causes=f"saturated_units {DEAD}", layers="shift")
sick("critic, weights clipped at 0.01", CRITIC, uniform(-0.01, 0.01), causes=GONE)
sick("critic, std 1 around 0.02", CRITIC, weights(lambda w: w.normal_(0.02, 1.0)), causes=HUGE)
sick("lenet of sigmoids, default", LENET, causes=GONE)
sick("alexnet, std 0.01 and biases of 1", ALEXNET, init.std(0.01), init.bias(1.0, "3", "8", "11",
    "13"), causes=GONE)
sick("alexnet, 1 / the fan-in for the std", ALEXNET, init.each(lambda layer: layer.weight.normal_(0,
    1 / layer.weight[0].numel()), ()), causes=GONE)
sick("alexnet, he by the last axis", ALEXNET, init.each(lambda layer:
    layer.weight.normal_(0, RELU / math.sqrt(layer.weight.shape[-1])), ()), causes=HUGE)
sick("scales without their 1, zero", NOISE, init.zeros("block.scales", "leave"),
    network=lambda: Noise(around=0.0), causes="no_gradient constant_weights "
    "vanishing_signal inputs_indistinguishable dead_units", layers="block leave")
sick("diffusion u-net, waves of the time times 1000", NOISE, network=lambda: Noise(factor=1000.0),
    causes=f"saturated_units {HUGE}", layers="clock block")
sick("temporal, both ends of std 0.0001", TEMPORAL, init.std(1e-4, "0", "4"), causes=GONE,
    layers="0 4")
sick("sums of five layers without norms", ISOMORPHISM, HE, network=lambda: Isomorphism(5,
    norm=False), causes=HUGE)
sick("messages, update gates of 20", MESSAGES, parts("update.bias_ih", 24, 48, 20.0),
    causes=f"saturated_units no_gradient unreached_parameters {GONE}", layers="update")

sick("adding lstm, candidates of 10", ADDING, init.recurrent(1.0, forget=1.0), parts(
    "layer.bias_ih_l0", 64, 96, 10.0), causes="saturated_units vanishing_gradient "
    "inputs_indistinguishable vanishing_signal", layers="layer")
sick("adding lstm, everything from -2 to 2", ADDING, every(lambda p: p.uniform_(-2.0, 2.0)),
    causes=f"saturated_units chaotic {HUGE}", layers="layer")
sick("a padding of 1000 that counts", POOL, HE, of("token.weight", lambda p: p[0].mul_(1000.0)),
    network=lambda: Pool(masked=False), causes=HUGE, layers="token")
sick("pool of tokens, places of std 30", POOL, HE, init.drawn("place.weight", 30.0), causes=HUGE,
    layers="place")
sick("independent, factors of 1.3", INDEPENDENT, init.glorot(), network=lambda: Independent(1.3,
    1.3), causes=HUGE, layers="factor")
sick("simple units, forget 30", SIMPLE, init.glorot(), init.bias(30.0, "forget", "skip"),
    causes=f"saturated_units no_gradient {GONE}", layers="forget skip")
sick("cosines times 10000", SWIN, network=lambda: SwinLike(1e4),
    causes="sharp_attention wrong_scale exploding_gradient", layers="blocks")
sick("gemma, head of zero after it was tied", GEMMA, init.glorot(), init.drawn("place.weight",
    0.3), init.fill("head.weight", 0.0), causes="constant_weights inputs_indistinguishable "
    "no_gradient identical_units never_initialized vanishing_signal", layers="token head")
sick("gemma, embeddings of std 5", GEMMA, init.glorot(), init.drawn("token.weight", 5.0),
    init.drawn("place.weight", 0.3), causes=f"unscaled_residuals {HUGE}", layers="token head")
sick("layer norms with an epsilon of 1e5", DECODER, init.glorot(), drawn_parameters(0.5,
    "token.weight", "place.weight"), epsilon(1e5), causes=GONE, layers="norms")
sick("every parameter of std 0.02, norms too", DECODER, every(lambda p: p.normal_(0, 0.02)),
    causes=f"never_initialized {GONE}")
sick("a softmax over the queries", DECODER, init.glorot(), drawn_parameters(0.5, "token.weight",
    "place.weight"), network=lambda: Decoder(axis=-2))
sick("a decoder from 0 to 1", DECODER, every(lambda p: p.uniform_(0.0, 1.0)),
    causes=f"inputs_indistinguishable unscaled_residuals sharp_attention {HUGE}")
sick("sets, equal seeds of 100", SETS, HE, init.drawn("inducing", 100.0), equal_rows("inducing"),
    causes=f"identical_units sharp_attention unscaled_residuals {HUGE}", layers="inducing")
# fmt: on
