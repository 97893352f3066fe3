"""A diagnosis -> a folder with a page that opens offline, its figures, and the numbers."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from initlab.diagnosis.diagnosis import Diagnosis
from initlab.report.depth import depth_figure, outputs_figure, spectrum_figure
from initlab.report.destination import Report, check_folder, unwritable
from initlab.report.html import render
from initlab.report.image import draw_file
from initlab.report.layers import COLOURS
from initlab.report.pictures import Picture
from initlab.report.replacement import replace_folder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGE, RECORD = "index.html", "diagnosis.json"
FIGURES = {
    "depth": (
        "Through the layers",
        "Each panel shows one measured quantity on a log scale. Each dot is a layer, in order of "
        "computation. The band reaches two standard errors above and below the dots. A flat line "
        "is good. A dashed line, if there is one, is what mean-field theory predicts for wide "
        "layers whose random weights and biases have the same variances as those of this network. "
        "Orange dots are layers that a finding names.",
    ),
    "outputs": (
        "Outputs per layer",
        "Each column is the histogram of one layer's outputs before the nonlinearity. The outputs "
        "are divided by their root mean square. The darker a place is, the more outputs lie there. "
        "Normally distributed outputs are pale beyond ±2. Two dark bands mean that the outputs "
        "take two values. One thin line means that all outputs are equal.",
    ),
    "spectrum": (
        "How outputs respond to inputs",
        "The dots are the singular values of the derivative of the outputs with respect to the "
        "inputs. Each singular value is the factor by which a small change of the inputs in one "
        "direction grows or shrinks on its way to the outputs. At a singular value of 1, the "
        "change keeps its size.",
    ),
}  # fmt: skip
FILES = (PAGE, RECORD, *(f"{name}.{ending}" for name in FIGURES for ending in ("png", "svg")))


DIAGNOSIS = Report(
    "diagnosis", RECORD, frozenset({"healthy", "verdict", "findings", "layers"}), FILES
)


def write_diagnosis(
    found: Diagnosis, folder: str | os.PathLike[str], *, force: bool = False
) -> list[Path]:
    """Write the report of a diagnosis into a folder: a page, figures, JSON.

    A missing folder is made, an empty one filled, one with a diagnosis of ours replaced; any other
    is refused without ``force``.

    Raises:
        StorageError: the folder is refused or cannot be written.
    """
    target = check_folder(folder, force=force, report=DIAGNOSIS)
    try:
        replace_folder(target, lambda new: _fill(new, found), FILES)
    except OSError as error:
        raise unwritable(folder, error) from error
    return [Path(folder) / name for name in FILES if (target / name).exists()]


def _fill(new: Path, found: Diagnosis) -> None:
    record = json.dumps(found.to_record(), indent=2, allow_nan=False)
    (new / RECORD).write_text(record, encoding="utf-8")
    shown = list(_pictures(found))
    for one in shown:
        for ending in (".png", ".svg"):
            (new / f"{one.name}{ending}").write_bytes(draw_file(one.figure, ending))
    headings, rows = found.table()
    page = render(
        "diagnosis.html.jinja", title=f"{found.name}: does it start right?", found=found,
        sentences=found.sentences, colours=COLOURS, illustrations=shown, headings=headings,
        rows=[(one.name in found.flagged, row)
              for one, row in zip(found.layers, rows, strict=True)],
        file=RECORD,
    )  # fmt: skip
    (new / PAGE).write_text(page, encoding="utf-8")


def _pictures(found: Diagnosis) -> Iterator[Picture]:
    drawn: dict[str, Callable[[Diagnosis], Figure]] = {}
    if found.layers:
        drawn["depth"] = depth_figure
    if any(one.histogram for one in found.layers):
        drawn["outputs"] = outputs_figure
    if sum(one > 0 for one in found.measured.singular_values) > 1:
        drawn["spectrum"] = spectrum_figure
    for name, draw in drawn.items():
        yield Picture(name, *FIGURES[name], partial(draw, found))
