"""(init, shape, seed) -> one weight, drawn from its own stream and cast once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from initlab.errors import ShapeError, invalid_argument, shown_value
from initlab.initializers.axes import AxisArgument, axes_of, checked_line, checked_shape, no_batch
from initlab.initializers.distributions import Distribution
from initlab.initializers.fan import Fan, fan_along
from initlab.initializers.spec import Initializer, parse
from initlab.randomness import INIT, RandomSource, generator_for
from initlab.validation import one_of, seed_number, text

if TYPE_CHECKING:
    from jaxtyping import Float

DTYPES = ("float64", "float32", "float16")
SQUARES_FIT = 1e-100, 1e100  # between them squares and their sums stay in float64
FINEST = 32  # steps of a dtype that a distribution's std must have
CERTAIN = 16  # times smaller than a step: then all draws round to 0, not only some
LARGEST_COUNT = 10**15
LINES = Fan(12, 8), Fan(20, 4)  # a distribution that is the same for both needs no fans
LARGEST_DRAW = 2**30  # entries: 8 GiB while they are float64

Weight = NDArray[np.floating[Any]]


def draw(
    spec: str | Initializer,
    shape: Any,
    *,
    seed: int,
    name: str = "weight",
    in_axis: AxisArgument = None,
    out_axis: AxisArgument = None,
    batch_axis: AxisArgument = (),
    dtype: Any = "float64",
) -> Float[Weight, "*shape"]:
    """Return one weight drawn from an initializer's distribution.

    The (out, in) matrix is drawn first and its axes are moved into place after, so that one
    seed gives the same network in torch's and in JAX's layout.

    Args:
        spec: the initializer, such as ``"he_normal(mode='fan_out')"``.
        shape: shape of the weight; a bare 2-D one means torch's (out, in), and one of a single
            axis has no fans, so that only distributions without them can be drawn.
        seed: 0 to 2**63 - 1.
        name: the parameter's name in its model; another name has other numbers.
        in_axis: the input axis, or several; required beyond 2-D.
        out_axis: the output axis, or several; required beyond 2-D.
        batch_axis: axes that stack independent weights.
        dtype: float64, float32 or float16; the draw itself is always float64.

    Returns:
        An array of ``shape``.

    Raises:
        ArgumentError: the initializer, shape, axes, seed or dtype is invalid, or the weight leaves
            the range of ``dtype``.

    Example:
        >>> draw("he_normal", (2, 3), seed=0).round(3)
        array([[ 1.203, -0.084, -0.186],
               [-0.403, -1.109, -0.477]])
    """
    init = parse(spec)
    if init.needs_data:
        hint = (
            "For a method that needs data, use initlab.initialize(model, ..., data=x) or "
            "initlab.compare."
        )
        raise invalid_argument(
            "init", "a method that needs no data", str(init), where="draw", hint=hint
        )
    text("name", name, where="draw")
    kind = checked_dtype(dtype)
    number = seed_number(seed, where=f"draw, {name}")
    unnamed = in_axis is None and out_axis is None and no_batch(batch_axis)
    if isinstance(shape, tuple | list) and len(shape) == 1 and unnamed:
        return _line(init, checked_line(shape, where=name), number, name, kind)
    widths = checked_shape(shape, where=name)
    axes = axes_of(widths, in_axis, out_axis, batch_axis, where=name)
    fan = fan_along(widths, axes, name)
    check_size(math.prod(widths), argument="shape", value=widths)
    generator = generator_for(number, name, INIT)
    distribution = init.distribution(fan)
    matrix = draw_from(distribution, axes.matrix_shape(widths), generator, where=name)
    return cast(
        axes.place(matrix, widths), kind, distribution=distribution, where=f"{init}, {name}"
    )


def _line(
    init: Initializer, shape: tuple[int], seed: int, name: str, dtype: np.dtype[Any]
) -> Weight:
    """Return a row of numbers, such as a bias, from a distribution that needs no fans."""
    distribution, other = init.distribution(LINES[0]), init.distribution(LINES[1])
    if distribution != other:
        expected = "at least 2 integers, which give a fan-in and a fan-out"
        hint = f"{init.name} needs fan-in and fan-out; an init such as normal(std=0.02) does not."
        raise invalid_argument("shape", expected, shape, where=name, hint=hint, kind=ShapeError)
    check_size(shape[0], argument="shape", value=shape)
    drawn = draw_from(distribution, shape, generator_for(seed, name, INIT), where=name)
    return cast(drawn, dtype, distribution=distribution, where=f"{init}, {name}")


def moments(values: NDArray[np.floating[Any]]) -> tuple[float, float]:
    """Return mean and std of drawn numbers; their squares may leave the range of float64."""
    largest = float(np.abs(values).max(initial=0.0))
    if not largest or SQUARES_FIT[0] < largest < SQUARES_FIT[1]:
        return float(values.mean()), float(values.std())
    exponent = math.frexp(largest)[1]
    near_one = np.ldexp(values.astype(np.float64), -exponent)
    return math.ldexp(float(near_one.mean()), exponent), math.ldexp(float(near_one.std()), exponent)


def draw_from(
    distribution: Distribution, shape: tuple[int, ...], generator: RandomSource, *, where: str
) -> NDArray[np.float64]:
    """Return a float64 draw, refused where the distribution's numbers leave even that range."""
    drawn = distribution.draw(shape, generator)
    if not np.isfinite(drawn).all():
        hint = "Choose a smaller std."
        raise invalid_argument(
            "distribution",
            "one whose numbers are within the range of float64",
            distribution,
            where=where,
            hint=hint,
        )
    return drawn


