"""A machine with a GPU -> is training replicates together faster, the same, and safe there?

    python benchmarks/device.py             # on the first GPU; under five minutes
    python benchmarks/device.py --device cpu --replicates 1,4 --steps 20    # a dry run

For an MLP, a CNN and a small transformer it prints: time per step and network, one by one and
together in one program, for 1 to 300 networks; how far the first losses on the device are from
those of the CPU; and what happens when the device's memory runs out (the group is halved).
"""

from __future__ import annotations

import argparse
import gc
import platform
import sys
import time
from typing import Any

import numpy as np
import torch
from torch import nn

from initlab.comparison import prepare
from initlab.engines import Callbacks, Trajectory
from initlab.engines.torch.engine import TorchEngine
from initlab.records import Study
from initlab.study import LoadedProblem, expand

BATCH, LEARNING_RATE, SAMPLES = 100, 0.001, 2_000
TIME_LIMIT = 280.0  # seconds for everything


class Transformer(nn.Module):
    """Two encoder layers over 16 tokens of 8 numbers, without dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(8, 64)
        layer = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True, dropout=0.0)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(64, 10)

    def forward(self, x: Any) -> Any:
        """Class scores of (n, 16, 8)."""
        return self.head(self.encoder(self.embed(x)).mean(dim=1))


def mlp() -> nn.Module:
    """784-256-128-10 with dropout, the course's."""
    return nn.Sequential(
        nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.2), nn.Linear(256, 128), nn.ReLU(),
        nn.Dropout(0.2), nn.Linear(128, 10),
    )  # fmt: skip


def cnn() -> nn.Module:
    """Two convolutions."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(32 * 64, 10),
    )  # fmt: skip


MODELS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "MLP": (mlp, (784,)), "CNN": (cnn, (1, 16, 16)), "transformer": (Transformer, (16, 8)),
}  # fmt: skip


def prepared(
    make: Any, shape: tuple[int, ...], device: str, steps: int
) -> tuple[Study, LoadedProblem]:
    """A study of one network on random data."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(SAMPLES, *shape)).astype(np.float32)
    y = generator.integers(0, 10, SAMPLES)
    options = {
        "data": (x, y, x[:100], y[:100]), "inits": ["he_normal"], "batch_size": BATCH,
        "learning_rate": LEARNING_RATE, "steps": steps, "engine": "torch", "device": device,
    }  # fmt: skip
    return prepare(None, options, model=make)


def engine_of(study: Study, loaded: LoadedProblem) -> TorchEngine:
    """The engine of a study."""
    return loaded._engine(study.training)  # type: ignore[attr-defined]


def together(
    study: Study, loaded: LoadedProblem, count: int
) -> tuple[float, list[Trajectory] | str]:
    """Train so many seeds in one program; return seconds and what came of it."""
    ((spec, *_),) = expand(study, loaded)
    began = time.perf_counter()
    found = engine_of(study, loaded).train_together(
        lambda seed: loaded.draw(spec.replace(seed=seed)), range(count), Callbacks()
    )
    return time.perf_counter() - began, found


def alone(study: Study, loaded: LoadedProblem, count: int) -> tuple[float, list[Trajectory]]:
    """Train so many seeds one by one."""
    ((spec, *_),) = expand(study, loaded)
    engine, found = engine_of(study, loaded), []
    began = time.perf_counter()
    for seed in range(count):
        own = spec.replace(seed=seed, block=None)
        module = loaded.draw(own)
        found.append(engine.train(module, seed, Callbacks(), lambda own=own: loaded.draw(own)))
    return time.perf_counter() - began, found


def furthest(one: list[Trajectory], other: list[Trajectory], steps: int) -> float:
    """Largest relative difference of the first losses."""
    pairs = [(a.losses[:steps], b.losses[:steps]) for a, b in zip(one, other, strict=False)]
    return max(float(np.max(np.abs(np.subtract(a, b)) / np.abs(b))) for a, b in pairs)


def halving(study: Study, loaded: LoadedProblem) -> str:
    """Let the device's memory run out on a group of 64, and see it halved until it fits."""
    ((spec, *_),) = expand(study, loaded)
    engine = engine_of(study, loaded)
    device = engine.device
    if device.type != "cuda":
        return "not tried: only a GPU's memory can be limited"
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(device)
    held = torch.cuda.memory_allocated(device)
    drawn = lambda seed: loaded.draw(spec.replace(seed=seed))  # noqa: E731
    whole_group = engine.train_together(drawn, range(64), Callbacks())
    if isinstance(whole_group, str):
        return f"not tried: {whole_group}"
    del whole_group
    needed = torch.cuda.max_memory_allocated(device) - held
    whole = torch.cuda.get_device_properties(device).total_memory
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction((held + 0.4 * needed) / whole, device)
    try:
        found = engine.train_together(drawn, range(64), Callbacks())
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)
    if isinstance(found, str):
        return found
    groups = sorted({one.together for one in found}, reverse=True)
    return f"with 0.4 of the memory of 64 networks: {len(found)} trained, in groups of {groups}"


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--replicates", default="1,3,10,30,100,300")
    parser.add_argument("--steps", type=int, default=100)
    options = parser.parse_args()
    if options.device.startswith("cuda") and not torch.cuda.is_available():
        print("PyTorch finds no GPU here. A dry run: --device cpu --replicates 1,4 --steps 20")
        return 1
    name = torch.cuda.get_device_name() if options.device.startswith("cuda") else "CPU"
    print(f"{name}, Python {platform.python_version()}, torch {torch.__version__}; "
          f"{options.steps} steps, batches of {BATCH}")  # fmt: skip
    began = time.perf_counter()
    for model, (make, shape) in MODELS.items():
        study = prepared(make, shape, options.device, options.steps)
        together(*prepared(make, shape, options.device, 3), 1)  # warm
        print(f"\n{model}: ms a step and network\n{'networks':>10}{'together':>10}{'alone':>10}"
              f"{'ratio':>8}")  # fmt: skip
        single, ones = alone(*study, 2)
        last = None
        per_network = 1000 * single / 2 / options.steps
        for count in map(int, options.replicates.split(",")):
            if time.perf_counter() - began > TIME_LIMIT:
                print("  stopped: the time is up")
                return 0
            seconds, found = together(*study, count)
            if isinstance(found, str):
                print(f"{count:>10}  not together: {found}")
                break
            each = 1000 * seconds / options.steps / count
            print(f"{count:>10}{each:>10.3f}{per_network:>10.3f}{per_network / each:>8.1f}",
                  flush=True)  # fmt: skip
            if count > 1:
                last = found
        reference = prepared(make, shape, "cpu", options.steps)
        _, on_cpu = alone(*reference, 1)
        words = f"alone {furthest(ones, on_cpu, 10):.1e}"
        words += "" if last is None else f", together {furthest(last, on_cpu, 10):.1e}"
        masks = "; the masks of Dropout are the device's own" if model == "MLP" else ""
        print(f"first 10 losses against the CPU: {words} (relative{masks})")
        print(f"out of memory: {halving(*prepared(make, shape, options.device, 3))}")
    print(f"\n{time.perf_counter() - began:.0f} s in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
