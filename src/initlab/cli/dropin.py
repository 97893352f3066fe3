"""``initlab dropin``: files that an old course notebook looks for, or a repaired copy of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from initlab.cli.options import explained
from initlab.cli.output import print_json
from initlab.errors import invalid_argument
from initlab.validation import left_out

if TYPE_CHECKING:
    from initlab.teaching.repair import Repair


@explained({
    "course": "The course: coursera, udacity, textbook or bamberg.",
    "folder": ("Folder of the notebook; by default the current folder.", "DIR"),
    "fix": ("Write a repaired copy of this notebook or script.", "FILE"),
})  # fmt: skip
def dropin_command(
    course: str | None = None,
    folder: Path | None = None,
    *,
    fix: Path | None = None,
    force: bool = False,
    json_: bool = False,
) -> None:
    """Make an old course notebook run: write its helper files, or a repaired copy of the notebook.

    [bold]Examples[/bold]

      initlab dropin coursera .
      [dim]init_utils.py, public_tests.py and test_utils.py beside the notebook[/dim]

      initlab dropin udacity .
      [dim]helpers.py beside the notebook on Fashion-MNIST; this file needs PyTorch[/dim]

      initlab dropin textbook .
      [dim]common/DataLoader_7.py and H7_5_Train.py: the curve with two hidden units[/dim]

      initlab dropin bamberg .
      [dim]tests/test_initialization.py here, and ../data/initialization.pkl[/dim]

      initlab dropin --fix old.ipynb
      [dim]old_fixed.ipynb, copies of the scripts it imports, and the reason of every change[/dim]
    """
    if course is None and fix is None:
        raise invalid_argument("course", "given, unless --fix NOTEBOOK is given", None,
                               got="nothing",
                               hint="For example: initlab dropin coursera .")  # fmt: skip
    if fix is not None:
        left_out({"course": course, "DIR": folder and str(folder)}, "with --fix")
        _repair(fix, force=force, as_json=json_)
        return
    from initlab.teaching.drop_ins.files import write_drop_ins

    assert course is not None
    written = [str(path) for path in write_drop_ins(course, folder or Path(), force=force)]
    if json_:
        print_json({"ok": True, "course": course, "written": written})
    else:
        print("\n".join(written))


def _repair(notebook: Path, *, force: bool, as_json: bool) -> None:
    from initlab.teaching.repair import repair_notebook

    done = repair_notebook(notebook, force=force)
    if as_json:
        record = {"ok": True, **_record(done)}
        print_json({
            **record,
            "scripts": [_record(one) for one in done.scripts],
            "helpers": [str(path.absolute()) for path in done.helpers],
        })  # fmt: skip
        return
    for script in done.scripts:
        print(f"repaired copy of an imported script: {script.written.absolute()}")
        _say(script)
    _say(done)
    for path in done.helpers:
        print(f"helper file: {path.absolute()}")
    print(done.written.absolute())


def _record(done: Repair) -> dict[str, Any]:
    return {
        "written": str(done.written.absolute()),
        "changes": [asdict(change) for change in done.changes],
        "left": [asdict(left) for left in done.left],
    }


def _say(done: Repair) -> None:
    script = done.written.suffix == ".py"
    for change in done.changes:
        cell = "" if script else f"cell {change.cell}, "
        print(f"{cell}line {change.line}: {change.rule}. {change.why}")
        print(f"  - {change.before}\n  + {change.after}")
    for left in done.left:
        cell = "" if script else f"cell {left.cell}, "
        print(f"{cell}not repaired: {left.name}. {left.why}")
    if not done.changes:
        kind = "script" if script else "notebook"
        print(f"No line of the {kind} was changed, so the copy equals the {kind}.")
