"""Class of a torch layer -> its role, and what each of its parameters is, with axes and fans.

Classes are known by their qualified names, those of other libraries (libraries.py) too, without
importing them; a class that is not known counts as the nearest of its bases that is. Shapes and
fans, with R positions of the kernel and g groups:

- Linear (out, in): fan_in = in, fan_out = out.
- Bilinear (out, in1, in2): fan_in = in1 in2, the products that an output sums; fan_out = out.
- Conv (out, in/g, kernel): fan_in = R in/g, fan_out = R out/g.
- ConvTranspose (in, out/g, kernel): fan_in = T in/g, fan_out = R out/g, where an inner output sums
  over T positions of the kernel: all R without strides, R over the strides' product where they
  divide the kernel, the mean over the outputs, perhaps a fraction, where they do not.
- Embedding (tokens, width): one row is picked, so fan_in = 1, fan_out = width.
- RNN, LSTM, GRU (gates x hidden, in): gates are independent weights; each has in and hidden.
- MultiheadAttention (3 x embed, embed): query, key and value are independent weights.

torch's own counting is wrong for groups (fan_out), transposed (both swapped), embeddings and
packed weights (fan_out counts the whole stack).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from initlab.errors import invalid_argument
from initlab.initializers.axes import Axes, axes_of
from initlab.initializers.fan import Fan
from initlab.initializers.registry import load_plugins
from initlab.modules.libraries import ONES, REST, ROWS
from initlab.modules.norms import norm_parts
from initlab.networks.anatomy import (
    ATTENTION,
    BARE,
    BIAS,
    CONV,
    CONV_TRANSPOSED,
    EMBEDDING,
    LAYER_ROLES,
    LINEAR,
    LOOKUP,
    NORM,
    PARAMETER_ROLES,
    RECURRENT,
    SCALE,
    WEIGHT,
    Part,
    weight_part,
)
from initlab.validation import finite_number, named_values, one_of, text

ENTRY_POINT_GROUP = "initlab.layers"
GATES = {"RNN": ("h",), "LSTM": ("i", "f", "g", "o"), "GRU": ("r", "z", "n")}
PACKED = Axes(batch=(0,), out=(1,), into=(2,), receptive=())
AXES = ("in_axis", "out_axis", "batch_axis")
FORM = 'a mapping such as {"weight": {"in_axis": 1, "out_axis": 0}, "bias": "bias"}'
Parts = Mapping[str, Any]  # name of a parameter -> a Part, a role, or a mapping that says it all
Reading = Parts | Callable[[Any], Parts]  # the same for every layer of a class, or by the layer


# qualified name of a class, "*" for anything -> its role, and what its parameters are
_rows: dict[str, tuple[str, Reading]] = {}
_of_others: set[str] = set()  # names that users and plug-ins have registered
_by_class = WeakKeyDictionary[type, tuple[str, tuple[str, Reading]]]()  # found, until one is new


def register_layer(layer: str | type, *, role: str, parameters: Reading) -> None:
    """Tell initlab what the parameters of a class of layers, and of its subclasses, are.

    A package offers its own through the entry-point group ``initlab.layers``: the entry names a
    module, whose import calls this.

    Args:
        layer: the class, or its qualified name; "*" in a name stands for anything.
        role: linear, conv, conv_transposed, recurrent, attention, embedding, norm or bare.
        parameters: by name, what each is: ``{"in_axis": 1, "out_axis": 0}`` of a weight (axes in
            neither are the receptive field; ``batch_axis`` stacks independent weights), or
            "bias", "scale", "gate", "table"; ``{"role": "scale", "value": 0}`` for another
            constant than 1; ``{"role": "bias", "kept": "why"}`` for what the class itself sets
            and an init by default leaves. A dotted name is that of a layer inside. Or a function
            of a layer that returns this.

    Raises:
        ArgumentError: an argument is refused, or initlab knows the class itself.

    Example:
        >>> initlab.register_layer("mylib.Conv1D", role="linear", parameters={
        ...     "weight": {"in_axis": 0, "out_axis": 1}, "bias": "bias"})  # doctest: +SKIP
    """
    name = qualified_name(layer) if isinstance(layer, type) else text("layer", layer)
    one_of("role", role, LAYER_ROLES, where=name)
    if name in _rows and name not in _of_others:
        raise invalid_argument(
            "layer", "a class that initlab itself does not know", name, where="register_layer"
        )
    if not callable(parameters):
        parameters = dict(named_values("parameters", parameters, FORM, where=name))
        for local, given in parameters.items():
            _check_form(name, local, given)
    _rows[name] = role, parameters
    _of_others.add(name)
    _by_class.clear()


def qualified_name(kind: type) -> str:
    """Return the name by which a class is known: its module's and its own."""
    return f"{kind.__module__}.{kind.__qualname__}"


