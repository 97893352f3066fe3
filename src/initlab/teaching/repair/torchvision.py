"""Imports of torchvision -> the same names from our drop-in, where it has all that is used."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from initlab.teaching.repair.names import Code, aliases_of, module_of, name_of, plain
from initlab.teaching.repair.tree import Edit, Tree

OURS = "initlab.teaching.drop_ins.udacity"
STAND_INS = {
    "datasets": {"FashionMNIST", "MNIST", "KMNIST"},
    "transforms": {"ToTensor", "Normalize", "Compose", "Lambda"},
}
VERSION = "torchvision.__version__"


def imports(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield what takes the place of torchvision in the imports.

    Names that the drop-in does not have go: nothing uses them.
    """
    if not _replaceable(code):
        return
    for statement in tree.all(cst.ImportFrom):
        module, aliases = module_of(statement), aliases_of(statement)
        if module == "torchvision" and aliases:
            kept = [tree.text(one).rstrip(", ") for one in aliases if plain(one.name) in STAND_INS]
            if not kept:
                continue
            if len(kept) == len(aliases) and statement.module is not None:
                yield tree.replace(statement.module, OURS)
            else:
                yield tree.replace(statement, f"from {OURS} import {', '.join(kept)}")
        elif module.removeprefix("torchvision.") in STAND_INS and statement.module is not None:
            yield tree.replace(statement.module, module.replace("torchvision", OURS, 1))
    for whole in tree.all(cst.Import):
        for alias in whole.names:
            name = plain(alias.name)
            part = name.removeprefix("torchvision").lstrip(".")
            if name.split(".")[0] != "torchvision" or (part and part not in STAND_INS):
                continue
            if alias.asname:
                yield tree.replace(alias.name, f"{OURS}.{part}".rstrip("."))
            else:
                yield tree.replace(alias.name, f"{OURS} as torchvision")


def _replaceable(code: Code) -> bool:
    """Whether a notebook uses nothing of torchvision that the drop-in does not have."""
    return all(_has(name) for tree in code.trees for name in _used(tree, code) if name != VERSION)


def _has(name: str) -> bool:
    _, part, *rest = [*name.split("."), ""]
    return part in STAND_INS and (not rest[0] or rest[0] in STAND_INS[part])


def _used(tree: Tree, code: Code) -> Iterator[str]:
    """Yield the full names under torchvision that a cell uses, or takes from its parts."""
    for node in tree.all(cst.Attribute):
        name, above = code.dotted(node), tree.parents[node]
        whole = not isinstance(above, cst.Attribute | cst.ImportAlias | cst.ImportFrom)
        if whole and name.startswith("torchvision."):
            yield name
    for statement in tree.all(cst.ImportFrom):
        module = module_of(statement)
        if module == "torchvision":
            for one in aliases_of(statement):
                if name_of(one) in code.used:
                    yield f"torchvision.{plain(one.name)}"
        elif module.startswith("torchvision."):
            yield from (f"{module}.{plain(one.name)}" for one in aliases_of(statement))
