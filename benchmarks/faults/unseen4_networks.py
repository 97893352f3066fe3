"""The architectures of the fourth unseen models, not initialized."""

from __future__ import annotations

import math
from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from networks import Make, mlp
from unseen4_problems import ITEMS, LETTERS, LEVELS, TAGS, USERS, WORDS, citations
from unseen_networks import Scaled


class Columns(nn.Module):
    """Numbers, normed if wanted, and a vector for each code, side by side."""

    def __init__(self, normed: bool = True) -> None:
        super().__init__()
        self.numeric = nn.BatchNorm1d(5) if normed else nn.Identity()
        self.codes = nn.ModuleList(nn.Embedding(count, 4) for count in LEVELS)

    def forward(self, x: Tensor) -> Tensor:
        codes = [table(x[:, 5 + k].long()) for k, table in enumerate(self.codes)]
        return torch.cat([self.numeric(x[:, :5]), *codes], 1)


class Form(nn.Module):
    """Columns of numbers and codes, and a network that reads them."""

    def __init__(self, normed: bool = True) -> None:
        super().__init__()
        self.columns = Columns(normed)
        self.fc1, self.fc2, self.out = nn.Linear(17, 48), nn.Linear(48, 48), nn.Linear(48, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = functional.relu(self.fc1(self.columns(x)))
        return self.out(functional.relu(self.fc2(h)))


class RowResNet(nn.Module):
    """Residual blocks with batch norms over the columns of a form."""

    def __init__(self, depth: int = 3, width: int = 32) -> None:
        super().__init__()
        self.columns, self.stem = Columns(), nn.Linear(17, width)
        self.blocks = nn.ModuleList(
            nn.ModuleDict(
                {
                    "norm": nn.BatchNorm1d(width),
                    "first": nn.Linear(width, 2 * width),
                    "second": nn.Linear(2 * width, width),
                }
            )
            for _ in range(depth)
        )
        self.norm, self.head = nn.BatchNorm1d(width), nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.stem(self.columns(x))
        for block in self.blocks:
            h = h + block["second"](torch.relu(block["first"](block["norm"](h))))
        return self.head(torch.relu(self.norm(h)))


class Tastes(nn.Module):
    """A product of vectors beside a tower over both of them (NeuMF)."""

    def __init__(self, width: int = 12) -> None:
        super().__init__()
        self.user_product, self.user_tower = (nn.Embedding(USERS, width) for _ in range(2))
        self.item_product, self.item_tower = (nn.Embedding(ITEMS, width) for _ in range(2))
        self.tower = mlp([2 * width, 32, 16], nn.ReLU, end=nn.ReLU)
        self.head = nn.Linear(width + 16, 1)

    def forward(self, x: Tensor) -> Tensor:
        user, item = x.unbind(1)
        product = self.user_product(user) * self.item_product(item)
        seen = self.tower(torch.cat([self.user_tower(user), self.item_tower(item)], 1))
        return self.head(torch.cat([product, seen], 1))


class Likes(nn.Module):
    """By how much the score of the first of two items is above that of the second one."""

    def __init__(self, width: int = 10) -> None:
        super().__init__()
        self.users, self.items = nn.Embedding(USERS, width), nn.Embedding(ITEMS, width)
        self.popular = nn.Parameter(torch.zeros(ITEMS))

    def forward(self, x: Tensor) -> Tensor:
        user, liked, other = x.unbind(1)
        apart = self.items(liked) - self.items(other)
        return (self.users(user) * apart).sum(1) + self.popular[liked] - self.popular[other]


class Bag(nn.Module):
    """The mean of word vectors, and two linear layers (fastText)."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.words = nn.EmbeddingBag(WORDS, width, mode="mean", padding_idx=0)
        self.hidden, self.head = nn.Linear(width, 24), nn.Linear(24, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.tanh(self.hidden(self.words(x))))


class TwoWay(nn.Module):
    """A bidirectional LSTM over words, and the largest output of each unit."""

    def __init__(self, width: int = 20) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, width, padding_idx=0)
        self.lstm = nn.LSTM(width, width, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.lstm(self.words(x))[0].amax(1))


class LetterModel(nn.Module):
    """An LSTM that says the next letter, as PyTorch's example of a language model is written."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.encoder = nn.Embedding(LETTERS, width)
        self.rnn = nn.LSTM(width, width, batch_first=True)
        self.decoder = nn.Linear(width, LETTERS)

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.rnn(self.encoder(x))[0])