def _named_row(layer: Any) -> tuple[str, tuple[str, Reading]]:
    """Return the row of a layer's class, or of the nearest base that has one; bare if none has.

    A class without one whose layers compute as norms do has that of a norm.

    Before it stands the name under which it is registered; "" where none is.
    """
    kind = type(layer)
    if kind not in _by_class:
        _by_class[kind] = _looked_up(kind)
    name, row = _by_class[kind]
    if not name or name in REST:
        measured = norm_parts(layer)
        return (name, row) if measured is None else (name, (NORM, measured))
    return name, row


def _looked_up(of: type) -> tuple[str, tuple[str, Reading]]:
    for kind in of.__mro__[:-1]:
        name = qualified_name(kind)
        if name not in _rows and not name.startswith("torch.nn."):
            load_plugins(ENTRY_POINT_GROUP)
        if name in _rows:
            return name, _rows[name]
        # what others register is more special than our wildcards
        for pattern, row in sorted(_rows.items(), key=lambda item: item[0] not in _of_others):
            if "*" in pattern and fnmatchcase(name, pattern):
                return pattern, row
    for kind in of.__mro__[:-1]:
        for pattern, row in REST.items():
            if fnmatchcase(qualified_name(kind), pattern):
                return pattern, row
    return "", (BARE, {})


def role_of(layer: Any) -> str:
    """Return the role of a layer; "bare" where its class is not known."""
    return _named_row(layer)[1][0]


def parts_of(layer: Any) -> dict[str, Part]:
    """Return what a layer's own parameters are, by name; empty for a layer not known."""
    return {local: part for local, part in all_parts_of(layer).items() if "." not in local}


def all_parts_of(layer: Any) -> dict[str, Part]:
    """Return the same, and by dotted names what it says about parameters of the layers in it."""
    (row, (_, given)), where = _named_row(layer), qualified_name(type(layer))
    if callable(given):
        given = named_values("parameters", given(layer), FORM, where=where)
    for local, one in given.items():
        _check_form(where, local, one)
    parts: dict[str, Part] = {}
    for local, one in sorted(given.items(), key=lambda item: _said(item[1])["role"] == BIAS):
        if isinstance(one, Part):
            parts[local] = one
            continue
        found = layer
        for name in local.split("."):
            found = getattr(found, name, None)
        if getattr(found, "shape", None) is not None:  # not left out, and no layer of this name
            shape = tuple(int(width) for width in found.shape)
            beside = next((part.fan for part in parts.values() if part.role == WEIGHT), None)
            parts[local] = _part(_said(one), shape, beside, f"registered as {row}.{local}")
    return parts


def declared_part(
    given: Any, shape: tuple[int, ...], beside: Fan | None = None, *, argument: str, where: str
) -> Part:
    """Return what one parameter is, as :func:`register_layer` takes it.

    Args:
        given: a role, or a mapping with the axes of a weight.
        shape: of the parameter.
        beside: fans of the weight beside a bias, if there is one.
        argument: what the user calls it.
        where: name of the parameter.
    """
    _check_form(where, "", given, argument)
    return _part(_said(given), shape, beside, where)


