"""Losses as people pass them: by name, torch's function or module, with arguments, their own."""

from __future__ import annotations

import functools

import pytest

from initlab.errors import InitlabError

from .making import functional, mlp, nn, torch

from initlab.datasets import InMemory  # isort: skip
from initlab.engines.torch.probe import probe  # isort: skip
from initlab.engines.torch.task import task_of  # isort: skip

OUTPUTS = torch.tensor([[0.5], [-1.0], [2.0], [0.25]])
VALUES = torch.tensor([1.0, 0.0, 3.0, -1.0])


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("mse", functional.mse_loss),
        ("mse", nn.MSELoss()),
        ("mse", nn.MSELoss),
        ("l1", functional.l1_loss),
        ("huber", nn.HuberLoss()),
        ("bce_with_logits", functional.binary_cross_entropy_with_logits),
        ("bce_with_logits", nn.BCEWithLogitsLoss()),
    ],
)
def test_torchs_losses_pair_one_output_with_one_target_as_their_names_do(name, loss):
    task, named = task_of(loss, OUTPUTS, VALUES), task_of(name, OUTPUTS, VALUES)
    in_pairs = getattr(functional, "binary_cross_entropy_with_logits" if name[0] == "b" else
                       f"{name}_loss")(OUTPUTS[:, 0], VALUES)  # fmt: skip
    assert task.loss_of(OUTPUTS, VALUES) == named.loss_of(OUTPUTS, VALUES) == in_pairs
    assert (task.name, task.kind, task.reference) == (named.name, named.kind, name)


def test_a_loss_of_torch_that_would_make_a_table_of_all_pairs_is_refused():
    model = nn.Linear(3, 1)
    x, y = torch.randn(20, 3), torch.randn(20)

    class Unknown(nn.SmoothL1Loss):
        pass

    with pytest.raises(InitlabError, match=r"Unknown fails on outputs of shape \(10, 1\) and"):
        probe(model, Unknown(), InMemory((x,), y, 10))


def test_a_loss_with_arguments_is_known_by_its_kind_and_not_taken_for_the_plain_one():
    outputs, labels = torch.randn(4, 3), torch.tensor([0, 1, 2, 0])
    smooth = functools.partial(functional.cross_entropy, label_smoothing=0.1)
    for loss in (smooth, nn.CrossEntropyLoss(label_smoothing=0.1)):
        task = task_of(loss, outputs, labels)
        assert (task.kind, task.reference) == ("classes", None)
        assert task.name != "cross_entropy"
    assert task_of(smooth, outputs, labels).name == "cross_entropy with label_smoothing"


def test_masks_of_one_channel_are_answers_of_yes_or_no():
    logits, mask = torch.randn(2, 1, 4, 4), torch.randint(0, 2, (2, 1, 4, 4))
    for target in (mask, mask[:, 0]):
        task = task_of(None, logits, target)
        assert (task.name, task.kind) == ("binary_cross_entropy", "binary")
        assert torch.isfinite(task.loss_of(logits, target))
    assert task_of(None, torch.randn(2, 3, 4, 4), mask[:, 0]).kind == "classes"


class Tokens(nn.Module):
    """Scores of 7 tokens at 5 places, the tokens on the last axis."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(7, 7)

    def forward(self, x):
        return self.table(x)


@pytest.mark.parametrize(
    ("model", "x", "y", "words"),
    [
        (Tokens(), torch.zeros(20, 5).long(), torch.zeros(20, 5).long(), r"outputs.movedim\(-1, 1"),
        (mlp(), torch.ones(20, 6), torch.eye(3).long()[[0, 1] * 10], r"one-hot .* y.argmax\(1\)"),
        (nn.Conv2d(1, 2, 1), torch.ones(9, 1, 4, 4), torch.ones(9, 1, 4, 4).long(), r"y\[:, 0\]"),
    ],
)
def test_classes_on_another_axis_are_refused_with_what_to_do(model, x, y, words):
    with pytest.raises(InitlabError, match=rf"cross_entropy takes outputs of shape .*{words}"):
        probe(model, None, InMemory((x,), y, 9))
