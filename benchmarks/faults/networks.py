"""The architectures of the fault models, without their initialization."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from problems import LENGTH, VOCABULARY

Make = Callable[[], nn.Module]


class Sine(nn.Module):
    """sin(frequency x)."""

    def __init__(self, frequency: float = 30.0) -> None:
        super().__init__()
        self.frequency = frequency

    def forward(self, x: Tensor) -> Tensor:
        return torch.sin(self.frequency * x)


class Square(nn.Module):
    """x squared."""

    def forward(self, x: Tensor) -> Tensor:
        return x.square()


class Maxout(nn.Module):
    """The larger one of two linear maps."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.both = nn.Linear(width, 2 * width)

    def forward(self, x: Tensor) -> Tensor:
        return self.both(x).unflatten(-1, (2, -1)).amax(-2)


class Highway(nn.Module):
    """A gate between a layer and the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer, self.gate = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        gate = torch.sigmoid(self.gate(x))
        return gate * torch.relu(self.layer(x)) + (1 - gate) * x


class Residual(nn.Module):
    """skip x + scale branch(x); the scale may be trained, as one number or one per unit."""

    def __init__(
        self, branch: nn.Module, scale: float = 1.0, skip: float = 1.0, trained: int = 0
    ) -> None:
        super().__init__()
        self.branch, self.skip = branch, skip
        self.scale = nn.Parameter(torch.full((trained,), scale)) if trained else scale

    def forward(self, x: Tensor) -> Tensor:
        return self.skip * x + self.scale * self.branch(x)


class Dense(nn.Module):
    """Each layer sees the outputs of all earlier ones."""

    def __init__(self, inputs: int, growth: int, depth: int, outputs: int) -> None:
        super().__init__()
        sizes = [inputs + growth * k for k in range(depth + 1)]
        self.layers = nn.ModuleList(nn.Linear(size, growth) for size in sizes[:-1])
        self.head = nn.Linear(sizes[-1], outputs)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.cat([x, torch.relu(layer(x))], -1)
        return self.head(x)


class LowRank(nn.Module):
    """A frozen linear map and a trained one of low rank (LoRA)."""

    def __init__(self, inputs: int, outputs: int, rank: int = 8) -> None:
        super().__init__()
        self.base = nn.Linear(inputs, outputs)
        self.down = nn.Linear(inputs, rank, bias=False)
        self.up = nn.Linear(rank, outputs, bias=False)
        nn.init.zeros_(self.up.weight)
        self.base.requires_grad_(requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + self.up(self.down(x))


class Cut(nn.Module):
    """Features whose gradient is cut off, and a head."""

    def __init__(self, features: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.features, self.head = features, head

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x).detach())


class Spare(nn.Module):
    """A network beside a layer that it never calls."""

    def __init__(self, network: nn.Module, spare: nn.Module) -> None:
        super().__init__()
        self.network, self.spare = network, spare

    def forward(self, x: Tensor) -> Tensor:
        return self.network(x)


class Two(nn.Module):
    """A trunk with two heads."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.trunk = mlp([64, width, width], nn.ReLU, end=nn.ReLU)
        self.classes, self.amount = nn.Linear(width, 10), nn.Linear(width, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.trunk(x)
        return self.classes(h), self.amount(h)


class Siamese(nn.Module):
    """One trunk used for both halves of an image."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk, self.head = mlp([32, 32, 16], nn.ReLU, end=nn.ReLU), nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        left, right = x.chunk(2, -1)
        return self.head(torch.cat([self.trunk(left), self.trunk(right)], -1))


class Experts(nn.Module):
    """Four small networks, mixed by a gate."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = nn.Linear(64, 4)
        self.experts = nn.ModuleList(mlp([64, 16, 10], nn.ReLU) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        share = torch.softmax(self.gate(x), -1)
        outputs = torch.stack([expert(x) for expert in self.experts], -1)
        return (outputs * share[:, None]).sum(-1)


class Fourier(nn.Module):
    """Fixed random frequencies of the input."""

    def __init__(self, inputs: int, count: int, frequency: float) -> None:
        super().__init__()
        self.register_buffer("frequencies", frequency * torch.randn(inputs, count))

    def forward(self, x: Tensor) -> Tensor:
        angles = x @ self.frequencies
        return math.sqrt(2) * torch.cat([angles.sin(), angles.cos()], -1)


class Recurrent(nn.Module):
    """A recurrent layer, and a head on its last output."""

    def __init__(self, layer: nn.Module, width: int = 32) -> None:
        super().__init__()
        self.layer, self.head = layer, nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layer(x)[0][:, -1])


class Encoder(nn.Module):
    """PyTorch's own encoder over the rows of an image; its layers begin as copies of one."""

    def __init__(self, depth: int = 2, width: int = 32, heads: int = 4) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            width, heads, 64, dropout=0.0, batch_first=True, norm_first=True
        )
        self.rows = nn.Linear(8, width)
        self.place = nn.Parameter(0.02 * torch.randn(8, width))
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.encoder(self.rows(x) + self.place).mean(1))


