"""Imports of a helper file or a package that is not here -> what takes their place."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import libcst as cst

from initlab.teaching.repair.names import (
    Code,
    Import,
    aliases_of,
    imports,
    module_of,
    name_of,
    plain,
)
from initlab.teaching.repair.tree import Edit, Tree

DROPPED_IN = ("init_utils", "public_tests", "test_utils", "helpers")
NEEDED_BY_HELPERS = ("h5py", "tensorflow")
OTHER_HELPER = re.compile(
    r"(?:reg_utils\w*|gc_utils\w*|testCases?\w*|planar_utils\w*|opt_utils\w*|dnn_utils\w*"
    r"|dnn_app_utils\w*|lr_utils\w*|tf_utils\w*)$"
)  # files of the same courses' other notebooks
SHARED = ("sigmoid", "relu", "plot_decision_boundary", "predict_dec", "predict",
          "forward_propagation", "backward_propagation", "update_parameters")  # fmt: skip
HELPERS_OWN = {"compare_init_weights", "hist_dist", "_get_loss_acc"}
TEST_CASE = re.compile(r"\w*_test_case\w*")


def without_folder(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield edits of imports from a folder: the helper files lie beside the notebook."""
    for statement in tree.all(cst.ImportFrom):
        module, aliases = module_of(statement), aliases_of(statement)
        last = module.rpartition(".")[2]
        names = [plain(one.name) for one in aliases]
        if _lies_here(module, code.folder):
            continue
        if len(names) == 1 and names[0] in DROPPED_IN[:2] and module.strip("."):
            yield Edit(tree.span(statement)[0], tree.span(aliases[0])[0], "import ")
        elif statement.module is not None and module != last and last in DROPPED_IN[:3]:
            begin = tree.span(statement.relative[0] if statement.relative else statement.module)[0]
            yield Edit(begin, tree.span(statement.module)[1], last)
    for whole in tree.all(cst.Import):
        for alias in whole.names:
            name = plain(alias.name)
            last = name.rpartition(".")[2]
            named = alias.asname and name != last and last in DROPPED_IN[:2]
            if named and not _lies_here(name, code.folder):
                yield tree.replace(alias.name, last)


def as_helpers(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield imports of ``helper``, an older name of the file ``helpers``."""
    named = {attribute.attr.value for one in code.trees for attribute in one.all(cst.Attribute)}
    if not HELPERS_OWN & (code.used | named) or "tensorflow" in {*code.aliases.values()}:
        return  # it is another file of that name
    for statement in tree.all(cst.ImportFrom):
        if statement.module is not None and module_of(statement) == "helper":
            yield tree.replace(statement.module, "helpers")
    for whole in tree.all(cst.Import):
        for alias in whole.names:
            if plain(alias.name) == "helper":
                yield tree.replace(alias.name, "helpers" if alias.asname else "helpers as helper")


def unneeded(tree: Tree, code: Code) -> Iterator[Edit]:
    """Set aside imports that an old helper file needed, or that are missing and unused."""
    for statement in imports(tree):
        aliases = aliases_of(statement)
        if isinstance(statement, cst.ImportFrom):
            yield from _taken(tree, statement, code)
        elif len(aliases) == 1:
            name = plain(aliases[0].name)
            if _is_candidate(name, code) and name_of(aliases[0]) not in code.used:
                yield tree.set_aside(
                    statement, f"{_whose(name)}; the code of this {{kind}} does not use {name}."
                )


def _taken(tree: Tree, statement: cst.ImportFrom, code: Code) -> Iterator[Edit]:
    module, aliases = module_of(statement), aliases_of(statement)
    if not _is_candidate(module, code):
        return
    if not aliases:
        used_cases = any(TEST_CASE.fullmatch(name) for name in code.used)
        if module.rpartition(".")[2].startswith("testCase") and not used_cases:
            yield tree.set_aside(
                statement,
                f"{_whose(module)}; the code of this {{kind}} uses none of its test cases.",
            )
        return
    used = [one for one in aliases if name_of(one) in code.used]
    if not used:
        yield tree.set_aside(
            statement,
            f"{_whose(module)}; the code of this {{kind}} uses none of the imported names.",
        )
    elif _is_other_helper(module) and all(plain(one.name) in SHARED for one in used):
        taken = ", ".join(tree.text(one).rstrip(",").strip() for one in used)
        why = f"{_whose(module)}; init_utils has functions with the imported names."
        yield tree.replace(statement, f"from init_utils import {taken}", why)


def is_missing(module: str, folder: Path) -> bool:
    """Whether a module is neither installed, nor a drop-in, nor a file beside the notebook."""
    top = module.split(".")[0]
    if not top or top in sys.stdlib_module_names or top in DROPPED_IN:
        return False
    if (folder / f"{top}.py").exists() or (folder / top).is_dir():
        return False
    try:
        return importlib.util.find_spec(top) is None
    except (ImportError, ValueError):
        return True


def modules(statement: Import) -> list[str]:
    """Return the modules that a statement imports; none for a relative import."""
    if isinstance(statement, cst.ImportFrom):
        return [module_of(statement)] if statement.module and not statement.relative else []
    return [plain(alias.name) for alias in statement.names]


def _is_other_helper(module: str) -> bool:
    return OTHER_HELPER.match(module.rpartition(".")[2]) is not None


def _lies_here(module: str, folder: Path) -> bool:
    parts = module.strip(".").split(".")
    if parts[0] == "initlab":  # ours, whatever is called so
        return True
    return parts != [""] and (folder / Path(*parts)).with_suffix(".py").exists()


def _is_candidate(module: str, code: Code) -> bool:
    if module in NEEDED_BY_HELPERS:
        return True
    if _is_other_helper(module):
        return not _lies_here(module, code.folder)
    if module.startswith(".") or module.split(".")[0] == "torchvision":
        return False
    return is_missing(module, code.folder)


def _whose(module: str) -> str:
    if _is_other_helper(module):
        return f"{module} is the helper file of another notebook"
    if module in NEEDED_BY_HELPERS:
        return f"Only the course's original helper files needed {module}"
    return f"{module} is not installed"
