"""``initlab data``: image sets -> what is known, where it lies, whether it is the published one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from initlab.cli.options import explained, group
from initlab.cli.output import (
    FOLDED,
    ONE_LINE,
    error_fields,
    print_json,
    print_table,
    report_error,
)
from initlab.errors import DataError

if TYPE_CHECKING:
    from initlab.datasets.fetch import Progress
    from initlab.datasets.image_sets import ImageSet

EXAMPLES = """
[bold]Examples[/bold]

  initlab data list
  [dim]every image set, its folder, and whether its files have the published checksums[/dim]

  initlab data fetch fashion-mnist
  [dim]download the files of fashion-mnist, 31 MB, into the cache[/dim]

  initlab data check fashion-mnist --data-dir ~/FashionMNIST/raw
  [dim]compare the files in a folder of your own with the published checksums[/dim]
"""
NOT_HERE = "not here"
VERIFIED = "verified"  # as in initlab.datasets.image_files, which is imported late
FAULTY = "faulty"  # no file to compare: damaged, cut short, another kind
BUILT_IN = (  # name, what it is, where it comes from
    ("fashion-sample", "2,500 images of Fashion-MNIST, no download", "comes with initlab"),
    ("digits", "scikit-learn's handwritten digits, 8×8, no download", "comes with scikit-learn"),
)

FILES = (
    "Folder with the four IDX files of an image set, plain or compressed with gzip. By default "
    "the folder in the environment variable INITLAB_DATA is searched, then the cache of initlab."
)

app = group(help=f"List, download and check image sets.\n{EXAMPLES}")


@app.command("list")
@explained({"data_dir": (FILES, "FOLDER")})
def list_command(*, data_dir: str | None = None, json_: bool = False) -> None:
    """List the image sets, the folder of each, and whether its files have the published checksums.

    [bold]Example[/bold]

      initlab data list --json
    """
    from initlab.datasets.image_sets import IMAGE_SETS

    rows = _all_examined(list(IMAGE_SETS.values()), data_dir)
    rows += [_row(*one) for one in BUILT_IN]
    if json_:
        print_json({"ok": True, "image_sets": rows})
        return
    from rich.text import Text

    def where(row: dict[str, Any]) -> Text:
        folder = f"{row['folder']} ({row['origin']})\n" if row["folder"] else ""
        return Text.assemble(folder, (row["title"], "dim"))

    print_table(
        {"name": ONE_LINE, "state": ONE_LINE, "folder and contents": FOLDED},
        [(row["name"], row["state"], where(row)) for row in rows],
    )
    if any(row["state"] == NOT_HERE for row in rows):
        print("\nDownload an image set: initlab data fetch NAME")


@app.command("fetch")
@explained({
    "name": "The image set: fashion-mnist, mnist or kmnist.",
    "data_dir": ("Folder to download to; by default the cache of initlab. The files go into a "
                 "subfolder that has the name of the image set.", "FOLDER"),
})  # fmt: skip
def fetch_command(name: str, *, data_dir: str | None = None, json_: bool = False) -> None:
    """Download an image set and verify its files; verified files are not downloaded again.

    [bold]Examples[/bold]

      initlab data fetch fashion-mnist

      initlab data fetch kmnist --data-dir ~/data
    """
    from initlab.datasets.fetch import fetch_images
    from initlab.datasets.image_sets import image_set

    wanted = image_set(name)
    with _bar() as progress:
        folder, fetched = fetch_images(wanted, data_dir=data_dir, progress=progress)
    if json_:
        print_json({"ok": True, "name": name, "folder": str(folder), "fetched": fetched})
    elif fetched:
        files = "file" if len(fetched) == 1 else "files"
        print(f"{name}: {len(fetched)} {files} downloaded to {folder} and verified")
    else:
        print(f"{name}: all files are already in {folder}")


@app.command("check")
@explained({
    "name": "The image set: fashion-mnist, mnist or kmnist. By default, every image set that is "
            "found on this machine is checked.",
    "data_dir": (FILES, "FOLDER"),
})  # fmt: skip
def check_command(
    name: str | None = None, *, data_dir: str | None = None, json_: bool = False
) -> int:
    """Read every file of an image set to its end, and compare it with the published checksum.

    The exit code is 3 if a file differs or is damaged, 5 if there is nothing to check.

    [bold]Examples[/bold]

      initlab data check

      initlab data check fashion-mnist --data-dir ~/FashionMNIST/raw
    """
    from initlab.datasets.image_folder import not_here
    from initlab.datasets.image_sets import IMAGE_SETS, image_set

    chosen = list(IMAGE_SETS.values()) if name is None else [image_set(name)]
    rows = [row for row in _all_examined(chosen, data_dir) if row["state"] != NOT_HERE]
    if not rows:
        raise not_here(chosen[0], data_dir)
    problems = [problem for row in rows for problem in row["problems"]]
    if json_:
        found = {"error": error_fields(DataError(" ".join(problems)))} if problems else {}
        print_json({"ok": not problems, "image_sets": rows, **found})
    else:
        files = [file for row in rows for file in row["files"]]
        if files:
            print_table(
                {"state": ONE_LINE, "sha256": ONE_LINE, "file": FOLDED},
                [(file["state"], (file["sha256"] or "")[:12], file["path"]) for file in files],
            )
        for problem in problems:
            report_error(DataError(problem), as_json=False)
    return DataError.exit_code if problems else 0


def _all_examined(chosen: Sequence[ImageSet], data_dir: str | None) -> list[dict[str, Any]]:
    """Examine several sets; their files have the same names, so one folder may seem to hold all."""
    rows = [_examined(one, data_dir) for one in chosen]
    taken = {row["folder"] for row in rows if row["state"] == VERIFIED}
    for row in rows:
        if row["state"] != VERIFIED and row["folder"] in taken:
            row |= _row(row["name"], row["title"], NOT_HERE)
    return rows


def _examined(one: ImageSet, data_dir: str | None) -> dict[str, Any]:
    """Find an image set and check its files; a fault is a fact here, not the end of the list."""
    from initlab.datasets.image_files import DIFFERS, UNVERIFIED, check_file
    from initlab.datasets.image_folder import find_images

    row = _row(one.name, one.title, NOT_HERE)
    try:
        found = find_images(one, data_dir)
    except DataError as error:
        return {**row, "state": FAULTY, "problems": [str(error)]}
    if found is None:
        return row
    states = []
    for file in one.files:
        path = found.paths[file.name]
        facts: dict[str, Any] = {"path": str(path), "state": FAULTY, "sha256": None}
        try:
            checked = check_file(file, path, set_name=one.name)
        except DataError as error:
            row["problems"].append(str(error))
        else:
            facts |= {"state": checked.state, "sha256": checked.sha256}
            row["problems"] += [checked.problem] if checked.problem else []
        facts["known_sha256"] = file.sha256
        states.append(facts["state"])
        row["files"].append(facts)
    worst = next(s for s in (FAULTY, DIFFERS, UNVERIFIED, VERIFIED) if s in states)
    return {**row, "state": worst, "folder": str(found.folder), "origin": found.origin}


def _row(name: str, title: str, state: str) -> dict[str, Any]:
    where: dict[str, Any] = {"folder": None, "origin": None, "files": [], "problems": []}
    return {"name": name, "title": title, "state": state, **where}


@contextmanager
def _bar() -> Iterator[Progress | None]:
    """Show a bar per file on standard error, or nothing where nobody watches."""
    import sys

    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def show(file: str, done: int, total: int) -> None:
            if file not in tasks:
                tasks[file] = bars.add_task(file, total=None)
            bars.update(tasks[file], completed=done, total=total or None)

        yield show
