"""The convolutional and graph architectures of the third unseen models, not initialized."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from networks import Residual, Squeeze, conv, head, mlp


class MBConv(nn.Module):
    """Wide, depthwise, squeezed and narrow again, each with a norm (EfficientNet)."""

    def __init__(self, width: int, wide: int) -> None:
        super().__init__()
        self.wide, self.norm1 = conv(width, wide, 1, bias=False), nn.BatchNorm2d(wide)
        self.mix = conv(wide, wide, 3, groups=wide, bias=False)
        self.norm2, self.squeeze = nn.BatchNorm2d(wide), Squeeze(wide)
        self.narrow, self.norm3 = conv(wide, width, 1, bias=False), nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        h = functional.silu(self.norm1(self.wide(x)))
        h = self.squeeze(functional.silu(self.norm2(self.mix(h))))
        return x + self.norm3(self.narrow(h))


def efficient(depth: int = 1, width: int = 8, classes: int = 4) -> nn.Sequential:
    """Return a stem, MBConv blocks and a head."""
    blocks = [MBConv(width, 20) for _ in range(depth)]
    return nn.Sequential(
        nn.Conv2d(1, width, 3, 2, 1), nn.BatchNorm2d(width), nn.SiLU(), *blocks, nn.Flatten(),
        nn.Linear(16 * width, classes),
    )  # fmt: skip


class Segmenter(nn.Module):
    """Down by a half, scores at both sizes, and a transposed convolution up again (FCN)."""

    def __init__(self, width: int = 12, classes: int = 3) -> None:
        super().__init__()
        self.enter, self.down = conv(1, width), nn.Conv2d(width, width, 3, 2, 1)
        self.scores = nn.ModuleList(conv(width, classes, 1) for _ in range(2))
        self.up = nn.ConvTranspose2d(classes, classes, 4, 2, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        first = torch.relu(self.enter(x))
        second = torch.relu(self.down(first))
        return self.scores[0](first) + self.up(self.scores[1](second))


def dilated(width: int = 8, classes: int = 3) -> nn.Sequential:
    """Return convolutions that reach further and further (context network)."""
    layers: list[nn.Module] = [conv(1, width), nn.ReLU()]
    for reach in (1, 2, 1):
        layers += [nn.Conv2d(width, width, 3, padding=reach, dilation=reach), nn.ReLU()]
    return nn.Sequential(*layers, conv(width, classes, 1))


def detector(width: int = 8) -> nn.Sequential:
    """Return convolutions and a logit for each pixel."""
    return nn.Sequential(conv(1, width), nn.ReLU(), conv(width, width), nn.ReLU(),
                         conv(width, 1, 1))  # fmt: skip


def enlarger(width: int = 16) -> nn.Sequential:
    """Return a network that makes an image of its quarter-size mean by shuffling pixels."""
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)), nn.AvgPool2d(2), conv(1, width), nn.ReLU(),
        conv(width, width), nn.ReLU(), conv(width, 4), nn.PixelShuffle(2), nn.Flatten(),
    )  # fmt: skip


class Transforming(nn.Module):
    """A network that places, turns and scales the image before another one sees it (STN)."""

    def __init__(self) -> None:
        super().__init__()
        self.where = mlp([64, 24, 6], nn.ReLU)
        self.what = nn.Sequential(nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU(), nn.Flatten(),
                                  *mlp([128, 32, 10], nn.ReLU))  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        theta = self.where(x.flatten(1)).view(-1, 2, 3)
        grid = functional.affine_grid(theta, list(x.shape), align_corners=False)
        return self.what(functional.grid_sample(x, grid, align_corners=False))


class Deformed(nn.Module):
    """Convolutions of maps that are read at shifted places; the shifts are computed, too."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.enter, self.shift = nn.Conv2d(1, width, 3, padding=1), conv(width, 2)
        self.next = nn.Conv2d(width, width, 3, 2, 1)
        self.last = nn.Sequential(*head(width, 16))
        line = torch.linspace(-1, 1, 8)
        self.register_buffer("grid", torch.stack(torch.meshgrid(line, line, indexing="xy"), -1))

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.enter(x))
        at = self.grid + 2 / 7 * self.shift(h).movedim(1, -1)
        h = functional.grid_sample(h, at, align_corners=True)
        return self.last(torch.relu(self.next(h)))


def critic(norm: bool = False, spectral: bool = False, width: int = 12) -> nn.Sequential:
    """Return a discriminator of strided convolutions."""
    layers: list[nn.Module] = []
    for inputs, outputs in ((1, width), (width, 2 * width), (2 * width, 2 * width)):
        layers += [nn.Conv2d(inputs, outputs, 4, 2, 1)]
        layers += [nn.BatchNorm2d(outputs)] if norm and inputs > 1 else []
        layers += [nn.LeakyReLU(0.2)]
    layers += [nn.Flatten(), nn.Linear(2 * width, 1)]
    if spectral:
        for layer in layers:
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                parametrizations.spectral_norm(layer)
    return nn.Sequential(*layers)