class Conv1D(nn.Module):
    """A linear layer whose weight is (inputs, outputs), as in GPT-2."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs) / math.sqrt(inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight + self.bias


class LetterBlock(nn.Module):
    """Attention and a feed-forward part over letters; ``factor`` times the scores."""

    def __init__(self, width: int, heads: int, factor: float, normed: bool) -> None:
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.c_attn, self.c_proj = Conv1D(width, 3 * width), Conv1D(width, width)
        self.c_fc, self.c_out = Conv1D(width, 2 * width), Conv1D(2 * width, width)
        self.heads, self.factor = heads, factor
        make = nn.LayerNorm if normed else nn.Identity
        self.q_norm, self.k_norm = make(width // heads), make(width // heads)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            one.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for one in self.c_attn(self.ln_1(x)).chunk(3, -1)
        )
        scores = self.q_norm(q) @ self.k_norm(k).transpose(-1, -2) * self.factor
        hidden = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        h = scores.masked_fill(hidden, -1e9).softmax(-1) @ v
        x = x + self.c_proj(h.transpose(1, 2).flatten(-2))
        return x + self.c_out(functional.gelu(self.c_fc(self.ln_2(x))))


class LetterGpt(nn.Module):
    """GPT-2 in small; ``times`` multiplies the embedded letters."""

    def __init__(
        self,
        *,
        tied: bool = False,
        times: float = 1.0,
        factor: float = 1 / math.sqrt(12),
        normed: bool = False,
        width: int = 24,
    ) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(LETTERS, width), nn.Embedding(8, width)
        self.h = nn.ModuleList([LetterBlock(width, 2, factor, normed)])
        self.ln_f, self.lm_head = nn.LayerNorm(width), nn.Linear(width, LETTERS, bias=False)
        self.times = times
        if tied:
            self.lm_head.weight = self.wte.weight

    def forward(self, x: Tensor) -> Tensor:
        h = self.times * self.wte(x) + self.wpe.weight[: x.shape[1]]
        for block in self.h:
            h = block(h)
        return self.lm_head(self.ln_f(h))


class Reader(nn.Module):
    """PyTorch's encoder over words behind a class token."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.words, self.first = nn.Embedding(WORDS, width), nn.Parameter(torch.randn(1, 1, width))
        self.place = nn.Parameter(0.1 * torch.randn(1, 9, width))
        self.layer = nn.TransformerEncoderLayer(width, 3, 48, 0.0, batch_first=True)
        self.head = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.cat([self.first.expand(len(x), -1, -1), self.words(x)], 1) + self.place
        return self.head(self.layer(h)[:, 0])


class BasicBlock(nn.Module):
    """Two convolutions with norms, and a shortcut with another one (ResNet-18)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(outputs), nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.downsample = nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
        )

    def forward(self, x: Tensor) -> Tensor:
        h = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(h + self.downsample(x))


def shortcut(width: int = 8) -> nn.Sequential:
    """Return a stem, a block that halves the image, and a head, by name."""
    features = nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(1, width, 3, 2, 1, bias=False),
            bn1=nn.BatchNorm2d(width),
            relu=nn.ReLU(),
            layer1=BasicBlock(width, 2 * width, 2),
            flatten=nn.Flatten(),
        )
    )
    return nn.Sequential(OrderedDict(features=features, fc=nn.Linear(8 * width, 10)))


def widening() -> nn.Sequential:
    """Return convolutions of 8, 16 and 32 channels, without norms, and a head."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 16, 3, 1, 1), nn.ReLU(),
        nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(128, 10),
    )  # fmt: skip


