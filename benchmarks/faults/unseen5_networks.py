"""The architectures of the fifth unseen models, not initialized."""

from __future__ import annotations

import math
from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from networks import Residual, mlp
from unseen5_problems import (
    ATOMS,
    CHOICES,
    DISTRICTS,
    FIELDS,
    GAME_UNITS,
    HOUSE_UNITS,
    KINDS,
    NOTES,
    PHONES,
    VOCABULARY,
)


class Standard(nn.Module):
    """Numbers minus what they are on average, divided by their std."""

    def __init__(self, mean: float | tuple[float, ...], std: float | tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.std


class House(nn.Module):
    """Numbers and two codes of a house, and three layers."""

    def __init__(self, scaled: bool = True, width: int = 40) -> None:
        super().__init__()
        self.scaler = Standard(*HOUSE_UNITS) if scaled else nn.Identity()
        self.district, self.kind = nn.Embedding(DISTRICTS, 6), nn.Embedding(KINDS, 3)
        self.trunk = mlp([13, width, width], nn.ReLU, end=nn.ReLU)
        self.price = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        codes = self.district(x[:, 4].long()), self.kind(x[:, 5].long())
        return self.price(self.trunk(torch.cat([self.scaler(x[:, :4]), *codes], 1)))


class DeepFm(nn.Module):
    """A weight of each code, products of their vectors, and a network over these (DeepFM)."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.register_buffer("offset", torch.arange(FIELDS) * CHOICES)
        self.linear = nn.Embedding(FIELDS * CHOICES, 1)
        self.vectors = nn.Embedding(FIELDS * CHOICES, width)
        self.deep = mlp([FIELDS * width, 32, 1], nn.ReLU)

    def forward(self, x: Tensor) -> Tensor:
        v = self.vectors(x + self.offset)
        pairs = (v.sum(1).square() - v.square().sum(1)).sum(1, keepdim=True) / 2
        return self.linear(x + self.offset).sum(1) + pairs + self.deep(v.flatten(1))


def shelf(end: type[nn.Module] | None = None) -> nn.Sequential:
    """Return a network from 24 ratings to six."""
    return nn.Sequential(OrderedDict(scaler=Standard(3.2, 1.2),
                                     network=mlp([24, 32, 6], nn.ELU, end=end)))  # fmt: skip


class Sales(nn.Module):
    """An LSTM over months from a trained first state; the stamp is scaled, left raw or left out."""

    def __init__(self, pieces: bool = True, stamp: bool = True, width: int = 20) -> None:
        super().__init__()
        mean, std = ([1.64e9], [2.1e7]) if stamp else ([0.0], [1.0])
        of = ([200.0], [80.0]) if pieces else ([0.0], [1.0])
        self.scaler = Standard((*of[0], *mean), (*of[1], *std))
        self.lstm = nn.LSTM(2, width, batch_first=True)
        self.first_h, self.first_c = (nn.Parameter(torch.zeros(1, 1, width)) for _ in range(2))
        self.ahead = nn.Linear(width, 3)

    def forward(self, x: Tensor) -> Tensor:
        first = [one.expand(-1, len(x), -1).contiguous() for one in (self.first_h, self.first_c)]
        return self.ahead(self.lstm(self.scaler(x), tuple(first))[0][:, -1])


class GatedResidual(nn.Module):
    """Two layers behind a gate, added to what came in, and a norm (Temporal Fusion)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)
        self.value, self.gate = nn.Linear(width, width), nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        h = self.second(functional.elu(self.first(x)))
        return self.norm(x + torch.sigmoid(self.gate(h)) * self.value(h))


