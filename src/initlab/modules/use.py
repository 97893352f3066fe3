"""Calls of a forward -> what the parameters are that its functions take, with axes and fans."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from initlab.initializers.axes import Axes
from initlab.modules.computation import Call
from initlab.modules.layers import convolution_part, table_part
from initlab.networks.anatomy import BIAS, GATE, SCALE, WEIGHT, Part, weight_part

PRODUCTS = (
    "linear", "matmul", "__matmul__", "mm", "bmm", "addmm", "baddbmm", "einsum", "bilinear",
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
    "embedding", "embedding_bag", "mv", "_grouped_mm", "grouped_mm",
)  # fmt: skip
VECTOR_PRODUCTS = ("matmul", "__matmul__", "einsum", "mv")  # the others take no vector but a bias
BIASES = {
    "linear": 2, "conv1d": 2, "conv2d": 2, "conv3d": 2, "conv_transpose1d": 2,
    "conv_transpose2d": 2, "conv_transpose3d": 2, "bilinear": 3,
}  # fmt: skip
"""Place of the bias, also of one that is picked from several."""
ADDED_FIRST = ("addmm", "baddbmm")
SUMS = ("add", "__add__", "__radd__", "iadd", "__iadd__", "add_")
DIFFERENCES = ("sub", "__sub__", "__rsub__", "rsub", "isub", "__isub__", "sub_", "subtract")
DIVISIONS = ("truediv", "__truediv__", "itruediv", "__itruediv__", "div", "div_")
MULTIPLICATIONS = ("mul", "__mul__", "__rmul__", "imul", "__imul__", "mul_")
JOINS = ("cat", "concat", "concatenate")
PICKS = ("getitem", "__getitem__", "index_select")
CONVOLUTIONS = ("conv1d", "conv2d", "conv3d")
MATRICES = {
    "matmul": 1, "__matmul__": 1, "mm": 1, "mv": 1, "bmm": 1, "_grouped_mm": 1, "grouped_mm": 1,
    "addmm": 2, "baddbmm": 2,
}  # fmt: skip
"""Place of the second of two factors: what it sums are its rows."""


def parts_by_use(calls: Sequence[Call]) -> dict[int, Part]:
    """Return what parameters are that functions take, by the id of each.

    What takes a place of its own in a function is known: the weight and bias of a product, the
    weight and bias of a norm, a vector that is added to a product with a weight, or holds zeros,
    as many vectors as there are weights in a stack, a table whose rows are picked or joined to
    what is computed, or added to all samples, as (1, tokens, width) is. What is only added or
    multiplied has a role and no value: nobody knows what it should hold.
    """
    parts: dict[int, Part] = {}
    for call in calls:
        for k, (_, one) in enumerate(call.parameters):
            part = _part(call, k)
            products = [calls[n] for n in call.inputs if _is_product(calls[n])]
            of_one = part == Part(BIAS) and (products or _is_zero(one))
            of_many = part is None and call.function in SUMS and _is_stacked_bias(one, products)
            if of_one or of_many:
                part = Part(BIAS, value=0.0)
            elif part is None and call.function in SUMS and _is_row_of_tokens(one):
                part = table_part(tuple(one.shape))
            if part is not None:
                parts.setdefault(id(one), part)
    return parts


def _is_stacked_bias(parameter: Any, products: Sequence[Call]) -> bool:
    """Whether a parameter has one number for each output of stacked weights in a product."""
    widths = [width for width in parameter.shape if width > 1]
    for product in products:
        for k, (_, weight) in enumerate(product.parameters):
            axes = _axes(product, k)
            outputs = () if axes is None else sorted((*axes.batch, *axes.out))
            if widths and widths == [weight.shape[axis] for axis in outputs]:
                return True
    return False


def _is_zero(parameter: Any) -> bool:
    """Whether a parameter holds zeros, as the bias does that it is likely to be."""
    return not parameter.is_meta and not bool(parameter.detach().any())


def _is_row_of_tokens(parameter: Any) -> bool:
    """Whether a parameter has a vector for each token, the same for every sample."""
    return parameter.dim() == 3 and parameter.shape[0] == 1 < min(parameter.shape[1:])


def _part(call: Call, k: int) -> Part | None:
    """Return what the ``k``-th parameter that a call takes is; None where that is open."""
    function, (place, one) = call.function, call.parameters[k]
    shape = tuple(int(width) for width in one.shape)
    vector = one.numel() == max(shape, default=1)
    if function in ("embedding", "embedding_bag"):
        return table_part(shape)
    if function in PRODUCTS:
        first = function in ADDED_FIRST and place in (0, "input")
        own = place in (BIASES.get(function), "bias")
        if first or own or (one.dim() == 1 and function not in VECTOR_PRODUCTS):
            return Part(BIAS, value=0.0)
        whole = call.forms[k] == tuple(range(len(shape)))
        if function in CONVOLUTIONS and whole and place in (1, "weight"):
            return convolution_part(shape, _groups(call))
        axes = _axes(call, k)
        if axes is None:
            return Part(WEIGHT)
        count = math.prod(shape[axis] for axis in axes.batch)
        noun = "matrix" if count == 1 else "matrices"
        return weight_part(shape, axes, f"{count} stacked weight {noun}" if axes.batch else "")
    if function.endswith("_norm"):
        bias = k or place == "bias"
        return Part(BIAS, value=0.0) if bias else Part(SCALE, value=1.0)
    if (function in PICKS and len(shape) == 2) or (function in JOINS and call.inputs):
        return table_part(shape)
    if function in SUMS and vector:
        return Part(BIAS)
    if function in MULTIPLICATIONS and vector:
        return Part(GATE if one.numel() == 1 else SCALE)
    return None


def _is_product(call: Call) -> bool:
    return call.layer is None and call.function in PRODUCTS and bool(call.parameters)


def _groups(call: Call) -> int:
    found = next((value for place, value in call.settings if place in (6, "groups")), 1)
    return found if isinstance(found, int) else 1


def _axes(call: Call, k: int) -> Axes | None:
    """Return the axes of a weight by its place in a product; None where they do not show."""
    function, place, form = call.function, call.parameters[k][0], call.forms[k]
    kinds = ""
    if function == "linear" and place in (1, "weight"):
        kinds = "oi"
    elif function in MATRICES and place in (MATRICES[function], MATRICES[function] - 1):
        kinds = "io" if place == MATRICES[function] else "oi"
    elif function == "einsum" and isinstance(place, int):
        kinds = _kinds(next(str(value) for where, value in call.settings if where == 0), place - 1)
    if form is None or not {"i", "o"} <= {*kinds} or len(form) < len(kinds):
        return None
    kinds = kinds.rjust(len(form), "b")  # matrices that are stacked
    found: dict[str, tuple[int, ...]] = {
        one: tuple(axis for axis, kind in zip(form, kinds, strict=True) if kind == one)
        for one in "bio"
    }
    rank = call.parameters[k][1].dim()
    picked = tuple(axis for axis in range(rank) if axis not in form)  # one matrix at a time
    return Axes(batch=picked + found["b"], out=found["o"], into=found["i"], receptive=())


def _kinds(equation: str, number: int) -> str:
    """Return what each axis of an operand is: summed (i), its own output (o), or shared (b).

    Example:
        >>> _kinds("bei, eoi -> beo", 1)
        'boi'
    """
    operands, arrow, result = equation.replace(" ", "").partition("->")
    terms = operands.split(",")
    if not arrow or "." in "".join(terms[number : number + 1]) or not 0 <= number < len(terms) > 1:
        return ""
    others = {*"".join(terms[:number] + terms[number + 1 :])}
    return "".join(
        ("b" if one in others else "o") if one in result else "i" for one in terms[number]
    )
