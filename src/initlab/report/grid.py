"""Headings and rows of text -> one table, for a terminal, a notebook and the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from initlab.report.style import broken

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType

NAME_FITS = 22  # characters; a longer name is broken before a column is left out
WIDE, TIGHT = 3, 2  # characters between two columns: where there is room, and where there is not


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
        widths = [max(map(len, [*lines, *values]), default=0) for lines, values in columns]
        names = [row.name for row in self.rows]

        def room(count: int, gap: int) -> int:
            """Return the width that is left for names beside so many columns."""
            return options.max_width - sum(widths[:count]) - gap * count - 4

        count, fits = len(widths), min(max(map(len, names), default=0), NAME_FITS)
        while count > len(widths) - self.optional and room(count, WIDE) < fits:
            count -= 1
        tight = room(count, WIDE) < fits
        gap = TIGHT if tight else WIDE
        word = max((len(line) for name in names for line in broken(name, 1).split("\n")), default=0)
        while count > 1 and room(count, gap) < min(word, fits):
            count -= 1
        table = Table(box=box.SIMPLE_HEAD, collapse_padding=tight)
        table.add_column(self.headings[0], overflow="fold")
        for heading in self.headings[1 : count + 1]:
            table.add_column(heading, justify="right", overflow="fold")
        for row in self.rows:
            if row.quiet:
                table.add_section()
            name = broken(row.name, max(room(count, gap), word))
            fields = [Text(field) for field in (name, *row.values[:count])]
            table.add_row(*fields, end_section=row.ends, style="dim" if row.quiet else "")
        yield Text(self.title, style="bold")
        yield table
        if count < len(widths) - self.optional:
            left = [heading.replace("\n", " ") for heading in self.headings[count + 1 :]]
            yield Text(f"Columns left out, because the terminal is narrow: {', '.join(left)}.")
        yield from map(Text, self.notes)
