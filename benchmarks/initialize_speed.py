"""CPU seconds of torch's own init and of ours, on a model of GPT-2 small's size (124M).

One thread, float32, the same tensors on both sides, the sides take turns. torch's own init is
either every layer's ``reset_parameters`` (uniform Linears, normal Embeddings) or, as GPT-2 does,
``normal_`` on every weight; each is set against the init with the same distributions. Truncated
distributions stand against ``trunc_normal_`` on every weight, and one square orthogonal weight
against ``orthogonal_``.

The first row is the first call of a fresh process, in which torch is imported and the model built:
on our side with what the call imports, understands of the model and compiles. All other rows are
calls of a process that made one before.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

# ruff: noqa: E402 - BLAS reads its settings while NumPy loads
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import torch
from torch import nn

import initlab

WIDTH, DEPTH, TOKENS, POSITIONS = 768, 12, 50257, 1024
SQUARE = 1536
NORMAL = "normal(std=0.02)"
OURS_AND_TORCHS = ("initlab", "torch")


class Block(nn.Module):
    """One layer of GPT-2: attention and a two-layer network, each behind a LayerNorm."""

    def __init__(self) -> None:
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attention = nn.MultiheadAttention(WIDTH, 12)
        self.fc, self.proj = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)


def gpt2_small() -> nn.Module:
    """Return the parameters of GPT-2 small; the head is tied to the embedding."""
    model = nn.Module()
    model.wte, model.wpe = nn.Embedding(TOKENS, WIDTH), nn.Embedding(POSITIONS, WIDTH)
    model.blocks = nn.ModuleList(Block() for _ in range(DEPTH))
    model.ln_f = nn.LayerNorm(WIDTH)
    return model


def reset(model: nn.Module) -> None:
    """Let torch's layers reset themselves, as they do when they are made."""
    for layer in model.modules():
        method = getattr(layer, "reset_parameters", getattr(layer, "_reset_parameters", None))
        if method is not None:
            method()


def normal(model: nn.Module) -> None:
    """Draw as GPT-2 does: weights normal, biases 0, norms 1 and 0."""
    for parameter in model.parameters():
        if parameter.dim() > 1:
            nn.init.normal_(parameter, std=0.02)
    for layer in model.modules():
        if isinstance(layer, nn.LayerNorm):
            nn.init.ones_(layer.weight)
        if getattr(layer, "bias", None) is not None:
            nn.init.zeros_(layer.bias)


def truncated(model: nn.Module) -> None:
    """Draw every weight from a normal distribution that is cut."""
    for parameter in model.parameters():
        if parameter.dim() > 1:
            nn.init.trunc_normal_(parameter, std=0.02, a=-0.04, b=0.04)


def orthogonal(model: nn.Module) -> None:
    """Draw every weight orthogonal."""
    for parameter in model.parameters():
        nn.init.orthogonal_(parameter)


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU time of one call."""
    started = time.process_time()
    work()
    return time.process_time() - started


def first_seconds(side: str) -> float:
    """Return the CPU time of a fresh process's first call."""
    # Python keeps compiled modules unless it is told not to
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, __file__, "--first", side]
    return float(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--first", choices=OURS_AND_TORCHS, help="time one first call alone")
    given = parser.parse_args()
    repeats = given.repeats
    torch.set_num_threads(1)
    model = gpt2_small()
    if given.first:
        ours = given.first == OURS_AND_TORCHS[0]
        print(seconds(lambda: initlab.initialize(model, NORMAL, seed=0) if ours else normal(model)))
        return
    count = sum(parameter.numel() for parameter in model.parameters())
    print(f"{count:,} float32 parameters, one thread, CPU time, median of {repeats} turns\n")
    print(f"{'init':24}{'initlab s':>10}{'torch s':>10}{'ratio':>8}   torch's side")

    def row(spec: str, turns: list[tuple[float, ...]], text: str) -> None:
        ours, other = (median(side) for side in zip(*turns, strict=True))
        print(f"{spec:24}{ours:10.3f}{other:10.3f}{ours / other:8.2f}   {text}", flush=True)

    first_seconds(OURS_AND_TORCHS[0])  # keeps the compiled modules
    turns = [tuple(first_seconds(side) for side in OURS_AND_TORCHS) for _ in range(repeats)]
    row(NORMAL, turns, "normal_ on every weight, first call of a process")
    square = nn.Linear(SQUARE, SQUARE, bias=False)
    pairs: list[tuple[nn.Module, str, str, Callable[[nn.Module], None]]] = [
        (model, NORMAL, "normal_ on every weight", normal),
        (model, "he_normal", "normal_ on every weight", normal),
        (model, "he_truncated_normal", "trunc_normal_ on every weight", truncated),
        (model, "torch_default", "reset_parameters", reset),
        (model, "default", "reset_parameters", reset),
        (square, "orthogonal", f"orthogonal_, {SQUARE} x {SQUARE}", orthogonal),
    ]
    for model, spec, text, theirs in pairs:
        initlab.initialize(model, spec, seed=0)  # imports, first touch of the memory
        turns = [
            (
                seconds(lambda: initlab.initialize(model, spec, seed=1)),  # noqa: B023
                seconds(lambda: theirs(model)),  # noqa: B023 - called in this turn
            )
            for _ in range(repeats)
        ]
        row(spec, turns, text)


if __name__ == "__main__":
    main()
