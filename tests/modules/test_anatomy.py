"""What initlab understands of PyTorch modules: order, roles, nonlinearities, heads, sharing."""

from __future__ import annotations

import dataclasses
import sys

import pytest

import initlab
from initlab.errors import ArgumentError, DataError
from initlab.initializers.fan import Fan

from ..engines.torch.making import Everything, ResNet, Transformer, functional, mlp, nn, torch

prune = pytest.importorskip("torch.nn.utils.prune")


def then(model, sample=None):
    return {one.name: one.nonlinearity for one in initlab.anatomy(model, sample).layers}


def heads(model, sample=None):
    return [one.name for one in initlab.anatomy(model, sample).layers if one.head]


class Forward(nn.Module):
    """Layers declared in reverse, and a forward written by hand."""

    def __init__(self, body, **layers):
        super().__init__()
        for name, layer in layers.items():
            setattr(self, name, layer)
        self.body = body

    def forward(self, x):
        return self.body(self, x)


def two_layers(body):
    return Forward(body, b=nn.Linear(4, 2), a=nn.Linear(4, 4))


def test_layers_stand_in_order_of_computation_not_of_declaration():
    found = initlab.anatomy(two_layers(lambda m, x: m.b(torch.relu(m.a(x)))))
    assert [one.name for one in found.layers] == ["a", "b"]
    assert found.order == "traced by torch.fx"
    assert found.notes == ()


BRANCHING = two_layers(lambda m, x: m.b(m.a(-x if x.sum() > 0 else x).tanh()))


def test_what_cannot_be_traced_is_followed_on_a_sample_and_else_said_to_be_as_declared():
    blind = initlab.anatomy(BRANCHING)
    assert [one.name for one in blind.layers] == ["b", "a"]
    assert blind.order == "as declared"
    assert (
        "control flow. Give a batch of inputs (in a shell: --data DATA) to see the order of "
        "computation." in blind.notes[0]
    )
    assert {one.uses for one in blind.layers} == {None}
    seen = initlab.anatomy(BRANCHING, torch.rand(3, 4))
    assert [(one.name, one.nonlinearity, one.head) for one in seen.layers] == [
        ("a", "tanh", False), ("b", "", True),
    ]  # fmt: skip
    assert seen.order == "followed on a sample"


@pytest.mark.parametrize("name", ["traced", "followed"])
def test_tracing_and_following_describe_alike(name, monkeypatch):
    models = [
        (mlp(), torch.rand(3, 6)), (ResNet(), torch.rand(3, 1, 8, 8)),
        (Everything(), torch.rand(3, 6)),
    ]  # fmt: skip
    for model, sample in models:
        traced = initlab.anatomy(model)
        with monkeypatch.context() as patch:
            patch.setattr("initlab.modules.anatomy.traced", lambda *_: 1 / 0)
            followed = initlab.anatomy(model, sample)
        assert followed.order == "followed on a sample"
        assert followed.layers == traced.layers


def test_the_nonlinearity_is_found_past_norms_and_sums():
    found = then(ResNet())
    assert found["blocks.0.conv1"] == "relu"
    assert found["blocks.0.conv2"] == found["blocks.0.short"] == "relu"  # after their sum
    assert found["head"] == ""


def test_nothing_follows_a_layer_past_the_next_weights():
    assert then(two_layers(lambda m, x: torch.relu(m.b(m.a(x))))) == {"a": "", "b": "relu"}


class Cubed(nn.Module):
    def forward(self, z):
        return z.tanh() ** 3


class Written(nn.Module):
    def forward(self, z):
        return z * 0.5 * (1 + torch.erf(z / 2**0.5))


class Mean(nn.Module):
    def forward(self, z):
        return z - z.mean(dim=-1, keepdim=True)


class Same(nn.Module):
    def forward(self, z):
        return z * 1.0


class Offset(nn.Module):
    """A layer that no table knows."""

    def __init__(self):
        super().__init__()
        self.basis = nn.Parameter(torch.ones(4, 4))
        self.shift = nn.Parameter(torch.zeros(4))
        self.alpha = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return (x @ self.basis + self.shift) * self.alpha


