"""The architectures of the sixth unseen models, not initialized."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from networks import mlp
from problems import problem
from unseen5_networks import Standard
from unseen6_problems import (
    BUYERS,
    GOODS,
    LETTERS,
    PATIENT_UNITS,
    PULSE_UNITS,
    RIVER_UNITS,
    SHOPPERS,
    STATE_UNITS,
    WORDS,
    club,
)


class Clip(nn.Module):
    """Numbers kept between 0 and 1."""

    def forward(self, x: Tensor) -> Tensor:
        return x.clamp(0, 1)


class Affine(nn.Module):
    """x times a factor, plus an offset."""

    def __init__(self, factor: float, offset: float | tuple[float, ...] = 0.0) -> None:
        super().__init__()
        self.factor = factor
        self.register_buffer("offset", torch.tensor(offset))

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * x + self.offset


def tumour(scaled: bool = True, width: int = 32) -> nn.Sequential:
    """Return three layers over measures of cells."""
    x = problem("tumours").x
    scaler = Standard(tuple(x.mean(0).tolist()), tuple(x.std(0).tolist()))
    return nn.Sequential(OrderedDict(scaler=scaler if scaled else nn.Identity(),
                                     network=mlp([30, width, width, 2], nn.ReLU)))  # fmt: skip


class Bikes(nn.Module):
    """Vectors of the hour and the weekday, three numbers, and three layers."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.scaler = Standard((14.0, 60.0, 4.0), (8.0, 18.0, 2.0))
        self.hour, self.day = nn.Embedding(24, 6), nn.Embedding(7, 3)
        self.trunk = mlp([12, width, width], nn.SiLU, end=nn.SiLU)
        self.rides = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        codes = self.hour(x[:, 0].long()), self.day(x[:, 1].long())
        return self.rides(self.trunk(torch.cat([*codes, self.scaler(x[:, 2:])], 1)))


class PreBlock(nn.Module):
    """Norms before two convolutions, and what came in (ResNet v2)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(2, width), nn.GroupNorm(2, width)
        self.conv1 = nn.Conv2d(width, width, 3, 1, 1)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv1(torch.relu(self.norm1(x)))
        return x + self.conv2(torch.relu(self.norm2(h)))


def preact(scaler: nn.Module | None = None, width: int = 8) -> nn.Sequential:
    """Return a small ResNet v2 with group norms."""
    return nn.Sequential(
        OrderedDict(
            scaler=scaler or Standard(90.0, 45.0),
            conv=nn.Conv2d(1, width, 3, 2, 1),
            block=PreBlock(width),
            norm=nn.GroupNorm(2, width),
            relu=nn.ReLU(),
            flatten=nn.Flatten(),
            fc=nn.Linear(25 * width, 4),
        )
    )


class WaveUNet(nn.Module):
    """A U-Net along time, of one level: three kinds of each time."""

    def __init__(self, unit: float = 1.0, width: int = 8) -> None:
        super().__init__()
        self.unit = unit
        self.down1 = nn.Conv1d(1, width, 5, 1, 2)
        self.down2 = nn.Conv1d(width, 2 * width, 5, 2, 2)
        self.up = nn.ConvTranspose1d(2 * width, width, 2, 2)
        self.last = nn.Conv1d(2 * width, 3, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        skip = torch.relu(self.down1(self.unit * x))
        up = torch.relu(self.up(torch.relu(self.down2(skip))))
        return self.last(torch.cat([skip, up], 1)).transpose(1, 2)


def painter(width: int = 48) -> nn.Sequential:
    """Return a generator of images from -1 to 1, with batch norms."""
    return mlp([64, width, width, 64], nn.LeakyReLU, norm=nn.BatchNorm1d, end=nn.Tanh)


class Classed(nn.Module):
    """A variational autoencoder that is told the class (CVAE)."""

    def __init__(self, width: int = 40, codes: int = 6) -> None:
        super().__init__()
        self.encode = mlp([74, width], nn.ReLU, end=nn.ReLU)
        self.mean, self.spread = nn.Linear(width, codes), nn.Linear(width, codes)
        self.decode = mlp([codes + 10, width, 64], nn.ReLU)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.encode(x)
        mean, spread = self.mean(h), self.spread(h)
        code = mean + (spread / 2).exp() * torch.randn_like(mean)
        return self.decode(torch.cat([code, x[:, 64:]], 1)), mean, spread


class Friends(nn.Module):
    """Two layers of own and neighbours' features, and a product of two members (GraphSAGE)."""

    def __init__(self, mean: bool = True, width: int = 12) -> None:
        super().__init__()
        knows, x = club()
        self.register_buffer("near", knows / knows.sum(1, keepdim=True) if mean else knows)
        self.register_buffer("x", x)
        self.own1, self.near1 = nn.Linear(12, width), nn.Linear(12, width)
        self.own2, self.near2 = nn.Linear(width, width), nn.Linear(width, width)
        self.prior = nn.Parameter(torch.zeros(1))

    def forward(self, pair: Tensor) -> Tensor:
        h = torch.relu(self.own1(self.x) + self.near1(self.near @ self.x))
        h = self.own2(h) + self.near2(self.near @ h)
        return (h[pair[:, 0]] * h[pair[:, 1]]).sum(1, keepdim=True) + self.prior


