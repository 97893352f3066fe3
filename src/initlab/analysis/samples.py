"""Score and the samples it is a mean over -> how far other samples could move it.

Seeds repeat the training on the same data. A lead of a few samples, repeated at every seed, is sure
on these samples, and may be none on others.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

from initlab.analysis.difference import Difference, size_of
from initlab.analysis.init_summary import InitSummary
from initlab.analysis.wording import counted, gap_text, is_share, metric_label, metric_part
from initlab.networks.metrics import metric_row
from initlab.records.cell import Cell
from initlab.records.study import Study

ADDED = 2  # right and wrong answers, so that 100 % of a few samples is not taken for certain
ERRORS = 2  # standard errors that a lead must exceed, as a run must to have trained


def sample_error(study: Study, cells: Iterable[Cell], score: float) -> float | None:
    """Return the standard error of an initialization's score over the samples; None if unknown.

    Of a share it is that of Agresti and Coull (1998), else the median over the runs of the errors
    of their margins. With classes the constant prediction adds nothing to these. Of a regression it
    adds nearly all: the run's own error is then taken to be as much smaller as its loss is.

    Args:
        study: the settings.
        cells: its finished runs.
        score: its median score.
    """
    count = study.samples.get(study.metric)
    if count and is_share(study.metric) and math.isfinite(score):
        share = (score * count + ADDED) / (count + 2 * ADDED)
        return math.sqrt(share * (1 - share) / (count + 2 * ADDED))
    errors = [cell.margins[study.metric][1] for cell in cells if study.metric in cell.margins]
    return statistics.median(errors) * _part(study, score) if errors else None


def _part(study: Study, score: float) -> float:
    """Return which share of the constant prediction's loss a regression leaves; else 1."""
    base, row = study.base_rates.get(study.metric), metric_row(study.metric)
    if study.problem.classes is not None or row is None or base is None:
        return 1.0
    best = 1.0 if row.higher else 0.0
    return abs(best - score) / abs(best - base) if math.isfinite(score) and base != best else 1.0


def samples_words(study: Study) -> str:
    """Return "40 validation samples", those that the study's metric is over; "" if not known."""
    count = study.samples.get(study.metric)
    if count is None:
        return ""
    return counted(count, f"{metric_part(study.metric)} sample")


def narrow_lead(winner: InitSummary, differences: Sequence[Difference]) -> Difference | None:
    """Return a winner's smallest lead where it is within two standard errors over the samples."""
    own = [d for d in differences if winner.init in (d.first, d.second)]
    known = [d for d in own if d.difference is not None and math.isfinite(d.difference)]
    if not known or winner.sample_error is None:
        return None
    least = min(known, key=lambda d: abs(d.difference or 0.0))
    return least if abs(least.difference or 0.0) <= ERRORS * winner.sample_error else None


def narrow_words(study: Study, winner: InitSummary, name: str, lead: Difference) -> str:
    """Return what :func:`narrow_lead` means for a reader.

    Args:
        study: the settings.
        winner: the initialization that leads.
        name: as it is shown.
        lead: what :func:`narrow_lead` returned.
    """
    size, error = abs(lead.difference or 0.0), gap_text(study.metric, winner.sample_error or 0.0)
    shown, samples = size_of(lead), samples_words(study)
    if samples and is_share(study.metric):
        shown += f" ({round(size * study.samples[study.metric], 1):,g} of {samples})"
    return (
        f"{name} leads by {shown}. The standard error of its {metric_label(study.metric)} "
        f"over the samples is {error}. The lead is at most twice this standard error, "
        "so on other samples another init may win."
    )
