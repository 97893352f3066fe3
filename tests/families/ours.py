"""Small models as papers and courses write them, of the kinds that no library builds."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

VOCABULARY, TAGS, CLASSES = 100, 7, 10


class StandardizedConv(nn.Conv2d):
    """A convolution with its own gain, whose weights are standardized (Brock et al. 2021)."""

    def __init__(self, *shape, **keywords):
        super().__init__(*shape, **keywords)
        self.gain = nn.Parameter(torch.ones(self.out_channels, 1, 1, 1))

    def forward(self, x):
        fan = self.weight[0].numel()
        variance, mean = torch.var_mean(self.weight, dim=(1, 2, 3), keepdim=True)
        weight = (self.weight - mean) * torch.rsqrt(variance * fan + 1e-4) * self.gain
        return functional.conv2d(x, weight, self.bias, self.stride, self.padding)


class NormFreeBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = StandardizedConv(width, width, 3, padding=1)
        self.second = StandardizedConv(width, width, 3, padding=1)
        self.skip_gain = nn.Parameter(torch.zeros(()))  # SkipInit

    def forward(self, x):
        branch = self.second(torch.relu(self.first(torch.relu(x))))
        return x + self.skip_gain * branch


class NormFreeResNet(nn.Module):
    """NF-ResNet: no norms, standardized weights, branches that begin at 0."""

    def __init__(self):
        super().__init__()
        self.stem = StandardizedConv(3, 16, 3, padding=1)
        self.blocks = nn.Sequential(*(NormFreeBlock(16) for _ in range(3)))
        self.head = nn.Linear(16, CLASSES)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)).mean((2, 3)))


def _twice(inputs, outputs):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(),
        nn.Conv2d(outputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(),
    )  # fmt: skip


class UNet(nn.Module):
    """Down and up again, with skips that are joined; a class for every pixel."""

    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList([_twice(3, 16), _twice(16, 32)])
        self.middle = _twice(32, 64)
        self.up = nn.ModuleList(
            [nn.ConvTranspose2d(64, 32, 2, 2), nn.ConvTranspose2d(32, 16, 2, 2)]
        )
        self.join = nn.ModuleList([_twice(64, 32), _twice(32, 16)])
        self.out = nn.Conv2d(16, 2, 1)

    def forward(self, x):
        skips = []
        for block in self.down:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.middle(x)
        for up, join in zip(self.up, self.join, strict=True):
            x = join(torch.cat([up(x), skips.pop()], 1))
        return self.out(x)


class GAN(nn.Module):
    """A DCGAN: noise to images, and a judge with a spectral norm."""

    def __init__(self):
        super().__init__()
        self.generator = nn.Sequential(
            nn.ConvTranspose2d(16, 32, 4), nn.BatchNorm2d(32), nn.ReLU(),
            nn.ConvTranspose2d(32, 16, 4, 2, 1), nn.BatchNorm2d(16), nn.ReLU(),
            nn.ConvTranspose2d(16, 3, 4, 2, 1), nn.Tanh(),
        )  # fmt: skip
        self.judge = nn.Sequential(
            nn.Conv2d(3, 16, 4, 2, 1), nn.LeakyReLU(0.2),
            nn.utils.parametrizations.spectral_norm(nn.Conv2d(16, 32, 4, 2, 1)),
            nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(32 * 16, 1),
        )  # fmt: skip

    def forward(self, noise):
        return self.judge(self.generator(noise))


class Experts(nn.Module):
    """Experts as 3-D parameters, and a router that mixes the two best."""

    def __init__(self, width, count):
        super().__init__()
        self.router = nn.Parameter(torch.randn(width, count) * 0.02)
        self.up = nn.Parameter(torch.randn(count, width, 4 * width) * 0.02)
        self.down = nn.Parameter(torch.randn(count, 4 * width, width) * 0.02)

    def forward(self, x):
        scores, chosen = (x @ self.router).softmax(-1).topk(2)
        hidden = functional.gelu(torch.einsum("bti,eio->bteo", x, self.up))
        out = torch.einsum("bteo,eoi->btei", hidden, self.down)
        mixed = out.gather(2, chosen[..., None].expand(*chosen.shape, x.shape[-1]))
        return (scores[..., None] * mixed).sum(2)


class MixtureOfExperts(nn.Module):
    """A language model whose second half of each block is a mixture; the head is the embedding."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, 32)
        self.positions = nn.Parameter(torch.zeros(1, 16, 32))
        self.norms = nn.ModuleList(nn.LayerNorm(32) for _ in range(2))
        self.experts = nn.ModuleList(Experts(32, 4) for _ in range(2))
        self.last = nn.LayerNorm(32)

    def forward(self, tokens):
        x = self.embed(tokens) + self.positions[:, : tokens.shape[1]]
        for norm, experts in zip(self.norms, self.experts, strict=True):
            x = x + experts(norm(x))
        return functional.linear(self.last(x), self.embed.weight)


class Sine(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)

    def forward(self, x):
        return torch.sin(30 * self.linear(x))


class Siren(nn.Module):
    """Coordinates to colours by sines (Sitzmann et al. 2020)."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(Sine(2, 64), Sine(64, 64), Sine(64, 64), nn.Linear(64, 3))

    def forward(self, x):
        return self.net(x)


class Tagger(nn.Module):
    """A tag for every word, by an LSTM that reads both ways."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, 16, padding_idx=0)
        self.lstm = nn.LSTM(16, 24, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(48, TAGS)

    def forward(self, tokens):
        return self.head(self.lstm(self.embed(tokens))[0])
