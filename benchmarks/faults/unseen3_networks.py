"""The dense, attention and recurrent architectures of the third unseen models, not initialized."""

from __future__ import annotations

import itertools
import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from networks import Residual, SwiGLU, mlp
from problems import LENGTH, VOCABULARY
from unseen3_problems import LONGEST


class Bell(nn.Module):
    """exp(-x^2 / 2)."""

    def forward(self, x: Tensor) -> Tensor:
        return (-x.square() / 2).exp()


class Sorted(nn.Module):
    """Pairs of units, the larger one first (GroupSort)."""

    def forward(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (-1, 2)).sort(-1, descending=True)[0].flatten(-2)


class Rational(nn.Module):
    """A trained fraction of two polynomials, which begins close to a leaky ReLU (PAU)."""

    def __init__(self) -> None:
        super().__init__()
        self.above = nn.Parameter(torch.tensor([0.03, 0.62, 1.0, 0.24]))
        self.below = nn.Parameter(torch.tensor([0.0, 0.6]))

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.above, self.below
        above = ((a[3] * x + a[2]) * x + a[1]) * x + a[0]
        return above / (1 + (b[0] * x + b[1] * x.square()).abs())


class Rounded(nn.Module):
    """A ReLU rounded to 15 multiples of a trained step; gradients pass (LSQ)."""

    def __init__(self, step: float) -> None:
        super().__init__()
        self.step = nn.Parameter(torch.tensor(step))

    def forward(self, x: Tensor) -> Tensor:
        part = (x / self.step).clamp(0, 15)
        return self.step * (part + (part.round() - part).detach())


class Tree(nn.Module):
    """A soft decision tree: the share of each leaf is a product of sigmoids."""

    def __init__(self, depth: int = 4) -> None:
        super().__init__()
        self.splits, self.depth = nn.Linear(64, 2**depth - 1), depth
        self.leaves = nn.Parameter(torch.randn(2**depth, 10))

    def forward(self, x: Tensor) -> Tensor:
        right, share = torch.sigmoid(self.splits(x)), torch.ones(len(x), 1)
        for level in range(self.depth):
            go = right[:, 2**level - 1 : 2 ** (level + 1) - 1]
            share = torch.stack([share * (1 - go), share * go], -1).flatten(1)
        return share @ self.leaves


class Lista(nn.Module):
    """Unrolled sparse coding: steps of soft thresholds, and a dictionary that reads the code."""

    def __init__(self, steps: int = 5, width: int = 64) -> None:
        super().__init__()
        self.enter, self.inner = nn.Linear(64, width, bias=False), nn.Linear(width, width, False)
        self.threshold = nn.Parameter(torch.full((width,), 0.05))
        self.words, self.steps = nn.Linear(width, 64), steps

    def forward(self, x: Tensor) -> Tensor:
        u, code = self.enter(x), torch.zeros(len(x), len(self.threshold))
        for _ in range(self.steps):
            new = u + self.inner(code)
            code = new.sign() * functional.relu(new.abs() - self.threshold)
        return self.words(code)


class BayesLinear(nn.Module):
    """A layer whose weights are drawn anew each time, from a trained mean and spread."""

    def __init__(self, inputs: int, outputs: int, spread: float) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.randn(outputs, inputs) * math.sqrt(2 / inputs))
        self.spread = nn.Parameter(torch.full((outputs, inputs), spread))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        noise = functional.softplus(self.spread) * torch.randn_like(self.mean)
        return functional.linear(x, self.mean + noise, self.bias)


def bayesian(spread: float = -6.0, width: int = 40) -> nn.Sequential:
    """Return three layers of drawn weights."""
    return nn.Sequential(
        BayesLinear(64, width, spread), nn.ReLU(), BayesLinear(width, width, spread), nn.ReLU(),
        BayesLinear(width, 10, spread),
    )  # fmt: skip


