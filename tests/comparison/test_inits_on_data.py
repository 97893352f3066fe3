"""compare() with inits that look at data: the same batch for every run, worker and engine."""

from __future__ import annotations

import math

import numpy as np
import pytest

import initlab
from initlab.comparison import compare_again, prepare
from initlab.errors import InitlabError
from initlab.initialization.on_data import SAMPLES
from initlab.study.expansion import expand

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn


def normed():
    return nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))


def recurrent():
    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.head = nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 3)

        def forward(self, x):
            return self.head(self.lstm(x.view(-1, 2, 3))[0][:, -1])

    return Tagger()


def sorted_by_class(count=900):
    """Inputs whose spread grows with the class, so that the first samples are not like all."""
    generator = np.random.default_rng(0)
    y = np.sort(generator.choice(3, count, p=(0.5, 0.3, 0.2)))
    return generator.normal(0, 1 + 3 * y[:, np.newaxis], (count, 6)).astype(np.float32), y


def parts():
    x, y = sorted_by_class()
    return x, y, x[::5], y[::5]


def compared(inits, model=normed, **options):
    settings = {"seeds": 2, "steps": 3, "progress": False, "data": parts(), **options}
    return initlab.compare(model=model, inits=inits, **settings)


def losses(result):
    return {(cell.init, cell.seed, cell.initial_loss) for cell in result.cells}


def test_runs_do_not_depend_on_workers_or_the_other_inits():
    both = losses(compared(["lsuv", "data_normalized; role:norm=calibrated"], workers=2))
    assert losses(compared(["lsuv"], workers=1)) == {one for one in both if one[0] == "lsuv"}
    assert all(math.isfinite(loss) for _, _, loss in both)


def test_the_batch_is_spread_over_the_training_samples_and_the_prior_sees_all():
    init = "lsuv(tolerance=0.0001); role:norm=calibrated; role:head=prior"
    study, loaded = prepare(None, {"data": parts(), "inits": [init], "seeds": 1}, model=normed)
    (spec,) = (one for block in expand(study, loaded) for one in block)
    network = loaded.draw(spec)
    x, y = sorted_by_class()
    batch = torch.from_numpy(x[np.linspace(0, len(x) - 1, SAMPLES).round().astype(int)])
    with torch.no_grad():
        assert network[0](batch).var(correction=0).item() == pytest.approx(1, abs=2e-4)
        assert torch.allclose(network[1].running_mean, network[0](batch).mean(0), atol=1e-5)
    assert torch.allclose(network[3].bias.exp(), torch.tensor(np.bincount(y) / len(y)).float())


def test_what_cannot_be_reached_is_a_note_of_the_study():
    result = compared(["lsuv", "he_normal"], model=recurrent)
    notes = " ".join(result.analysis.notes)
    assert "With seed 0, lsuv does not adjust lstm.weight_hh_l0" in notes


def test_a_plain_stack_begins_alike_in_both_engines_and_a_study_runs_again(tmp_path, monkeypatch):
    def plain():
        return nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.Tanh(), nn.Linear(8, 10))

    found = [
        compared(["lsuv"], model=plain, data="digits", engine=engine, seeds=1).cells[0]
        for engine in ("dense", "torch")
    ]
    final = [cell.metrics["validation_loss"] for cell in found]
    assert final[0] == pytest.approx(final[1], rel=1e-5)
    choices = {"seeds": 1, "steps": 2, "progress": False, "bias_init": "uniform(low=0, high=1)"}
    circles = initlab.compare("circles", inits=["lsuv", "data_normalized; b3=prior"], **choices)
    monkeypatch.setattr("initlab.report.folder.pictures", lambda record, data: ())
    circles.plot(tmp_path / "report")
    again, stored = compare_again(tmp_path / "report" / "study.json", progress=False)
    assert losses(again) == losses(circles)
    assert stored.study.inits == ("lsuv", "data_normalized; b3=prior")


@pytest.mark.parametrize(
    ("inits", "words"),
    [
        (["he_normal; 0.bias=prior"], "targets must be an array with 8 numbers per sample|classes"),
        (["prior"], "init must be an init for weights; got 'prior'"),
        (["lsuv(iterations=0)"], "iterations must be an integer"),
    ],
)
def test_what_does_not_fit_is_refused_before_training(inits, words):
    with pytest.raises(InitlabError, match=words):
        compared(inits)
