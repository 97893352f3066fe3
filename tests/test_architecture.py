"""Imports point one way, and the heavy ones happen only where they are needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import initlab

from .cases import check_each

PACKAGE = Path(initlab.__file__).parent
LAYERS = (  # low to high: a part imports from itself and from what stands before it
    "moved",  # old names
    "numbers",
    "errors",
    "extras",
    "validation",
    "files",
    "user_code",
    "references",
    "compiling",
    "randomness",
    "threads",
    "translation",
    "nonlinearities",
    "initializers",
    "networks",
    "settings",
    "modules",
    "initialization",
    "records",
    "datasets",
    "engines",
    "diagnosis",
    "tracing",
    "study",
    "analysis",
    "report",
    "comparison",
    "teaching",
    "lab",
    "cli",
)
TOP = ("__init__", "__main__")  # see everything
HEAVY = (
    "numba",
    "torch",
    "scipy.stats",
    "matplotlib",
    "sklearn",
    "polars",
    "distributed",
    "sqlalchemy",
    "alembic",
    "starlette",
    "uvicorn",
)


def part_of(path):
    """Layer that a source file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_modules(tree, package):
    """Dotted names of everything that a file imports, inside functions too.

    ``from initlab import x`` counts as ``initlab.x``; relative imports are resolved.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level]
            base = ".".join([*above, node.module or ""]).rstrip(".") if node.level else node.module
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def parts_imported(tree, package="initlab"):
    names = (name.split(".") for name in imported_modules(tree, package))
    return {name[1] for name in names if name[0] == "initlab" and len(name) > 1}


LESSONS = (
    PACKAGE / "teaching" / "lessons" / "sources"
)  # notebooks in the making: they use the package as users do
SOURCES = sorted(
    p for p in PACKAGE.rglob("*.py") if part_of(p) not in TOP and LESSONS not in p.parents
)


def test_every_source_file_belongs_to_a_layer():
    assert {part_of(path) for path in SOURCES} <= set(LAYERS)
    assert len(set(LAYERS)) == len(LAYERS)
    assert len(SOURCES) > 20


@pytest.mark.parametrize("layer", sorted({part_of(path) for path in SOURCES}))
def test_imports_point_down(layer):
    allowed = set(LAYERS[: LAYERS.index(layer) + 1])
    if layer == "cli":
        allowed.add("__version__")  # a constant of the top, for --version

    def check(path):
        package = ".".join(["initlab", *path.relative_to(PACKAGE).parent.parts])
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert parts_imported(tree, package) <= allowed
        # a bare `import initlab` would reach the top, and with it everything
        assert "initlab" not in {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        }

    here = [path for path in SOURCES if part_of(path) == layer]
    check_each(check, {path.relative_to(PACKAGE).as_posix(): path for path in here})


@pytest.mark.parametrize(
    "text",
    [
        "from initlab.cli.main import main",
        "import initlab.cli",
        "from initlab import cli",
        "def f():\n    from initlab.cli import main",
        "from ..cli import main",
        "from .. import cli",
    ],
)
def test_the_reader_of_imports_sees_every_way_of_importing(text):
    assert "cli" in parts_imported(ast.parse(text), "initlab.networks")


def modules_after(statement, tmp_path):
    program = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["initlab", "initlab.cli", "initlab.cli.main"])
def test_importing_the_package_or_the_command_line_loads_nothing_heavy(module, tmp_path):
    loaded = modules_after(f"import {module}", tmp_path)
    assert module in loaded
    assert loaded.isdisjoint(HEAVY)


def test_training_the_circles_loads_neither_torch_nor_sklearn(tmp_path):
    loaded = modules_after(
        "from initlab.datasets.plane import circles\n"
        "from initlab.engines import InMemory, train\n"
        "from initlab.networks import DenseNetwork\n"
        "from initlab.records import Training\n"
        "data = circles()\n"
        "train(DenseNetwork((2, 70, 1)), Training(steps=1),"
        " InMemory(data.x_train, data.y_train), [], [])",
        tmp_path,
    )
    assert loaded.isdisjoint({"torch", "sklearn", "matplotlib", "scipy.stats"})


def test_comparing_in_threads_loads_no_dask(tmp_path):
    loaded = modules_after(
        "import initlab\ninitlab.compare('circles', steps=1, progress=False, workers=1)", tmp_path
    )
    assert loaded.isdisjoint({"dask", "distributed", "cloudpickle"})
