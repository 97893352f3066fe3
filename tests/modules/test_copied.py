"""A copy of a module, also of one that PyTorch does not copy."""

from __future__ import annotations

import pytest

from initlab.modules.copied import copied

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn
prune = pytest.importorskip("torch.nn.utils.prune")


def test_a_pruned_module_is_copied_and_stays_pruned():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    prune.random_unstructured(module[0], "weight", 0.5)
    module(torch.randn(4, 6))
    one, x = copied(module), torch.randn(4, 6)
    assert torch.equal(one(x), module(x))
    with torch.no_grad():
        one[0].weight_orig.fill_(1.0)
    one(x)
    assert int((one[0].weight == 0).sum()) == 24
    assert not torch.equal(one(x), module(x))


def test_a_recurrent_layer_is_copied_with_its_weights_in_one_piece(monkeypatch):
    packed = []
    monkeypatch.setattr(nn.RNNBase, "flatten_parameters", lambda self: packed.append(self))
    module = nn.Sequential(nn.LSTM(3, 4))
    packed.clear()
    one = copied(module)
    assert packed == [one[0]]
