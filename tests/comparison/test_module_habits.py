"""compare(model=...) as a researcher's own networks meet it: losses, scores, memory, names."""

from __future__ import annotations

from dataclasses import replace

import pytest

import initlab
from initlab.comparison import compare_again, prepare
from initlab.errors import ArgumentError, StudyError
from initlab.study import expand, run_cell

from ..engines.torch.making import blobs, functional, mlp, nn, torch
from .test_modules import build_everything, load_blobs


def compared(model=mlp, data=None, **options):
    settings = {"inits": ["default", "he_normal"], "seeds": 1, "steps": 6, "progress": False}
    data = blobs() if data is None else data
    return initlab.compare(model=model, data=data, **{**settings, **options})


def two_terms(outputs, target):
    return functional.cross_entropy(outputs, target) + 0.01 * outputs.pow(2).mean()


def test_a_loss_of_ones_own_ranks_by_right_classes_where_that_is_asked_for():
    assert compared(loss=two_terms).study.metric == "validation_loss"
    for asked in ({"metric": "accuracy"}, {"metrics": ["accuracy"]}):
        result = compared(loss=two_terms, **asked)
        assert result.study.metric == "validation_accuracy"
        assert result.study.problem.loss == "two_terms"
        assert 0 <= result.cells[0].metrics["validation_accuracy"] <= 1
    plain = compared(loss=functional.cross_entropy, engine="torch", steps=0)
    own = compared(loss=two_terms, metric="accuracy", steps=0)
    assert [one.metrics["validation_accuracy"] for one in own.cells] == [
        one.metrics["validation_accuracy"] for one in plain.cells
    ]
    x = torch.randn(60, 6)
    with pytest.raises(ArgumentError, match="metric must be one of"):
        compared(data=(x, x[:, :3]), loss=lambda z, y: (z - y).abs().mean(), metric="accuracy")


def test_the_threshold_of_a_regression_is_half_the_loss_of_answering_the_mean():
    x = torch.randn(50, 6)
    y = 30 * torch.arange(50.0)[:, None]
    result = compared(lambda: mlp((6, 4, 1)), (x, y, x, y))
    assert result.study.training.threshold == float(f"{float(y.var(correction=0)) / 2:.2g}")
    assert "threshold" not in result.analysis.next
    assert compared(lambda: mlp((6, 4, 1)), (x, y), threshold=7.0).study.training.threshold == 7
    assert compared().study.training.threshold == 0.5


def test_a_loss_from_memory_is_named_by_the_next_command_and_refused_from_a_file(tmp_path):
    result = compared(build_everything, load_blobs, loss=nn.CrossEntropyLoss(label_smoothing=0.1))
    assert "--loss CrossEntropyLoss" in result.analysis.next  # never a study of the plain loss
    result.to_json(tmp_path / "study.json")
    with pytest.raises(StudyError, match="loss, CrossEntropyLoss, existed in memory"):
        compare_again(tmp_path / "study.json", progress=False)


@pytest.mark.parametrize("options", [{"momentum": 0.9}, {"optimizer_arguments": {"momentum": 0.9}}])
def test_momentum_is_kept_when_a_study_is_run_again(options, tmp_path):
    result = compared(build_everything, load_blobs, optimizer="sgd", **options)
    without = compared(build_everything, load_blobs, optimizer="sgd")
    assert result.cells[0].curve != without.cells[0].curve
    result.to_json(tmp_path / "study.json")
    again, stored = compare_again(tmp_path / "study.json", progress=False)
    assert again.analysis.to_record() == stored.to_record()


class Wide(nn.Module):
    """Few numbers in, many in between: 50,000 for a sample. Notes the batches it was given."""

    sizes: list[int] = []  # noqa: RUF012 - of the class, for copies report too

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        self.sizes.append(len(x))
        return self.fc(x)[:, :, None].expand(-1, -1, 20_000)


def test_no_more_samples_are_looked_at_together_than_training_takes_where_they_are_large():
    x, y = torch.randn(900, 6), torch.zeros(900, 1).long().expand(-1, 20_000)
    Wide.sizes = []
    compared(Wide, (x, y), batch_size=20, steps=1, inits=["default"])
    assert max(Wide.sizes) == 20
    Wide.sizes = []
    compared(Wide, (x, y), batch_size=20, steps=1, inits=["default"], n_validation=300)
    assert sum(size for size in Wide.sizes if size <= 20) == sum(Wide.sizes)


def test_the_dense_engine_speaks_of_the_modules_own_layers(monkeypatch):
    dense, by_torch = compared(), compared(engine="torch")
    assert dense.analysis.engine.startswith("dense")
    assert list(dense.cells[0].gradient_norms) == list(by_torch.cells[0].gradient_norms)
    own, torchs = (one.cells[0].diagnosis.layers.name for one in (dense, by_torch))
    assert own == torchs == ("0", "2")
    study, loaded = prepare(None, {"data": blobs()}, model=mlp)
    (spec,), *_ = expand(study, loaded)
    for place, named in (("W2.grad", "2.weight.grad"), ("b1", "0.bias"), ("loss", "loss")):
        monkeypatch.setattr(loaded, "train", diverging(loaded.train, place))
        assert run_cell(spec, loaded).first_nonfinite == named


def diverging(train, place):
    """Return a training that says to have diverged at this place."""

    def trained(specs, networks, callbacks):
        (trajectory,) = train(specs, networks, callbacks)
        return [replace(trajectory, outcome="diverged", diverged_step=0, first_nonfinite=place)]

    return trained


def test_frozen_parameters_are_noted_and_left_as_they_were_built():
    def with_backbone():
        model = mlp()
        for one in model[0].parameters():
            one.requires_grad_(False)
        torch.nn.init.constant_(model[0].weight, 0.25)
        return model

    result = compared(with_backbone)
    [note] = result.notes
    assert note == (
        "2 parameters (0.weight, 0.bias) are frozen, so with every init they keep the values that "
        "the model was built with."
    )
    for cell in result.cells:
        assert (cell.parameters["0.weight"] == 0.25).all()
    assert compared().notes == ()
