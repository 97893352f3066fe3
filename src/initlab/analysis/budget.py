"""Training losses of an initialization -> did it learn its training data, and was it done?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from initlab.analysis.explanation import chance_loss
from initlab.analysis.statistics import Floats
from initlab.records.cell import CANCELLED, FINISHED, Cell
from initlab.records.study import Study

PART = 10  # the last tenth of the recorded steps is compared with the tenth before
LOSSES = ("train_loss", "validation_loss", "test_loss")
FEWEST = 2  # recorded steps in a tenth
GAIN = 0.02  # of the loss of the best constant answer
FITTED = 0.5  # of that loss: so far below it, a network has learned much of its training data
TRAINING_LOSSES = ("train_loss_last_100", "train_loss")  # the less noisy one first
MEDIAN_ERROR = 1.2533  # standard error of a median, times that of a mean: sqrt(pi / 2)


def still_improving(study: Study, cells: Sequence[Cell]) -> bool:
    """Whether longer training would have lowered the training loss of an initialization further.

    In every finished run the median loss of the last tenth of the recorded steps is taken from
    that of the tenth before. The median of these gains over the seeds must be at least 2 % of the
    loss of the best constant answer (of the first recorded loss, where that is not known), and two
    standard errors: losses of single batches are noisy. Below 20 recorded steps nothing is said.

    Args:
        study: the settings.
        cells: the runs of one initialization.
    """
    tenths = [
        tenth for cell in cells if cell.outcome == FINISHED and (tenth := _tenths(cell)) is not None
    ]
    if not tenths:
        return False
    with np.errstate(invalid="ignore"):  # inf - inf
        gain = np.median([np.median(before) - np.median(last) for before, last in tenths])
        errors = [
            math.hypot(*(MEDIAN_ERROR * np.std(one, ddof=1) / len(one) ** 0.5 for one in pair))
            for pair in tenths
        ]
        count = len(errors)  # of 1 the median is the mean
        error = np.median(errors) * (1.0 if count == 1 else MEDIAN_ERROR / count**0.5)
        first = np.median([cell.curve["train_loss"][0] for cell in cells if cell.curve["step"]])
    scale = _constant_loss(study)
    needed = GAIN * float(first if scale is None else scale)
    return bool(math.isfinite(gain) and math.isfinite(needed) and gain >= max(needed, 2 * error))


def fits_training(study: Study, cells: Sequence[Cell]) -> bool:
    """Whether most runs of an initialization end at half the loss of the best constant answer.

    False where the loss of the best constant answer is not known.
    """
    constant, runs = _constant_loss(study), [c for c in cells if c.outcome != CANCELLED]
    if constant is None:
        return False
    losses = [next((c.metrics[n] for n in TRAINING_LOSSES if n in c.metrics), None) for c in runs]
    fitted = [loss for loss in losses if loss is not None and loss <= FITTED * constant]
    return 2 * len(fitted) > len(runs)


def _constant_loss(study: Study) -> float | None:
    """Return the loss of the best constant answer, on the judged part where no other is known."""
    known = [study.base_rates[name] for name in LOSSES if name in study.base_rates]
    return known[0] if known else chance_loss(study)


def _tenths(cell: Cell) -> tuple[Floats, Floats] | None:
    losses = np.array(cell.curve["train_loss"], dtype=np.float64)
    size = len(losses) // PART
    if size < FEWEST:
        return None
    return losses[-2 * size : -size], losses[-size:]
