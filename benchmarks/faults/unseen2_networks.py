"""The architectures of the second unseen models, without their initialization."""

from __future__ import annotations

import itertools
import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from held_back_networks import Heads
from networks import Highway, Residual, SwiGLU, conv, head, mlp
from problems import LENGTH, VOCABULARY


class Inception(nn.Module):
    """Convolutions of three sizes and a pooled one, side by side."""

    def __init__(self, inputs: int, each: int = 6) -> None:
        super().__init__()
        self.one, self.three = conv(inputs, each, 1), conv(inputs, each, 3)
        self.five, self.pooled = conv(inputs, each, 5), conv(inputs, each, 1)

    def forward(self, x: Tensor) -> Tensor:
        pooled = functional.max_pool2d(x, 3, 1, 1)
        parts = [self.one(x), self.three(x), self.five(x), self.pooled(pooled)]
        return torch.relu(torch.cat(parts, 1))


def inception(depth: int = 2) -> nn.Sequential:
    """Return a stem, inception blocks and a head."""
    blocks = [Inception(24 if k else 8) for k in range(depth)]
    return nn.Sequential(nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU(), *blocks, *head(24, 16))


class RungeKutta(nn.Module):
    """A differential equation of a small tanh network, in four steps of fourth order."""

    def __init__(self, width: int = 24, steps: int = 4) -> None:
        super().__init__()
        self.stem, self.head = nn.Linear(64, width), nn.Linear(width, 10)
        self.field, self.steps = mlp([width, width, width], nn.Tanh), steps

    def forward(self, x: Tensor) -> Tensor:
        h, step = self.stem(x), 1 / self.steps
        for _ in range(self.steps):
            k1 = self.field(h)
            k2 = self.field(h + step / 2 * k1)
            k3 = self.field(h + step / 2 * k2)
            k4 = self.field(h + step * k3)
            h = h + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return self.head(h)