class Added(nn.Module):
    """A layer whose parameter may be a bias or a table."""

    def __init__(self):
        super().__init__()
        self.positions = nn.Parameter(torch.ones(3, 4))

    def forward(self, x):
        return x + self.positions


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(4, 4)

    def forward(self, z):
        return z * torch.sigmoid(self.gate(z))


def halves(z):
    parts = z.repeat(1, 2).chunk(2, dim=-1)
    return (parts[0] * torch.sigmoid(parts[1])).tanh()[:, :4]


AFTER = {
    "module": (nn.Tanh(), "tanh"),
    "other slope": (nn.LeakyReLU(0.2), "leaky_relu(negative_slope=0.2)"),
    "usual slope": (nn.LeakyReLU(), "leaky_relu"),
    "parameter": (nn.PReLU(), "prelu"),
    "written out, measured": (Written(), "gelu"),
    "unknown, named by its class": (Cubed(), "Cubed"),
    "not elementwise": (nn.Sequential(Mean(), nn.Sigmoid()), "sigmoid"),
    "the identity": (nn.Sequential(Same(), nn.ReLU()), "relu"),
    "behind dropout": (nn.Sequential(nn.Dropout(0.5), nn.ELU()), "elu"),
    "function": (functional.softplus, "softplus"),
    "method, in place": (lambda z: z.relu_(), "relu"),
    "z sigmoid(z)": (lambda z: z * torch.sigmoid(z), "silu"),
    "two functions": (lambda z: 2 * z.tanh(), "2*tanh(z)"),
    "one written by hand": (lambda z: z * torch.tanh(functional.softplus(z)), "mish"),
    "GELU's tanh form by hand": (
        lambda z: 0.5 * z * (1 + torch.tanh(0.7978845608 * (z + 0.044715 * torch.pow(z, 3)))),
        "gelu(approximate='tanh')",
    ),
    "a constant inside": (lambda z: z * torch.sigmoid(1.702 * z), "z*sigmoid(1.702*z)"),
    "a power": (lambda z: functional.relu(z) ** 2, "relu(z)**2"),
    "a function of two cases": (lambda z: torch.where(z > 0, z, 0.0), "relu"),
    "constants on the left": (lambda z: (1 - 1 / (1 + torch.exp(z))), "sigmoid"),
    "multiplied by 1 and cast": (lambda z: (1.0 * z).float().relu(), "relu"),
    "two halves of it": (halves, "sigmoid"),
    "a gate of other weights": (Gated(), ""),
    "a norm written out": (lambda z: (z * torch.rsqrt((z**2).mean(-1, True) + 1)).relu(), "relu"),
    "none": (lambda z: z.flatten(1), ""),
    "slope by place": (lambda z: functional.leaky_relu(z, 0.2), "leaky_relu(negative_slope=0.2)"),
    "usual slope by place": (lambda z: functional.leaky_relu(z, 0.01), "leaky_relu"),
    "setting by name": (lambda z: functional.elu(z, alpha=2.0), "elu(alpha=2.0)"),
    "in place is no setting": (lambda z: functional.hardtanh(z, 0, 1, inplace=True),
                               "hardtanh(min_val=0, max_val=1)"),
    "input by name": (lambda z: functional.elu(input=z, alpha=2), "elu(alpha=2)"),
    "a function of C++": (lambda z: functional.gelu(z, approximate="tanh"),
                          "gelu(approximate='tanh')"),
    "bounds of relu6": (lambda z: torch.clamp(z, 0, 6), "relu6"),
    "a bound of relu": (lambda z: z.clamp_(min=0), "relu"),
    "other bounds": (lambda z: torch.clamp(z, min=-3, max=2), "clamp(min=-3, max=2)"),
    "wide bounds": (lambda z: torch.clip(z, -100, 100), "clip(-100, 100)"),
    "a bound that is computed": (lambda z: z.clamp(min=z.mean()), "clamp"),
    "a layer with another's values": (nn.Hardtanh(0, 6), "relu6"),
    "thresholds of relu": (nn.Threshold(0, 0), "relu"),
    "other thresholds": (nn.Threshold(0.1, 2), "threshold(threshold=0.1, value=2)"),
}  # fmt: skip


