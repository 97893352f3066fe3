"""A model, or a state_dict, held against the receipt of its initialization."""

from __future__ import annotations

from dataclasses import replace

import pytest

import initlab
from initlab.errors import ArgumentError, DataError
from initlab.initialization.fingerprint import Fingerprint

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


def test_a_model_that_was_left_alone_is_as_set(built, receipt, tmp_path):
    found = initlab.verify(built, receipt)
    assert found.as_set
    assert found.differing == ()
    assert str(found) == "Sequential, he_normal, seed 4: 6 of 6 parameters as in the receipt"
    receipt.save(tmp_path / "init.json")
    assert initlab.verify(built, tmp_path / "init.json") == found


def test_training_is_told_from_another_draw(built, receipt):
    optimizer = torch.optim.SGD(built.parameters(), lr=0.01)
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        loss = built(torch.randn(32, 60, generator=generator)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    found = initlab.verify(built, receipt)
    kinds = {row.kind for row in found.rows}
    assert "overwritten" not in kinds  # the biases began as zeros: they follow their layer
    assert found["3.weight"].kind == found["3.bias"].kind == "trained"
    with torch.no_grad():
        built[0].weight.normal_()
    kinds = {row.name: row.kind for row in initlab.verify(built, receipt).rows}
    assert kinds["3.bias"] == "trained"
    assert kinds["0.bias"] == kinds["1.bias"] == "overwritten"  # nothing beside them says which


def test_nothing_as_set_hints_at_the_wrong_model(receipt):
    found = initlab.verify(model(), receipt)
    assert found.names("overwritten") == ("0.weight", "0.bias", "3.weight", "3.bias")
    assert "Was this model initialized with this receipt's rules?" in str(found)


def test_again_initializes_by_the_receipt_first(receipt, tmp_path):
    receipt.save(tmp_path / "init.json")
    other = model()
    assert initlab.verify(other, tmp_path / "init.json", again=True).as_set
    assert initlab.verify(other, receipt).as_set
    with pytest.raises(initlab.ArgumentError, match="again must be False with a state_dict"):
        initlab.verify(other.state_dict(), receipt, again=True)


def test_rules_that_no_file_can_hold_are_verified_but_not_done_again():
    built = nn.Linear(4, 3)
    rules = initlab.rules({"weight": lambda shape, fan, generator: generator.normal(size=shape)},
                          default="zeros")  # fmt: skip
    receipt = initlab.initialize(built, rules, seed=0).receipt()
    assert initlab.verify(built, receipt).as_set
    with pytest.raises(initlab.ArgumentError, match="again must be False when a rule is a func"):
        initlab.verify(nn.Linear(4, 3), receipt, again=True)


def test_again_keeps_what_was_kept_and_takes_axes_and_bias_init():
    class Bare(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.randn(6, 4))
            self.norm, self.fc = nn.LayerNorm(3), nn.Linear(4, 4)
            nn.init.zeros_(self.norm.weight)

    axes = {"w": {"in_axis": 0, "out_axis": 1}}
    first = Bare()
    report = initlab.initialize(first, "he_normal", seed=1, axes=axes, bias_init="normal")
    assert report["norm.weight"].done == "kept"
    assert initlab.verify(Bare(), report.receipt(), again=True).as_set


def test_missing_new_and_renamed_parameters(built, receipt):
    other = nn.Sequential(*built[:3], nn.Identity(), built[3], nn.Linear(5, 2))
    found = initlab.verify(other, receipt)
    assert {row.name: row.kind for row in found.differing} == {
        "3.weight": "renamed", "3.bias": "renamed", "5.weight": "new", "5.bias": "new",
    }  # fmt: skip
    assert found["3.weight"].evidence == {"name": "4.weight"}
    found = initlab.verify(nn.Sequential(*built[:3]), receipt)
    assert found.names("missing") == ("3.weight", "3.bias")


def test_a_state_dict_is_verified_without_its_buffers(built, receipt):
    built[1].running_mean.fill_(3)
    assert initlab.verify(built.state_dict(), receipt).as_set
    assert initlab.verify({"epoch": 3, "model": built.state_dict()}, receipt).as_set
    assert initlab.verify(nn.DataParallel(built).state_dict(), receipt).as_set
    assert initlab.verify(built.half().state_dict(), receipt).counts == {"cast": 6}
    with pytest.raises(initlab.DataError, match="model must be a state_dict"):
        initlab.verify({"epoch": 3}, receipt)


def test_wrappers_are_looked_into(built, receipt):
    assert initlab.verify(nn.DataParallel(built), receipt).as_set
    assert initlab.verify(torch.compile(built, backend="eager"), receipt).as_set


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.head = nn.Embedding(50, 20), nn.Linear(20, 50, bias=False)
        self.head.weight = self.table.weight


def test_parameters_that_are_no_longer_tied_are_found():
    built = Tied()
    receipt = initlab.initialize(built, "normal(std=0.02)", seed=0).receipt()
    assert initlab.verify(built, receipt).as_set
    weights = built.state_dict()
    assert initlab.verify(weights, receipt).counts == {"as_set": 2}
    del weights["table.weight"]  # as files have it that keep a tensor once
    assert initlab.verify(weights, receipt).counts == {"not_checked": 1, "as_set": 1}
    built.head.weight = nn.Parameter(built.head.weight.detach().clone())
    found = initlab.verify(built, receipt)
    assert [row.kind for row in found.differing] == ["untied"]
    built.head.weight.data.mul_(2)
    found = initlab.verify(built, receipt)
    assert found.counts == {"scaled": 1, "untied": 1}


def test_computed_weights_are_verified_in_a_model_and_not_in_a_file():
    built = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(20, 10)))
    receipt = initlab.initialize(built, "he_normal", seed=0).receipt()
    assert initlab.verify(built, receipt).as_set
    found = initlab.verify(built.state_dict(), receipt)
    assert found.counts == {"not_checked": 1, "as_set": 1}
    assert found.as_set
    assert "verify the model itself" in str(found)
    with torch.no_grad():
        built[0].parametrizations.weight.original0.mul_(3)
    assert initlab.verify(built, receipt)["0.weight"].evidence["factor"] == pytest.approx(3)
    nn.utils.parametrize.remove_parametrizations(built[0], "weight")
    assert initlab.verify(built, receipt)["0.weight"].kind == "scaled"