class InkCoder(nn.Module):
    """A variational autoencoder of black and white digits."""

    def __init__(self, width: int = 48, code: int = 8) -> None:
        super().__init__()
        self.encode = mlp([64, width], nn.ReLU, end=nn.ReLU)
        self.mu, self.logvar = nn.Linear(width, code), nn.Linear(width, code)
        self.decode = mlp([code, width, 64], nn.ReLU)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.encode(x)
        mean, spread = self.mu(h), self.logvar(h)
        z = mean + (spread / 2).exp() * torch.randn_like(mean)
        return self.decode(z), mean, spread


def ring_generator(norm: bool = True, noise: float = 1.0, width: int = 32) -> nn.Sequential:
    """Return a generator of points; its noise is multiplied by a number."""
    make = nn.BatchNorm1d if norm else None
    return nn.Sequential(Scaled(noise), *mlp([3, width, width, 2], nn.LeakyReLU, norm=make))


class GraphConvolution(nn.Module):
    """Neighbours' features times a weight of (inputs, outputs) (Kipf and Welling)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, x: Tensor, near: Tensor) -> Tensor:
        return near @ (x @ self.weight) + self.bias


class Papers(nn.Module):
    """Two graph convolutions over all papers; answers for those that are asked for."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        near, x, _ = citations()
        self.register_buffer("near", near)
        self.register_buffer("x", x)
        self.gc1, self.gc2 = GraphConvolution(24, width), GraphConvolution(width, 4)

    def forward(self, rows: Tensor) -> Tensor:
        h = torch.relu(self.gc1(self.x, self.near))
        return self.gc2(h, self.near)[rows]


class Policy(nn.Module):
    """Mean actions, and a trained log std of each that depends on nothing."""

    def __init__(self, normed: bool = True, width: int = 48) -> None:
        super().__init__()
        self.scaler = nn.BatchNorm1d(6, affine=False) if normed else nn.Identity()
        self.pi = mlp([6, width, width, 2], nn.Tanh)
        self.log_std = nn.Parameter(torch.zeros(2))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.pi(self.scaler(x)), self.log_std


class Scaler(nn.Module):
    """What is subtracted from a number, and what it is divided by then."""

    def __init__(self, mean: float, std: float) -> None:
        super().__init__()
        self.mean, self.std = mean, std

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.std


class LoadGru(nn.Module):
    """A GRU over the last hours, three at a time, and six answers."""

    def __init__(self, scaled: bool = True, width: int = 20) -> None:
        super().__init__()
        self.scaler = Scaler(30000.0, 5000.0) if scaled else nn.Identity()
        self.gru, self.ahead = nn.GRU(3, width, batch_first=True), nn.Linear(width, 6)

    def forward(self, x: Tensor) -> Tensor:
        return self.ahead(self.gru(self.scaler(x).unflatten(1, (8, 3)))[0][:, -1])


def linear_load() -> nn.Sequential:
    """Return one linear layer from the last hours to the next ones (DLinear, without a trend)."""
    return nn.Sequential(OrderedDict(scaler=Scaler(30000.0, 5000.0), linear=nn.Linear(24, 6)))


class Log(nn.Module):
    """Logarithms of powers."""

    def forward(self, x: Tensor) -> Tensor:
        return (x + 1e-3).log() / 4


class Speaker(nn.Module):
    """Convolutions along time, then the mean and the std of each unit (x-vector)."""

    def __init__(self, logs: bool = True, width: int = 16) -> None:
        super().__init__()
        self.log = Log() if logs else nn.Identity()
        self.frame1 = nn.Conv1d(12, width, 5, padding=2)
        self.frame2 = nn.Conv1d(width, width, 3, padding=2, dilation=2)
        self.segment, self.head = nn.Linear(2 * width, 24), nn.Linear(24, 5)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.frame2(torch.relu(self.frame1(self.log(x)))))
        h = torch.cat([h.mean(-1), h.var(-1).sqrt()], 1)
        return self.head(torch.relu(self.segment(h)))


