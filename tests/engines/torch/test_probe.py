"""A first batch shows what is wrong with a model, its loss or its data, in a user's words."""

from __future__ import annotations

import pytest

from initlab.errors import InitlabError

from .making import Course, Everything, Transformer, blobs, mlp, nn, torch

from initlab.datasets import InMemory  # isort: skip
from initlab.engines.torch.probe import first_nonfinite_layer, probe

X, Y = blobs()


def probed(model, x=X, y=Y, loss=None, validation=None):
    return probe(model, loss, InMemory((x,), y, 10), validation)


class Wrong(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(6, 8), nn.ReLU())
        self.head = nn.Linear(9, 3)

    def forward(self, x):
        x = self.features(x)
        return self.head(x)


def test_a_forward_that_fails_names_line_layer_and_shapes():
    with pytest.raises(InitlabError) as caught:
        probed(Wrong())
    words = str(caught.value)
    assert words.startswith(
        "The model's forward pass fails on a batch of shape (10, 6) at test_probe.py"
    )
    assert "`return self.head(x)`, in layer head = Linear(in_features=9, out_features=3" in words
    assert "with input of shape (10, 8): RuntimeError" in words


@pytest.mark.parametrize(
    ("model", "x", "words"),
    [
        (mlp((7, 3)), X, r"shape \(10, 6\), in layer 0 = Linear\(in_features=7"),
        (Course(), X, r"shape \(10, 6\) at making.py, line \d+, `x = x.view"),
        (nn.Conv2d(3, 4, 3), torch.ones(20, 1, 8, 8), r"\(10, 1, 8, 8\).*3 channels"),
        (nn.Embedding(4, 3), torch.full((60, 2), 7), "IndexError"),
    ],
)
def test_wrong_input_shapes_are_told(model, x, words):
    with pytest.raises(InitlabError, match=words):
        probed(model, x, Y[: len(x)])


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        return self.fc(x), x


@pytest.mark.parametrize(
    ("model", "y", "loss", "words"),
    [
        (mlp(), Y + 1, None, r"labels must be from 0 to 2, .* of 3 classes; got 3 at y\[2\]"),
        (mlp(), Y - 2, None, r"from 0 to 2.*got -2 at y\[0\]"),
        (
            mlp((6, 1)),
            Y,
            None,
            r"from 0 to 1, because the loss bce_with_logits is for two classes; got 2 at y\[2\].*"
            "let the model return one score per class",
        ),
        (Two(), Y, None, "must return one tensor; Two returned a value of type tuple"),
        (mlp(), Y.float(), "cross_entropy", r"The loss cross_entropy fails .*\(10, 3\) .*\(10,\)"),
        (mlp(), Y.float(), "nll", r"The loss nll fails"),
        (mlp(), X, "mse", r"The loss mse fails on outputs of shape \(10, 3\) .* \(10, 6\)"),
        (
            mlp(),
            Y,
            nn.CrossEntropyLoss(reduction="none"),
            r"scalar tensor; got one that returns a tensor of shape \(10,\)",
        ),
    ],
)
def test_what_does_not_fit_the_loss_is_told(model, y, loss, words):
    with pytest.raises(InitlabError, match=words):
        probed(model, y=y, loss=loss)


def test_validation_samples_that_do_not_fit_are_told_before_training():
    with pytest.raises(InitlabError, match=r"fails on a validation batch of shape \(8, 5\)"):
        probed(mlp(), validation=InMemory((X[:, :5],), Y))
    with pytest.raises(InitlabError, match=r"from 0 to 2.*got 9 at y\[1\]"):
        probed(mlp(), validation=InMemory((X,), torch.tensor([0, 9] * 30)))


def test_ignored_labels_are_no_mistake():
    assert probed(mlp(), y=torch.where(Y == 2, -100, Y)).task.name == "cross_entropy"


@pytest.mark.parametrize(
    ("outputs", "target", "name"),
    [
        (3, Y, "cross_entropy"), (1, Y % 2, "binary_cross_entropy"),
        (1, X[:, 0], "mse"), (6, X, "mse"),
    ],
)  # fmt: skip
def test_the_loss_follows_from_the_targets(outputs, target, name):
    assert probed(mlp((6, outputs)), y=target).task.name == name


def test_who_draws_random_numbers_is_seen():
    images = torch.zeros(20, 1, 8, 8)
    assert probed(mlp()).draws == ()
    assert probed(nn.Sequential(mlp(), nn.Dropout(0.5))).draws == ()  # masks of its own
    assert probed(Everything()).draws == ("torch",)
    assert probed(Transformer(), images, Y[:20]).draws == ("torch",)
    assert probed(nn.Sequential(mlp(), Coin())).draws == ("numpy", "python")


class Coin(nn.Module):
    def forward(self, x):
        import random

        import numpy as np

        return x * random.random() * float(np.random.rand())


def test_probing_moves_no_random_number():
    model, before = Everything(), torch.get_rng_state()
    probed(model, validation=InMemory((X,), Y))
    assert torch.equal(torch.get_rng_state(), before)


def test_the_first_layer_that_is_not_finite_is_named():
    model = mlp((6, 8, 8, 3))
    model[2].weight.data.fill_(float("inf"))
    assert first_nonfinite_layer(model, ((X,), Y)) == "output of 2"
    assert first_nonfinite_layer(mlp(), ((X,), Y)) is None
    assert not model[2]._forward_hooks  # they are gone


def test_an_input_that_the_model_spoilt_between_its_layers_is_named():
    class Spoilt(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = torch.nn.Linear(4, 4), torch.nn.Linear(4, 3)

        def forward(self, x):
            return self.second(torch.log(-self.first(x).abs()))

    assert first_nonfinite_layer(Spoilt(), ((torch.ones(2, 4),), None)) == "input of second"


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 3)

    def forward(self, x, z):
        return self.fc(x + z)


def test_missing_inputs_and_whole_numbers_are_told_with_what_to_do():
    with pytest.raises(
        InitlabError, match=r"missing 1 .*For several inputs give a TensorDataset\(x1"
    ):
        probed(TwoInputs())
    with pytest.raises(InitlabError, match=r"The samples are whole numbers\. Convert them"):
        probed(mlp(), torch.ones(60, 6).long())


def test_classes_given_as_floats_are_told_to_be_whole_numbers():
    for loss in (None, "cross_entropy"):
        with pytest.raises(InitlabError, match=r"If the targets are classes, give whole numbers"):
            probed(mlp(), y=Y.float(), loss=loss)
    with pytest.raises(InitlabError) as caught:
        probed(mlp(), y=Y + 0.5)
    assert "classes" not in str(caught.value)