class Members(nn.Linear):
    """A layer that four networks share; each has a factor of its own for every unit."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs)
        self.reads = nn.Parameter(torch.randn(4, 1, inputs).sign())
        self.writes = nn.Parameter(torch.randn(4, 1, outputs).sign())

    def forward(self, x: Tensor) -> Tensor:
        h = functional.linear(x * self.reads, self.weight) * self.writes
        return h + self.bias


class Ensemble(nn.Module):
    """Four networks with one set of weights (BatchEnsemble); the mean of their logits."""

    def __init__(self, depth: int = 4, width: int = 40) -> None:
        super().__init__()
        sizes = [64, *[width] * (depth - 1), 10]
        self.layers = nn.ModuleList(Members(a, b) for a, b in itertools.pairwise(sizes))

    def forward(self, x: Tensor) -> Tensor:
        h = x.expand(4, -1, -1)
        for layer in self.layers[:-1]:
            h = torch.relu(layer(h))
        return self.layers[-1](h).mean(0)


class Grouped(nn.Module):
    """Six small layers side by side, whose weights are one parameter (group, input, output)."""

    def __init__(self, inputs: int, outputs: int, groups: int = 6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(groups, inputs, outputs) * math.sqrt(2 / inputs))
        self.bias = nn.Parameter(torch.zeros(groups, 1, outputs))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x @ self.weight + self.bias)


class Side(nn.Module):
    """Six networks side by side, and a head that reads all of them."""

    def __init__(self, depth: int = 5, width: int = 16) -> None:
        super().__init__()
        sizes = [64] + [width] * depth
        self.layers = nn.Sequential(*(Grouped(a, b) for a, b in itertools.pairwise(sizes)))
        self.head = nn.Linear(6 * width, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layers(x.expand(6, -1, -1)).movedim(0, 1).flatten(1))


class Additive(nn.Module):
    """A function of each column, added up; its first units are steep (NAM, ExU)."""

    def __init__(self, size: float = 0.0, width: int = 32) -> None:
        super().__init__()
        self.steep = nn.Parameter(size + 0.5 * torch.randn(8, width))
        self.centres = nn.Parameter(torch.randn(8, width))
        self.values = nn.Parameter(torch.randn(8, width) / math.sqrt(width))
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.steep.exp() * (x[..., None] - self.centres))
        return (h * self.values).sum((1, 2))[:, None] + self.bias


class Mixture(nn.Module):
    """Four small networks, mixed by a gate, for one number."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = nn.Linear(8, 4)
        self.experts = nn.ModuleList(mlp([8, 24, 1], nn.ReLU) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        outputs = torch.cat([expert(x) for expert in self.experts], -1)
        return (self.gate(x).softmax(-1) * outputs).sum(-1, keepdim=True)


class Ranked(nn.Module):
    """One score, compared with four trained thresholds (CORAL)."""

    def __init__(self) -> None:
        super().__init__()
        self.score = mlp([8, 32, 32, 1], nn.ReLU)
        self.thresholds = nn.Parameter(torch.zeros(4))

    def forward(self, x: Tensor) -> Tensor:
        return self.score(x) - self.thresholds


class Dueling(nn.Module):
    """A value of the state, and an advantage of each action."""

    def __init__(self, width: int = 48) -> None:
        super().__init__()
        self.trunk = mlp([6, width, width], nn.ReLU, end=nn.ReLU)
        self.value, self.advantage = nn.Linear(width, 1), nn.Linear(width, 4)

    def forward(self, x: Tensor) -> Tensor:
        h = self.trunk(x)
        advantage = self.advantage(h)
        return self.value(h) + advantage - advantage.mean(1, keepdim=True)


class Density(nn.Module):
    """A mixture of four normals by one number: logits, means, log stds."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.trunk = mlp([1, width, width], nn.Tanh, end=nn.Tanh)
        self.logits, self.mean, self.spread = (nn.Linear(width, 4) for _ in range(3))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.trunk(x)
        return self.logits(h), self.mean(h), self.spread(h)


class Each(nn.Module):
    """One network for every sample of a tuple; ``unit`` divides by the length."""

    def __init__(self, unit: bool = False, norm: bool = False) -> None:
        super().__init__()
        self.unit = unit
        self.network = mlp([64, 48, 48, 16], nn.ReLU, norm=nn.BatchNorm1d if norm else None)

    def forward(self, x: Tensor) -> Tensor:
        h = self.network(x.flatten(0, 1)).unflatten(0, x.shape[:2])
        return functional.normalize(h, dim=-1) if self.unit else h


class SkipGram(nn.Module):
    """The product of a word's vector and another one's of its context (word2vec)."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.words, self.contexts = nn.Embedding(24, width), nn.Embedding(24, width)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        word, context = x.unbind(1)
        product = self.words(word) * self.contexts(context)
        return product.sum(1, keepdim=True) + self.bias


class Quantized(nn.Module):
    """An autoencoder of four codes, each the nearest one of 16 words (VQ-VAE)."""

    def __init__(self, width: int = 6) -> None:
        super().__init__()
        self.encoder = mlp([64, 48, 4 * width], nn.ReLU, end=nn.Tanh)
        self.words = nn.Parameter(torch.randn(16, width))
        self.decoder = mlp([4 * width, 48, 64], nn.ReLU)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        code = self.encoder(x).unflatten(1, (4, -1))
        word = self.words[torch.cdist(code.detach(), self.words.detach()).argmin(-1)]
        gap = (word - code.detach()).square() + 0.25 * (word.detach() - code).square()
        return self.decoder((code + (word - code).detach()).flatten(1)), gap.mean()


class Bridge(nn.Module):
    """What a network leaves of u'' = -4 sin(2 x + 1), divided by 4, and its values at both ends."""

    def __init__(self, act: type = nn.Tanh, width: int = 24) -> None:
        super().__init__()
        self.network = mlp([1, width, width, 1], act)
        self.register_buffer("ends", torch.tensor([[-1.0], [1.0]]))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            at = x.detach().requires_grad_()
            slope = torch.autograd.grad(self.network(at).sum(), at, create_graph=True)[0]
            bend = (
                torch.autograd.grad(slope.sum(), at, create_graph=True)[0]
                if slope.requires_grad
                else torch.zeros_like(at)
            )
        return bend / 4 + torch.sin(2 * x + 1), self.network(self.ends)


class Grids(nn.Module):
    """Features of grids of three sizes, read between their points, and a network (Instant NGP)."""

    def __init__(self, scale: float = 0.1, width: int = 4) -> None:
        super().__init__()
        self.grids = nn.ParameterList(
            scale * (2 * torch.rand(1, width, size, size) - 1) for size in (4, 8, 16)
        )
        self.network = mlp([3 * width, 32, 1], nn.ReLU)

    def forward(self, x: Tensor) -> Tensor:
        at = x[None, None]
        seen = [functional.grid_sample(one, at, align_corners=True)[0, :, 0] for one in self.grids]
        return self.network(torch.cat(seen).T)


class Filters(nn.Module):
    """Products of sines and linear maps (multiplicative filter network)."""

    def __init__(self, frequency: float = 2.0, depth: int = 3, width: int = 32) -> None:
        super().__init__()
        self.waves = nn.ModuleList(nn.Linear(2, width) for _ in range(depth))
        self.maps = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 1))
        self.head, self.frequency = nn.Linear(width, 1), frequency

    def forward(self, x: Tensor) -> Tensor:
        h = torch.sin(self.frequency * self.waves[0](x))
        for wave, layer in zip(self.waves[1:], self.maps, strict=True):
            h = layer(h) * torch.sin(self.frequency * wave(x))
        return self.head(h)


