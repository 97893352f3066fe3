"""A module that is a plain dense stack -> its cells, trained by the dense engine.

The dense engine is faster and computes the same: weights and batches are the same, so that without
dropout both engines agree to rounding.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.comparison.measuring import measure
from initlab.comparison.modules.study import ModuleStudy, metric_names
from initlab.comparison.recipes import ARRAYS, Recipe
from initlab.comparison.settings import network_of, plan_of
from initlab.datasets import Dataset
from initlab.engines import TrainingData, Watch, train
from initlab.engines.torch.dense_stack import DenseStack
from initlab.engines.torch.memory import Memory
from initlab.modules.framework import load_torch
from initlab.networks.dense import Parameters
from initlab.records import Cell, Study


def dense_data(checked: ModuleStudy) -> Dataset:
    """Return the samples as rows, as the dense engine and its figures take them."""
    train, validation = checked.data.train, checked.data.validation
    assert isinstance(train, Memory)
    assert isinstance(validation, Memory)
    shape = tuple(train.inputs[0].shape[1:])
    image = shape[1:] if len(shape) == 3 and shape[0] == 1 else shape if len(shape) == 2 else ()
    outputs = checked.study.classes or 1
    return Dataset(
        checked.study.recipe,
        _rows(train), train.target.numpy(), _rows(validation), validation.target.numpy(),
        classes=checked.data.classes or tuple(str(k) for k in range(outputs)),
        image_shape=image, notes=checked.notes, held_out="validation",
    )  # fmt: skip


def dense_starts(checked: ModuleStudy, study: Study) -> list[dict[str, NDArray[Any]]]:
    """Return the first weights of every start and seed, starts first, by the dense engine's names.

    Args:
        checked: the study, whose module is a stack.
        study: its settings; starts and seeds are taken from here.
    """
    assert checked.stack is not None
    return [
        _weights(checked.source.start(init, seed, study.bias_init), checked.stack)
        for init in study.inits
        for seed in study.seeds
    ]


def train_dense(
    checked: ModuleStudy, data: Dataset, study: Study, watch: Watch, workers: int | None
) -> tuple[list[Cell], str, bool]:
    """Train every start from every seed with the dense engine."""
    network, plan = network_of(study), plan_of(study)
    pairs = [(init, seed) for init in study.inits for seed in study.seeds]
    starts = dense_starts(checked, study)
    run = train(
        network, plan, TrainingData(data.x_train, data.y_train), starts,
        [seed for _, seed in pairs], workers=workers, watch=watch,
    )  # fmt: skip
    base = _recipe(checked)
    cells = [
        in_own_names(checked, measure(
            network, data, base, init=init, seed=seed, start=start, trajectory=trajectory,
            plan=plan, threshold=study.threshold,
        ))
        for (init, seed), start, trajectory in zip(pairs, starts, run.trajectories, strict=True)
    ]  # fmt: skip
    return cells, run.engine, run.interrupted


def _recipe(checked: ModuleStudy) -> Recipe:
    names = metric_names(checked.probe, checked.data, {})
    return replace(ARRAYS, name=checked.study.recipe, metrics=tuple(names))


def _rows(part: Memory) -> NDArray[Any]:
    return np.ascontiguousarray(part.inputs[0].flatten(1).numpy())


def _weights(module: Any, stack: DenseStack) -> dict[str, NDArray[Any]]:
    found = {}
    for k, name in enumerate(stack.layers, start=1):
        layer = module.get_submodule(name)
        found[f"W{k}"] = layer.weight.detach().numpy().copy()
        found[f"b{k}"] = layer.bias.detach().numpy().reshape(-1, 1).copy()
    return found


def in_own_names(checked: ModuleStudy, cell: Cell) -> Cell:
    """Return the cell with the module's names of parameters in the place of W1, b1, ...

    Args:
        checked: the study, whose module is a stack.
        cell: as the dense engine measured it.
    """
    assert checked.stack is not None
    names = {
        f"{short}{k}": f"{layer}.{kind}" if layer else kind
        for k, layer in enumerate(checked.stack.layers, start=1)
        for short, kind in (("W", "weight"), ("b", "bias"))
    }
    place = cell.first_nonfinite
    if place is not None:
        name, dot, suffix = place.partition(".")
        place = names.get(name, name) + dot + suffix
    norms = {names.get(name, name): norm for name, norm in cell.gradient_norms.items()}
    return replace(cell, gradient_norms=norms, first_nonfinite=place)


def write_weights(module: Any, stack: DenseStack, parameters: Parameters) -> None:
    """Write the dense engine's weights and biases into the module's layers."""
    torch = load_torch()
    with torch.no_grad():
        for k, name in enumerate(stack.layers, start=1):
            layer = module.get_submodule(name)
            layer.weight.copy_(torch.from_numpy(parameters[f"W{k}"]))
            layer.bias.copy_(torch.from_numpy(parameters[f"b{k}"]).reshape(-1))
