"""Parameters in the course's notation or the document's <-> one checked stack of either.

The course: "W1" (out, in), "b1" (out, 1), z = W a + b. The document: "W1" (in, out), "B1" (1, out),
rows are samples, Z = A W + B. The bias's name says which one is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.errors import ShapeError, invalid_argument
from initlab.networks.dense import Parameters
from initlab.validation import named_values, real_numbers

Array = NDArray[np.float64]
FORM = (
    'a dict of arrays with the names and shapes {"W1": (out, in), "b1": (out, 1), ...} '
    'or {"W1": (in, out), "B1": (1, out), ...}'
)


def course_parameters(parameters: Any, *, where: str = "") -> dict[str, Array]:
    """Return a stack's parameters as the course names and shapes them, checked.

    Args:
        parameters: a mapping in either notation; a bias may also be flat, (out,).
        where: context for the error message.

    Raises:
        ArgumentError: names missing or unknown, no numbers, or shapes that do not fit one another.
    """
    if not isinstance(parameters, Mapping):
        raise invalid_argument("parameters", FORM, parameters, where=where)
    parameters = named_values("parameters", parameters, FORM, where=where)
    bias = "B" if any(str(name).startswith("B") for name in parameters) else "b"
    depth = len(parameters) // 2
    names = [f"{kind}{k}" for k in range(1, depth + 1) for kind in ("W", bias)]
    if not names or set(parameters) != set(names):
        raise invalid_argument("parameters", FORM, sorted(map(str, parameters)), where=where)
    result: dict[str, Array] = {}
    width = None
    for k in range(1, depth + 1):
        weight = real_numbers(f"W{k}", parameters[f"W{k}"], where=where)
        if weight.ndim != 2 or 0 in weight.shape:
            raise invalid_argument(f"W{k}", "a matrix", weight.shape, where=where, kind=ShapeError)
        given, weight = weight.shape, weight.T if bias == "B" else weight
        out_features, in_features = weight.shape
        if width is not None and in_features != width:
            shape = f"({width}, n)" if bias == "B" else f"(n, {width})"
            outputs = "1 output" if width == 1 else f"{width} outputs"
            expected = f"of shape {shape} for any n, because layer {k - 1} has {outputs}"
            raise invalid_argument(f"W{k}", expected, given, where=where, kind=ShapeError)
        offset = real_numbers(f"{bias}{k}", parameters[f"{bias}{k}"], where=where)
        shapes = [(out_features,), (1, out_features) if bias == "B" else (out_features, 1)]
        if offset.shape not in shapes:
            expected = f"of shape {shapes[1]} or {shapes[0]}"
            raise invalid_argument(
                f"{bias}{k}", expected, offset.shape, where=where, kind=ShapeError
            )
        result[f"W{k}"] = np.array(weight, order="C")
        result[f"b{k}"] = offset.reshape(out_features, 1).copy()
        width = out_features
    return result


def document_parameters(parameters: Parameters) -> dict[str, Array]:
    """Return checked parameters of the course's notation in the document's.

    Example:
        >>> course = {"W1": np.zeros((2, 3)), "b1": np.zeros((2, 1))}
        >>> {name: value.shape for name, value in document_parameters(course).items()}
        {'W1': (3, 2), 'B1': (1, 2)}
    """
    return {
        name.replace("b", "B"): np.array(value.T, dtype=np.float64, order="C")
        for name, value in parameters.items()
    }


def layer_dims_of(parameters: Parameters) -> tuple[int, ...]:
    """Return the widths of a stack in the course's notation, input to output."""
    depth = len(parameters) // 2
    return (parameters["W1"].shape[1], *(len(parameters[f"W{k}"]) for k in range(1, depth + 1)))
