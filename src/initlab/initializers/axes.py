"""Weight shape and named axes -> which axis is batch, out, in and receptive field."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.errors import ShapeError, invalid_argument
from initlab.validation import is_whole

AxisArgument = int | Sequence[int] | None


@dataclass(frozen=True)
class Axes:
    """The axes of one weight, as non-negative positions; every axis occurs once.

    Attributes:
        batch: axes that stack independent weights (heads, groups, packed projections).
        out: axes that number the units.
        into: axes that number a unit's input features.
        receptive: the remaining axes (kernel height, width, ...).
    """

    batch: tuple[int, ...]
    out: tuple[int, ...]
    into: tuple[int, ...]
    receptive: tuple[int, ...]

    def matrix_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return ``(out, in * receptive)``, with the batch in front where there is one."""
        columns = size_of(shape, self.into + self.receptive)
        matrix = (size_of(shape, self.out), columns)
        return (size_of(shape, self.batch), *matrix) if self.batch else matrix

    def place(self, matrix: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Return the array of ``shape`` whose units are the rows of ``matrix``."""
        order = self.batch + self.out + self.into + self.receptive
        stacked = matrix.reshape([shape[axis] for axis in order])
        return np.ascontiguousarray(stacked.transpose(np.argsort(order)))


def axes_of(
    shape: tuple[int, ...],
    in_axis: AxisArgument = None,
    out_axis: AxisArgument = None,
    batch_axis: AxisArgument = (),
    *,
    where: str = "",
) -> Axes:
    """Return the axes of a weight; only a bare 2-D shape has an answer of its own, torch's.

    The arguments are those of ``fan_of``; ``shape`` is checked. Negative axes count from the end.

    Raises:
        ShapeError: the axes are missing, repeated or out of range.

    Example:
        >>> axes_of((64, 3, 5, 5), in_axis=1, out_axis=0)
        Axes(batch=(), out=(0,), into=(1,), receptive=(2, 3))
    """
    place = f"{where}, shape {shape}" if where else f"shape {shape}"
    if in_axis is None and out_axis is None and len(shape) == 2 and no_batch(batch_axis):
        return Axes(batch=(), out=(0,), into=(1,), receptive=())
    if in_axis is None or out_axis is None:
        raise invalid_argument(
            "out_axis" if out_axis is None and in_axis is not None else "in_axis",
            "given",
            None,
            got="nothing",
            where=place,
            hint="Give in_axis and out_axis. For a 2-D shape (out, in), you can leave both out. "
            "For the weight of torch's Conv2d, give in_axis=1, out_axis=0.",
            kind=ShapeError,
        )
    batch = _positions("batch_axis", batch_axis, shape, place)
    out = _positions("out_axis", out_axis, shape, place)
    into = _positions("in_axis", in_axis, shape, place)
    if not out or not into:
        argument = "in_axis" if out else "out_axis"
        raise invalid_argument(argument, "at least one axis", (), where=place, kind=ShapeError)
    named = batch + out + into
    if len(set(named)) != len(named):
        roles = f"in_axis={in_axis}, out_axis={out_axis}, batch_axis={batch_axis}"
        raise invalid_argument(
            "axes", "different from one another", roles, got=roles, where=place, kind=ShapeError
        )
    receptive = tuple(axis for axis in range(len(shape)) if axis not in named)
    return Axes(batch, out, into, receptive)


def checked_shape(shape: Any, *, where: str = "") -> tuple[int, ...]:
    """Return a weight's shape as a tuple of ints >= 1, at least two of them."""
    if not isinstance(shape, Sequence) or isinstance(shape, (str, bytes, bytearray)):
        expected = "a tuple of integers"
    elif any(not is_whole(width) or width < 1 for width in shape):
        expected = "integers >= 1"
    elif len(shape) < 2:
        expected = "at least 2 integers, which give a fan-in and a fan-out"
    else:
        return tuple(int(width) for width in shape)
    raise invalid_argument("shape", expected, shape, where=where, kind=ShapeError)


def checked_line(shape: Sequence[Any], *, where: str = "") -> tuple[int]:
    """Return the shape of a row of numbers, such as a bias: one int >= 1."""
    (width,) = shape
    if not is_whole(width) or width < 1:
        raise invalid_argument("shape", "integers >= 1", shape, where=where, kind=ShapeError)
    return (int(width),)


def size_of(shape: tuple[int, ...], axes: tuple[int, ...]) -> int:
    """Return the number of entries that the named axes span."""
    return math.prod(shape[axis] for axis in axes)


def _positions(
    argument: str, axes: AxisArgument, shape: tuple[int, ...], where: str
) -> tuple[int, ...]:
    listed = axes if isinstance(axes, (tuple, list)) else (() if axes is None else (axes,))
    rank = len(shape)
    for axis in listed:
        if not is_whole(axis) or not -rank <= axis < rank:
            expected = f"an integer from {-rank} to {rank - 1}"
            raise invalid_argument(argument, expected, axis, where=where, kind=ShapeError)
    return tuple(int(axis) % rank for axis in listed)


def no_batch(batch_axis: Any) -> bool:
    """Whether an argument names no axis of stacked weights."""
    return batch_axis is None or (isinstance(batch_axis, tuple | list) and not batch_axis)
