"""On a GPU: the numbers of the CPU, the same report, undone to the last bit."""

from __future__ import annotations

import copy

import pytest

import initlab

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn
pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")


def model():
    torch.manual_seed(0)
    ways = nn.utils.parametrizations
    return nn.ModuleDict({
        "fc": nn.Linear(64, 32), "norm": nn.BatchNorm1d(32), "embed": nn.Embedding(50, 8),
        "lstm": nn.LSTM(8, 8), "attention": nn.MultiheadAttention(16, 4),
        "weight_norm": ways.weight_norm(nn.Linear(16, 16)),
        "orthogonal": ways.orthogonal(nn.Linear(32, 16, bias=False)),
        "spectral_norm": ways.spectral_norm(nn.Linear(16, 16)),
    })  # fmt: skip


@pytest.mark.parametrize(
    "spec", ["he_normal", "orthogonal", "default", "torch_default; fc.weight=default"]
)
def test_a_gpu_gets_the_numbers_of_the_cpu_and_can_be_undone(spec):
    here, there = model(), model().cuda()
    before = {name: one.clone() for name, one in there.state_dict().items()}
    state = torch.cuda.get_rng_state()
    reports = [initlab.initialize(one, spec, seed=3, undo=True) for one in (here, there)]
    assert torch.equal(torch.cuda.get_rng_state(), state)
    for name, one in here.named_parameters():
        other = there.get_parameter(name).cpu()
        if "orthogonal" not in name:  # whose completion is computed where it lies
            assert torch.allclose(one, other, atol=1e-6), name
    assert torch.allclose(here["orthogonal"].weight, there["orthogonal"].weight.cpu(), atol=1e-5)
    assert [row.done for row in reports[0].rows] == [row.done for row in reports[1].rows]
    reports[1].undo()
    assert all(torch.equal(one, before[name]) for name, one in there.state_dict().items())


def test_copies_are_found_across_devices():
    layer = nn.Linear(64, 64)
    pair = nn.ModuleList([layer, copy.deepcopy(layer).cuda(), nn.Linear(64, 64)])
    (found,) = initlab.audit(pair).findings
    assert (found.name, set(found.where)) == (
        "cloned_layers", {"0.weight", "1.weight", "0.bias", "1.bias"}
    )  # fmt: skip