def cast(
    drawn: NDArray[np.float64], dtype: np.dtype[Any], *, distribution: Distribution, where: str
) -> Weight:
    """Return the draw in ``dtype``; refuse what overflows, or is finer than the dtype's steps."""
    check_grid(distribution, dtype, where=where)
    if dtype == drawn.dtype:
        return drawn
    with np.errstate(over="ignore", under="ignore"):
        weight: Weight = drawn.astype(dtype)
    if not np.isfinite(weight).all():
        check_largest(drawn, float(np.finfo(dtype).max), dtype.name, where)
    return weight


def check_grid(distribution: Distribution, dtype: np.dtype[Any], *, where: str) -> None:
    """Refuse a distribution whose entries a dtype would round to 0, or all to one value."""
    limits = np.finfo(dtype)
    with np.errstate(over="ignore"):  # behind the largest number
        step = float(np.spacing(dtype.type(min(abs(distribution.mean), float(limits.max)))))
    check_steps(distribution, smallest=float(limits.smallest_subnormal), step=step,
                dtype=dtype.name, where=where)  # fmt: skip


def check_steps(
    distribution: Distribution, *, smallest: float, step: float, dtype: str, where: str
) -> None:
    """Refuse the same, given a dtype's steps near 0 and near the distribution's mean.

    Asked of the distribution: one small entry of a weight is no mistake. Of a normal distribution
    with a std of ``FINEST`` steps of the dtype, 1 % of the entries round to 0.
    """
    middle, std = abs(distribution.mean), distribution.std
    if 0 < max(middle, std) < FINEST * smallest:
        size = max(middle, std)
        effect = "all weights would be 0"
        if size >= smallest / CERTAIN:
            effect = "weights would be rounded coarsely or to 0"
        expected = (
            f"one that can hold numbers of size {size:g} ({dtype} has steps of {smallest:.1g} "
            f"near 0, so {effect})"
        )
        raise invalid_argument("dtype", expected, dtype, where=where)
    if 0 < std < step:
        expected = (
            f"one whose steps near the mean {distribution.mean:g} are at most as large as the std "
            f"{std:g} ({dtype} has steps of {step:.1g} there, so many or all weights would be "
            "equal)"
        )
        raise invalid_argument("dtype", expected, dtype, where=where)


def check_largest(drawn: NDArray[np.floating[Any]], limit: float, dtype: str, where: str) -> None:
    """Refuse a draw with a number beyond the largest one of a dtype."""
    largest = float(np.abs(drawn).max(initial=0.0))
    if largest > limit:
        expected = f"one that can hold {largest:g} (the largest number of {dtype} is {limit:g})"
        raise invalid_argument("dtype", expected, dtype, where=where)


def checked_dtype(dtype: Any) -> np.dtype[Any]:
    """Return the numpy dtype of one of ``DTYPES``, given as a name, a type or a dtype."""
    if isinstance(dtype, str) and dtype != "bfloat16":
        return np.dtype(one_of("dtype", dtype, DTYPES))
    if isinstance(dtype, (np.dtype, type)):
        for allowed in DTYPES:
            if dtype == np.dtype(allowed):
                return np.dtype(allowed)
    hint = ""
    if "bfloat16" in shown_value(dtype, 80):
        hint = (
            "NumPy has no bfloat16; in a PyTorch module, initlab.initialize draws bfloat16 weights."
        )
    raise invalid_argument("dtype", "one of " + ", ".join(DTYPES), dtype, hint=hint)


def check_size(entries: int, *, argument: str, value: Any) -> None:
    """Refuse what would not fit in a machine's memory, with the figure."""
    if entries > LARGEST_DRAW:
        expected, hint = f"so small that at most {LARGEST_DRAW:,} numbers are drawn", ""
        if entries <= LARGEST_COUNT:  # beyond, nobody reads the digits
            gibibytes = entries * 8 // 2**30
            hint = f"{entries:,} numbers would take {gibibytes:,} GiB while they are drawn."
        raise invalid_argument(argument, expected, value, hint=hint)