class Orders(nn.Module):
    """Products of vectors of buyer and thing, and layers over others of them (NeuMF)."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.buyer, self.thing = nn.Embedding(BUYERS, width), nn.Embedding(BUYERS, width)
        self.buyer2, self.thing2 = nn.Embedding(BUYERS, width), nn.Embedding(BUYERS, width)
        self.deep = mlp([2 * width, 24, 8], nn.ReLU, end=nn.ReLU)
        self.last = nn.Linear(width + 8, 1)

    def forward(self, x: Tensor) -> Tensor:
        product = self.buyer(x[:, 0]) * self.thing(x[:, 1])
        deep = self.deep(torch.cat([self.buyer2(x[:, 0]), self.thing2(x[:, 1])], 1))
        return self.last(torch.cat([product, deep], 1))


class Sessions(nn.Module):
    """Vectors of things, a GRU from a trained first state, and the next thing (GRU4Rec)."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.embed = nn.Embedding(GOODS, width)
        self.first = nn.Parameter(torch.zeros(1, 1, width))
        self.gru, self.next = nn.GRU(width, width, batch_first=True), nn.Linear(width, GOODS)

    def forward(self, x: Tensor) -> Tensor:
        first = self.first.expand(-1, len(x), -1).contiguous()
        return self.next(self.gru(self.embed(x), first)[0][:, -1])


def sound(scale: float = 1 / 8000) -> nn.Sequential:
    """Return two convolutions over samples of sound."""
    return nn.Sequential(
        OrderedDict(
            scaler=Affine(scale),
            conv1=nn.Conv1d(1, 10, 9, 4, 4),
            relu1=nn.ReLU(),
            conv2=nn.Conv1d(10, 10, 5, 2, 2),
            relu2=nn.ReLU(),
            flatten=nn.Flatten(),
            fc=nn.Linear(80, 4),
        )
    )


class River(nn.Module):
    """An LSTM over days; divided by stds, by variances, or as they are."""

    def __init__(self, power: int = 1, width: int = 12) -> None:
        super().__init__()
        means, stds = RIVER_UNITS
        self.scaler = nn.Identity()
        if power:
            self.scaler = Standard(means, tuple(one**power for one in stds))
        self.lstm, self.level = nn.LSTM(3, width, batch_first=True), nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.level(self.lstm(self.scaler(x))[0][:, -1])


class Names(nn.Module):
    """A tanh RNN over letters, one input for each letter."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.rnn = nn.RNN(LETTERS, width, batch_first=True)
        self.language = nn.Linear(width, 4)

    def letters(self, x: Tensor) -> Tensor:
        return functional.one_hot(x, LETTERS).float()

    def forward(self, x: Tensor) -> Tensor:
        return self.language(self.rnn(self.letters(x))[0][:, -1])


class AsciiNames(Names):
    """The same over the numbers of the letters in a file."""

    def letters(self, x: Tensor) -> Tensor:
        return (97.0 + x)[..., None].expand(-1, -1, LETTERS)


class PreLayer(nn.Module):
    """Attention and two layers behind norms, each times a factor of each unit."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.scale1 = nn.Parameter(torch.full((width,), 0.5))
        self.scale2 = nn.Parameter(torch.full((width,), 0.5))

    def forward(self, x: Tensor) -> Tensor:
        parts = self.qkv(self.norm1(x)).unflatten(-1, (3, self.heads, -1))
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        x = x + self.scale1 * self.out(mixed)
        return x + self.scale2 * self.down(functional.gelu(self.up(self.norm2(x))))


