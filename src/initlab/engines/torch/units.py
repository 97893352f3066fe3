"""Module and points -> what its units do: dead, saturated, distinct; from one forward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.engines.torch.memory import Batch
from initlab.engines.torch.probe import watched
from initlab.engines.torch.task import BINARY, CLASSES, Task
from initlab.modules.framework import load_torch
from initlab.networks.nonlinearities import TABLE

SATURATED_SLOPE = 0.01  # of the largest: below, a unit lets 1 % of the error signal through
ROWS = {row.torch[1]: row for row in TABLE.values() if row.torch[1]}
ROWS["threshold"] = TABLE["relu"]
DISTINCT_DIGITS = 1e-6  # rows that agree to this share of the largest entry count as equal


def unit_health(module: Any, task: Task, batch: Batch) -> dict[str, Any]:
    """Return the fields of :class:`initlab.records.UnitHealth` for these points.

    Hidden layers are the Linear and convolution layers in the order they are computed, without
    the last; a unit is an output feature or a channel. A unit is dead where the slope of a ReLU,
    or of another nonlinearity that has flat parts, is 0 at every point.
    """
    torch = load_torch()
    order: list[Any] = []
    dead: dict[int, float] = {}
    saturated: dict[str, float] = {}

    def computed(name: str, layer: Any, output: Any) -> None:
        kinds = (torch.nn.Linear, torch.nn.modules.conv._ConvNd)
        if isinstance(layer, kinds) and layer not in order:
            order.append(layer)

    def called(name: str, given: Any, output: Any) -> None:
        row = ROWS.get(name.removesuffix("_"))
        if not order or not isinstance(output, torch.Tensor) or output.dim() < 2 or row is None:
            return
        if row.slope_reads_z and given is output:
            return  # computed in place: z is gone
        convolution = isinstance(order[-1], torch.nn.modules.conv._ConvNd)
        number, units = len(order), 1 if convolution else output.dim() - 1
        a = _numbers(output)
        slope = row.derivative(_numbers(given) if row.slope_reads_z else a, a)
        if row.flat:
            rest = tuple(axis for axis in range(a.ndim) if axis != units)
            dead[number] = float(((slope == 0) & ~np.isnan(a)).all(axis=rest).mean())
        if row.largest_slope is not None:
            below = np.abs(slope) < SATURATED_SLOPE * row.largest_slope
            saturated[f"layer {number}"] = float(below.mean())

    with watched(module, lambda *_: None, computed):
        last = _output_slopes(task, _run(module, batch, called))
    hidden = order[:-1]
    if last is not None:
        saturated["output"] = float((last < SATURATED_SLOPE * 0.25).double().mean())
    return {
        "dead_share": tuple(dead.get(k + 1, 0.0) for k in range(len(hidden))),
        "saturated_share": saturated,
        "distinct_units": tuple(_distinct(layer) for layer in hidden),
        "hidden_units": tuple(_rows(layer).shape[0] for layer in hidden),
    }


def _numbers(values: Any) -> NDArray[Any]:
    """Return a tensor's numbers, those of a dtype that NumPy lacks as float32."""
    return np.asarray((values.float() if values.dtype.itemsize < 4 else values).cpu().numpy())


def _run(module: Any, batch: Batch, called: Callable[[str, Any, Any], None]) -> Any:
    """Run the model on a batch, without dropout or gradients, and return its outputs.

    Every torch function shows its name, first argument and result to ``called``.
    """
    torch = load_torch()
    resting = [one for one in module.modules() if type(one).__name__.startswith("Drop")]
    modes = [one.training for one in resting]
    for one in resting:
        one.eval()

    class Calls(torch.overrides.TorchFunctionMode):  # type: ignore[name-defined]
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            result = func(*args, **(kwargs or {}))
            given = args[0] if args else (kwargs or {}).get("input")
            called(getattr(func, "__name__", ""), given, result)
            return result

    try:
        with torch.no_grad(), Calls():
            return module(*batch[0])
    finally:
        for one, mode in zip(resting, modes, strict=True):
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


def _rows(layer: Any) -> Any:
    """Return one row per unit: its incoming weights and bias."""
    torch = load_torch()
    weight = layer.weight.detach()
    if getattr(layer, "transposed", False):
        groups = layer.groups
        parts = weight.reshape(groups, weight.shape[0] // groups, *weight.shape[1:])
        weight = parts.transpose(1, 2).reshape(layer.out_channels, -1)
    rows = weight.reshape(weight.shape[0], -1)
    if layer.bias is not None:
        rows = torch.cat([rows, layer.bias.detach()[:, None]], dim=1)
    return rows


def _distinct(layer: Any) -> int:
    torch = load_torch()
    rows = _rows(layer)
    largest = rows.abs().max()
    if not bool(torch.isfinite(largest)) or largest == 0:
        return 1 if largest == 0 else rows.shape[0]
    rounded = torch.round(rows.double() / (largest.double() * DISTINCT_DIGITS))
    return int(torch.unique(rounded, dim=0).shape[0])
