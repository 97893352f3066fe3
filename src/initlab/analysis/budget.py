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
FEWEST = 2  # recorded steps in a part
FEWEST_RECORDED = 6  # steps: three parts
GAIN = 0.02  # of the loss of the best constant prediction
FITTED = 0.5  # of that loss: so far below it, a network has learned much of its training data
TRAINING_LOSSES = ("train_loss_last_100", "train_loss")  # the less noisy one first
MEDIAN_ERROR = 1.2533  # standard error of a median, times that of a mean: sqrt(pi / 2)


def still_improving(study: Study, cells: Sequence[Cell]) -> bool:
    """Whether longer training would have lowered the training loss of an initialization further.

    In every finished run the median loss of the last tenth of the recorded steps is taken from
    that of the tenth before. The median of these gains over the seeds must be at least 2 % of the
    loss of the best constant prediction (of the first recorded loss, where that is not known),
    and two standard errors: losses of single batches are noisy. Of fewer than 20 recorded steps
    the last two are taken from the two before, and the gain is that of a tenth at their pace;
    below 6 nothing is said.

    Args:
        study: the settings.
        cells: the runs of one initialization.
    """
    finished = [np.array(c.curve["train_loss"]) for c in cells if c.outcome == FINISHED]
    with np.errstate(invalid="ignore"):  # inf - inf
        found = [_gain(losses) for losses in finished if len(losses) >= FEWEST_RECORDED]
        if not found:
            return False
        gain = np.median([one for one, _ in found])
        errors = [error for _, error in found]
        count = len(errors)  # of 1 the median is the mean
        error = np.median(errors) * (1.0 if count == 1 else MEDIAN_ERROR / count**0.5)
        first = np.median([cell.curve["train_loss"][0] for cell in cells if cell.curve["step"]])
    scale = _constant_loss(study)
    needed = GAIN * float(first if scale is None else scale)
    return bool(math.isfinite(gain) and math.isfinite(needed) and gain >= max(needed, 2 * error))


def fits_training(study: Study, cells: Sequence[Cell]) -> bool:
    """Whether most runs of an initialization end at half the loss of the best constant prediction.

    False where the loss of the best constant prediction is not known.
    """
    constant, runs = _constant_loss(study), [c for c in cells if c.outcome != CANCELLED]
    if constant is None:
        return False
    losses = [next((c.metrics[n] for n in TRAINING_LOSSES if n in c.metrics), None) for c in runs]
    fitted = [loss for loss in losses if loss is not None and loss <= FITTED * constant]
    return 2 * len(fitted) > len(runs)


def _constant_loss(study: Study) -> float | None:
    """Return the best constant prediction's loss, on the judged part where no other is known."""
    known = [study.base_rates[name] for name in LOSSES if name in study.base_rates]
    return known[0] if known else chance_loss(study)


def _gain(losses: Floats) -> tuple[float, float]:
    """Return by how much the last tenth lies below the tenth before, and the standard error."""
    count = len(losses)
    size = max(count // PART, FEWEST)
    before, last = losses[-2 * size : -size], losses[-size:]
    gain = float(np.median(before) - np.median(last))
    if count < PART * FEWEST:  # parts longer than a tenth
        gain = min(gain, size * float(losses[-2] - losses[-1]))  # a loss falls ever more slowly
        noise = _noise(losses[-FEWEST_RECORDED:])
        errors = [noise, noise]
    else:
        errors = [float(np.std(part, ddof=1)) for part in (before, last)]
    tenth = count / (PART * size)
    return tenth * gain, tenth * MEDIAN_ERROR * math.hypot(*errors) / size**0.5


def _noise(losses: Floats) -> float:
    """Return the standard deviation of single losses about a line, from second differences."""
    return math.sqrt(float(np.mean(np.diff(losses, 2) ** 2)) / 6)  # 1 + 4 + 1: of x - 2 y + z
