"""Three PyTorch modules and their data: a stack of Linear layers, a CNN with BatchNorm, an LSTM."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn


class Mlp(nn.Sequential):
    """Two hidden layers, tanh."""

    def __init__(self) -> None:
        super().__init__(
            nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 3)
        )  # fmt: skip


class Cnn(nn.Sequential):
    """Convolution without a bias, which BatchNorm would take out again; ReLU, dropout."""

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
            nn.AvgPool2d(2), nn.Flatten(), nn.Dropout(0.1), nn.Linear(36, 3),
        )  # fmt: skip


class Lstm(nn.Module):
    """The last state of an LSTM, and one number from it."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 6, batch_first=True)
        self.head = nn.Linear(6, 1)

    def forward(self, x: Any) -> Any:
        states, _ = self.lstm(x)
        return self.head(states[:, -1])


def rows() -> tuple[Any, Any]:
    """Return 90 samples of 6 numbers, and which of three classes each is of."""
    return _classes((6,))


def images() -> tuple[Any, Any]:
    """Return 90 images of 6 times 6, and which of three classes each is of."""
    return _classes((1, 6, 6))


def sequences() -> tuple[Any, Any]:
    """Return 90 sequences of 5 vectors, and a number for each."""
    generator = np.random.RandomState(11)  # its numbers are frozen by NumPy
    x = generator.standard_normal((90, 5, 4)).astype(np.float32)
    return torch.from_numpy(x), torch.from_numpy(x[:, :, :1].sum(axis=1))


def _classes(shape: tuple[int, ...]) -> tuple[Any, Any]:
    generator = np.random.RandomState(11)
    y = np.arange(90) % 3
    x = generator.standard_normal((3, *shape))[y] + generator.standard_normal((90, *shape))
    return torch.from_numpy(x.astype(np.float32)), torch.from_numpy(y)
