"""Stores of small studies, for the tests of their parts."""

from __future__ import annotations

from functools import cache

from initlab.study import run_cell
from initlab.study.store import open_store

from ..making import COMPILED, a_study, dense, specs_of


@cache
def trained():
    """A loaded problem, its study, and its cells by their specifications."""
    loaded = dense(COMPILED)
    study = a_study(loaded)
    return loaded, study, [(spec, run_cell(spec, loaded)) for spec in specs_of(loaded)]


def filled(path, name=None, count=None, **changes):
    """Make a store with the first cells of the study; return its writer's name."""
    loaded, study, cells = trained()
    with open_store(path) as store:
        writer = store.begin(study.replace(**changes), loaded.versions(), ["a note"], name)
        for spec, cell in cells[:count]:
            writer.add([(spec, cell, 1)])
        return writer.name
