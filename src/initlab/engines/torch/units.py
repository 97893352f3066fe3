"""Module and points -> what its units do: dead, saturated, distinct; from one forward pass."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from initlab.engines.torch.batches import Batch
from initlab.engines.torch.task import BINARY, CLASSES, Task
from initlab.initializers.axes import size_of
from initlab.modules.computation import Call, followed
from initlab.modules.flow import ends, is_one_call
from initlab.modules.framework import as_array, load_torch
from initlab.modules.layers import parts_of, role_of
from initlab.modules.nonlinearity import (
    ELEMENTWISE,
    called,
    elementwise,
    evaluating,
    measured_row,
    named,
    nonlinearity_of,
)
from initlab.networks.anatomy import (
    ATTENTION,
    BIAS,
    CONV,
    CONV_TRANSPOSED,
    LINEAR,
    RECURRENT,
    WEIGHT,
)
from initlab.networks.distinct import distinct_rows
from initlab.nonlinearities import slopes
from initlab.nonlinearities.slopes import SATURATED_SLOPE
from initlab.nonlinearities.table import TABLE, Nonlinearity

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

WITH_UNITS = (LINEAR, CONV, CONV_TRANSPOSED)
AT_ONCE = 2**22  # numbers whose slopes are computed together


def unit_health(module: Module, task: Task, batch: Batch) -> dict[str, Any]:
    """Return the fields of :class:`initlab.records.UnitHealth` for these points.

    Hidden layers are the linear, convolution, recurrent and attention layers in the order they are
    computed, without heads. A unit is an output feature, a channel, a hidden unit of one level and
    direction of a recurrent layer (all its gates together), or a head of attention (its query, key
    and value). A unit is dead where the slope of a ReLU, or of another nonlinearity that has flat
    parts, is 0 at every point. Recurrent layers and attention are not judged as dead or saturated:
    what happens inside them is not seen.
    """
    order: list[Module] = []
    dead: dict[Module, float] = {}  # by the layer before it
    flat: dict[Module, float] = {}
    rows = {one: layer_row(one) for one in module.modules() if is_one_call(one)}

    def seen(call: Call, given: Any, output: Any) -> None:
        if has_units(call.layer) and call.layer not in order:
            order.append(call.layer)
        if not order or not isinstance(output, torch.Tensor) or output.dim() < 2:
            return
        if role_of(order[-1]) not in WITH_UNITS:
            return  # not judged
        row = called_row(call) if call.layer is None else rows.get(call.layer)
        if row is None:
            return
        if row.slope_reads_z and (given is output or not isinstance(given, torch.Tensor)):
            return  # computed in place: z is gone
        units = output.dim() - 1 if role_of(order[-1]) == LINEAR else 1
        found = flat_shares(row, given, output, units)
        if row.flat:
            dead[order[-1]] = found[0]
        if found[1] is not None:
            flat[order[-1]] = found[1]

    torch = load_torch()
    with resting(module):
        outputs, calls = followed(module, batch[0], seen, rows.__contains__)
    last = output_slopes(task, outputs)
    heads = [calls[number].layer for number in ends(calls)] or order[-1:]
    hidden = [(one, rows) for one in order if one not in heads for rows in unit_rows(one)]
    numbered = [one for one, _ in hidden] + [one for one in order if one in heads]
    saturated = {f"layer {numbered.index(one) + 1}": share for one, share in flat.items()}
    if last is not None:
        saturated["output"] = float((last < SATURATED_SLOPE * 0.25).double().mean())
    return {
        "dead_share": tuple(dead.get(layer, 0.0) for layer, _ in hidden),
        "saturated_share": saturated,
        "distinct_units": tuple(int(distinct_rows(rows[np.newaxis])[0]) for _, rows in hidden),
        "hidden_units": tuple(len(rows) for _, rows in hidden),
    }


def layer_row(layer: Module) -> Nonlinearity | None:
    """Return what is known of the nonlinearity that a layer is, from a table or from its values."""
    name = nonlinearity_of(layer)
    if name in TABLE or not name or next(layer.parameters(), None) is not None:
        return TABLE.get(name)
    return measured_row(evaluating(layer))


def called_row(call: Call) -> Nonlinearity | None:
    """Return the same of the function that a call is."""
    name = elementwise(call.function, call.compute, call.settings)
    if name in TABLE or call.compute is None or named(call.function) not in ELEMENTWISE:
        return TABLE.get(name)
    return measured_row(called(call.compute, call.settings))


def flat_shares(
    row: Nonlinearity, given: Tensor, output: Tensor, units: int
) -> tuple[float, float | None]:
    """Return what :func:`initlab.nonlinearities.slopes.flat_shares` does of torch's tensors.

    Args:
        row: the nonlinearity.
        given: its inputs, which may have been overwritten where its slope needs no inputs.
        output: its outputs.
        units: their axis of units, not 0.
    """
    step = max(1, AT_ONCE // max(1, output[:1].numel()))
    parts = ((as_array((given if row.slope_reads_z else output)[k : k + step]),
              as_array(output[k : k + step])) for k in range(0, len(output), step))  # fmt: skip
    return slopes.flat_shares(row, parts, units)


@contextlib.contextmanager
def resting(module: Module) -> Iterator[None]:
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


def output_slopes(task: Task, outputs: Tensor) -> Tensor | None:
    """Return p (1 - p) of every probability; None where outputs give none."""
    torch = load_torch()
    if task.kind == BINARY:
        p = torch.sigmoid(outputs)
    elif task.kind == CLASSES and outputs.dim() > 1:
        p = torch.softmax(outputs, dim=1)
    else:
        return None
    return p * (1 - p)


def has_units(layer: Module | None) -> TypeGuard[Module]:
    """Whether a layer has units whose incoming weights are its own."""
    if layer is None or role_of(layer) not in (*WITH_UNITS, RECURRENT, ATTENTION):
        return False
    return any(part.role == WEIGHT for part in parts_of(layer).values())


def unit_rows(
    layer: Module, numbers: Callable[[Tensor], Tensor] = lambda one: one.detach()
) -> list[NDArray[np.floating]]:
    """Return, for each group of a layer's units, a row per unit: its incoming weights and biases.

    A layer has one group, but for recurrent layers: one for each level and direction. A gate's
    rows, and a head's, stand side by side. Of a recurrent or attention layer that torch does not
    have, there is none. ``numbers`` gives those of a parameter that stand in the rows: its own,
    or its gradient.
    """
    role, parts = role_of(layer), parts_of(layer)
    if role in (RECURRENT, ATTENTION) and not isinstance(layer, _known()):
        return []
    own = {name: numbers(getattr(layer, name)) for name, part in parts.items()
           if part.role in (WEIGHT, BIAS) and getattr(layer, name, None) is not None}  # fmt: skip
    if role == RECURRENT:
        groups: dict[str, list[Tensor]] = {}
        for name, one in own.items():
            kind, level = name[: name.index("_") + 3], name[name.index("_") + 3 :]
            if kind != "weight_hr":  # which only mixes what the units give
                groups.setdefault(level, []).append(one)
        width = getattr(layer, "hidden_size", 0)
        return [_matrix([one.reshape(-1, width, *one.shape[1:]).movedim(1, 0) for one in group])
                for group in groups.values() if width]  # fmt: skip
    if role == ATTENTION:
        heads, width = getattr(layer, "num_heads", 0), getattr(layer, "embed_dim", 0)
        columns = [one.reshape(max(1, len(one) // width), heads, -1).movedim(1, 0)
                   for one in own.values() if heads and width]  # fmt: skip
        return [_matrix(columns)] if columns else []
    name, part = next((name, part) for name, part in parts.items() if part.role == WEIGHT)
    axes = part.axes
    assert axes is not None
    weight = own.pop(name).reshape(part.view)
    units = size_of(part.view, axes.batch + axes.out)
    weight = weight.permute(axes.batch + axes.out + axes.into + axes.receptive)
    biases = [one for local, one in own.items() if parts[local].role == BIAS]
    return [_matrix([one.reshape(units, -1) for one in (weight, *biases)])]


def _known() -> tuple[type, ...]:
    """Return the recurrent and attention layers whose rows are known: torch's."""
    nn = load_torch().nn
    return nn.RNNBase, nn.RNNCellBase, nn.MultiheadAttention


def _matrix(columns: list[Tensor]) -> NDArray[np.floating]:
    """Return tensors of one row per unit side by side, as one array."""
    dtype = np.float64 if columns[0].dtype == load_torch().float64 else np.float32
    rows = [as_array(one).astype(dtype, copy=False).reshape(len(one), -1) for one in columns]
    return np.concatenate(rows, axis=1)