class DeepUNet(nn.Module):
    """Two levels down and up again, each level joined to what was before it."""

    def __init__(self, width: int = 6) -> None:
        super().__init__()
        self.enter = conv(1, width)
        self.down1 = nn.Conv2d(width, 2 * width, 3, 2, 1)
        self.down2 = nn.Conv2d(2 * width, 4 * width, 3, 2, 1)
        self.bottom = conv(4 * width, 4 * width)
        self.up2, self.join2 = conv(4 * width, 2 * width), conv(4 * width, 2 * width)
        self.up1, self.join1 = conv(2 * width, width), conv(2 * width, width)
        self.leave = nn.Conv2d(width, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        first = functional.leaky_relu(self.enter(x), 0.2)
        second = functional.leaky_relu(self.down1(first), 0.2)
        h = functional.leaky_relu(self.bottom(functional.leaky_relu(self.down2(second), 0.2)), 0.2)
        h = functional.leaky_relu(self.up2(functional.interpolate(h, scale_factor=2)), 0.2)
        h = functional.leaky_relu(self.join2(torch.cat([second, h], 1)), 0.2)
        h = functional.leaky_relu(self.up1(functional.interpolate(h, scale_factor=2)), 0.2)
        return self.leave(functional.leaky_relu(self.join1(torch.cat([first, h], 1)), 0.2))


class SoftCodes(nn.Module):
    """An autoencoder whose code is six choices of eight words each."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.choices = mlp([64, 40], nn.ReLU, end=nn.ReLU), nn.Linear(40, 48)
        self.decoder = mlp([48, 40, 64], nn.ReLU)

    def forward(self, x: Tensor) -> Tensor:
        logits = self.choices(self.encoder(x)).unflatten(1, (6, 8))
        return self.decoder(logits.softmax(-1).flatten(1))


class Switch(nn.Module):
    """Each sample goes through the one expert that a router prefers, beside a skip."""

    def __init__(self, experts: int = 4, width: int = 32) -> None:
        super().__init__()
        self.stem, self.router = nn.Linear(64, width), nn.Linear(width, experts)
        self.experts = nn.ModuleList(mlp([width, 32, width], nn.ReLU) for _ in range(experts))
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = self.stem(x)
        share, best = self.router(h).softmax(-1).max(-1)
        every = torch.stack([expert(h) for expert in self.experts], 1)
        chosen = every[torch.arange(len(h)), best]
        return self.head(torch.relu(h + share[:, None] * chosen))


class Contrast(nn.Module):
    """A tower for each view, and cosines of what they say, times a trained factor (CLIP)."""

    def __init__(self, factor: float = 10.0) -> None:
        super().__init__()
        self.left, self.right = (mlp([64, 48, 24], nn.GELU) for _ in range(2))
        self.scale = nn.Parameter(torch.tensor(math.log(factor)))

    def forward(self, x: Tensor) -> Tensor:
        left = functional.normalize(self.left(x[:, 0]), dim=-1)
        right = functional.normalize(self.right(x[:, 1]), dim=-1)
        return self.scale.exp() * left @ right.T


class Verify(nn.Module):
    """One trunk for two images, and whether the two are of a kind: by distance or by a product."""

    def __init__(self, bilinear: bool = False, width: int = 24) -> None:
        super().__init__()
        self.trunk = mlp([64, 48, width], nn.ReLU, end=nn.ReLU)
        self.join = nn.Bilinear(width, width, 1) if bilinear else None
        self.head = None if bilinear else mlp([width, 16, 1], nn.ReLU)

    def forward(self, x: Tensor) -> Tensor:
        first, second = self.trunk(x[:, 0]), self.trunk(x[:, 1])
        if self.join is not None:
            return self.join(first, second)
        return self.head((first - second).abs())


class MaskedConv(nn.Conv2d):
    """A convolution that sees pixels above and to the left, and with ``own`` the pixel itself."""

    def __init__(self, inputs: int, outputs: int, size: int, own: bool) -> None:
        super().__init__(inputs, outputs, size, padding=size // 2)
        mask = torch.ones(size, size)
        mask[size // 2, size // 2 + own :] = 0
        mask[size // 2 + 1 :] = 0
        self.register_buffer("mask", mask)

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv2d(x, self.weight * self.mask, self.bias, padding=self.padding)


def pixel_cnn(width: int = 12) -> nn.Sequential:
    """Return masked convolutions."""
    return nn.Sequential(
        MaskedConv(1, width, 5, own=False), nn.ReLU(), MaskedConv(width, width, 3, own=True),
        nn.ReLU(), MaskedConv(width, width, 3, own=True), nn.ReLU(), nn.Conv2d(width, 1, 1),
    )  # fmt: skip


class HubGraph(nn.Module):
    """Convolutions over a ring of rows that all know one hub; sums, or by the degrees (GCN)."""

    def __init__(self, depth: int = 4, width: int = 20, normed: bool = True) -> None:
        super().__init__()
        near = torch.eye(8) + torch.eye(8).roll(1, 0) + torch.eye(8).roll(-1, 0)
        near[0], near[:, 0] = 1.0, 1.0
        degree = near.sum(1)
        self.register_buffer("near", near / (degree * degree[:, None]).sqrt() if normed else near)
        self.layers = nn.ModuleList(nn.Linear(width if k else 8, width) for k in range(depth))
        self.head = nn.Linear(8 * width, 10)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.relu(self.near @ layer(x))
        return self.head(x.flatten(1))


class Decaying(nn.Module):
    """A linear recurrence with one decay per unit (LRU), and a gated network after it."""

    def __init__(self, low: float = 0.8, high: float = 0.99, width: int = 40) -> None:
        super().__init__()
        self.enter, self.gate = nn.Linear(2, width), nn.Linear(width, width)
        keep = torch.linspace(low, high, width)
        self.decay = nn.Parameter((keep / (1 - keep)).log())  # before a sigmoid
        self.leave, self.head = nn.Linear(width, width), nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        keep = torch.sigmoid(self.decay)
        u, h = (1 - keep.square()).clamp_min(1e-6).sqrt() * self.enter(x), 0.0
        for step in u.unbind(1):
            h = keep * h + step
        return self.head(functional.gelu(self.leave(h)) * torch.sigmoid(self.gate(h)))


class Growing(nn.Module):
    """A linear recurrence whose factors are parameters as they are."""

    def __init__(self, width: int = 40) -> None:
        super().__init__()
        self.enter, self.factors = nn.Linear(2, width), nn.Parameter(torch.linspace(0.8, 1, width))
        self.last = mlp([width, 40, 10], nn.GELU)

    def forward(self, x: Tensor) -> Tensor:
        h = 0.0
        for step in (0.3 * self.enter(x)).unbind(1):
            h = self.factors * h + step
        return self.last(h)


class TimeMix(nn.Module):
    """What RWKV has in place of attention: means of values that decay."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.decay = nn.Parameter(torch.linspace(-4.0, 1.0, width))
        self.bonus = nn.Parameter(torch.zeros(width))
        self.shift = nn.Parameter(torch.full((width,), 0.5))
        self.key, self.value = (nn.Linear(width, width, bias=False) for _ in range(2))
        self.receptance, self.out = (nn.Linear(width, width) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        before = functional.pad(x, (0, 0, 1, 0))[:, :-1]
        x = self.shift * x + (1 - self.shift) * before
        key, value = self.key(x).clamp(max=30.0), self.value(x)
        keep, above, below, means = (-self.decay.exp()).exp(), 0.0, 0.0, []
        for k, v in zip(key.unbind(1), value.unbind(1), strict=True):
            now = (self.bonus + k).exp()
            means.append((above + now * v) / (below + now))
            above, below = keep * above + k.exp() * v, keep * below + k.exp()
        return self.out(torch.sigmoid(self.receptance(x)) * torch.stack(means, 1))


class Rwkv(nn.Module):
    """Time mixing and gated feed-forward layers, over tokens."""

    def __init__(self, depth: int = 2, width: int = 24) -> None:
        super().__init__()
        self.token = nn.Embedding(VOCABULARY, width)
        self.mixes = nn.ModuleList(TimeMix(width) for _ in range(depth))
        self.feeds = nn.ModuleList(mlp([width, 48, width], nn.ReLU) for _ in range(depth))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 * depth + 1))
        self.head = nn.Linear(width, VOCABULARY)

    def forward(self, x: Tensor) -> Tensor:
        h = self.token(x)
        for k, (mix, feed) in enumerate(zip(self.mixes, self.feeds, strict=True)):
            h = h + mix(self.norms[2 * k](h))
            h = h + feed(self.norms[2 * k + 1](h))
        return self.head(self.norms[-1](h))


