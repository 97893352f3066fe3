"""Old homes of these names still give them, with a warning."""

from __future__ import annotations

import importlib

import pytest


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("initlab.initializers", "Case"),
        ("initlab.initializers", "draw_network"),
        ("initlab.initializers.case", "parse_case"),
        ("initlab.initializers.network", "network_laws"),
        ("initlab.modules", "Initialized"),
        ("initlab.modules.initialize", "initialize"),
        ("initlab.modules.report", "ParameterRow"),
    ],
)
def test_an_old_name_is_the_new_one_and_warns(module, name):
    with pytest.warns(DeprecationWarning, match=rf"{module}\.{name} is now initlab\.init"):
        found = getattr(importlib.import_module(module), name)
    assert found.__module__.startswith("initlab.initialization")
