"""What functions take as their weights -> what those are, with the fans that are counted."""

from __future__ import annotations

import pytest

import initlab
from initlab.initializers.fan import Fan
from initlab.modules.use import _kinds

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn, functional = torch.nn, torch.nn.functional


class Functional(nn.Module):
    """A layer, then a function of its outputs and of bare parameters."""

    def __init__(self, function, shapes, traceable):
        super().__init__()
        self.layer, self.function, self.traceable = nn.Linear(4, 4), function, traceable
        self.own = nn.ParameterList(torch.randn(shape) for shape in shapes)

    def forward(self, x):
        if not self.traceable and x.sum() > 1e9:
            return x
        return self.function(self.layer(x), *self.own)


EXPERTS = ("weight", Fan(4, 6), "3 stacked weight matrices")
CASES = {
    "linear": (lambda x, w, b: functional.linear(x, w, b), [(6, 4), (6,)],
               [("weight", Fan(4, 6), ""), ("bias", None, "")]),
    "linear of a transpose": (lambda x, w: functional.linear(x, w.t()), [(4, 6)],
                              [("weight", Fan(4, 6), "")]),
    "product": (lambda x, w: x @ w, [(4, 6)], [("weight", Fan(4, 6), "")]),
    "transposed": (lambda x, w: x @ w.T, [(6, 4)], [("weight", Fan(4, 6), "")]),
    "turned": (lambda x, w: x @ w.transpose(0, 1), [(6, 4)], [("weight", Fan(4, 6), "")]),
    "cast": (lambda x, w: x @ w.float(), [(4, 6)], [("weight", Fan(4, 6), "")]),
    "on the left": (lambda x, w: w @ x.T, [(6, 4)], [("weight", Fan(4, 6), "")]),
    "product and sum": (lambda x, w, b: x @ w + b, [(4, 6), (6,)],
                        [("weight", Fan(4, 6), ""), ("bias", None, "")]),
    "addmm": (lambda x, w, b: torch.addmm(b, x, w), [(4, 6), (6,)],
              [("weight", Fan(4, 6), ""), ("bias", None, "")]),
    "experts": (lambda x, w: torch.bmm(x.expand(3, -1, -1), w), [(3, 4, 6)], [EXPERTS]),
    "experts turned": (lambda x, w: torch.bmm(x.expand(3, -1, -1), w.transpose(1, 2)),
                       [(3, 6, 4)], [EXPERTS]),
    "experts one by one": (lambda x, w: functional.linear(x, w[1]) + functional.linear(x, w[2]),
                           [(3, 6, 4)], [EXPERTS]),
    "equation": (lambda x, w: torch.einsum("...i, ihd -> ...hd", x, w), [(4, 2, 3)],
                 [("weight", Fan(4, 6), "")]),
    "equation of experts": (lambda x, w: torch.einsum("ebi,eoi->ebo", x.expand(3, -1, -1), w),
                            [(3, 6, 4)], [EXPERTS]),
    "grouped convolution": (lambda x, w: functional.conv1d(x[:, :, None], w, groups=2),
                            [(6, 2, 1)], [("weight", Fan(2, 3), "2 groups")]),
    "norm": (lambda x, w, b: functional.layer_norm(x, (4,), w, b), [(4,), (4,)],
             [("scale", None, ""), ("bias", None, "")]),
    "rows that are picked": (lambda x, w: x + w[(x[:, 0] > 0).long()], [(9, 4)],
                             [("table", Fan(1, 4), "9 rows")]),
    "a token": (lambda x, w: torch.cat([w.expand(5, 4), x]), [(1, 4)],
                [("table", Fan(1, 4), "1 row")]),
    "reshaped": (lambda x, w: x @ w.reshape(4, 6), [(24, 1)], [("weight", None, "")]),
    "joined with one another": (lambda x, v, w: x @ torch.cat([v, w]), [(1, 6), (3, 6)],
                                [(None, None, None)] * 2),
    "added": (lambda x, w: x + w, [(4,)], [("bias", None, "")]),
}  # fmt: skip


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize("traceable", [True, False])
def test_a_bare_parameter_has_the_role_and_fans_of_its_use(kind, traceable):
    function, shapes, expected = CASES[kind]
    model = Functional(function, shapes, traceable)
    found = initlab.anatomy(model, torch.rand(5, 4))
    assert found.order == ("traced by torch.fx" if traceable else "followed on a sample")
    own = [one for one in found.parameters if one.name.startswith("own")]
    assert [(one.role, one.fan, one.part and one.part.stack) for one in own] == expected


@pytest.mark.parametrize("kind", ["product", "experts one by one", "equation"])
def test_a_weight_that_is_known_by_its_use_is_drawn_with_its_fans(kind):
    function, shapes, _ = CASES[kind]
    torch.manual_seed(0)
    wide = [tuple(64 * width if width > 3 else width for width in shape) for shape in shapes]
    model = Functional(function, wide, traceable=True)
    model.layer = nn.Linear(4, 256)
    report = initlab.initialize(model, "lecun_normal", seed=0)
    assert report["own.0"].done == "set"
    assert model.own[0].std().item() == pytest.approx(1 / 16, rel=0.02)


