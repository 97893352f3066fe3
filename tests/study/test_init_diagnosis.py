"""A cell's diagnosis is that of `initlab diagnose`, and training goes on as if it were not made."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pytest

from initlab.comparison.diagnose import diagnose
from initlab.comparison.prepare import prepare
from initlab.diagnosis.finding import SUSPECT
from initlab.records import InitDiagnosis
from initlab.study import expand, run_block, run_cell
from initlab.threads import single_threaded_blas

from .making import everything, module, specs_of


def agrees(kept, found):
    """Compare a cell's diagnosis with a whole one."""
    assert kept.layers.name == tuple(one.name for one in found.layers)
    for name in ("q", "g", "c", "varied"):
        for own, one in zip(getattr(kept, name), found.layers, strict=True):
            other = getattr(one, name)
            assert (own is None) == (other is None)
            assert own is None or own == pytest.approx(other.value, rel=1e-6, abs=1e-30)
    for name in ("dead", "saturated", "distinct"):
        assert getattr(kept, name) == tuple(getattr(one, name) for one in found.layers)
    own = [one for one in kept.findings if one.severity != SUSPECT]
    assert [(one.name, one.severity, one.where, one.evidence, one.layers) for one in own] == [
        (one.name, one.severity, one.where, one.evidence, one.layers) for one in found.findings
    ]
    assert kept.batch == found.measured.batch


@pytest.mark.parametrize("init", ["he_normal", "zeros", "normal(std=10)", "normal(std=0.001)"])
@pytest.mark.parametrize("seed", [0, 7])
def test_a_dense_cell_is_diagnosed_as_by_diagnose(init, seed):
    study, loaded = prepare("circles", {"inits": [init], "seeds": [seed], "steps": 1})
    ((spec,),) = expand(study, loaded)
    with single_threaded_blas():
        cell = run_cell(spec, loaded)
    agrees(cell.diagnosis, diagnose("circles", init=init, seed=seed, trial=False))


@pytest.mark.parametrize("init", ["he_normal", "zeros"])
def test_a_cell_of_a_module_is_diagnosed_as_by_diagnose(init):
    loaded = module()
    spec = specs_of(loaded, inits=(init,), seeds=(3,))[0]
    cell = run_cell(spec, loaded)
    train = loaded.data.train
    found = diagnose(
        loaded.draw(spec), tuple(train.inputs), train.y, loss="cross_entropy", seed=3, trial=False
    )
    agrees(cell.diagnosis, found)


def test_of_many_samples_those_are_taken_that_diagnose_takes():
    torch = pytest.importorskip("torch")
    loaded = module()
    x = torch.randn(600, 4, generator=torch.Generator().manual_seed(0))
    y = torch.arange(600) % 3
    loaded.data = dataclasses.replace(
        loaded.data, train=dataclasses.replace(loaded.data.train, x=(x,), y=y)
    )
    found = loaded._diagnosed_at(5)
    from initlab.diagnosis.inputs import inputs_of

    other = inputs_of(loaded.draw(specs_of(loaded)[0]), x, y, seed=5)
    assert found.words == other.words == "256 of 600 samples of the data"
    assert torch.equal(found.given[0], other.given[0])
    assert torch.equal(found.target, other.target)


@pytest.mark.parametrize("name", ["Everything", "mlp"])
def test_training_and_global_generators_are_as_if_nothing_were_diagnosed(name, monkeypatch):
    torch = pytest.importorskip("torch")
    loaded = module(name)
    specs = specs_of(loaded, seeds=(0, 1))[:2]
    torch.manual_seed(1)
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    with_it = [run_cell(spec, loaded) for spec in specs]
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (np.random.get_state()[1] == states[1]).all()
    assert random.getstate() == states[2]
    monkeypatch.setattr(type(loaded), "_diagnosed", lambda *_: None)
    without = [run_cell(spec, loaded) for spec in specs]
    assert all(cell.diagnosis is not None for cell in with_it)
    assert [everything(cell.replace(diagnosis=None)) for cell in with_it] == [
        *map(everything, without)
    ]


def test_a_model_that_cannot_be_measured_is_trained_and_says_why(monkeypatch):
    loaded = module("mlp")

    def fails(*_, **__):
        raise ValueError("no such batch\nin two lines")

    monkeypatch.setattr("initlab.study.module_problem.measure_at", fails)
    (cell,) = run_block(specs_of(loaded)[:1], loaded)
    assert cell.outcome == "finished"
    assert cell.diagnosis == InitDiagnosis(
        unknown="the measurement failed (ValueError: no such batch)."
    )