def sigmoid_lenet() -> nn.Sequential:
    """Return LeNet with sigmoids and mean pooling."""
    return nn.Sequential(
        conv(1, 6, 5), nn.Sigmoid(), nn.AvgPool2d(2), conv(6, 16, 3), nn.Sigmoid(),
        nn.AvgPool2d(2), nn.Flatten(), *mlp([64, 48, 32, 10], nn.Sigmoid),
    )  # fmt: skip


def alexnet() -> nn.Sequential:
    """Return five convolutions and three linear layers."""
    return nn.Sequential(
        conv(1, 8), nn.ReLU(), nn.MaxPool2d(2), conv(8, 16), nn.ReLU(), nn.MaxPool2d(2),
        conv(16, 16), nn.ReLU(), conv(16, 16), nn.ReLU(), conv(16, 12), nn.ReLU(), nn.Flatten(),
        *mlp([48, 48, 48, 10], nn.ReLU),
    )  # fmt: skip


class Timed(nn.Module):
    """Two convolutions around a scale and a shift that follow from the time, and a skip."""

    def __init__(self, width: int, around: float) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(4, width)
        self.first, self.second = conv(width, width), conv(width, width)
        self.scales, self.around = nn.Linear(16, 2 * width), around

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        scale, shift = self.scales(time)[:, :, None, None].chunk(2, 1)
        h = self.first(functional.silu(self.norm(x)))
        h = self.second(functional.silu((self.around + scale) * h + shift))
        return x + h


class Noise(nn.Module):
    """A diffusion U-Net: waves of the time, a block, a skip, and a last convolution."""

    def __init__(self, around: float = 1.0, factor: float = 1.0, width: int = 8) -> None:
        super().__init__()
        self.enter, self.down = conv(1, width), nn.Conv2d(width, width, 3, 2, 1)
        self.clock, self.factor = mlp([8, 16], nn.SiLU, end=nn.SiLU), factor
        self.block = Timed(width, around)
        self.join, self.leave = conv(2 * width, width), conv(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        x, time = x[:, :1], x[:, 1, 0, :1]
        turns = math.pi * time * torch.tensor([0.5, 1.0, 2.0, 4.0])
        time = self.clock(self.factor * torch.cat([turns.sin(), turns.cos()], 1))
        first = self.enter(x)
        low = self.block(self.down(first), time)
        h = self.join(torch.cat([first, functional.interpolate(low, scale_factor=2)], 1))
        return self.leave(functional.silu(h))


def temporal(depth: int = 3, width: int = 12) -> nn.Sequential:
    """Return dilated convolutions with weight norms and skips along a wave (TCN)."""
    layers: list[nn.Module] = [nn.Conv1d(1, width, 1)]
    for k in range(depth):
        one = nn.Conv1d(width, width, 3, padding=2**k, dilation=2**k)
        layers.append(Residual(nn.Sequential(parametrizations.weight_norm(one), nn.ReLU())))
    return nn.Sequential(*layers, nn.Conv1d(width, 1, 1))


class Isomorphism(nn.Module):
    """Sums over neighbours and small networks; all atoms are added up (GIN)."""

    def __init__(self, depth: int = 2, width: int = 24, norm: bool = True) -> None:
        super().__init__()
        make = nn.BatchNorm1d if norm else None
        self.layers = nn.ModuleList(
            mlp([width if k else 4, width, width], nn.ReLU, norm=make) for k in range(depth)
        )
        self.own = nn.Parameter(torch.zeros(depth))
        self.head = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        near, h = x.split([8, 4], -1)
        for own, layer in zip(self.own, self.layers, strict=True):
            seen = (1 + own) * h + near @ h
            h = torch.relu(layer(seen.flatten(0, 1))).unflatten(0, (len(x), 8))
        return self.head(h.sum(1))


class Messages(nn.Module):
    """Messages of neighbours that update a state through a GRU (GGNN)."""

    def __init__(self, rounds: int = 2, width: int = 20) -> None:
        super().__init__()
        self.stem, self.send = nn.Linear(4, width), nn.Linear(width, width)
        self.update, self.rounds = nn.GRUCell(width, width), rounds
        self.each, self.head = mlp([width, width], nn.ReLU, end=nn.ReLU), nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        near, kinds = x.split([8, 4], -1)
        h = self.stem(kinds)
        for _ in range(self.rounds):
            seen = near @ self.send(h)
            h = self.update(seen.flatten(0, 1), h.flatten(0, 1)).view_as(h)
        return self.head(self.each(h).sum(1))
