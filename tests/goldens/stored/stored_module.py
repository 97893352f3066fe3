"""The module and the data of ``module_study.json``; neither may change."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn


class Net(nn.Module):
    """A convolution, and a Linear layer on what it finds."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(2, 3, 3)
        self.head = nn.Linear(12, 2)

    def forward(self, x: Any) -> Any:
        return self.head(torch.relu(self.conv(x)).flatten(1))


def data() -> tuple[Any, Any]:
    """Return 60 signals of two channels, and which of two classes each is of."""
    generator = np.random.RandomState(5)  # its numbers are frozen by NumPy
    y = np.arange(60) % 2
    x = generator.standard_normal((2, 2, 6))[y] + generator.standard_normal((60, 2, 6))
    return torch.from_numpy(x.astype(np.float32)), torch.from_numpy(y)
