"""A verification as text, HTML and JSON; the worst comes first."""

from __future__ import annotations

import json

import pytest

import initlab
from initlab.errors import ArgumentError

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn


def model():
    return nn.Sequential(nn.Linear(60, 40), nn.BatchNorm1d(40), nn.Tanh(), nn.Linear(40, 5))


@pytest.fixture
def built():
    return model()


@pytest.fixture
def receipt(built):
    return initlab.initialize(built, "he_normal", seed=4).receipt()


def test_every_change_is_found_and_the_worst_comes_first(built, receipt):
    with torch.no_grad():
        built[0].weight.mul_(0.5)
        built[1].weight.zero_()
        built[3].weight[0, 0] = float("nan")
    found = initlab.verify(built, receipt)
    assert [(row.name, row.kind) for row in found.differing] == [
        ("3.weight", "not_finite"), ("1.weight", "overwritten"), ("0.weight", "scaled"),
    ]  # fmt: skip
    assert not found.as_set
    assert found.counts == {"not_finite": 1, "overwritten": 1, "scaled": 1, "as_set": 3}
    assert found["0.weight"].evidence["factor"] == pytest.approx(0.5)
    assert found.names("as_set") == ("0.bias", "1.bias", "3.bias")
    record = json.loads(json.dumps(found.to_record(), allow_nan=False))
    assert (record["as_set"], len(record["rows"])) == (False, 6)
    html = found._repr_html_()
    for row in found.differing:
        assert f"<td>{row.name}</td>" in html
        assert row.words in str(found)


def test_names_takes_the_words_of_the_table_and_refuses_others(built, receipt):
    with torch.no_grad():
        built[0].weight[:5] = 0
        built[3].weight.fill_(torch.nan)
    found = initlab.verify(built, receipt)
    assert "partly changed" in str(found)
    assert found.names("partly changed") == found.names("partly_changed") == ("0.weight",)
    assert found.names("not finite") == ("3.weight",)
    for wrong in ("nan", "", None):
        with pytest.raises(ArgumentError, match="kind must be one of not_finite"):
            found.names(wrong)
