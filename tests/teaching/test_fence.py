"""Teaching is built on what every user may use, and nothing of initlab is built on teaching."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

import initlab

PACKAGE = Path(initlab.__file__).parent
TEACHING = PACKAGE / "teaching"
PAGE = Path(__file__).parents[2] / "docs" / "python.md"
PUBLIC = re.findall(r"^\| `(initlab\.\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)
USERS_OF_TEACHING = ("__init__.py", "moved.py", "cli")  # public names, old names, commands
INSIDE = ("masking", "notebook", "exercises", "drop_ins", "repair", "lessons")  # low to high


def public_names(module):
    """Names that a module defines or imports for its readers."""
    tree = ast.parse(Path(importlib.import_module(module).__file__).read_text(encoding="utf-8"))
    found = set(getattr(importlib.import_module(module), "__all__", ()))
    for node in tree.body:
        if isinstance(node, DEFINITIONS):
            found.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            found |= {one.name for one in node.names if one.asname == one.name}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {one.id for one in targets if isinstance(one, ast.Name)}
    return {name for name in found if not name.startswith("_")}


def imports_of(text):
    """Pairs (module, name) of what a file imports from initlab; name is "" for a whole module."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((one.name, "") for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.module, one.name) for one in node.names)


def over_the_fence(text):
    """What a file of teaching imports from initlab that is not public."""
    allowed = {"initlab": {*initlab.__all__}, **{one: public_names(one) for one in PUBLIC}}
    for module, name in imports_of(text):
        if module.split(".")[0] != "initlab" or module.startswith("initlab.teaching"):
            continue
        if module not in allowed or (name and name not in allowed[module]):
            yield f"{module}.{name}".rstrip(".")


FILES = sorted(TEACHING.rglob("*.py"))
OTHERS = sorted(
    path for path in PACKAGE.rglob("*.py")
    if TEACHING not in path.parents and path.relative_to(PACKAGE).parts[0] not in USERS_OF_TEACHING
)  # fmt: skip


def test_there_is_a_fence_and_something_on_both_sides():
    assert len(PUBLIC) > 10
    assert len(FILES) > 60
    assert len(OTHERS) > 200


def test_teaching_imports_the_public_interface_only():
    found = {str(path): [*over_the_fence(path.read_text(encoding="utf-8"))] for path in FILES}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from initlab.datasets.plane import make_circles", ["initlab.datasets.plane"]),
        ("from initlab.datasets import plane", ["initlab.datasets.plane"]),
        ("import initlab.study.store", ["initlab.study.store"]),
        (
            "def f():\n    from initlab.validation import invalid_argument",
            ["initlab.validation.invalid_argument"],
        ),
        ("from initlab import cli", ["initlab.cli"]),
        ("from initlab.files import _unreadable", ["initlab.files._unreadable"]),
    ],
)
def test_the_fence_is_seen(text, found):
    over = [*over_the_fence(text)]
    assert len(over) == 1
    assert over[0].startswith(found[0])


@pytest.mark.parametrize(
    "text",
    [
        "import initlab", "from initlab import compare", "import initlab.networks", "import torch",
        "from initlab.datasets import make_circles", "from initlab.errors import invalid_argument",
    ],
)  # fmt: skip
def test_what_is_public_may_be_used(text):
    assert [*over_the_fence(text)] == []


def test_nothing_else_is_built_on_teaching():
    for path in OTHERS:
        imported = imports_of(path.read_text(encoding="utf-8"))
        assert "teaching" not in {
            part for module, name in imported for part in (*module.split("."), name)
        }, path


def test_imports_inside_teaching_point_down():
    for path in FILES:
        here = path.relative_to(TEACHING).parts[0].removesuffix(".py")
        if here != "__init__":
            used = {
                module.split(".")[2]
                for module, _ in imports_of(path.read_text(encoding="utf-8"))
                if module.startswith("initlab.teaching.")
            }
            assert used <= {*INSIDE[: INSIDE.index(here) + 1]}, path


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_function_and_class_says_what_it_is(module):
    owner = importlib.import_module(module)
    for name in sorted(public_names(module)):
        one = getattr(owner, name)
        if callable(one):
            assert one.__doc__, f"{module}.{name}"


def test_the_page_s_example_runs(capsys):
    code = re.findall(r"^    (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    exec("\n".join(code), {})
    assert 0 < float(capsys.readouterr().out) < 0.1
