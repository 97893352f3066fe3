"""Models -> CPU time per step of the torch engine beside a plain PyTorch loop, one thread.

    python benchmarks/torch_speed.py

A transformer, a CNN and a 30-layer MLP are trained with Adam on random data, once by the usual
loop (a DataLoader over a TensorDataset, zero_grad, backward, step, loss.item()), once by the torch
engine of ``compare``. Both see batches of the same size and keep the loss of every batch.
"""

from __future__ import annotations

import argparse
import time
from statistics import median
from typing import Any

# ruff: noqa: I001 - first: it settles the threads before NumPy loads
from circles_speed import machine

import numpy as np
import torch
from initlab.comparison import prepare
from initlab.engines import Callbacks
from initlab.records import Study
from initlab.study import LoadedProblem, expand
from torch import nn

SAMPLES, BATCH, LEARNING_RATE = 2_000, 50, 0.001


class Transformer(nn.Module):
    """Two encoder layers over 16 tokens of 8 numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(8, 64)
        layer = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True, dropout=0.1)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.head = nn.Linear(64, 10)

    def forward(self, x: Any) -> Any:
        """Class scores of (n, 16, 8)."""
        return self.head(self.encoder(self.embed(x)).mean(dim=1))


def cnn() -> nn.Module:
    """Two convolutions with BatchNorm."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.Flatten(),
        nn.Linear(32 * 64, 10),
    )  # fmt: skip


def deep_mlp() -> nn.Module:
    """Thirty layers of 64 units."""
    hidden = [part for _ in range(30) for part in (nn.Linear(64, 64), nn.ReLU())]
    return nn.Sequential(*hidden, nn.Linear(64, 10))


MODELS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "transformer": (Transformer, (16, 8)),
    "CNN": (cnn, (1, 16, 16)),
    "30-layer MLP": (deep_mlp, (64,)),
}


def plain_loop(make: Any, x: Any, y: Any, steps: int) -> tuple[float, list[float]]:
    """Train one model as people write it; return CPU seconds and losses."""
    torch.manual_seed(0)
    model = make()
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(x, y), batch_size=BATCH, shuffle=True
    )
    losses: list[float] = []
    began = time.process_time()
    model.train()
    while len(losses) < steps:
        for inputs, target in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(inputs), target)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if len(losses) == steps:
                break
    return time.process_time() - began, losses


def prepared(make: Any, x: Any, y: Any, steps: int) -> tuple[Study, LoadedProblem]:
    """The same model as a study of one network."""
    options = {
        "data": (x, y, x[:100], y[:100]), "inits": ["default"], "batch_size": BATCH,
        "learning_rate": LEARNING_RATE, "steps": steps, "record_every": 1, "engine": "torch",
    }  # fmt: skip
    return prepare(None, options, model=make)


def our_turn(study: Study, loaded: LoadedProblem) -> tuple[float, list[float]]:
    """Train it with the torch engine; return CPU seconds and losses."""
    ((spec,),) = expand(study, loaded)
    with loaded.repeatable():
        network = loaded.draw(spec)
        began = time.process_time()
        (end,) = loaded.train([spec], [network], Callbacks())
        return time.process_time() - began, end.losses


def main() -> None:
    """Print one line per model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=5, help="turns, of which the median counts")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{machine()}, torch {torch.__version__}; one thread, CPU time, "
          f"median of {options.repeats} turns of {options.steps} steps\n")  # fmt: skip
    print(f"{'':>14}{'loop ms':>10}{'ours ms':>10}{'ratio':>8}{'loss: loop':>13}{'ours':>9}")
    generator = np.random.default_rng(0)
    for name, (make, shape) in MODELS.items():
        x = torch.from_numpy(generator.normal(size=(SAMPLES, *shape)).astype(np.float32))
        y = torch.from_numpy(generator.integers(0, 10, SAMPLES))
        study, loaded = prepared(make, x, y, options.steps)
        plain_loop(make, x, y, 10)
        our_turn(*prepared(make, x, y, 10))
        loop, ours, ratios = [], [], []
        for _ in range(options.repeats):
            plain, plain_losses = plain_loop(make, x, y, options.steps)
            mine, our_losses = our_turn(study, loaded)
            loop.append(plain)
            ours.append(mine)
            ratios.append(plain / mine)
        a, b = (1000 * median(side) / options.steps for side in (loop, ours))
        ends = [float(np.mean(losses[-20:])) for losses in (plain_losses, our_losses)]
        print(f"{name:>14}{a:>10.2f}{b:>10.2f}{median(ratios):>8.2f}{ends[0]:>13.3f}"
              f"{ends[1]:>9.3f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
