"""A module is diagnosed on one batch: read once, and as no forward has written into it."""

from __future__ import annotations

from ..engines.torch.making import mlp
from .making import classes, drawn, nn, seeded, torch

from initlab.diagnosis.diagnose import diagnose_module  # isort: skip


class Stream(torch.utils.data.IterableDataset):
    """Counts how often it is read."""

    read = 0

    def __iter__(self):
        self.read += 1
        yield from zip(drawn(64, 6), classes(3, 64), strict=True)


def test_data_are_read_once_also_for_a_fix():
    data, model = Stream(), mlp((6, 8, 3))
    for one in model.parameters():
        nn.init.zeros_(one)
    found = diagnose_module(model, data)
    assert not found.healthy
    found.fix()
    assert data.read == 1


class Writes(nn.Module):
    """Triples what it is given, in place."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x.mul_(3))


def test_a_forward_that_writes_into_its_inputs_is_given_new_ones():
    x, y = drawn(64, 6), classes(3, 64)
    own = diagnose_module(Writes(seeded(lambda: mlp((6, 8, 3)))), x, y)
    other = diagnose_module(seeded(lambda: mlp((6, 8, 3))), 3 * x, y)
    assert own.trial.own.runs == other.trial.own.runs
