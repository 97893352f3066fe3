"""``initlab inits``: the catalogue of initializations."""

from __future__ import annotations

from typing import Any

from initlab.cli.options import explained
from initlab.cli.output import console, print_facts, print_json


@explained({"name": "An initialization or an alias; all if left out."})
def inits_command(name: str | None = None, *, json_: bool = False) -> None:
    """List the initializations: name, aliases, family, formula and paper.

    [bold]Examples[/bold]

      initlab inits
      [dim]every initialization: name, aliases, family, formula, paper[/dim]

      initlab inits he_normal
      [dim]one initialization, with its arguments and what else carries its name[/dim]
    """
    from initlab.initializers import catalogue
    from initlab.initializers.registry import find

    rows = catalogue()
    if name is not None:
        canonical = find(name).name
        rows = [row for row in rows if row["name"] == canonical]
    if json_:
        print_json({"ok": True, "inits": rows})
    elif name is None:
        _print_all(rows)
    else:
        row = rows[0]
        row["aliases"], row["arguments"] = map(", ".join, (row["aliases"], row["arguments"]))
        shown = ("name", "aliases", "family", "formula", "arguments", "source", "note")
        print_facts({key: row[key] for key in shown if row[key]})


def _print_all(rows: list[dict[str, Any]]) -> None:
    from itertools import groupby

    from rich.table import Table
    from rich.text import Text

    screen = console()
    by_family = sorted(rows, key=lambda row: row["family"])
    for family, members in groupby(by_family, key=lambda row: row["family"]):
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        table.add_column("name and aliases", width=34)
        table.add_column("formula and source")
        for row in members:
            aliases = "".join(f"\n  {alias}" for alias in row["aliases"])
            table.add_row(
                Text.assemble((row["name"], "bold"), (aliases, "dim")),
                Text.assemble(row["formula"], (f"\n{row['source']}", "dim")),
            )
        screen.print(Text(family, style="bold underline"), table, "", sep="\n")
    screen.print("Below a name: its aliases. One initialization in full: initlab inits NAME")
