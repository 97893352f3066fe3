"""Replicates and steps -> CPU time per step of our engine beside a plain NumPy loop, one thread.

Both sides train the circles network of the documents from He starts, full batch, float64, and
compute the loss at the same steps: every 100th, as studies record it, or every one. The loop is
written as the documents write theirs: functions for forward, loss and backward, columns are
samples.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from pathlib import Path
from statistics import median

# ruff: noqa: E402 - BLAS reads its number of threads while NumPy loads
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
from numpy.typing import NDArray

from initlab.datasets import make_circles
from initlab.engines import InMemory, train
from initlab.initialization import draw_network
from initlab.networks import DenseNetwork, predict
from initlab.records import Training

NETWORK = DenseNetwork((2, 10, 5, 1), loss_form="probability")
LEARNING_RATE = 0.01
LOSS_EVERY = (100, 1)  # steps between two losses, on both sides
LOOP_REPLICATES = 3  # the loop's cost per replicate does not depend on their number
Array = NDArray[np.float64]
Parameters = dict[str, Array]


def numpy_loop(X: Array, Y: Array, start: Parameters, steps: int, every: int) -> Parameters:
    """Train one network; X is (2, m), Y is (1, m). The loss is computed at every n-th step."""
    parameters = dict(start)
    for step in range(steps):
        a3, cache = forward_propagation(X, parameters)
        if step % every == 0:
            compute_loss(a3, Y)
        gradients = backward_propagation(X, Y, parameters, cache)
        for name in parameters:
            parameters[name] = parameters[name] - LEARNING_RATE * gradients[name]
    return parameters


def forward_propagation(X: Array, p: Parameters) -> tuple[Array, tuple[Array, Array, Array]]:
    """LINEAR -> RELU -> LINEAR -> RELU -> LINEAR -> SIGMOID."""
    a1 = np.maximum(0, np.dot(p["W1"], X) + p["b1"])
    a2 = np.maximum(0, np.dot(p["W2"], a1) + p["b2"])
    a3 = 1 / (1 + np.exp(-(np.dot(p["W3"], a2) + p["b3"])))
    return a3, (a1, a2, a3)


def compute_loss(a3: Array, Y: Array) -> float:
    """Mean binary cross-entropy."""
    losses = np.multiply(-np.log(a3), Y) + np.multiply(-np.log(1 - a3), 1 - Y)
    return float(1.0 / Y.shape[1] * np.nansum(losses))


def backward_propagation(
    X: Array, Y: Array, p: Parameters, cache: tuple[Array, Array, Array]
) -> Parameters:
    """Gradient by every parameter."""
    a1, a2, a3 = cache
    dz3 = 1.0 / X.shape[1] * (a3 - Y)
    dz2 = np.multiply(np.dot(p["W3"].T, dz3), np.int64(a2 > 0))
    dz1 = np.multiply(np.dot(p["W2"].T, dz2), np.int64(a1 > 0))
    return {
        "W1": np.dot(dz1, X.T),
        "b1": np.sum(dz1, axis=1, keepdims=True),
        "W2": np.dot(dz2, a1.T),
        "b2": np.sum(dz2, axis=1, keepdims=True),
        "W3": np.dot(dz3, a2.T),
        "b3": np.sum(dz3, axis=1, keepdims=True),
    }


def accuracy(points: InMemory, parameters: Parameters) -> float:
    """Share of training points on the right side of 0.5."""
    return float(np.mean((predict(NETWORK, parameters, points.x)[:, 0] > 0.5) == (points.y > 0.5)))


def measure(points: InMemory, replicates: int, steps: int, repeats: int, every: int) -> str:
    """One row of the table; the sides take turns, so that both meet the same clock speed."""
    starts = [
        draw_network("he_normal", NETWORK.layer_dims, seed=seed, stream="course")
        for seed in range(replicates)
    ]
    plan = Training(learning_rate=LEARNING_RATE, steps=steps, record_every=every)
    X, Y = points.x.T, points.y[np.newaxis]
    seeds = list(range(replicates))
    ours, loop = [], []
    for _ in range(repeats):
        began = time.process_time()
        trained = train(NETWORK, plan, points, starts, seeds)
        ours.append((time.process_time() - began) / replicates)
        began = time.process_time()
        ends = [numpy_loop(X, Y, start, steps, every) for start in starts[:LOOP_REPLICATES]]
        loop.append((time.process_time() - began) / len(ends))
    mine, plain = median(ours), median(loop)
    worst = max(
        abs(accuracy(points, trajectory.parameters) - accuracy(points, end))
        for trajectory, end in zip(trained, ends, strict=False)
    )
    mean = np.mean([accuracy(points, end) for end in ends])
    return (
        f"{replicates:>10}{every:>12}{mine * 1e6 / steps:>13.2f}{plain * 1e6 / steps:>13.1f}"
        f"{plain / mine:>8.1f}{mean:>17.4f}{worst:>14.4f}"
    )


def machine() -> str:
    """Processor, Python and NumPy in one line."""
    processor = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        names = [x for x in information.read_text().splitlines() if x.startswith("model name")]
        processor = names[0].partition(":")[2].strip() if names else processor
    return f"{processor}, Python {platform.python_version()}, NumPy {np.__version__}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", default="3,30,300", help="numbers of networks, by comma")
    parser.add_argument("--steps", type=int, default=15_000, help="updates of each network")
    parser.add_argument("--repeats", type=int, default=3, help="turns, of which the median counts")
    options = parser.parse_args()
    points = InMemory(*make_circles(300, noise=0.05, random_state=1))
    print(f"{machine()}; one thread, CPU time, median of {options.repeats} turns")
    print(f"circles 2-10-5-1, {options.steps} steps, loss computed at the same steps on both sides")
    print(f"the loop is measured on {LOOP_REPLICATES} replicates and stated per replicate\n")
    measure(points, 1, options.steps, 1, LOSS_EVERY[0])  # warm: compiles, or loads the kernel
    columns = ("replicates", "loss every", "initlab µs", "NumPy µs", "ratio", "train accuracy",
               "differs by")  # fmt: skip
    print("".join(f"{c:>{w}}" for c, w in zip(columns, (10, 12, 13, 13, 8, 17, 14), strict=True)))
    for replicates in map(int, options.replicates.split(",")):
        for every in LOSS_EVERY:
            print(measure(points, replicates, options.steps, options.repeats, every), flush=True)


if __name__ == "__main__":
    main()
