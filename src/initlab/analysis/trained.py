"""A run's score less the best constant prediction's, on some samples -> is it shown to be better?

A constant prediction is no mean of noise: it is right for all samples of one class. What varies is
the run's own predictions, for samples of these classes. Two standard errors are the rule; where
few samples decide, a standard error says too little (a single right one that the constant did not
give has none at all), and an exact test must agree.
"""

from __future__ import annotations

import math

ERRORS = 2  # standard errors over the samples that a score must lie above the constant prediction's
LEVEL = 0.02275  # how often noise exceeds two standard errors
ROUNDING = 1e-9  # an output that learned the constant differs from it by rounding errors


def beats(
    margin: float, error: float, *, samples: int | None, rate: float | None, classes: int | None
) -> bool:
    """Whether a run's score is shown to be better than that of the best constant prediction.

    It must lie more than two standard errors above. A share of right answers must pass one of two
    exact tests too. The binomial test holds for any classes (Hoeffding 1956: right answers to
    unequal samples vary less). The sign test, of two classes, compares the right answers that the
    constant does not give with the wrong ones that it does not give; of a rare class it shows more.
    Both together err in at most 2.3 % of runs. Other scores must lie as many standard errors above
    as the t distribution asks for.

    Args:
        margin: the run's score less the constant's, better is larger.
        error: its standard error over the samples.
        samples: how many; None where that is not known, and two standard errors are enough.
        rate: the constant's score where it is a share of right answers, else None.
        classes: number of classes; None where targets are no classes.
    """
    if not margin > ERRORS * error + ROUNDING:
        return False
    if samples is None:
        return True
    if rate is None:
        from scipy.special import stdtrit

        freedom = max(1, samples - (classes or 1))
        return bool(margin > float(stdtrit(freedom, 1 - LEVEL)) * error)
    if _tail(math.floor(samples * (rate + margin) + ROUNDING), samples, rate) <= LEVEL:
        return True
    return classes == 2 and _sign_test(margin, error, samples, rate) <= LEVEL


def could_beat(*, samples: int | None, rate: float | None, classes: int | None) -> bool:
    """Whether a run that answers every sample right would be shown to beat the constant prediction.

    See :func:`beats` for the arguments. True of scores that are no share of right answers.
    """
    margin = math.inf if rate is None else 1.0 - rate
    return beats(margin, 0.0, samples=samples, rate=rate, classes=classes)


def _sign_test(margin: float, error: float, samples: int, rate: float) -> float:
    """Return the p-value of the answers that differ from the constant's, of two classes.

    How many differ follows from margin and error: of ``others`` samples of the rare class ``hits``
    are right, and of the ``most`` of the large one ``hits - lead`` are wrong, whose spread is
    hits (1 - hits / others) + (hits - lead) (1 - (hits - lead) / most). It has two solutions; where
    both are possible, the one with more differing answers is taken, which shows less.
    """
    lead, most = round(samples * margin), round(samples * rate)
    others = samples - most
    if abs(samples * margin - lead) > ROUNDING * samples or not 0 < others < samples:
        return 1.0  # not one answer per sample
    spread = error**2 * samples * (samples - 2)
    a, b = 1 / others + 1 / most, 1 + lead / most
    root = math.sqrt(max(0.0, b * b - a * (lead + lead**2 / most + spread)))
    possible = [round(hits) for hits in ((b + root) / a, (b - root) / a)]
    hits = next((k for k in possible if k <= min(others, most + lead)), others)
    return _tail(hits, 2 * hits - lead, 0.5)


def _tail(count: int, of: int, share: float) -> float:
    """Return the probability of at least so many successes."""
    from scipy.special import bdtrc

    return 1.0 if count < 1 else float(bdtrc(count - 1, of, share))
