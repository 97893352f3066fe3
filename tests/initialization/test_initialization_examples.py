"""Every example in a docstring of the room runs and says the truth."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import initlab.initialization

MODULES = [
    module.name
    for module in pkgutil.walk_packages(initlab.initialization.__path__, "initlab.initialization.")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_the_module_run(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0
