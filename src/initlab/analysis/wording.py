"""Metric name and value -> the words that sentences, tables, figures and the page show."""

from __future__ import annotations

import math
from collections.abc import Iterable

from initlab.networks.metrics import METRICS, PARTS, metric_kind, metric_row
from initlab.networks.metrics import metric_label as metric_label
from initlab.numbers import shown

LEAST_SHOWN = 0.0005  # of a share: 0.05 points, which one digit rounds to 0.1


def metric_part(metric: str) -> str:
    """Return the part of the data a metric is of: "training", "validation" or "test"."""
    part = metric.partition("_")[0]
    return PARTS.get(part, part)


def is_share(metric: str) -> bool:
    """Whether the metric is a fraction that is shown in percent."""
    row = metric_row(metric)
    return row is not None and row.share


def metric_notes(metrics: Iterable[str]) -> list[str]:
    """Return what a reader must know to read these metrics."""
    kinds = {metric_kind(metric) for metric in metrics}
    return [row.note for kind, row in METRICS.items() if kind in kinds and row.note]


def value_text(metric: str, value: float | None) -> str:
    """Return a value as it is shown: accuracies in percent, losses with three digits, or a dash."""
    if value is None or math.isnan(value):
        return "–"
    if is_share(metric) and not math.isinf(value):
        return f"{shown(100 * value, '.1f')} %"
    row = metric_row(metric)
    return shown(value, ".3g" if row is None else row.digits)


def gap_text(metric: str, gap: float) -> str:
    """Return how far apart two values are: shares in percentage points, others in their unit."""
    if is_share(metric):
        return f"{_points(abs(gap))} points"
    return shown(abs(gap))


def gap_interval_text(metric: str, interval: tuple[float, float]) -> str:
    """Return "3.1 to 6.4", the bounds of a difference in the unit of :func:`gap_text`."""
    text = _points if is_share(metric) else shown
    return " to ".join("unbounded" if math.isinf(bound) else text(bound) for bound in interval)


def _points(share: float) -> str:
    """Return percentage points; a difference that is not 0 is not shown as 0."""
    return shown(100 * share, ".1f" if abs(share) >= LEAST_SHOWN or not share else ".1g")


def p_text(p: float) -> str:
    """Return "p = 0.031", or "p < 0.001"."""
    return "p < 0.001" if p < 0.001 else f"p = {shown(p, '.2g')}"


def interval_text(metric: str, interval: tuple[float, float] | None) -> str:
    """Return "94.1 to 97.3 %", "up to 97.3 %" below which runs have no score, or a dash."""
    if interval is None:
        return "–"
    low, high = (value_text(metric, bound) for bound in interval)
    return f"up to {high}" if interval[0] == -math.inf else f"{low.removesuffix(' %')} to {high}"


def counted(count: int, noun: str) -> str:
    """Return "1 seed" or "6 seeds"."""
    return f"{count:,} {noun}{'s' * (count != 1)}"
