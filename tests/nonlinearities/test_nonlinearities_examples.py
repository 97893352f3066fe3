"""Every example in a docstring of the nonlinearities runs and says the truth."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import initlab.nonlinearities

MODULES = [
    module.name
    for module in pkgutil.walk_packages(
        initlab.nonlinearities.__path__, "initlab.nonlinearities."
    )
]  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_the_module_run(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0
