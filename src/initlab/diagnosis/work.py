"""Measurements -> how many multiplications a trial takes, and how many steps it may have."""

from __future__ import annotations

import math

from initlab.diagnosis.fresh import SIZE
from initlab.diagnosis.measurements import LayerMeasurement, Measurements
from initlab.diagnosis.runs import OPTIMIZERS
from initlab.diagnosis.trial import LARGEST_WORK, LONGEST_WORK, SHORT, STEPS
from initlab.networks.anatomy import RECURRENT

CALL = 1e5  # multiplications that take as long as the call of a layer


def most_steps(measured: Measurements, trainings: int) -> int:
    """Return how many steps a trial may take: the smaller the network, the more.

    Args:
        measured: figures of the network.
        trainings: how many networks are trained at most, itself too.
    """
    fits = [one for one in STEPS if _work(measured, one, trainings) <= LONGEST_WORK]
    return max(fits, default=STEPS[0])


def is_too_large(measured: Measurements, trainings: int) -> bool:
    """Whether even the shortest trial takes too long."""
    return _work(measured, STEPS[0], trainings) > LARGEST_WORK


def _work(measured: Measurements, steps: int, trainings: int) -> float:
    """Return about how many multiplications the steps of a trial take."""
    size = {layer.name: sum(math.prod(one.shape) for one in layer.parameters if one.fan)
            for layer in measured.anatomy.layers}  # fmt: skip
    share = min(1.0, SIZE / max(1, measured.samples))
    one_pass = sum(
        CALL * _calls(one, measured.samples) + share * one.points * size.get(one.name, 0)
        for one in measured.layers
    )
    whole = 2 * steps + (trainings - 2) * min(steps, SHORT)  # all references but one end early
    return 3 * one_pass * len(OPTIMIZERS) * whole


def _calls(layer: LayerMeasurement, samples: int) -> float:
    """Return how many calls a layer is: a recurrent one computes step by step."""
    return max(1.0, layer.points / max(1, samples)) if layer.role == RECURRENT else 1.0
