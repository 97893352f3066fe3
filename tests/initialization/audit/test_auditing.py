"""The audit of a model: a row for every parameter, findings as data, worst first."""

from __future__ import annotations

import json
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


def test_a_sound_model_has_a_row_per_parameter_and_no_finding():
    built = model()
    found = initlab.audit(built)
    assert found.sound
    assert found.findings == ()
    assert [row.name for row in found.rows] == [name for name, _ in built.named_parameters()]
    assert str(found).startswith("Sequential: 6 parameters, 1,525 numbers; nothing wrong")
    assert found["1.weight"].law == "1"
    with pytest.raises(KeyError):
        found["nope"]


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


def test_a_model_of_constants_was_never_initialized():
    built = model()
    for one in built.parameters():
        nn.init.zeros_(one)
    assert names(built) == ["constant_weights", "zero_scale"]


def test_leftovers_of_memory_are_found():
    built = nn.Linear(100, 50)
    bits = torch.randint(-(2**31), 2**31 - 1, (50, 100), dtype=torch.int64).int()
    built.weight.data.copy_(bits.view(torch.float32))
    assert "uninitialized_memory" in names(built)


def test_tied_parameters_are_looked_at_once():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.head = nn.Embedding(50, 20), nn.Linear(20, 50, bias=False)
            self.head.weight = self.table.weight

    found = initlab.audit(Tied())
    assert found["head.weight"].shared_with == "table.weight"
    assert found["head.weight"].note == "the same as table.weight"
    assert "1,000 numbers" in found.title
    assert found.findings == ()


def test_a_padding_row_an_identity_and_sparse_weights_are_sound():
    built = nn.ModuleList(
        [nn.Embedding(50, 40, padding_idx=3), nn.Linear(30, 30), nn.Linear(9, 90)]
    )
    nn.init.eye_(built[1].weight)
    nn.init.sparse_(built[2].weight, 0.95)
    assert names(built) == []
    assert initlab.audit(built)["1.weight"].law in ("orthogonal", "0 (0.967), 1 (0.0333)")


def test_findings_are_data_and_the_worst_comes_first():
    built = model()
    built[0].weight.data.zero_()
    built[2].bias.data[0] = math.nan
    audit = initlab.audit(built)
    assert [one.severity for one in audit.findings] == ["wrong", "doubtful"]
    record = json.loads(json.dumps(audit.to_record(), allow_nan=False))
    assert record["sound"] is False
    assert record["findings"][0] == {
        "name": "not_finite", "severity": "wrong", "where": ["2.bias"],
        "sentence": "2.bias: 1 NaN of 5 numbers.",
        "evidence": {"nan": 1, "infinite": 0, "numbers": 5},
    }  # fmt: skip
    assert [row["name"] for row in record["rows"]][:2] == ["2.bias", "0.weight"]
    html = audit._repr_html_()
    for row in audit.rows:
        assert f"<td>{row.name}</td>" in html
        assert row.name in str(audit)
    assert "wrong, not_finite: 2.bias: 1 NaN of 5 numbers." in str(audit)


def test_json_takes_parameters_of_every_kind():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 4)
            self.none = nn.Parameter(torch.zeros(0, 3))
            self.whole = nn.Parameter(torch.arange(5), requires_grad=False)
            self.nan = nn.Parameter(torch.full((5,), math.nan))
            self.huge = nn.Parameter(torch.full((5,), 3e38))
            self.sparse = nn.Parameter(torch.eye(3).to_sparse())
            self.complex = nn.Parameter(torch.randn(3, 3) + 1j)

    audit = initlab.audit(Odd())
    json.dumps(audit.to_record(), allow_nan=False)
    assert audit["whole"].note == "no floating-point numbers"
    assert [one.name for one in audit.findings] == ["not_finite", "uninitialized_memory"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (3, "model must be a torch.nn.Module"),
        (nn.ReLU(), "model must be a module with parameters"),
        (nn.Linear(3, 2, device="meta"), "to_empty"),
        (nn.LazyLinear(3), "Run the model once"),
    ],
)
def test_what_has_no_numbers_is_refused(given, words):
    with pytest.raises(initlab.InitlabError, match=words):
        initlab.audit(given)


def test_a_finding_that_there_is_not_cannot_be_ignored():
    with pytest.raises(initlab.ArgumentError, match="Did you mean 'cloned_layers'"):
        initlab.audit(model(), ignore=["clone_layers"])


def test_nothing_is_changed():
    built = model()
    before = {name: one.clone() for name, one in built.state_dict().items()}
    state = torch.get_rng_state()
    initlab.audit(built)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(one, before[name]) for name, one in built.state_dict().items())