class RotaryAttention(nn.Module):
    """Causal attention without biases whose queries and keys are turned by their position."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.heads, half = heads, width // heads // 2
        turn = torch.arange(LENGTH)[:, None] * 10.0 ** -(2 * torch.arange(half) / half)
        self.register_buffer("cos", turn.cos())
        self.register_buffer("sin", turn.sin())

    def turned(self, x: Tensor) -> Tensor:
        """Return vectors turned by their position."""
        a, b = x.chunk(2, -1)
        return torch.cat([a * self.cos - b * self.sin, a * self.sin + b * self.cos], -1)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            layer(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for layer in (self.q, self.k, self.v)
        )
        h = functional.scaled_dot_product_attention(
            self.turned(q), self.turned(k), v, is_causal=True
        )
        return self.o(h.transpose(1, 2).flatten(-2))


class Llama(nn.Module):
    """Root-mean-square norms, rotary attention, gated feed-forward layers."""

    def __init__(self, depth: int = 2, width: int = 24) -> None:
        super().__init__()
        self.token = nn.Embedding(VOCABULARY, width)
        self.attention = nn.ModuleList(RotaryAttention(width, 2) for _ in range(depth))
        self.feeds = nn.ModuleList(SwiGLU(width, 40) for _ in range(depth))
        self.norms = nn.ModuleList(nn.RMSNorm(width) for _ in range(2 * depth + 1))
        self.head = nn.Linear(width, VOCABULARY, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        h = self.token(x)
        for k, (attention, feed) in enumerate(zip(self.attention, self.feeds, strict=True)):
            h = h + attention(self.norms[2 * k](h))
            h = h + feed(self.norms[2 * k + 1](h))
        return self.head(self.norms[-1](h))


class Translator(nn.Module):
    """PyTorch's own encoder and decoder; the decoder begins with positions alone."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.token, self.place = nn.Embedding(VOCABULARY, width), nn.Embedding(LENGTH, width)
        self.asked = nn.Parameter(torch.randn(LENGTH, width))
        self.core = nn.Transformer(width, 2, 1, 1, 48, dropout=0.0, batch_first=True)
        self.head = nn.Linear(width, VOCABULARY)

    def forward(self, x: Tensor) -> Tensor:
        h = self.token(x) + self.place.weight
        return self.head(self.core(h, self.asked.expand(len(x), -1, -1)))