class Attention(nn.Module):
    """Causal attention of several heads."""

    def __init__(self, width: int, heads: int, scaled: bool) -> None:
        super().__init__()
        self.q, self.k = nn.Linear(width, width), nn.Linear(width, width)
        self.v, self.out = nn.Linear(width, width), nn.Linear(width, width)
        self.heads, self.scale = heads, 1 / math.sqrt(width // heads) if scaled else 1.0

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            layer(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for layer in (self.q, self.k, self.v)
        )
        scores = self.scale * q @ k.transpose(-1, -2)
        hidden = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
        weights = scores.masked_fill(hidden, -math.inf).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).flatten(-2))


class SwiGLU(nn.Module):
    """A gated feed-forward layer."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.up, self.gate = nn.Linear(width, inner), nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(functional.silu(self.gate(x)) * self.up(x))


class Block(nn.Module):
    """Attention and a feed-forward layer; the norms come before, after, or not at all."""

    def __init__(
        self, width: int, heads: int, norm: str, scaled: bool, gated: bool, residual: float
    ) -> None:
        super().__init__()
        self.attention = Attention(width, heads, scaled)
        self.feed = SwiGLU(width, 64) if gated else mlp([width, 64, width], nn.GELU)
        self.norm, self.residual = norm, residual
        self.norm1 = nn.LayerNorm(width) if norm != "none" else nn.Identity()
        self.norm2 = nn.LayerNorm(width) if norm != "none" else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        if self.norm == "post":
            x = self.norm1(x + self.attention(x))
            return self.norm2(x + self.feed(x))
        x = x + self.residual * self.attention(self.norm1(x))
        return x + self.residual * self.feed(self.norm2(x))


class Transformer(nn.Module):
    """A causal transformer over tokens; ``shared`` uses one block at every depth."""

    def __init__(
        self,
        depth: int = 2,
        width: int = 32,
        heads: int = 2,
        *,
        norm: str = "pre",
        scaled: bool = True,
        gated: bool = False,
        tied: bool = False,
        shared: bool = False,
        residual: float = 1.0,
    ) -> None:
        super().__init__()
        self.token, self.place = nn.Embedding(VOCABULARY, width), nn.Embedding(LENGTH, width)

        def block() -> Block:
            return Block(width, heads, norm, scaled, gated, residual)

        self.blocks = nn.ModuleList(
            [block()] * depth if shared else [block() for _ in range(depth)]
        )
        self.norm = nn.LayerNorm(width) if norm == "pre" else nn.Identity()
        self.head = nn.Linear(width, VOCABULARY, bias=not tied)
        if tied:
            self.head.weight = self.token.weight

    def forward(self, x: Tensor) -> Tensor:
        h = self.token(x) + self.place.weight
        for block in self.blocks:
            h = block(h)
        return self.head(self.norm(h))


class Modulated(nn.Module):
    """Blocks whose shift, scale and gate come from a condition (adaLN); rows of an image."""

    def __init__(self, depth: int = 3, width: int = 32) -> None:
        super().__init__()
        self.stem, self.condition = nn.Linear(64, width), nn.Linear(64, width)
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.feeds = nn.ModuleList(mlp([width, 64, width], nn.GELU) for _ in range(depth))
        self.modulations = nn.ModuleList(nn.Linear(width, 3 * width) for _ in range(depth))
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        h, condition = self.stem(x), functional.silu(self.condition(x))
        for feed, modulation in zip(self.feeds, self.modulations, strict=True):
            shift, scale, gate = modulation(condition).chunk(3, -1)
            h = h + gate * feed((1 + scale) * self.norm(h) + shift)
        return self.head(self.norm(h))


class Mixer(nn.Module):
    """An MLP-mixer over the eight rows of an image."""

    def __init__(self, depth: int = 2, width: int = 32, norm: bool = True) -> None:
        super().__init__()
        self.stem = nn.Linear(8, width)
        self.tokens = nn.ModuleList(mlp([8, 16, 8], nn.GELU) for _ in range(depth))
        self.channels = nn.ModuleList(mlp([width, 64, width], nn.GELU) for _ in range(depth))
        self.norms = nn.ModuleList(
            nn.LayerNorm(width) if norm else nn.Identity() for _ in range(2 * depth + 1)
        )
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = self.stem(x)
        for k, (tokens, channels) in enumerate(zip(self.tokens, self.channels, strict=True)):
            h = h + tokens(self.norms[2 * k](h).transpose(1, 2)).transpose(1, 2)
            h = h + channels(self.norms[2 * k + 1](h))
        return self.head(self.norms[-1](h).mean(1))


class Graph(nn.Module):
    """Averages over neighbours in a grid of rows, and linear layers."""

    def __init__(self, depth: int = 2, width: int = 16) -> None:
        super().__init__()
        near = torch.eye(8) + torch.eye(8).roll(1, 0) + torch.eye(8).roll(-1, 0)
        self.register_buffer("near", near / 3)
        self.layers = nn.ModuleList(nn.Linear(width if k else 8, width) for k in range(depth))
        self.head = nn.Linear(8 * width, 10)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.relu(layer(self.near @ x))
        return self.head(x.flatten(1))


class UNet(nn.Module):
    """Down and up again, with a skip connection."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.down = nn.Conv2d(1, width, 3, padding=1)
        self.bottom = nn.Conv2d(width, 2 * width, 3, stride=2, padding=1)
        self.middle = nn.Conv2d(2 * width, 2 * width, 3, padding=1)
        self.up = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.join = nn.Conv2d(2 * width, width, 3, padding=1)
        self.head = nn.Conv2d(width, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        near = torch.relu(self.down(x))
        far = torch.relu(self.middle(torch.relu(self.bottom(near))))
        return self.head(torch.relu(self.join(torch.cat([near, torch.relu(self.up(far))], 1))))


class Squeeze(nn.Module):
    """Channels weighed by a gate that sees their means."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gate = mlp([width, 4, width], nn.ReLU, end=nn.Sigmoid)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gate(x.mean((2, 3)))[:, :, None, None]


def mlp(
    sizes: list[int],
    nonlinearity: Make,
    *,
    norm: Callable[[int], nn.Module] | None = None,
    dropout: float = 0.0,
    bias: bool = True,
    end: Make | None = None,
) -> nn.Sequential:
    """Return linear layers of these sizes; ``end`` follows the last one."""
    layers: list[nn.Module] = []
    for k, (inputs, outputs) in enumerate(itertools.pairwise(sizes)):
        layers.append(nn.Linear(inputs, outputs, bias=bias))
        if k < len(sizes) - 2:
            layers += [norm(outputs)] if norm else []
            layers += [nonlinearity()]
            layers += [nn.Dropout(dropout)] if dropout else []
    return nn.Sequential(*layers, *([end()] if end else []))


def deep(depth: int, nonlinearity: Make, width: int = 32, **options: object) -> Make:
    """Return a maker of an MLP for the digits with ``depth`` linear layers."""
    sizes = [64, *[width] * (depth - 1), 10]
    return lambda: mlp(sizes, nonlinearity, **options)


def conv(inputs: int, outputs: int, size: int = 3, **options: int) -> nn.Conv2d:
    """Return a convolution that keeps the size of the image."""
    return nn.Conv2d(inputs, outputs, size, padding=size // 2, **options)


def head(width: int, pixels: int = 1) -> list[nn.Module]:
    """Return the last layers of a network of images."""
    pool = [nn.AdaptiveAvgPool2d(1)] if pixels == 1 else []
    return [*pool, nn.Flatten(), nn.Linear(width * pixels, 10)]


def plain_cnn(depth: int, width: int = 12, norm: bool = False, groups: int = 1) -> nn.Sequential:
    """Return a stem and ``depth`` convolutions at half the size of the image."""
    layers: list[nn.Module] = [nn.Conv2d(1, width, 3, stride=2, padding=1), nn.ReLU()]
    for _ in range(depth):
        layers.append(conv(width, width, groups=groups))
        layers += [nn.BatchNorm2d(width)] if norm else []
        layers.append(nn.ReLU())
    return nn.Sequential(*layers, *head(width, 16))


def residual_mlp(
    depth: int,
    width: int = 32,
    *,
    scale: float = 1.0,
    skip: float = 1.0,
    trained: int = 0,
    norm: bool = False,
) -> nn.Sequential:
    """Return a stem, residual blocks of two linear layers, and a head."""
    before = [nn.LayerNorm(width)] if norm else []
    blocks = [
        Residual(nn.Sequential(*before, *mlp([width, width, width], nn.ReLU)), scale, skip, trained)
        for _ in range(depth)
    ]
    return nn.Sequential(nn.Linear(64, width), *blocks, nn.ReLU(), nn.Linear(width, 10))


def resnet(depth: int = 3, width: int = 12) -> nn.Sequential:
    """Return a stem, residual blocks with batch norms, and a head."""
    blocks: list[nn.Module] = []
    for _ in range(depth):
        branch = nn.Sequential(
            conv(width, width, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            conv(width, width, bias=False),
            nn.BatchNorm2d(width),
        )
        blocks += [Residual(branch), nn.ReLU()]
    stem = [nn.Conv2d(1, width, 3, stride=2, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
    return nn.Sequential(*stem, *blocks, *head(width))


def transposed(pairs: int = 5) -> nn.Sequential:
    """Return pairs of a 1 x 1 convolution (4 -> 32) and a transposed 3 x 3 one (32 -> 4)."""
    layers: list[nn.Module] = [nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.ReLU()]
    for _ in range(pairs):
        layers += [nn.Conv2d(4, 32, 1), nn.ReLU()]
        layers += [nn.ConvTranspose2d(32, 4, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*layers, *head(4, 16))


def decoder() -> nn.Sequential:
    """Return an autoencoder whose decoder is of transposed convolutions."""
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)),
        nn.Conv2d(1, 8, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.ConvTranspose2d(16, 8, 2, stride=2),
        nn.ReLU(),
        nn.ConvTranspose2d(8, 1, 2, stride=2),
        nn.Flatten(),
    )


def separable(depth: int, width: int = 12) -> nn.Sequential:
    """Return a stem, pairs of depthwise and 1 x 1 convolutions, and a head."""
    layers: list[nn.Module] = [nn.Conv2d(1, width, 3, stride=2, padding=1), nn.ReLU()]
    for _ in range(depth):
        layers += [conv(width, width, groups=width), nn.ReLU(), conv(width, width, 1), nn.ReLU()]
    return nn.Sequential(*layers, *head(width, 16))


def group_normed(depth: int, width: int = 12) -> nn.Sequential:
    """Return a stem, convolutions with group norms, and a head."""
    layers: list[nn.Module] = [nn.Conv2d(1, width, 3, stride=2, padding=1), nn.ReLU()]
    for _ in range(depth):
        layers += [conv(width, width), nn.GroupNorm(4, width), nn.ReLU()]
    return nn.Sequential(*layers, *head(width, 16))


def weight_normed(module: nn.Module) -> nn.Module:
    """Return a module whose linear weights are a length times a direction."""
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            parametrizations.weight_norm(layer)
    return module