def _said(given: Any) -> dict[str, Any]:
    """Return what is said of a parameter, its role too."""
    if isinstance(given, Part):
        return {"role": given.role}
    return {"role": given} if isinstance(given, str) else {"role": WEIGHT, **given}


def _check_form(where: str, local: str, given: Any, argument: str = "parameters") -> None:
    """Refuse what does not say what a parameter is."""
    if isinstance(given, Part):
        return
    place = f"{where}.{local}" if local else where
    if isinstance(given, str):
        one_of("role", given, [role for role in PARAMETER_ROLES if role != WEIGHT], where=place)
        return
    if not isinstance(given, Mapping) or not given.keys() <= {"role", "value", "kept", *AXES}:
        expected = (
            'a role such as "bias", or a mapping with keys among role, value, kept, in_axis, '
            "out_axis, batch_axis"
        )
        raise invalid_argument(argument, expected, given, where=place)
    role = one_of("role", given.get("role", WEIGHT), PARAMETER_ROLES, where=place)
    if role != WEIGHT:
        for name in [name for name in AXES if given.get(name) is not None]:
            raise invalid_argument(name, "given only for the role weight", given[name], where=place)
    if given.get("value") is not None:
        if role in (WEIGHT, LOOKUP):
            raise invalid_argument(
                "value", f"left out for the role {role}", given["value"], where=place
            )
        finite_number("value", given["value"], where=place)
    if "kept" in given:
        text("kept", given["kept"], where=place)


def _part(
    said: dict[str, Any], shape: tuple[int, ...], beside: Fan | None, where: str
) -> Part:  # fmt: skip
    role, value, kept = said.pop("role"), said.pop("value", None), said.pop("kept", "")
    if role == WEIGHT:
        part = weight_part(shape, axes_of(shape, **said, where=where))
    elif role == LOOKUP:
        part = table_part(shape)
    elif role == BIAS:
        part = Part(BIAS, beside, value=0.0 if beside is None and value is None else value)
    else:
        usual = 1.0 if role == SCALE and not kept else None
        part = Part(role, value=usual if value is None else value)
    return replace(part, kept=kept)


# torch's own


def _linear(layer: Any) -> Parts:
    return _with_bias(weight_part((layer.out_features, layer.in_features)))


def _bilinear(layer: Any) -> Parts:
    axes = Axes(batch=(), out=(0,), into=(1, 2), receptive=())
    return _with_bias(weight_part(tuple(layer.weight.shape), axes))


def _with_bias(weight: Part) -> dict[str, Part]:
    return {"weight": weight, "bias": Part(BIAS, weight.fan)}


def _convolution(layer: Any) -> Parts:
    groups, kernel = int(layer.groups), tuple(int(width) for width in layer.kernel_size)
    transposed = getattr(layer, "transposed", False)
    into, out = layer.in_channels // groups, layer.out_channels // groups
    first, second = (into, out) if transposed else (out, into)
    part = convolution_part((groups * first, second, *kernel), groups, transposed=transposed)
    if transposed and part.fan is not None:
        # the kernel's positions fall into so many classes, and an output sums over one of them
        classes = math.prod(
            len({dilation * k % stride for k in range(width)})
            for width, stride, dilation in zip(kernel, layer.stride, layer.dilation, strict=True)
        )
        row = part.fan.matrix[1]
        if classes > 1:
            summed = row / classes if row % classes else row // classes
            part = replace(part, fan=replace(part.fan, fan_in=summed, row=row))
    return _with_bias(part)