class Bert(nn.Module):
    """Normed embeddings and PyTorch's encoder layers with the norm last."""

    def __init__(self, depth: int = 2, width: int = 24) -> None:
        super().__init__()
        self.token, self.place = nn.Embedding(VOCABULARY, width), nn.Embedding(LENGTH, width)
        self.norm = nn.LayerNorm(width)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(width, 2, 48, 0.0, "gelu", batch_first=True)
            for _ in range(depth)
        )
        self.head = nn.Linear(width, VOCABULARY)

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm(self.token(x) + self.place.weight)
        for layer in self.layers:
            h = layer(h)
        return self.head(h)


class DeepNorm(nn.Module):
    """A causal transformer with the norms last, whose skips are enlarged (DeepNet)."""

    def __init__(self, depth: int = 5, width: int = 24, skip: float = 1.0) -> None:
        super().__init__()
        self.token, self.place = nn.Embedding(VOCABULARY, width), nn.Embedding(LENGTH, width)
        self.attention = nn.ModuleList(Heads(width, 2, causal=True) for _ in range(depth))
        self.feeds = nn.ModuleList(mlp([width, 48, width], nn.GELU) for _ in range(depth))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 * depth))
        self.head, self.skip = nn.Linear(width, VOCABULARY), skip

    def forward(self, x: Tensor) -> Tensor:
        h = self.token(x) + self.place.weight
        for k, (attention, feed) in enumerate(zip(self.attention, self.feeds, strict=True)):
            h = self.norms[2 * k](self.skip * h + attention(h))
            h = self.norms[2 * k + 1](self.skip * h + feed(h))
        return self.head(h)


