"""A long study says before it runs how long it takes; the moment this costs moves no number."""

from __future__ import annotations

import importlib

import pytest

import initlab
from initlab.comparison import estimate, prepare, progress
from initlab.comparison.estimate import RUN, _pace, estimated_seconds
from initlab.study import expand

compare_module = importlib.import_module("initlab.comparison.run_study")
CIRCLES = {"inits": ["he_normal", "zeros"], "seeds": 2, "steps": 3_000}


def seconds(name, options, cells=None, model=None, **settings):
    study, loaded = prepare(name, options, model=model)
    first = expand(study, loaded)[0]
    return estimated_seconds(first, loaded, cells or study.cell_count, **settings)


@pytest.fixture
def every_study_is_large(monkeypatch):
    monkeypatch.setattr(estimate, "LARGE", 0)


def test_a_small_study_is_not_tried():
    assert seconds("circles", CIRCLES) is None


def test_many_runs_of_a_single_step_take_their_time_too():
    options = {**CIRCLES, "steps": 1}
    assert seconds("circles", options, 60_000, workers=2) >= 60_000 * RUN / 2 >= progress.LONG
    assert seconds("circles", options, 600, workers=2) is None


def test_the_estimate_grows_with_cells_and_shrinks_with_workers(every_study_is_large):
    one, many = (seconds("circles", CIRCLES, cells, workers=1) for cells in (1_000, 1_000_000))
    assert 100 < many / one < 10_000  # two measurements of a busy machine
    assert seconds("circles", CIRCLES, 10**9, workers=1) > 10 * seconds(
        "circles", CIRCLES, 10**9, workers=1_000
    )


def test_more_workers_than_blocks_shorten_no_study(every_study_is_large, monkeypatch):
    monkeypatch.setattr(estimate, "_pace", lambda seen: 0.001)
    study, loaded = prepare("circles", CIRCLES)
    block = expand(study, loaded)[0]
    for first, count in ((block, 4), ([*block, *block], 8)):
        found = estimated_seconds(first, loaded, count * len(block), workers=1_000)
        assert found == pytest.approx((0.001 * 3_000 + RUN) * count * len(block) / 4)


def test_the_first_updates_do_not_count_and_of_the_others_the_median_does():
    slow = [(0.04 * k, 1) for k in range(6)]  # compiles
    steady = [(0.2 + 0.01 * k, 10) for k in range(1, 4)]
    busy = [(steady[-1][0] + 5.0, 10)]
    assert _pace([*slow, *steady, *busy]) == pytest.approx(0.001)
    assert _pace(slow) == pytest.approx(0.04)  # nothing else is known
    assert _pace(slow[:1]) is None


def test_a_block_is_tried_as_a_whole(every_study_is_large, monkeypatch):
    study, loaded = prepare("circles", CIRCLES)
    tried = []
    train = loaded.train

    def trains(specs, networks, callbacks):
        tried.append(len(specs))
        return train(specs, networks, callbacks)

    monkeypatch.setattr(loaded, "train", trains)
    block = expand(study, loaded)[0]
    estimated_seconds([*block, *block], loaded, study.cell_count, workers=1)
    assert tried == [2 * len(block)]


def test_a_network_that_diverges_or_has_too_few_steps_shows_no_pace(every_study_is_large):
    assert seconds("circles", {**CIRCLES, "steps": 1}) is None
    blows_up = {"inits": ["W1=normal,W2=normal"], "learning_rate": 1e5, "nonlinearity": "linear"}
    assert seconds("curve", blows_up) is None


def test_a_long_study_is_announced_before_its_first_run(every_study_is_large, monkeypatch, capfd):
    said = []

    def run(*_, **__):
        said.append(capfd.readouterr().err)
        raise KeyboardInterrupt

    monkeypatch.setattr(progress, "LONG", 0)
    monkeypatch.setattr(compare_module, "Run", run)
    with pytest.raises(KeyboardInterrupt):
        initlab.compare("circles", **CIRCLES)
    assert "initlab: 4 runs (12,000 updates in all) take about " in said[0]


def test_ctrl_c_during_the_trial_is_an_interruption_like_any_other(monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(compare_module, "estimated_seconds", interrupted)
    result = initlab.compare("circles", **CIRCLES)
    assert isinstance(result.interrupted, KeyboardInterrupt)
    assert result.cells == ()


@pytest.mark.parametrize("kind", ["dense", "module"])
def test_no_number_depends_on_the_trial(kind, monkeypatch):
    if kind == "dense":
        options = {"name": "circles", **CIRCLES}
    else:
        torch = pytest.importorskip("torch")
        nn = torch.nn
        model = nn.Sequential(nn.Linear(2, 8), nn.Dropout(0.5), nn.ReLU(), nn.Linear(8, 2))
        x = torch.linspace(-1, 1, 80).reshape(40, 2)
        options = {"model": model, "data": (x, torch.arange(40) % 2), "steps": 50, "batch_size": 7,
                   "inits": ["default", "he_normal"], "seeds": 2}  # fmt: skip
    plain = initlab.compare(**options)
    monkeypatch.setattr(estimate, "LARGE", 0)
    tried = initlab.compare(**options)
    assert [one.to_record() for one in tried.cells] == [one.to_record() for one in plain.cells]