class Tagger(nn.Module):
    """A bidirectional LSTM whose outputs are the emissions of a linear chain (BiLSTM-CRF)."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.words = nn.Embedding(16, width)
        self.lstm = nn.LSTM(width, width, batch_first=True, bidirectional=True)
        self.emissions = nn.Linear(2 * width, TAGS)
        self.transitions = nn.Parameter(0.1 * torch.randn(TAGS, TAGS))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.emissions(self.lstm(self.words(x))[0]), self.transitions


def marker(width: int = 8) -> nn.Sequential:
    """Return convolutions and two coordinates."""
    return nn.Sequential(
        nn.Conv2d(1, width, 3, 2, 1), nn.ReLU(), nn.Conv2d(width, width, 3, 1, 1), nn.ReLU(),
        nn.Flatten(), nn.Linear(25 * width, 2),
    )  # fmt: skip


class Film(nn.Module):
    """An image network whose units a question scales and shifts (FiLM)."""

    def __init__(self, gated: bool = False, width: int = 40) -> None:
        super().__init__()
        self.question, self.film = nn.Embedding(4, 12), nn.Linear(12, 2 * width)
        self.fc1, self.fc2 = nn.Linear(64, width), nn.Linear(width, width)
        self.head, self.gated = nn.Linear(width, 1), gated

    def forward(self, x: Tensor) -> Tensor:
        scale, shift = self.film(self.question(x[:, 64].long())).chunk(2, 1)
        scale = torch.sigmoid(scale) if self.gated else 1 + scale
        h = torch.relu(scale * self.fc1(x[:, :64]) + shift)
        return self.head(torch.relu(self.fc2(h)))


class Gated(nn.Module):
    """An image network into which a look at a question's words is let by a tanh gate (Flamingo)."""

    def __init__(self, width: int = 40) -> None:
        super().__init__()
        self.enter, self.words = nn.Linear(64, width), nn.Embedding(4, 3 * width)
        self.look = nn.MultiheadAttention(width, 4, batch_first=True)
        self.gate = nn.Parameter(torch.full((1,), 0.5))
        self.feed, self.head = mlp([width, width, width], nn.ReLU), nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        h, words = self.enter(x[:, None, :64]), self.words(x[:, 64].long()).unflatten(1, (3, -1))
        h = h + torch.tanh(self.gate) * self.look(h, words, words, need_weights=False)[0]
        return self.head((h + self.feed(h))[:, 0])


class Spike(torch.autograd.Function):
    """1 above 0, else 0; the gradient is that of a steep sigmoid's tail."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        """Return the spikes."""
        ctx.save_for_backward(x)
        return (x > 0).float()

    @staticmethod
    def backward(ctx, slope: Tensor) -> Tensor:
        """Return the surrogate gradient."""
        (x,) = ctx.saved_tensors
        return slope / (1 + 5 * x.abs()).square()


class Spiking(nn.Module):
    """Units that add up what they get, leak, and fire above a threshold; three steps."""

    def __init__(self, threshold: float = 1.0, width: int = 48) -> None:
        super().__init__()
        self.fc1, self.fc2, self.fc3 = (
            nn.Linear(64, width),
            nn.Linear(width, width),
            nn.Linear(width, 10),
        )
        self.threshold, self.leak = threshold, nn.Parameter(torch.full((2,), 2.0))

    def forward(self, x: Tensor) -> Tensor:
        first, out, u1, u2 = self.fc1(x), 0.0, 0.0, 0.0
        leak1, leak2 = torch.sigmoid(self.leak)
        for _ in range(3):
            u1 = leak1 * u1 + first
            s1 = Spike.apply(u1 - self.threshold)
            u1 = u1 - s1 * self.threshold
            u2 = leak2 * u2 + self.fc2(s1)
            s2 = Spike.apply(u2 - self.threshold)
            u2 = u2 - s2 * self.threshold
            out = out + self.fc3(s2)
        return out / 3


class Turning(nn.Module):
    """A linear recurrence whose states turn and decay, each by itself (LRU)."""

    def __init__(self, low: float = 0.8, high: float = 0.99, width: int = 24) -> None:
        super().__init__()
        self.radius = nn.Parameter(low + (high - low) * torch.rand(width))
        self.phase = nn.Parameter(math.pi / 2 * torch.rand(width))
        self.enter, self.mix = nn.Linear(2, width), mlp([2 * width, 32, 10], nn.ReLU)

    def forward(self, x: Tensor) -> Tensor:
        back = torch.arange(x.shape[1] - 1, -1, -1)[:, None]
        size = self.radius.abs() ** back * (1 - self.radius.square()).abs().sqrt()
        u, turn = self.enter(x), self.phase * back
        real, imaginary = (u * size * turn.cos()).sum(1), (u * size * turn.sin()).sum(1)
        return self.mix(torch.cat([real, imaginary], 1))


class Hamiltonian(nn.Module):
    """An energy, whose derivatives say how a state changes."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.energy = mlp([2, width, width, 1], nn.Tanh)

    def forward(self, x: Tensor) -> Tensor:
        with torch.enable_grad():
            at = x.detach().requires_grad_()
            slope = torch.autograd.grad(self.energy(at).sum(), at, create_graph=True)[0]
        return torch.stack([slope[:, 1], -slope[:, 0]], 1)


