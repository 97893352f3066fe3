"""(model, start) -> what is to be done with every parameter; nothing is drawn or written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from initlab.errors import DataError, InitlabError, ShapeError, refusal
from initlab.initializers.axes import axes_of, checked_shape
from initlab.initializers.drawing import check_size
from initlab.initializers.laws import Constant, Law
from initlab.initializers.spec import Initializer
from initlab.modules.anatomy import check_not_lazy, layers_of, named_parts
from initlab.modules.framework import load_torch
from initlab.modules.report import FROZEN, SET, TIED, UNKNOWN, ParameterRow
from initlab.modules.sharing import Owners
from initlab.networks.anatomy import BIAS, LOOKUP, STORAGE, VIEW, WEIGHT, Part, weight_part
from initlab.validation import named_values, nearest_hint

DTYPES = ("float64", "float32", "float16", "bfloat16")
AXES_HINT = "give axes"
RESETS = ("reset_parameters", "_reset_parameters")
AXES_FORM = "a mapping such as {'w': {'in_axis': 1, 'out_axis': 0}}"
AxesByName = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Step:
    """One parameter: its row of the report and, where it is to be drawn, the law.

    Attributes:
        row: what the report says.
        parameter: the torch parameter.
        law: None where nothing is drawn here.
        part: what the parameter is; None where nothing is drawn here.
    """

    row: ParameterRow
    parameter: Any
    law: Law | None = None
    part: Part | None = None


def plan(
    model: Any,
    start: Initializer | None,
    bias_start: Initializer | None = None,
    axes: AxesByName | None = None,
) -> tuple[Step, ...]:
    """Return the steps in the model's order; ``start`` None means each layer's own reset.

    Raises:
        InitlabError: a parameter cannot be set; the model is as it was.
    """
    given = {} if axes is None else named_values("axes", axes, AXES_FORM, where="initialize")
    owners = Owners()
    steps: list[Step] = []
    for owner, layer, owned in layers_of(model):
        _check_layer(owner, layer, owned)
        parts = named_parts(owner, layer)
        for local, parameter in owned.items():
            name = f"{owner}.{local}" if owner else local
            shape = tuple(int(width) for width in getattr(parameter, "shape", ()))
            law, part, (first, how) = None, None, owners.first(name, parameter)
            if first and how != STORAGE:
                note = f"tied to {first}" + (", a view of it" if how == VIEW else "")
                row = ParameterRow(name, shape, TIED, note=note)
            elif not parameter.requires_grad:
                row = ParameterRow(name, shape, FROZEN)
            elif start is None:
                row = _own_reset(name, shape, layer)
                if row.done == SET:
                    check_writable(name, parameter)
            else:
                part = _with_axes(name, shape, given[name]) if name in given else parts.get(local)
                if part is None or not _is_settable(part, shape):
                    note = f"{AXES_HINT} (a parameter of {type(layer).__name__})"
                    row = ParameterRow(name, shape, UNKNOWN, note=note)
                else:
                    _check_parameter(name, shape, parameter)
                    check_writable(name, parameter)
                    row, law = _drawn(name, shape, part, start, bias_start)
            steps.append(Step(row, parameter, law, part))
    names = [step.row.name for step in steps]
    if not names:
        raise refusal("model", "a module with parameters", type(model).__name__, kind=DataError)
    for name in given:
        if name not in names:
            hint = nearest_hint(name, names)
            raise refusal("axes", "keyed by names of parameters", name, hint=hint)
    return tuple(steps)


def _is_settable(part: Part, shape: tuple[int, ...]) -> bool:
    """Whether it is known what to set a parameter to, and its shape is the one that is known."""
    drawn = part.role in (WEIGHT, LOOKUP, BIAS) and part.fan is not None
    whole = math.prod(part.view or shape) == math.prod(shape)
    return (drawn or part.value is not None) and whole


def _check_layer(owner: str, layer: Any, owned: dict[str, Any]) -> None:
    """Refuse what cannot be written: parameters without numbers, and computed weights."""
    torch = load_torch()
    where = f"layer {owner or '(the model)'!r}"
    if ".quantized" in type(layer).__module__ and type(layer).__module__.startswith("torch."):
        hint = "Its weights are whole numbers: initialize the model before it is quantized."
        shown = f"a quantized {type(layer).__name__}"
        raise refusal("model", "a module of floating-point layers", shown, where=where, hint=hint,
                      kind=DataError)  # fmt: skip
    check_not_lazy(owner, owned)
    for local, parameter in owned.items():
        if parameter.is_meta:
            hint = "Give it memory first: model.to_empty(device='cpu')."
            raise refusal(local, "on a device with numbers", "meta", where=where, hint=hint)
        old_style = local.removesuffix("_g").removesuffix("_orig")
        if old_style != local and (f"{old_style}_v" in owned or f"{old_style}_u" in layer._buffers):
            norm = "weight" if f"{old_style}_v" in owned else "spectral"
            call = f"torch.nn.utils.remove_{norm}_norm(layer, {old_style!r})"
            raise _parametrized(old_style, where, call)
    if torch.nn.utils.parametrize.is_parametrized(layer):
        local = next(iter(layer.parametrizations))
        call = f"torch.nn.utils.parametrize.remove_parametrizations(layer, {local!r})"
        raise _parametrized(local, where, call)


def _parametrized(local: str, where: str, call: str) -> InitlabError:
    hint = f"Remove the parametrization, initialize, and apply it again: {call}."
    return refusal(local, "a plain parameter", "a parametrized one", where=where, hint=hint)


def _check_parameter(name: str, shape: tuple[int, ...], parameter: Any) -> None:
    dtype = str(parameter.dtype).removeprefix("torch.")
    if dtype not in DTYPES:
        raise refusal("dtype", "one of " + ", ".join(DTYPES), dtype, where=name)
    if 0 in shape:
        raise refusal("shape", "without an axis of size 0", shape, where=name, kind=ShapeError)
    check_size(parameter.numel(), argument="shape", value=shape)


def check_writable(name: str, parameter: Any, *, where: str = "initialize") -> None:
    """Refuse what torch will not overwrite, before anything is written."""
    torch = load_torch()
    what = ""
    if parameter.layout != torch.strided:
        what = f"a parameter of layout {parameter.layout}"
    elif parameter.is_inference():
        what = "a parameter made under torch.inference_mode"
    elif 0 in (step for step, n in zip(parameter.stride(), parameter.shape, strict=True) if n > 1):
        what = "an expanded parameter, whose entries share memory"
    if what:
        hint = "Give the layer nn.Parameter(parameter.detach().clone())."
        raise refusal(name, "a plain parameter that can be overwritten", what,
                      where=where, hint=hint, kind=DataError)  # fmt: skip


def _own_reset(name: str, shape: tuple[int, ...], layer: Any) -> ParameterRow:
    kind = type(layer).__name__
    if reset_of(layer) is None:
        return ParameterRow(name, shape, UNKNOWN, note=f"{kind} has no reset_parameters")
    return ParameterRow(name, shape, SET, "default", note=f"{kind}'s own reset")


def reset_of(layer: Any) -> Any:
    """Return the layer's own reset, or None."""
    for method in RESETS:
        if callable(getattr(layer, method, None)):
            return getattr(layer, method)
    return None


