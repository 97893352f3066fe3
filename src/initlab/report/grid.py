"""Headings and rows of text -> one table, for a terminal, a notebook and the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        name: its first field.
        values: the others.
        colour: of the initialization it is of; "" for none.
        quiet: whether it is there for comparison only, below a rule.
        ends: whether a rule follows.
    """

    name: str
    values: Sequence[str]
    colour: str = ""
    quiet: bool = False
    ends: bool = False


@dataclass(frozen=True)
class Grid:
    """A table whose first column names the rows.

    Attributes:
        title: what the rows are of.
        headings: one per column; a line feed breaks it in a terminal.
        rows: from top to bottom.
        notes: what a reader must know to read it, one sentence each.
    """

    title: str
    headings: Sequence[str]
    rows: Sequence[Row]
    notes: Sequence[str] = ()

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        """Yield title, table and notes, as rich asks for them."""
        from rich import box
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE_HEAD)
        names, *others = self.headings
        table.add_column(names, overflow="fold")
        for heading in others:
            table.add_column(heading, justify="right", overflow="fold")
        for row in self.rows:
            if row.quiet:
                table.add_section()
            fields = (Text(field) for field in (row.name, *row.values))
            table.add_row(*fields, end_section=row.ends, style="dim" if row.quiet else "")
        yield Text(self.title, style="bold")
        yield table
        yield from map(Text, self.notes)
