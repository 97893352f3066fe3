"""Init "auto": a method for every weight by its place, with the reason; depth_scaled."""

from __future__ import annotations

import math

import numpy as np
import pytest

import initlab
from initlab.errors import ArgumentError
from initlab.initialization import network_distributions, rules

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn


class Residual(nn.Module):
    """Three residual blocks of one kind, an embedding, a head."""

    def __init__(self, act, norm=True, tied=False):
        super().__init__()
        self.embed = nn.Embedding(100, 32)
        self.norms = nn.ModuleList(nn.LayerNorm(32) if norm else nn.Identity() for _ in range(3))
        self.up = nn.ModuleList(nn.Linear(32, 64) for _ in range(3))
        self.down = nn.ModuleList(nn.Linear(64, 32) for _ in range(3))
        self.act = act
        self.head = nn.Linear(32, 100, bias=False)
        if tied:
            self.head.weight = self.embed.weight

    def forward(self, tokens):
        x = self.embed(tokens)
        for norm, up, down in zip(self.norms, self.up, self.down, strict=True):
            x = x + down(self.act(up(norm(x))))
        return self.head(x)


def test_every_weight_has_a_method_and_a_reason():
    model = Residual(nn.ReLU())
    report = initlab.initialize(model, "auto", seed=0)
    assert not report.names("not recognised")
    expected = {
        "embed.weight": ("normal(std=0.02)", "an embedding"),
        "up.1.weight": ("he_normal", "followed by relu (He et al. 2015"),
        "down.1.weight": ("variance_scaling(scale=0.333333)", "one of 3 residual branches"),
        "head.weight": ("normal(std=0.01)", "the head"),
        "norms.0.weight": ("1", ""), "up.0.bias": ("0", ""),
    }  # fmt: skip
    for name, (distribution, reason) in expected.items():
        assert report[name].law == distribution
        assert reason in report[name].note


@pytest.mark.parametrize(
    ("act", "scale"),
    [(nn.ReLU(), 2), (nn.LeakyReLU(0.2), 2 / 1.04), (nn.SELU(), 1), (nn.Tanh(), 2.536), (None, 1)],
)
def test_variance_1_stays_through_a_stack(act, scale):
    layers = [one for _ in range(8) for one in (nn.Linear(512, 512), act or nn.Identity())]
    model = nn.Sequential(*layers, nn.Linear(512, 4)).double()
    report = initlab.initialize(model, "auto", seed=0)
    assert report["0.weight"].std == pytest.approx(math.sqrt(scale / 512), rel=1e-3)
    x = torch.from_numpy(np.random.default_rng(0).standard_normal((400, 512)))
    with torch.no_grad():
        square = model[:15](x).square().mean().item()
    steady = scale if isinstance(act, nn.ReLU | nn.LeakyReLU) else 1  # homogeneous: as the first
    assert square == pytest.approx(steady, rel=0.2)


def test_a_deep_residual_network_keeps_its_variance_and_starts_at_random_guessing():
    model = Residual(nn.GELU(), norm=True, tied=True)
    report = initlab.initialize(model, "auto", seed=0)
    assert report["head.weight"].law == "normal(std=0.02)"
    assert "also the head" in report["head.weight"].note
    tokens = torch.arange(100)
    loss = nn.functional.cross_entropy(model(tokens), tokens.flip(0)).item()
    assert loss == pytest.approx(math.log(100), rel=0.1)


def test_recurrent_weights_are_orthogonal():
    layer = nn.LSTM(5, 6)
    report = initlab.initialize(layer, "auto", seed=0)
    assert report["weight_hh_l0"].law == "orthogonal"
    assert report["weight_ih_l0"].law == "glorot_uniform"


