"""Every example in a docstring of the package runs and says the truth."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

import initlab

ROOT = Path(initlab.__file__).parent
EXAMPLE = re.compile(r"^ *>>> ", re.MULTILINE)
MODULES = sorted(
    ".".join(("initlab", *path.relative_to(ROOT).with_suffix("").parts))
    for path in ROOT.rglob("*.py")
    if EXAMPLE.search(path.read_text(encoding="utf-8"))
)


def test_there_are_examples_in_many_modules():
    assert len(MODULES) > 50


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module_run(name):
    found = doctest.DocTestFinder().find(importlib.import_module(name))
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    assert any(one.examples for one in found)
    assert sum(runner.run(one).failed for one in found) == 0
