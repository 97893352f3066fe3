"""Models as their authors initialize them, a row each."""

from __future__ import annotations

from torch import nn

import inits as init
from cases import FINDINGS, Model, Reference
from networks import (
    Dense,
    Experts,
    Fourier,
    Highway,
    Make,
    Maxout,
    Siamese,
    Spare,
    Squeeze,
    Transformer,
    conv,
    deep,
    group_normed,
    head,
    mlp,
    plain_cnn,
    residual_mlp,
    separable,
    weight_normed,
)
from references import (
    ADALN,
    AUTO,
    BARE4,
    BATCH10,
    CIRCLES,
    CIRCLES_RELU,
    CNN,
    CNN12,
    DECODER,
    ENCODER,
    GELU24,
    GPT,
    GRAPH,
    GRU,
    HE,
    IRNN,
    LORA,
    LSTM,
    MIXER,
    MLP,
    RELU12,
    RESIDUAL,
    RESIDUAL6,
    RESNET,
    RNN,
    SHARES_SIGMOID,
    SIGMOID,
    SIREN,
    TABLE,
    TANH4,
    TANH40,
    TIED,
    TRANSPOSED,
    TWO,
    UNET,
    UNIT,
    WORDS,
)

RELU = init.RELU
HEALTHY: list[Model] = []


def healthy(
    name: str,
    family: str,
    base: Reference,
    *inits: init.Init,
    network: Make | None = None,
    zeros: bool = False,
    causes: str = "",
) -> None:
    """Add a model that is expected to be healthy; ``causes``: why it is not, by the truth."""
    words = tuple(causes.split())
    assert set(words) <= FINDINGS, f"{name}: {words}"
    HEALTHY.append(Model(name, family, False, base, network, inits, words, zeros=zeros))


# fmt: off
# plain networks
healthy("default mlp", "plain", MLP)
healthy("he mlp", "plain", MLP, HE)
healthy("orthogonal mlp", "plain", MLP, init.orthogonal(RELU))
healthy("glorot mlp", "plain", MLP, init.glorot())
healthy("sparse mlp", "plain", MLP, init.sparse)
healthy("zero head", "zeros", MLP, HE, init.zeros("6"), zeros=True)
healthy("zero head of a cnn", "zeros", CNN, HE, init.zeros("7"), zeros=True)
healthy("softmax regression from zero", "zeros", Reference("softmax regression", "digits",
    lambda: mlp([64, 10], nn.ReLU)), init.zeros(), zeros=True)
healthy("linear regression from zero", "zeros", Reference("linear regression", "table",
    lambda: mlp([8, 1], nn.ReLU)), init.zeros(), zeros=True)
healthy("default tanh mlp", "plain", TANH4)
healthy("default gelu mlp", "plain", Reference("gelu4 he", "digits", deep(4, nn.GELU), (HE,)))
healthy("default sigmoid, one hidden layer", "plain", Reference("sigmoid2 glorot", "digits",
    deep(2, nn.Sigmoid), (init.glorot(),)))
healthy("selu, 8 layers", "plain", Reference("selu8 orthogonal", "digits", deep(8, nn.SELU),
    (init.orthogonal(1.0),)), UNIT)
healthy("dropout mlp", "plain", Reference("dropout mlp he", "digits", deep(4, nn.ReLU,
    dropout=0.2), (HE,)))
healthy("biases of 0.1", "plain", MLP, HE, init.bias(0.1))
healthy("circles, default", "plain", CIRCLES)
healthy("circles, he relu", "plain", CIRCLES_RELU, init.orthogonal(RELU))
healthy("table, default", "plain", TABLE)
healthy("table, orthogonal", "plain", TABLE, init.orthogonal(RELU))
healthy("output bias of the class shares", "plain", MLP, HE, init.bias(-2.3, "6"))
healthy("tanh, 40 layers, orthogonal", "deep", TANH40, init.orthogonal(1.02))
healthy("relu, 12 layers, he", "deep", RELU12, HE)
healthy("relu, 30 layers, looks linear", "deep", Reference("relu30 orthogonal", "digits", deep(30,
    nn.ReLU), (init.orthogonal(RELU),)), init.looks_linear)
healthy("sigmoid, 8 layers, gain 4", "deep", SIGMOID, init.normal(4.0))
healthy("gelu, 24 layers, orthogonal", "deep", GELU24, init.orthogonal(1.5))
healthy("batch norm, 10 layers", "norms", BATCH10)
healthy("layer norm, 10 layers", "norms", Reference("layer norm 10 he", "digits", deep(10,
    nn.ReLU, norm=nn.LayerNorm), (HE,)))
healthy("maxout", "plain", Reference("maxout he", "digits", lambda: nn.Sequential(nn.Linear(64,
    32), Maxout(32), Maxout(32), nn.Linear(32, 10)), (UNIT,)))
healthy("highway, gates closed", "gates", Reference("highway, gates half open", "digits",
    lambda: nn.Sequential(nn.Linear(64, 32), *(Highway(32) for _ in range(8)), nn.Linear(32, 10)),
    (HE,)), init.bias(-2.0, *(f"{k}.gate" for k in range(1, 9))))
healthy("dense connections", "plain", Reference("dense he", "digits", lambda: Dense(64, 8, 6, 10),
    (HE,)))
