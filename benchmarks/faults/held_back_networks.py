"""The architectures of the held-back models, without their initialization."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from networks import Fourier, mlp
from problems import LENGTH, VOCABULARY


class NextBlock(nn.Module):
    """Depthwise convolution, norm, two wide linear layers, a trained scale, and a skip."""

    def __init__(self, width: int, scale: float) -> None:
        super().__init__()
        self.mix = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.norm = nn.LayerNorm(width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.scale = nn.Parameter(torch.full((width,), scale))

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm(self.mix(x).movedim(1, -1))
        h = self.scale * self.narrow(functional.gelu(self.wide(h)))
        return x + h.movedim(-1, 1)


class ConvNeXt(nn.Module):
    """A patch stem and ConvNeXt blocks."""

    def __init__(self, depth: int = 3, width: int = 16, scale: float = 0.1) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, width, 2, 2)
        self.blocks = nn.Sequential(*(NextBlock(width, scale) for _ in range(depth)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.norm(self.blocks(self.stem(x)).mean((2, 3))))


class DenseNet(nn.Module):
    """Norm, ReLU, convolution; each sees the maps of all earlier ones."""

    def __init__(self, depth: int = 4, growth: int = 8) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, growth, 3, 2, 1)
        sizes = [growth * (k + 1) for k in range(depth + 1)]
        self.norms = nn.ModuleList(nn.BatchNorm2d(size) for size in sizes)
        self.convs = nn.ModuleList(nn.Conv2d(size, growth, 3, 1, 1) for size in sizes[:-1])
        self.head = nn.Linear(16 * sizes[-1], 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for norm, conv in zip(self.norms, self.convs, strict=False):
            x = torch.cat([x, conv(torch.relu(norm(x)))], 1)
        return self.head(torch.relu(self.norms[-1](x)).flatten(1))


class WaveNet(nn.Module):
    """Gated dilated causal convolutions with residual and skip connections."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.stem = nn.Conv1d(2, width, 1)
        self.steps = (1, 4, 8)
        self.convs = nn.ModuleList(nn.Conv1d(width, 2 * width, 2, dilation=d) for d in self.steps)
        self.outs = nn.ModuleList(nn.Conv1d(width, width, 1) for _ in self.steps)
        self.head = nn.Linear(width * 4, 10)

    def forward(self, x: Tensor) -> Tensor:
        x, skips = self.stem(x.transpose(1, 2)), 0.0
        for step, conv, out in zip(self.steps, self.convs, self.outs, strict=True):
            value, gate = conv(functional.pad(x, (step, 0))).chunk(2, 1)
            h = out(torch.tanh(value) * torch.sigmoid(gate))
            x, skips = x + h, skips + h
        return self.head(functional.adaptive_avg_pool1d(torch.relu(skips), 4).flatten(1))


class Seq2Seq(nn.Module):
    """A GRU that encodes, and one that decodes and attends to the encoded positions."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.token = nn.Embedding(VOCABULARY, width)
        self.encoder = nn.GRU(width, width, batch_first=True)
        self.decoder = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(2 * width, VOCABULARY)

    def forward(self, x: Tensor) -> Tensor:
        x = self.token(x)
        memory, state = self.encoder(x)
        h, _ = self.decoder(x, state)
        scores = h @ memory.transpose(1, 2) / math.sqrt(h.shape[-1])
        return self.head(torch.cat([h, scores.softmax(-1) @ memory], -1))


class GraphAttention(nn.Module):
    """Two layers of graph attention over a ring of rows."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        near = torch.eye(8) + torch.eye(8).roll(1, 0) + torch.eye(8).roll(-1, 0)
        self.register_buffer("apart", near == 0)
        self.maps = nn.ModuleList([nn.Linear(8, width), nn.Linear(width, width)])
        self.sources = nn.ModuleList(nn.Linear(width, 1, bias=False) for _ in range(2))
        self.targets = nn.ModuleList(nn.Linear(width, 1, bias=False) for _ in range(2))
        self.head = nn.Linear(8 * width, 10)

    def forward(self, x: Tensor) -> Tensor:
        for layer, source, target in zip(self.maps, self.sources, self.targets, strict=True):
            h = layer(x)
            scores = functional.leaky_relu(source(h) + target(h).transpose(1, 2), 0.2)
            weights = scores.masked_fill(self.apart, -math.inf).softmax(-1)
            x = functional.elu(weights @ h)
        return self.head(x.flatten(1))