def test_a_weight_whose_branch_ends_in_a_norm_is_not_scaled():
    class Post(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(8, 8), nn.Linear(8, 8)
            self.norm, self.stem = nn.BatchNorm1d(8), nn.Linear(8, 8)

        def forward(self, x):
            x = self.stem(x)
            return x + self.norm(self.b(x)) + self.a(x).relu()

    found = initlab.anatomy(Post())
    assert {layer.name for layer in found.layers if layer.residual} == {"a"}


def test_a_shortcut_with_weights_is_the_shorter_way():
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two, self.short = (nn.Conv2d(4, 4, 1) for _ in range(3))
            self.stem = nn.Conv2d(4, 4, 1)

        def forward(self, x):
            x = self.stem(x)
            return self.two(self.one(x).relu()) + self.short(x)

    found = initlab.anatomy(Block())
    assert {layer.name for layer in found.layers if layer.residual} == {"two"}


class Branches(nn.Module):
    """Four residual blocks, each written in another way."""

    def __init__(self):
        super().__init__()
        self.embed, self.head = nn.Embedding(10, 8), nn.Linear(8, 10)
        for name in (
            "attention",
            "mlp",
            "biased",
            "up",
            "router",
            "expert",
            "inner",
            "scan",
            "outer",
        ):
            self.add_module(name, nn.Linear(8, 8, bias=False))
        self.bias, self.skip = nn.Parameter(torch.rand(8)), nn.Parameter(torch.rand(8))

    def forward(self, tokens):
        x = self.embed(tokens)
        x = x + nn.functional.dropout(self.attention(x) + self.mlp(x), training=False)  # Falcon
        x = x + (self.biased(torch.relu(self.up(x))) + self.bias)
        x = x + self.router(x).softmax(-1) * self.expert(x)
        hidden = self.inner(x)
        return self.head(x + self.outer(self.scan(hidden) + self.skip * hidden))  # as Mamba's D


@pytest.mark.parametrize("sample", [None, torch.arange(10)])
def test_residual_branches_end_where_they_are_added_however_that_is_written(sample):
    found = initlab.anatomy(Branches(), sample)
    ends = {layer.name for layer in found.layers if layer.residual}
    assert ends == {"attention", "mlp", "biased", "expert", "outer"}


class Branching(nn.Module):
    def __init__(self):
        super().__init__()
        self.up, self.down, self.head = nn.Linear(8, 16), nn.Linear(16, 8), nn.Linear(8, 3)

    def forward(self, x):
        x = self.down(torch.relu(self.up(x)))
        return self.head(x if x.sum() > 0 else -x)


def test_a_model_that_cannot_be_traced_is_followed_on_data_and_else_refused():
    model = Branching()
    before = model.up.weight.clone()
    with pytest.raises(
        ArgumentError, match=r"without 'auto'.*initialize\(model, ..., data=batch\)"
    ):
        initlab.initialize(model, "auto", seed=0)
    assert torch.equal(model.up.weight, before)
    report = initlab.initialize(model, "auto", seed=0, data=torch.rand(4, 8))
    assert report["up.weight"].law == "he_normal"
    assert report["head.weight"].law == "normal(std=0.01)"
    found = initlab.initialize(model, "he_normal; role:head=0", seed=0, data=torch.rand(4, 8))
    assert found["head.weight"].law == "zeros"


def test_a_study_follows_such_a_model_on_a_loaders_samples_too():
    y = torch.arange(12) % 3
    data = torch.utils.data.TensorDataset(torch.rand(12, 8), y)

    class Endless(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter(data)

    loader = torch.utils.data.DataLoader(Endless(), batch_size=4)
    found = initlab.compare(
        model=Branching,
        data=loader,
        inits=["auto", "he_normal"],
        seeds=1,
        steps=2,
        loss="cross_entropy",
    )
    assert {cell.outcome for cell in found.cells} == {"finished"}


@pytest.mark.parametrize("pattern", ["role:residual", "down.*.weight"])
def test_depth_scaled_divides_by_the_root_of_how_many_take_it(pattern):
    model = Residual(nn.ReLU())
    report = initlab.initialize(
        model, f"normal(std=0.02); {pattern}=depth_scaled(std=0.02)", seed=0
    )
    for k in range(3):
        row = report[f"down.{k}.weight"]
        assert row.std == pytest.approx(0.02 / math.sqrt(3), rel=1e-12)
        assert row.actual_std == pytest.approx(row.std, rel=0.05)
        assert report[f"down.{k}.bias"].law == "0"
        assert report[f"up.{k}.weight"].std == 0.02


def test_auto_is_a_rule_too_and_its_text_means_it():
    made = rules("zeros; up.*=auto; role:residual=depth_scaled( std = 2e-2)")
    assert str(made) == "zeros; up.*=auto; role:residual=depth_scaled(std=0.02)"
    assert rules(str(made)) == made
    report = initlab.initialize(Residual(nn.Tanh()), made, seed=0)
    assert report["up.0.weight"].rule == "up.*=auto"
    assert report["head.weight"].law == "zeros"


def test_a_dense_network_has_no_auto():
    with pytest.raises(ArgumentError, match="from its widths alone; got 'auto'"):
        network_distributions("auto", [2, 3, 1])
    with pytest.raises(ArgumentError, match="std must be"):
        rules("zeros; a=depth_scaled(std=-1)")
    assert "depth_scaled_uniform" in str(rules("zeros; a=depth_scaled_uniform(layer=2)"))
    with pytest.raises(ArgumentError, match="depth_scaled"):
        rules("zeros; a=depth_scaled(sdt=1)")


class Swish(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.7 * x)


class Sine(nn.Module):
    def forward(self, x):
        return torch.sin(30 * x)


class Squared(nn.Module):
    def forward(self, x):
        return torch.relu(x).square()


@pytest.mark.parametrize(
    ("act", "square"),
    [(Squared(), 1.5), (Sine(), (1 - math.exp(-1800)) / 2), (nn.Hardtanh(-9, 9), 1.0)],
)
def test_an_activation_without_a_row_gets_its_measured_gain(act, square):
    model = nn.Sequential(nn.Linear(64, 64), act, nn.Linear(64, 4))
    row = initlab.initialize(model, "auto", seed=0)["0.weight"]
    assert row.std == pytest.approx(1 / math.sqrt(64 * square), rel=1e-7)
    name = "hardtanh(" if isinstance(act, nn.Hardtanh) else type(act).__name__
    assert f"followed by {name}" in row.note
    assert f"measured gain {1 / math.sqrt(square):.4g}" in row.note
    assert ("recipe:siren" in row.note) is isinstance(act, Sine)


def test_a_measured_gain_keeps_the_variance_through_a_stack_that_is_followed_too():
    class Branching(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(nn.Linear(256, 256) for _ in range(8))
            self.act, self.head = Swish(), nn.Linear(256, 4)

        def forward(self, x):
            if x.sum() < 1e9:  # torch.fx cannot trace it
                for layer in self.layers[:-1]:
                    x = self.act(layer(x))
            self.last = self.layers[-1](x)
            return self.head(self.act(self.last))

    model = Branching()
    x = torch.from_numpy(np.random.default_rng(0).standard_normal((400, 256))).float()
    report = initlab.initialize(model, "auto", seed=0, data=x)
    assert "followed by Swish, measured gain" in report["layers.3.weight"].note
    model(x / initlab.gain(Swish()))
    assert model.last.square().mean().item() == pytest.approx(1, rel=0.35)


@pytest.mark.parametrize("sample", [False, True])
@pytest.mark.parametrize(
    ("act", "like", "words"),
    [
        (lambda z: torch.sin(30 * z), lambda z: np.sin(30 * z), "recipe:siren"),
        (lambda z: torch.tanh((z / 4).view(-1, 8)), lambda z: np.tanh(z / 4), "measured gain"),
        (lambda z: torch.relu(torch.mul(z, 2)), lambda z: np.maximum(2 * z, 0), "measured gain"),
        (lambda z: torch.tanh(3 * (1 - z)), lambda z: np.tanh(3 - 3 * z), "measured gain"),
        (lambda z: 2 * torch.tanh(z), lambda z: 2 * np.tanh(z), "followed by 2*tanh(z)"),
        (lambda z: z * torch.sigmoid(1.702 * z), lambda z: z / (1 + np.exp(-1.702 * z)),
         "followed by z*sigmoid(1.702*z)"),
        (lambda z: torch.relu(z) ** 2, lambda z: np.maximum(z, 0) ** 2, "followed by relu(z)**2"),
        (lambda z: 0.5 * z * (1 + torch.tanh((2 / math.pi) ** 0.5 * (z + 0.044715 * z**3))),
         lambda z: 0.5 * z * (1 + np.tanh((2 / math.pi) ** 0.5 * (z + 0.044715 * z**3))),
         "measured gain"),
        (lambda z: z * torch.tanh(nn.functional.softplus(z)),
         lambda z: z * np.tanh(np.log1p(np.exp(z))), "followed by mish"),
        (lambda z: torch.tanh(3 * nn.functional.layer_norm(z, (8,))), lambda z: np.tanh(3 * z),
         "measured gain"),
        (lambda z: torch.tanh(3 * z - 3 * z.mean(0)), np.tanh, "gain 1.593"),  # not of z alone
    ],
)  # fmt: skip
def test_all_that_is_computed_of_an_output_up_to_the_next_weights_counts(act, like, words, sample):
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.head = nn.Linear(8, 8), nn.Linear(8, 4)

        def forward(self, x):
            if sample and x.sum() > 1e9:  # torch.fx cannot trace it
                return x
            return self.head(act(self.first(x)))

    data = {"data": torch.ones(3, 8)} if sample else {}
    row = initlab.initialize(Scaled(), "auto", seed=0, **data)["first.weight"]
    assert row.std == pytest.approx(initlab.gain(like) / math.sqrt(8), rel=1e-5)
    assert words in row.note


def test_a_learned_slope_counts_as_it_is_where_it_is_one_number():
    for slopes in (1, 8):
        model = nn.Sequential(nn.Linear(8, 8), nn.PReLU(slopes), nn.Linear(8, 4))
        row = initlab.initialize(model, "auto", seed=0)["0.weight"]
        square = 2 / (1 + 0.25**2)  # He et al. 2015, eq. 15
        assert row.std == pytest.approx(math.sqrt(square / 8), rel=1e-7)
        assert "followed by prelu, measured gain" in row.note


def test_what_is_random_or_learned_or_takes_more_than_each_number_is_not_measured():
    sloped = nn.PReLU(8)
    nn.init.normal_(sloped.weight)
    for act in (sloped, nn.Softmax(-1)):
        model = nn.Sequential(nn.Linear(8, 8), act, nn.Linear(8, 4))
        row = initlab.initialize(model, "auto", seed=0)["0.weight"]
        assert row.law == "lecun_normal"
        assert "the init gives the outputs variance 1" in row.note


class Autoencoder(nn.Module):
    """The encoder's weights decode, too."""

    def __init__(self):
        super().__init__()
        self.encoder, self.classes = nn.Linear(8, 6), nn.Linear(6, 3)

    def forward(self, x):
        hidden = torch.tanh(self.encoder(x))
        return self.classes(hidden), nn.functional.linear(hidden, self.encoder.weight.t())


class OwnAutoencoder(Autoencoder):
    def __init__(self):
        super().__init__()
        self.w, self.v = nn.Parameter(torch.randn(8, 6)), nn.Parameter(torch.randn(6, 6))

    def forward(self, x):
        hidden = torch.tanh(x @ self.w @ self.v)
        return self.classes(hidden), hidden @ self.w.t()


def test_weights_that_are_the_head_and_are_followed_by_others_are_set_as_those():
    report = initlab.initialize(Autoencoder(), "auto", seed=0)
    assert report["encoder.weight"].note.startswith("followed by tanh")
    assert report["classes.weight"].law == "normal(std=0.01)"
    report = initlab.initialize(OwnAutoencoder(), "auto", seed=0)
    assert report["w"].note.startswith("followed by no nonlinearity")
    assert report["v"].note.startswith("followed by tanh")


def test_outputs_of_several_layers_that_are_summed_end_no_branch():
    class Skips(nn.Module):  # as WaveNet's
        def __init__(self):
            super().__init__()
            self.inner = nn.ModuleList(nn.Linear(6, 6) for _ in range(3))
            self.skip = nn.ModuleList(nn.Linear(6, 6) for _ in range(3))
            self.head = nn.Linear(6, 2)

        def forward(self, x):
            total = 0
            for inner, skip in zip(self.inner, self.skip, strict=True):
                x = torch.tanh(inner(x))
                total = total + skip(x)
            return self.head(torch.relu(total))

    assert not any(layer.residual for layer in initlab.anatomy(Skips()))


def test_a_table_that_is_the_head_by_a_function_is_set_as_one_that_a_layer_shares():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.layer = nn.Embedding(9, 4), nn.Linear(4, 4)

        def forward(self, tokens):
            return self.layer(self.table(tokens)) @ self.table.weight.t()

    row = initlab.initialize(Tied(), "auto", seed=0)["table.weight"]
    assert (row.law, row.note) == (
        "normal(std=0.02)", "an embedding that is also the head (Radford et al. 2019, GPT-2)"
    )  # fmt: skip