class TiedLstm(nn.Module):
    """An LSTM over tokens, read by the embedding itself."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.token = nn.Embedding(VOCABULARY, width)
        self.layer = nn.LSTM(width, width, batch_first=True)
        self.head = nn.Linear(width, VOCABULARY)
        self.head.weight = self.token.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layer(self.token(x))[0])


class Reservoir(nn.Module):
    """A recurrence of frozen random weights, and a trained head (echo state network)."""

    def __init__(self, radius: float = 0.9, width: int = 120) -> None:
        super().__init__()
        self.enter = nn.Linear(8, width).requires_grad_(requires_grad=False)
        self.loop = nn.Linear(width, width, bias=False).requires_grad_(requires_grad=False)
        nn.init.normal_(self.loop.weight, std=radius / math.sqrt(width))
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.tanh(self.enter(x[:, 0]))
        for step in x[:, 1:].unbind(1):
            h = torch.tanh(self.enter(step) + self.loop(h))
        return self.head(h)


class Spectral(nn.Module):
    """A layer of a Fourier neural operator: complex weights for the low frequencies, and a skip."""

    def __init__(self, width: int, modes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(width, width, modes, 2) / width**2)
        self.skip, self.modes = nn.Conv1d(width, width, 1), modes

    def forward(self, x: Tensor) -> Tensor:
        low = torch.fft.rfft(x)[..., : self.modes]
        mixed = torch.einsum("bik,iok->bok", low, torch.view_as_complex(self.weight))
        return torch.fft.irfft(mixed, n=x.shape[-1]) + self.skip(x)


def fourier_operator(width: int = 16, modes: int = 8) -> nn.Sequential:
    """Return a Fourier neural operator of two layers."""
    return nn.Sequential(nn.Conv1d(1, width, 1), Spectral(width, modes), nn.GELU(),
                         Spectral(width, modes), nn.GELU(), nn.Conv1d(width, 1, 1))  # fmt: skip


class Kan(nn.Module):
    """Sums of trained functions of one input each: a SiLU, and eight bumps (KAN)."""

    def __init__(self, inputs: int, outputs: int, bumps: int = 8) -> None:
        super().__init__()
        self.base = nn.Linear(inputs, outputs)
        self.spline = nn.Linear(inputs * bumps, outputs, bias=False)
        nn.init.normal_(self.spline.weight, std=0.1 / math.sqrt(inputs))
        self.register_buffer("grid", torch.linspace(-2, 2, bumps))

    def forward(self, x: Tensor) -> Tensor:
        bumps = (-((x[..., None] - self.grid) / 0.57).square()).exp()
        return self.base(functional.silu(x)) + self.spline(bumps.flatten(-2))


class DeepFm(nn.Module):
    """Vectors of codes and numbers: their products, a weight each, and a network."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(size, width) for size in (12, 20))
        self.numbers = nn.Parameter(0.1 * torch.randn(2, width))
        self.singles = nn.ModuleList(nn.Embedding(size, 1) for size in (12, 20))
        self.linear = nn.Linear(2, 1)
        self.deep = mlp([4 * width, 32, 1], nn.ReLU)

    def forward(self, x: Tensor) -> Tensor:
        codes, numbers = x[:, :2].long().unbind(1), x[:, 2:]
        rows = [table(code) for table, code in zip(self.tables, codes, strict=True)]
        fields = torch.stack([*rows, *(numbers[..., None] * self.numbers).unbind(1)], 1)
        square, squares = fields.sum(1).square(), fields.square().sum(1)
        products = (square - squares).sum(-1, keepdim=True) / 2
        single = sum(one(code) for one, code in zip(self.singles, codes, strict=True))
        return products + single + self.linear(numbers) + self.deep(fields.flatten(1))


class Flow(nn.Module):
    """Couplings of a normalizing flow in the plane (RealNVP): values, and their log volume."""

    def __init__(self, depth: int = 6, width: int = 24) -> None:
        super().__init__()
        self.couplings = nn.ModuleList(mlp([1, width, width, 2], nn.ReLU) for _ in range(depth))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        a, b = x.chunk(2, 1)
        volume = torch.zeros(len(x))
        for coupling in self.couplings:
            scale, shift = coupling(a).chunk(2, 1)
            a, b = b * scale.exp() + shift, a
            volume = volume + scale[:, 0]
        return torch.cat([a, b], 1), volume


class Diffuser(nn.Module):
    """The noise of a point, by the point and its time: as waves, or as the number of the step."""

    def __init__(self, steps: float = 0.0, width: int = 48) -> None:
        super().__init__()
        self.steps, times = steps, 1 if steps else 8
        self.network = mlp([2 + times, width, width, 2], nn.SiLU)

    def forward(self, x: Tensor) -> Tensor:
        points, time = x[:, :2], x[:, 2:]
        turns = time * torch.tensor([1.0, 2.0, 4.0, 8.0])
        times = time * self.steps if self.steps else torch.cat([turns.sin(), turns.cos()], 1)
        return self.network(torch.cat([points, times], 1))