class Heads(nn.Module):
    """Attention from one packed projection, by PyTorch's fused function."""

    def __init__(self, width: int, heads: int, causal: bool = False, bias: bool = True) -> None:
        super().__init__()
        self.packed, self.out = nn.Linear(width, 3 * width, bias), nn.Linear(width, width, bias)
        self.heads, self.causal = heads, causal

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.packed(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        h = functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.out(h.transpose(1, 2).flatten(-2))


class ViT(nn.Module):
    """Patches of 2 x 4, a class token and two registers."""

    def __init__(self, depth: int = 2, width: int = 24) -> None:
        super().__init__()
        self.patch = nn.Conv2d(1, width, (2, 4), (2, 4))
        self.place = nn.Parameter(0.02 * torch.randn(8, width))
        self.extra = nn.Parameter(0.02 * torch.randn(3, width))
        self.attention = nn.ModuleList(Heads(width, 4) for _ in range(depth))
        self.feeds = nn.ModuleList(mlp([width, 64, width], nn.GELU) for _ in range(depth))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 * depth + 1))
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = self.patch(x).flatten(2).transpose(1, 2) + self.place
        h = torch.cat([self.extra.expand(len(h), -1, -1), h], 1)
        for k, (attention, feed) in enumerate(zip(self.attention, self.feeds, strict=True)):
            h = h + attention(self.norms[2 * k](h))
            h = h + feed(self.norms[2 * k + 1](h))
        return self.head(self.norms[-1](h)[:, 0])


class Capsules(nn.Module):
    """Capsules of a convolution, routed by agreement to one capsule per class."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.primary = nn.Conv2d(1, 16, 3, 2, 1), nn.Conv2d(16, 32, 3, 2, 1)
        self.votes = nn.Parameter(torch.randn(16, 10, 8, 8) / math.sqrt(8))

    @staticmethod
    def squash(x: Tensor) -> Tensor:
        square = x.square().sum(-1, keepdim=True)
        return x * square.sqrt().add(1e-6).reciprocal() * square / (1 + square)

    def forward(self, x: Tensor) -> Tensor:
        h = self.primary(torch.relu(self.stem(x))).reshape(-1, 16, 8)
        votes = torch.einsum("cjoi,nci->ncjo", self.votes, self.squash(h))
        logits = torch.zeros_like(votes[..., 0])
        for _ in range(2):
            out = self.squash((logits.softmax(-1)[..., None] * votes).sum(1))
            logits = logits + (votes * out[:, None]).sum(-1)
        return 10 * (out.square().sum(-1) + 1e-9).sqrt()


class Variational(nn.Module):
    """A variational autoencoder: reconstruction, means and log variances."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = mlp([64, 32], nn.ReLU, end=nn.ReLU)
        self.mean, self.spread = nn.Linear(32, 8), nn.Linear(32, 8)
        self.decoder = mlp([8, 32, 64], nn.ReLU)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.encoder(x)
        mean, spread = self.mean(h), self.spread(h)
        code = mean + (spread / 2).exp() * torch.randn_like(mean)
        return self.decoder(code), mean, spread


class Routed(nn.Module):
    """Each sample goes through the two experts that a router prefers."""

    def __init__(self, experts: int = 6) -> None:
        super().__init__()
        self.router = nn.Linear(64, experts)
        self.experts = nn.ModuleList(mlp([64, 24, 32], nn.ReLU) for _ in range(experts))
        self.head = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        best, chosen = self.router(x).topk(2, -1)
        share = torch.zeros(len(x), len(self.experts)).scatter(1, chosen, best.softmax(-1))
        outputs = torch.stack([expert(x) for expert in self.experts], -1)
        return self.head(torch.relu((outputs * share[:, None]).sum(-1)))


