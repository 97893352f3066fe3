"""Trainings that wait for each other leave nothing of theirs behind."""

from __future__ import annotations

import gc
import itertools

import numpy as np
import pytest

from initlab.diagnosis.fresh import Batches
from initlab.diagnosis.training import dense_training, module_training
from initlab.networks.dense import DenseNetwork

from .making import classes, drawn, nn, seeded, torch

from initlab.diagnosis.inputs import inputs_of  # isort: skip


def test_a_training_that_waits_leaves_numpys_settings_alone():
    network = DenseNetwork((2, 3, 1), "relu", "binary_cross_entropy")
    x, y = np.ones((8, 2)), np.zeros(8)
    zeros = {"W1": np.zeros((3, 2)), "b1": np.zeros((3, 1)), "W2": np.zeros((1, 3)),
             "b2": np.zeros((1, 1))}  # fmt: skip
    before = np.geterr()
    train = dense_training(network, zeros, x, y, [None] * 4, None)
    waiting = [train("sgd", 0.1), train("adam", 0.1)]
    for one in waiting:
        next(one)
        assert np.geterr() == before
    assert len(list(waiting[0])) == 3
    waiting.clear()
    gc.collect()
    assert np.geterr() == before


@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_a_module_that_waits_holds_no_graph(name):
    class Watched(torch.autograd.Function):
        alive = 0

        @staticmethod
        def forward(context, x):
            context.kept = Counted()
            return x.clone()

        @staticmethod
        def backward(context, slope):
            return slope

    class Counted:
        def __init__(self):
            Watched.alive += 1

        def __del__(self):
            Watched.alive -= 1

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(4, 3)

        def forward(self, x):
            return Watched.apply(self.a(x))

    inputs = inputs_of(seeded(Model), drawn(8, 4), classes(3, 8))
    train = module_training(Model(), Batches(iter((inputs,))), "cross_entropy", 0, None)
    waiting = train(name, 0.1)
    losses = list(itertools.islice(waiting, 5))
    gc.collect()
    assert Watched.alive == 0
    assert losses[-1] < losses[0]