class BinaryLinear(nn.Linear):
    """A layer of the signs of its weights; gradients pass where a weight is between -1 and 1."""

    def forward(self, x: Tensor) -> Tensor:
        clipped = self.weight.clamp(-1, 1)
        sign = clipped + (self.weight.sign() - clipped).detach()
        return functional.linear(x, sign / math.sqrt(self.in_features), self.bias)


def binarized(width: int = 64) -> nn.Sequential:
    """Return layers of signs, each with a batch norm, and a head."""
    layers: list[nn.Module] = []
    for inputs in (64, width, width):
        layers += [BinaryLinear(inputs, width), nn.BatchNorm1d(width), nn.Hardtanh()]
    return nn.Sequential(*layers, nn.Linear(width, 10))


class Equation(nn.Module):
    """What a network leaves of u' = 3 cos(4 t) - 3 u, and its value at 0 (PINN)."""

    def __init__(self, width: int = 24, act: type = nn.Tanh) -> None:
        super().__init__()
        self.network = mlp([1, width, width, width, 1], act)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            time = x.detach().requires_grad_()
            u = self.network(time)
            slope = torch.autograd.grad(u.sum(), time, create_graph=True)[0]
        rest = slope + 3 * u - 3 * torch.cos(4 * x)
        return rest, self.network(torch.zeros(1, 1))


class MeanAndSpread(nn.Module):
    """A trunk with two heads: a mean and a log variance."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.trunk = mlp([8, width, width], nn.SiLU, end=nn.SiLU)
        self.mean, self.spread = nn.Linear(width, 1), nn.Linear(width, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.trunk(x)
        return self.mean(h), self.spread(h)


class Bumps(nn.Module):
    """Bumps around trained centres in the plane, and a head."""

    def __init__(self, count: int = 48, reach: float = 0.4) -> None:
        super().__init__()
        self.centres, self.head = nn.Parameter(torch.randn(count, 2)), nn.Linear(count, 3)
        self.reach = reach

    def forward(self, x: Tensor) -> Tensor:
        square = (x[:, None] - self.centres).square().sum(-1)
        return self.head((-square / (2 * self.reach**2)).exp())


class ComplexLinear(nn.Module):
    """A complex linear map in two real ones; the parts of a number lie side by side."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.real = nn.Linear(inputs, outputs, bias=False)
        self.imaginary = nn.Linear(inputs, outputs, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        a, b = x.chunk(2, -1)
        real = self.real(a) - self.imaginary(b)
        return torch.cat([real, self.real(b) + self.imaginary(a)], -1)


def complex_mlp(depth: int = 4, width: int = 24) -> nn.Sequential:
    """Return complex layers, each with a ReLU of both parts, and a real head."""
    sizes = [32] + [width] * depth
    layers = [(ComplexLinear(a, b), nn.ReLU()) for a, b in itertools.pairwise(sizes)]
    return nn.Sequential(*itertools.chain(*layers), nn.Linear(2 * width, 10))


class Equalized(nn.Linear):
    """A layer whose weights are multiplied by gain / sqrt(fan-in) as they are used (StyleGAN)."""

    def __init__(self, inputs: int, outputs: int, gain: float) -> None:
        super().__init__(inputs, outputs)
        self.factor = gain / math.sqrt(inputs)

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.factor * self.weight, self.bias)


def equalized(depth: int = 6, width: int = 48) -> nn.Sequential:
    """Return layers with equalized learning rates."""
    layers: list[nn.Module] = []
    for inputs in [64] + [width] * (depth - 2):
        layers += [Equalized(inputs, width, math.sqrt(2)), nn.ReLU()]
    return nn.Sequential(*layers, Equalized(width, 10, 1.0))