class Mamba(nn.Module):
    """A selective state space over the rows of an image."""

    def __init__(self, width: int = 24, states: int = 4) -> None:
        super().__init__()
        self.stem, self.enter = nn.Linear(8, width), nn.Linear(width, 2 * width)
        self.pace = nn.Linear(width, width)
        self.read, self.write = nn.Linear(width, states), nn.Linear(width, states)
        self.decay = nn.Parameter(torch.log(torch.arange(1.0, states + 1)).repeat(width, 1))
        self.direct = nn.Parameter(torch.ones(width))
        self.leave, self.head = nn.Linear(width, width), nn.Linear(width, 10)
        self.sign = -1.0
        nn.init.constant_(self.pace.bias, -1.0)

    def forward(self, x: Tensor) -> Tensor:
        first = self.stem(x)
        u, gate = self.enter(first).chunk(2, -1)
        u = functional.silu(u)
        pace, read, write = functional.softplus(self.pace(u)), self.read(u), self.write(u)
        keep = torch.exp(pace[..., None] * self.sign * self.decay.exp())
        state, outputs = 0.0, []
        for k in range(x.shape[1]):
            state = keep[:, k] * state + (pace[:, k] * u[:, k])[..., None] * write[:, k, None]
            outputs.append((state * read[:, k, None]).sum(-1) + self.direct * u[:, k])
        h = torch.stack(outputs, 1) * functional.silu(gate)
        return self.head((first + self.leave(h))[:, -1])


class Hyper(nn.Module):
    """A network whose weights another network makes from a code."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.code, self.width = nn.Parameter(torch.randn(16)), width
        self.first, self.second = nn.Linear(16, 64 * width), nn.Linear(16, width * 10)

    def forward(self, x: Tensor) -> Tensor:
        first = self.first(self.code).view(self.width, 64)
        second = self.second(self.code).view(10, self.width)
        return functional.linear(torch.relu(functional.linear(x, first)), second)


class Field(nn.Module):
    """A field over the plane: Fourier features, and a skip of them into the middle."""

    def __init__(self, frequency: float = 3.0, width: int = 48, act: type = nn.ReLU) -> None:
        super().__init__()
        self.features = Fourier(2, 24, frequency)
        self.near = mlp([48, width, width, width], act, end=act)
        self.far = mlp([width + 48, width, width, 1], act)

    def forward(self, x: Tensor) -> Tensor:
        features = self.features(x)
        return self.far(torch.cat([self.near(features), features], -1))


class DeepSets(nn.Module):
    """Rows with their place as a set: a network for each, a sum or mean, another network."""

    def __init__(self, pool: str = "mean", width: int = 32) -> None:
        super().__init__()
        self.each = mlp([16, width, width], nn.ReLU, end=nn.ReLU)
        self.all, self.pool = mlp([width, width, 10], nn.ReLU), pool

    def forward(self, x: Tensor) -> Tensor:
        h = self.each(torch.cat([x, torch.eye(8).expand(len(x), -1, -1)], -1))
        return self.all(h.sum(1) if self.pool == "sum" else h.mean(1))


class Read(nn.Module):
    """A recurrent layer, and a head on its mean or last output."""

    def __init__(self, layer: nn.Module, width: int, last: bool = False) -> None:
        super().__init__()
        self.layer, self.head, self.last = layer, nn.Linear(width, 10), last

    def forward(self, x: Tensor) -> Tensor:
        outputs, _ = self.layer(x)
        return self.head(outputs[:, -1] if self.last else outputs.mean(1))


class Cells(nn.Module):
    """A recurrence written as a loop over a cell."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.cell, self.head, self.width = nn.RNNCell(2, width), nn.Linear(width, 10), width

    def forward(self, x: Tensor) -> Tensor:
        h = torch.zeros(len(x), self.width)
        for step in x.unbind(1):
            h = self.cell(step, h)
        return self.head(h)


