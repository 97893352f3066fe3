"""``initlab study``: list, look at, export, delete, check and recover the studies of a store."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from initlab.cli.options import explained, group
from initlab.cli.output import (
    FOLDED,
    ONE_LINE,
    error_fields,
    print_facts,
    print_json,
    print_table,
    report_error,
    say,
)
from initlab.errors import ArgumentError, StorageError

if TYPE_CHECKING:
    from initlab.study.store import Store, StoredStudy

EXAMPLES = """
[bold]Examples[/bold]

  initlab compare circles --seeds 200 --store studies.db

  initlab study list --store studies.db

  initlab study show circles-3f2a9c01 --store studies.db
"""
STORE = ("The store, a file that initlab compare --store writes.", "FILE")
NAME = ("Name of the study; not needed if the store holds only one study.", "NAME")
SHOWN = 20  # errors
NO_STUDY = (
    "The store holds no study yet. Start one: initlab compare circles --seeds 50 --store {store}"
)
NUMBER: dict[str, Any] = {"justify": "right", "no_wrap": True}

app = group(
    help=f"List, show, export, delete, check and recover the studies in a store.\n{EXAMPLES}"
)


@app.command("list")
@explained({"store": STORE})
def list_command(*, store: str, json_: bool = False) -> None:
    """List the studies of a store, with the number of finished runs.

    [bold]Example[/bold]

      initlab study list --store studies.db
    """
    with _opened(store) as opened:
        found = opened.studies()
    if json_:
        print_json({"ok": True, "store": store, "studies": [_facts(one) for one in found]})
    elif not found:
        print(NO_STUDY.format(store=shlex.quote(store)))
    else:
        print_table(
            {"name": ONE_LINE, "runs": NUMBER, "of": NUMBER, "errors": NUMBER, "created": ONE_LINE,
             "what": FOLDED},
            [(one.name, f"{one.done:,}", f"{one.study.cell_count:,}", f"{len(one.failures):,}",
              one.created[:10], _what(one)) for one in found],
        )  # fmt: skip


@app.command("show")
@explained({"name": NAME, "store": STORE})
def show_command(name: str | None = None, *, store: str, json_: bool = False) -> None:
    """Show one study: its runs by init, errors with their reasons, and the command to give next.

    [bold]Example[/bold]

      initlab study show circles-3f2a9c01 --store studies.db
    """
    from initlab.analysis.wording import counted, engine_words
    from initlab.comparison.keeping import platform_notes

    with _opened(store) as opened:
        found = opened.study(_named(opened, name))
        opened.verify(found.name)
    if json_:
        document = {**_facts(found), "settings": found.study.to_record()}
        print_json({"ok": True, "store": store, "study": document, "next": _next(found, store)})
        return
    errors = len(found.failures)
    left = found.study.cell_count - found.done - errors
    print_facts({
        "Study": f"{found.name}, created {found.created[:10]}",
        "What": _what(found),
        "Runs": f"{found.done:,} of {found.study.cell_count:,} done"
        + f", {counted(errors, 'error')}" * bool(errors)
        + f", {left:,} left" * bool(left)
        + f"; {counted(found.retried, 'run')} needed more than one attempt" * bool(found.retried),
        "Engine": engine_words("; ".join(found.engines)) or "none yet",
        "Platform": "; ".join(found.platforms) or "none yet",
    })  # fmt: skip
    rows = [(row["init"], *(f"{row[key]:,}" for key in ("finished", "diverged", "failed", "left")))
            for row in _by_init(found)]  # fmt: skip
    names = ("finished", "diverged", "errors", "left")
    print_table({"init": FOLDED} | dict.fromkeys(names, NUMBER), rows)
    for one in found.failures[:SHOWN]:
        print(f"Error after {counted(one.attempts, 'attempt')} with {one.init}, seed {one.seed}, "
              f"learning rate {one.learning_rate:g}: {' '.join(one.reason.split())}")  # fmt: skip
    if len(found.failures) > SHOWN:
        print(f"{counted(len(found.failures) - SHOWN, 'more error')}; --json lists all errors.")
    for note in (*found.notes, *platform_notes(found.platforms)):
        print(f"Note: {note}")
    print(f"Next: {_next(found, store)}")


@app.command("export")
@explained({
    "name": NAME,
    "store": STORE,
    "out": ("Write the tables of runs and of curves to this folder.", "FOLDER"),
})  # fmt: skip
def export_command(name: str | None = None, *, store: str, out: Path, json_: bool = False) -> None:
    """Write a study's runs and curves as CSV files.

    With initlab's extra 'tables' installed, Parquet files are written too.

    Files of the same names in the folder are replaced.

    [bold]Example[/bold]

      initlab study export circles-3f2a9c01 --store studies.db --out tables/
    """
    from initlab.analysis.wording import counted
    from initlab.report.frames import write_frames

    with _opened(store) as opened:
        found = opened.study(_named(opened, name))
        written, left_out = write_frames(out, opened.in_order(found.name))
    if json_:
        files = [str(path) for path in written]
        print_json({"ok": True, "name": found.name, "cells": found.done, "files": files})
    else:
        print(
            f"{found.name}: {counted(found.done, 'run')} written to {', '.join(map(str, written))}"
        )
        if left_out:
            print(left_out)


@app.command("delete")
@explained({"name": ("Name of the study.", "NAME"), "store": STORE})
def delete_command(name: str, *, store: str, json_: bool = False) -> None:
    """Delete a study, and its runs that no other study uses.

    While a study is being trained into the store, the command waits until the training ends.

    [bold]Example[/bold]

      initlab study delete circles-3f2a9c01 --store studies.db
    """
    from initlab.analysis.wording import counted

    with _opened(store, read_only=False) as opened:
        opened.study(name)  # a wrong name is refused at once
        with opened.turn(say):
            deleted = opened.delete(name)
    if json_:
        print_json({"ok": True, "name": name, "deleted_cells": deleted})
    else:
        runs = "but no runs, because no run belongs to this study alone"
        if deleted:
            runs = f"and {counted(deleted, 'run')} that no other study uses"
        print(f"Deleted the study {name}, {runs}.")


@app.command("check")
@explained({"store": STORE})
def check_command(*, store: str, json_: bool = False) -> int:
    """Read everything in a store, and compare every run with its digest.

    The exit code is 5 if something is damaged.

    [bold]Example[/bold]

      initlab study check --store studies.db
    """
    with _opened(store) as opened:
        problems, studies = opened.check(), opened.names()
    if json_:
        wrong = {"error": error_fields(StorageError(" ".join(problems)))} if problems else {}
        facts = {"store": store, "studies": len(studies), "problems": problems}
        print_json({"ok": not problems, **facts, **wrong})
    elif problems:
        for problem in problems:
            report_error(StorageError(problem), as_json=False)
    else:
        print(f"{store}: no damage found in {_studies(len(studies))}.")
    return StorageError.exit_code if problems else 0


@app.command("recover")
@explained({
    "new": ("File to write the new store to; it must not exist yet.", "NEW"),
    "store": STORE,
})  # fmt: skip
def recover_command(new: str, *, store: str, json_: bool = False) -> None:
    """Copy everything readable from a damaged store to a new one.

    [bold]Example[/bold]

      initlab study recover whole.db --store studies.db
    """
    from initlab.analysis.wording import counted
    from initlab.study.store import require

    require()
    from initlab.study.store.recovery import recover

    found = recover(store, new)
    if json_:
        lost = {"lost_studies": found.lost_studies, "lost_cells": found.lost_cells}
        facts = {"store": new, "studies": found.studies, "cells": found.cells}
        alone = {"cells_without_study": found.alone}
        print_json({"ok": True, **facts, **alone, **lost, "lost_counted": found.counted})
        return
    belong = "belongs" if found.alone == 1 else "belong"
    alone_words = f"; {found.alone:,} of these runs {belong} to no study" * bool(found.alone)
    runs = counted(found.cells, "run")
    print(f"{new}: {_studies(found.studies)} and {runs} copied{alone_words}.")
    lost_words = " and ".join(
        [_studies(found.lost_studies)] * bool(found.lost_studies)
        + [counted(found.lost_cells, "run")] * bool(found.lost_cells)
    )
    if not found.counted:
        known = f"at least {lost_words}" if lost_words else "an unknown number of runs"
        print(
            f"Lost: {known}. What is lost cannot be counted in full, because the store's lists of "
            "studies and runs are damaged."
        )
    else:
        print(f"Lost: {lost_words or 'nothing'}.")
    with _opened(new) as opened:
        unfinished = [one for one in opened.studies() if one.reusable and not one.complete]
    if len(unfinished) == 1:  # this trains what is missing
        print(f"Next: {_next(unfinished[0], new)}")
    else:
        print(f"Next: initlab study list --store {shlex.quote(new)}")


def _studies(count: int) -> str:
    return f"{count:,} {'study' if count == 1 else 'studies'}"


def _opened(path: str, *, read_only: bool = True) -> Store:
    from initlab.study.store import open_store

    return open_store(path, create=False, read_only=read_only)


def _named(store: Store, name: str | None) -> str:
    """Return the name, or that of the only study."""
    if name is not None:
        return name
    names = store.names()
    if len(names) != 1:
        known = (
            f"holds several studies; name one of them: {', '.join(names)}"
            if names
            else "holds no study yet"
        )
        raise ArgumentError(f"{store.shown} {known}.", argument="name")
    return names[0]


def _what(found: StoredStudy) -> str:
    from initlab.analysis.wording import counted, seeds_text

    study = found.study
    inits = f"{len(study.inits)} inits" if len(study.inits) > 1 else study.inits[0]
    return (
        f"{study.problem.recipe}, {inits}, {seeds_text(study.seeds)}, {study.training.optimizer}, "
        f"learning rate {study.rates_words}, {counted(study.training.steps, 'step')}"
    )


def _by_init(found: StoredStudy) -> list[dict[str, Any]]:
    rows = []
    for init in found.study.inits:
        counts = {kind: found.counts.get((init, kind), 0) for kind in ("finished", "diverged")}
        failed = sum(one.init == init for one in found.failures)
        planned = len(found.study.seeds) * len(found.study.rates)
        left = planned - sum(counts.values()) - failed
        rows.append({"init": init, **counts, "failed": failed, "left": left})
    return rows


def _facts(found: StoredStudy) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "name": found.name, "created": found.created, "reusable": found.reusable,
        "runs": found.done, "planned": found.study.cell_count, "inits": _by_init(found),
        "platforms": dict(found.platforms), "engines": dict(found.engines),
        "retried": found.retried, "versions": dict(found.versions),
        "failures": [asdict(one) for one in found.failures], "notes": list(found.notes),
    }  # fmt: skip


def _next(found: StoredStudy, store: str) -> str:
    """Return the command that goes on, or the one that shows what was found."""
    from initlab.analysis import command_line

    if found.complete or not found.reusable:
        words = ["initlab", "report", f"{store}#{found.name}", "--out", "report/"]
        return shlex.join(words)
    return command_line(found.study, {"store": store, "study_name": found.chosen_name})
