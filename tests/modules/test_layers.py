"""Fans of every layer kind, against counts made by hand and by torch's own gradient."""

from __future__ import annotations

import math

import pytest

import initlab
from initlab.errors import ArgumentError
from initlab.initializers.axes import size_of
from initlab.initializers.fan import Fan
from initlab.modules import layers
from initlab.modules.layers import parts_of, role_of

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn

BY_HAND = {  # layer, parameter, fan_in, fan_out, receptive
    "linear": (lambda: nn.Linear(5, 3), "weight", Fan(5, 3)),
    "bilinear": (lambda: nn.Bilinear(2, 3, 4), "weight", Fan(6, 4)),
    "conv1d": (lambda: nn.Conv1d(4, 8, 5), "weight", Fan(20, 40, 5)),
    "conv2d": (lambda: nn.Conv2d(3, 64, 5), "weight", Fan(75, 1600, 25)),
    "conv3d": (lambda: nn.Conv3d(2, 4, (1, 2, 3)), "weight", Fan(12, 24, 6)),
    "grouped": (lambda: nn.Conv2d(16, 32, 3, groups=4), "weight", Fan(36, 72, 9)),
    "depthwise": (lambda: nn.Conv2d(6, 12, 3, groups=6), "weight", Fan(9, 18, 9)),
    "transposed": (lambda: nn.ConvTranspose2d(16, 4, 3), "weight", Fan(144, 36, 9)),
    "transposed1d": (lambda: nn.ConvTranspose1d(6, 2, 4), "weight", Fan(24, 8, 4)),
    "transposed3d": (lambda: nn.ConvTranspose3d(6, 2, 2), "weight", Fan(48, 16, 8)),
    "transposed, groups": (
        lambda: nn.ConvTranspose2d(8, 4, 3, groups=2),
        "weight",
        Fan(36, 18, 9),
    ),
    "embedding": (lambda: nn.Embedding(1000, 64), "weight", Fan(1, 64)),
    "rnn": (lambda: nn.RNN(6, 7), "weight_hh_l0", Fan(7, 7)),
    "lstm, input": (lambda: nn.LSTM(6, 7), "weight_ih_l0", Fan(6, 7)),
    "lstm, recurrent": (lambda: nn.LSTM(6, 7), "weight_hh_l0", Fan(7, 7)),
    "lstm, upper layer": (
        lambda: nn.LSTM(6, 7, num_layers=2, bidirectional=True),
        "weight_ih_l1_reverse",
        Fan(14, 7),
    ),
    "lstm, projected": (lambda: nn.LSTM(6, 7, proj_size=2), "weight_hh_l0", Fan(2, 7)),
    "lstm, projection": (lambda: nn.LSTM(6, 7, proj_size=2), "weight_hr_l0", Fan(7, 2)),
    "gru": (lambda: nn.GRU(6, 7), "weight_ih_l0", Fan(6, 7)),
    "lstm cell": (lambda: nn.LSTMCell(6, 7), "weight_ih", Fan(6, 7)),
    "gru bias": (lambda: nn.GRU(6, 7), "bias_ih_l0", Fan(6, 7)),
    "packed attention": (lambda: nn.MultiheadAttention(64, 4), "in_proj_weight", Fan(64, 64)),
    "attention, key": (
        lambda: nn.MultiheadAttention(8, 2, kdim=6, vdim=5),
        "k_proj_weight",
        Fan(6, 8),
    ),
    "attention, value": (
        lambda: nn.MultiheadAttention(8, 2, kdim=6, vdim=5),
        "v_proj_weight",
        Fan(5, 8),
    ),
}


@pytest.mark.parametrize("kind", BY_HAND)
def test_fans_are_those_counted_by_hand(kind):
    make, name, expected = BY_HAND[kind]
    assert parts_of(make())[name].fan == expected


