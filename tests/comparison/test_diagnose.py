"""initlab.diagnose on networks whose fault, or health, is known."""

from __future__ import annotations

import numpy as np
import pytest

import initlab

torch = pytest.importorskip("torch")
nn = torch.nn


@pytest.fixture(scope="module")
def digits():
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return torch.tensor(x[:200] / 16 - 0.3).float(), torch.tensor(y[:200])


def mlp(depth, act=nn.ReLU, width=32, seed=0):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        layers = [nn.Linear(64, width), act()]
        for _ in range(depth - 2):
            layers += [nn.Linear(width, width), act()]
        return nn.Sequential(*layers, nn.Linear(width, 10))


def names(found):
    return {one.name for one in found.hindering}


def worst(found):
    return found.hindering[0]


def he(model):
    initlab.initialize(model, "he_normal", seed=0)
    return model


def test_a_network_drawn_by_he_is_healthy(digits):
    found = initlab.diagnose(he(mlp(4)), *digits, loss="cross_entropy")
    assert found.healthy
    found.assert_healthy()
    assert "Healthy" in str(found)
    assert [one.head for one in found.layers] == [False, False, False, True]
    assert found.fix().rules == ()


@pytest.fixture(scope="module")
def deep():
    return mlp(14, width=8)


@pytest.fixture(scope="module")
def found_of_deep(deep, digits):
    return initlab.diagnose(deep, *digits)


def test_a_deep_default_network_maps_all_inputs_to_one_output(found_of_deep):
    found = found_of_deep
    assert not found.healthy
    assert worst(found).name == "inputs_indistinguishable"
    assert worst(found).severity == "stops"
    assert "26" in worst(found).where
    with pytest.raises(AssertionError, match="inputs_indistinguishable"):
        found.assert_healthy()


def test_the_fix_of_a_deep_network_makes_it_healthy(deep, found_of_deep, digits):
    rules = found_of_deep.fix()
    model = mlp(14, width=8)
    assert all(map(torch.equal, model.parameters(), deep.parameters()))  # neither changed it
    initlab.initialize(model, rules, seed=0)
    assert initlab.diagnose(model, *digits).healthy


@pytest.mark.parametrize(
    ("act", "before", "fit"),
    [
        (nn.ReLU, "orthogonal", "auto"),  # with gain 1: each ReLU halves what passes
        (nn.SiLU, "orthogonal", "auto"),  # and silu has no edge of chaos without biases
        (nn.Tanh, "normal(std=0.9)", "edge_of_chaos(nonlinearity=tanh)"),
        (nn.Sigmoid, "glorot_normal", "edge_of_chaos(nonlinearity=sigmoid)"),
    ],
)
def test_a_deep_network_is_mended_by_the_init_that_the_fix_names(act, before, fit, digits):
    model = mlp(22, act)
    initlab.initialize(model, before, seed=0)
    found = initlab.diagnose(model, *digits, trial=False)
    ways = {one.name: one.fix for one in found.hindering if "edge_of_chaos" in one.fix}
    assert ways
    named = "the init auto before other" if fit == "auto" else "edge_of_chaos before tanh and sigmo"
    assert all(named in one for one in ways.values())
    initlab.initialize(model, fit, seed=0)
    assert not names(initlab.diagnose(model, *digits, trial=False)) & {*ways}


def test_fixes_of_a_study_name_no_init_that_it_refuses():
    found = initlab.diagnose("circles", init="normal(std=1e-4)", trial=False)
    ways = " ".join(one.fix for one in found.findings)
    assert "the init he_normal" in ways
    assert "auto" not in ways


def test_equal_units_are_named_with_their_layer(digits):
    model = he(mlp(4))
    with torch.no_grad():
        for one in (model[0], model[2], model[4]):
            one.weight.fill_(0.1)
    found = initlab.diagnose(model, *digits)
    assert "identical_units" in names(found)
    assert worst(found).severity == "stops"


def test_dead_units_are_named_with_their_layer(digits):
    model = he(mlp(4))
    with torch.no_grad():
        model[2].bias.fill_(-100.0)
    found = initlab.diagnose(model, *digits)
    assert worst(found).name == "dead_units"
    assert worst(found).where[0] == "2"
    rules = found.fix()
    initlab.initialize(model, rules, seed=0)
    assert initlab.diagnose(model, *digits).healthy


def test_a_nan_is_named_with_its_parameter(digits):
    model = he(mlp(3))
    with torch.no_grad():
        model[2].weight[0, 0] = torch.nan
    found = initlab.diagnose(model, *digits)
    assert worst(found).name == "not_finite"
    assert worst(found).where == ("2.weight",)


def test_confident_wrong_answers_slow(digits):
    model = he(mlp(3))
    with torch.no_grad():
        model[4].weight.mul_(300)
    found = initlab.diagnose(model, *digits)
    assert "large_initial_loss" in names(found)


