"""Every example in a docstring of the initializers runs and says the truth."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import initlab.initializers

MODULES = ["initlab.randomness", "initlab.initializers"] + [
    module.name
    for module in pkgutil.walk_packages(initlab.initializers.__path__, "initlab.initializers.")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_the_module_run(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0
