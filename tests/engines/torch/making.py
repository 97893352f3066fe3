"""Small modules and data that the tests of the torch engine train."""

from __future__ import annotations

import itertools

import pytest

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn
functional = nn.functional


def mlp(widths=(6, 8, 3), nonlinearity=nn.ReLU):
    """Plain stack of Linear layers."""
    layers = []
    for i, o in itertools.pairwise(widths):
        layers += [nn.Linear(i, o), nonlinearity()]
    return nn.Sequential(*layers[:-1])


class Course(nn.Module):
    """The course's network on Fashion-MNIST, for images of any size."""

    def __init__(self, pixels=28 * 28):
        super().__init__()
        self.pixels = pixels
        self.fc1 = nn.Linear(pixels, 256)
        self.fc2 = nn.Linear(256, 128)
        self.fc3 = nn.Linear(128, 10)
        self.dropout = nn.Dropout(0.2)

    def forward(self, x):
        x = x.view(-1, self.pixels)
        x = self.dropout(functional.relu(self.fc1(x)))
        x = self.dropout(functional.relu(self.fc2(x)))
        return self.fc3(x)


class Block(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = nn.Conv2d(o, o, 3, padding=1, bias=False), nn.BatchNorm2d(o)
        self.short = nn.Conv2d(i, o, 1) if i != o else nn.Identity()

    def forward(self, x):
        h = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(h)) + self.short(x))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(Block(1, 4), Block(4, 4))
        self.head = nn.Linear(4, 10)

    def forward(self, x):
        return self.head(self.blocks(x).mean(dim=(2, 3)))


class Transformer(nn.Module):
    """Every row of an image is a token."""

    def __init__(self):
        super().__init__()
        self.place = nn.Parameter(torch.zeros(8, 16))
        self.embed = nn.Linear(8, 16)
        layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        return self.head(self.encoder(self.embed(x[:, 0]) + self.place).mean(dim=1))


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 12, batch_first=True)
        self.head = nn.Linear(12, 10)

    def forward(self, x):
        states, _ = self.lstm(x[:, 0])
        return self.head(states[:, -1])


class Everything(nn.Module):
    """BatchNorm, Dropout by layer and by function, a buffer and a frozen parameter."""

    def __init__(self):
        super().__init__()
        self.fc1, self.bn = nn.Linear(6, 8), nn.BatchNorm1d(8)
        self.drop, self.fc2 = nn.Dropout(0.3), nn.Linear(8, 3)
        self.register_buffer("seen", torch.zeros(()))
        self.frozen = nn.Parameter(torch.ones(3), requires_grad=False)

    def forward(self, x):
        if self.training:
            self.seen += 1
        h = self.drop(torch.relu(self.bn(self.fc1(x))))
        h = functional.dropout(h, 0.1, self.training)
        return self.fc2(h) * self.frozen


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.head = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 3)
        self.second.weight = self.first.weight
        self.head.bias.requires_grad_(False)

    def forward(self, x):
        return self.head(torch.tanh(self.second(torch.tanh(self.first(x)))))


def blobs(count=60, features=6, classes=3, seed=0):
    """Samples around one centre per class: float32 (n, features), and class numbers."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.arange(count) % classes
    centres = torch.randn(classes, features, generator=generator)
    return centres[y] + 0.3 * torch.randn(count, features, generator=generator), y
