"""Calls of a forward -> what the parameters are that its functions take, with axes and fans."""

from __future__ import annotations

from collections.abc import Sequence

from initlab.initializers.axes import Axes
from initlab.modules.computation import Call
from initlab.modules.layers import table_part
from initlab.networks.anatomy import BIAS, GATE, OUT_IN, SCALE, WEIGHT, Part, weight_part

PRODUCTS = (
    "linear", "matmul", "__matmul__", "mm", "bmm", "addmm", "baddbmm", "einsum", "bilinear",
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
    "embedding", "embedding_bag", "mv", "_grouped_mm", "grouped_mm",
)  # fmt: skip
VECTOR_PRODUCTS = ("matmul", "__matmul__", "einsum", "mv")  # the others take no vector but a bias
SUMS = ("add", "__add__", "__radd__", "iadd", "__iadd__", "add_")
MULTIPLICATIONS = ("mul", "__mul__", "__rmul__", "imul", "__imul__", "mul_")
JOINS = ("cat", "concat", "concatenate")
PICKS = ("getitem", "__getitem__", "index_select")
IN_OUT = Axes(batch=(), out=(1,), into=(0,), receptive=())


def parts_by_use(calls: Sequence[Call]) -> dict[int, Part]:
    """Return what parameters are that functions take, by the id of each.

    What takes a place of its own in a function is known: the weight and bias of a product, the
    weight and bias of a norm, a table whose rows are picked or joined to what is computed. What
    is only added or multiplied has a role and no value: nobody knows what it should hold.
    """
    parts: dict[int, Part] = {}
    for call in calls:
        for k, (_, one) in enumerate(call.parameters):
            part = _part(call, k)
            if part is not None:
                parts.setdefault(id(one), part)
    return parts


def _part(call: Call, k: int) -> Part | None:
    """Return what the ``k``-th parameter that a call takes is; None where that is open."""
    function, (place, one) = call.function, call.parameters[k]
    shape = tuple(int(width) for width in one.shape)
    vector = one.numel() == max(shape, default=1)
    if function in ("embedding", "embedding_bag"):
        return table_part(shape)
    if function in PRODUCTS:
        if one.dim() == 1 and function not in VECTOR_PRODUCTS:
            return Part(BIAS, value=0.0)
        axes = _axes(function, place, call.turned[k]) if len(shape) == 2 else None
        return Part(WEIGHT) if axes is None else weight_part(shape, axes)
    if function.endswith("_norm"):
        bias = k or place == "bias"
        return Part(BIAS, value=0.0) if bias else Part(SCALE, value=1.0)
    if function in PICKS or (function in JOINS and call.inputs):
        return table_part(shape)
    if function in SUMS and vector:
        return Part(BIAS)
    if function in MULTIPLICATIONS and vector:
        return Part(GATE if one.numel() == 1 else SCALE)
    return None


def _axes(function: str, place: int | str, turned: bool | None) -> Axes | None:
    """Return the axes of a 2-D weight, by its place in a product; None where they do not show."""
    if turned is None:
        return None
    if function == "linear" and place in (1, "weight"):
        first = OUT_IN
    elif function in ("matmul", "__matmul__", "mm", "addmm", "mv"):
        first = OUT_IN if place == (1 if function == "addmm" else 0) else IN_OUT
    else:
        return None
    if not turned:
        return first
    return IN_OUT if first is OUT_IN else OUT_IN