def test_what_has_no_place_of_its_own_in_a_function_is_asked_for():
    model = Functional(lambda x, w: x + w, [(4,)], traceable=True)
    before = model.own[0].clone()
    row = initlab.initialize(model, "he_normal", seed=0)["own.0"]
    assert (row.done, row.role) == ("not recognised", "bias")
    assert row.note == (
        "initlab does not know the usual value of this bias of ParameterList; give a number or "
        "'keep' in a rule"
    )
    assert torch.equal(model.own[0], before)
    initlab.initialize(model, "he_normal; own.0=0.5", seed=0)
    assert model.own[0].eq(0.5).all()


def test_what_only_multiplies_is_asked_for_by_its_use():
    model = Functional(lambda x, w: x * w.exp(), [(4,)], traceable=True)
    row = initlab.initialize(model, "he_normal", seed=0)["own.0"]
    assert (row.done, row.note) == (
        "not recognised",
        "initlab does not know the usual value of this scale of ParameterList; give a number or "
        "'keep' in a rule",
    )  # fmt: skip


def test_a_vector_that_nothing_shows_is_asked_for_by_what_it_may_be():
    model = nn.Sequential(nn.Linear(4, 4))
    model[0].extra = nn.Parameter(torch.randn(4))
    row = initlab.initialize(model, "he_normal", seed=0)["0.extra"]
    assert (
        "give axes={'0.extra': 'bias'} or axes={'0.extra': 'scale'}, or give a number" in row.note
    )
    initlab.initialize(model, "he_normal", seed=0, axes={"0.extra": "bias"})
    assert model[0].extra.eq(0).all()


STACKS = {
    "an equation": lambda x, w, b: torch.einsum("bi,eio->ebo", x, w) + b[:, None],
    "stacked products": lambda x, w, b: torch.bmm(x.expand(3, -1, -1), w) + b.unsqueeze(1),
    "one function": lambda x, w, b: torch.baddbmm(b[:, None], x.expand(3, -1, -1), w),
    "one by one": lambda x, w, b: (x @ w[1] + b[1]) + (x @ w[2] + b[2]),
    "one by one in a function": lambda x, w, b: functional.linear(x, w[1].T, b[1]),
    "by keyword": lambda x, w, b: functional.linear(x, w[1].T, bias=b[1]),
}


@pytest.mark.parametrize("kind", STACKS)
@pytest.mark.parametrize("traceable", [True, False])
def test_a_bias_of_each_weight_of_a_stack_is_set_as_biases_are(kind, traceable):
    model = Functional(STACKS[kind], [(3, 4, 6), (3, 6)], traceable)
    data = None if traceable else torch.rand(5, 4)
    row = initlab.initialize(model, "he_normal", seed=0, data=data)["own.1"]
    assert (row.done, row.role, row.law) == ("set", "bias", "0")
    other = Functional(lambda x, w, b: torch.bmm(x.expand(3, -1, -1), w) + b, [(3, 4, 6), (5, 6)],
                       traceable)  # fmt: skip
    row = initlab.initialize(other, "he_normal", seed=0, data=data)["own.1"]
    assert row.done == "not recognised"  # as many as there are samples: a table, perhaps


def test_two_weights_of_one_layer_have_what_follows_each():
    class MLP(nn.Module):
        def __init__(self):
            super().__init__()
            self.up = nn.Parameter(torch.randn(16, 4))
            self.down = nn.Parameter(torch.randn(4, 16))

        def forward(self, x):
            return x + functional.linear(torch.relu(functional.linear(x, self.up)), self.down)

    model = nn.Sequential(nn.Linear(4, 4), MLP(), MLP(), nn.Linear(4, 2))
    report = initlab.initialize(model, "auto", seed=0)
    assert report["1.up"].law == "he_normal"
    assert report["2.down"].law == "variance_scaling(scale=0.5)"
    assert "one of 2 residual branches" in report["2.down"].note
    rules = initlab.rules({"role:residual": 0}, default="he_normal")
    found = initlab.initialize(model, rules, seed=0)
    assert [row.name for row in found.rows if row.rule] == ["1.down", "2.down"]


@pytest.mark.parametrize(
    ("equation", "number", "kinds"),
    [("bei, eoi -> beo", 1, "boi"), ("oi,bi->bo", 0, "oi"), ("bi,oi", 1, ""), ("...,o->o", 0, "")],
)
def test_an_equation_tells_what_each_axis_is(equation, number, kinds):
    assert _kinds(equation, number) == kinds


@pytest.mark.parametrize("traceable", [True, False])
def test_a_vector_added_to_a_product_with_a_weight_is_set_as_its_bias(traceable):
    model = Functional(lambda x, w, b: b + x @ w, [(4, 6), (6,)], traceable)
    batch = None if traceable else torch.rand(3, 4)
    row = initlab.initialize(model, "auto", seed=0, data=batch)["own.1"]
    assert (row.done, row.law, row.role) == ("set", "0", "bias")
    assert model.own[1].eq(0).all()


def test_a_vector_of_zeros_that_is_added_is_a_bias():
    model = Functional(lambda x, b: torch.relu(x) + b, [(4,)], traceable=True)
    nn.init.zeros_(model.own[0])
    row = initlab.initialize(model, "he_normal", seed=0)["own.0"]
    assert (row.done, row.law, row.role) == ("set", "0", "bias")