def test_zeros_that_open_by_themselves_are_no_fault(digits):
    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem, self.head = nn.Linear(64, 32), nn.Linear(32, 10)
            self.first, self.second = nn.Linear(32, 32), nn.Linear(32, 32)

        def forward(self, x):
            x = self.stem(x)
            return self.head(torch.relu(x + self.second(torch.relu(self.first(x)))))

    model = Residual()
    initlab.initialize(model, "he_normal; second.weight=0; head.weight=0", seed=0)
    found = initlab.diagnose(model, *digits)
    assert found.healthy, found
    assert "kept_zeros" in {one.name for one in found.findings}


def test_a_network_of_zeros_gets_no_gradient(digits):
    model = mlp(4)
    with torch.no_grad():
        for one in model.parameters():
            one.zero_()
    found = initlab.diagnose(model, *digits)
    assert worst(found).severity == "stops"
    assert names(found) & {"no_gradient", "identical_units", "dead_units"}


def test_without_data_random_inputs_are_said(digits):
    found = initlab.diagnose(he(mlp(3)))
    assert found.healthy
    assert "random samples" in found.measured.batch


def test_figures_alone_judge_without_a_trial(digits):
    found = initlab.diagnose(mlp(24, width=16), *digits, trial=False)
    assert not found.healthy
    assert found.trial is None
    assert any(one.what == "trial" for one in found.measured.not_measured)


def test_a_study_is_diagnosed_over_seeds():
    found = initlab.diagnose("curve", init="zeros", seeds=3)
    assert not found.healthy
    assert len(found.each) == 3
    assert "At all 3 seeds" in found.findings[0].evidence
    assert initlab.diagnose("circles", init="he_normal", seed=3).healthy


def test_the_same_seed_gives_the_same_record(digits):
    records = [initlab.diagnose(mlp(2), *digits, seed=4).to_record() for _ in range(2)]
    assert records[0] == records[1]


def test_ignored_findings_are_no_reason(digits):
    model = he(mlp(3))
    with torch.no_grad():
        model[4].weight.mul_(300)
    found = initlab.diagnose(model, *digits)
    with pytest.raises(AssertionError):
        found.assert_healthy()
    found.assert_healthy(ignore=[one.name for one in found.hindering])


def test_a_study_refuses_data_of_its_own():
    with pytest.raises(initlab.ArgumentError, match="x must be left out if the model is the name"):
        initlab.diagnose("circles", np.zeros((3, 2)))


def test_targets_that_are_all_equal_are_tried_all_the_same():
    found = initlab.diagnose(he(mlp(3)), torch.randn(1, 64), torch.zeros(1, 10), loss="mse")
    assert not [one for one in found.measured.not_measured if "ZeroDivision" in one.reason]


def test_steps_see_fresh_batches_of_a_stream_that_is_named(tmp_path):
    (tmp_path / "data.py").write_text(
        "import torch\n"
        "class Stream(torch.utils.data.IterableDataset):\n"
        "    def __iter__(self):\n"
        "        x = torch.randn(320, 64, generator=torch.Generator().manual_seed(0))\n"
        "        yield from zip(x, x[:, :10].argmax(1))\n"
        "def load():\n"
        "    return [torch.utils.data.DataLoader(Stream(), 32) for _ in range(2)]\n"
    )
    found = initlab.diagnose(he(mlp(3)), f"{tmp_path / 'data.py'}:load")
    assert found.measured.batch == "32 samples of the data"
    assert found.trial.fresh


def test_named_data_that_is_sorted_by_class_is_looked_at_as_a_whole(tmp_path, digits):
    x, y = digits
    order = y.argsort()
    many = [torch.cat([one[order]] * 2) for one in (x, y)]
    many = [one[torch.argsort(many[1], stable=True)] for one in many]
    np.savez(tmp_path / "sorted.npz", x=many[0].numpy(), y=many[1].numpy())
    found = initlab.diagnose(he(mlp(3)), str(tmp_path / "sorted.npz"), trial=False)
    assert found.measured.prior_loss > 2.2  # of ten classes, as many of each


def test_layers_of_findings_are_flagged_also_where_parameters_are_named():
    model = he(mlp(3))
    with torch.no_grad():
        model[2].weight[0, 0] = torch.nan
    assert initlab.diagnose(model).flagged == {"2"}


def test_every_finding_is_documented_and_can_be_ignored():
    import ast
    import re
    from pathlib import Path

    from initlab.diagnosis import findings

    page = (Path(__file__).parents[2] / "docs" / "diagnose.md").read_text(encoding="utf-8")
    table = page.split("## What is found")[1].split("Each finding has")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == {*findings.NAMES}
    folder = Path(findings.__file__).parent
    for file in folder.glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Finding":
                first = call.args[0]
                given = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                assert {one.value for one in given if isinstance(one, ast.Constant)} <= {
                    *findings.NAMES
                }


