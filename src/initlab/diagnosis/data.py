"""Measured data -> findings: inputs or targets of an unusual size, inputs that are all equal."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from initlab.diagnosis.finding import STOPS, SUSPECT, Finding, graded
from initlab.diagnosis.measurements import TARGETS, DataMeasurement, Measurements
from initlab.diagnosis.signals import HUGE, LARGE, SOME
from initlab.diagnosis.units import SUSPECT_SHARE
from initlab.numbers import shown

Array = NDArray[np.float64]
FROM_DATA = (  # what equal inputs, and data of another size, make of any weights
    "inputs_indistinguishable", "dead_units", "dead_output", "saturated_units", "saturated_output",
    "exploding_signal", "vanishing_signal", "exploding_gradient", "vanishing_gradient", "chaotic",
    "sharp_attention", "unscaled_residuals", "no_gradient", "large_initial_loss",
)  # fmt: skip
EQUAL, INPUTS_OFF, TARGETS_OFF = "identical_inputs", "unscaled_inputs", "unscaled_targets"
OF_DATA = (EQUAL, INPUTS_OFF, TARGETS_OFF)


def measured_data(where: str, mean: Array, std: Array) -> DataMeasurement | None:
    """Return how large data are, of the mean and the standard deviation of their columns."""
    size = np.hypot(mean, std)
    if not size.size or not np.isfinite(size).all():
        return None
    largest = int(size.argmax())
    return DataMeasurement(
        where=where,
        columns=size.size,
        column=largest,
        size=float(size[largest]),
        typical_size=float(np.median(size)),
        mean=float(mean[largest]),
        std=float(std[largest]),
        spread=float(std.max()),
        means=tuple(mean.tolist()),
        stds=tuple(std.tolist()),
    )


def equal_inputs(measured: Measurements) -> Iterator[Finding]:
    """All samples have the same inputs: what the weights make of others is not seen."""
    if measured.equal_inputs:
        yield Finding(
            EQUAL, STOPS, ("inputs",),
            f"All {measured.samples} samples have the same inputs.",
            "The network gives all samples the same outputs, whatever its weights are. Training "
            "can only learn one prediction for all samples.",
            "Give inputs that differ from sample to sample.", explains=FROM_DATA,
        )  # fmt: skip


def unscaled(measured: Measurements) -> Iterator[Finding]:
    """Inputs, or the targets of a regression, are far from size 1, which weights are drawn for.

    They are judged as the outputs of a layer are. What begins small grows in a few steps: small
    ones are no more than suspect, nor are large inputs that make no layer's outputs large: the
    network may scale them itself.
    """
    for one in measured.data:
        targets = one.where == TARGETS
        large = graded(one.size**2, SOME, LARGE, HUGE)
        if large and not targets and not _are_felt(measured):
            large = SUSPECT
        small = 0 < one.spread**2 < 1 / SOME  # a constant says nothing
        if severity := large or (SUSPECT if small else ""):
            yield Finding(
                TARGETS_OFF if targets else INPUTS_OFF, severity, (one.where,), _evidence(one),
                "Training first has to bring the outputs to the size of the targets."
                if targets else
                "The inputs differ little between samples, so the outputs of the first layer "
                "hardly differ between samples either."
                if not large else
                "Inits are made for inputs of root mean square 1. Here, the outputs of the first "
                "layer and the gradients of its weights are too large by the same factor as the "
                "inputs.",
                _fix(one),
                explains=FROM_DATA,
            )  # fmt: skip


def _are_felt(measured: Measurements) -> bool:
    """Whether large inputs make outputs of a layer large or infinite, or saturate what follows."""
    return any(
        one.q is None or one.q.value > SOME or (one.saturated or 0) > SUSPECT_SHARE
        for one in measured.layers
    ) or any(share > SUSPECT_SHARE for one in measured.recurrent for share in one.gates.values())


def _evidence(one: DataMeasurement) -> str:
    if one.columns == 1:
        return (f"The {one.where} have mean {shown(one.mean, '.3g')} and standard deviation "
                f"{shown(one.std, '.3g')}.")  # fmt: skip
    return (
        f"Column {one.column} of the {one.where} has root mean square {shown(one.size, '.3g')} "
        f"(mean {shown(one.mean, '.3g')}, standard deviation {shown(one.std, '.3g')}); the median "
        f"of the root mean squares of all {one.columns} columns is "
        f"{shown(one.typical_size, '.3g')}."
    )


def _fix(one: DataMeasurement) -> str:
    if one.codes:
        return ("Standardize each column, except columns of codes (whole numbers that stand for "
                "categories): subtract the mean of the column, and divide by the standard "
                "deviation of the column.")  # fmt: skip
    name = "y" if one.where == TARGETS else "x" + one.where.removeprefix("inputs")
    axis = "" if one.columns == 1 else "0"
    undo = ", and convert the predictions back" if one.where == TARGETS else ""
    constant = (". Remove constant columns first, because their standard deviation is "
                "0") * (one.columns > 1)  # fmt: skip
    return (f"Standardize {name} with ({name} - {name}.mean({axis})) / {name}.std({axis}){undo}"
            f"{constant}.")  # fmt: skip