healthy("weight norm", "plain", MLP, network=lambda: weight_normed(deep(4, nn.ReLU)()))
healthy("experts", "gates", Reference("experts, gate zero", "digits", Experts, (HE,
    init.zeros("gate"))), HE)
healthy("siamese trunk", "shared", Reference("siamese he", "digits", Siamese, (HE,)))
healthy("two heads", "several outputs", TWO)
healthy("autoencoder, default", "plain", AUTO)
healthy("sigmoid outputs", "plain", SHARES_SIGMOID)

# images
healthy("default cnn", "images", CNN)
healthy("cnn with batch norm", "images", Reference("cnn with batch norm, he", "images",
    lambda: plain_cnn(4, norm=True), (HE,)))
healthy("cnn, 12 layers, he", "images", CNN12, HE)
healthy("cnn, group norm", "images", Reference("cnn, group norm he", "images",
    lambda: group_normed(4), (HE,)))
healthy("depthwise separable cnn", "images", Reference("separable he", "images",
    lambda: separable(3), (HE,)),
    causes="vanishing_signal vanishing_gradient inputs_indistinguishable")
healthy("squeeze and excite", "images", Reference("squeeze he", "images",
    lambda: nn.Sequential(nn.Conv2d(1, 12, 3, 2, 1), nn.ReLU(), Squeeze(12), conv(12, 12),
    nn.ReLU(), Squeeze(12), *head(12, 16)), (HE,)))
healthy("transposed convolutions by the true fan", "images", TRANSPOSED, HE)
healthy("decoder of transposed convolutions, default", "images", DECODER)
healthy("u-net, default", "images", UNET)
healthy("resnet", "residuals", RESNET, HE)
healthy("resnet, zero gamma", "residuals", RESNET, init.norms(0.0, *(f"{k}.branch.4" for k in (3,
    5, 7))), zeros=True)
healthy("frozen random features", "frozen", Reference("frozen cnn he", "images",
    lambda: plain_cnn(2), (HE, init.frozen("0", "2"))), init.frozen("0", "2"))

# residuals, gates
healthy("24 residual blocks / sqrt(24)", "residuals", RESIDUAL, init.orthogonal(RELU))
healthy("24 residual blocks, last weight zero", "residuals", RESIDUAL, HE,
    init.zeros(*(f"{k}.branch.2" for k in range(1, 25))), zeros=True)
healthy("rezero", "residuals", RESIDUAL, HE, network=lambda: residual_mlp(24, scale=0.0,
    trained=1), zeros=True)
healthy("layer scale of 1e-4", "residuals", RESIDUAL, HE, network=lambda: residual_mlp(24,
    scale=0.0001, trained=32))
healthy("pre-norm residual mlp", "residuals", RESIDUAL6, network=lambda: residual_mlp(6,
    norm=True))
healthy("adaln-zero", "gates", ADALN, init.zeros("modulations"), zeros=True)
healthy("adaln-zero with a zero head", "gates", ADALN, init.zeros("modulations", "head"),
    zeros=True)
healthy("lora, up zero", "frozen", LORA, zeros=True)

# sequences
healthy("lstm, default", "recurrent", LSTM)
healthy("lstm, forget 1", "recurrent", LSTM, init.recurrent(0.9, forget=1.0))
healthy("gru, default", "recurrent", GRU)
healthy("irnn", "recurrent", IRNN, init.recurrent(1.0, eye=True), init.drawn("layer.weight_ih_l0",
    0.3))
healthy("rnn, orthogonal", "recurrent", RNN, init.recurrent(0.98))
healthy("transformer, default", "attention", GPT)
healthy("transformer, gpt-2", "attention", GPT, init.gpt(2))
healthy("transformer, zero head", "attention", GPT, init.gpt(2), init.zeros("head"), zeros=True)
healthy("transformer, branches begin at zero", "attention", GPT, init.gpt(2),
    init.zeros(*(f"blocks.{k}.{p}" for k in (0, 1) for p in ("attention.out", "feed.2"))),
    zeros=True)
healthy("transformer, swiglu", "attention", Reference("swiglu transformer, gpt-2", "previous",
    lambda: Transformer(gated=True), (init.gpt(2),)))
healthy("transformer, tied", "attention", TIED, init.gpt(2), init.drawn("token.weight", 0.15))
healthy("transformer, one block used three times", "shared", Reference(
    "shared transformer, gpt-2", "previous", lambda: Transformer(3, shared=True), (init.gpt(3),)))
healthy("post-norm transformer, 2 blocks", "attention", Reference("post-norm transformer, gpt-2",
    "previous", lambda: Transformer(norm="post"), (init.gpt(2),)))
healthy("4 attention blocks, scaled", "residuals", BARE4, UNIT)
healthy("encoder of different layers", "attention", ENCODER, init.redrawn("encoder"))
healthy("embedding and linear layers", "embeddings", WORDS, init.drawn("0.weight", 0.5))
healthy("mixer", "mixing", MIXER, HE)
healthy("graph network", "graph", GRAPH)
healthy("siren", "activations", SIREN, init.siren())
healthy("fourier features", "activations", Reference("fourier features he", "signal",
    lambda: nn.Sequential(Fourier(1, 32, 12.0), *mlp([64, 32, 1], nn.ReLU)), (HE,)))
healthy("a spare layer on purpose", "wiring", MLP, HE, network=lambda: Spare(deep(4, nn.ReLU)(),
    nn.Linear(4, 4).requires_grad_(False)))
# fmt: on
