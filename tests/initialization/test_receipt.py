"""The receipt: what was set and what it then held, in a file that is checked when it is read."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

import initlab
from initlab import Receipt

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn


def model():
    return nn.Sequential(nn.Linear(30, 20), nn.BatchNorm1d(20), nn.Linear(20, 5))


@pytest.fixture
def report():
    built = model()
    found = initlab.initialize(built, "he_normal; 2.*=0.5", seed=4)
    yield found
    assert built is not None  # a report does not keep its model alive


def test_a_saved_receipt_is_read_as_it_was(report, tmp_path):
    report.save(tmp_path / "init.json")
    assert Receipt.load(tmp_path / "init.json") == report.receipt()
    record = json.loads((tmp_path / "init.json").read_text())
    assert (record["format"], record["schema"], record["seed"]) == ("initlab receipt", 1, 4)
    assert [one["name"] for one in record["parameters"]] == [row.name for row in report.rows]
    assert record["parameters"][0]["holds"]["digest"]
    assert record["made_by"]["numerics"]
    assert [path.name for path in tmp_path.iterdir()] == ["init.json"]


def test_a_receipt_has_a_line_per_parameter(report, tmp_path):
    report.save(tmp_path / "init.json")
    lines = (tmp_path / "init.json").read_text().splitlines()
    assert sum(line.startswith('  {"name"') for line in lines) == len(report.rows)


def test_axes_that_were_given_are_kept(tmp_path):
    class Bare(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.randn(6, 4))

    built = Bare()
    axes = {"w": {"in_axis": 0, "out_axis": 1}}
    report = initlab.initialize(built, "he_normal", seed=0, axes=axes)
    report.save(tmp_path / "init.json")
    assert Receipt.load(tmp_path / "init.json").axes == axes


@pytest.mark.parametrize("change", [
    lambda built: built[0].weight.detach().mul_(1.5),
    lambda built: built[0].weight.data.mul_(1.5),
    lambda built: built[0].weight.detach().copy_(built[0].weight.detach().flip(0)),
    lambda built: built[0].weight.data.copy_(built[0].weight.data.flip(0)),
    lambda built: built[0].weight.data[:2].copy_(built[0].weight.data[:2].flip(0)),
    lambda built: setattr(built[0].weight, "data", built[0].weight.data.flip(1)),
    lambda built: built.load_state_dict(model().state_dict()),
])  # fmt: skip
def test_there_is_no_receipt_of_a_model_that_has_changed_since(change):
    built = model()
    report = initlab.initialize(built, "he_normal", seed=4)
    change(built)
    with pytest.raises(
        initlab.ArgumentError, match=r"before the model changes; got a changed 0\.weight"
    ):
        report.receipt()


def test_what_was_left_alone_may_not_change_either():
    built = model()
    report = initlab.initialize(built, "he_normal; 0.weight=keep", seed=4)
    built[0].weight.data.mul_(1.5)
    with pytest.raises(
        initlab.ArgumentError, match=r"before the model changes; got a changed 0\.weight"
    ):
        report.receipt()


def test_a_dry_run_a_copy_and_a_model_that_is_gone_have_no_receipt():
    built = model()
    dry = initlab.initialize(built, "he_normal", seed=4, dry_run=True)
    with pytest.raises(initlab.ArgumentError, match="dry_run must be False"):
        dry.receipt()
    with pytest.raises(initlab.ArgumentError, match="the one that initialize returned"):
        copy.deepcopy(dry).apply()
    done = dry.apply()
    assert len(done.receipt().entries) == 6
    for other in (pickle.loads(pickle.dumps(done)), copy.deepcopy(done)):
        assert other == done
        with pytest.raises(initlab.ArgumentError, match="the one that initialize returned"):
            other.receipt()
        with pytest.raises(initlab.ArgumentError, match="the one that initialize returned"):
            other.undo()
    del built, dry
    with pytest.raises(
        initlab.ArgumentError, match="model must be in memory until its receipt is made"
    ):
        done.receipt()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text[:-20], "it is not JSON"),
        (lambda text: "[]", "it is JSON of another format"),
        (lambda text: text.replace("initlab receipt", "x"), "it is JSON of another format"),
        (lambda text: text.replace('"seed": 4', '"seed": "four"'), "seed: "),
        (lambda text: text.replace('"parameters"', '"parameter"'), "parameters: "),
        (lambda text: text.replace('"shape": [20]', '"shape": [21]'), "should hold 21"),
        (lambda text: text.replace('"sample": "', '"sample": "?'), "not a receipt"),
        (lambda text: text.replace('"shape": [20]', f'"shape": [{10**24}]'), "cannot be of shape"),
        (lambda text: text.replace('"name": "0.bias"', '"name": "0.weight"'), "the same name"),
    ],
)
def test_what_is_no_receipt_is_refused_with_the_reason(report, tmp_path, change, words):
    path = tmp_path / "init.json"
    report.save(path)
    changed = change(path.read_text())
    path.write_text(changed)
    with pytest.raises(
        initlab.DataError, match=r"init\.json is not a receipt of initlab: "
    ) as caught:
        Receipt.load(path)
    assert words in str(caught.value)


def test_a_receipt_of_another_version_is_called_so(report, tmp_path):
    path = tmp_path / "init.json"
    report.save(path)
    path.write_text(path.read_text().replace('"schema": 1', '"schema": 2'))
    with pytest.raises(initlab.DataError, match="another version of initlab: its schema is 2"):
        Receipt.load(path)


def test_a_file_that_is_not_there_or_cannot_be_written_is_said(report, tmp_path):
    with pytest.raises(initlab.StorageError, match="does not exist"):
        Receipt.load(tmp_path / "no.json")
    with pytest.raises(initlab.StorageError, match="is a folder"):
        Receipt.load(tmp_path)
    with pytest.raises(initlab.StorageError, match="there is no folder"):
        report.save(tmp_path / "no" / "init.json")
    with pytest.raises(initlab.ArgumentError, match="receipt must be a receipt or the path of one"):
        Receipt.load(3)


def test_a_sparse_parameter_has_a_receipt():
    class Sparse(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 4)
            self.p = nn.Parameter(torch.eye(4).to_sparse())

    built = Sparse()
    receipt = initlab.initialize(built, "he_normal", seed=0).receipt()
    assert initlab.verify(built, receipt).as_set
