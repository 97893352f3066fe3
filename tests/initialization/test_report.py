"""The report: what was done with every parameter, and undone."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import initlab
from initlab.errors import ArgumentError

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn


def model():
    return nn.Sequential(nn.Linear(300, 200), nn.BatchNorm1d(200), nn.Linear(200, 5))


def state(module):
    return {name: one.detach().clone() for name, one in module.state_dict().items()}


def same(first, second):
    return all(torch.equal(first[name], second[name]) for name in first)


def test_a_dry_run_is_applied_and_undone():
    built, direct = model(), model()
    built[1].running_mean.fill_(3)
    before = state(built)
    report = initlab.initialize(built, "he_normal", seed=4, dry_run=True)
    assert same(state(built), before)
    done = report.apply(undo=True)
    assert "would be set" in str(report)
    assert "would be" not in str(done)
    initlab.initialize(direct, "he_normal", seed=4)
    assert same(state(built), state(direct))
    report.undo()
    assert same(state(built), before)
    with pytest.raises(initlab.ArgumentError, match=r"undo must be called once; .* back already"):
        report.undo()


def test_what_was_applied_twice_is_undone_step_by_step():
    model = nn.Linear(5, 4)
    report = initlab.initialize(model, "he_normal", seed=0, dry_run=True)
    first = model.weight.detach().clone()
    report.apply(undo=True)
    with torch.no_grad():
        model.weight.mul_(2)
    trained = model.weight.detach().clone()
    report.apply(undo=True)
    report.apply()  # forgets nothing
    report.undo()
    assert torch.equal(model.weight, trained)
    report.undo()
    assert torch.equal(model.weight, first)
    with pytest.raises(initlab.ArgumentError, match=r"undo must be called once; .* back already"):
        report.undo()


def test_initialize_itself_can_be_undone_if_asked():
    built = model()
    before = state(built)
    initlab.initialize(built, "he_normal", seed=4, undo=True).undo()
    assert same(state(built), before)
    with pytest.raises(initlab.ArgumentError, match="undo must be True"):
        initlab.initialize(built, "he_normal", seed=4).undo()
    with pytest.raises(initlab.ArgumentError, match="dry_run must be True"):
        initlab.initialize(built, "he_normal", seed=4).apply()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_actual_moments_are_those_of_the_numbers(dtype):
    built = model().to(dtype)
    report = initlab.initialize(built, "uniform(low=2, high=2.5); 2.weight=keep", seed=4)
    for row in report.rows:
        numbers = built.get_parameter(row.name).detach().double().numpy()
        assert row.actual_mean == pytest.approx(float(np.mean(numbers)), rel=1e-6, abs=1e-7)
        assert row.actual_std == pytest.approx(float(np.std(numbers)), rel=1e-5, abs=1e-12)


@pytest.mark.parametrize("size", [1e25, 1e-25])
def test_moments_of_extreme_numbers_do_not_overflow(size):
    report = initlab.initialize(nn.Linear(99, 99), f"normal(std={size})", seed=4)
    assert report["weight"].actual_std == pytest.approx(size, rel=0.05)


def test_numbers_that_are_not_finite_are_said_of_what_was_left():
    built = model()
    built[2].weight.data[0, :3] = math.nan
    report = initlab.initialize(built, "he_normal; 2.weight=keep", seed=4)
    assert (report["2.weight"].nonfinite, report["2.weight"].actual_std) == (3, None)
    assert "Parameters with NaN or infinite numbers: 2.weight." in str(report)
    assert "3 values not finite" in str(report)


class Forgetful(nn.Linear):
    """A layer whose reset forgets its bias."""

    def reset_parameters(self):
        nn.init.normal_(self.weight)


def test_what_the_own_reset_does_not_touch_is_not_said_to_be_set():
    layer = Forgetful(3, 2)
    layer.bias.data[:] = torch.tensor([math.nan, 1.0])
    report = initlab.initialize(layer, "default", seed=4)
    assert report.names("set") == ("weight",)
    assert report["bias"].done == "not recognised"
    assert report["bias"].note == "unchanged: Forgetful's own reset does not set bias"
    assert report["bias"].nonfinite == 1
    assert layer.bias[1] == 1


def test_the_report_is_json_and_html_and_names_every_parameter():
    report = initlab.initialize(model(), "he_normal; 2.*=0", seed=4)
    record = json.loads(json.dumps(report.to_record()))
    assert [row["name"] for row in record["rows"]] == [row.name for row in report.rows]
    assert record["rows"][-1]["rule"] == "2.*=0"
    assert record["buffers"][0] == "1.running_mean"
    html = report._repr_html_()
    for row in report.rows:
        assert f"<td>{row.name}</td>" in html
        assert row.name in str(report)
    assert "<th>actual std</th>" in html
    assert "actual std" not in str(initlab.initialize(model(), "he_normal", seed=4, dry_run=True))


def test_a_word_for_what_was_done_that_there_is_not_is_refused():
    report = initlab.initialize(model(), "he_normal; 0.bias=keep", seed=4)
    assert report.names("kept") == ("0.bias",)
    assert report.names("not recognised") == ()
    with pytest.raises(ArgumentError, match=r"done must be one of set, kept, .* Did you mean"):
        report.names("keept")


@pytest.mark.parametrize("kind", ["report", "verification", "audit", "anatomy"])
def test_what_has_rows_by_name_can_be_looped_over(kind):
    built = model()
    report = initlab.initialize(built, "he_normal", seed=0)
    found = {
        "report": report, "verification": initlab.verify(built, report.receipt()),
        "audit": initlab.audit(built), "anatomy": initlab.anatomy(built),
    }[kind]  # fmt: skip
    names = ["0", "1", "2"] if kind == "anatomy" else [name for name, _ in built.named_parameters()]
    assert sorted(row.name for row in found) == sorted(names)
    assert all(name in found and found[name].name == name for name in names)
    assert "3.weight" not in found
