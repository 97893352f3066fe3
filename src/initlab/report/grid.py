"""Headings and rows of text -> one table, for a terminal, a notebook and the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from initlab.report.style import broken

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType

NAME_FITS = 22  # characters; a longer name is broken at its commas before a column is left out


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
        optional: how many columns at the right are left out where the terminal is too narrow.
    """

    title: str
    headings: Sequence[str]
    rows: Sequence[Row]
    notes: Sequence[str] = ()
    optional: int = 0

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        """Yield title, table and notes, as rich asks for them."""
        from rich import box
        from rich.table import Table
        from rich.text import Text

        columns = [
            [heading.split("\n"), [row.values[k] for row in self.rows]]
            for k, heading in enumerate(self.headings[1:])
        ]
        widths = [max(map(len, [*lines, *values]), default=0) + 3 for lines, values in columns]
        count = len(widths)
        least = min(max((len(row.name) for row in self.rows), default=0), NAME_FITS) + 4
        while (
            count > len(widths) - self.optional and least + sum(widths[:count]) > options.max_width
        ):
            count -= 1
        room = max(options.max_width - sum(widths[:count]) - 4, NAME_FITS)
        table = Table(box=box.SIMPLE_HEAD)
        table.add_column(self.headings[0], overflow="fold")
        for heading in self.headings[1 : count + 1]:
            table.add_column(heading, justify="right", overflow="fold")
        for row in self.rows:
            if row.quiet:
                table.add_section()
            fields = [Text(field) for field in (broken(row.name, room), *row.values[:count])]
            table.add_row(*fields, end_section=row.ends, style="dim" if row.quiet else "")
        yield Text(self.title, style="bold")
        yield table
        yield from map(Text, self.notes)
