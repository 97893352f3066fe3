"""Network -> parameters and points to train it with, and the engines that can."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from initlab.engines import Callbacks, DenseEngine, InMemory, Trajectory
from initlab.engines.blas.trainer import BlasTrainer, in_dtype
from initlab.engines.compiled.trainer import CompiledTrainer, Kernel
from initlab.networks import DenseNetwork
from initlab.networks.losses import TABLE, VALUES
from initlab.records import Training
from initlab.threads import single_threaded_blas

ENGINES = ("compiled", "BLAS")

CIRCLES = DenseNetwork((2, 10, 5, 1), loss_form="probability")

# Few networks for many tests: each costs its kernel's compile time once. 11, 17 and 23 units are
# padded to 12, 18 and 24; 13 to 16 samples fill one block of 16.
LOGISTIC = DenseNetwork((3, 11, 17, 1), "elu", "binary_cross_entropy", "logits")
SOFTMAX = DenseNetwork((4, 23, 3), "tanh", "cross_entropy", "logits")
SOFTMAX_ROUNDED = DenseNetwork((4, 11, 3), "silu", "cross_entropy", "probability")
REGRESSION = DenseNetwork((2, 17, 2), "gelu", "half_mean_squared_error")
NETWORKS = {
    "circles": CIRCLES,
    "logistic": LOGISTIC,
    "softmax": SOFTMAX,
    "softmax from probabilities": SOFTMAX_ROUNDED,
    "regression": REGRESSION,
}


def parameters(network: DenseNetwork, seed: int = 0) -> dict[str, np.ndarray]:
    """Weights of std 1/sqrt(fan_in), biases of std 0.1."""
    generator = np.random.RandomState(seed)
    return {
        name: generator.standard_normal(network.shape_of(name))
        * (network.shape_of(name)[1] ** -0.5 if name[0] == "W" else 0.1)
        for name in network.parameter_names
    }


def points(network: DenseNetwork, samples: int = 16, seed: int = 0) -> InMemory:
    """Normal inputs, and targets that fit the loss but have nothing to do with them."""
    generator = np.random.RandomState(1000 + seed)
    x = generator.standard_normal((samples, network.layer_dims[0]))
    outputs = network.layer_dims[-1]
    if TABLE[network.loss].targets == VALUES:
        return InMemory(x, generator.standard_normal((samples, outputs)))
    return InMemory(x, generator.randint(max(2, outputs), size=samples).astype(float))


def trained(
    engine: str,
    network: DenseNetwork,
    plan: Training,
    data: InMemory,
    start: dict[str, np.ndarray],
    seed: int = 0,
) -> Any:
    """Trainer of one engine after all the steps of the plan."""
    if engine == "compiled":
        trainer: Any = CompiledTrainer(Kernel(network, plan, data), start, seed)
    else:
        trainer = BlasTrainer(network, plan, in_dtype(network, plan, data), start, seed)
    trainer.advance(plan.steps)
    return trainer


def train_in_threads(
    workers: int,
    network: DenseNetwork,
    training: Training,
    data: InMemory,
    initial: Sequence[dict[str, np.ndarray]],
    seeds: Sequence[int],
) -> list[Trajectory]:
    """One engine, several networks at a time: what a run's workers do with it."""
    engine = DenseEngine(network, training, data)
    with single_threaded_blas(), ThreadPoolExecutor(workers) as pool:
        return list(
            pool.map(lambda one, seed: engine.train(one, seed, Callbacks()), initial, seeds)
        )


def bits(values: dict[str, np.ndarray]) -> dict[str, bytes]:
    """Every bit of every array, signs of zeros and NaN payloads included."""
    return {name: array.tobytes() for name, array in values.items()}
