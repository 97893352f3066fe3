"""A notebook or script, and the scripts it imports -> their copies, repaired by the rules."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import libcst as cst

from initlab.teaching.drop_ins.files import DROP_INS, check_free, write_new
from initlab.teaching.notebook import CodeCell, code_cells, read_notebook, read_script
from initlab.teaching.repair import Change, Left, Repair, old_python
from initlab.teaching.repair.helper_imports import modules
from initlab.teaching.repair.names import Code, aliases_of, imports, module_of, plain
from initlab.teaching.repair.rules import RULES
from initlab.teaching.repair.tree import Edit, Tree, edited, line_number, outermost, parsed
from initlab.teaching.repair.unrepaired import left_in

SCRIPT = ".py"
FIXED = "_fixed"
DEEPEST = 5  # repairs of one rule inside one another


@dataclass
class File:
    """A notebook or script that is being repaired.

    Attributes:
        path: where it lies.
        content: a notebook's JSON; a script's, as one cell.
        cells: text of the code cells by their numbers, as it is by now.
        changes: made so far.
    """

    path: Path
    content: dict[str, Any]
    cells: dict[int, str]
    changes: list[Change] = field(default_factory=list)

    @property
    def script(self) -> bool:
        """Whether Python alone runs it."""
        return self.path.suffix.lower() == SCRIPT

    @property
    def target(self) -> Path:
        """Path of the copy."""
        ending = SCRIPT if self.script else ".ipynb"
        return self.path.with_name(self.path.stem + FIXED + ending)

    def trees(self) -> dict[int, Tree]:
        """Return the trees of the cells that are Python."""
        found = {number: parsed(source) for number, source in self.cells.items()}
        return {number: tree for number, tree in found.items() if tree is not None}

    def edit(self, number: int, edits: Sequence[Edit], rule: str, why: str) -> None:
        """Make edits of one rule in one cell."""
        source = self.cells[number]
        kind = "script" if self.script else "notebook"
        for one in reversed(outermost(edits)):  # last first: places hold
            line = line_number(source, one.begin)
            after = edited(source, [one])
            old, new = (text.split("\n")[line - 1].strip() for text in (source, after))
            reason = (one.why or why).replace("{kind}", kind)
            self.changes.append(Change(number, line, rule, old, new, reason))
            source = after
        self.cells[number] = source


def repair_file(path: Path, *, force: bool = False) -> Repair:
    """See :func:`initlab.teaching.repair.repair_notebook`."""
    files = _with_scripts(path)
    check_free(files[0].target, force=force)
    for one in files:
        _repair(one)
    kept = _import_one_another(files)
    for one in kept:
        check_free(one.target, force=force)
    helpers = _write_helpers(path.parent, files[0], kept)
    for one in kept:
        _write(one, force=force)
    first, *scripts = (Repair(one.target, _in_order(one.changes), _left(one)) for one in kept)
    return replace(first, scripts=scripts, helpers=helpers)


def _read(path: Path) -> File:
    content = read_script(path) if path.suffix.lower() == SCRIPT else read_notebook(path)
    return File(path, content, {cell.number: cell.source for cell in code_cells(content)})


def _with_scripts(path: Path) -> list[File]:
    """Return a file and the scripts beside it that it imports, and those that they import."""
    found = {path.stem: _read(path)}
    waiting = [found[path.stem]]
    while waiting:
        one = waiting.pop()
        for name in _imported(one):
            script = path.parent / f"{name}{SCRIPT}"
            if name not in found and script.is_file() and not _is_dropped_in(script):
                found[name] = _read(script)
                waiting.append(found[name])
    return list(found.values())


def _imported(one: File) -> Iterator[str]:
    """Yield the modules that a file imports; of Python 2 too, line by line."""
    for tree in one.trees().values():
        for statement in imports(tree):
            yield from modules(statement)
    for source in one.cells.values():
        if parsed(source) is None:
            for line in source.split("\n"):
                if line.strip().startswith(("import ", "from ")):
                    alone = parsed(line.strip())
                    for statement in imports(alone) if alone else ():
                        yield from modules(statement)


def _is_dropped_in(script: Path) -> bool:
    """Whether initlab wrote a script."""
    written = {
        content for files in DROP_INS.values() for content in files.values()
        if isinstance(content, str)
    }  # fmt: skip
    return script.read_bytes().decode("utf-8", "replace") in written


def _repair(one: File) -> None:
    """Repair a file by every rule."""
    for number in one.cells:
        for name, why, find in old_python.RULES:
            if parsed(one.cells[number]) is None:
                one.edit(number, [*find(one.cells[number])], name, why)
    trees = one.trees()
    for rule in RULES:
        if rule.scripts_only and not one.script:
            continue
        code = Code(tuple(trees.values()), one.path.parent, one.script)
        for number in trees:
            for _ in range(DEEPEST):  # what lies in a piece that was changed comes next
                tree = trees[number]
                edits = outermost(
                    edit for edit in rule.find(tree, code) if edit.changes(tree.source)
                )
                again = parsed(edited(tree.source, edits)) if edits else None
                if again is None:  # done; or a rule met what it does not understand
                    break
                one.edit(number, edits, rule.name, rule.why)
                trees[number] = again


def _import_one_another(files: Sequence[File]) -> list[File]:
    """Let the copies import the copies; return the first file and those that need a copy."""
    first, *others = files
    needed = {one.path.stem for one in others if one.changes}
    while True:
        more = {one.path.stem for one in others if needed & set(_imported(one))} - needed
        if not more:
            break
        needed |= more
    kept = [first, *(one for one in others if one.path.stem in needed)]
    why = "The imported script was repaired too; this line now imports the repaired copy."
    for one in kept:
        for number, tree in one.trees().items():
            edits = list(_of_copies(tree, needed))
            if edits:
                one.edit(number, edits, "repaired-script", why)
    return kept


def _of_copies(tree: Tree, needed: set[str]) -> Iterator[Edit]:
    for statement in tree.all(cst.ImportFrom):
        name = module_of(statement)
        if name in needed and statement.module is not None:
            yield tree.replace(statement.module, f"{name}{FIXED}")
    for whole in tree.all(cst.Import):
        for alias in aliases_of(whole):
            name = plain(alias.name)
            if name in needed:
                given = "" if alias.asname else f" as {name}"
                yield tree.replace(alias.name, f"{name}{FIXED}{given}")


def _write_helpers(folder: Path, first: File, kept: Sequence[File]) -> list[Path]:
    """Write the courses' helper files that are imported, or run, and are not there."""
    wanted = {name for one in kept for name in _imported(one)}
    lines = "\n".join(first.cells.values())
    written = []
    for files in DROP_INS.values():
        for place, content in files.items():
            path = (folder / place).resolve() if place.startswith("..") else folder / place
            runs = "/" in place and place.removeprefix("../") in lines
            if (
                runs or place.removesuffix(SCRIPT).replace("/", ".") in wanted
            ) and not path.exists():
                text = content.encode() if isinstance(content, str) else content()
                write_new(path, text, force=False)
                written.append(path)
    return written


def _write(one: File, *, force: bool) -> None:
    for number, source in one.cells.items():
        cell = one.content["cells"][number - 1]
        if any(change.cell == number for change in one.changes):  # in the form the file had
            lines = isinstance(cell["source"], list)
            cell["source"] = source.splitlines(keepends=True) if lines else source
    whole = json.dumps(one.content, indent=1, ensure_ascii=False) + "\n"
    text = one.content["cells"][0]["source"] if one.script else whole
    write_new(one.target, text.encode("utf-8", "surrogatepass"), force=force)


def _in_order(changes: Sequence[Change]) -> list[Change]:
    return sorted(changes, key=lambda one: (one.cell, one.line))


def _left(one: File) -> list[Left]:
    code = Code(tuple(one.trees().values()), one.path.parent, one.script)
    return [
        found
        for number, source in one.cells.items()
        for found in left_in(CodeCell(number, source), code)
    ]
