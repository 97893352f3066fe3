"""Scores of a module: by hand, whatever the size of the chunks."""

from __future__ import annotations

import copy
import math

import pytest

from initlab.errors import DataError

from .making import Everything, blobs, functional, mlp, nn, torch

from initlab.datasets import InMemory  # isort: skip
from initlab.engines.torch.batches import chunks  # isort: skip
from initlab.engines.torch.scores import evaluate
from initlab.engines.torch.task import task_of

X, Y = blobs()


def scores(module, y=Y, loss=None, size=7, **options):
    task = task_of(loss, copy.deepcopy(module)(X), y)
    return evaluate(module, task, chunks(InMemory((X,), y), size), **options)[0]


def test_scores_are_those_of_all_samples_at_once_in_evaluation_mode():
    module = Everything()
    found = scores(module)
    assert module.training
    z = module.eval()(X)
    assert found["loss"] == pytest.approx(functional.cross_entropy(z, Y).item(), rel=1e-6)
    assert found["accuracy"] == (z.argmax(1) == Y).double().mean().item()
    assert scores(module.train(), size=1000)["accuracy"] == found["accuracy"]


def test_r2_is_one_minus_the_share_of_variance_that_is_left():
    y = X[:, :2] * 3 + 1
    module = mlp((6, 2))
    z = module(X).detach()
    left = ((z - y) ** 2).sum() / ((y - y.mean(0)) ** 2).sum()
    assert scores(module, y)["r2"] == pytest.approx(1 - left.item(), rel=1e-5)


def test_a_batch_that_cannot_be_scored_is_said_with_its_shape():
    module = mlp()
    task = task_of(None, module(X), Y)
    with pytest.raises(
        DataError, match=r"^Evaluating the model fails on a batch of shape .*: IndexError: T"
    ):
        evaluate(module, task, chunks(InMemory((X,), Y + 7), 7))


def test_nan_outputs_have_no_accuracy():
    module = mlp()
    module[0].weight.data[0, 0] = math.nan
    assert math.isnan(scores(module)["accuracy"])


def test_ignored_labels_are_not_asked():
    class Right(nn.Module):
        def forward(self, x):
            return functional.one_hot(Y[: len(x)], 3).float()

    y = torch.where(torch.arange(60) < 30, -100, Y)
    assert scores(Right(), y, "cross_entropy", size=60)["accuracy"] == 1


@pytest.mark.parametrize("size", [1, 7, 60])
def test_a_loss_does_not_depend_on_the_chunks_where_labels_are_ignored(size):
    y = torch.where(torch.arange(60) % 7 < 3, -100, Y)
    module = mlp().eval()
    whole = functional.cross_entropy(module(X), y).item()
    assert scores(module, y, "cross_entropy", size=size)["loss"] == pytest.approx(whole, rel=1e-6)


def test_probabilities_of_classes_count_by_the_largest():
    y = functional.one_hot(Y, 3).float() * 0.8 + 0.1
    module = mlp()
    right = (module(X).argmax(1) == Y).double().mean().item()
    assert scores(module, y, "cross_entropy")["accuracy"] == right


def test_own_metrics_see_all_samples_at_once():
    seen = []

    def spread(outputs, target):
        seen.append(len(target))
        return outputs.std()

    found = scores(mlp(), metrics={"spread": spread, "none": lambda z, y: math.inf})
    assert seen == [60]
    assert found["spread"] > 0
    assert math.isnan(found["none"])
    with pytest.raises(DataError, match=r"metric bad failed at test_scores.py, line \d+"):
        scores(mlp(), metrics={"bad": lambda z, y: z.nope})


def test_a_metric_may_return_a_tensor_that_requires_grad(monkeypatch):
    weight = torch.ones((), requires_grad=True)
    seen = []
    to_number = torch.Tensor.__float__

    def watched(self):
        seen.append(self.requires_grad)
        return to_number(self)

    monkeypatch.setattr(torch.Tensor, "__float__", watched)
    x, y = blobs()
    module = mlp()
    found, _ = evaluate(
        module, task_of(None, module(x), y), [((x,), y)], {"mine": lambda outputs, y: 3.0 * weight}
    )
    assert found["mine"] == 3.0
    assert not any(seen)  # PyTorch warns of it
