"""``initlab report``: a stored study -> its report, drawn again without training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from initlab.cli.output import console


def report_command(
    study: Annotated[
        Path, typer.Argument(help="A study.json, or the folder of a report.", metavar="STUDY")
    ],
    out: Annotated[
        Path, typer.Option(help="Write the report here.", metavar="FOLDER", show_default=False)
    ],
    force: Annotated[
        bool,
        typer.Option("--force", help="Write into a folder that holds other things; they stay."),
    ] = False,
    data_dir: Annotated[
        Path | None,
        typer.Option(help="Folder of the image files; else $INITLAB_DATA, then the cache."),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print the study as JSON.")] = False,
) -> int:
    """Draw the report of a stored study again, without training.

    [bold]Examples[/bold]

      initlab report report/ --out again/
      [dim]every figure of a stored study, drawn again[/dim]

      initlab report study.json --out figures/
      [dim]from the JSON alone: figures that need trained networks or points are left out[/dim]
    """
    from initlab.cli.delivery import deliver
    from initlab.comparison.stored import read_comparison
    from initlab.report.destination import check_folder

    check_folder(out, force=force)
    result = read_comparison(study, data_dir=data_dir)
    if not json_:
        console().print(f"Read {study}: not trained again.", markup=False)
    return deliver(result, out=out, force=force, as_json=json_)