def test_another_numerics_is_said(built, receipt):
    from dataclasses import replace

    old = replace(receipt, made_by={**receipt.made_by, "numerics": "1"})
    assert "made with version 1 of initlab's way to draw numbers" in str(initlab.verify(built, old))
    assert "numerics" not in str(initlab.verify(built, receipt))


def test_frozen_layers_that_were_drawn_again_are_found(built):
    built[0].weight.requires_grad_(False)
    receipt = initlab.initialize(built, "he_normal", seed=4).receipt()
    nn.init.normal_(built[0].weight)
    row = initlab.verify(built, receipt)["0.weight"]
    assert (row.kind, row.done) == ("overwritten", "frozen")


def three_alike():
    model = nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 8))
    return model, initlab.initialize(model, "he_normal", seed=4).receipt()


def test_layers_that_were_exchanged_are_renamed():
    model, receipt = three_alike()
    model[0].weight, model[2].weight = model[2].weight, model[0].weight
    found = initlab.verify(model, receipt)
    assert found.names("renamed") == ("0.weight", "2.weight")
    assert found["0.weight"].evidence == {"name": "2.weight"}
    assert found["0.weight"].words == "exchanged with 2.weight"
    assert found.names("overwritten") == ()
    a, b, c = (model[k].weight for k in (0, 2, 4))
    model[0].weight, model[2].weight, model[4].weight = c, b, a
    words = initlab.verify(model, receipt)["0.weight"].words
    assert words == (
        "its own numbers are in 2.weight now; this parameter holds the numbers of 4.weight"
    )


def test_a_copy_of_another_layer_is_called_that():
    model, receipt = three_alike()
    with torch.no_grad():
        model[2].weight.copy_(model[0].weight)
    found = initlab.verify(model, receipt)
    assert found.names("overwritten") == ("2.weight",)
    assert found["2.weight"].words == "holds the numbers of 0.weight"
    assert found["2.weight"].evidence["copy_of"] == "0.weight"


def test_what_was_kept_is_not_called_set():
    model = nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8))
    nn.init.constant_(model[1].weight, 0.5)
    receipt = initlab.initialize(model, "he_normal", seed=4).receipt()
    nn.init.constant_(model[1].weight, 0.6)
    nn.init.constant_(model[1].bias, 0.1)
    found = initlab.verify(model, receipt)
    assert found["1.weight"].words == "all numbers are 0.6 now; all numbers were 0.5 before"
    assert found["1.bias"].words == "all numbers are 0.1 now; all numbers were 0 before"


def test_a_receipt_of_an_init_that_looks_at_data_cannot_be_done_again():
    model, data = three_alike()[0], torch.randn(16, 8)
    receipt = initlab.initialize(model, "lsuv", seed=4, data=data).receipt()
    with pytest.raises(initlab.ArgumentError, match=r"again must be False when .* needs data"):
        initlab.verify(model, receipt, again=True)
    assert initlab.verify(model, receipt).as_set


class Stacked(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(4, 8, 6))

    def forward(self, x):
        return torch.einsum("bi,eio->beo", x, self.w)


class NotTraced(Stacked):
    def forward(self, x):
        return super().forward(x) if x.sum() > 0 else super().forward(-x)


def test_again_knows_bare_parameters_by_their_use():
    model = Stacked()
    receipt = initlab.initialize(model, "he_normal", seed=4).receipt()
    assert receipt.entries[0].done == "set"
    assert initlab.verify(Stacked(), receipt, again=True).as_set


def test_again_does_not_call_overwritten_what_only_data_showed():
    model = NotTraced()
    receipt = initlab.initialize(model, "he_normal", seed=4, data=torch.rand(3, 8)).receipt()
    assert receipt.entries[0].done == "set"
    with pytest.raises(initlab.ArgumentError, match=r"again must be False when .* needs data"):
        initlab.verify(NotTraced(), receipt, again=True)


