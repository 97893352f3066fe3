"""Study record and its figures' captions -> index.html, which opens from disk without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from initlab.analysis import Analysis
from initlab.analysis.wording import engine_words, seeds_text
from initlab.records import Study
from initlab.report.html import render
from initlab.report.layers import COLOURS, layer_sections
from initlab.report.pictures import Picture
from initlab.report.results import rate_grid, result_grid
from initlab.report.summary import headline, reasons, seeds_done, subject

LONG_LIST = 12  # seeds that are named one by one
RUN_AGAIN = "initlab compare --from study.json"


def render_page(
    record: Analysis,
    illustrations: Sequence[Picture] = (),
    files: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
) -> str:
    """Return the page as HTML; every text of the record is escaped.

    Args:
        record: the study and what it found.
        illustrations: figures that lie beside the page as PNG and SVG.
        files: names of the data files beside the page.
        options: of the command that ran the study, for the next one of an unfinished study.
    """
    study = record.study
    count, seeds = len(study.inits), seeds_done(record)
    return render(
        "report.html.jinja",
        title=f"{subject(study)}: {count} init{'s' if count != 1 else ''}, {seeds}",
        record=record,
        next=record.document_next(options),
        headline=headline(record),
        engine=engine_words(record.engine),
        results=result_grid(record, record.notes, every_metric=True),
        reasons=reasons(record),
        layers=list(layer_sections(record)),
        batch=next((one.diagnosed.batch for one in record.summary if one.diagnosed.batch), ""),
        severity_colours=COLOURS,
        details=[rate_grid(record)] if record.rates else [],
        illustrations=illustrations,
        settings=settings(study),
        run_again=RUN_AGAIN,
        files=files,
    )


def settings(study: Study) -> list[tuple[str, str]]:
    """Return every setting of a study as the words of a table, data arguments among them."""
    rows: dict[str, Any] = study.settings()
    data = rows.pop("data")
    return [(name, _setting(name, value)) for name, value in {**rows, **data}.items()]


def _setting(name: str, value: Any) -> str:
    if value is None:
        return "–"
    if name == "seeds" and len(value) > LONG_LIST:
        return seeds_text(value)
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={item}" for key, item in value.items())
    return str(value)
