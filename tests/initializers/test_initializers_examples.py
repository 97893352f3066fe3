"""Every example in a docstring of the initializers runs and says the truth."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import initlab.initializers
from initlab.initializers import registry

MODULES = ["initlab.randomness", "initlab.initializers"] + [
    module.name
    for module in pkgutil.walk_packages(initlab.initializers.__path__, "initlab.initializers.")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_the_module_run(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0


def test_every_method_has_an_example_and_its_source():
    ours = [e for e in registry.entries() if e.origin.startswith("initlab.")]
    for entry in ours:
        text = entry.function.__doc__ or ""
        assert f">>> {entry.name}(" in text or f"{entry.name}(Fan(" in text, entry.name
        assert "Source: " in text, entry.name
