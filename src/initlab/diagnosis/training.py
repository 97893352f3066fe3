"""A module or a dense network, and a batch -> functions that train copies of it for a few steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from initlab.diagnosis.inputs import Inputs, chosen_rows
from initlab.diagnosis.objective import Objective, objective_of
from initlab.diagnosis.rates import DECAY, EPSILON, SECOND_DECAY
from initlab.diagnosis.trial import LEARNED, SAMPLES, WINDOW, Train
from initlab.modules.copied import copied
from initlab.modules.framework import load_torch
from initlab.networks.dense import DenseNetwork, Parameters
from initlab.networks.forward import gradients
from initlab.randomness import SAMPLES as DRAWN
from initlab.randomness import generator_for

if TYPE_CHECKING:
    from torch.nn import Module


def fewer(inputs: Inputs) -> Inputs:
    """Return the first samples of a batch, as many as a trial takes."""

    def some(one: Any) -> Any:
        return one[:SAMPLES]

    given = chosen_rows(inputs.given, some, inputs.samples)
    target = chosen_rows(inputs.target, some, inputs.samples)
    return Inputs(given, target, min(SAMPLES, inputs.samples), inputs.words, inputs.random)


def module_training(
    module: Module, inputs: Inputs, loss: Any, seed: int, floor: float | None
) -> Train:
    """Return what trains a copy of a module on a batch: with its loss, or to random values."""
    torch = load_torch()

    def value(one: Module) -> Any:
        given: Any = inputs.copied().given
        raw = one(**given) if isinstance(given, dict) else one(*given)
        found = objective_of(raw, inputs, loss, seed)
        return found.value if found.name else _to_random(found, seed)

    def train(name: str, rate: float, steps: int) -> list[float]:
        one = copied(module).train()
        numbers = [p for p in one.parameters() if p.requires_grad]
        update = _descent(rate) if name == "sgd" else _adam(rate)
        losses: list[float] = []
        for _ in range(steps):
            found = value(one)
            losses.append(float(found.detach()))
            if _over(losses, floor):
                break
            slopes = torch.autograd.grad(found, numbers, allow_unused=True)
            with torch.no_grad():
                for k, (number, slope) in enumerate(zip(numbers, slopes, strict=True)):
                    if slope is not None:
                        number.sub_(update(k, slope.to_dense() if slope.is_sparse else slope))
        return losses

    return train


def _to_random(found: Objective, seed: int) -> Any:
    """Return the mean squared error to fixed random values of mean square 1."""
    torch, shape = load_torch(), tuple(found.outputs.shape)
    drawn = torch.from_numpy(generator_for(seed, "diagnosis, values", DRAWN).standard_normal(shape))
    drawn = (drawn / drawn.square().mean().sqrt()).to(found.outputs.device, found.outputs.dtype)
    return (found.outputs - drawn).square().mean()


def dense_training(
    network: DenseNetwork, initial: Parameters, x: Any, y: Any, floor: float | None
) -> Train:
    """Return what trains a dense network on its first samples."""
    x, y = x[:SAMPLES], y[:SAMPLES]

    def train(name: str, rate: float, steps: int) -> list[float]:
        theta = {key: np.array(value) for key, value in initial.items()}
        update = _descent(rate) if name == "sgd" else _adam(rate)
        losses: list[float] = []
        with np.errstate(all="ignore"):
            for _ in range(steps):
                loss, gradient = gradients(network, theta, x, y)
                losses.append(float(loss))
                if _over(losses, floor):
                    break
                for key, value in gradient.items():
                    theta[key] -= update(key, value)
        return losses

    return train


def _over(losses: Sequence[float], floor: float | None) -> bool:
    """Whether a training has left the finite numbers, or learned all there is."""
    last = losses[-WINDOW:]
    return not math.isfinite(last[-1]) or (
        len(last) == WINDOW and max(last) < LEARNED * (floor or 0.0)
    )


def _descent(rate: float) -> Callable[[Any, Any], Any]:
    return lambda key, gradient: rate * gradient


def _adam(rate: float) -> Callable[[Any, Any], Any]:
    """Return Adam's update of arrays or tensors, by key."""
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