def convolution_part(shape: tuple[int, ...], groups: int, *, transposed: bool = False) -> Part:
    """Return the part of a convolution's weight, without strides."""
    first, second, *kernel = shape
    out_axis, in_axis = (2, 1) if transposed else (1, 2)
    receptive = tuple(range(3, 3 + len(kernel)))
    axes = Axes(batch=(0,), out=(out_axis,), into=(in_axis,), receptive=receptive)
    stack = f"{groups} groups" if groups > 1 else ""
    return weight_part((groups, first // groups, second, *kernel), axes, stack)


def _embedding(layer: Any) -> Parts:
    return {"weight": table_part(tuple(layer.weight.shape), layer.padding_idx)}


def table_part(shape: tuple[int, ...], zero_row: int | None = None) -> Part:
    """Return the part of a table whose rows lie along its last axis."""
    rows, width = math.prod(shape[:-1]), math.prod(shape[-1:])
    stack = "1 row" if rows == 1 else f"{rows} rows"
    return weight_part((rows, width, 1), PACKED, stack, role=LOOKUP, zero_row=zero_row)


def _recurrent(gates: tuple[str, ...], layer: Any) -> Parts:
    parts: dict[str, Part] = {}
    for name, parameter in layer.named_parameters(recurse=False):
        if name.startswith("weight_hr"):  # the projection of an LSTM with proj_size
            parts[name] = weight_part(tuple(parameter.shape))
        elif name.startswith("weight_"):
            parts[name] = _stacked(gates, parameter.shape[1], layer.hidden_size)
    for name, _ in layer.named_parameters(recurse=False):
        beside = parts.get(name.replace("bias_", "weight_", 1))
        if name.startswith("bias_") and beside is not None:
            parts[name] = Part(BIAS, beside.fan, stack=beside.stack)
    return parts


def _stacked(names: tuple[str, ...], fan_in: int, fan_out: int) -> Part:
    if len(names) == 1:
        return weight_part((fan_out, fan_in))
    return weight_part((len(names), fan_out, fan_in), PACKED, ", ".join(names))


def _attention(layer: Any) -> Parts:
    width = layer.embed_dim
    packed = _stacked(("q", "k", "v"), width, width)
    own, key, value = (weight_part((width, n)) for n in (width, layer.kdim, layer.vdim))
    return {
        "in_proj_weight": packed,
        "q_proj_weight": own,
        "k_proj_weight": key,
        "v_proj_weight": value,
        "in_proj_bias": Part(BIAS, packed.fan, stack=packed.stack),
        "bias_k": Part(BIAS, key.fan),  # one more key and value, the same for every input
        "bias_v": Part(BIAS, value.fan),
    }


def _prelu(layer: Any) -> Parts:
    return {"weight": Part(SCALE, value=float(layer.init))}


_torch: dict[str, tuple[str, Reading]] = {
    "linear.Linear": (LINEAR, _linear),
    "linear.Bilinear": (LINEAR, _bilinear),
    "conv._ConvTransposeNd": (CONV_TRANSPOSED, _convolution),
    "conv._ConvNd": (CONV, _convolution),
    "sparse.Embedding": (EMBEDDING, _embedding),
    "sparse.EmbeddingBag": (EMBEDDING, _embedding),
    "activation.MultiheadAttention": (ATTENTION, _attention),
    "activation.PReLU": (BARE, _prelu),
    "batchnorm._NormBase": (NORM, ONES),  # BatchNorm, SyncBatchNorm, InstanceNorm
    "normalization.LayerNorm": (NORM, ONES),
    "normalization.GroupNorm": (NORM, ONES),
    "normalization.RMSNorm": (NORM, ONES),
}
for _kind, _gates in GATES.items():
    for _cell in ("", "Cell"):
        _torch[f"rnn.{_kind}{_cell}"] = (RECURRENT, partial(_recurrent, _gates))
_others: dict[str, tuple[str, Reading]] = {
    **ROWS,
    "timm.layers.std_conv.ScaledStdConv2d*": (
        CONV, lambda layer: {**_convolution(layer), "gain": Part(SCALE, value=1.0)},
    ),
    "torchvision.ops.deform_conv.DeformConv2d": (CONV, _convolution),
}  # fmt: skip
_rows |= {f"torch.nn.modules.{name}": row for name, row in _torch.items()} | _others
