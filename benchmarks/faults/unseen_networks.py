"""The architectures of the unseen models, without their initialization."""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from held_back_networks import Heads
from networks import Residual, conv, head, mlp
from problems import LENGTH, VOCABULARY


class FrozenNorm(nn.BatchNorm2d):
    """A batch norm that always uses its running statistics and is not trained."""

    def __init__(self, width: int, variance: float = 1.0) -> None:
        super().__init__(width)
        self.running_var.fill_(variance)
        self.requires_grad_(requires_grad=False)
        self.train()

    def train(self, mode: bool = True) -> FrozenNorm:
        return super().train(mode=False)


class TextCnn(nn.Module):
    """Convolutions of two lengths over embedded tokens, and their means."""

    def __init__(self, width: int = 12, maps: int = 16, padding: int | None = None) -> None:
        super().__init__()
        self.token = nn.Embedding(VOCABULARY, width, padding_idx=padding)
        self.convs = nn.ModuleList(nn.Conv1d(width, maps, size) for size in (1, 3))
        self.head = nn.Linear(2 * maps, VOCABULARY)

    def forward(self, x: Tensor) -> Tensor:
        h = self.token(x).transpose(1, 2)
        return self.head(torch.cat([torch.relu(one(h)).mean(-1) for one in self.convs], -1))


class Forecast(nn.Module):
    """A recurrent layer over a series, and a head of one number on its last output."""

    def __init__(self, layer: nn.Module, width: int) -> None:
        super().__init__()
        self.layer, self.head = layer, nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layer(x)[0][:, -1])


class Factors(nn.Module):
    """The product of a user's and an item's vector, and a bias of each."""

    def __init__(self, users: int = 40, items: int = 30, width: int = 6) -> None:
        super().__init__()
        self.users, self.items = nn.Embedding(users, width), nn.Embedding(items, width)
        self.biases = nn.ModuleList([nn.Embedding(users, 1), nn.Embedding(items, 1)])

    def forward(self, x: Tensor) -> Tensor:
        user, item = x.unbind(1)
        product = (self.users(user) * self.items(item)).sum(-1, keepdim=True)
        return product + self.biases[0](user) + self.biases[1](item)


class Cosine(nn.Module):
    """Cosines of features and one vector per class, times a trained scale."""

    def __init__(self, scale: float = 10.0, width: int = 32, epsilon: float = 1e-12) -> None:
        super().__init__()
        self.features = mlp([64, 48, width], nn.ReLU)
        self.classes = nn.Parameter(torch.randn(10, width) / math.sqrt(width))
        self.scale, self.epsilon = nn.Parameter(torch.tensor(scale)), epsilon

    def forward(self, x: Tensor) -> Tensor:
        h = self.features(x)
        h = h / (h.norm(dim=-1, keepdim=True) + self.epsilon)
        return self.scale * h @ functional.normalize(self.classes, dim=-1).T


class Controlled(nn.Module):
    """A frozen network, and a trained copy of its trunk joined by a map of zeros (ControlNet)."""

    def __init__(self, width: int = 48) -> None:
        super().__init__()
        self.trunk = mlp([64, width, width], nn.ReLU, end=nn.ReLU)
        for layer in self.trunk[::2]:
            nn.init.kaiming_normal_(layer.weight)
        self.control = copy.deepcopy(self.trunk)
        self.join, self.head = nn.Linear(width, width), nn.Linear(width, 10)
        nn.init.zeros_(self.join.weight)
        nn.init.zeros_(self.join.bias)
        self.trunk.requires_grad_(requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.trunk(x) + self.join(self.control(x)))