class Fusion(nn.Module):
    """Two gated residual parts over what 12 months sold."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.scaler, self.enter = Standard(200.0, 80.0), nn.Linear(12, width)
        self.parts = nn.ModuleList(GatedResidual(width) for _ in range(2))
        self.ahead = nn.Linear(width, 3)

    def forward(self, x: Tensor) -> Tensor:
        h = self.enter(self.scaler(x[..., 0]))
        for part in self.parts:
            h = part(h)
        return self.ahead(h)


def motions(width: int = 16) -> nn.Sequential:
    """Return convolutions along time, batch norms, and their largest outputs."""
    return nn.Sequential(
        OrderedDict(
            scaler=Standard(350.0, 600.0),
            conv1=nn.Conv1d(3, width, 5, 2, 2),
            bn1=nn.BatchNorm1d(width),
            relu1=nn.ReLU(),
            conv2=nn.Conv1d(width, width, 5, 2, 2),
            bn2=nn.BatchNorm1d(width),
            relu2=nn.ReLU(),
            pool=nn.AdaptiveMaxPool1d(1),
            flatten=nn.Flatten(),
            fc=nn.Linear(width, 5),
        )
    )


def vgg(mean: float = 110.0, std: float = 70.0, scale: float = 1.0) -> nn.Sequential:
    """Return six convolutions without norms; pixels times a scale, minus a mean, by a std."""
    layers: list[nn.Module] = []
    inputs = 3
    for k in range(6):
        layers += [nn.Conv2d(inputs, 12, 3, 2 if k in (0, 4) else 1, 1), nn.ReLU()]
        inputs = 12
    return nn.Sequential(
        OrderedDict(
            scaler=Standard(mean / scale, std / scale),
            features=nn.Sequential(*layers),
            flatten=nn.Flatten(),
            classifier=nn.Linear(48, 10),
        )
    )


class PaddedBlock(nn.Module):
    """Two convolutions with norms; the shortcut halves the image and adds empty channels."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.stride = outputs // inputs
        self.conv1 = nn.Conv2d(inputs, outputs, 3, self.stride, 1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1)
        self.bn1, self.bn2 = nn.BatchNorm2d(outputs), nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        h = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        short = x[:, :, :: self.stride, :: self.stride]
        empty = h.shape[1] - x.shape[1]
        return torch.relu(h + functional.pad(short, (0, 0, 0, 0, 0, empty)))


def padded(width: int = 8) -> nn.Sequential:
    """Return a small ResNet as its authors wrote it for CIFAR."""
    return nn.Sequential(
        OrderedDict(
            scaler=Standard(110.0, 70.0),
            conv=nn.Conv2d(3, width, 3, 2, 1),
            bn=nn.BatchNorm2d(width),
            relu=nn.ReLU(),
            block=PaddedBlock(width, 2 * width),
            pool=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
            fc=nn.Linear(2 * width, 10),
        )
    )


