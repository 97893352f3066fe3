"""Weight shape -> (fan_in, fan_out), the connections that meet at a unit."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from initlab.errors import ShapeError, invalid_argument
from initlab.initializers.axes import Axes, AxisArgument, axes_of, checked_shape, size_of
from initlab.validation import finite_number, is_whole, one_of, text, whole_number

MODES = ("fan_in", "fan_out", "fan_avg", "fan_geo_avg")
LARGEST_FAN = 2**53  # every smaller integer is a float64 exactly


@dataclass(frozen=True)
class Fan:
    """How many connections enter a unit, and how many leave an input.

    Attributes:
        fan_in: inputs per output unit (channels times receptive field), >= 1; a fraction where
            the outputs of a strided transposed convolution sum different numbers of products.
        fan_out: outputs per input unit (channels times receptive field), >= 1.
        receptive: positions of the receptive field counted in both; 1 for a dense layer.
        kernel: the receptive field's own shape, such as (3, 3); a line where it is not given.
        row: weights in a unit's row of the matrix, where that is not ``fan_in``: the outputs of a
            strided transposed convolution sum some of them each.

    Example:
        >>> Fan(fan_in=784, fan_out=256).of("fan_avg")
        520.0
    """

    fan_in: float
    fan_out: int
    receptive: int = 1
    kernel: tuple[int, ...] = field(default=(), repr=False, compare=False)
    row: int | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        counts = ["fan_in", "fan_out", "receptive"]
        if self.row is not None and not is_whole(self.fan_in):  # a mean over outputs
            finite_number("fan_in", self.fan_in, minimum=1, maximum=LARGEST_FAN, where="Fan")
            counts.remove("fan_in")
        for argument in counts:
            value = getattr(self, argument)
            checked = whole_number(argument, value, minimum=1, maximum=LARGEST_FAN, where="Fan")
            object.__setattr__(self, argument, checked)
        row = self.matrix[1]
        if row % self.receptive or self.fan_out % self.receptive:
            name = "fan_in" if self.row is None else "row"
            expected = f"a divisor of {name} = {row} and of fan_out = {self.fan_out}"
            raise invalid_argument(
                "receptive", expected, self.receptive, where="Fan", kind=ShapeError
            )
        object.__setattr__(self, "kernel", tuple(self.kernel) or (self.receptive,))
        if math.prod(self.kernel) != self.receptive:
            positions = f"{self.receptive} position{'s' * (self.receptive != 1)}"
            expected = f"a shape of {positions}, because receptive is {self.receptive}"
            raise invalid_argument("kernel", expected, self.kernel, where="Fan", kind=ShapeError)

    @property
    def matrix(self) -> tuple[int, int]:
        """The weight as a matrix: (output units, connections into each of them)."""
        row = self.fan_in if self.row is None else self.row
        return self.fan_out // self.receptive, int(row)

    @property
    def centre(self) -> int:
        """Position of the kernel's centre, counted in C order; of an even width the later one."""
        position = 0
        for width in self.kernel:
            position = position * width + width // 2
        return position

    def of(self, mode: str, *, where: str = "Fan.of") -> float:
        """Return the fan that ``mode`` names.

        ``fan_in``, ``fan_out``, their mean ``fan_avg`` or their geometric mean ``fan_geo_avg``.
        """
        one_of("mode", mode, MODES, where=where)
        if mode == "fan_geo_avg":
            return math.sqrt(self.fan_in) * math.sqrt(self.fan_out)
        if mode == "fan_avg":
            return (self.fan_in + self.fan_out) / 2
        return float(self.fan_in if mode == "fan_in" else self.fan_out)


def fan_of(
    shape: Any,
    in_axis: AxisArgument = None,
    out_axis: AxisArgument = None,
    batch_axis: AxisArgument = (),
    *,
    where: str = "",
) -> Fan:
    """Return the fans of a weight. A bare 2-D shape means torch's (out, in); others need axes.

    Args:
        shape: shape of the weight, at least two dimensions, none of them 0.
        in_axis: the input axis, or several (heads times width, say).
        out_axis: the output axis, or several.
        batch_axis: axes that stack independent weights: packed projections, groups.
        where: context for the error message, such as the layer's name.

    Returns:
        The fans; axes named nowhere are the receptive field and count in both.

    Raises:
        ShapeError: an axis of size 0, fewer than two axes, or axes missing, repeated, out of range.

    Example:
        >>> fan_of((256, 784))
        Fan(fan_in=784, fan_out=256, receptive=1)
        >>> fan_of((64, 3, 5, 5), in_axis=1, out_axis=0)
        Fan(fan_in=75, fan_out=1600, receptive=25)
    """
    widths = checked_shape(shape, where=text("where", where))
    return fan_along(widths, axes_of(widths, in_axis, out_axis, batch_axis, where=where), where)


def fan_along(shape: tuple[int, ...], axes: Axes, where: str = "") -> Fan:
    """Return the fans of a weight whose axes are known."""
    receptive = size_of(shape, axes.receptive)
    fan_in = size_of(shape, axes.into) * receptive
    fan_out = size_of(shape, axes.out) * receptive
    if max(fan_in, fan_out) > LARGEST_FAN:
        raise invalid_argument(
            "shape",
            "one whose fan-in and fan-out are at most 2**53",
            shape,
            where=where,
            kind=ShapeError,
        )
    return Fan(fan_in, fan_out, receptive, tuple(shape[axis] for axis in axes.receptive))
