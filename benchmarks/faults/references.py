"""The well-initialized networks that the models are measured against."""

from __future__ import annotations

import math

from torch import nn

import inits as init
from cases import Reference
from networks import (
    Encoder,
    Graph,
    LowRank,
    Mixer,
    Modulated,
    Recurrent,
    Sine,
    Transformer,
    Two,
    UNet,
    decoder,
    deep,
    mlp,
    plain_cnn,
    residual_mlp,
    resnet,
    transposed,
)

RELU = init.RELU
HE = init.normal(RELU)
UNIT = init.normal(1.0)
MLP = Reference("mlp4 he", "digits", deep(4, nn.ReLU), (HE,))
TANH4 = Reference("tanh4 glorot", "digits", deep(4, nn.Tanh), (init.glorot(),))
TANH40 = Reference("tanh40 orthogonal", "digits", deep(40, nn.Tanh), (init.orthogonal(1.0),))
RELU30 = Reference("relu30 looks-linear", "digits", deep(30, nn.ReLU), (init.looks_linear,))
RELU12 = Reference("relu12 orthogonal", "digits", deep(12, nn.ReLU), (init.orthogonal(RELU),))
SIGMOID = Reference("sigmoid8 orthogonal 4", "digits", deep(8, nn.Sigmoid), (init.orthogonal(4.0),))
GELU24 = Reference("gelu24 orthogonal 1.5", "digits", deep(24, nn.GELU), (init.orthogonal(1.5),))
SELU24 = Reference("selu24 lecun", "digits", deep(24, nn.SELU), (UNIT,))
BATCH40 = Reference(
    "relu40 batch norm, gamma 1, looks-linear without norm",
    "digits",
    deep(40, nn.ReLU),
    (init.looks_linear,),
)
BATCH10 = Reference("relu10 batch norm he", "digits", deep(10, nn.ReLU, norm=nn.BatchNorm1d), (HE,))
CIRCLES = Reference(
    "circles 2-10-5-2 tanh glorot",
    "circles",
    lambda: mlp([2, 10, 5, 2], nn.Tanh),
    (init.glorot(),),
)
CIRCLES_RELU = Reference(
    "circles 2-10-5-2 relu he", "circles", lambda: mlp([2, 10, 5, 2], nn.ReLU), (HE,)
)
CIRCLES20 = Reference(
    "circles tanh20 orthogonal",
    "circles",
    lambda: mlp([2, *[12] * 19, 2], nn.Tanh),
    (init.orthogonal(1.1),),
)
TABLE = Reference("table 8-32-32-1 he", "table", lambda: mlp([8, 32, 32, 1], nn.ReLU), (HE,))
TABLE_DEEP = Reference(
    "table tanh12 orthogonal",
    "table",
    lambda: mlp([8, *[32] * 11, 1], nn.Tanh),
    (init.orthogonal(1.0),),
)
SHARES_SIGMOID = Reference(
    "shares 64-32-64 he, sigmoid outputs",
    "shares",
    lambda: mlp([64, 32, 64], nn.ReLU, end=nn.Sigmoid),
    (HE, init.times(0.5, "2")),
)
SHARES_RELU = Reference(
    "shares 64-32-64 he, relu outputs, bias 0.5",
    "shares",
    lambda: mlp([64, 32, 64], nn.ReLU, end=nn.ReLU),
    (HE, init.times(0.2, "2"), init.bias(0.5, "2")),
)
AUTO = Reference(
    "autoencoder 64-32-16-32-64 he",
    "reconstruct",
    lambda: mlp([64, 32, 16, 32, 64], nn.ReLU),
    (HE,),
)
DECODER = Reference("decoder of transposed convolutions", "reconstruct", decoder, (HE,))
CNN = Reference("cnn3 he", "images", lambda: plain_cnn(2), (HE,))
CNN12 = Reference("cnn12 orthogonal", "images", lambda: plain_cnn(11), (init.orthogonal(RELU),))
DEPTHWISE = Reference("depthwise cnn8 he", "images", lambda: plain_cnn(8, groups=12), (HE,))
TRANSPOSED = Reference("transposed cnn he with its true fan", "images", transposed, (HE,))
RESNET = Reference("resnet default", "images", resnet)
RESIDUAL = Reference(
    "24 residual blocks / sqrt(24)",
    "digits",
    lambda: residual_mlp(24, scale=1 / math.sqrt(24)),
    (HE,),
)
RESIDUAL6 = Reference(
    "6 residual blocks / sqrt(6)",
    "digits",
    lambda: residual_mlp(6, scale=1 / math.sqrt(6)),
    (HE,),
)
SIREN = Reference("siren", "signal", lambda: mlp([1, 32, 32, 32, 1], Sine), (init.siren(),))
LSTM = Reference(
    "lstm orthogonal, forget 1",
    "rows",
    lambda: Recurrent(nn.LSTM(8, 32, batch_first=True)),
    (init.recurrent(1.0, forget=1.0),),
)
GRU = Reference(
    "gru orthogonal",
    "rows",
    lambda: Recurrent(nn.GRU(8, 32, batch_first=True)),
    (init.recurrent(1.0),),
)
RNN = Reference(
    "rnn tanh orthogonal, 32 steps",
    "pixels",
    lambda: Recurrent(nn.RNN(2, 32, batch_first=True)),
    (init.recurrent(1.0),),
)
IRNN = Reference(
    "rnn relu identity, 32 steps",
    "pixels",
    lambda: Recurrent(nn.RNN(2, 32, batch_first=True, nonlinearity="relu")),
    (init.recurrent(1.0, eye=True),),
)
GPT = Reference("pre-norm transformer, gpt-2", "previous", Transformer, (init.gpt(2),))
TIED = Reference(
    "tied transformer, gpt-2", "previous", lambda: Transformer(tied=True), (init.gpt(2),)
)
BARE = Reference(
    "transformer without norms, gpt-2",
    "previous",
    lambda: Transformer(norm="none"),
    (init.gpt(2),),
)
BARE4 = Reference(
    "4 blocks without norms / sqrt(8)",
    "previous",
    lambda: Transformer(4, norm="none", residual=1 / math.sqrt(8)),
)
ENCODER = Reference(
    "encoder of two different layers",
    "rows",
    Encoder,
    (init.redrawn("encoder"),),
)
WORDS = Reference(
    "embedding and head",
    "mapped",
    lambda: nn.Sequential(nn.Embedding(8, 16), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 8)),
)
MIXER = Reference("mixer default", "rows", Mixer)
BARE_MIXER = Reference("mixer without norms", "rows", lambda: Mixer(norm=False))
UNET = Reference("u-net he", "denoise", UNet, (HE,))
GRAPH = Reference("graph2 he", "rows", Graph, (HE,))
GRAPH16 = Reference("graph16 he", "rows", lambda: Graph(16), (init.orthogonal(RELU),))
ADALN = Reference(
    "adaln of std 0.02",
    "digits",
    Modulated,
    (init.std(0.02, "modulations"), init.bias(0.3, "modulations")),
)
LORA = Reference(
    "lora, both drawn",
    "digits",
    lambda: nn.Sequential(LowRank(64, 32), nn.ReLU(), LowRank(32, 10)),
    (init.std(0.1, "0.up", "2.up"),),
)
TWO = Reference("two heads he", "two", Two, (init.normal(RELU, "trunk"),))
