"""A study's grid: every cell once, in blocks that no other cell of the study decides."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import pytest

from initlab.randomness import METHOD_NUMERICS, MODULE_NUMERICS, NUMERICS
from initlab.study import expand
from initlab.study.environment import numerics, versions

from .making import a_study, dense


def fake(together=1):
    """What expand asks a problem for; only its device trains seeds together."""
    return SimpleNamespace(
        problem=dense().problem, together=together, engine=lambda training: "fake",
        versions=lambda: {"python": "3", "initlab": "9", "numpy": "2", "numerics": "1"},
    )  # fmt: skip


def blocks_of(together=1, **changes):
    loaded = fake(together)
    return expand(a_study(loaded, **changes), loaded)


@pytest.mark.parametrize("together", [1, 16])
def test_every_rate_init_and_seed_is_there_once(together):
    rates, inits, seeds = (0.1, 0.01), ("zeros", "he_normal", "orthogonal"), (0, 3, 17, 40, 41)
    blocks = blocks_of(together, learning_rates=rates, inits=inits, seeds=seeds)
    specs = list(itertools.chain.from_iterable(blocks))
    found = [(spec.training.learning_rate, spec.init, spec.seed) for spec in specs]
    assert sorted(found) == sorted(itertools.product(rates, inits, seeds))
    assert len({spec.key for spec in specs}) == len(specs)


def test_a_study_without_rates_has_the_rate_of_its_training():
    assert {spec.training.learning_rate for (spec,) in blocks_of()} == {0.05}


def test_every_init_has_the_rate_of_its_own():
    own = {"zeros": 0.1, "he_normal": 0.01}
    blocks = blocks_of(learning_rates=own, inits=("he_normal", "zeros"), seeds=(2,))
    assert {spec.init: spec.training.learning_rate for (spec,) in blocks} == own


def test_seeds_come_first_so_that_an_early_stop_leaves_every_init_the_same():
    order = [(spec.seed, spec.init) for (spec,) in blocks_of(inits=("a", "b"), seeds=(2, 0))]
    assert order == [(2, "a"), (2, "b"), (0, "a"), (0, "b")]


def test_cells_trained_alone_name_no_block():
    assert {spec.block for (spec,) in blocks_of()} == {None}


def test_blocks_are_the_same_sixteen_seeds_whatever_the_study_asks_for():
    blocks = blocks_of(16, inits=("a",), seeds=(3, 40, 5, 17))
    found = [([spec.seed for spec in block], block[0].block) for block in blocks]
    assert found == [([3, 5], (0, 16)), ([40], (32, 16)), ([17], (16, 16))]
    for block in blocks:
        assert len({spec.block for spec in block}) == 1


def test_a_cells_key_does_not_depend_on_the_study_around_it():
    small = {spec.key for block in blocks_of(16, seeds=(5,)) for spec in block}
    large = {
        spec.key for block in blocks_of(16, seeds=tuple(range(40))) for spec in block
        if spec.seed == 5
    }  # fmt: skip
    assert small == large


def test_versions_that_decide_no_number_are_left_out_of_the_key():
    ((spec, *_), *_) = blocks_of()
    assert set(spec.versions) == {"numerics", "numpy"}


def test_a_method_whose_draws_changed_alone_changes_the_keys_of_its_own_cells_only(monkeypatch):
    inits = ("he_normal", "bounded_normal", "W1=bounded_normal(low=0.0),B1=0,W2=normal,B2=0")
    keys = []
    for number in ("2", "3"):
        monkeypatch.setitem(METHOD_NUMERICS, "bounded_normal", number)
        blocks = blocks_of(inits=inits, seeds=(0,))
        keys.append({spec.init: spec.key for (spec,) in blocks})
    differing = {init for init in inits if keys[0][init] != keys[1][init]}
    assert differing == {*inits[1:]}


def test_models_have_numerics_of_their_own():
    assert versions()["numerics"] == NUMERICS
    assert versions(torch=True)["numerics"] == MODULE_NUMERICS
    assert set(numerics(versions())) == {"numerics", "numpy", "numba", "scipy"}
