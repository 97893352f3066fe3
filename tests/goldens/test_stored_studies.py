"""A study that an older initlab stored opens, runs again, and has the statistics it had."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from scipy.stats import trim_mean

from ..cli.running import initlab
from . import files
from .numbers import differing, numbers_of

SCORES = ("train_loss", "validation_loss", "validation_r2", "validation_accuracy")


def again(name):
    """Run a stored study by the command line, from the folder its module lies in."""
    done = initlab("compare", "--from", name, "--json", cwd=files.STORED)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def dense():
    return again("dense_study.json")


@pytest.fixture(scope="module")
def module():
    pytest.importorskip("torch", reason="modules are PyTorch's")
    return again("module_study.json")


@pytest.fixture(params=["dense", "module"])
def both(request):
    """The file's own JSON, and that of the study run again."""
    found = request.getfixturevalue(request.param)
    return files.read(files.STORED / f"{request.param}_study.json"), found


def test_a_stored_study_gives_the_cells_and_statistics_it_gave(both):
    kept, found = both
    assert kept["schema"] == 1
    assert differing(numbers_of(kept), numbers_of(found)) == []


@pytest.mark.parametrize("name", ["dense_study.json", "module_study.json"])
def test_a_stored_study_is_said_to_agree(name):
    if name.startswith("module"):
        pytest.importorskip("torch", reason="modules are PyTorch's")
    done = initlab("compare", "--from", name, cwd=files.STORED)
    agreed = re.search(r"Again: (all )?(\d+)( of \d+)? runs agree", done.stdout)
    assert agreed, done.stdout + done.stderr
    assert agreed[1] or "please report" not in done.stdout


def test_the_settings_are_those_of_the_file(both):
    kept, found = (one["study"] for one in both)
    data = {name: found["data"][name] for name in kept["data"]}  # it says more today
    assert kept.items() <= {**found, "data": data}.items()


def test_five_runs_diverged_and_each_initialization_has_its_own_rate(dense):
    large = [cell for cell in dense["cells"] if cell["init"] == "normal(std=10)"]
    assert [cell["outcome"] for cell in large].count("diverged") == 5
    assert {cell["learning_rate"] for cell in large} == {0.05}
    assert {c["learning_rate"] for c in dense["cells"] if c["init"] == "he_normal"} == {0.2}


def test_statistics_are_those_of_numpy_and_scipy(both):
    _, found = both
    checked = 0
    for start in found["summary"]:
        cells = [c for c in found["cells"] if c["init"] == start["init"]]
        for name in SCORES:
            values = [c[name] for c in cells if c.get(name) is not None]
            if values:
                wanted = [np.mean(values), trim_mean(values, 0.25), min(values), max(values)]
                assert [start[name][k] for k in ("mean", "iqm", "min", "max")] == pytest.approx(
                    wanted, rel=1e-12
                )
                checked += 1
    assert checked >= 6


def test_a_difference_is_the_mean_over_common_seeds_and_the_larger_wins(dense):
    first, second = "he_normal", "W1=1,B1=0,W2=1,B2=0"
    one = next(d for d in dense["differences"] if (d["first"], d["second"]) == (first, second))
    scores = {(c["init"], c["seed"]): c["validation_r2"] for c in dense["cells"]}
    wanted = np.mean([scores[first, seed] - scores[second, seed] for seed in range(6)])
    assert (one["mean_difference"], one["ahead"]) == (pytest.approx(wanted, rel=1e-12), first)