@pytest.mark.parametrize("groups", [1, 2, 8])
@pytest.mark.parametrize(
    ("kernel", "stride", "dilation"),
    [
        (2, 2, 1),
        (4, 2, 1),
        (3, 2, 1),
        (3, 2, 2),
        (2, 3, 1),
        (5, 3, 1),
        ((4, 3), (2, 1), 1),
        ((3, 5), (2, 3), 1),
        (4, 3, 2),
        (7, 4, 2),
    ],
)
def test_a_strided_transposed_convolution_counts_the_products_that_outputs_sum(
    kernel, stride, dilation, groups
):
    layer = nn.ConvTranspose2d(8, 8, kernel, stride, groups=groups, dilation=dilation, bias=False)
    nn.init.ones_(layer.weight)
    inner = layer(torch.ones(1, 8, 30, 30))[0, 0, 12:-12, 12:-12]
    height, width = (n - n % s for n, s in zip(inner.shape, layer.stride, strict=True))
    period = inner[:height, :width]  # whole periods of the strides
    fan = parts_of(layer)["weight"].fan
    assert fan.fan_in == period[period > 0].double().mean().item()
    assert fan.matrix == (8 // groups, 8 // groups * math.prod(layer.kernel_size))
    row = initlab.initialize(layer, "lecun_normal", seed=0)["weight"]
    assert row.std == pytest.approx(fan.fan_in**-0.5, rel=1e-12)


def test_an_orthogonal_strided_transposed_convolution_is_orthogonal():
    layer = nn.ConvTranspose1d(8, 4, 4, 2).double()
    initlab.initialize(layer, "orthogonal", seed=0)
    matrix = layer.weight.detach().transpose(0, 1).reshape(4, 32)
    assert torch.allclose(matrix @ matrix.T, torch.eye(4).double(), atol=1e-12)


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Conv2d(4, 6, 3, groups=2, padding=2, bias=False),
        lambda: nn.ConvTranspose2d(4, 6, 3, groups=2, bias=False),
        lambda: nn.Conv1d(4, 6, 3, padding=2, bias=False),
    ],
)
def test_fans_are_the_connections_that_an_impulse_and_a_gradient_meet(make):
    # with all weights 1, an inner output sums fan_in ones, and an inner input reaches fan_out
    layer = make()
    nn.init.ones_(layer.weight)
    size = (9,) * len(layer.kernel_size)
    x = torch.ones(1, 4, *size, requires_grad=True)
    y = layer(x)
    y.sum().backward()
    centre = (0, 0, *(width // 2 for width in size))
    fan = parts_of(layer)["weight"].fan
    assert y[centre].item() == fan.fan_in
    assert x.grad[centre].item() == fan.fan_out


@pytest.mark.parametrize("kind", [kind for kind in BY_HAND if "bias" not in kind])
def test_the_axes_spell_the_matrix_of_the_fan(kind):
    make, name, fan = BY_HAND[kind]
    layer = make()
    part = parts_of(layer)[name]
    assert part.axes.matrix_shape(part.view)[-2:] == fan.matrix
    assert size_of(part.view, tuple(range(len(part.view)))) == getattr(layer, name).numel()


class Flipped(nn.Module):
    """A weight of shape (in, out), and a bias of another name."""

    def __init__(self):
        super().__init__()
        self.kernel = nn.Parameter(torch.rand(4, 3))
        self.offset = nn.Parameter(torch.ones(3))
        self.rate = nn.Parameter(torch.ones(1))


class Inherited(Flipped):
    """Known by its base."""


@pytest.fixture
def rows(monkeypatch):
    """Put the registered classes back as they were."""
    monkeypatch.setattr(layers, "_rows", dict(layers._rows))
    monkeypatch.setattr(layers, "_of_others", set())


PARAMETERS = {"offset": "bias", "kernel": {"in_axis": 0, "out_axis": 1}, "rate": "gate"}


@pytest.mark.parametrize("spelling", [Flipped, f"{__name__}.Flipped", f"{__name__}.Flip*"])
@pytest.mark.parametrize("parameters", [PARAMETERS, lambda layer: PARAMETERS])
def test_a_registered_class_and_its_subclasses_are_known(rows, spelling, parameters):
    initlab.register_layer(spelling, role="linear", parameters=parameters)
    model = nn.Sequential(Inherited(), nn.Linear(3, 2))
    assert role_of(model[0]) == "linear"
    report = initlab.initialize(model, "he_normal", seed=0, bias_init="constant(value=0.5)")
    assert (report["0.kernel"].fan_in, report["0.kernel"].fan_out) == (4, 3)
    assert model[0].offset.eq(0.5).all()
    assert report.names("kept") == ("0.rate",)  # a gate keeps what it was built with


def test_a_scale_is_1_unless_another_constant_is_given(rows):
    for value, given in ((1.0, "scale"), (0.0, {"role": "scale", "value": 0})):
        initlab.register_layer(Flipped, role="norm", parameters={"rate": given})
        assert parts_of(Flipped())["rate"].value == value


def test_a_class_of_the_user_may_be_registered_again_and_initlabs_own_not(rows):
    for role in ("linear", "attention"):
        initlab.register_layer(Flipped, role=role, parameters=PARAMETERS)
    assert role_of(Flipped()) == "attention"
    with pytest.raises(ArgumentError, match="must be a class that initlab itself does not know"):
        initlab.register_layer("torch.nn.modules.linear.Linear", role="linear", parameters={})


WRONG = {
    "role": ({"role": "dense"}, "role must be one of linear, conv"),
    "layer": ({"layer": 3}, "layer must be"),
    "parameters": ({"parameters": ["weight"]}, "parameters must be a mapping such as"),
    "a weight without axes": ({"parameters": {"w": "weight"}}, "role must be one of bias, scale"),
    "an unknown key": ({"parameters": {"w": {"axis": 0}}}, "parameters must be a role such as"),
    "a value": ({"parameters": {"w": {"role": "scale", "value": "x"}}}, "value must be a finite"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_registration_that_cannot_be_meant_is_refused(kind, rows):
    given, words = WRONG[kind]
    usual = {"layer": "a.B", "role": "linear", "parameters": PARAMETERS}
    with pytest.raises(ArgumentError, match=words):
        initlab.register_layer(**{**usual, **given})


@pytest.mark.parametrize(
    "given",
    [{"offset": {"in_axis": 0}}, lambda layer: ["offset"], lambda layer: {"offset": 3}],
)
def test_what_does_not_fit_a_layer_names_it(rows, given):
    initlab.register_layer(Flipped, role="linear", parameters=given)
    with pytest.raises(ArgumentError, match=r"must be .*layer '0', Flipped"):
        initlab.anatomy(nn.Sequential(Flipped()))


def test_an_axis_that_a_weight_lacks_names_the_row_that_was_registered(rows):
    axes = {"in_axis": 5, "out_axis": 1}
    initlab.register_layer(Flipped, role="linear", parameters={"kernel": axes})
    row = rf"registered as {__name__}\.Flipped\.kernel"
    with pytest.raises(ArgumentError, match=rf"in_axis .* got 5\. \(layer '0', Inherited: {row}"):
        initlab.anatomy(nn.Sequential(Inherited()))


LIBRARIES = {
    "transformers.models.llama.modeling_llama.LlamaRMSNorm": {"weight": 1.0},
    "transformers.models.gemma2.modeling_gemma2.Gemma2RMSNorm": {"weight": 0.0},
    "transformers.models.gemma3n.modeling_gemma3n.Gemma3nRMSNorm": {"weight": 1.0},
    "transformers.models.t5.modeling_t5.T5LayerNorm": {"weight": 1.0},
    "timm.layers.norm.RmsNorm": {"weight": 1.0},
    "timm.layers.grn.GlobalResponseNorm": {"weight": 0.0, "bias": 0.0},
}


def layer_named(name, base=nn.Module, **values):
    """Return a layer of a class that has this qualified name."""
    module, _, own = name.rpartition(".")
    return type(own, (base,), {"__module__": module, "__qualname__": own})(**values)


@pytest.mark.parametrize("name", layers._rows)
def test_a_row_of_ours_could_be_registered(name, monkeypatch):
    role, parameters = layers._rows[name]
    monkeypatch.setattr(layers, "_rows", {})
    monkeypatch.setattr(layers, "_of_others", set())
    initlab.register_layer(name, role=role, parameters=parameters)


@pytest.mark.parametrize("name", LIBRARIES)
def test_norms_of_other_libraries_are_known_by_their_names(name):
    norm = layer_named(name)
    for local in LIBRARIES[name]:
        norm.register_parameter(local, nn.Parameter(torch.arange(4.0)))
    assert role_of(norm) == "norm"
    initlab.initialize(norm, "he_normal", seed=0)
    assert {local: one.tolist() for local, one in norm.named_parameters()} == {
        local: [value] * 4 for local, value in LIBRARIES[name].items()
    }


class OwnNorm(nn.Module):
    def __init__(self, shift, width=8):
        super().__init__()
        self.shift, self.weight = shift, nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True)) * (self.shift + self.weight)


@pytest.mark.parametrize(("shift", "neutral"), [(0.0, 1.0), (1.0, 0.0)])
def test_whether_a_norm_multiplies_by_1_and_its_weight_is_measured(shift, neutral):
    name = f"transformers.models.new_{neutral:g}.modeling.NewRMSNorm"
    norm = layer_named(name, OwnNorm, shift=shift)
    norm.weight.data.uniform_()  # as a trained one's
    initlab.initialize(norm, "he_normal", seed=0)
    assert norm.weight.eq(neutral).all()
    assert norm(torch.rand(5, 8)).square().mean().item() == pytest.approx(1, abs=1e-5)


def test_stacked_experts_have_the_fans_of_one_in_every_layout():
    for turned, together in ((False, True), (True, True), (True, False)):
        layer = layer_named("transformers.models.any_moe.modeling.AnyExperts")
        layer.is_transposed, layer.is_concatenated = turned, together
        layer.gate_up_proj = nn.Parameter(torch.randn((4, 8, 64) if turned else (4, 64, 8)))
        layer.down_proj = nn.Parameter(torch.randn((4, 32, 8) if turned else (4, 8, 32)))
        layer.down_proj_bias = nn.Parameter(torch.randn(4, 8))
        parts = parts_of(layer)
        assert (parts["gate_up_proj"].fan, parts["down_proj"].fan) == (Fan(8, 32), Fan(32, 8))
        report = initlab.initialize(layer, "orthogonal", seed=0)
        assert not report.names("not recognised")
        assert layer.down_proj_bias.eq(0).all()
        packed = layer.gate_up_proj.detach()
        one = packed[1].T if turned else packed[1]  # (gate and up, in)
        gate = one[:32] if together else one[::2]
        assert torch.allclose(gate.T @ gate, torch.eye(8), atol=1e-5)


class Mixer(nn.Module):
    def __init__(self):
        super().__init__()
        self.A_log = nn.Parameter(torch.log(torch.arange(1.0, 9)).repeat(4, 1))
        self.D, self.dt_proj = nn.Parameter(torch.rand(4)), nn.Linear(2, 4)


def test_what_a_class_sets_itself_is_kept_but_not_where_a_rule_names_it():
    mixer = nn.Sequential(layer_named("transformers.models.mamba.modeling_mamba.MambaMixer", Mixer))
    before = {name: one.clone() for name, one in mixer.named_parameters()}
    report = initlab.initialize(mixer, "he_normal", seed=0)
    assert set(report.names("kept")) == {"0.A_log", "0.dt_proj.bias"}
    for name in report.names("kept"):
        assert torch.equal(mixer.get_parameter(name), before[name])
        assert report[name].note.startswith("set by the model's own code (")
    assert mixer[0].D.eq(1).all()
    assert initlab.initialize(mixer, "he_normal; *.bias=0", seed=0)["0.dt_proj.bias"].done == "set"
    drawn = initlab.initialize(mixer, "he_normal", seed=0, bias_init="torch_default")
    assert drawn["0.dt_proj.bias"].fan_in == 2  # its weight's


def test_what_a_class_sets_itself_is_asked_for_where_it_has_no_numbers():
    mixer = layer_named("transformers.models.mamba.modeling_mamba.MambaMixer", Mixer).to("meta")
    with pytest.raises(ArgumentError, match=r"got no numbers for 'A_log, dt_proj.bias'"):
        initlab.initialize(mixer, "he_normal", seed=0, device="cpu")
    rules = "he_normal; A_log=0; dt_proj.bias=-4"
    assert len(initlab.initialize(mixer, rules, seed=0, device="cpu").names("set")) == 4


def test_a_user_says_what_a_class_keeps_in_the_layers_inside(rows):
    initlab.register_layer(
        f"{__name__}.Mixer", role="bare",
        parameters={"dt_proj.bias": {"role": "bias", "kept": "I say so"}, "D": "scale"},
    )  # fmt: skip
    report = initlab.initialize(Mixer(), "he_normal", seed=0)
    assert report["dt_proj.bias"].note == "set by the model's own code (I say so)"


GRAPHS = {
    "torch_geometric.nn.dense.linear.Linear": ("weight", (16, 8), Fan(8, 16)),
    "torch_geometric.nn.conv.gat_conv.GATConv": ("att_src", (1, 4, 16), Fan(16, 1)),
    "torch_geometric.nn.conv.rgcn_conv.RGCNConv": ("weight", (3, 8, 16), Fan(8, 16)),
    "transformers.models.mixtral.modeling_mixtral.MixtralTopKRouter": ("weight", (4, 8), Fan(8, 4)),
    "transformers.models.vit.modeling_vit.ViTEmbeddings": ("cls_token", (1, 1, 8), Fan(1, 8)),
    "timm.models.vision_transformer.VisionTransformer": ("pos_embed", (1, 9, 8), Fan(1, 8)),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_weights_and_tables_of_other_libraries_have_their_fans(name):
    local, shape, fan = GRAPHS[name]
    layer = layer_named(name)
    layer.register_parameter(local, nn.Parameter(torch.randn(shape)))
    layer.register_parameter("bias", nn.Parameter(torch.randn(16)))
    assert parts_of(layer)[local].fan == fan
    report = initlab.initialize(layer, "he_normal", seed=0)
    assert (report[local].done, report["bias"].law) == ("set", "0")


def test_standardized_convolutions_are_convolutions_with_a_gain():
    conv = layer_named("timm.layers.std_conv.ScaledStdConv2d", nn.Conv2d, in_channels=4,
                       out_channels=6, kernel_size=3)  # fmt: skip
    conv.gain = nn.Parameter(torch.rand(6, 1, 1, 1))
    assert (role_of(conv), parts_of(conv)["weight"].fan) == ("conv", Fan(36, 54, 9))
    initlab.initialize(conv, "he_normal", seed=0)
    assert conv.gain.eq(1).all()


def test_a_gate_is_left_as_it_was_built_where_its_constant_is_not_kept():
    scale = layer_named("timm.layers.layer_scale.LayerScale")
    scale.gamma = nn.Parameter(torch.full((4,), 1e-5))
    assert initlab.initialize(scale, "he_normal", seed=0).names("set") == ()
    scale.init_values = 0.1
    scale.gamma.data[1] = 7
    initlab.initialize(scale, "he_normal", seed=0)
    assert scale.gamma.tolist() == pytest.approx([0.1] * 4)


PLUGIN = """
import initlab
initlab.register_layer("{name}.Mine", role="linear", parameters={{"w": "table"}})
"""


def test_a_package_offers_its_layers_by_an_entry_point(rows, tmp_path, monkeypatch):
    from initlab.initializers import registry

    name = "layers_of_a_package"
    (tmp_path / f"{name}.py").write_text(PLUGIN.format(name=name))
    info = tmp_path / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[initlab.layers]\nmine = {name}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(registry, "_loaded_groups", set())
    assert role_of(layer_named(f"{name}.Mine")) == "linear"


def test_a_pattern_that_is_registered_goes_before_a_wildcard_of_ours(rows):
    name = "transformers.models.mine_for_this_test.RowRMSNorm"
    kind = type("RowRMSNorm", (nn.Module,), {"__module__": name.rpartition(".")[0]})
    zero = {"weight": {"role": "scale", "value": 0.0}}
    layers.register_layer(
        "transformers.models.mine_for_this_test.*RMSNorm", role="norm", parameters=zero
    )
    layer = kind()
    layer.weight = nn.Parameter(torch.zeros(3))
    assert parts_of(layer)["weight"].value == 0


@pytest.mark.parametrize(
    ("said", "argument"),
    [({"role": "bias", "in_axis": 0}, "in_axis"), ({"in_axis": 0, "value": 1.0}, "value")],
)
def test_what_does_not_apply_to_a_role_is_refused(said, argument):
    with pytest.raises(ArgumentError) as caught:
        layers.register_layer(
            "somebody.for_this_test.Layer", role="linear", parameters={"weight": said}
        )
    assert caught.value.argument == argument