class TiedAutoencoder(nn.Module):
    """An encoder, and its transposed weights as the decoder."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(width, 64) / 8)
        self.inner, self.outer = nn.Parameter(torch.zeros(width)), nn.Parameter(torch.zeros(64))

    def forward(self, x: Tensor) -> Tensor:
        h = functional.silu(functional.linear(x, self.weight, self.inner))
        return functional.linear(h, self.weight.T, self.outer)


class RelativeAttention(nn.Module):
    """Attention with a trained bias for each distance, zero at first (Swin, T5)."""

    def __init__(self, width: int, heads: int, length: int) -> None:
        super().__init__()
        self.q, self.k = nn.Linear(width, width), nn.Linear(width, width)
        self.v, self.out = nn.Linear(width, width), nn.Linear(width, width)
        self.distances = nn.Parameter(torch.zeros(heads, 2 * length - 1))
        at = torch.arange(length)
        self.register_buffer("index", at[:, None] - at + length - 1)
        self.heads = heads

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            layer(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for layer in (self.q, self.k, self.v)
        )
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + self.distances[:, self.index]
        return self.out((scores.softmax(-1) @ v).transpose(1, 2).flatten(-2))


class Relative(nn.Module):
    """A pre-norm encoder over the rows of an image with scaled branches (CaiT), no positions."""

    def __init__(self, depth: int = 2, width: int = 24, scale: float = 0.5) -> None:
        super().__init__()
        self.rows = nn.Linear(8, width)
        self.blocks = nn.ModuleList()
        for _ in range(depth):
            attention = nn.Sequential(nn.LayerNorm(width), RelativeAttention(width, 3, 8))
            feed = nn.Sequential(nn.LayerNorm(width), *mlp([width, 48, width], nn.GELU))
            self.blocks += [Residual(one, scale, trained=width) for one in (attention, feed)]
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(8 * width, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = self.rows(x)
        for block in self.blocks:
            h = block(h)
        return self.head(self.norm(h).flatten(1))


class AttentionPool(nn.Module):
    """Rows of an image with their places, weighed by an attention with tanh."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.each = mlp([16, width, width], nn.ReLU, end=nn.ReLU)
        self.scores = mlp([width, 16, 4], nn.Tanh)
        self.head = nn.Linear(4 * width, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = self.each(torch.cat([x, torch.eye(8).expand(len(x), -1, -1)], -1))
        weights = self.scores(h).softmax(1)
        return self.head((weights.transpose(1, 2) @ h).flatten(1))


class Cross(nn.Module):
    """Products of the inputs with linear maps of them (DCN), beside a small network."""

    def __init__(self, inputs: int = 8, depth: int = 2) -> None:
        super().__init__()
        self.crosses = nn.ModuleList(nn.Linear(inputs, inputs) for _ in range(depth))
        self.deep = mlp([inputs, 32, 16], nn.ReLU, end=nn.ReLU)
        self.head = nn.Linear(inputs + 16, 1)

    def forward(self, x: Tensor) -> Tensor:
        crossed = x
        for layer in self.crosses:
            crossed = x * layer(crossed) + crossed
        return self.head(torch.cat([crossed, self.deep(x)], -1))


class Auxiliary(nn.Module):
    """A network that also computes a second head, which the loss of this phase does not use."""

    def __init__(self, width: int = 40) -> None:
        super().__init__()
        self.trunk = mlp([64, width, width], nn.ReLU, end=nn.ReLU)
        self.classes, self.amount = nn.Linear(width, 10), nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.trunk(x)
        self.amount(h)
        return self.classes(h)


class Masked(nn.Module):
    """Causal attention by PyTorch's layer; ``inverted`` hides what it means to show."""

    def __init__(self, width: int = 24, inverted: bool = False) -> None:
        super().__init__()
        self.token, self.place = nn.Embedding(VOCABULARY, width), nn.Embedding(LENGTH, width)
        self.norm, self.attention = nn.LayerNorm(width), nn.MultiheadAttention(width, 3)
        self.feed, self.head = mlp([width, 48, width], nn.GELU), nn.Linear(width, VOCABULARY)
        self.inverted = inverted

    def forward(self, x: Tensor) -> Tensor:
        at = torch.arange(LENGTH)
        hidden = at[:, None] >= at if self.inverted else at[:, None] < at
        h = self.token(x) + self.place.weight
        seen = self.norm(h).transpose(0, 1)
        h = h + self.attention(seen, seen, seen, attn_mask=hidden)[0].transpose(0, 1)
        return self.head(h + self.feed(h))


class Crelu(nn.Module):
    """relu(x) beside relu(-x)."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([torch.relu(x), torch.relu(-x)], 1)


class Scaled(nn.Module):
    """x times a number that is not trained."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * x


class ClassToken(nn.Module):
    """A pre-norm encoder over patches that is read at a class token, which begins at zero."""

    def __init__(self, width: int = 32, places: float = 0.02) -> None:
        super().__init__()
        self.patch = nn.Conv2d(1, width, 2, 2)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.place = nn.Parameter(places * torch.randn(16, width))
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention, self.feed = Heads(width, 4), mlp([width, 64, width], nn.GELU)
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = self.patch(x).flatten(2).transpose(1, 2) + self.place
        h = torch.cat([self.token.expand(len(h), -1, -1), h], 1)
        h = h + self.attention(self.norm1(h))
        h = h + self.feed(self.norm2(h))
        return self.head(self.norm(h)[:, 0])


def lenet() -> nn.Sequential:
    """Return two convolutions with max pooling and two linear layers."""
    return nn.Sequential(conv(1, 8), nn.ReLU(), nn.MaxPool2d(2), conv(8, 16), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), *mlp([64, 48, 10], nn.ReLU))  # fmt: skip


