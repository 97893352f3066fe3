"""A notebook file and its folder -> what a kernel prints and draws, cell by cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat

from ..kernels import execute

STAND_INS = Path(__file__).parent
COLOURS = re.compile(r"\x1b\[[\d;]*m")


@dataclass(frozen=True)
class RunCell:
    """A code cell, what it printed and how many figures it showed."""

    source: str
    text: str
    figures: int


@dataclass(frozen=True)
class Run:
    """The code cells in order, and the errors they ended with."""

    cells: list[RunCell]
    error: str

    @property
    def text(self) -> str:
        return "".join(one.text for one in self.cells)

    def cell(self, pattern: str) -> RunCell:
        """The one cell whose source has the pattern."""
        (found,) = (one for one in self.cells if re.search(pattern, one.source))
        return found


def as_notebook(name: str, folder: Path) -> Path:
    """Write a stand-in as the notebook it stands for."""
    text = (STAND_INS / f"{name}.txt").read_text(encoding="utf-8")
    content = jupytext.reads(text, fmt="md")  # .txt: formatters leave old habits alone
    path = folder / f"{name}.ipynb"
    nbformat.write(content, path)
    return path


def run(path: Path, *, fresh: bool = False) -> Run:
    """Execute every cell in order, in the notebook's folder; ``fresh``: in a new interpreter."""
    content = nbformat.read(path, as_version=4)
    execute(content, path.parent, fresh=fresh)
    cells = [cell for cell in content.cells if cell.cell_type == "code"]
    errors = [out for cell in cells for out in cell.outputs if out.output_type == "error"]
    return Run(
        cells=[RunCell(cell.source, _printed(cell), _figures(cell)) for cell in cells],
        error="; ".join(f"{out.ename}: {out.evalue}" for out in errors),
    )


def _figures(cell) -> int:
    return sum("image/png" in out.get("data", {}) for out in cell.outputs)


def _printed(cell) -> str:
    streams = (
        out.text
        for out in cell.outputs
        if out.output_type == "stream"  # warnings go to stderr and are printed as well
    )
    return COLOURS.sub("", "".join(streams)).replace("\r\n", "\n")
