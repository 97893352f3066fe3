"""What a user gives as data, or a shape, or nothing: one batch, and what it is in words."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest

from .making import Encoder, Recurrent, classes, drawn, nn, seeded, torch

from initlab.diagnosis.inputs import inputs_of  # isort: skip
from initlab.diagnosis.measuring import measure  # isort: skip
from initlab.errors import InitlabError  # isort: skip

MODEL = seeded(lambda: nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 3)))
X, Y = drawn(20, 6), classes(3, 20)


class Pairs(torch.utils.data.Dataset):
    def __len__(self):
        return 20

    def __getitem__(self, k):
        return X[k], int(Y[k])


def test_tensors_arrays_tuples_and_mappings_are_taken_as_they_are():
    found = inputs_of(MODEL, X, Y)
    assert torch.equal(found.given[0], X)
    assert found.given[0].data_ptr() != X.data_ptr()  # the forward may write into it
    assert (found.samples, found.words, found.random) == (20, "20 samples of the data", False)
    double = inputs_of(MODEL, X.double().numpy(), Y.numpy().astype(np.int32))
    assert double.given[0].dtype == torch.float32
    assert double.target.dtype == torch.int64
    several = inputs_of(MODEL, (X, Y, None, 3))
    assert [type(one).__name__ for one in several.given] == ["Tensor", "Tensor", "NoneType", "int"]
    named = inputs_of(MODEL, OrderedDict(x=X, mask=Y > 1))
    assert named.given["mask"].dtype == torch.bool


def test_a_column_of_labels_is_a_row():
    assert inputs_of(MODEL, X, Y[:, None]).target.shape == (20,)
    assert inputs_of(MODEL, X, drawn(20, 1)).target.shape == (20, 1)


def test_of_many_samples_the_same_ones_are_chosen_for_a_seed():
    x, y = drawn(1000, 6), torch.arange(1000)
    found = inputs_of(MODEL, x, y, seed=1)
    assert found.words == "256 of 1,000 samples of the data"
    assert torch.equal(found.given[0], x[found.target])
    assert len(found.target.unique()) == 256
    assert torch.equal(found.target, inputs_of(MODEL, x, y, seed=1).target)
    assert not torch.equal(found.target, inputs_of(MODEL, x, y, seed=2).target)


@pytest.mark.parametrize("shuffle", [False, True])
def test_the_first_batch_of_a_loader_is_taken_and_nothing_moves(shuffle):
    generator = torch.Generator().manual_seed(7)
    loader = torch.utils.data.DataLoader(Pairs(), 8, shuffle=shuffle, generator=generator)
    before, outer = generator.get_state(), torch.get_rng_state()
    found = inputs_of(MODEL, loader)
    assert torch.equal(generator.get_state(), before)
    assert torch.equal(torch.get_rng_state(), outer)
    assert (found.samples, found.target.shape) == (8, (8,))
    rows = [int((one == X).all(dim=1).nonzero()) for one in found.given[0]]
    assert torch.equal(found.target, Y[rows])
    assert (rows == list(range(8))) is not shuffle


def test_datasets_and_loaders_of_mappings():
    assert inputs_of(MODEL, Pairs()).samples == 20
    rows = [{"x": X[k], "labels": Y[k]} for k in range(20)]
    found = inputs_of(MODEL, torch.utils.data.DataLoader(rows, 5))
    assert list(found.given) == ["x", "labels"]
    assert found.target is None
    alone = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X), 5)
    assert inputs_of(MODEL, alone).target is None
    with pytest.raises(InitlabError, match="y must be left out if x is a DataLoader"):
        inputs_of(MODEL, Pairs(), Y)
    with pytest.raises(InitlabError, match="yields no sample"):
        inputs_of(MODEL, torch.utils.data.DataLoader([]))


@pytest.mark.parametrize("shape", ["5x6", (5, 6), "5,6", [5, 6]])
def test_a_shape_makes_a_stated_random_batch(shape):
    found = inputs_of(MODEL, shape=shape)
    assert found.words == "5 random samples of size 6"
    assert found.given[0].shape == (5, 6)
    assert torch.equal(found.given[0], inputs_of(MODEL, shape=shape).given[0])
    assert not torch.equal(found.given[0], inputs_of(MODEL, shape=shape, seed=1).given[0])


@pytest.mark.parametrize("shape", ["6", (6,)])
def test_the_shape_of_one_sample_of_a_linear_layer_is_no_batch(shape):
    with pytest.raises(InitlabError, match="For 64 samples of 6 numbers, give 64x6"):
        inputs_of(MODEL, shape=shape)


def test_a_first_embedding_gets_tokens():
    found = inputs_of(seeded(Encoder), shape="500x7")
    assert found.words == "500 samples of 7 random tokens"
    assert (int(found.given[0].min()), int(found.given[0].max())) == (0, 49)


def test_without_anything_the_first_layer_says_the_shape():
    assert inputs_of(MODEL).words == "64 random samples of size 6"
    assert inputs_of(seeded(Encoder)).words == "64 samples of 16 random tokens"
    double = seeded(lambda: nn.Linear(6, 3)).double()
    assert inputs_of(double).given[0].dtype == torch.float64
    assert measure(MODEL).batch == "64 random samples of size 6"


@pytest.mark.parametrize("make", [lambda: nn.Conv2d(3, 4, 3), Recurrent, lambda: nn.LayerNorm(5)])
def test_where_the_shape_is_open_a_sentence_says_how_to_give_it(make):
    with pytest.raises(InitlabError, match=r'Give x, or the shape .* shape="32x3x224x224"'):
        inputs_of(make())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"x": X, "shape": "3x6"}, "shape must be left out if x is given"),
        ({"shape": "3xa"}, "shape must be the sizes of a batch"),
        ({"shape": (3, 0)}, "shape must be an integer >= 1"),
        ({"shape": 5}, "shape must be the sizes of a batch"),
        ({"x": X, "y": Y[:5]}, "one entry per sample"),
        ({"x": object()}, "x must be a tensor, an array"),
        ({"x": X[:0]}, "holds no sample"),
        ({"x": X.to("meta")}, "x must be tensors with values; got a tensor on the meta device"),
        ({"x": torch.tensor(1.0)}, "tensors whose first axis holds the samples"),
        ({"shape": "3x6", "y": Y}, "must hold as many entries as the batch has samples, 3; got 20"),
    ],
)
def test_what_is_no_batch_is_one_sentence(arguments, words):
    with pytest.raises(InitlabError, match=words):
        inputs_of(MODEL, **arguments)