class Language(nn.Module):
    """A transformer over tokens, with norms before its branches and before the head."""

    def __init__(self, std):
        super().__init__()
        self.embedding = nn.Embedding(50, 32)
        layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True, norm_first=True, dropout=0)
        self.blocks = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.norm, self.head = nn.LayerNorm(32), nn.Linear(32, 50)
        nn.init.normal_(self.embedding.weight, std=std)
        for one in self.blocks.parameters():
            if one.dim() > 1:
                nn.init.xavier_uniform_(one)

    def forward(self, tokens):
        return self.head(self.norm(self.blocks(self.embedding(tokens))))


def test_an_embedding_far_too_large_shows_at_initialization_though_norms_hide_it():
    for std, severity in ((1.0, None), (10.0, "suspect"), (100.0, "slows")):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = Language(std)
        found = initlab.diagnose(model, torch.randint(50, (64, 8)), trial=False)
        named = [one for one in found.findings if "embedding" in one.where]
        assert [one.severity for one in named] == ([severity] if severity == "slows" else [])
    assert named[0].name == "exploding_signal"
    assert "residual branches add" in named[0].evidence
    assert str(found.fix()) != ""


class Reader(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer, self.head = layer, nn.Linear(32, 10)

    def forward(self, x):
        return self.head(self.layer(x.unflatten(1, (8, 8)))[0][:, -1])


def test_the_inside_of_a_recurrent_layer_is_named(digits):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Reader(nn.LSTM(8, 32, batch_first=True))
        wild = Reader(nn.RNN(8, 32, batch_first=True))
    assert initlab.diagnose(model, *digits).healthy
    with torch.no_grad():
        model.layer.bias_ih_l0[96:] = -20  # output gates closed
        nn.init.orthogonal_(wild.layer.weight_hh_l0, 8.0)
    found = initlab.diagnose(model, *digits)
    gates = next(one for one in found.hindering if one.name == "saturated_units")
    assert gates.where == ("layer",)
    assert "100 % of the output gates of layer are closed" in gates.evidence
    assert "Inside layer, over 8 steps, " in str(found)
    assert found.to_record()["recurrent"][0]["gates"]["output"] == 1
    assert "layer" in next(one for one in initlab.diagnose(wild, *digits, trial=False).findings
                           if one.name in ("chaotic", "saturated_units")).where  # fmt: skip


def test_small_outputs_before_biases_are_called_small_not_exploding(digits):
    model = he(mlp(3))
    with torch.no_grad():
        model[0].weight.mul_(1e-7)
        model[2].bias.fill_(0.1)
    found = initlab.diagnose(model, digits[0], trial=False)
    named = {one.name: one.where for one in found.hindering}
    assert named["vanishing_signal"] == ("0",)
    assert named.keys() <= {"vanishing_signal", "inputs_indistinguishable"}


def test_training_nothing_but_the_bias_of_the_outputs_stops(digits):
    model = he(mlp(2))
    for name, one in model.named_parameters():
        one.requires_grad_(name == "2.bias")
    (found,) = initlab.diagnose(model, *digits).hindering
    assert (found.name, found.severity) == ("no_gradient", "stops")
    assert "biases of the output layer are trained: 2.bias." in found.evidence
    model[2].weight.requires_grad_(True)
    assert initlab.diagnose(model, *digits).healthy  # random features


def test_a_small_output_before_a_norm_is_no_explosion_of_gradients(digits):
    model = nn.Sequential(nn.Linear(64, 32), nn.LayerNorm(32), nn.ReLU(), nn.Linear(32, 32),
                          nn.LayerNorm(32), nn.ReLU(), nn.Linear(32, 10))  # fmt: skip
    he(model)[0].weight.data.mul_(0.01)
    found = initlab.diagnose(model, *digits, trial=False)
    assert found.layers[0].g.value > 30 * found.layers[1].g.value
    assert found.healthy


def test_outputs_that_a_norm_over_one_number_makes_equal_are_found(digits):
    x, y = digits[0], digits[0][:, :1] + digits[0][:, 20:21]
    body = he(nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1)))
    (found,) = initlab.diagnose(nn.Sequential(*body, nn.LayerNorm(1)), x, y).findings
    assert (found.name, found.severity, found.where) == (
        "inputs_indistinguishable", "stops", ("2",)
    )  # fmt: skip
    assert initlab.diagnose(body, x, y).healthy


class Gated(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body, self.scale = body, nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return self.scale * self.body(x)


def test_a_last_gate_of_zero_is_deliberate(digits):
    assert initlab.diagnose(Gated(he(mlp(3))), *digits).healthy