def _with_axes(name: str, shape: tuple[int, ...], named: Mapping[str, Any]) -> Part:
    if not isinstance(named, Mapping) or not set(named) <= {"in_axis", "out_axis", "batch_axis"}:
        expected = "a mapping with in_axis, out_axis and perhaps batch_axis"
        raise refusal("axes", expected, named, where=name)
    axes = axes_of(shape, **named, where=name)
    return weight_part(checked_shape(shape, where=name), axes, "axes given", where=name)


def _drawn(
    name: str,
    shape: tuple[int, ...],
    part: Part,
    start: Initializer,
    bias_start: Initializer | None,
) -> tuple[ParameterRow, Law]:
    law, text = _law(part, start, bias_start)
    fan = None if isinstance(law, Constant) else part.fan
    note = part.stack if part.zero_row is None else f"{part.stack}, row {part.zero_row} stays 0"
    fan_in, fan_out = (fan.fan_in, fan.fan_out) if fan else (None, None)
    return ParameterRow(name, shape, SET, text, fan_in, fan_out, law.std, note), law


def _law(part: Part, start: Initializer, bias_start: Initializer | None) -> tuple[Law, str]:
    if part.value is not None or part.fan is None:
        return Constant(part.value or 0.0), f"{part.value or 0:g}"
    if part.role == BIAS and bias_start is not None:
        return bias_start.law(part.fan), str(bias_start)
    if part.role == BIAS:
        law = start.bias_law(part.fan)
        return (Constant(0.0), "0") if law is None else (law, f"{start}, bias")
    return start.law(part.fan), str(start)
