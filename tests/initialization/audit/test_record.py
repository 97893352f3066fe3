"""An audit as text, HTML and JSON; the worst comes first."""

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
        "sentence": "2.bias holds 5 numbers, of which 1 is NaN.",
        "evidence": {"nan": 1, "infinite": 0, "numbers": 5},
    }  # fmt: skip
    assert [row["name"] for row in record["rows"]][:2] == ["2.bias", "0.weight"]
    html = audit._repr_html_()
    for row in audit.rows:
        assert f"<td>{row.name}</td>" in html
        assert row.name in str(audit)
    assert "wrong, not_finite: 2.bias holds 5 numbers, of which 1 is NaN." in str(audit)


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