class Planar(nn.Module):
    """Five times z + u tanh(w z + b), with the log determinant (planar flow)."""

    def __init__(self, depth: int = 5) -> None:
        super().__init__()
        self.u, self.w = (nn.Parameter(torch.randn(depth, 2)) for _ in range(2))
        self.b = nn.Parameter(torch.zeros(depth))

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        volume = torch.zeros(len(z))
        for u, w, b in zip(self.u, self.w, self.b, strict=True):
            product = u @ w
            size = functional.softplus(product) - math.log(2) - product
            u = u + size * w / (w @ w + 1e-6)
            h = torch.tanh(z @ w + b)
            volume = volume + (1 + (1 - h.square()) * (u @ w)).abs().add(1e-6).log()
            z = z + h[:, None] * u
        return z, volume


class Tasks(nn.Module):
    """Two answers, and a trained log variance of each, which weighs its error."""

    def __init__(self, width: int = 40) -> None:
        super().__init__()
        self.trunk = mlp([8, width, width], nn.ReLU, end=nn.ReLU)
        self.heads = nn.ModuleDict({one: nn.Linear(width, 1) for one in ("first", "second")})
        self.log_vars = nn.Parameter(torch.zeros(2))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.trunk(x)
        return torch.cat([head(h) for head in self.heads.values()], 1), self.log_vars


class Selected(nn.Module):
    """A gate for each column of a table, and a network."""

    def __init__(self, width: int = 40) -> None:
        super().__init__()
        self.gate, self.network = nn.Parameter(torch.zeros(8)), mlp([8, width, width, 1], nn.ReLU)

    def forward(self, x: Tensor) -> Tensor:
        return self.network(torch.sigmoid(self.gate) * x)


class Bands(nn.Module):
    """Filters that let one band of frequencies pass, by its two ends (SincNet)."""

    def __init__(self, count: int = 12, size: int = 17) -> None:
        super().__init__()
        self.low = nn.Parameter(torch.linspace(0.0, 0.4, count))
        self.band = nn.Parameter(torch.full((count,), 0.05))
        at = torch.arange(size) - size // 2
        self.register_buffer("at", at + 1e-4)
        self.register_buffer("window", torch.hamming_window(size, periodic=False))
        self.next, self.head = nn.Conv1d(count, 16, 5, 2, 2), nn.Linear(16, 6)

    def forward(self, x: Tensor) -> Tensor:
        low = self.low.abs()[:, None]
        high = low + self.band.abs()[:, None]
        turns = 2 * math.pi * self.at
        filters = (torch.sin(turns * high) - torch.sin(turns * low)) / (math.pi * self.at)
        h = functional.conv1d(x, (filters * self.window)[:, None], padding=8)
        h = torch.relu(self.next(torch.log1p(h.abs())))
        return self.head(h.mean(-1))


class Powers(nn.Module):
    """Convolutions, and the mean of powers, whose exponent is trained, as a pool (GeM)."""

    def __init__(self, power: float = 3.0, width: int = 12) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, width, 3, 1, 1), nn.Conv2d(width, 24, 3, 2, 1)
        self.p, self.head = nn.Parameter(torch.full((1,), power)), mlp([96, 32, 10], nn.ReLU)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.second(torch.relu(self.first(x)))).clamp(min=1e-6)
        h = functional.avg_pool2d(h**self.p, 2) ** (1 / self.p)
        return self.head(h.flatten(1))


