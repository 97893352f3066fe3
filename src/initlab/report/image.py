"""Figure -> an image file, the same bytes for the same figure."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from initlab.files import write_atomically
from initlab.report.backend import load_matplotlib
from initlab.report.style import DPI
from initlab.validation import local_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SVG_SALT = "initlab"  # names inside an SVG come from this, not from chance
# no date and no program name: they would differ between equal figures
METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure as PNG, SVG or PDF, by the ending of its name; whole or not at all.

    The figure's layout is fixed by this: what is added to it later finds no new room.

    Raises:
        ArgumentError: the name has another ending.
        StorageError: it cannot be written there.
    """
    target = local_file("path", path, endings=METADATA)
    write_atomically(target, draw_file(figure, target.suffix.lower()), durable=False)
    return target


def draw_file(figure: Figure, ending: str) -> bytes:
    """Return the content of an image file with this ending, one of ``METADATA``."""
    load_matplotlib()
    import matplotlib

    _settle(figure)
    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": SVG_SALT, "savefig.bbox": None}):
        figure.savefig(buffer, format=ending[1:], dpi=DPI, metadata=METADATA[ending])
    return buffer.getvalue()


def _settle(figure: Figure) -> None:
    """Solve the layout, once for all files, and round it.

    The solver's last bits differ from run to run, and an SVG's names are made from all of them.
    """
    load_matplotlib()
    from matplotlib.layout_engine import PlaceHolderLayoutEngine

    engine = figure.get_layout_engine()
    if engine is None or isinstance(engine, PlaceHolderLayoutEngine):
        return
    engine.execute(figure)
    figure.set_layout_engine("none")
    figure._layout_engine = None  # type: ignore[attr-defined]  # or savefig would draw it twice
    for ax in figure.axes:
        left, bottom, width, height = (round(x, 5) for x in ax.get_position(original=True).bounds)
        ax.set_position((left, bottom, width, height))
