"""Every example in a docstring of the datasets runs and says the truth."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import initlab.datasets

MODULES = [m.name for m in pkgutil.walk_packages(initlab.datasets.__path__, "initlab.datasets.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_the_module_run(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    found = [
        t for name in MODULES for t in finder.find(importlib.import_module(name)) if t.examples
    ]
    assert len(found) >= 5
