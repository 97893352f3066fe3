"""Seconds and memory of a diagnosis' measurements, against one training step of the same model.

Models of more than 10 million parameters, and the lessons' small networks. Memory is what a process
holds at its highest, above the model itself: a training step keeps activations, gradients and the
optimizer's state, the measurements activations, a copy of the parameters and the signs of their
gradients. Each is measured in a process of its own. On a GPU it is the allocator's highest count.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from initlab.diagnosis.dense import measure_dense
from initlab.diagnosis.measuring import measure
from initlab.networks import DenseNetwork

MB = 2**20


class Residual(nn.Module):
    """Two convolutions with norms, added to what they are given."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels),
            nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the sum, cut at 0."""
        return torch.relu(x + self.branch(x))


def resnet() -> tuple[nn.Module, torch.Tensor]:
    """Return a residual network and its images."""
    stages: list[nn.Module] = [nn.Conv2d(3, 64, 3, padding=1), nn.ReLU()]
    for given, width in ((64, 128), (128, 256), (256, 512)):
        stages += [nn.Conv2d(given, width, 3, stride=2, padding=1), nn.ReLU(), Residual(width)]
    layers = [*stages, Residual(512), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10)]
    return nn.Sequential(*layers), torch.randn(32, 3, 32, 32)


def mlp() -> tuple[nn.Module, torch.Tensor]:
    """Return a plain stack and its inputs."""
    widths = [784, *[1500] * 6]
    layers: list[nn.Module] = []
    for given, width in itertools.pairwise(widths):
        layers += [nn.Linear(given, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(1500, 10)), torch.randn(128, 784)


class Encoder(nn.Module):
    """A transformer over tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(5000, 384)
        layer = nn.TransformerEncoderLayer(384, 6, 1536, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, 6, enable_nested_tensor=False)
        self.head = nn.Linear(384, 10)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return scores of the mean over the tokens."""
        return self.head(self.blocks(self.embedding(tokens)).mean(dim=1))


def encoder() -> tuple[nn.Module, torch.Tensor]:
    """Return a transformer and its tokens."""
    return Encoder(), torch.randint(5000, (16, 64))


MODELS = {"resnet": resnet, "mlp": mlp, "encoder": encoder}


def built(name: str, device: str) -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    """Return a model, its inputs and class numbers."""
    torch.manual_seed(0)
    model, x = MODELS[name]()
    return model.to(device), x.to(device), torch.randint(10, (len(x),), device=device)


def work_of(what: str, model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> Callable[[], object]:
    """Return what is measured: ours, or one step of an optimizer."""
    if what == "ours":
        return lambda: measure(model, x, y, jacobian=False)
    kinds = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}
    optimizer = kinds[what](model.parameters(), lr=1e-3)

    def step() -> None:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()

    return step


def highest(device: str) -> int:
    """Return the most bytes held so far."""
    if device != "cpu":
        return torch.cuda.max_memory_allocated()
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024


def forget(device: str) -> int:
    """Begin the count again; return what is held now."""
    if device != "cpu":
        torch.cuda.reset_peak_memory_stats()
        return torch.cuda.memory_allocated()
    Path("/proc/self/clear_refs").write_text("5")
    return highest(device)


def one(name: str, what: str, device: str) -> None:
    """Print seconds and bytes of one kind of work on one model."""
    small = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 10)).to(device)
    data = torch.randn(8, 4, device=device), torch.randint(10, (8,), device=device)
    work_of(what, small, *data)()  # imports, and what a first use allocates
    work = work_of(what, *(found := built(name, device)))
    held = forget(device)
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    print(seconds, highest(device) - held, sum(p.numel() for p in found[0].parameters()))


def lessons() -> None:
    """Print the seconds of the lessons' networks."""
    print("\nnetworks of the lessons, after imports")
    for dims, samples in (((2, 10, 5, 1), 300), ((784, 256, 128, 10), 256), ((1, 64, 64, 1), 100)):
        loss = {1: "binary_cross_entropy", 10: "cross_entropy"}[dims[-1]]
        network, rng = DenseNetwork(dims, "relu", loss=loss), np.random.default_rng(0)
        theta = {name: rng.standard_normal(network.shape_of(name)) for name in
                 network.parameter_names}  # fmt: skip
        x, y = rng.standard_normal((samples, dims[0])), rng.integers(2, size=samples)
        layers: list[nn.Module] = []
        for given, width in itertools.pairwise(dims):
            layers += [nn.Linear(given, width), nn.ReLU()]
        model = nn.Sequential(*layers[:-1])
        took = []
        for work in (lambda: measure_dense(network, theta, x, y),  # noqa: B023
                     lambda: measure(model, x, y)):  # noqa: B023  # fmt: skip
            work()
            started = time.perf_counter()
            work()
            took.append(time.perf_counter() - started)
        print(f"  {'-'.join(map(str, dims)):18} NumPy {took[0]:6.3f} s   torch {took[1]:6.3f} s")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--one", nargs=2, metavar=("MODEL", "WORK"))
    given = parser.parse_args()
    if given.one:
        one(*given.one, given.device)
        return
    print("above the model, on " + given.device)
    print(f"{'model':10}{'parameters':>12}{'work':>8}{'s':>9}{'MB':>9}{'of Adam':>9}{'of SGD':>9}")
    for name in MODELS:
        figures = {}
        for what in ("adam", "sgd", "ours"):
            command = [sys.executable, __file__, "--device", given.device, "--one", name, what]
            found = subprocess.run(command, capture_output=True, text=True, check=True)
            figures[what] = [float(number) for number in found.stdout.split()]
        held = figures["ours"][2] * 4  # the model itself, which all of them hold
        for what, (seconds, size, count) in figures.items():
            shares = [(size + held) / (figures[k][1] + held) for k in ("adam", "sgd")]
            print(f"{name:10}{count:12,.0f}{what:>8}{seconds:9.2f}{size / MB:9.1f}"
                  f"{shares[0]:9.2f}{shares[1]:9.2f}")  # fmt: skip
    lessons()


if __name__ == "__main__":
    main()
