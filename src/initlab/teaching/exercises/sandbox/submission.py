"""A learner's .py or .ipynb file -> the pieces of source to run, and the modules beside it.

A file is a module, and all of its statements run. In a notebook, or a script that was made of one,
only what the answer needs runs: running it whole would train networks. In both, a statement that
fails is reported only if the function needs what it should have made.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from initlab.errors import DataError
from initlab.files import shown_path
from initlab.teaching.exercises.sandbox.companions import Companion, find_companions
from initlab.teaching.exercises.sandbox.statements import Statement, needed, statement
from initlab.teaching.exercises.sandbox.text import source_text
from initlab.teaching.exercises.wording import printable
from initlab.teaching.notebook import CodeCell, code_cells, read_notebook
from initlab.validation import listed

MOST_SOURCE = 300_000  # bytes of source; three times that must fit into the header of a job
EXPORTED = re.compile(r"^# (In\[[ \d]*\]:|%%)", re.MULTILINE)  # a notebook's cell in a script
UNUSUAL = {ast.Expr: "call", ast.For: "loop", ast.While: "loop"}  # what a cell does, more than says


@dataclass(frozen=True)
class Chunk:
    """A piece of source, whose statements run one by one.

    Attributes:
        name: what messages call it: ``solution.py`` or ``cell 5``.
        source: its text, at its own line numbers.
    """

    name: str
    source: str


@dataclass(frozen=True)
class Submission:
    """What a check runs of a learner's file.

    Attributes:
        chunks: pieces of source to run, in order.
        companions: modules beside the file that they import.
        notebook: whether the file is one, or was made of one.
        remarks: which loops and calls of a notebook run, and why.
        magic: name -> the cell in which one of IPython's magics makes it, which never runs.
    """

    chunks: Sequence[Chunk]
    companions: Sequence[Companion] = ()
    notebook: bool = False
    remarks: Sequence[str] = ()
    magic: Mapping[str, str] = field(default_factory=dict)

    @property
    def sources(self) -> list[str]:
        """Every piece of source, the modules beside the file included."""
        return [*(one.source for one in self.chunks), *(one.source for one in self.companions)]


def read_submission(path: Path, names: Collection[str]) -> Submission:
    """Read a learner's file without running anything of it.

    Args:
        path: the file.
        names: what the function asked for may be called.

    Raises:
        StorageError: it, or a module beside it, cannot be read.
        DataError: one of them is too long, no text, or no notebook.
    """
    name = printable(shown_path(path.name))
    if path.suffix == ".ipynb":
        read = _notebook(code_cells(read_notebook(path)), names, "cell {}")
    elif EXPORTED.search(text := source_text(path)):
        read = _notebook([CodeCell(1, text)], names, name.replace("{", "{{").replace("}", "}}"))
    else:
        read = Submission([Chunk(name, text)])
    companions = find_companions((chunk.source for chunk in read.chunks), path.parent)
    read = replace(read, companions=companions)
    if sum(len(source.encode("utf-8", "replace")) for source in read.sources) > MOST_SOURCE:
        raise DataError(
            f"the source code of {shown_path(path)} and of the modules that it imports from its "
            f"own folder takes more than {MOST_SOURCE // 1000} kB in all."
        )
    return read


def _notebook(cells: Sequence[CodeCell], names: Collection[str], called: str) -> Submission:
    statements: list[Statement] = []
    broken, magic = [], {}
    for cell in cells:
        try:
            parts = [statement(cell.number, node) for node in cell.parsed().body]
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
            if "def " in cell.python:  # named if the function is missing
                broken.append(cell.number)
            continue
        unrun = [one for one in parts if _is_magic(one, cell)]
        magic.update({name: called.format(cell.number) for one in unrun for name in one.bound})
        statements += [one for one in parts if one not in unrun]
    kept = needed(statements, names)
    chunks = []
    for cell in cells:
        nodes = [one.node for one, _ in kept if one.cell == cell.number]
        text = cell.python if cell.number in broken else _lines_of(nodes, cell.python)
        if text.strip():
            chunks.append(Chunk(called.format(cell.number), text))
    return Submission(chunks, (), True, list(_remarks(kept, called)), magic)


def _is_magic(one: Statement, cell: CodeCell) -> bool:
    """Whether a statement stands where IPython assigns: ``files = !ls``."""
    line = one.node.lineno - 1
    return (isinstance(one.node, ast.Assign)
            and cell.source.split("\n")[line] != cell.python.split("\n")[line])  # fmt: skip


def _remarks(kept: Sequence[tuple[Statement, frozenset[str]]], called: str) -> Iterator[str]:
    for one, names in kept:
        kind = UNUSUAL.get(type(one.node))
        if kind:
            place = f"{called.format(one.cell)}, line {one.node.lineno}"
            made = listed([f"'{name}'" for name in sorted(names)])
            why = f"your function needs {made}, which this {kind} sets or changes"
            yield f"the {kind} in {place}, was run because {why}"


def _lines_of(nodes: Sequence[ast.stmt], text: str) -> str:
    """Blank all lines but those of the nodes, so that line numbers stay."""
    kept: set[int] = set()
    for node in nodes:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        kept.update(range(first, (node.end_lineno or node.lineno) + 1))
    return "\n".join(
        line if number in kept else "" for number, line in enumerate(text.split("\n"), start=1)
    )
