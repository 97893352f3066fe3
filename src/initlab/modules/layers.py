"""One torch layer -> what each of its parameters is, with its axes and fans.

Shapes and fans, with R positions of the kernel and g groups:

- Linear (out, in): fan_in = in, fan_out = out.
- Bilinear (out, in1, in2): fan_in = in1 in2, the products that an output sums; fan_out = out.
- Conv (out, in/g, kernel): fan_in = R in/g, fan_out = R out/g.
- ConvTranspose (in, out/g, kernel): fan_in = R in/g, fan_out = R out/g. Strides are not counted.
- Embedding (tokens, width): one row is picked, so fan_in = 1, fan_out = width.
- RNN, LSTM, GRU (gates x hidden, in): gates are independent weights; each has in and hidden.
- MultiheadAttention (3 x embed, embed): query, key and value are independent weights.

torch's own counting is wrong for groups (fan_out), transposed (both swapped), embeddings and
packed weights (fan_out counts the whole stack).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from initlab.initializers.axes import Axes
from initlab.initializers.fan import Fan, fan_along
from initlab.modules.framework import load_torch

DENSE = Axes(batch=(), out=(0,), into=(1,), receptive=())
PACKED = Axes(batch=(0,), out=(1,), into=(2,), receptive=())
WEIGHT, BIAS, FIXED = "weight", "bias", "fixed"
GATES = {"RNN": ("h",), "LSTM": ("i", "f", "g", "o"), "GRU": ("r", "z", "n")}
NORMS = (
    *(f"{kind}Norm{axes}d" for kind in ("Batch", "Instance") for axes in (1, 2, 3)),
    *("SyncBatchNorm", "LayerNorm", "GroupNorm", "RMSNorm"),
)


@dataclass(frozen=True)
class Part:
    """What one parameter of a layer is.

    Attributes:
        kind: WEIGHT and BIAS are drawn, FIXED gets ``value``.
        fan: fans of the weight, or of the weight beside the bias.
        view: shape under which the axes of a weight are named; packed axes are split.
        axes: the axes of ``view``.
        stack: the independent weights that are packed in it, such as "i, f, g, o".
        value: of a FIXED parameter.
        zero_row: row of an embedding that stays 0.
    """

    kind: str
    fan: Fan | None = None
    view: tuple[int, ...] = ()
    axes: Axes | None = None
    stack: str = ""
    value: float = 0.0
    zero_row: int | None = None


def parts_of(layer: Any) -> dict[str, Part]:
    """Return the parts of a layer's own parameters by name; empty for a layer not known."""
    nn = load_torch().nn
    if isinstance(layer, nn.Linear):
        return _weight_and_bias(_weight((layer.out_features, layer.in_features), DENSE))
    if isinstance(layer, nn.Bilinear):
        axes = Axes(batch=(), out=(0,), into=(1, 2), receptive=())
        return _weight_and_bias(_weight(tuple(layer.weight.shape), axes))
    if isinstance(layer, nn.modules.conv._ConvNd):
        return _weight_and_bias(_convolution(layer))
    if isinstance(layer, (nn.Embedding, nn.EmbeddingBag)):
        rows, width = layer.weight.shape
        row = layer.padding_idx
        return {"weight": _weight((rows, width, 1), PACKED, f"{rows} rows", zero_row=row)}
    if isinstance(layer, (nn.RNNBase, nn.RNNCellBase)):
        return _recurrent(layer)
    if isinstance(layer, nn.MultiheadAttention):
        return _attention(layer)
    if isinstance(layer, nn.PReLU):
        return {"weight": Part(FIXED, value=float(layer.init))}
    if isinstance(layer, tuple(getattr(nn, name) for name in NORMS)):
        return {"weight": Part(FIXED, value=1.0), "bias": Part(FIXED, value=0.0)}
    return {}


def _weight(
    view: tuple[int, ...], axes: Axes, stack: str = "", *, zero_row: int | None = None
) -> Part:
    return Part(WEIGHT, fan_along(view, axes), view, axes, stack, zero_row=zero_row)


def _weight_and_bias(weight: Part) -> dict[str, Part]:
    return {"weight": weight, "bias": Part(BIAS, weight.fan)}


def _stacked(names: tuple[str, ...], fan_in: int, fan_out: int) -> Part:
    if len(names) == 1:
        return _weight((fan_out, fan_in), DENSE)
    return _weight((len(names), fan_out, fan_in), PACKED, ", ".join(names))


def _convolution(layer: Any) -> Part:
    groups, kernel = int(layer.groups), tuple(int(width) for width in layer.kernel_size)
    into, out = layer.in_channels // groups, layer.out_channels // groups
    first, second = (into, out) if layer.transposed else (out, into)
    out_axis, in_axis = (2, 1) if layer.transposed else (1, 2)
    receptive = tuple(range(3, 3 + len(kernel)))
    return _weight(
        (groups, first, second, *kernel),
        Axes(batch=(0,), out=(out_axis,), into=(in_axis,), receptive=receptive),
        f"{groups} groups" if groups > 1 else "",
    )


def _recurrent(layer: Any) -> dict[str, Part]:
    nn = load_torch().nn
    kinds = (kind for kind in GATES
             if isinstance(layer, (getattr(nn, kind), getattr(nn, f"{kind}Cell"))))  # fmt: skip
    kind = next(kinds, None)
    if kind is None:
        return {}
    parts: dict[str, Part] = {}
    for name, parameter in layer.named_parameters(recurse=False):
        if name.startswith("weight_hr"):  # the projection of an LSTM with proj_size
            parts[name] = _weight(tuple(parameter.shape), DENSE)
        elif name.startswith("weight_"):
            parts[name] = _stacked(GATES[kind], parameter.shape[1], layer.hidden_size)
    for name, _ in layer.named_parameters(recurse=False):
        beside = parts.get(name.replace("bias_", "weight_", 1))
        if name.startswith("bias_") and beside is not None:
            parts[name] = Part(BIAS, beside.fan, stack=beside.stack)
    return parts


def _attention(layer: Any) -> dict[str, Part]:
    width = layer.embed_dim
    packed = _stacked(("q", "k", "v"), width, width)
    own, key, value = (_weight((width, n), DENSE) for n in (width, layer.kdim, layer.vdim))
    return {
        "in_proj_weight": packed,
        "q_proj_weight": own,
        "k_proj_weight": key,
        "v_proj_weight": value,
        "in_proj_bias": Part(BIAS, packed.fan, stack=packed.stack),
        "bias_k": Part(BIAS, key.fan),  # one more key and value, the same for every input
        "bias_v": Part(BIAS, value.fan),
    }
