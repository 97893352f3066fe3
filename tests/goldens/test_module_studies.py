"""Studies of PyTorch modules give the numbers they gave."""

from __future__ import annotations

import json

import pytest

import initlab

from . import files, studies
from .numbers import differing, numbers_of
from .test_dense_studies import compared, parts

pytest.importorskip("torch", reason="modules are PyTorch's")

KEPT = files.read(files.VALUES)
MODULES = studies.modules()
DIVERGING = "MLP, torch engine, a diverging neighbour"


@pytest.mark.parametrize("name", MODULES)
def test_a_study_gives_the_numbers_it_gave(name):
    record = json.loads(compared(MODULES[name]).to_json())
    assert differing(KEPT[name], numbers_of(record)) == []


def test_a_diverging_neighbour_moves_no_bit():
    settings = MODULES[DIVERGING]
    diverging, finite = settings["inits"]
    among = compared(settings).cells
    alone = initlab.compare(**{**settings, "inits": [finite]}, progress=False).cells
    assert {cell.outcome for cell in among if cell.init == diverging} == {"diverged"}
    assert {cell.outcome for cell in alone} == {"finished"}
    assert [parts(cell) for cell in among if cell.init == finite] == list(map(parts, alone))
