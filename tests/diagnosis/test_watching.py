"""Tensors as blocks of samples, points and units; what is noted of each call."""

from __future__ import annotations

import pytest

from .making import drawn, entry, functional, nn, seeded, torch

from initlab.diagnosis.watching import Watcher, by_sample  # isort: skip
from initlab.diagnosis.measuring import measure  # isort: skip
from initlab.modules.computation import followed, watched  # isort: skip
from initlab.modules.flow import is_one_call  # isort: skip


def whole(blocks):
    return torch.cat([*blocks()])


@pytest.mark.parametrize(
    ("shape", "units", "expected"),
    [
        ((4, 5), 1, (4, 1, 5)),
        ((4, 3, 5), 2, (4, 3, 5)),
        ((4, 5, 2, 3), 1, (4, 6, 5)),
        ((3, 4, 5), 2, (4, 3, 5)),  # the samples second, as recurrent layers have them
        ((12, 5), 1, (4, 3, 5)),  # three rows of each sample
    ],
)
def test_samples_come_first_and_units_last(shape, units, expected, monkeypatch):
    monkeypatch.setattr("initlab.diagnosis.watching.AT_ONCE", 20)
    tensor = drawn(*shape)
    blocks, apart = by_sample(tensor, 4, units)
    found = whole(blocks)
    assert apart
    assert tuple(found.shape) == expected
    assert found.dtype == torch.float64
    assert sorted(found.flatten().tolist()) == sorted(tensor.double().flatten().tolist())
    per_unit = tensor.movedim(units, -1).reshape(-1, shape[units]).mean(dim=0).double()
    assert found.mean(dim=(0, 1)).tolist() == pytest.approx(per_unit.tolist(), abs=1e-6)


def test_samples_that_cannot_be_told_apart_are_not():
    assert by_sample(drawn(7, 5), 4, 1)[1] is False
    assert by_sample(drawn(1, 5), 1, 1)[1] is False
    windows = seeded(lambda: nn.Sequential(nn.Linear(6, 4), nn.Flatten(0), nn.Unflatten(0, (10, 8)),
                                           nn.Linear(8, 3), nn.Flatten(0)))  # fmt: skip
    found = measure(windows, drawn(20, 6))
    assert entry(found, "0").c is not None
    assert entry(found, "3").c is None
    reasons = {(one.what, one.where) for one in found.not_measured}
    assert ("c", ("3",)) in reasons


def test_activations_are_not_kept():
    """Of all outputs, only those live on that the graph needs."""
    import gc
    import weakref

    alive = []

    class Sums(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(6, 6)

        def forward(self, x):
            for _ in range(5):
                y = self.a(x)
                alive.append(weakref.ref(y))
                x = torch.add(x, y)  # needs neither
            return x

    model = seeded(Sums)
    watcher = Watcher(model, 12)
    with watched(model, watcher.entering, watcher.leaving):
        outputs, calls = followed(model, (drawn(12, 6),), watcher.seen, is_one_call, gradients=True)
    gc.collect()
    assert [one() for one in alive] == [None] * 5
    assert len(watcher.uses) == 5
    assert outputs.requires_grad
    assert len(calls) == len(watcher.calls) + 1


def test_functions_that_drop_rest_and_are_told():
    class Masks(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.c = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 3)

        def forward(self, x):
            x = functional.dropout(self.a(x), 0.9, self.training)
            return self.c(functional.dropout1d(self.b(x)[None], p=0.25, training=True)[0])

    model = seeded(Masks)
    found = measure(model, drawn(20, 6))
    expected = model.c(model.b(model.a(drawn(20, 6)))).square().mean().item()
    assert found.layers[-1].q.value == pytest.approx(expected, rel=1e-5)
    assert [one.dropout for one in found.layers] == [0.9, 0.25, 0]


def test_stochastic_depth_rests():
    class StochasticDepth(nn.Module):  # as torchvision calls it
        def forward(self, x):
            return x * 0 if self.training else x

    model = seeded(lambda: nn.Sequential(nn.Linear(6, 4), StochasticDepth(), nn.Linear(4, 3)))
    assert measure(model, drawn(20, 6)).layers[1].varied.value > 0
    assert model[1].training


@pytest.mark.parametrize("after", [nn.LayerNorm(6, elementwise_affine=False),
                                   lambda h: functional.layer_norm(h, (6,))])  # fmt: skip
def test_norms_without_parameters_and_functions_are_seen(after):
    class Normed(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.after = nn.Linear(6, 6), after

        def forward(self, x):
            return self.after(self.a(x))

    assert measure(seeded(Normed), drawn(20, 6)).normalized
