"""(start, layer widths, seed) -> every weight and bias of a dense network, and their laws."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from initlab.errors import refusal
from initlab.initializers.drawing import Weight, cast, check_size, checked_dtype, draw_law
from initlab.initializers.fan import Fan
from initlab.initializers.laws import Constant, Law
from initlab.initializers.spec import Initializer, parse
from initlab.randomness import INIT, course_generator, generator_for
from initlab.validation import one_of, seed_number, whole_number

STREAMS = ("course", "default")


def draw_network(
    spec: str | Initializer,
    layer_dims: Any,
    *,
    seed: int,
    stream: str = "default",
    bias_init: str | Initializer | None = None,
    dtype: Any = "float64",
) -> dict[str, Weight]:
    """Return the start of a dense network, named as the course names it.

    Args:
        spec: the start, such as ``"he_normal"``.
        layer_dims: widths from the input to the output, such as ``[2, 10, 5, 1]``.
        seed: 0 to 2**63 - 1; below 2**32 for the course stream.
        stream: "default": each parameter has its own stream, keyed by seed and name;
            "course": one ``numpy.random.RandomState(seed)`` for the whole start, layer by
            layer, weight then bias, of which constants take nothing.
        bias_init: start of the biases, from the fans of the weight beside them; None: what
            the start brings, else zeros.
        dtype: float64, float32 or float16; the draws themselves are always float64.

    Returns:
        ``{"W1": (out, in), "b1": (out, 1), "W2": ...}``, in this order.

    Raises:
        ArgumentError: an argument is refused.

    Example:
        >>> start = draw_network("normal(std=10)", [3, 2, 1], seed=3, stream="course")
        >>> start["W1"].round(8)[0].tolist()
        [17.88628473, 4.36509851, 0.96497468]
        >>> start["b1"].shape
        (2, 1)
    """
    widths = checked_layer_dims(layer_dims)
    laws = network_laws(spec, widths, bias_init=bias_init)
    kind = checked_dtype(dtype)
    one_of("stream", stream, STREAMS)
    number = seed_number(seed, where="draw_network")
    course = course_generator(number) if stream == "course" else None
    parameters: dict[str, Weight] = {}
    for name, shape in parameter_shapes(widths).items():
        generator = course or generator_for(number, name, INIT)
        drawn = draw_law(laws[name], shape, generator, where=name)
        parameters[name] = cast(drawn, kind, law=laws[name], where=f"{parse(spec)}, {name}")
    return parameters


def network_laws(
    spec: str | Initializer,
    layer_dims: Any,
    *,
    bias_init: str | Initializer | None = None,
) -> dict[str, Law]:
    """Return the law of every parameter that ``draw_network`` would draw, under the same names.

    Example:
        >>> network_laws("he_normal", [2, 4, 1])["W1"]
        Normal(mean=0.0, std=1.0)
    """
    start = parse(spec)
    bias_start = None if bias_init is None else parse(bias_init)
    widths = checked_layer_dims(layer_dims)
    laws: dict[str, Law] = {}
    for layer, (fan_in, fan_out) in enumerate(pairwise(widths), start=1):
        fan = Fan(fan_in, fan_out)
        bias = bias_start.law(fan) if bias_start else start.bias_law(fan)
        laws[f"W{layer}"] = start.law(fan)
        laws[f"b{layer}"] = bias or Constant(0.0)
    return laws


def parameter_shapes(layer_dims: Any) -> dict[str, tuple[int, int]]:
    """Return ``{"W1": (out, in), "b1": (out, 1), ...}``, layer by layer.

    Example:
        >>> parameter_shapes([2, 4, 1])
        {'W1': (4, 2), 'b1': (4, 1), 'W2': (1, 4), 'b2': (1, 1)}
    """
    widths = checked_layer_dims(layer_dims)
    shapes: dict[str, tuple[int, int]] = {}
    for layer, (fan_in, fan_out) in enumerate(pairwise(widths), start=1):
        shapes[f"W{layer}"] = (fan_out, fan_in)
        shapes[f"b{layer}"] = (fan_out, 1)
    return shapes


def checked_layer_dims(layer_dims: Any) -> tuple[int, ...]:
    """Return the widths of a dense network: two at least, each an integer >= 1."""
    listed = layer_dims.tolist() if isinstance(layer_dims, np.ndarray) else layer_dims
    if not isinstance(listed, Sequence) or isinstance(listed, (str, bytes, bytearray)):
        raise refusal("layer_dims", "a list of widths such as [2, 10, 5, 1]", layer_dims)
    if len(listed) < 2:
        raise refusal("layer_dims", "two widths at least, input and output", layer_dims)
    widths = tuple(
        whole_number(f"layer_dims[{index}]", width, minimum=1) for index, width in enumerate(listed)
    )
    entries = sum(m * (n + 1) for n, m in pairwise(widths))
    check_size(entries, argument="layer_dims", value=layer_dims)
    return widths
