"""What one tensor shows by itself."""

from __future__ import annotations

import math

import pytest

import initlab

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn


def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(30, 40), nn.BatchNorm1d(40), nn.Linear(40, 5))


def names(built, **options):
    return [one.name for one in initlab.audit(built, **options).findings]


@pytest.mark.parametrize(
    ("change", "name", "severity", "where"),
    [
        (lambda m: m[2].bias.data.__setitem__(0, math.nan), "not_finite", "wrong", "2.bias"),
        (lambda m: m[0].weight.data.__setitem__(3, math.inf), "not_finite", "wrong", "0.weight"),
        (lambda m: m[0].weight.data.__setitem__((3, 3), 1e-40), "uninitialized_memory", "wrong",
         "0.weight"),
        (lambda m: m[1].running_mean.__setitem__(0, 1e30), "uninitialized_memory", "wrong",
         "1.running_mean"),
        (lambda m: m[0].weight.data.fill_(0.1), "constant_weights", "wrong", "0.weight"),
        (lambda m: m[0].weight.data.zero_(), "zero_weight", "doubtful", "0.weight"),
        (lambda m: m[1].weight.data.zero_(), "zero_scale", "doubtful", "1.weight"),
        (lambda m: m[0].weight.data.__setitem__(slice(5, 15), 0), "zero_patches", "doubtful",
         "0.weight"),
        (lambda m: m[0].weight.data.__setitem__((3, 3), 9.0), "outliers", "doubtful", "0.weight"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_one_tensor_is_found(change, name, severity, where):
    built = model()
    change(built)
    audit = initlab.audit(built)
    (finding,) = audit.findings
    assert (finding.name, finding.severity, finding.where) == (name, severity, (where,))
    assert where in finding.sentence
    assert finding.evidence
    assert audit.sound is (severity == "doubtful")
    if where != "1.running_mean":
        assert audit.rows[0].name == where  # worst first
    assert names(built, ignore=[name]) == []


def test_leftovers_of_memory_are_found():
    built = nn.Linear(100, 50)
    bits = torch.randint(-(2**31), 2**31 - 1, (50, 100), dtype=torch.int64).int()
    built.weight.data.copy_(bits.view(torch.float32))
    assert "uninitialized_memory" in names(built)


def test_a_padding_row_an_identity_and_sparse_weights_are_sound():
    built = nn.ModuleList(
        [nn.Embedding(50, 40, padding_idx=3), nn.Linear(30, 30), nn.Linear(9, 90)]
    )
    nn.init.eye_(built[1].weight)
    nn.init.sparse_(built[2].weight, 0.95)
    assert names(built) == []
    assert initlab.audit(built)["1.weight"].law in ("orthogonal", "0 (0.967), 1 (0.0333)")
