"""A copy of a module, also of one that PyTorch does not copy."""

from __future__ import annotations

from torch.nn.utils import prune

from .making import drawn, nn, seeded, torch

from initlab.diagnosis.twin import twin  # isort: skip


def test_a_pruned_module_is_copied_and_stays_pruned():
    module = seeded(lambda: nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)))
    prune.random_unstructured(module[0], "weight", 0.5)
    module(drawn(4, 6))
    one, x = twin(module), drawn(4, 6, seed=1)
    assert torch.equal(one(x), module(x))
    with torch.no_grad():
        one[0].weight_orig.fill_(1.0)
    one(x)
    assert int((one[0].weight == 0).sum()) == 24
    assert not torch.equal(one(x), module(x))
