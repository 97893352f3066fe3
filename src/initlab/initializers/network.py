"""(start, layer widths, seed) -> every weight and bias of a dense network, and their laws."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from initlab.errors import refusal
from initlab.initializers.case import Case, Start, parse_start
from initlab.initializers.drawing import Weight, cast, checked_dtype, draw_law
from initlab.initializers.fan import Fan
from initlab.initializers.laws import Constant, Law
from initlab.initializers.layer_dims import checked_layer_dims
from initlab.initializers.spec import Initializer, parse
from initlab.randomness import INIT, course_generator, generator_for
from initlab.validation import one_of, seed_number

if TYPE_CHECKING:
    from jaxtyping import Float

STREAMS = ("course", "default")


def draw_network(
    spec: str | Start,
    layer_dims: Any,
    *,
    seed: int,
    stream: str = "default",
    bias_init: str | Initializer | None = None,
    dtype: Any = "float64",
) -> dict[str, Float[Weight, "_out _in"]]:
    """Return the start of a dense network, named as the course names it.

    Args:
        spec: the start, such as ``"he_normal"``, or one start per parameter, such as
            ``"W1=0,B1=0,W2=0,B2=normal"`` (see :class:`Case`).
        layer_dims: widths from the input to the output, such as ``[2, 10, 5, 1]``.
        seed: 0 to 2**63 - 1; below 2**32 for the course stream.
        stream: "default": each parameter has its own stream, keyed by seed and name;
            "course": one ``numpy.random.RandomState(seed)`` for the whole start, layer by
            layer, weight then bias, of which constants take nothing.
        bias_init: start of the biases, from the fans of the weight beside them; None: what
            the start brings, else zeros. A case names its biases itself.
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
        >>> draw_network("W1=0.5,W2=normal", [1, 2, 1], seed=0)["W1"].tolist()
        [[0.5], [0.5]]
    """
    start = parse_start(spec)
    widths = checked_layer_dims(layer_dims)
    laws = network_laws(start, widths, bias_init=bias_init)
    kind = checked_dtype(dtype)
    one_of("stream", stream, STREAMS)
    number = seed_number(seed, where="draw_network")
    course = course_generator(number) if stream == "course" else None
    parameters: dict[str, Weight] = {}
    for name, shape in parameter_shapes(widths).items():
        generator = course or generator_for(number, name, INIT)
        drawn = draw_law(laws[name], shape, generator, where=name)
        parameters[name] = cast(drawn, kind, law=laws[name], where=f"{start}, {name}")
    return parameters


def network_laws(
    spec: str | Start,
    layer_dims: Any,
    *,
    bias_init: str | Initializer | None = None,
) -> dict[str, Law]:
    """Return the law of every parameter that ``draw_network`` would draw, under the same names.

    Example:
        >>> network_laws("he_normal", [2, 4, 1])["W1"]
        Normal(mean=0.0, std=1.0)
    """
    start = parse_start(spec)
    if isinstance(start, Case):
        if bias_init is not None:
            raise refusal("bias_init", "left out with a case", bias_init, where=str(start),
                          hint="A case names the init of each bias itself.")  # fmt: skip
        return start.laws(layer_dims)
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