class GatedMlp(nn.Module):
    """Gates from the other positions (gMLP), over the rows of an image."""

    def __init__(self, depth: int = 2, width: int = 32, residual: bool = True) -> None:
        super().__init__()
        self.stem, self.residual = nn.Linear(8, width), residual
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 * depth))
        self.ups = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(depth))
        self.places = nn.ModuleList(nn.Linear(8, 8) for _ in range(depth))
        self.downs = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = self.stem(x)
        for k, (up, place, down) in enumerate(zip(self.ups, self.places, self.downs, strict=True)):
            value, gate = functional.gelu(up(self.norms[2 * k](h))).chunk(2, -1)
            gate = place(self.norms[2 * k + 1](gate).transpose(1, 2)).transpose(1, 2)
            h = self.residual * h + down(value * gate)
        return self.head(h.mean(1))


class Perceiver(nn.Module):
    """A few latent vectors that attend to the rows of an image, then to each other."""

    def __init__(self, latents: int = 4, width: int = 32) -> None:
        super().__init__()
        self.rows = nn.Linear(8, width)
        self.place = nn.Parameter(0.5 * torch.randn(8, width))
        self.latents = nn.Parameter(0.5 * torch.randn(latents, width))
        self.cross = nn.MultiheadAttention(width, 4, batch_first=True)
        self.within = Heads(width, 4)
        self.feed = mlp([width, 64, width], nn.GELU)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(4))
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        rows, h = self.norms[0](self.rows(x) + self.place), self.latents.expand(len(x), -1, -1)
        h = h + self.cross(self.norms[1](h), rows, rows, need_weights=False)[0]
        h = h + self.within(self.norms[2](h))
        h = h + self.feed(self.norms[3](h))
        return self.head(h.mean(1))


class Towers(nn.Module):
    """One network for each half of an image; ``cut`` detaches them."""

    def __init__(self, *cut: str) -> None:
        super().__init__()
        self.left = mlp([32, 32, 32], nn.ReLU, end=nn.ReLU)
        self.right = mlp([32, 32, 32], nn.ReLU, end=nn.ReLU)
        self.head, self.cut = nn.Linear(64, 10), cut

    def forward(self, x: Tensor) -> Tensor:
        sides = {"left": self.left(x[:, :32]), "right": self.right(x[:, 32:])}
        sides = {name: h.detach() if name in self.cut else h for name, h in sides.items()}
        return self.head(torch.cat([*sides.values()], -1))


class Radial(nn.Module):
    """Gaussian bumps around trained centres."""

    def __init__(self, reach: float, count: int = 64) -> None:
        super().__init__()
        self.centres = nn.Parameter(torch.randn(count, 64))
        self.reach = nn.Parameter(torch.full((count,), reach).log())
        self.head = nn.Linear(count, 10)

    def forward(self, x: Tensor) -> Tensor:
        square = (x[:, None] - self.centres).square().sum(-1)
        return self.head((-square / (2 * self.reach.exp().square())).exp())


class Loop(nn.Module):
    """One layer used many times; the input is added each time, or steps are small."""

    def __init__(self, times: int, act: type, step: float = 0.0, width: int = 32) -> None:
        super().__init__()
        self.stem, self.core = nn.Linear(64, width), nn.Linear(width, width)
        self.act, self.head = act(), nn.Linear(width, 10)
        self.times, self.step = times, step

    def forward(self, x: Tensor) -> Tensor:
        h = first = self.stem(x)
        for _ in range(self.times):
            new = self.act(self.core(h))
            h = h + self.step * new if self.step else new + 0.1 * first
        return self.head(h)


