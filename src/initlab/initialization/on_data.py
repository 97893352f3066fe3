"""Drawn weights and what their layers give on a batch -> the factors and shifts of data methods.

One spelling for every network: :mod:`initlab.initialization.module_on_data` and
:mod:`initlab.initialization.dense_on_data` say what a layer's outputs are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from initlab.errors import DataError, invalid_argument
from initlab.initializers.registry import find
from initlab.initializers.spec import Initializer
from initlab.networks.losses import BINARY, CLASSES, VALUES
from initlab.numbers import shown

Array = NDArray[np.float64]
UNIT_TOLERANCE = 0.01  # of a unit's variance, above which a report says so
LOG_SHARES = "logarithms of the shares of the {} classes in the targets"
EQUAL = 1e-12  # of the squared mean: numbers that are equal have such a variance by rounding
SAMPLES = 500  # of a study's training data, that such methods look at


@dataclass(frozen=True)
class Outputs:
    """Moments of what one weight gives, over all samples, positions and uses.

    Attributes:
        mean: of each unit.
        variance: of each unit.
    """

    mean: Array
    variance: Array

    @property
    def total(self) -> float:
        """Variance of all entries together."""
        return float(np.mean(self.variance + self.mean**2) - np.mean(self.mean) ** 2)


class Layer(Protocol):
    """One weight in its network, with the bias beside it.

    It holds several independent weights where projections are packed: one :class:`Outputs` each.

    Attributes:
        name: of the weight.
    """

    name: str

    def outputs(self) -> Sequence[Outputs]:
        """Return what the weight gives now."""

    def multiply(self, factors: Sequence[Any]) -> None:
        """Multiply each of the weights by a number, or each unit by its own."""

    def bias(self) -> Sequence[Array] | None:
        """Return the bias of each of the weights, where the method may set it; None where not."""

    def put_bias(self, biases: Sequence[Array]) -> None:
        """Set the biases."""


@dataclass(frozen=True)
class Adjusted:
    """What was done with one weight.

    Attributes:
        factors: what each of its weights was multiplied by; None where every unit has its own.
        iterations: how often.
    """

    factors: tuple[float, ...] | None
    iterations: int


def spaced(count: int, *arrays: Any) -> tuple[Any, ...]:
    """Return so many samples of arrays or tensors, evenly spaced: what is sorted is seen whole.

    Example:
        >>> spaced(3, np.arange(6))
        (array([0, 2, 5]),)
    """
    total = len(arrays[0])
    if total <= count:
        return arrays
    rows = np.linspace(0, total - 1, count).round().astype(np.int64)
    return tuple(one[rows] for one in arrays)


def shifts(init: Initializer) -> bool:
    """Whether a method sets the bias beside a weight."""
    return find(init.name).bias is not None


def adjusted(layer: Layer, init: Initializer) -> Adjusted:
    """Let a method for weights set one of them."""
    values = init.values()
    if init.name == "lsuv":
        limits = {name: values[name] for name in ("tolerance", "iterations")}
        return to_unit_variance(layer, **limits)
    return to_unit_outputs(layer, centre=values["centre"])


def _varies(variance: Array, square: Array) -> NDArray[np.bool_]:
    """Whether outputs differ by more than rounding, given their variance and squared mean."""
    return np.isfinite(variance) & (variance > EQUAL * square)


def to_unit_variance(layer: Layer, *, tolerance: float, iterations: int) -> Adjusted:
    """Divide a weight by its outputs' std until their variance is 1, as LSUV does.

    Outputs that are all equal, or not finite, are left; so are those that stay off after so many
    iterations.
    """
    found = layer.outputs()
    factors, done = np.ones(len(found)), 0
    while done < iterations:
        variance = np.array([one.total for one in found])
        usable = _varies(variance, np.array([np.mean(one.mean**2) for one in found]))
        if not (usable & (np.abs(variance - 1) > tolerance)).any():
            break
        step = np.where(usable, 1 / np.sqrt(np.where(usable, variance, 1)), 1)
        layer.multiply([float(one) for one in step])
        factors, done = factors * step, done + 1
        found = layer.outputs()
    return Adjusted(tuple(map(float, factors)), done)


def to_unit_outputs(layer: Layer, *, centre: float) -> Adjusted:
    """Give every unit outputs of mean ``centre`` and variance 1.

    Units whose outputs are all equal, or not finite, keep their weights.
    """
    found, before = layer.outputs(), layer.bias()
    factors, shifts = [], []
    for k, one in enumerate(found):
        usable = _varies(one.variance, one.mean**2)
        scale = np.where(usable, 1 / np.sqrt(np.where(usable, one.variance, 1)), 1)
        factors.append(scale)
        if before is not None:
            summed = np.where(np.isfinite(one.mean), one.mean, 0) - before[k]  # of w x alone
            shifts.append(centre - summed * scale)
    layer.multiply(factors)
    if before is not None:
        layer.put_bias(shifts)
    return Adjusted(None, 1)


def checked_targets(targets: Any) -> NDArray[Any]:
    """Return a user's targets as an array; the first axis counts samples.

    Raises:
        DataError: they are no finite numbers.
    """
    found = targets.detach().cpu().numpy() if hasattr(targets, "detach") else targets
    with contextlib.suppress(ValueError, TypeError):  # of ragged lists
        array = np.asarray(found)
        if array.dtype.kind in "iubf" and array.ndim and array.size and np.isfinite(array).all():
            return array
    raise invalid_argument("targets", "finite numbers, one row for each sample", targets,
                           where="initialize", kind=DataError)  # fmt: skip


def prior_bias(targets: Any, width: int, kind: str = "", *, where: str) -> tuple[Array, str]:
    """Return the bias whose constant prediction is best for the targets, and what it is.

    Args:
        targets: class numbers, shares or measurements; the first axis counts samples.
        width: outputs of the network.
        kind: "classes", "binary" or "values"; "" guesses by the numbers.
        where: name of the bias.

    Raises:
        DataError: they do not fit the outputs, or a class has no sample.
    """
    y = np.asarray(targets)
    rows = y.reshape(len(y), -1).astype(np.float64)
    whole = y.dtype.kind in "iub"
    if not kind:
        two = bool(np.isin(y, (0, 1)).all())
        numbers = width > 1 and rows.shape[1] != width  # of classes, also one for each position
        kind = CLASSES if whole and numbers else BINARY if two else VALUES
    if kind == CLASSES and whole:
        if y.size == 0 or y.min() < 0 or y.max() >= width:
            raise invalid_argument("targets", f"classes from 0 to {width - 1}", y, where=where,
                                   kind=DataError)  # fmt: skip
        shares = np.bincount(y.reshape(-1), minlength=width) / y.size
        if not shares.all():
            hint = f"Class {int(shares.argmin())} has no sample. Give more samples."
            got = f"{y.size} sample{'s' * (y.size != 1)}"
            expected = f"class numbers in which each of the {width} classes occurs"
            raise invalid_argument("targets", expected, got, got=got, where=where, hint=hint,
                                   kind=DataError)  # fmt: skip
        return np.log(shares), LOG_SHARES.format(width)
    if rows.shape[1] != width:
        each = f"{width} number{'s' * (width != 1)}"
        raise invalid_argument("targets", f"an array with {each} per sample", y.shape,
                               got=f"shape {y.shape}", where=where, kind=DataError)  # fmt: skip
    means = rows.mean(axis=0)
    if kind == CLASSES:
        if not (means > 0).all():
            expected = f"class probabilities whose mean is above 0 for each of {width} classes"
            raise invalid_argument("targets", expected, y, where=where, kind=DataError)
        return np.log(means), LOG_SHARES.format(width)
    if kind == BINARY:
        if not ((means > 0) & (means < 1)).all():
            raise invalid_argument("targets", "0 for some samples and 1 for others in every output",
                                   y, where=where, kind=DataError)  # fmt: skip
        return np.log(means / (1 - means)), "log odds of the targets"
    return means, "means of the targets"


def sentence(found: Sequence[Outputs], change: Adjusted, *, centred: bool) -> str:
    """Return what a report says of a weight: wanted and found variance, factor, iterations."""
    times = "1 iteration" if change.iterations == 1 else f"{change.iterations} iterations"
    if change.factors is not None:
        variance = ", ".join(shown(one.total, ".4g") for one in found)
        factor = ", ".join(shown(one, ".4g") for one in change.factors)
        of, weight = "variance of the outputs", "weight"
        if len(found) > 1:
            of, weight = f"variances of the outputs of its {len(found)} parts", "the parts"
        done = f"multiplied by {factor} in {times}" if change.iterations else "unchanged"
        return f"{weight} {done}; {of}: {variance} (wanted: 1)"
    spread = np.concatenate([one.variance for one in found])
    means = np.concatenate([one.mean for one in found])
    low, high = shown(spread.min(), ".4g"), shown(spread.max(), ".4g")
    words = f"variances of the units' outputs: from {low} to {high} (wanted: 1)"
    if centred:
        words += f"; means: from {shown(means.min(), '.2g')} to {shown(means.max(), '.2g')}"
    return words


def missed(name: str, init: Initializer, found: Sequence[Outputs], *, units: bool) -> str:
    """Return a sentence about outputs that a method could not bring to variance 1; "" for none."""
    tolerance = init.values().get("tolerance", UNIT_TOLERANCE)
    variance = np.concatenate(
        [one.variance if units else np.array([one.total]) for one in found]
    )  # fmt: skip
    off = ~(np.abs(variance - 1) <= tolerance)
    if not off.any():
        return ""
    worst = variance[off][np.argmax(np.abs(np.nan_to_num(variance[off], nan=np.inf) - 1))]
    which = f"{int(off.sum())} of {variance.size} units of {name}" if units else name
    rounded = shown(worst, ".4g")
    words = repr(float(worst)) if rounded == "1" else rounded
    found_variance = "the variance farthest from 1 is" if variance.size > 1 else "their variance is"
    return (
        f"{init.name} could not bring the outputs of {which} to variance 1 ± {tolerance:g}: "
        f"{found_variance} {words}."
    )