class Sparse(nn.Module):
    """An autoencoder of many ReLUs, around a trained centre (SAE)."""

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.Linear(64, width), nn.Linear(width, 64)

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(torch.relu(self.encoder(x - self.decoder.bias)))


class Beats(nn.Module):
    """Blocks that each take away what they explain and add to the forecast (N-BEATS)."""

    def __init__(self, depth: int = 3, width: int = 32) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(mlp([16, width, width, 17], nn.ReLU) for _ in range(depth))

    def forward(self, x: Tensor) -> Tensor:
        rest, forecast = x[..., 0], 0.0
        for block in self.blocks:
            past, ahead = block(rest).split([16, 1], 1)
            rest, forecast = rest - past, forecast + ahead
        return forecast


class Cosines(nn.Module):
    """Attention by cosines times a trained factor of each head (Swin v2)."""

    def __init__(self, width: int, heads: int, factor: float) -> None:
        super().__init__()
        self.packed, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.heads = heads
        self.factor = nn.Parameter(torch.full((heads, 1, 1), math.log(factor)))

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.packed(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        q, k = functional.normalize(q, dim=-1), functional.normalize(k, dim=-1)
        h = (self.factor.exp() * q @ k.transpose(-1, -2)).softmax(-1) @ v
        return self.out(h.transpose(1, 2).flatten(-2))


class SwinLike(nn.Module):
    """Rows of an image, attention by cosines, norms at the ends of the branches."""

    def __init__(self, factor: float = 10.0, depth: int = 1, width: int = 24) -> None:
        super().__init__()
        self.rows, self.place = nn.Linear(8, width), nn.Parameter(0.02 * torch.randn(8, width))
        blocks: list[nn.Module] = []
        for _ in range(depth):
            for one in (Cosines(width, 3, factor), mlp([width, 48, width], nn.GELU)):
                blocks.append(Residual(nn.Sequential(one, nn.LayerNorm(width))))
        self.blocks, self.head = nn.Sequential(*blocks), nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.blocks(self.rows(x) + self.place).mean(1))