def test_one_number_that_is_not_finite_is_said_in_the_singular(built, receipt):
    with torch.no_grad():
        built[0].weight[2, 2] = torch.nan
    words = initlab.verify(built, receipt)["0.weight"].words
    assert words == "1 of its 2,400 numbers is NaN or infinite"


def test_one_number_outside_the_sample_is_no_cast():
    norm = nn.LayerNorm(2000)
    receipt = initlab.initialize(norm, "he_normal", seed=0).receipt()
    for place in range(2000):  # one that the sample does not hold
        with torch.no_grad():
            norm.weight.fill_(1.0)[place] = 3.0
        found = initlab.verify(norm, receipt)["weight"].kind
        assert found != "cast"
        if found == "partly_changed":
            return
    raise AssertionError("every place is in the sample")


def test_wrappers_in_the_names_of_a_file_are_looked_through():
    model = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))
    receipt = initlab.initialize(model, "he_normal", seed=0).receipt()
    state = model.state_dict()
    for prefix in ("module.", "_orig_mod.module.", "module._orig_mod."):
        wrapped = {f"{prefix}{name}": one for name, one in state.items()}
        assert initlab.verify(wrapped, receipt).as_set
    inner = {name.replace("0.", "0._orig_mod."): one for name, one in state.items()}
    assert initlab.verify(inner, receipt).as_set


def test_every_tensor_is_read_once(built, receipt, monkeypatch):
    read = []
    own = Fingerprint.of
    monkeypatch.setattr(Fingerprint, "of", lambda tensor: read.append(id(tensor)) or own(tensor))
    with torch.no_grad():
        for one in built.parameters():
            one.normal_()
    assert not initlab.verify(built, receipt).as_set
    assert len(read) == len(set(read)) == len(list(built.parameters()))


def test_what_is_no_model_is_refused_with_what_is(receipt):
    with pytest.raises(ArgumentError, match=r"a torch\.nn\.Module, or its state_dict; got 3"):
        initlab.verify(3, receipt)


def test_a_report_is_refused_with_the_call_that_makes_a_receipt_of_it(built):
    report = initlab.initialize(built, "he_normal", seed=4)
    with pytest.raises(
        ArgumentError, match=r"got the report of initialize.*report\.receipt\(\)"
    ) as error:
        initlab.verify(built, report)
    assert error.value.argument == "receipt"


def test_a_mapping_without_tensors_is_refused_by_what_it_holds(built, receipt):
    arrays = {name: one.numpy() for name, one in built.state_dict().items()}
    with pytest.raises(DataError, match=r"a state_dict of tensors.*0\.weight: ndarray, 0\.bias"):
        initlab.verify(arrays, receipt)
    with pytest.raises(DataError, match="got an empty mapping"):
        initlab.verify({}, receipt)


@pytest.mark.parametrize("earlier", [False, True])
def test_computed_weights_whose_rows_changed_places_are_found(earlier):
    model = nn.Sequential(
        nn.utils.parametrizations.weight_norm(nn.Linear(60, 400)), nn.Linear(9, 9)
    )
    receipt = initlab.initialize(model, "he_normal", seed=0).receipt()
    if earlier:  # receipts that keep no order
        entries = tuple(replace(one, holds=replace(one.holds, placed=None))
                        for one in receipt.entries)  # fmt: skip
        receipt = replace(receipt, entries=entries)
    assert initlab.verify(model, receipt).as_set
    with torch.no_grad():
        for one in model[0].parametrizations.weight.parameters():
            one[[1, 2]] = one[[2, 1]]  # between the numbers of the sample
    found = initlab.verify(model, receipt)
    assert found["0.weight"].kind == ("as_set" if earlier else "partly_changed")
    words = "In 0.weight, the order of the remaining numbers is therefore not checked."
    assert (words in str(found)) is earlier


def test_another_order_of_the_same_numbers_is_said(built, receipt):
    with torch.no_grad():
        built[0].weight.copy_(built[0].weight.flip(0))
    found = initlab.verify(built, receipt)["0.weight"]
    assert (found.kind, found.words) == ("reshaped", "the same numbers in another order")


def test_names_that_hold_anything_stay_on_their_line(tmp_path):
    model = nn.Sequential()
    model.add_module("a\nb\x1b[31m", nn.Linear(3, 3))
    report = initlab.initialize(model, "he_normal", seed=0)
    receipt = report.receipt()
    entries = (replace(receipt.entries[0], name="evil\x1b[2J\n"), *receipt.entries[1:])
    edited = replace(receipt, init="he_normal\n\x07", entries=entries)
    shown = (report, initlab.verify(model, edited), initlab.audit(model), initlab.anatomy(model))
    for one in shown:
        assert "\x1b" not in str(one)
        assert "\x07" not in str(one)
        assert "a\\nb\\x1b[31m" in str(one)
