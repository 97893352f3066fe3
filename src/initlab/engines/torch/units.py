"""Module and points -> what its units do: dead, saturated, distinct; from one forward pass."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.engines.torch.batches import Batch
from initlab.engines.torch.task import BINARY, CLASSES, Task
from initlab.initializers.axes import size_of
from initlab.modules.computation import Call, followed
from initlab.modules.flow import ends, is_one_call
from initlab.modules.framework import load_torch
from initlab.modules.layers import parts_of, role_of
from initlab.modules.nonlinearity import named, nonlinearity_of
from initlab.networks.anatomy import BIAS, CONV, CONV_TRANSPOSED, LINEAR, WEIGHT
from initlab.networks.distinct import distinct_rows
from initlab.networks.nonlinearities import TABLE

SATURATED_SLOPE = 0.01  # of the largest: below, a unit lets 1 % of the error signal through
WITH_UNITS = (LINEAR, CONV, CONV_TRANSPOSED)
ROWS = {**TABLE, "threshold": TABLE["relu"]}


def unit_health(module: Any, task: Task, batch: Batch) -> dict[str, Any]:
    """Return the fields of :class:`initlab.records.UnitHealth` for these points.

    Hidden layers are the linear and convolution layers in the order they are computed, without
    heads; a unit is an output feature or a channel. A unit is dead where the slope of a ReLU, or
    of another nonlinearity that has flat parts, is 0 at every point.
    """
    order: list[Any] = []
    dead: dict[Any, float] = {}  # by the layer before it
    flat: dict[Any, float] = {}
    names = {one: nonlinearity_of(one) for one in module.modules() if is_one_call(one)}

    def seen(call: Call, given: Any, output: Any) -> None:
        if _has_units(call.layer) and call.layer not in order:
            order.append(call.layer)
        row = ROWS.get(named(call.function) if call.layer is None else names.get(call.layer, ""))
        if not order or not isinstance(output, torch.Tensor) or output.dim() < 2 or row is None:
            return
        if row.slope_reads_z and (given is output or not isinstance(given, torch.Tensor)):
            return  # computed in place: z is gone
        units = output.dim() - 1 if role_of(order[-1]) == LINEAR else 1
        a = _numbers(output)
        slope = row.derivative(_numbers(given) if row.slope_reads_z else a, a)
        if row.flat:
            rest = tuple(axis for axis in range(a.ndim) if axis != units)
            dead[order[-1]] = float(((slope == 0) & ~np.isnan(a)).all(axis=rest).mean())
        if row.largest_slope is not None:
            below = np.abs(slope) < SATURATED_SLOPE * row.largest_slope
            flat[order[-1]] = float(below.mean())

    torch = load_torch()
    with resting(module):
        outputs, calls = followed(module, batch[0], seen, is_one_call)
    last = _output_slopes(task, outputs)
    heads = [calls[number].layer for number in ends(calls)] or order[-1:]
    hidden = [one for one in order if one not in heads]
    numbered = hidden + [one for one in order if one in heads]
    saturated = {f"layer {numbered.index(one) + 1}": share for one, share in flat.items()}
    if last is not None:
        saturated["output"] = float((last < SATURATED_SLOPE * 0.25).double().mean())
    counts = [_rows(layer) for layer in hidden]
    return {
        "dead_share": tuple(dead.get(layer, 0.0) for layer in hidden),
        "saturated_share": saturated,
        "distinct_units": tuple(int(distinct_rows(rows[np.newaxis])[0]) for rows in counts),
        "hidden_units": tuple(len(rows) for rows in counts),
    }


def _numbers(values: Any) -> NDArray[Any]:
    """Return a tensor's numbers, those of a dtype that NumPy lacks as float32."""
    return np.asarray((values.float() if values.dtype.itemsize < 4 else values).cpu().numpy())


@contextlib.contextmanager
def resting(module: Any) -> Iterator[None]:
    """Let a module's layers of dropout pass everything for a while."""
    layers = [one for one in module.modules() if type(one).__name__.startswith("Drop")]
    modes = [one.training for one in layers]
    for one in layers:
        one.eval()
    try:
        yield
    finally:
        for one, mode in zip(layers, modes, strict=True):
            one.train(mode)


def _output_slopes(task: Task, outputs: Any) -> Any:
    torch = load_torch()
    if task.kind == BINARY:
        p = torch.sigmoid(outputs)
    elif task.kind == CLASSES and outputs.dim() > 1:
        p = torch.softmax(outputs, dim=1)
    else:
        return None
    return p * (1 - p)


def _has_units(layer: Any) -> bool:
    if layer is None or role_of(layer) not in WITH_UNITS:
        return False
    return any(part.role == WEIGHT for part in parts_of(layer).values())


def _rows(layer: Any) -> NDArray[np.floating]:
    """Return one row per unit: its incoming weights and bias."""
    parts = parts_of(layer)
    name, part = next((name, part) for name, part in parts.items() if part.role == WEIGHT)
    axes = part.axes
    assert axes is not None
    units = size_of(part.view, axes.batch + axes.out)
    weight = getattr(layer, name).detach().reshape(part.view)
    columns = [weight.permute(axes.batch + axes.out + axes.into + axes.receptive)]
    columns += [getattr(layer, name).detach() for name, part in parts.items()
                if part.role == BIAS and getattr(layer, name) is not None]  # fmt: skip
    dtype = np.float64 if weight.dtype == load_torch().float64 else np.float32
    rows = [one.cpu().double().numpy().astype(dtype).reshape(units, -1) for one in columns]
    return np.concatenate(rows, axis=1)
