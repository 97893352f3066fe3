"""Rules: text and object, patterns, the last match, what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import initlab
from initlab.errors import ArgumentError
from initlab.initialization import Case, Rules, network_distributions, parse_init, rules
from initlab.initializers import Constant, Initializer, Normal

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn

PATTERNS = st.sampled_from(
    ["*.bias", "a.weight", "role:embedding", "role:head", "class:LayerNorm", "W1", "*[0-3].w?"]
)
INITS = st.sampled_from(
    ["keep", "default", "he_normal", "xavier_normal", "normal(std=0.02)", "constant(value=0.5)",
     "he_normal(mode='fan_out')", 0, 1, -0.25, 1e-6, "0.10"]
)  # fmt: skip


@given(st.lists(st.tuples(PATTERNS, INITS), max_size=5), st.none() | INITS)
def test_text_of_rules_means_the_same_rules(pairs, default):
    assume(pairs or default is not None)
    made = rules(pairs, default=default)
    assert rules(str(made)) == made
    if pairs or isinstance(made.default, str):
        assert parse_init(str(made)) == made
    elif default is not None:
        assert Rules((), parse_init(str(made))) == made


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("he_normal;*.bias = zeros", "he_normal; *.bias=0"),
        ("xavier_normal ; class: LayerNorm=keep;", "glorot_normal; class:LayerNorm=keep"),
        ("role:embedding=normal( std=2e-2 )", "role:embedding=normal(std=0.02)"),
        ("fc.weight=1", "fc.weight=1"),
        ("a=he_normal(mode='fan_out'); b=.5", "a=he_normal(mode='fan_out'); b=0.5"),
        ("W1=0;", "W1=0;"),
    ],
)
def test_spellings_have_one_canonical_text(text, canonical):
    assert isinstance(parse_init(text), Rules)
    assert str(parse_init(text)) == canonical


def test_a_class_of_torch_is_known_by_its_short_name_and_others_by_their_full_name():
    assert str(rules({nn.LayerNorm: "keep"})) == "class:LayerNorm=keep"
    assert str(rules({Net: 0})) == f"class:{__name__}.Net=0"


def test_names_of_a_dense_network_are_a_case_and_a_case_is_rules_of_exact_names():
    assert isinstance(parse_init("W1=0,W2=normal"), Case)
    assert str(parse_init("W1=0,W2=normal").rules) == "W1=0; b1=0; W2=normal; b2=0"


@pytest.mark.parametrize(
    ("text", "distributions"),
    [
        ("he_normal; b2=0.5", [Normal(0, 1), Constant(0), Normal(0, 2**0.5 / 2), Constant(0.5)]),
        ("zeros; role:head=normal(std=3)", [Constant(0), Constant(0), Normal(0, 3), Constant(0)]),
        ("*=1; W*=normal; role:bias=2", [Normal(0, 1), Constant(2), Normal(0, 1), Constant(2)]),
        ("zeros; W1=default", ["Uniform", Constant(0), Constant(0), Constant(0)]),
    ],
)
def test_rules_choose_the_distributions_of_a_dense_network(text, distributions):
    found = list(network_distributions(text, [2, 4, 1]).values())
    for distribution, expected in zip(found, distributions, strict=True):
        if isinstance(expected, str):
            assert type(distribution).__name__ == expected
        elif isinstance(expected, Normal):
            assert distribution.std == pytest.approx(expected.std, rel=1e-12)
        else:
            assert distribution == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("he_normal; W3=0", "The network [2, 4, 1] has the parameters W1, B1, W2, B2"),
        ("W1=0;", "b1"),
        ("keep", "nothing to keep"),
    ],
)
def test_rules_that_do_not_fit_a_dense_network_are_refused(text, part):
    with pytest.raises(ArgumentError) as caught:
        network_distributions(text, [2, 4, 1])
    assert part in str(caught.value)


class Norm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x / x.norm(dim=-1, keepdim=True) * self.scale


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(50, 16)
        self.ln = nn.LayerNorm(16)
        self.own = Norm(16)
        self.fc = nn.Linear(16, 32)
        self.gate = nn.Parameter(torch.randn(32))
        self.head = nn.Linear(32, 50)

    def forward(self, x):
        return self.head(torch.relu(self.fc(self.own(self.ln(self.embed(x))))) * self.gate)


def report(given, model=None, **options):
    return initlab.initialize(model or Net(), given, seed=0, **options)


def test_a_case_with_a_modules_names_are_rules_of_them():
    made = parse_init("fc.weight=0, fc.bias=normal(std=2, mean=1)")
    assert str(made) == "fc.weight=0; fc.bias=normal(std=2, mean=1)"


def test_the_last_rule_that_matches_decides_whatever_its_kind():
    orders = {
        "he_normal; *.weight=0.5; class:Linear=0.25; role:head=2": (0.5, 0.25, 2.0, 2.0),
        "he_normal; role:head=2; class:Linear=0.25; *.weight=0.5": (0.5, 0.5, 0.5, 0.0),
    }
    for text, values in orders.items():
        model = Net()
        report(text, model)
        names = ("ln.weight", "fc.weight", "head.weight", "head.bias")
        found = [model.get_parameter(name) for name in names]
        assert [one.unique().tolist() for one in found[:3]] == [[one] for one in values[:3]]


def test_biases_of_layers_follow_the_inits_own_distribution_and_biases_by_name_the_init():
    by_layer = report("zeros; class:Linear=normal(std=2)")
    assert [by_layer[f"fc.{name}"].law for name in ("weight", "bias")] == ["normal(std=2)", "0"]
    assert report("zeros; class:Linear=torch_default")["fc.bias"].std == pytest.approx(12**-0.5 / 2)
    by_name = report("zeros; fc.*=normal(std=2)")
    assert [by_name[f"fc.{name}"].std for name in ("weight", "bias")] == [2, 2]
    assert report("he_normal; role:bias=he_normal")["fc.bias"].std == pytest.approx((2 / 16) ** 0.5)


def test_a_pattern_that_begins_with_a_star_and_a_dot_is_also_about_the_model_itself():
    assert report("he_normal; *.bias=3", nn.Linear(3, 2))["bias"].rule == "*.bias=3"
    assert report("he_normal; *.gate=keep")["gate"].done == "kept"


def test_keep_and_default_and_roles_and_the_rule_are_in_the_report():
    model = Net()
    before = {name: one.clone() for name, one in model.named_parameters()}
    found = report("he_normal; role:embedding=normal(std=0.02); fc.*=keep; head.weight=default;"
                   "role:gate=0.5", model)  # fmt: skip
    for name in ("fc.weight", "fc.bias"):
        assert torch.equal(model.get_parameter(name), before[name])
        assert (found[name].done, found[name].rule) == ("kept", "fc.*=keep")
    assert found["embed.weight"].rule == "role:embedding=normal(std=0.02)"
    assert found["embed.weight"].actual_std == pytest.approx(0.02, rel=0.1)
    assert model.head.weight.abs().max() <= 32**-0.5  # torch's own: uniform within 1/sqrt(fan_in)
    assert found["head.weight"].law == "default"
    assert (found["head.bias"].rule, found["head.bias"].law) == ("", "0")


def test_a_gate_is_known_by_its_use():
    model = Net()
    found = report("he_normal; role:scale=0.5", model)  # a product with a vector
    assert model.gate.unique().tolist() == [0.5]
    assert (found["gate"].role, found["gate"].done) == ("scale", "set")


def test_a_parameter_that_no_rule_matches_is_refused_and_nothing_is_changed():
    model = Net()
    before = {name: one.clone() for name, one in model.named_parameters()}
    with pytest.raises(ArgumentError, match=r"No rule matches gate, embed\.weight, ln"):
        report("*.bias=0; class:Linear=he_normal", model)
    assert all(torch.equal(one, before[name]) for name, one in model.named_parameters())


def test_strict_rules_refuse_all_double_matches_and_name_both_rules():
    both = {"*.weight": "he_normal", nn.LayerNorm: "keep"}
    with pytest.raises(
        ArgumentError, match=r"\*.weight=he_normal and class:LayerNorm=keep match ln.weight"
    ):
        report(rules(both, default="zeros", strict=True))
    twice = {"*.weight": "he_normal", "fc.*": 0, "embed.*": 1}
    with pytest.raises(ArgumentError, match=r"match embed.weight; .* match fc.weight\."):
        report(rules(twice, default="zeros", strict=True))
    with pytest.raises(ArgumentError, match=r"W\*=normal and W1=0 match W1\."):
        initlab.draw_network(rules({"W*": "normal", "W1": 0}, default=0, strict=True), [2, 3, 1],
                             seed=0)  # fmt: skip
    assert report(rules(both, default="zeros"))["ln.weight"].done == "kept"


def test_a_misspelt_name_is_refused_and_a_pattern_without_a_match_is_said():
    with pytest.raises(ArgumentError, match=r"Did you mean 'fc\.weight'"):
        report("he_normal; fc.wieght=0")
    found = report("he_normal; *.gat=keep; *.weight=0; embed.*=1")
    assert "The rule *.gat=keep applies to no parameter." in str(found)
    assert not any("embed" in note for note in found.notes)
    found = report("he_normal; *.gat=keep; *.gats=0")
    assert found.notes == ("These rules apply to no parameter: *.gat=keep; *.gats=0.",)
    found = report("he_normal; fc.weight=prior")
    words = "The rule fc.weight=prior applies to no parameter. prior sets only biases."
    assert found.notes == (words,)


def test_functions_and_arrays_are_inits():
    def ramp(shape, fan, generator):
        return fan.fan_in * np.arange(np.prod(shape)).reshape(shape) + generator.random()

    values = torch.arange(32.0)
    model = Net()
    found = report(rules({"fc.weight": ramp, "gate": values}, default="he_normal"), model)
    assert torch.equal(model.gate, values)
    steps = model.fc.weight.double().diff(dim=1)
    assert torch.allclose(steps, torch.tensor(16.0).double(), atol=1e-3)
    assert found["fc.weight"].std is None
    assert found["gate"].rule.endswith("(in memory)")
    with pytest.raises(ArgumentError, match=r"array of shape \(32,\); got \(31,\)"):
        report(rules({"gate": values[:31]}, default="he_normal"), model)
    with pytest.raises(initlab.DataError, match=r"test_rules.py, line .*ZeroDivisionError"):
        report(rules({"gate": lambda *_: 1 / 0}, default="he_normal"), model)


def test_rules_of_an_imported_function_come_back_from_their_text():
    known = rules({"a": "math:sqrt"})
    assert rules(str(known)) == known


def test_a_method_that_needs_fans_is_refused_for_what_has_none():
    with pytest.raises(ArgumentError, match="'gate' is a scale and has no fans"):
        report("zeros; gate=orthogonal")
    with pytest.raises(ArgumentError, match="'gate' is a scale and has no fans"):
        report("zeros; gate=orthogonal; role:scale=orthogonal")
    assert report("zeros; *.weight=he_normal")["ln.weight"].law == "1"  # as a norm usually is
    assert report("zeros; gate=normal(std=3)")["gate"].std == 3


class Experts(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(4, 16, 32))
        self.b = nn.Parameter(torch.randn(4, 32))


def test_axes_go_by_patterns_and_declare_biases_too():
    model = nn.ModuleDict({"one": Experts(), "two": Experts()})
    axes = {"*.w": {"in_axis": 1, "out_axis": 2, "batch_axis": 0}, "*.b": "bias"}
    found = report("he_normal", model, axes=axes)
    assert [(row.done, row.fan_in, row.law) for row in found.rows] == [
        ("set", 16, "he_normal"), ("set", None, "0")
    ] * 2  # fmt: skip
    found = report("torch_default", model, axes=axes)
    assert found["two.b"].std == found["two.w"].std == pytest.approx(1 / 16**0.5 / 3**0.5)
    with pytest.raises(ArgumentError, match="axes must be given only keys that"):
        report("he_normal", model, axes={"*.v": "bias"})
    with pytest.raises(ArgumentError, match=r"role must be one of .*one.b"):
        report("he_normal", model, axes={"*.b": "baes"})


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ("he_normal; role:hed=0", "Did you mean 'head'"),
        ("he_normal; a", "Only one part may have no \"=\"; 'he_normal' and 'a' have none."),
        ("he_normal; a=", "'a=' is not of the form pattern=init"),
        ("he_normal; a=he_nromal", "a: init must be"),
        ("he_normal; a=normal(std=-1)", "a: std must be"),
        ("he_normal; =0", "pattern must be"),
        ({"a;b": 0}, "pattern must be"),
        ({}, "at least one rule, unless a default is given"),
        ("", "'' is not of the form pattern=init"),
        ({3: 0}, "pattern must be"),
        ({int: 0}, "a class of layers"),
        ("*.b=0; recipe:gpt2", "--init, such as 'recipe:gpt2; *.bias=0'."),
        ({"a": "recipe:gpt2"}, "a recipe is a set of rules"),
        ({"a": True}, "a: value must be"),
        ({"a": nn.Linear}, "a: init must be"),
        ("a=0;" * 1000, "2000 characters"),
    ],
)
def test_what_is_no_rule_is_refused(given, part):
    with pytest.raises(ArgumentError) as caught:
        rules(given)
    assert part in str(caught.value)


def test_the_head_of_a_model_that_cannot_be_traced_is_asked_for():
    class Branching(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(3, 3)

        def forward(self, x):
            return self.fc(x) if x.sum() > 0 else x

    with pytest.raises(ArgumentError, match="without 'role:head'"):
        report("he_normal; role:head=0", Branching())


def test_bias_init_is_the_weakest_rule():
    found = report("he_normal; head.bias=3", bias_init="normal(std=2)")
    assert (found["fc.bias"].rule, found["fc.bias"].std) == ("role:bias=normal(std=2)", 2)
    assert found["head.bias"].law == "constant(value=3)"
    assert Initializer("normal", {"std": 2}) in rules("he_normal; a=normal(std=2)").inits


def ramp(shape, fan, generator):
    return np.full(shape, 0.25)


@pytest.mark.parametrize(
    ("spec", "held"),
    [
        ("0", 0), ("0.5", 0.5), (" -0.5 ", -0.5), ("tests.initialization.test_rules:ramp", 0.25),
        (ramp, 0.25), (lambda shape, fan, generator: np.full(shape, 0.75), 0.75),
    ],
)  # fmt: skip
def test_every_init_of_a_rule_may_stand_alone(spec, held):
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 2))
    initlab.initialize(model, spec, seed=0)
    assert all(layer.weight.eq(held).all() for layer in model)


def test_depth_scaled_may_stand_alone_and_a_misspelt_one_is_refused_by_its_name():
    assert parse_init("depth_scaled(std=0.02)") == rules(default="depth_scaled(std=0.02)")
    with pytest.raises(initlab.ArgumentError, match=r"a call such as 'depth_scaled\(std=0.02\)'"):
        parse_init("depth_scaled")
    with pytest.raises(initlab.InitlabError, match="role:head"):
        parse_init("role:head")


@pytest.mark.parametrize("text", ["*.bias=0; a=1; he_normal", "*.bias=0; he_normal; a=1"])
def test_the_default_of_a_text_may_stand_anywhere(text):
    assert rules(text) == rules({"*.bias": 0, "a": 1}, default="he_normal")
    assert rules(str(rules(text))) == rules(text)


def test_a_second_default_is_refused_and_the_first_is_named():
    expected = "Only one part may have no \"=\"; 'he_normal' and 'normal' have none."
    with pytest.raises(initlab.ArgumentError, match=expected):
        rules("*.bias=0; he_normal; normal")


def test_entries_are_spelt_alike_and_the_last_counts():
    found = rules("he_normal; W1[ 0, 12 ]=1; W2[1,0]=2.50; W1[0,12]=0.5")
    assert str(found) == "he_normal; W1[0,12]=1; W2[1,0]=2.5; W1[0,12]=0.5"
    assert found.entries == {"W1": {(0, 12): 0.5}, "W2": {(1, 0): 2.5}}
    assert rules("he_normal; W1[01]=1").entries == {}  # a class of a glob: W10 and W11


def test_entries_of_a_model_are_refused():
    with pytest.raises(ArgumentError, match="for whole parameters"):
        initlab.initialize(nn.Linear(2, 2), "he_normal; weight[0,0]=1", seed=0)


@pytest.mark.parametrize("pattern", ["role:recurrent", "class:LSTM", "*bias*", "role:bias"])
def test_of_two_biases_that_are_added_one_keeps_time(pattern):
    model = nn.Sequential(nn.LSTM(3, 4))
    report = initlab.initialize(model, f"he_normal; {pattern}=chrono(longest=9)", seed=0)
    assert report["0.bias_ih_l0"].law == "chrono(longest=9)"
    assert not model[0].bias_hh_l0.any()
    initlab.initialize(model, "keep; *bias_hh*=chrono(longest=9)", seed=0)
    assert model[0].bias_hh_l0.any()


def test_rules_may_stand_on_lines_of_their_own():
    assert str(rules("\n  he_normal;\n  fc.weight=0;\n")) == "he_normal; fc.weight=0"