def stem_and_mlp(depth: int = 14) -> nn.Sequential:
    """Return a convolution and many linear layers."""
    return nn.Sequential(nn.Conv2d(1, 4, 3, 2, 1), nn.ReLU(), nn.Flatten(),
                         *mlp([64, *[40] * depth, 10], nn.ReLU))  # fmt: skip


def bottlenecks(depth: int = 4, width: int = 16) -> nn.Sequential:
    """Return a stem, bottleneck blocks with batch norms, and a head."""
    layers: list[nn.Module] = [nn.Conv2d(1, width, 3, 2, 1), nn.BatchNorm2d(width), nn.ReLU()]
    for _ in range(depth):
        branch = nn.Sequential(
            conv(width, 6, 1, bias=False), nn.BatchNorm2d(6), nn.ReLU(),
            conv(6, 6, bias=False), nn.BatchNorm2d(6), nn.ReLU(),
            conv(6, width, 1, bias=False), nn.BatchNorm2d(width),
        )  # fmt: skip
        layers += [Residual(branch), nn.ReLU()]
    return nn.Sequential(*layers, *head(width))


def skip_cnn(depth: int = 6, *, scale: float = 1.0, trained: int = 0) -> nn.Sequential:
    """Return a stem, residual blocks of convolutions without norms, and a head."""
    blocks = [
        Residual(nn.Sequential(nn.ReLU(), conv(12, 12), nn.ReLU(), conv(12, 12)), scale, 1, trained)
        for _ in range(depth)
    ]
    return nn.Sequential(nn.Conv2d(1, 12, 3, 2, 1), *blocks, nn.ReLU(), *head(12, 16))


def frozen_norms(depth: int = 3, variance: float = 1.0) -> nn.Sequential:
    """Return convolutions, each followed by a norm of fixed statistics."""
    layers: list[nn.Module] = [nn.Conv2d(1, 12, 3, 2, 1), nn.ReLU()]
    for _ in range(depth):
        layers += [conv(12, 12), FrozenNorm(12, variance), nn.ReLU()]
    return nn.Sequential(*layers, *head(12, 16))


def upsampler() -> nn.Sequential:
    """Return an autoencoder whose decoder repeats pixels and convolves."""
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 8, 3, 2, 1), nn.ELU(), nn.Conv2d(8, 12, 3, 2, 1),
        nn.ELU(), nn.Upsample(scale_factor=2), conv(12, 8), nn.ELU(), nn.Upsample(scale_factor=2),
        conv(8, 1), nn.Flatten(),
    )  # fmt: skip


def gated(width: int = 40, depth: int = 3) -> nn.Sequential:
    """Return linear layers whose outputs are gated by others (GLU)."""
    sizes = [64] + [width] * depth
    layers = [nn.Sequential(nn.Linear(a, 2 * width), nn.GLU()) for a in sizes[:-1]]
    return nn.Sequential(*layers, nn.Linear(width, 10))


def crelu_cnn(depth: int = 6) -> nn.Sequential:
    """Return convolutions that are read as relu(x) and relu(-x)."""
    layers: list[nn.Module] = [nn.Conv2d(1, 8, 3, 2, 1), Crelu()]
    for _ in range(depth):
        layers += [conv(16, 8), Crelu()]
    return nn.Sequential(*layers, *head(16, 16))