class Standardized(nn.Conv2d):
    """A convolution whose filters are standardized as they are used."""

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        spread = weight.std((1, 2, 3), keepdim=True) + 1e-5
        weight = weight / spread / math.sqrt(weight[0].numel())
        return functional.conv2d(x, weight, self.bias, self.stride, self.padding)


def standardized(width: int = 12, depth: int = 3) -> nn.Sequential:
    """Return standardized convolutions with group norms."""
    layers: list[nn.Module] = [nn.Conv2d(1, width, 3, 2, 1), nn.ReLU()]
    for _ in range(depth):
        layers += [Standardized(width, width, 3, padding=1), nn.GroupNorm(3, width), nn.ReLU()]
    return nn.Sequential(*layers, *head(width, 16))


class Rescaled(nn.Module):
    """A frozen layer, and a trained factor for each of its outputs (IA3)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.layer, self.factor = nn.Linear(inputs, outputs), nn.Parameter(torch.ones(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * self.layer(x)


def rescaled(width: int = 64) -> nn.Sequential:
    """Return frozen layers with trained factors, and a head."""
    sizes = [64, width, width, width]
    layers = [(Rescaled(a, b), nn.ReLU()) for a, b in itertools.pairwise(sizes)]
    return nn.Sequential(*itertools.chain(*layers), nn.Linear(width, 10))


def adapted(width: int = 48, depth: int = 3) -> nn.Sequential:
    """Return layers, each followed by a narrow branch (an adapter), and a head."""
    layers: list[nn.Module] = []
    for inputs in [64] + [width] * (depth - 1):
        layers += [nn.Linear(inputs, width), nn.ReLU(), Residual(mlp([width, 8, width], nn.GELU))]
    return nn.Sequential(*layers, nn.Linear(width, 10))


def volume() -> nn.Sequential:
    """Return convolutions of three dimensions."""
    return nn.Sequential(
        nn.Unflatten(1, (1, 4, 4, 4)), nn.Conv3d(1, 8, 3, padding=1), nn.ReLU(),
        nn.Conv3d(8, 12, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(96, 10),
    )  # fmt: skip


def tone_network(depth: int = 4, width: int = 12, norm: bool = True) -> nn.Sequential:
    """Return residual blocks of convolutions along a wave."""
    layers: list[nn.Module] = [nn.Conv1d(1, width, 7, 2, 3)]
    for _ in range(depth):
        branch: list[nn.Module] = []
        for _ in range(2):
            branch += [nn.ReLU(), nn.Conv1d(width, width, 5, padding=2)]
            branch += [nn.BatchNorm1d(width)] if norm else []
        layers.append(Residual(nn.Sequential(*branch)))
    return nn.Sequential(*layers, nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(),
                         nn.Linear(width, 6))  # fmt: skip


def generator(norm: bool = True) -> nn.Sequential:
    """Return an autoencoder whose decoder is that of DCGAN."""
    after = nn.BatchNorm2d if norm else (lambda width: nn.Identity())
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 8, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(8, 16, 4, 2, 1), after(16), nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(16, 12, 4, 2, 1), after(12), nn.ReLU(),
        nn.ConvTranspose2d(12, 8, 4, 2, 1), after(8), nn.ReLU(), conv(8, 1), nn.Flatten(),
    )  # fmt: skip


def linear_network(depth: int = 12, width: int = 32) -> nn.Sequential:
    """Return linear layers with nothing between them."""
    return mlp([64, *[width] * (depth - 1), 10], nn.Identity)


def highway(depth: int = 16, width: int = 32) -> nn.Sequential:
    """Return a stem, highway layers and a head."""
    return nn.Sequential(nn.Linear(64, width), *(Highway(width) for _ in range(depth)),
                         nn.Linear(width, 10))  # fmt: skip
