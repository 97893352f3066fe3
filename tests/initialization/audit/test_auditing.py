"""The audit of a model: a row for every parameter, findings as data, worst first."""

from __future__ import annotations

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
    "init", ["default", "he_normal", "glorot_uniform", "lecun_truncated_normal"]
)
def test_of_many_sound_models_none_has_a_finding_and_nearly_all_distributions_are_known(init):
    known = rows = 0
    for seed in range(15):
        torch.manual_seed(seed)
        built = nn.ModuleList([nn.Linear(64, 64), nn.Conv2d(3, 8, 3), nn.LSTM(8, 16),
                               nn.Embedding(30, 16), nn.MultiheadAttention(16, 2)])  # fmt: skip
        if init != "default":
            initlab.initialize(built, init, seed=seed)
        found = initlab.audit(built)
        assert found.findings == ()
        drawn = [row for row in found.rows if row.family != "constant" and "few" not in row.note]
        name = "torch_default" if init == "default" else init
        known += sum(name in (row.law, *row.also) for row in drawn)
        rows += len(drawn)
    assert known >= 0.97 * rows > 100


def test_a_model_of_constants_was_never_initialized():
    built = model()
    for one in built.parameters():
        nn.init.zeros_(one)
    assert names(built) == ["constant_weights", "zero_scale"]


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


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (3, "model must be a torch.nn.Module"),
        (nn.ReLU(), "model must be a module with parameters"),
        (nn.Linear(3, 2, device="meta"), r"device='cpu'\) or model.load_state_dict"),
        (nn.LazyLinear(3), "run the model once"),
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


def test_a_mask_of_the_least_number_is_no_memory_by_chance():
    module = nn.Linear(4, 4)
    least = torch.finfo(torch.float32).min
    module.register_buffer("mask", torch.full((4, 4), least).triu(1))
    assert not [one for one in initlab.audit(module).findings if "mask" in one.where]
    module.register_buffer("left", torch.full((4,), 1e30))
    assert [one.where for one in initlab.audit(module).findings] == [("left",)]
