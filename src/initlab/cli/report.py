"""``initlab report``: a stored study -> its report, drawn again without training."""

from __future__ import annotations

from pathlib import Path

from initlab.cli.options import DECLARED, explained
from initlab.cli.output import console, say


@explained({
    "study": ("A study.json, the folder of a report, or STORE#NAME for a study in a store.",
              "STUDY"),
    "out": ("Write the report to this folder.", "FOLDER"),
    "force": "Write the report even if the folder holds other files. These are kept, unless a file "
             "of the report has the same name.",
    "data_dir": (DECLARED["data_dir"], "FOLDER"),
    "json_": "Print the study as JSON.",
})  # fmt: skip
def report_command(
    study: str,
    *,
    out: Path,
    force: bool = False,
    data_dir: Path | None = None,
    json_: bool = False,
) -> int:
    """Draw the report of a stored study again, without training.

    [bold]Examples[/bold]

      initlab report report/ --out again/
      [dim]every figure of a stored study, drawn again[/dim]

      initlab report studies.db#circles-3f2a9c01 --out report/
      [dim]the finished runs of a study in a store; see: initlab study list[/dim]

      initlab report study.json --out figures/
      [dim]from the JSON alone, without the figures that need trained networks or data points[/dim]
    """
    from initlab.cli.delivery import deliver
    from initlab.comparison.stored import read_comparison
    from initlab.report.destination import check_folder

    check_folder(out, force=force)
    result = read_comparison(study, data_dir=data_dir)
    if not result.analysis.done_count and not json_:
        command = result.analysis.next_command(str(out), result.options)
        say(f"no report was written, because no run of {study} is finished. Next: {command}")
        return 1
    if not json_:
        console().print(f"The study was read from {study}; nothing is trained.", markup=False)
    code = deliver(result, out=out, force=force, as_json=json_)
    return code or int(not result.analysis.done_count)
