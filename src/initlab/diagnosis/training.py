"""A module or a dense network, and batches -> functions that train copies of it, step by step."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from initlab.diagnosis.fresh import SIZE, Batches
from initlab.diagnosis.objective import objective_of, random_values
from initlab.diagnosis.rates import DECAY, EPSILON, SECOND_DECAY
from initlab.diagnosis.runs import WINDOW, Train
from initlab.diagnosis.trial import LEARNED
from initlab.modules.copied import copied
from initlab.modules.framework import load_torch
from initlab.networks.dense import DenseNetwork, Parameters
from initlab.networks.forward import gradients

if TYPE_CHECKING:
    from torch.nn import Module

Rows = NDArray[np.intp] | None  # of a batch; None for the first SIZE


def module_training(
    module: Module, batches: Batches, loss: Any, seed: int, floor: float | None
) -> Train:
    """Return what trains copies of a module, with its loss or towards random values."""
    torch, drawn = load_torch(), list[Any]()

    def to_random(outputs: Any, seed: int) -> Any:
        """Return the mean squared error to random values of mean square 1, drawn once."""
        if not drawn or drawn[0].shape != outputs.shape:
            drawn[:] = [random_values("values", outputs, seed)]
        return (outputs - drawn[0]).square().mean()

    def value(one: Module, step: int) -> Any:
        batch = batches.at(step).copied()
        given: Any = batch.given
        raw = one(**given) if isinstance(given, dict) else one(*given)
        return objective_of(raw, batch, loss, seed, to_random).value

    def train(name: str, rate: float) -> Iterator[float]:
        one = copied(module).train()
        numbers = [p for p in one.parameters() if p.requires_grad]
        update = _tensor_descent if name == "sgd" else _TensorAdam(numbers)
        losses: list[float] = []
        while True:
            found = value(one, len(losses))
            losses.append(float(found.detach()))
            over = _over(losses, floor)
            if not over:
                slopes = torch.autograd.grad(found, numbers, allow_unused=True)
                dense = [None if one is None else one.to_dense() for one in slopes]
                with torch.no_grad():
                    update(numbers, dense, rate)
                del slopes, dense
            del found  # a training that waits for the others holds no graph
            yield losses[-1]
            if over:
                return

    return train


def remembered(train: Train) -> Train:
    """Return what trains a network once, however often its losses are asked for."""
    kept: dict[tuple[str, float], tuple[list[float], Iterator[float]]] = {}

    def again(name: str, rate: float) -> Iterator[float]:
        if (name, rate) not in kept:
            kept[name, rate] = [], train(name, rate)
        losses, left = kept[name, rate]
        for k in itertools.count():
            if k == len(losses):
                losses.extend(itertools.islice(left, 1))
            if k == len(losses):
                return
            yield losses[k]

    return again


def _tensor_descent(numbers: Sequence[Any], slopes: Sequence[Any], rate: float) -> None:
    known = [pair for pair in zip(numbers, slopes, strict=True) if pair[1] is not None]
    if known:
        load_torch()._foreach_add_(*map(list, zip(*known, strict=True)), alpha=-rate)


class _TensorAdam:
    """Adam over a list of tensors, without PyTorch's own, whose first step imports for seconds."""

    def __init__(self, numbers: Sequence[Any]) -> None:
        zeros = load_torch().zeros_like
        self._first = [zeros(one) for one in numbers]
        self._second = [zeros(one) for one in numbers]
        self._count = 0

    def __call__(self, numbers: Sequence[Any], slopes: Sequence[Any], rate: float) -> None:
        torch = load_torch()
        self._count += 1
        parts = zip(numbers, slopes, self._first, self._second, strict=True)
        known = [part for part in parts if part[1] is not None]
        if not known:
            return
        own, slope, first, second = map(list, zip(*known, strict=True))
        torch._foreach_lerp_(first, slope, 1 - DECAY)
        torch._foreach_mul_(second, SECOND_DECAY)
        torch._foreach_addcmul_(second, slope, slope, 1 - SECOND_DECAY)
        size = torch._foreach_sqrt(second)
        torch._foreach_div_(size, math.sqrt(1 - SECOND_DECAY**self._count))
        torch._foreach_add_(size, EPSILON)
        torch._foreach_addcdiv_(own, first, size, -rate / (1 - DECAY**self._count))


def dense_training(
    network: DenseNetwork, initial: Parameters, x: Any, y: Any, rows: Sequence[Rows],
    floor: float | None,
) -> Train:  # fmt: skip
    """Return what trains a dense network; ``rows`` are the samples of each step."""

    def train(name: str, rate: float) -> Iterator[float]:
        theta = {key: np.array(value) for key, value in initial.items()}
        update = _array_descent(rate) if name == "sgd" else _array_adam(rate)
        losses: list[float] = []
        for chosen in rows:
            own = slice(SIZE) if chosen is None else chosen
            with np.errstate(all="ignore"):
                loss, gradient = gradients(network, theta, x[own], y[own])
                losses.append(float(loss))
                over = _over(losses, floor)
                if not over:
                    for key, value in gradient.items():
                        theta[key] -= update(key, value)
            yield losses[-1]  # outside: while it waits, errstate is the caller's
            if over:
                return

    return train


def _over(losses: Sequence[float], floor: float | None) -> bool:
    """Whether a training has left the finite numbers, or learned all there is."""
    last = losses[-WINDOW:]
    return not math.isfinite(last[-1]) or (
        floor is not None and len(last) == WINDOW and max(last) < LEARNED * floor
    )


def _array_descent(rate: float) -> Callable[[Any, Any], Any]:
    return lambda key, gradient: rate * gradient


def _array_adam(rate: float) -> Callable[[Any, Any], Any]:
    """Return Adam's update of arrays, by key."""
    state: dict[Any, tuple[Any, Any, int]] = {}

    def step(key: Any, gradient: Any) -> Any:
        first, second, count = state.get(key, (0.0, 0.0, 0))
        first = DECAY * first + (1 - DECAY) * gradient
        second = SECOND_DECAY * second + (1 - SECOND_DECAY) * gradient * gradient
        count += 1
        state[key] = (first, second, count)
        size = (second / (1 - SECOND_DECAY**count)) ** 0.5
        return rate / (1 - DECAY**count) * first / (size + EPSILON)

    return step