class Tickets(nn.Module):
    """A layer over words and places, and the mean of what comes out."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.word, self.place = nn.Embedding(WORDS, width), nn.Embedding(8, width)
        self.layer = PreLayer(width, 2)
        self.norm, self.office = nn.LayerNorm(width), nn.Linear(width, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.office(self.norm(self.layer(self.word(x) + self.place.weight)).mean(1))


def driver(scaler: nn.Module | None = None) -> nn.Sequential:
    """Return two convolutions and two layers that end in a tanh (PilotNet)."""
    return nn.Sequential(
        OrderedDict(
            scaler=scaler or Standard(115.0, 40.0),
            conv1=nn.Conv2d(1, 6, 3, 2, 1),
            elu1=nn.ELU(),
            conv2=nn.Conv2d(6, 12, 3, 2, 1),
            elu2=nn.ELU(),
            flatten=nn.Flatten(),
            fc1=nn.Linear(108, 24),
            elu3=nn.ELU(),
            fc2=nn.Linear(24, 1),
            turn=nn.Tanh(),
        )
    )


class Critic(nn.Module):
    """A layer over the state, two over that and the action (DDPG)."""

    def __init__(self, scaled: bool = True, width: int = 32) -> None:
        super().__init__()
        self.state = Standard(*STATE_UNITS)
        self.action = Standard(*PULSE_UNITS) if scaled else nn.Identity()
        self.fc1, self.fc2 = nn.Linear(6, width), nn.Linear(width + 2, width)
        self.q = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.fc1(self.state(x[:, :6])))
        h = torch.relu(self.fc2(torch.cat([h, self.action(x[:, 6:])], 1)))
        return self.q(h)


def actor(width: int = 32) -> nn.Sequential:
    """Return three layers from a state to actions from -1 to 1 (DDPG)."""
    return nn.Sequential(OrderedDict(
        scaler=Standard(*STATE_UNITS), fc1=nn.Linear(6, width), relu1=nn.ReLU(),
        fc2=nn.Linear(width, width), relu2=nn.ReLU(), action=nn.Linear(width, 2), tanh=nn.Tanh(),
    ))  # fmt: skip


class Cloud(nn.Module):
    """Layers over each point, turned by a matrix made from all of them (PointNet)."""

    def __init__(self, scaler: nn.Module | None = None, width: int = 16) -> None:
        super().__init__()
        self.scaler = scaler or nn.Identity()
        self.look = mlp([3, width], nn.ReLU, end=nn.ReLU)
        self.matrix = nn.Linear(width, 9)
        self.points = mlp([3, width, width], nn.ReLU, end=nn.ReLU)
        self.head = mlp([width, width, 4], nn.ReLU)

    def forward(self, x: Tensor) -> Tensor:
        x = self.scaler(x)
        turned = x @ self.matrix(self.look(x).amax(1)).unflatten(1, (3, 3))
        return self.head(self.points(turned).amax(1))


def compressed(end: type[nn.Module] | None = None) -> nn.Sequential:
    """Return an autoencoder of a heart's waves."""
    return mlp([24, 32, 6, 32, 24], nn.ELU, end=end)


