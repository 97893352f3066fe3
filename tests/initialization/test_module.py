"""What initialize sets, what it leaves, what it refuses, and that nothing else moves."""

from __future__ import annotations

import copy
import json
import math
from dataclasses import replace

import numpy as np
import pytest

import initlab

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn


def copies(model):
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def same(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


def plans(report):
    """Rows without what the parameters hold now."""
    return tuple(replace(row, actual_mean=None, actual_std=None) for row in report.rows)


def spoiled(model):
    """The model with numbers that nobody chose."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.view(-1).copy_(7 + torch.arange(parameter.numel()))
    return model


def mixed():
    return nn.Sequential(
        nn.Linear(5, 3), nn.Conv2d(4, 8, 3, groups=2), nn.BatchNorm2d(8), nn.LSTM(6, 7)
    )


class Bare(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(4, 6))
        self.inner = nn.Linear(6, 4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("spec", ["he_normal", "he_uniform", "he_truncated_normal", "orthogonal"])
@pytest.mark.parametrize(
    ("layer", "name"),
    [
        (nn.Linear(400, 500), "weight"),
        (nn.ConvTranspose2d(80, 120, 5, groups=2), "weight"),
        (nn.LSTM(300, 200), "weight_ih_l0"),
        (nn.MultiheadAttention(256, 4), "in_proj_weight"),
    ],
)
def test_std_of_a_large_draw_is_the_reported_one(layer, name, spec, dtype):
    layer = copy.deepcopy(layer).to(dtype)
    row = initlab.initialize(layer, spec, seed=3)[name]
    weight = getattr(layer, name).detach().double()
    assert weight.std().item() == pytest.approx(row.std, rel=0.01)  # 5 sigma of 1.2e5 draws


def test_float64_weights_have_the_numbers_of_draw():
    layer = nn.Conv2d(4, 8, 3).double()
    initlab.initialize(layer, "he_normal", seed=5)
    expected = initlab.draw("he_normal", (8, 4, 3, 3), seed=5, name="weight", in_axis=1, out_axis=0)
    assert np.array_equal(layer.weight.detach().numpy(), expected)


@pytest.mark.parametrize(
    ("layer", "name", "parts"),
    [(nn.LSTM(9, 7), "weight_ih_l0", 4), (nn.MultiheadAttention(8, 2), "in_proj_weight", 3)],
)
def test_each_packed_part_is_orthogonal_by_itself(layer, name, parts):
    initlab.initialize(layer.double(), "orthogonal", seed=0)
    for matrix in getattr(layer, name).detach().chunk(parts):
        assert torch.allclose(matrix @ matrix.T, torch.eye(len(matrix)).double(), atol=1e-12)


def test_a_grouped_transposed_kernel_is_orthogonal_group_by_group():
    layer = nn.ConvTranspose1d(8, 4, 3, groups=2).double()
    initlab.initialize(layer, "orthogonal", seed=0)
    for kernel in layer.weight.detach().chunk(2):  # (in/g, out/g, positions)
        matrix = kernel.transpose(0, 1).reshape(2, 12)
        assert torch.allclose(matrix @ matrix.T, torch.eye(2).double(), atol=1e-12)


@pytest.mark.parametrize("spec", ["he_normal", "default", "orthogonal"])
def test_same_seed_same_bits_and_another_seed_others(spec):
    first, second, third = mixed(), mixed(), mixed()
    for model, seed in ((first, 1), (second, 1), (third, 2)):
        initlab.initialize(model, spec, seed=seed)
    assert same(copies(first), copies(second))
    assert not torch.equal(first[0].weight, third[0].weight)


@pytest.mark.parametrize(
    "spec", ["he_normal", "default", "orthogonal", "auto", "torch_default; *.bias=normal; a.*=0.5"]
)
def test_new_layers_before_between_and_behind_move_no_other_layers_numbers(spec):
    def layers(*names):
        return nn.ModuleDict({name: nn.Linear(4, 4) for name in names})

    small, large = layers("a", "b", "c"), layers("w", "a", "x", "b", "y", "c", "z")
    receipt = initlab.initialize(small, spec, seed=1).receipt()
    initlab.initialize(large, spec, seed=1)
    found = initlab.verify(large, receipt)
    assert found.names("as_set") == tuple(name for name, _ in small.named_parameters())
    assert set(found.counts) == {"as_set", "new"}
    assert not torch.equal(small["b"].weight, small["c"].weight)


@pytest.mark.parametrize("spec", ["he_normal", "orthogonal"])
def test_bits_do_not_depend_on_the_memory_format(spec):
    plain, last = nn.Conv2d(4, 8, 3), nn.Conv2d(4, 8, 3).to(memory_format=torch.channels_last)
    for layer in (plain, last):
        initlab.initialize(layer, spec, seed=1)
    assert torch.equal(plain.weight, last.weight)


@pytest.mark.parametrize("spec", ["he_normal", "default", "orthogonal"])
def test_global_random_states_stay(spec):
    plain, partly_frozen = mixed(), mixed()
    partly_frozen[0].weight.requires_grad_(False)
    torchs, numpys = torch.get_rng_state(), np.random.get_state()[1].copy()
    for model in (plain, partly_frozen):
        initlab.initialize(model, spec, seed=1)
    assert torch.equal(torch.get_rng_state(), torchs)
    assert np.array_equal(np.random.get_state()[1], numpys)


@pytest.mark.parametrize("spec", ["he_normal", "default"])
@pytest.mark.parametrize("frozen", [False, True], ids=["in place", "through a copy"])
def test_running_statistics_are_reset_and_said_unless_they_are_to_be_kept(spec, frozen):
    model = mixed()
    model[0].weight.requires_grad_(not frozen)
    for name in ("running_mean", "running_var", "num_batches_tracked"):
        getattr(model[2], name).fill_(7)
    kept = initlab.initialize(model, spec, seed=1, keep_buffers=True)
    assert model[2].running_mean.eq(7).all()
    assert not kept.buffers
    assert "Running statistics are unchanged: 2.running_mean" in str(kept)
    report = initlab.initialize(model, spec, seed=1)
    fresh = nn.BatchNorm2d(8)
    for name, buffer in fresh.named_buffers():
        assert torch.equal(getattr(model[2], name), buffer), name
    assert report.buffers == ("2.running_mean", "2.running_var", "2.num_batches_tracked")
    assert "Running statistics were reset: 2.running_mean" in str(report)


def test_running_statistics_of_a_frozen_norm_stay():
    model = mixed()
    model[2].requires_grad_(False)
    model[2].running_mean.fill_(7.0)
    assert not initlab.initialize(model, "he_normal", seed=1).buffers
    assert model[2].running_mean.eq(7).all()


def test_norms_become_1_and_0_and_biases_follow_their_distribution():
    model = nn.Sequential(nn.Linear(4, 300), nn.GroupNorm(2, 300), nn.LayerNorm(300))
    spoiled(model)
    initlab.initialize(model, "torch_default", seed=1)
    assert 0.45 < model[0].bias.abs().max() <= 0.5  # U(±1/sqrt(4))
    initlab.initialize(model, "he_normal", seed=1)
    assert model[0].bias.eq(0).all()
    for norm in model[1:]:
        assert norm.weight.eq(1).all()
        assert norm.bias.eq(0).all()
    initlab.initialize(model, "he_normal", seed=1, bias_init="constant(value=0.5)")
    assert model[0].bias.eq(0.5).all()


@pytest.mark.parametrize("given", ["0.1", 0.1, "keep", "default", "constant(value=0.1)"])
def test_bias_init_takes_what_a_rule_for_biases_takes(given):
    models = nn.Linear(4, 3), nn.Linear(4, 3)
    models[1].load_state_dict(models[0].state_dict())
    report = initlab.initialize(models[0], "he_normal", seed=0, bias_init=given)
    initlab.initialize(models[1], f"he_normal; role:bias={given}", seed=0)
    assert torch.equal(models[0].bias, models[1].bias)
    assert torch.equal(models[0].weight, models[1].weight)
    assert not initlab.verify(models[0], report.receipt()).differing


@pytest.mark.parametrize("given", ["", "nope", True, [0.0] * 3])
def test_a_bias_init_that_is_none_is_refused_by_its_name(given):
    with pytest.raises(initlab.InitlabError, match=r"^bias_init must be"):
        initlab.initialize(nn.Linear(4, 3), "he_normal", seed=0, bias_init=given)


def tied(first):
    layers = {"embed": nn.Embedding(50, 8), "head": nn.Linear(8, 50, bias=False)}
    model = nn.ModuleDict({name: layers[name] for name in (first, *layers)})
    model["head"].weight = model["embed"].weight
    return model


@pytest.mark.parametrize("spec", ["he_normal", "default", "he_normal; role:embedding=normal"])
def test_a_tied_head_decides_the_fan_of_its_embedding_whichever_is_declared_first(spec):
    models = tied("embed"), tied("head")
    reports = [initlab.initialize(model, spec, seed=1) for model in models]
    assert torch.equal(models[0]["embed"].weight, models[1]["embed"].weight)
    for report in reports:
        assert report.names("tied") == ("embed.weight",)
        assert report["embed.weight"].note == "tied to head.weight"
    std = {"he_normal": 0.5, "default": 1 / 24**0.5}.get(spec, 1.0)
    assert models[0]["head"].weight.std().item() == pytest.approx(std, rel=0.1)


def test_a_view_is_drawn_once_with_the_std_that_is_reported():
    model = nn.ModuleDict({"enc": nn.Linear(300, 100), "dec": nn.Linear(100, 300)})
    model["dec"].weight = nn.Parameter(model["enc"].weight.t())
    report = initlab.initialize(model, "he_normal", seed=1)
    assert report["dec.weight"].note == "tied to enc.weight, a view of the same memory"
    assert model["dec"].weight.std().item() == pytest.approx(report["enc.weight"].std, rel=0.02)


@pytest.mark.parametrize("spec", ["he_normal", "default", "normal; small.weight=0"])
@pytest.mark.parametrize("first", ["large", "small"])
def test_a_parameter_that_is_a_slice_of_another_is_drawn_once_with_it(first, spec):
    layers = {"large": nn.Linear(16, 64), "small": nn.Linear(16, 8)}
    layers["small"].weight = nn.Parameter(layers["large"].weight[:8])
    model = nn.Sequential()
    for name in sorted(layers, key=lambda name: name != first):
        model.add_module(name, layers[name])
    report = initlab.initialize(model, spec, seed=0)
    assert report.names("tied") == ("small.weight",)
    assert report["small.weight"].note == "a part of large.weight"
    plain = nn.ModuleDict({"large": nn.Linear(16, 64)})
    initlab.initialize(plain, spec.partition(";")[0], seed=0)
    assert torch.equal(model.large.weight, plain["large"].weight)
    for row in report.rows:
        held = model.get_parameter(row.name).detach().double()
        assert row.actual_std == pytest.approx(float(held.std(correction=0)), abs=1e-6)
    assert not initlab.verify(model, report.receipt()).differing


def test_parameters_that_overlap_are_refused_and_interleaved_ones_are_not():
    numbers = torch.rand(6, 8)
    overlapping = nn.ParameterDict({"a": numbers[:4], "b": numbers[2:]})
    expected = (
        "separate tensor, the same tensor as a, or a view of a part of a; got a tensor that shares"
    )
    with pytest.raises(initlab.DataError, match=expected):
        initlab.initialize(overlapping, "normal", seed=0, axes={"*": {"in_axis": 1, "out_axis": 0}})
    columns = nn.ParameterDict({"a": numbers[:, :4], "b": numbers[:, 4:]})
    report = initlab.initialize(columns, "*=normal", seed=0)
    assert report.names("set") == ("a", "b")


@pytest.mark.parametrize("spec", ["he_normal", "default", "zeros"])
def test_frozen_parameters_stay_and_are_listed(spec):
    model = mixed()
    model[0].weight.requires_grad_(False)
    kept, moved = model[0].weight.clone(), model[1].weight.clone()
    report = initlab.initialize(model, spec, seed=1)
    assert torch.equal(model[0].weight, kept)
    assert report.names("frozen") == ("0.weight",)
    assert not torch.equal(model[1].weight, moved)


def test_a_rule_that_names_a_frozen_parameter_is_answered():
    model = nn.Sequential(nn.Linear(3, 3).requires_grad_(False), nn.Linear(3, 3))
    report = initlab.initialize(model, "he_normal; 0.weight=zeros", seed=1)
    assert report["0.weight"].note == "requires_grad is False, so the rule does not apply"
    assert report["0.bias"].note == ""
    assert model[0].weight.any()


def test_the_default_of_a_layer_without_a_reset_says_what_to_give():
    class OwnRMSNorm(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(4))

        def forward(self, x):
            return self.weight * (x * x.square().mean(-1, keepdim=True).rsqrt())

    model = nn.Sequential(Bare(), OwnRMSNorm())
    report = initlab.initialize(model, "he_normal; 1.weight=default; 0.w=default", seed=1)
    assert report["0.w"].note == (
        "Bare has no method reset_parameters, which the init default calls; give this parameter "
        "another init in a rule"
    )
    assert report["1.weight"].note == (
        "OwnRMSNorm has no method reset_parameters, which the init default calls; give this "
        "parameter the number 1 in a rule"
    )


@pytest.mark.parametrize("spec", ["he_normal", "default"])
def test_a_bare_parameter_is_listed_and_left(spec):
    model = Bare()
    report = initlab.initialize(model, spec, seed=1)
    assert report.names("not recognised") == ("w",)
    assert model.w.eq(1).all()
    assert not model.inner.weight.eq(1).all()


def test_axes_make_a_bare_parameter_known():
    model = Bare()
    report = initlab.initialize(
        model, "he_normal", seed=1, axes={"w": {"in_axis": 0, "out_axis": 1}}
    )
    assert (report["w"].fan_in, report["w"].fan_out) == (4, 6)
    assert not model.w.eq(1).any()
    with pytest.raises(initlab.ArgumentError, match="axes must be given only keys that"):
        initlab.initialize(model, "he_normal", seed=1, axes={"v": {"in_axis": 0, "out_axis": 1}})


def test_the_padding_row_stays_0():
    layer = nn.Embedding(9, 4, padding_idx=2)
    initlab.initialize(layer, "normal", seed=1)
    assert layer.weight[2].eq(0).all()
    assert layer.weight[1].ne(0).all()


@pytest.mark.parametrize("frozen", [False, True], ids=["in place", "through a copy"])
def test_default_is_torchs_own_distribution(frozen):
    model = nn.Sequential(nn.Linear(100, 500), nn.MultiheadAttention(64, 4), nn.Linear(1, 1))
    model[2].weight.requires_grad_(not frozen)
    spoiled(model)
    initlab.initialize(model, "default", seed=1)
    assert 0.0999 < model[0].weight.abs().max() <= 0.1  # U(±1/sqrt(100))
    assert 0.099 < model[0].bias.abs().max() <= 0.1
    bound = math.sqrt(6 / (64 + 192))  # glorot_uniform of the packed (192, 64)
    assert 0.999 * bound < model[1].in_proj_weight.abs().max() <= bound
    assert model[1].in_proj_bias.eq(0).all()
    assert model[1].out_proj.bias.eq(0).all()  # attention's reset comes after its Linear's


class Doubled(nn.Module):
    """A parametrization without a right inverse."""

    def forward(self, x):
        return 2 * x


REFUSED = {
    "lazy": (lambda: nn.LazyLinear(3), "model\\(x\\)"),
    "meta": (lambda: nn.Linear(4, 3, device="meta"), "device='cpu'"),
    "parametrized": (
        lambda: torch.nn.utils.parametrize.register_parametrization(
            nn.Linear(4, 3), "weight", Doubled()
        ),
        "Doubled, which has no working right_inverse.*remove_parametrizations",
    ),
    "empty": (lambda: nn.ReLU(), "with parameters"),
    "no module": (lambda: 3, "torch.nn.Module"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_set_is_refused_with_the_call_that_fixes_it(kind):
    make, match = REFUSED[kind]
    with pytest.raises(initlab.InitlabError, match=match):
        initlab.initialize(make(), "he_normal", seed=1)


class Failing(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(3))

    def reset_parameters(self):
        raise RuntimeError("no way")


@pytest.mark.parametrize(
    ("last", "spec", "match"),
    [
        (lambda: nn.LazyLinear(3), "he_normal", "lazy"),
        (lambda: nn.Linear(4, 3).half(), "normal(std=1e-9)", "float16"),
        (lambda: nn.Linear(4, 3).half(), "constant(value=1e6)", "float16"),
        (lambda: nn.Linear(4, 3).half(), "constant(value=1e-9)", "float16"),
        (lambda: nn.Linear(4, 3), "sparse(sparsity=0.9)", "dead"),
        (Failing, "default", "no way"),
    ],
)
def test_nothing_is_changed_on_an_error(last, spec, match):
    model = nn.ModuleList([Failing() if last is Failing else last(), nn.Linear(8, 8)])
    before = copies(model[1])
    with pytest.raises(initlab.InitlabError, match=match):
        initlab.initialize(model, spec, seed=1)
    model = nn.ModuleList([model[1], model[0]])  # and with the failing layer last
    with pytest.raises(initlab.InitlabError, match=match):
        initlab.initialize(model, spec, seed=1)
    assert same(copies(model[0]), before)


@pytest.mark.parametrize("spec", ["he_normal", "default"])
def test_a_dry_run_reports_the_same_and_changes_nothing(spec):
    model = mixed()
    before = copies(model)
    dry = initlab.initialize(model, spec, seed=1, dry_run=True)
    assert same(copies(model), before)
    done = initlab.initialize(model, spec, seed=1)
    assert dry.rows == plans(done)
    assert {row.actual_std for row in dry.rows} == {None}
    assert None not in {row.actual_std for row in done.rows}
    assert "would be set" in str(dry)


def test_wrappers_are_looked_into_and_keep_the_numbers():
    plain, wrapped = mixed(), mixed()
    initlab.initialize(plain, "he_normal", seed=1)
    report = initlab.initialize(nn.DataParallel(wrapped), "he_normal", seed=1)
    assert same(copies(plain), copies(wrapped))
    compiled = mixed()
    initlab.initialize(torch.compile(compiled, backend="eager"), "he_normal", seed=1)
    assert same(copies(plain), copies(compiled))
    assert report.rows[0].name == "0.weight"


@pytest.mark.parametrize("spec", ["he_normal", "default"])
@pytest.mark.parametrize("frozen", [False, True])
def test_a_compiled_layer_inside_keeps_its_names_and_numbers(spec, frozen):
    plain, compiled = mixed(), mixed()
    compiled[0] = torch.compile(compiled[0], backend="eager")
    for model in (plain, compiled):
        model[3].bias_hh_l0.requires_grad_(not frozen)
    rows = [plans(initlab.initialize(model, spec, seed=1)) for model in (plain, compiled)]
    assert rows[0] == rows[1]
    assert torch.equal(plain[0].weight, compiled[0].weight)


def test_the_report_is_a_table_and_a_record():
    report = initlab.initialize(nn.Conv2d(16, 32, 3, groups=4), "he_normal", seed=1)
    assert "weight     32 x 4 x 3 x 3  weight  set   he_normal     36      72" in str(report)
    record = json.loads(json.dumps(report.to_record()))
    assert record["rows"][0]["shape"] == [32, 4, 3, 3]
    assert record["rows"][0]["std"] == math.sqrt(2 / 36)


def test_autograd_learns_of_the_write():
    layer = nn.Linear(3, 3)
    loss = layer(layer(torch.ones(1, 3))).sum()
    initlab.initialize(layer, "he_normal", seed=1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"spec": "he_norml"}, "he_normal"),
        ({"spec": "W1=0,W2=normal"}, "an init for the whole module"),
        ({"seed": -1}, "seed"),
        ({"spec": "default", "bias_init": "zeros"}, "left out with the init 'default'"),
    ],
)
def test_wrong_arguments_are_named(arguments, match):
    with pytest.raises(initlab.ArgumentError, match=match):
        initlab.initialize(nn.Linear(2, 2), **{"spec": "he_normal", "seed": 0, **arguments})


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
def test_a_scripted_model_is_looked_at_without_a_forward_of_its_class():
    model = torch.jit.script(nn.Sequential(nn.Embedding(5, 3)))
    report = initlab.initialize(model, "he_normal", seed=0)
    assert report["0.weight"].done == "not recognised"