class Products(nn.Module):
    """Layers that multiply two linear maps."""

    def __init__(self, depth: int = 4, width: int = 32) -> None:
        super().__init__()
        sizes = [64] + [width] * depth
        self.left = nn.ModuleList(nn.Linear(a, width) for a in sizes[:-1])
        self.right = nn.ModuleList(nn.Linear(a, width) for a in sizes[:-1])
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        for left, right in zip(self.left, self.right, strict=True):
            x = left(x) * right(x)
        return self.head(x)


class LinearAttention(nn.Module):
    """Attention without softmax, over the rows of an image."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.rows, self.place = nn.Linear(8, width), nn.Parameter(0.5 * torch.randn(8, width))
        self.q, self.k = nn.Linear(width, width), nn.Linear(width, width)
        self.v, self.out = nn.Linear(width, width), nn.Linear(width, width)
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = self.rows(x) + self.place
        q, k = (functional.elu(layer(self.norm(h))) + 1 for layer in (self.q, self.k))
        v = self.v(self.norm(h))
        h = h + self.out((q @ (k.transpose(1, 2) @ v)) / (q @ k.sum(1)[..., None]))
        return self.head(h.mean(1))


class Inverted(nn.Module):
    """A narrow, wide, narrow block with a skip (MobileNet)."""

    def __init__(self, width: int = 8, wide: int = 24, act: type = nn.Hardswish) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(width, wide, 1, bias=False), nn.BatchNorm2d(wide), act(),
            nn.Conv2d(wide, wide, 3, padding=1, groups=wide, bias=False), nn.BatchNorm2d(wide),
            act(), nn.Conv2d(wide, width, 1, bias=False), nn.BatchNorm2d(width),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return x + self.branch(x)


def mobile(depth: int = 3) -> nn.Sequential:
    """Return a stem, inverted blocks, and a head."""
    return nn.Sequential(nn.Conv2d(1, 8, 3, 2, 1), *(Inverted() for _ in range(depth)),
                         nn.Hardswish(), nn.Flatten(), nn.Linear(8 * 16, 10))  # fmt: skip


class FNet(nn.Module):
    """Positions mixed by a Fourier transform."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.rows, self.feed = nn.Linear(8, width), mlp([width, 64, width], nn.GELU)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.head = nn.Linear(8 * width, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = self.rows(x)
        h = self.norm1(h + torch.fft.fft2(h).real)
        return self.head(self.norm2(h + self.feed(h)).flatten(1))


class RootMeanSquare(nn.Module):
    """x over its root mean square, times a trained scale."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return self.weight * x * (x.square().mean(-1, keepdim=True) + 1e-6).rsqrt()


class Bare(nn.Module):
    """A causal transformer without biases, with root-mean-square norms or none."""

    def __init__(self, depth: int = 2, width: int = 32, norm: bool = True) -> None:
        super().__init__()
        make = RootMeanSquare if norm else (lambda width: nn.Identity())
        self.token, self.place = nn.Embedding(VOCABULARY, width), nn.Embedding(LENGTH, width)
        self.attention = nn.ModuleList(
            Heads(width, 2, causal=True, bias=False) for _ in range(depth)
        )
        self.feeds = nn.ModuleList(mlp([width, 64, width], nn.ReLU, bias=False)
                                   for _ in range(depth))  # fmt: skip
        self.norms = nn.ModuleList(make(width) for _ in range(2 * depth + 1))
        self.head = nn.Linear(width, VOCABULARY, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        h = self.token(x) + self.place.weight
        for k, (attention, feed) in enumerate(zip(self.attention, self.feeds, strict=True)):
            h = h + attention(self.norms[2 * k](h))
            h = h + feed(self.norms[2 * k + 1](h))
        return self.head(self.norms[-1](h))


class Fixup(nn.Module):
    """A residual block of convolutions without norms, with scalar biases and a multiplier."""

    def __init__(self, width: int = 12) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.last = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.shifts = nn.Parameter(torch.zeros(3))
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.first(x + self.shifts[0]) + self.shifts[1])
        return torch.relu(x + self.scale * self.last(h) + self.shifts[2])