class Snake(nn.Module):
    """x + sin^2(a x) / a, with a trained for each unit."""

    def __init__(self, width: int, a: float) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.full((width,), a))

    def forward(self, x: Tensor) -> Tensor:
        return x + torch.sin(self.alpha * x).square() / (self.alpha + 1e-9)


def snake(a: float = 1.0, width: int = 32) -> nn.Sequential:
    """Return three linear layers around snakes."""
    return nn.Sequential(nn.Linear(8, width), Snake(width, a), nn.Linear(width, width),
                         Snake(width, a), nn.Linear(width, 1))  # fmt: skip


class TensorTrain(nn.Module):
    """A linear layer of 64 = 8 x 8 inputs and outputs as two small cores (tensor train)."""

    def __init__(self, rank: int = 6) -> None:
        super().__init__()
        std = (2 / 64 / rank) ** 0.25
        self.first = nn.Parameter(std * torch.randn(8, 8, rank))
        self.second = nn.Parameter(std * torch.randn(rank, 8, 8))
        self.bias = nn.Parameter(torch.zeros(64))

    def forward(self, x: Tensor) -> Tensor:
        h = torch.einsum("nij,iar,rjb->nab", x.unflatten(1, (8, 8)), self.first, self.second)
        return h.flatten(1) + self.bias


def tensor_trains(depth: int = 3) -> nn.Sequential:
    """Return layers of two cores each, and a head."""
    layers = [one for _ in range(depth) for one in (TensorTrain(), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(64, 10))


class Heads(nn.Module):
    """A trunk and the mean of three heads of two layers."""

    def __init__(self, width: int = 40) -> None:
        super().__init__()
        self.trunk = mlp([64, width], nn.ReLU, end=nn.ReLU)
        self.heads = nn.ModuleList(mlp([width, 24, 10], nn.ReLU) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        h = self.trunk(x)
        return torch.stack([head(h) for head in self.heads]).mean(0)


class Station(nn.Module):
    """Five measurements, a network, and a trained factor of its answer."""

    def __init__(self, scaler: Make | None = None, act: Make = nn.SiLU, width: int = 40) -> None:
        super().__init__()
        self.scaler = (scaler or (lambda: nn.BatchNorm1d(5, affine=False)))()
        self.body, self.head = mlp([5, width, width], act, end=act), nn.Linear(width, 1)
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * self.head(self.body(self.scaler(x)))


class Periodic(nn.Module):
    """Trained waves of each measurement, and a network (PLR)."""

    def __init__(self, sigma: float = 0.3, waves: int = 6) -> None:
        super().__init__()
        self.scaler = nn.BatchNorm1d(5, affine=False)
        self.frequency = nn.Parameter(sigma * torch.randn(5, waves))
        self.network = mlp([10 * waves, 40, 1], nn.ReLU)

    def forward(self, x: Tensor) -> Tensor:
        turns = 2 * math.pi * self.frequency * self.scaler(x)[..., None]
        return self.network(torch.cat([turns.sin(), turns.cos()], -1).flatten(1))


class Patches(nn.Module):
    """Patches of 4 x 4 pixels, one layer that mixes them, and a head (ViT)."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.proj = nn.Conv2d(1, width, 4, 4)
        self.pos = nn.Parameter(0.02 * torch.randn(1, 4, width))
        self.block = nn.TransformerEncoderLayer(
            width, 3, 48, 0.0, batch_first=True, norm_first=True
        )
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(4 * width, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = self.proj(x).flatten(2).transpose(1, 2) + self.pos
        return self.head(self.norm(self.block(h)).flatten(1))


class Whole(nn.Module):
    """Bytes divided by a number, to a whole number if ``floor``, and a network."""

    def __init__(self, floor: bool = False) -> None:
        super().__init__()
        self.floor, self.network = floor, mlp([64, 48, 48, 10], nn.ReLU)

    def forward(self, x: Tensor) -> Tensor:
        x = x / 256
        return self.network(x.floor() if self.floor else x)


def autoencoder(depth: int = 10) -> nn.Sequential:
    """Return a deep autoencoder of tanhs."""
    half = [64, 40, 32, 24, 16][: depth // 2]
    return mlp([*half, 10, *half[::-1]], nn.Tanh)
