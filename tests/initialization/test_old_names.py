"""Old homes of these names still give them, with a warning."""

from __future__ import annotations

import importlib

import pytest

import initlab


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


@pytest.mark.parametrize(
    ("module", "name", "home", "new"),
    [
        ("initlab.networks.nonlinearities", "TABLE", "initlab.nonlinearities.table", "TABLE"),
        ("initlab.networks.nonlinearities", "sigmoid", "initlab.nonlinearities.table", "sigmoid"),
        ("initlab.engines", "TrainingData", "initlab.datasets", "InMemory"),
        ("initlab.analysis", "StartSummary", "initlab.analysis", "InitSummary"),
        ("initlab.dense", "TrainingData", "initlab.datasets", "InMemory"),
    ],
)
def test_names_of_other_rooms_are_found_in_their_old_homes(module, name, home, new):
    with pytest.warns(DeprecationWarning, match=rf"{module}\.{name} is now {home}\.{new};"):
        found = getattr(importlib.import_module(module), name)
    assert found is getattr(importlib.import_module(home), new)


@pytest.mark.parametrize(
    "module",
    ["initlab", "initlab.initialization", "initlab.initializers", "initlab.initializers.case"],
)
def test_an_init_is_parsed_under_its_old_name_too(module):
    with pytest.warns(DeprecationWarning, match=rf"{module}\.parse_start is now .*\.?parse_init"):
        found = importlib.import_module(module).parse_start
    assert found is initlab.parse_init