class OffsetNorm(nn.Module):
    """A root-mean-square norm times 1 + a parameter (Gemma)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.offset = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        return (1 + self.offset) * x * (x.square().mean(-1, keepdim=True) + 1e-6).rsqrt()


class Causal(nn.Module):
    """Causal attention without biases; ``axis`` is that of the softmax, ``divisor`` of scores."""

    def __init__(self, width: int, heads: int, axis: int, divisor: float) -> None:
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.heads, self.axis, self.divisor = heads, axis, divisor

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            layer(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for layer in (self.q, self.k, self.v)
        )
        hidden = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        scores = (q @ k.transpose(-1, -2) / self.divisor).masked_fill(hidden, -1e9)
        return self.o((scores.softmax(self.axis) @ v).transpose(1, 2).flatten(-2))


class Decoder(nn.Module):
    """A causal transformer with places, norms of a kind, and maybe a tied head."""

    def __init__(
        self,
        norm: type = nn.LayerNorm,
        *,
        tied: bool = False,
        factor: float = 1.0,
        axis: int = -1,
        divisor: float = math.sqrt(12),
        width: int = 24,
        depth: int = 1,
    ) -> None:
        super().__init__()
        self.token, self.place = nn.Embedding(VOCABULARY, width), nn.Embedding(LENGTH, width)
        self.attention = nn.ModuleList(Causal(width, 2, axis, divisor) for _ in range(depth))
        self.feeds = nn.ModuleList(SwiGLU(width, 32) for _ in range(depth))
        self.norms = nn.ModuleList(norm(width) for _ in range(2 * depth + 1))
        self.head, self.factor = nn.Linear(width, VOCABULARY, bias=False), factor
        if tied:
            self.head.weight = self.token.weight

    def forward(self, x: Tensor) -> Tensor:
        h = self.factor * self.token(x) + self.place.weight
        for k, (attention, feed) in enumerate(zip(self.attention, self.feeds, strict=True)):
            h = h + attention(self.norms[2 * k](h))
            h = h + feed(self.norms[2 * k + 1](h))
        return self.head(self.norms[-1](h))


class Columns(nn.Module):
    """A vector for each column of a table, times its number, and an encoder (FT-Transformer)."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.weight, self.bias = (nn.Parameter(torch.randn(8, width) / 3) for _ in range(2))
        self.answer = nn.Parameter(torch.randn(1, width) / 3)
        self.layer = nn.TransformerEncoderLayer(
            width, 3, 48, 0.0, batch_first=True, norm_first=True
        )
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = x[..., None] * self.weight + self.bias
        h = self.layer(torch.cat([self.answer.expand(len(x), -1, -1), h], 1))
        return self.head(torch.relu(self.norm(h[:, 0])))


class Sets(nn.Module):
    """Points that attend to four trained ones and back (Set Transformer), and a logit for each."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.stem, self.inducing = mlp([3, width], nn.ReLU), nn.Parameter(torch.randn(4, width))
        self.gather = nn.MultiheadAttention(width, 2, batch_first=True)
        self.spread = nn.MultiheadAttention(width, 2, batch_first=True)
        self.feed, self.score = mlp([width, 48, width], nn.ReLU), mlp([width, 16, 1], nn.ReLU)

    def forward(self, x: Tensor) -> Tensor:
        h = self.stem(x)
        seeds = self.inducing.expand(len(x), -1, -1)
        seen = seeds + self.gather(seeds, h, h, need_weights=False)[0]
        h = h + self.spread(h, seen, seen, need_weights=False)[0]
        return self.score(h + self.feed(h))[..., 0]


class Pool(nn.Module):
    """Embedded tokens and places, a network for each, and their mean, without the padding."""

    def __init__(self, masked: bool = True, width: int = 24) -> None:
        super().__init__()
        self.token = nn.Embedding(VOCABULARY + 1, width)
        self.place = nn.Embedding(LONGEST, width)
        self.each, self.masked = mlp([width, 64, 32], nn.ReLU, end=nn.ReLU), masked
        self.head = nn.Linear(32, VOCABULARY)

    def forward(self, x: Tensor) -> Tensor:
        h = self.each(self.token(x) + self.place.weight)
        real = (x > 0).float()[..., None] if self.masked else torch.ones(len(x), LONGEST, 1)
        return self.head((h * real).sum(1) / real.sum(1))


class Independent(nn.Module):
    """A recurrence of ReLUs, each of which sees only itself (IndRNN)."""

    def __init__(self, low: float = 0.9, high: float = 1.0, width: int = 32) -> None:
        super().__init__()
        self.enter, self.head = nn.Linear(2, width), mlp([width, 24, 10], nn.ReLU)
        self.factor = nn.Parameter(low + (high - low) * torch.rand(width))

    def forward(self, x: Tensor) -> Tensor:
        h = 0.0
        for step in (0.5 * self.enter(x)).unbind(1):
            h = torch.relu(step + self.factor * h)
        return self.head(h)


class Simple(nn.Module):
    """Gates that see the inputs alone, and a skip of them (SRU)."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.stem, self.head = nn.Linear(8, width), nn.Linear(width, 10)
        self.enter = nn.Linear(width, width, bias=False)
        self.forget, self.skip = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.tanh(self.stem(x))
        u, f, r = self.enter(x), torch.sigmoid(self.forget(x)), torch.sigmoid(self.skip(x))
        c = 0.0
        for a, b in zip(u.unbind(1), f.unbind(1), strict=True):
            c = b * c + (1 - b) * a
        return self.head(r[:, -1] * torch.tanh(c) + (1 - r[:, -1]) * x[:, -1])
