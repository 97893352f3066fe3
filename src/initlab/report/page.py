"""Study record and its figures' captions -> index.html, which opens from disk without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from initlab.analysis import INTERVAL_NOTE, Analysis, StartSummary
from initlab.analysis.wording import interval_text, metric_label, seeds_text, value_text
from initlab.records import Study
from initlab.report.pictures import Picture
from initlab.report.style import start_colour

TEMPLATE = "report.html.jinja"
RUN_AGAIN = "initlab compare --from study.json"


def render_page(
    record: Analysis, illustrations: Sequence[Picture] = (), files: Sequence[str] = ()
) -> str:
    """Return the page as HTML; every text of the record is escaped.

    Args:
        record: the study and what it found.
        illustrations: figures that lie beside the page as PNG and SVG.
        files: names of the data files beside the page.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("initlab.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    study = record.study
    count, seeds = len(study.inits), seeds_text(study.seeds)
    shown = [start.metrics.get(study.metric) for start in record.summary]
    return environment.get_template(TEMPLATE).render(
        title=f"{study.problem.recipe}: {count} start{'s' if count != 1 else ''}, {seeds}",
        record=record,
        several=len(study.seeds) > 1,
        seeds=seeds,
        metric=metric_label(study.metric),
        other_metrics=[metric_label(name) for name in _other_metrics(record)],
        rows=[_row(index, start, record) for index, start in enumerate(record.summary)],
        has_intervals=any(getattr(scores, "ci95", None) for scores in shown),
        interval_note=INTERVAL_NOTE,
        illustrations=illustrations,
        settings=settings(study),
        run_again=RUN_AGAIN,
        files=files,
    )


def settings(study: Study) -> list[tuple[str, str]]:
    """Return every setting of a study as the words of a table, data arguments among them."""
    rows: dict[str, Any] = study.settings()
    data = rows.pop("data")
    return [(name, _setting(value)) for name, value in {**rows, **data}.items()]


def _setting(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, list | tuple):
        if len(value) > 12 and all(isinstance(item, int) for item in value):
            return seeds_text(tuple(value))
        return ", ".join(str(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={item}" for key, item in value.items())
    return str(value)


def _row(index: int, start: StartSummary, record: Analysis) -> dict[str, Any]:
    metric = record.study.metric
    scores = start.metrics.get(metric)
    return {
        "init": start.init,
        "colour": start_colour(index),
        "finished": f"{start.finished}/{start.planned}",
        "diverged": f"{start.diverged}/{start.planned}" if start.diverged else "0",
        "interval": interval_text(metric, getattr(scores, "ci95", None)),
        **{
            name: value_text(metric, getattr(scores, name, None))
            for name in ("iqm", "mean", "min", "max")
        },
        "others": [
            value_text(name, getattr(start.metrics.get(name), "mean", None))
            for name in _other_metrics(record)
        ],
        "steps": "–" if start.median_steps is None else f"{start.median_steps:,.0f}",
        "reached": f"{start.reached_threshold}/{start.planned}",
        "why": start.why,
    }


def _other_metrics(record: Analysis) -> list[str]:
    names = dict.fromkeys(name for start in record.summary for name in start.metrics)
    return [name for name in names if name != record.study.metric]