@pytest.mark.parametrize("kind", AFTER)
@pytest.mark.parametrize("sample", [None, torch.rand(5, 4)])
def test_the_nonlinearity_that_follows_has_a_name(kind, sample):
    follows, name = AFTER[kind]
    model = two_layers(lambda m, x: m.b(m.follows(m.a(x))))
    model.follows = follows
    assert then(model, sample)["a"] == name


def test_a_bare_parameter_is_what_it_is_used_as_whatever_its_name():
    found = initlab.anatomy(nn.Sequential(nn.Linear(3, 4), Offset(), nn.Linear(4, 2)))["1"]
    assert (found.role, [one.role for one in found.parameters]) == (
        "bare", ["weight", "bias", "gate"],
    )  # fmt: skip
    assert initlab.anatomy(nn.Sequential(Offset(), nn.Linear(4, 2))).biases == ("0.shift", "1.bias")


BY_USE = {
    "linear": (lambda x, a, b: functional.linear(x, a, b), (4, 4), ["weight", "bias"]),
    "addmm": (lambda x, a, b: torch.addmm(b, x, a), (4, 4), ["weight", "bias"]),
    "by keyword": (lambda x, a, b: functional.linear(x, weight=a, bias=b), (4, 4),
                   ["weight", "bias"]),
    "transposed": (lambda x, a, b: x @ a.T + b, (4, 4), ["weight", "bias"]),
    "norm": (lambda x, a, b: functional.layer_norm(x, (4,), a, b), (4,), ["scale", "bias"]),
    "scale": (lambda x, a, b: b + a * x, (4,), ["scale", "bias"]),
    "gate": (lambda x, a, b: x + a * torch.relu(x * b), (1,), ["gate", "scale"]),
    "table": (lambda x, a, b: functional.embedding((x[:, 0] > 0).long(), a) + b, (9, 4),
              ["table", "bias"]),
    "a matrix that is added": (lambda x, a, b: x[:, None] + a + b, (4, 4), [None, "bias"]),
    "a vector for each token": (lambda x, a, b: x[:, None] + a[:, :2] + b, (1, 4, 4),
                                ["table", "bias"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", BY_USE)
@pytest.mark.parametrize("sample", [None, torch.rand(5, 4)])
def test_the_function_that_takes_a_parameter_tells_what_it_is(kind, sample):
    use, shape, roles = BY_USE[kind]
    model = two_layers(lambda m, x: m.b(use(m.a(x), m.basis, m.other).reshape(-1, 4)))
    model.basis, model.other = nn.Parameter(torch.ones(shape)), nn.Parameter(torch.ones(4))
    assert [one.role for one in initlab.anatomy(model, sample)[""].parameters] == roles


@pytest.mark.parametrize("sample", [None, torch.rand(5, 4)])
def test_weights_that_meet_the_input_itself_weigh(sample):
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.own = nn.Parameter(torch.ones(4, 3))

        def forward(self, x):
            return torch.tanh(x @ self.own.clone())

    (layer,) = initlab.anatomy(Own(), sample).layers
    assert (layer.head, layer.uses, layer.nonlinearity) == (True, 1, "tanh")
    assert layer.parameters[0].role == "weight"


def test_a_forward_that_returns_a_parameter_is_described():
    model = two_layers(lambda m, x: m.a.weight)
    for sample in (None, torch.rand(5, 4)):
        assert not any(one.head for one in initlab.anatomy(model, sample).layers)


def test_biases_are_told_by_the_layer_not_by_the_first_letter():
    found = initlab.anatomy(nn.MultiheadAttention(8, 2, add_bias_kv=True))
    assert found.biases == ("in_proj_bias", "bias_k", "bias_v", "out_proj.bias")


KINDS = {
    "conv": (nn.Conv2d(4, 8, 3, groups=2), "conv", Fan(18, 36, 9)),
    "depthwise": (nn.Conv2d(6, 6, 3, groups=6), "conv", Fan(9, 9, 9)),
    "transposed": (nn.ConvTranspose2d(4, 2, 3), "conv_transposed", Fan(36, 18, 9)),
    "lstm": (nn.LSTM(3, 5), "recurrent", Fan(3, 5)),
    "gru cell": (nn.GRUCell(3, 5), "recurrent", Fan(3, 5)),
    "attention": (nn.MultiheadAttention(8, 2), "attention", Fan(8, 8)),
    "embedding": (nn.Embedding(9, 4), "embedding", Fan(1, 4)),
    "norm": (nn.GroupNorm(2, 4), "norm", None),
    "bare": (nn.PReLU(), "bare", None),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_layer_has_its_role_and_fans(kind):
    layer, role, fan = KINDS[kind]
    found = initlab.anatomy(layer).layers[0]
    assert (found.role, found.parameters[0].fan) == (role, fan)


def test_recurrent_layers_and_attention_have_their_nonlinearity_inside():
    assert then(nn.RNN(2, 3, nonlinearity="relu")) == {"": "relu"}
    assert then(nn.LSTM(2, 3)) == {"": "sigmoid, tanh"}
    assert then(nn.MultiheadAttention(4, 2))[""] == "softmax"


class BranchesOnData(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.attention, self.out = nn.LSTM(4, 8), nn.MultiheadAttention(8, 2), nn.ReLU()

    def forward(self, x):
        return self.out(self.lstm(x if x.sum() > 0 else -x)[0])


def test_what_is_inside_a_layer_is_known_without_any_input():
    found = initlab.anatomy(BranchesOnData())
    assert found.order == "as declared"
    assert found["lstm"].nonlinearity == "sigmoid, tanh"
    assert found["attention"].nonlinearity == "softmax"
    assert found["attention.out_proj"].nonlinearity is None


def test_a_transformer_is_looked_into_with_a_sample_and_said_to_be_closed_without():
    blind, seen = (
        initlab.anatomy(Transformer()),
        initlab.anatomy(Transformer(), torch.rand(2, 1, 8, 8)),
    )
    assert "torch.fx does not look into TransformerEncoder" in blind.notes[0]
    own = (
        "initlab does not know the class Transformer: use initlab.register_layer to say what its "
        "parameter 'place' is."
    )
    assert (seen.order, seen.notes) == ("followed on a sample", (own,))
    prefix = "encoder.layers.0."
    inside = [one.name.removeprefix(prefix) for one in seen.layers if one.name.startswith(prefix)]
    assert inside == ["self_attn", "self_attn.out_proj", "norm1", "linear1", "linear2", "norm2"]
    for found in (blind, seen):
        assert found[f"{prefix}linear1"].nonlinearity == "relu"
        assert found[f"{prefix}linear2"].nonlinearity == ""
        assert [one.name for one in found.layers if one.head] == ["head"]


def test_a_layer_that_is_computed_twice_is_one_layer():
    twice = nn.Linear(3, 3)
    model = nn.Sequential(twice, nn.Tanh(), twice, nn.Softmax(1))
    first, second = initlab.anatomy(model).layers
    assert (first.uses, first.nonlinearity, first.head) == (2, "tanh, softmax", True)
    assert (second.shared_with, second.uses) == ("0", 2)
    assert initlab.anatomy(model).size == 12


@pytest.mark.parametrize("sample", [None, torch.rand(3, 4)])
def test_a_layer_computed_by_functions_is_used_as_often_as_its_parameters(sample):
    model = nn.Sequential(Offset(), Offset())
    assert [one.uses for one in initlab.anatomy(model, sample).layers] == [1, 1]
    again = nn.Sequential(model[0], nn.Tanh(), model[0])
    assert initlab.anatomy(again, sample)["0"].uses == 2


def test_what_is_not_known_is_said_with_what_to_do():
    (note,) = initlab.anatomy(nn.Sequential(Added(), Added())).notes
    use = "use initlab.register_layer to say what its parameter 'positions' is."
    assert note == f"initlab does not know the class Added: {use}"
    normed = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(4, 3)), nn.PReLU())
    made = "0.weight is computed from the parameters original0 and original1."
    assert initlab.anatomy(normed).notes == (made,)


@pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")
@pytest.mark.parametrize(
    ("change", "held"),
    [
        (nn.utils.weight_norm, "parameters weight_g and weight_v"),
        (nn.utils.spectral_norm, "parameter weight_orig"),
        (lambda layer: prune.random_unstructured(layer, "weight", 0.3), "parameter weight_orig"),
    ],
    ids=["weight_norm", "spectral_norm", "pruning"],
)
def test_a_weight_that_a_hook_computes_says_from_what(change, held):
    model = nn.Sequential(change(nn.Linear(4, 3)), nn.PReLU())
    assert initlab.anatomy(model).notes == (f"0.weight is computed from the {held}.",)


def test_layers_and_parameters_that_nothing_uses_are_said():
    found = initlab.anatomy(two_layers(lambda m, x: m.b(x)))
    assert {one.name: one.uses for one in found.layers} == {"b": 1, "a": 0}
    assert "not used" in str(found)


def test_both_heads_are_heads_and_what_feeds_them_is_not():
    model = Forward(
        lambda m, x: (m.one(m.body_(x)), m.two(m.body_(x).relu())),
        one=nn.Linear(4, 2), two=nn.Linear(4, 3), body_=nn.Linear(4, 4),
    )  # fmt: skip
    assert sorted(heads(model)) == ["one", "two"]


def test_a_layer_behind_a_skip_is_no_head():
    def body(m, x):
        h = m.a(x)
        return h + m.b(h.relu())

    model = Forward(body, a=nn.Linear(4, 4), b=nn.Linear(4, 4))
    assert heads(model) == ["b"]


def test_a_layer_whose_output_goes_nowhere_is_no_head():
    def body(m, x):
        m.c(x)
        return m.b(m.a(x))

    model = two_layers(body)
    model.c = nn.Linear(4, 3)
    assert heads(model) == ["b"]
    assert initlab.anatomy(model)["c"].uses == 1


class Tied(nn.Module):
    """An embedding whose weight is the head's too, in one of several ways."""

    def __init__(self, how):
        super().__init__()
        self.embed = nn.Embedding(20, 6)
        self.fc = nn.Linear(6, 6)
        self.head = nn.Linear(6, 20, bias=False)
        if how == "the same as":
            self.head.weight = self.embed.weight
        elif how == "transposed":
            self.head = nn.Linear(20, 6, bias=False)
            self.head.weight = nn.Parameter(self.embed.weight.t())
        elif how == "shares storage with":
            self.head = nn.Linear(6, 10, bias=False)
            self.head.weight = nn.Parameter(self.embed.weight[5:15])
        else:
            self.head.weight = nn.Parameter(self.embed.weight.detach())
        self.how = how

    def forward(self, x):
        h = torch.tanh(self.fc(self.embed(x)))
        return h @ self.head.weight if self.how == "transposed" else self.head(h)


@pytest.mark.parametrize("how", ["the same as", "a view of", "transposed", "shares storage with"])
def test_shared_numbers_are_seen_whatever_object_holds_them(how):
    model = Tied(how)
    (weight,) = initlab.anatomy(model)["head"].parameters
    assert weight.shared_with == "embed.weight"
    assert weight.sharing == ("a view of" if how == "transposed" else how)
    assert heads(model) == ["head"]


@pytest.mark.parametrize("how", ["the same as", "a view of", "transposed"])
def test_initialize_sets_shared_numbers_once_as_the_head_does(how):
    model = Tied(how)
    head = nn.Linear(20, 6, bias=False) if how == "transposed" else nn.Linear(6, 20, bias=False)
    alone = nn.ModuleDict({"head": head})
    report = initlab.initialize(model, "he_normal", seed=3)
    initlab.initialize(alone, "he_normal", seed=3)
    assert report.names("tied") == ("embed.weight",)
    assert torch.equal(model.head.weight, alone["head"].weight)


def test_an_embedding_that_is_the_head_by_a_function_has_the_fans_of_a_head():
    model = Forward(
        lambda m, x: m.fc(m.embed(x)).tanh() @ m.embed.weight.T,
        fc=nn.Linear(4, 4), embed=nn.Embedding(700, 4),
    )  # fmt: skip
    row = initlab.initialize(model, "he_normal", seed=3)["embed.weight"]
    assert (row.fan_in, row.fan_out, row.role) == (4, 700, "weight")
    assert model.embed.weight.std().item() == pytest.approx(0.5**0.5, rel=0.1)
    alone = Forward(lambda m, x: m.embed(x), embed=nn.Embedding(700, 4))
    assert initlab.initialize(alone, "he_normal", seed=3)["embed.weight"].fan_in == 1


def test_an_embedding_that_is_the_head_by_a_function_is_used_twice():
    model = Forward(
        lambda m, x: m.fc(m.embed(x)).tanh() @ m.embed.weight.T,
        fc=nn.Linear(4, 4), embed=nn.Embedding(7, 4),
    )  # fmt: skip
    for sample in (None, torch.zeros(2, 3, dtype=torch.long)):
        found = initlab.anatomy(model, sample)
        assert (found["embed"].uses, found["embed"].head, found["fc"].head) == (2, True, False)


def test_parts_of_one_flat_buffer_are_not_shared():
    flat = torch.rand(20)
    model = nn.Sequential(nn.Linear(2, 5, bias=False), nn.Linear(5, 2, bias=False))
    model[0].weight = nn.Parameter(flat[:10].view(5, 2))
    model[1].weight = nn.Parameter(flat[10:].view(2, 5))
    assert not any(one.shared_with for one in initlab.anatomy(model).parameters)


def conv1d_of_transformers():
    """Return a class like the one of that library, under its qualified name."""

    class Conv1D(nn.Module):
        def __init__(self, width, inputs):
            super().__init__()
            self.weight = nn.Parameter(torch.rand(inputs, width))
            self.bias = nn.Parameter(torch.rand(width))

        def forward(self, x):
            return torch.addmm(self.bias, x, self.weight)

    Conv1D.__module__, Conv1D.__qualname__ = "transformers.pytorch_utils", "Conv1D"
    return Conv1D


def test_layers_of_other_libraries_are_known_without_importing_them(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)  # an import would raise
    kind = conv1d_of_transformers()
    model = nn.Sequential(kind(5, 3), nn.ReLU(), kind(2, 5))
    found = initlab.anatomy(model).layers
    assert [(one.role, one.nonlinearity, one.parameters[0].fan) for one in found] == [
        ("linear", "relu", Fan(3, 5)), ("linear", "", Fan(5, 2)),
    ]  # fmt: skip
    report = initlab.initialize(model, "he_normal", seed=0)
    assert (report["0.weight"].fan_in, report["0.weight"].fan_out) == (3, 5)
    assert model[0].bias.eq(0).all()


def test_a_description_changes_nothing(monkeypatch):
    class Writing(Everything):
        def forward(self, x):
            self.last = x
            return super().forward(x)

    model = Writing().train()
    before = {name: one.clone() for name, one in model.state_dict().items()}
    sample = torch.rand(4, 6)
    attributes, random = set(vars(model)), torch.get_rng_state()
    for way in ("traced", "followed"):
        if way == "followed":
            monkeypatch.setattr("initlab.modules.anatomy.traced", lambda *_: 1 / 0)
        assert initlab.anatomy(model, sample).order.startswith(way)
    assert torch.equal(torch.get_rng_state(), random)
    assert set(vars(model)) == attributes
    assert all(torch.equal(one, before[name]) for name, one in model.state_dict().items())
    assert all(one.training and not one._forward_hooks for one in model.modules())


def test_meta_models_are_described_and_numbers_that_are_not_finite_counted():
    assert initlab.anatomy(nn.Linear(3, 2, device="meta")).size == 8
    layer = nn.Linear(3, 2)
    layer.weight.data[0, :2] = torch.tensor([float("nan"), float("inf")])
    assert [one.nonfinite for one in initlab.anatomy(layer).parameters] == [2, 0]
    assert "2 values not finite" in str(initlab.anatomy(layer))


REFUSED = {
    "no module": (lambda: 3, ArgumentError, "model must be a torch.nn.Module"),
    "no parameters": (lambda: nn.ReLU(), DataError, "model must be a module with parameters"),
    "lazy": (
        lambda: nn.Sequential(nn.LazyLinear(3)),
        ArgumentError,
        r"layer '0'\) To give",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_described_is_refused(kind):
    make, error, words = REFUSED[kind]
    with pytest.raises(error, match=words):
        initlab.anatomy(make())


def test_a_sample_that_does_not_fit_is_named():
    with pytest.raises(DataError, match="The model fails on the sample: RuntimeError"):
        initlab.anatomy(BRANCHING, torch.rand(3, 5))


@pytest.mark.parametrize(
    "sample", [[[0.0] * 4], torch.rand(1, 4).double(), {"x": torch.rand(1, 4)}, (torch.rand(1, 4),)]
)
def test_samples_come_in_every_form(sample):
    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(4, 2)

        def forward(self, x):
            return self.a(x) if x.sum() > 100 else self.a(x).relu()

    assert then(Named(), sample) == {"a": "relu"}


def test_wrapped_and_compiled_modules_have_plain_names():
    model = mlp()
    model[0] = torch.compile(model[0], backend="eager")
    found = initlab.anatomy(nn.DataParallel(model))
    assert {one.name for one in found.layers} == {"0", "2"}


def test_outputs_of_every_form_are_looked_into():
    @dataclasses.dataclass
    class Output:
        logits: object

    for made in (lambda y: {"logits": y}, Output, lambda y: (None, [y])):
        model = two_layers(lambda m, x, made=made: made(m.b(m.a(x).relu())) if x.sum() else x)
        assert heads(model, torch.rand(2, 4)) == ["b"]


def test_a_parameter_that_a_layer_gives_back_as_it_is_stays_known():
    class Passed(nn.Module):
        def __init__(self):
            super().__init__()
            self.token, self.layer = nn.Parameter(torch.randn(4)), nn.Linear(4, 3)
            self.same = nn.Identity()

        def forward(self, x):
            if x.sum() < 1e9:  # which torch.fx cannot trace
                x = self.same(self.token) * x
            return self.layer(x + self.token)

    found = initlab.anatomy(Passed(), torch.randn(2, 4))
    assert found["layer"].head
    assert "token" in {one.name for one in found.parameters}


def test_a_forward_of_an_instances_own_says_nothing_of_its_class():
    odd, plain = nn.ReLU(), nn.ReLU()
    odd.forward = torch.tanh
    for first, second in ((odd, plain), (plain, odd)):
        model = nn.Sequential(nn.Linear(3, 3), first, nn.Linear(3, 3), second, nn.Linear(3, 1))
        names = {id(odd): "tanh", id(plain): "relu"}
        assert [one.nonlinearity for one in initlab.anatomy(model).layers][:2] == [
            names[id(first)], names[id(second)],
        ]  # fmt: skip


def test_gains_are_measured_where_auto_asks_for_them_alone(monkeypatch):
    class Odd(nn.Module):
        def forward(self, x):
            return x * torch.tanh(x) + 0.1 * x

    def never(*given):
        raise AssertionError("measured")

    monkeypatch.setattr("initlab.modules.following.measured_gains", never)
    model = nn.Sequential(nn.Linear(4, 4), Odd(), nn.Linear(4, 2))
    assert "Odd" in str(initlab.anatomy(model))
    initlab.initialize(model, "he_normal; role:head=0", seed=0)
    with pytest.raises(AssertionError, match="measured"):
        initlab.initialize(model, "auto", seed=0)
