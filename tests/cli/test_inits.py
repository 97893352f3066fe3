"""`initlab inits` in the shell."""

from __future__ import annotations

from initlab.initializers import catalogue
from tests.cli.running import initlab, one_json


def test_every_start_is_listed_with_formula_and_source():
    shown = " ".join(initlab("inits").stdout.split())
    for row in catalogue():
        assert row["name"] in shown
        assert " ".join(row["formula"].split()[:3]) in shown


def test_json_is_the_catalogue():
    assert one_json(initlab("inits", "--json").stdout)["inits"] == catalogue()


def test_one_start_is_found_by_its_alias():
    shown = initlab("inits", "xavier_uniform").stdout
    assert "glorot_uniform" in shown
    assert "Glorot" in shown
