"""Optimizers as people pass them: what cannot train here is refused before training, with why."""

from __future__ import annotations

import pytest

from initlab.errors import ArgumentError

from .making import mlp, torch

from initlab.engines.torch.optimizer import optimizer_class  # isort: skip


@pytest.mark.parametrize(
    ("optimizer", "why"),
    [
        ("lbfgs", "LBFGS computes the loss several times per step"),
        (torch.optim.LBFGS, "LBFGS computes the loss several times per step"),
        (torch.optim.SparseAdam, "sparse gradients only"),
        (torch.optim.SGD(mlp().parameters(), lr=0.1), "Give the class SGD itself, and its"),
    ],
)
def test_optimizers_that_cannot_train_are_refused_with_the_reason(optimizer, why):
    with pytest.raises(ArgumentError, match=why):
        optimizer_class(optimizer)