class GatedUNet(nn.Module):
    """A U-Net of one level, whose skip passes a gate that the level below opens."""

    def __init__(self, width: int = 6) -> None:
        super().__init__()
        self.down1 = nn.Conv2d(1, width, 3, 1, 1)
        self.down2 = nn.Conv2d(width, 2 * width, 3, 2, 1)
        self.up = nn.ConvTranspose2d(2 * width, width, 2, 2)
        self.gate = nn.Conv2d(2 * width, width, 1)
        self.merge, self.last = nn.Conv2d(2 * width, width, 3, 1, 1), nn.Conv2d(width, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        skip = torch.relu(self.down1(x))
        below = torch.relu(self.down2(skip))
        up = self.up(below)
        skip = skip * torch.sigmoid(self.gate(torch.cat([skip, up], 1)))
        return self.last(torch.relu(self.merge(torch.cat([skip, up], 1))))


class Enlarger(nn.Module):
    """Residual blocks times a factor, a skip around them all, and shuffled pixels (EDSR)."""

    def __init__(self, factor: float = 0.1, width: int = 10) -> None:
        super().__init__()

        def conv(inputs: int, outputs: int) -> nn.Conv2d:
            return nn.Conv2d(inputs, outputs, 3, 1, 1)

        self.head = conv(1, width)
        self.body = nn.ModuleList(
            Residual(nn.Sequential(conv(width, width), nn.ReLU(), conv(width, width)), factor)
            for _ in range(2)
        )
        self.tail = conv(width, 4)

    def forward(self, x: Tensor) -> Tensor:
        first = h = self.head(x)
        for block in self.body:
            h = block(h)
        return functional.pixel_shuffle(self.tail(h + first), 2)


class Gin(nn.Module):
    """Sums over bonds and small networks, three times, and the mean of the atoms (GIN)."""

    def __init__(self, scaled: bool = True, width: int = 20) -> None:
        super().__init__()
        self.scaler = Standard((9.2, 18.5), (4.0, 8.0)) if scaled else nn.Identity()
        self.eps = nn.Parameter(torch.zeros(3))
        self.parts = nn.ModuleList(
            mlp([inputs, width, width], nn.ReLU, end=nn.ReLU) for inputs in (2, width, width)
        )
        self.readout = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        h, bonds = self.scaler(x[..., :-ATOMS]), x[..., -ATOMS:]
        for k, part in enumerate(self.parts):
            h = part((1 + self.eps[k]) * h + bonds @ h)
        return self.readout(h.mean(1))


class Player(nn.Module):
    """A trunk over a game's memory; a head for the move, and one for the value."""

    def __init__(self, scaled: bool = True, width: int = 48) -> None:
        super().__init__()
        self.scaler = Standard(*GAME_UNITS) if scaled else nn.Identity()
        self.trunk = mlp([8, width, width], nn.ReLU, end=nn.ReLU)
        self.actor, self.critic = nn.Linear(width, 4), nn.Linear(width, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.trunk(self.scaler(x))
        return self.actor(h), self.critic(h)


class Noisy(nn.Module):
    """A linear layer whose weights get noise of a trained size (NoisyNet)."""

    def __init__(self, inputs: int, outputs: int, sigma: float) -> None:
        super().__init__()
        self.mean = nn.Linear(inputs, outputs)
        self.sigma = nn.Parameter(torch.full((outputs, inputs), sigma / math.sqrt(inputs)))

    def forward(self, x: Tensor) -> Tensor:
        weight = self.mean.weight + self.sigma * torch.randn_like(self.sigma)
        return functional.linear(x, weight, self.mean.bias)


class Values(nn.Module):
    """What each of four actions returns; the one that is asked for."""

    def __init__(self, sigma: float | None = None, scale: float = 40.0, width: int = 40) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(6, width), nn.Linear(width, width)
        self.q = nn.Linear(width, 4) if sigma is None else Noisy(width, 4, sigma)
        self.scale, self.centre = scale, 100.0 if scale > 1 else 0.0

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.fc2(torch.relu(self.fc1(x[:, :6]))))
        q = self.centre + self.scale * self.q(h)
        return q.gather(1, x[:, 6:].long())


class Listener(nn.Module):
    """A GRU over frames, and the phone of each."""

    def __init__(self, scaled: bool = True, width: int = 20) -> None:
        super().__init__()
        self.scaler = Standard(-60.0, 15.0) if scaled else nn.Identity()
        self.gru = nn.GRU(12, width, batch_first=True)
        self.phone = nn.Linear(width, PHONES)

    def forward(self, x: Tensor) -> Tensor:
        return self.phone(self.gru(self.scaler(x))[0])


class TextGru(nn.Module):
    """Vectors of words, a GRU, and its last output."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, width)
        self.gru, self.topic = nn.GRU(width, width, batch_first=True), nn.Linear(width, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.topic(self.gru(self.embed(x))[0][:, -1])


class WordNumbers(TextGru):
    """The same over the numbers of words in place of their vectors."""

    def forward(self, x: Tensor) -> Tensor:
        numbers = x[..., None].float().expand(-1, -1, self.embed.embedding_dim)
        return self.topic(self.gru(numbers)[0][:, -1])


class TextEncoder(nn.Module):
    """One layer of PyTorch's encoder over words and places, and the mean of its outputs."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.embed, self.place = nn.Embedding(VOCABULARY, width), nn.Embedding(8, width)
        self.layer = nn.TransformerEncoderLayer(width, 2, 48, 0.0, batch_first=True)
        self.topic = nn.Linear(width, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.topic(self.layer(self.embed(x) + self.place.weight).mean(1))


class Melody(nn.Module):
    """Two gated convolutions that see earlier notes alone, and the next note."""

    def __init__(self, tied: bool = False, width: int = 24) -> None:
        super().__init__()
        self.embed = nn.Embedding(NOTES, width)
        self.convs = nn.ModuleList(nn.Conv1d(width, 2 * width, 2) for _ in range(2))
        self.next = nn.Linear(width, NOTES)
        if tied:
            self.next.weight = self.embed.weight

    def forward(self, x: Tensor) -> Tensor:
        h = self.embed(x).transpose(1, 2)
        for conv in self.convs:
            h = h + functional.glu(conv(functional.pad(h, (1, 0))), 1)
        return self.next(h.transpose(1, 2))


class Dense(nn.Module):
    """A layer of somebody's own: x W + b, with W of (inputs, outputs)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.randn(inputs, outputs) * math.sqrt(2 / inputs))
        self.b = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.w + self.b


def own_layers(width: int = 40) -> nn.Sequential:
    """Return two layers of PyTorch around two of somebody's own."""
    return nn.Sequential(
        nn.Linear(3, width), nn.ReLU(), Dense(width, width), nn.ReLU(), Dense(width, width),
        nn.ReLU(), nn.Linear(width, 2),
    )  # fmt: skip


class Quantized(nn.Module):
    """An autoencoder whose four codes are the nearest ones of a book (VQ-VAE)."""

    def __init__(self, codes: int = 64, size: int = 4, width: int = 48) -> None:
        super().__init__()
        self.encode = mlp([64, width, 4 * size], nn.ReLU)
        self.book = nn.Embedding(codes, size)
        self.decode = mlp([4 * size, width, 64], nn.ReLU)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        wanted = self.encode(x).unflatten(1, (4, -1))
        chosen = self.book(torch.cdist(wanted.detach(), self.book.weight.detach()).argmin(-1))
        straight = wanted + (chosen - wanted).detach()
        return self.decode(straight.flatten(1)), wanted, chosen


class Styled(nn.Module):
    """A generator whose layers a style multiplies, with noise of a trained size (StyleGAN)."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.mapping = mlp([3, width, width], nn.LeakyReLU, end=nn.LeakyReLU)
        self.start = nn.Parameter(torch.ones(width))
        self.styles = nn.ModuleList(nn.Linear(width, width) for _ in range(2))
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(2))
        self.strength, self.point = nn.Parameter(torch.full((2,), 0.1)), nn.Linear(width, 2)

    def forward(self, x: Tensor) -> Tensor:
        w = self.mapping(x)
        h = self.start.expand(len(x), -1)
        for k, (style, layer) in enumerate(zip(self.styles, self.layers, strict=True)):
            h = layer(h * style(w))
            h = functional.leaky_relu(h + self.strength[k] * torch.randn_like(h), 0.2)
        return self.point(h)


class Operator(nn.Module):
    """A network over a function's values, one over a place, and their product (DeepONet)."""

    def __init__(self, length: float = 1.0, width: int = 32) -> None:
        super().__init__()
        self.branch = mlp([16, width, width], nn.Tanh)
        self.trunk = mlp([1, width, width, width], nn.Tanh, end=nn.Tanh)
        self.bias, self.length = nn.Parameter(torch.zeros(1)), length

    def forward(self, x: Tensor) -> Tensor:
        product = self.branch(x[:, :16]) * self.trunk(self.length * x[:, 16:])
        return product.sum(1, keepdim=True) + self.bias


class Equilibrium(nn.Module):
    """A layer applied ten times to its own output, beside the inputs."""

    def __init__(self, width: int = 40) -> None:
        super().__init__()
        self.inject, self.core = nn.Linear(64, width), nn.Linear(width, width, bias=False)
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        u, z = self.inject(x), 0.0
        for _ in range(10):
            z = torch.tanh(u + (self.core(z) if torch.is_tensor(z) else 0.0))
        return self.head(z)


class Restorer(nn.Module):
    """Rows of a digit, a trained token for the hidden ones, and a network over all (MAE)."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.row, self.token = nn.Linear(8, width), nn.Parameter(0.1 * torch.randn(width))
        self.place = nn.Parameter(0.1 * torch.randn(8, width))
        self.network = mlp([8 * width, 64, 64], nn.GELU)

    def forward(self, x: Tensor) -> Tensor:
        hidden = x[..., 8:]
        rows = self.row(x[..., :8]) * (1 - hidden) + self.token * hidden
        return self.network((rows + self.place).flatten(1)).unflatten(1, (8, 8))


class RmsResidual(nn.Module):
    """Residual layers behind RMS norms."""

    def __init__(self, depth: int = 4, width: int = 40) -> None:
        super().__init__()
        self.enter = nn.Linear(64, width)
        self.norms = nn.ModuleList(nn.RMSNorm(width) for _ in range(depth))
        self.layers = nn.ModuleList(
            nn.ModuleDict({"up": nn.Linear(width, 64), "down": nn.Linear(64, width)})
            for _ in range(depth)
        )
        self.norm, self.head = nn.RMSNorm(width), nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = self.enter(x)
        for norm, layer in zip(self.norms, self.layers, strict=True):
            h = h + layer["down"](functional.silu(layer["up"](norm(h))))
        return self.head(self.norm(h))


class Prototypes(nn.Module):
    """Minus the squared distances to a point of each class, divided by a temperature."""

    def __init__(self, temperature: float = 1.0, width: int = 16) -> None:
        super().__init__()
        self.encode = mlp([64, 40, width], nn.ReLU)
        self.points = nn.Parameter(torch.randn(10, width))
        self.temperature = temperature

    def forward(self, x: Tensor) -> Tensor:
        apart = self.encode(x)[:, None] - self.points
        return -apart.square().mean(-1) / self.temperature