class Shops(nn.Module):
    """Three experts, and a gate and a tower for each of two tasks (MMoE)."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.shopper, self.thing = nn.Embedding(SHOPPERS, 6), nn.Embedding(SHOPPERS, 6)
        self.experts = nn.ModuleList(nn.Linear(15, width) for _ in range(3))
        self.gates = nn.ModuleList(nn.Linear(15, 3) for _ in range(2))
        self.towers = nn.ModuleList(mlp([width, 12, 1], nn.ReLU) for _ in range(2))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        codes = self.shopper(x[:, 0].long()), self.thing(x[:, 1].long())
        x = torch.cat([*codes, x[:, 2:]], 1)
        seen = torch.stack([torch.relu(expert(x)) for expert in self.experts], 1)
        click, buy = (
            tower((gate(x).softmax(1)[..., None] * seen).sum(1))
            for gate, tower in zip(self.gates, self.towers, strict=True)
        )
        return click, buy


class Picture(nn.Module):
    """Waves of a place, four layers, the third of which sees them again, and colours (NeRF)."""

    def __init__(self, unit: float = 1.0, width: int = 32) -> None:
        super().__init__()
        self.unit = unit
        self.fc1, self.fc2 = nn.Linear(14, width), nn.Linear(width, width)
        self.fc3, self.fc4 = nn.Linear(width + 14, width), nn.Linear(width, width)
        self.colour = nn.Linear(width, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.unit * x
        turns = torch.cat([x, 2 * x, 4 * x], 1)
        waves = torch.cat([x, turns.sin(), turns.cos()], 1)
        h = torch.relu(self.fc2(torch.relu(self.fc1(waves))))
        h = torch.relu(self.fc4(torch.relu(self.fc3(torch.cat([h, waves], 1)))))
        return torch.sigmoid(self.colour(h))


def patient(scaled: bool = True) -> nn.Sequential:
    """Return three layers from a patient to a risk (DeepSurv)."""
    return nn.Sequential(OrderedDict(scaler=Standard(*PATIENT_UNITS) if scaled else nn.Identity(),
                                     network=mlp([6, 32, 32, 1], nn.SELU)))  # fmt: skip


class Growing(nn.Linear):
    """A linear map whose weights are exponentials, so that nothing falls where an input grows."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.weight.exp(), self.bias)


def monotone(width: int = 24) -> nn.Sequential:
    """Return three growing layers with tanhs between."""
    return nn.Sequential(Growing(5, width), nn.Tanh(), Growing(width, width), nn.Tanh(),
                         Growing(width, 1))  # fmt: skip


def sensors(nonlinearity: type[nn.Module], depth: int, slope: float | None = None) -> nn.Sequential:
    """Return a network of equal layers from ten sensors to three gases."""
    make = nonlinearity if slope is None else lambda: nonlinearity(slope)
    return mlp([10, *[32] * (depth - 1), 3], make)


class MinimalGru(nn.Module):
    """A state of which a gate replaces a share by what the input alone gives (minGRU)."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.embed = nn.Embedding(GOODS, width)
        self.gate, self.new = nn.Linear(2 * width, width), nn.Linear(2 * width, width)
        self.next = nn.Linear(width, GOODS)

    def forward(self, x: Tensor) -> Tensor:
        v = self.embed(x)
        v = torch.cat([v, functional.pad(v, (0, 0, 1, -1))], 2)  # with the thing before
        keep, new = torch.sigmoid(self.gate(v)), torch.tanh(self.new(v))
        h = torch.zeros_like(new[:, 0])
        for k in range(x.shape[1]):
            h = (1 - keep[:, k]) * h + keep[:, k] * new[:, k]
        return self.next(h)


class LogCosine(nn.Module):
    """Cosines to a direction of each class, times the exponential of a trained number (CLIP)."""

    def __init__(self, log_scale: float = 2.3, width: int = 24) -> None:
        super().__init__()
        self.encode = mlp([64, 40, width], nn.ReLU)
        self.directions = nn.Parameter(torch.randn(10, width))
        self.log_scale = nn.Parameter(torch.tensor(log_scale))

    def forward(self, x: Tensor) -> Tensor:
        h, d = (functional.normalize(one, dim=1) for one in (self.encode(x), self.directions))
        return self.log_scale.exp() * h @ d.T


class Reversible(nn.Module):
    """A series' own mean and std taken out, a trained scale, layers, and all put back (RevIN)."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.gamma, self.beta = nn.Parameter(torch.ones(1)), nn.Parameter(torch.zeros(1))
        self.layers = mlp([16, width, width, 4], nn.ReLU)

    def forward(self, x: Tensor) -> Tensor:
        mean, std = x.mean(1, keepdim=True), x.std(1, keepdim=True) + 1e-5
        y = self.layers(self.gamma * (x - mean) / std + self.beta)
        return mean + std * (y - self.beta) / (self.gamma + 1e-5) - x[:, 15:]
