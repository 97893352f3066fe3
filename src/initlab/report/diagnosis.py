"""A diagnosis -> a folder with a page that opens offline, its figures, and the numbers."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from initlab.diagnosis.diagnosis import Diagnosis
from initlab.errors import StorageError
from initlab.files import shown_path
from initlab.report.depth import depth_figure, outputs_figure, spectrum_figure
from initlab.report.destination import unwritable
from initlab.report.html import render
from initlab.report.image import draw_file
from initlab.report.layers import COLOURS
from initlab.report.replacement import recover_folder, replace_folder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGE, RECORD = "index.html", "diagnosis.json"
KEYS = frozenset({"healthy", "verdict", "findings", "layers"})
FIGURES = {
    "depth": (
        "Through the layers",
        "One dot per layer, in order of computation, on a log scale; the band is two standard "
        "errors. Flat is good. Dashed: mean-field theory of a plain network with these variances. "
        "Orange: layers that a finding names.",
    ),
    "outputs": (
        "Outputs per layer",
        "A column per layer: the histogram of its outputs before the nonlinearity, over their root "
        "mean square, darkest where most lie. A normal bell is pale beyond ±2; two dark ends are "
        "saturated, one thin line is a constant.",
    ),
    "spectrum": (
        "How outputs answer to inputs",
        "Singular values of the derivative of outputs with respect to inputs. All near 1: small "
        "changes of inputs are seen in the outputs, all alike.",
    ),
}  # fmt: skip
FILES = (PAGE, RECORD, *(f"{name}.{ending}" for name in FIGURES for ending in ("png", "svg")))


@dataclass(frozen=True)
class Illustration:
    """One figure of the page."""

    name: str
    title: str
    caption: str
    figure: Figure

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of the PNG, so that the page keeps the room."""
        width, height = self.figure.get_size_inches() * self.figure.dpi
        return round(width), round(height)


def write_diagnosis(
    found: Diagnosis, folder: str | os.PathLike[str], *, force: bool = False
) -> list[Path]:
    """Write the report of a diagnosis into a folder: a page, figures, JSON.

    A missing folder is made, an empty one filled, one with a diagnosis of ours replaced; any other
    is refused without ``force``.

    Raises:
        StorageError: the folder is refused or cannot be written.
    """
    target = Path(folder).expanduser().resolve()
    try:
        recover_folder(folder)
        others = {one.name for one in target.iterdir()} if target.is_dir() else set()
        if target.exists() and not target.is_dir():
            raise StorageError(f"{shown_path(folder)} is a file; name a folder for the report.")
        if others and not _is_ours(target / RECORD) and not force:
            raise StorageError(
                f"{shown_path(folder)} is not empty and holds no diagnosis of initlab's; name "
                "another folder, or force it: the report's files are then put among the others."
            )
        replace_folder(target, lambda new: _fill(new, found), FILES)
    except OSError as error:
        raise unwritable(folder, error) from error
    return [Path(folder) / name for name in FILES if (target / name).exists()]


def _is_ours(record: Path) -> bool:
    """Whether a file is the record of a diagnosis."""
    try:
        content = json.loads(record.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.keys() >= KEYS


def _fill(new: Path, found: Diagnosis) -> None:
    record = json.dumps(found.to_record(), indent=2, allow_nan=False)
    (new / RECORD).write_text(record, encoding="utf-8")
    shown = list(_illustrations(found))
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


def _illustrations(found: Diagnosis) -> Iterator[Illustration]:
    drawn: dict[str, Callable[[Diagnosis], Figure]] = {}
    if found.layers:
        drawn["depth"] = depth_figure
    if any(one.histogram for one in found.layers):
        drawn["outputs"] = outputs_figure
    if sum(one > 0 for one in found.measured.singular_values) > 1:
        drawn["spectrum"] = spectrum_figure
    for name, draw in drawn.items():
        yield Illustration(name, *FIGURES[name], draw(found))
