"""What is measured of a module, each field against an independent plain computation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ..engines.torch.making import Course, ResNet, mlp
from .making import (
    AdaptiveZero,
    Encoder,
    LanguageModel,
    LowRank,
    OwnLoss,
    Recurrent,
    classes,
    drawn,
    entry,
    functional,
    nn,
    parts,
    seeded,
    torch,
)

from initlab.diagnosis.finding import called  # isort: skip
from initlab.diagnosis.findings import findings  # isort: skip
from initlab.diagnosis.measuring import measure  # isort: skip
from initlab.errors import InitlabError  # isort: skip

X, Y = drawn(40, 6), classes(3, 40)


# ---------------------------------------------------------------- layers


def test_q_g_and_varied_of_a_plain_stack_are_those_of_its_tensors():
    model = seeded(lambda: mlp((6, 8, 5, 3), nn.Tanh)).double()
    x = X.double()
    found = measure(model, x, Y)
    z, kept = x, []
    for layer in model:
        z = layer(z)
        if isinstance(layer, nn.Linear):
            z.retain_grad()
            kept.append(z)
    loss = functional.cross_entropy(z, Y)
    loss.backward()
    for one, z in zip(found.layers, kept, strict=True):
        assert one.q.value == pytest.approx(float(z.detach().square().mean()), rel=1e-12)
        assert one.g.value == pytest.approx(float((z.grad * 40).square().mean()), rel=1e-12)
        variance = z.detach().var(dim=0, unbiased=False).mean() / z.detach().square().mean()
        assert one.varied.value == pytest.approx(float(variance), rel=1e-12)
        cosine = functional.cosine_similarity(z[:, None], z[None], dim=-1).detach()
        mean = (cosine.sum() - 40) / (40 * 39)
        assert one.c.value == pytest.approx(float(mean), rel=1e-9)
        assert (one.points, one.width, one.nonfinite) == (40, z.shape[1], 0)
    assert found.loss == pytest.approx(loss.item(), rel=1e-12)
    assert [one.head for one in found.layers] == [False, False, True]
    assert [one.nonlinearity for one in found.layers] == ["tanh", "tanh", ""]
    assert [one.rounding for one in found.layers] == [
        2.0**-104 * math.sqrt(fan) / 5 for fan in (6, 8, 5)
    ]
    assert found.passes == 1


def test_channels_are_units_and_positions_points():
    model = seeded(lambda: nn.Sequential(
        nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 4)))  # fmt: skip
    x = drawn(10, 2, 6, 6)
    found = measure(model, x, classes(4, 10))
    z = model[0](x).detach()
    first = found.layers[0]
    assert (first.width, first.points) == (3, 10 * 16)
    assert first.q.value == pytest.approx(float(z.square().mean()), rel=1e-6)
    expected = z.var(dim=0, unbiased=False).mean() / z.square().mean()
    assert first.varied.value == pytest.approx(expected.item(), rel=1e-5)
    assert first.dead == float((z <= 0).all(dim=(0)).all(dim=(1, 2)).double().mean())


def test_every_use_of_a_layer_is_an_entry():
    class Again(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(6, 6), nn.Linear(6, 3)

        def forward(self, x):
            for _ in range(3):
                x = torch.tanh(self.a(x))
            return self.b(x) if x.sum() > 0 else self.b(-x)

    model = seeded(Again)
    found = measure(model, X, Y)
    assert [(one.name, one.use, one.uses) for one in found.layers] == [
        ("a", 1, 3), ("a", 2, 3), ("a", 3, 3), ("b", 1, 1)
    ]  # fmt: skip
    z = model.a(X)
    for one in found.layers[:3]:
        assert one.q.value == pytest.approx(float(z.detach().square().mean()), rel=1e-5)
        z = model.a(torch.tanh(z))


def test_one_answer_for_all_inputs_shows():
    """PyTorch's default of 30 ReLU layers: what differs is lost in rounding, but for float64."""
    model = seeded(lambda: mlp((6, *[64] * 30, 3)))
    found = measure(model, X, Y, jacobian=False)
    last = found.layers[-1]
    assert last.varied.value < last.rounding < 1e-12
    assert last.c.value == pytest.approx(1, abs=1e-9)
    assert found.output_varied == last.varied
    exact = model.double()(X.double()).detach()
    expected = exact.var(dim=0, unbiased=False).mean() / exact.square().mean()
    last = measure(model, X, Y, jacobian=False).layers[-1]
    assert last.varied.value == pytest.approx(expected.item(), rel=1e-6)
    assert last.rounding < last.varied.value < 1e-15


def test_the_line_follows_inputs_that_merge():
    model = seeded(lambda: mlp((6, *[256] * 11, 3)), 2)
    found = measure(model, X, Y, jacobian=False).layers
    for one, rel in ((found[3], 0.05), (found[10], 0.4)):
        assert 1 - one.c_theory == pytest.approx(1 - one.c.value, rel=rel)
    assert 1 - found[10].c.value < 0.01 * (1 - found[3].c.value)


def test_dead_and_saturated_units_are_judged_at_the_output_too():
    model = seeded(lambda: mlp((6, 8, 1)))
    model = nn.Sequential(*model, nn.ReLU())
    model[2].bias.data[:] = -50
    found = measure(model, X, drawn(40))
    assert found.layers[-1].dead == 1
    assert found.layers[0].g.value == 0
    model = nn.Sequential(*seeded(lambda: mlp((6, 8, 1), nn.Tanh)), nn.Sigmoid())
    model[0].weight.data *= 50
    z = model[0](X)
    found = measure(model, X, drawn(40).abs())
    share = (1 - torch.tanh(z) ** 2 < 0.01).double().mean()
    assert found.layers[0].saturated == pytest.approx(float(share))
    assert found.layers[1].saturated == 0


def test_a_nonlinearity_that_writes_in_place_is_judged_all_the_same():
    plain = seeded(lambda: mlp((6, 8, 3), nn.Hardswish))
    over = nn.Sequential(plain[0], nn.Hardswish(inplace=True), plain[2])
    plain[0].bias.data -= 4
    assert measure(over, X, Y).layers[0].dead == measure(plain, X, Y).layers[0].dead > 0
    assert over[1].inplace


def test_units_of_a_sum_are_judged_for_each_layer_in_it():
    found = measure(seeded(ResNet), drawn(16, 1, 8, 8), classes(10, 16))
    layers = {one.name: one for one in found.layers}
    assert layers["blocks.0.conv2"].dead == layers["blocks.0.short"].dead is not None
    assert found.normalized
    assert not measure(seeded(lambda: mlp((6, 8, 3))), X).normalized
    assert list(found.stream) == ["blocks.1.conv2"]


def test_dropout_rests_and_is_told():
    model = seeded(lambda: Course(36))
    found = measure(model, drawn(20, 36), classes(10, 20))
    h = torch.relu(model.fc1(drawn(20, 36)))
    z = model.fc2(h).detach()
    assert found.layers[1].q.value == pytest.approx(float(z.square().mean()), rel=1e-5)
    assert [one.dropout for one in found.layers] == [0.2, 0.2, 0]


# ---------------------------------------------------------------- copies


def test_copies_and_ties():
    model = seeded(lambda: mlp((6, 8, 3), nn.Tanh))
    w, b, v = model[0].weight.data, model[0].bias.data, model[2].weight.data
    w[1], b[1] = w[0], b[0]  # a copy with other outgoing weights
    w[3], b[3], v[:, 3] = w[2], b[2], v[:, 2]  # a copy that gradients cannot tell apart
    w[5], b[5] = -2 * w[4], -2 * b[4]
    found = measure(model, X, Y).layers[0]
    assert (found.units, found.distinct, found.distinct_up_to_sign, found.tied) == (8, 6, 5, 2)


def test_a_layer_that_begins_at_zero_on_purpose_holds_no_copies():
    model = seeded(lambda: nn.Sequential(nn.Linear(6, 4), nn.Linear(4, 4), nn.Linear(4, 3)))
    nn.init.zeros_(model[1].weight)
    found = measure(model, X, Y)
    assert [found.begins_at_zero(one.name) for one in found.layers] == [False, True, False]
    assert found.layers[1].distinct_up_to_sign < 4
    assert "identical_units" not in {one.name for one in findings(found)}


def test_equal_units_before_a_zero_head_are_told_apart_by_a_later_step():
    model = seeded(lambda: mlp((6, 4, 3), nn.Tanh))
    model[0].weight.data[:] = model[0].weight.data[:1]
    model[0].bias.data[:] = 0.1
    model[2].weight.data[:] = 0
    assert measure(model, X, Y).layers[0].tied == 4  # the head's step is the same for all

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.gate, self.b = (
                nn.Linear(6, 4),
                nn.Parameter(torch.zeros(1)),
                nn.Linear(4, 3),
            )
            self.a.weight.data[:], self.a.bias.data[:] = 0.3, 0.1

        def forward(self, x):
            return self.b(self.gate * torch.tanh(self.a(x)))

    assert measure(seeded(Two), X, Y).layers[0].tied == 0


def test_parameters_that_functions_take_have_entries_of_their_own():
    model = seeded(LowRank)
    found = measure(model, drawn(20, 8), classes(3, 20))
    layers = {one.name: one for one in found.layers}
    assert set(layers) == {"base", "a", "b", "head"}
    assert (layers["a"].units, layers["b"].units) == (2, 8)
    assert layers["b"].distinct == 1
    assert [one.name for one in found.of("a")] == ["a"]
    assert layers["base"].g is None
    assert parts(found)["g"].where == ("base",)


def test_square_weights_are_read_in_the_direction_they_are_used():
    class Square(nn.Module):
        def __init__(self, turned):
            super().__init__()
            self.w, self.turned = nn.Parameter(torch.randn(6, 6)), turned
            self.w.data[:, 0] = self.w.data[:, 1]

        def forward(self, x):
            return x @ (self.w.T if self.turned else self.w)

    assert measure(seeded(lambda: Square(False)), X, classes(6, 40)).layers[0].distinct == 5
    assert measure(seeded(lambda: Square(True)), X, classes(6, 40)).layers[0].distinct == 6


# ---------------------------------------------------------------- theory


@pytest.mark.parametrize("function", [nn.Tanh, nn.ReLU, nn.GELU])
def test_a_wide_network_lies_on_its_lines(function):
    def make():
        return nn.Sequential(
            nn.Linear(20, 1000), function(), nn.Linear(1000, 1000), function(),
            nn.Linear(1000, 1000), function(), nn.Linear(1000, 1000), function(),
            nn.Linear(1000, 50),
        )  # fmt: skip

    model = seeded(make)
    for layer in model:
        if isinstance(layer, nn.Linear):
            layer.weight.data *= 2.2  # PyTorch's own fade at once
    x = drawn(60, 20) * torch.linspace(0.5, 1.5, 60)[:, None] + 0.5
    found = measure(model, x, jacobian=False)
    for one in found.layers:
        # the lines know of noise since the first layer: each layer adds its own
        assert one.q_theory == pytest.approx(one.q.value, abs=4 * one.q.noise)
        assert one.c_theory == pytest.approx(one.c.value, abs=3 * one.c.noise + 0.02)
    for one in found.layers[:-1]:
        assert one.g_theory == pytest.approx(one.g.value, rel=0.1)
    assert found.layers[-1].g_theory == found.layers[-1].g.value


def test_a_convolutional_stack_lies_on_its_lines_padding_strides_and_all():
    model = seeded(lambda: nn.Sequential(
        nn.Conv2d(3, 300, 3, padding=1), nn.ReLU(), nn.Conv2d(300, 300, 5, padding=2, stride=2),
        nn.ReLU(), nn.Conv2d(300, 300, 3, groups=2, padding=1), nn.ReLU(), nn.Flatten(),
        nn.Linear(300 * 25, 10)))  # fmt: skip
    generator = torch.Generator().manual_seed(0)
    for layer in model:
        if hasattr(layer, "weight"):
            nn.init.kaiming_normal_(layer.weight, generator=generator)
            nn.init.zeros_(layer.bias)
    model[4].weight.data /= math.sqrt(2)
    found = measure(model, drawn(24, 3, 10, 10), classes(10, 24), jacobian=False)
    for one in found.layers:
        allowed = max(0.1 * one.q.value, 4 * one.q.noise)
        assert one.q_theory == pytest.approx(one.q.value, abs=allowed), one.name
    for one in found.layers[:-1]:
        assert one.g_theory == pytest.approx(one.g.value, rel=0.07), one.name


def test_there_is_no_line_where_the_theory_does_not_hold():
    found = measure(seeded(ResNet), drawn(16, 1, 8, 8), classes(10, 16))
    assert {one.q_theory for one in found.layers} == {None}
    assert len(parts(found)["q_theory"].where) == 6
    constant = seeded(lambda: mlp((6, 8, 3), nn.Tanh))
    constant[0].weight.data[:] = 0.5
    found = measure(constant, X, Y)
    assert found.layers[0].q_theory is None
    assert "mean" in parts(found)["q_theory"].reason
    normed = seeded(lambda: nn.Sequential(nn.Linear(6, 8), nn.LayerNorm(8), nn.Linear(8, 3)))
    assert [one.q_theory is None for one in measure(normed, X, Y).layers] == [False, True]


# ---------------------------------------------------------------- parameters


def test_parameters_have_norms_gradients_and_first_updates():
    model = seeded(lambda: mlp((6, 8, 3), nn.Tanh)).double()
    model[0].bias.data[:] = 0.25
    model[2].bias.data[:] = 0
    functional.cross_entropy(model(X.double()), Y).backward()
    for optimizer, make in (
        ("adam", torch.optim.Adam), ("sgd", torch.optim.SGD), ("rmsprop", torch.optim.RMSprop),
        ("adamw", lambda p, lr: torch.optim.AdamW(p, lr=lr, weight_decay=0)),
        (torch.optim.Adagrad, torch.optim.Adagrad),
    ):  # fmt: skip
        found = measure(model, X.double(), Y, optimizer=optimizer, learning_rate=0.03)
        for one in found.parameters:
            parameter = model.get_parameter(one.name)
            copy = nn.Parameter(parameter.detach().clone())
            copy.grad = parameter.grad
            make([copy], lr=0.03).step()
            update = float((copy - parameter).detach().norm())
            assert one.norm == pytest.approx(float(parameter.detach().norm()), rel=1e-12)
            assert one.gradient_norm == pytest.approx(float(parameter.grad.norm()), rel=1e-12)
            ratio = update / one.norm if one.norm else math.inf
            assert one.update_ratio == pytest.approx(ratio, rel=1e-9), optimizer
            assert one.reached
    assert [one.constant for one in found.parameters] == [None, 0.25, None, 0.0]
    assert [one.role for one in found.parameters] == ["weight", "bias"] * 2
    assert [one.opened for one in found.parameters] == [None] * 4


def test_what_the_loss_does_not_depend_on_is_not_reached():
    class Spare(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.spare, self.cut = nn.Linear(6, 3), nn.Linear(6, 3), nn.Linear(6, 3)

        def forward(self, x):
            return self.a(x) + self.cut(x).detach()

    found = measure(seeded(Spare), X, Y)
    reached = {one.name: one.reached for one in found.parameters}
    assert [name for name, one in reached.items() if one] == ["a.weight", "a.bias"]
    spare = [one for one in found.parameters if one.layer == "spare"]
    assert [one.gradient_norm for one in spare] == [None, None]
    assert "spare" in parts(found)["q"].where


def test_gates_that_begin_at_0_open_after_steps():
    low = measure(seeded(LowRank), drawn(20, 8), classes(3, 20))
    assert [(one.name, one.opened) for one in low.parameters] == [("a", True), ("b", None)]
    assert low.passes == 2
    ada = measure(seeded(AdaptiveZero), (drawn(20, 8), drawn(20, 8, seed=1)), drawn(20, 4))
    opened = {one.name: one.opened for one in ada.parameters}
    assert opened.pop("head.weight") is opened.pop("head.bias") is None
    assert set(opened.values()) == {True}
    assert ada.passes == 3


def test_a_dead_network_opens_to_no_step():
    model = nn.Sequential(*seeded(lambda: mlp((6, 8, 1))), nn.ReLU())
    model[2].bias.data[:] = -50
    found = measure(model, X, drawn(40))
    assert {one.opened for one in found.parameters} == {False}
    assert found.passes == 1  # no gradient moves anything


def test_numbers_that_are_not_finite_are_named_where_they_begin():
    model = seeded(lambda: mlp((6, 8, 8, 3)))
    assert measure(model, X, Y).first_nonfinite == ""
    model[2].weight.data[:] = 3e38
    found = measure(model, X, Y)
    assert found.first_nonfinite == "output of 2"
    assert called(found.first_nonfinite) == "output of layer 2"
    assert found.layers[1].q is None
    assert found.layers[1].nonfinite > 0
    assert parts(found)["q"].where == ("2", "4")
    model[2].weight.data[0, 0] = math.nan
    found = measure(model, X, Y)
    assert found.first_nonfinite == "2.weight"
    assert {one.name: one.nonfinite for one in found.parameters}["2.weight"] == 1
    bad = X.clone()
    bad[0, 0] = math.nan
    assert measure(seeded(lambda: mlp((6, 8, 3))), bad, Y).first_nonfinite == "inputs"


# ---------------------------------------------------------------- outputs and losses


def test_the_loss_stands_beside_guessing_and_the_best_constant_answer():
    model, y = seeded(lambda: mlp((6, 8, 3))), classes(2, 40)
    found = measure(model, X, y)
    shares = torch.bincount(y, minlength=3) / 40
    entropy = -sum(float(p) * math.log(p) for p in shares if p)
    assert found.loss_name == "cross_entropy"
    assert found.guess_loss == pytest.approx(math.log(3))
    assert found.prior_loss == pytest.approx(entropy, rel=1e-5)
    size = model(X).detach().square().mean().sqrt()
    assert found.logit_size == pytest.approx(float(size), rel=1e-6)


def test_other_losses_have_their_own_references():
    one = seeded(lambda: mlp((6, 8, 1)))
    y = classes(2, 40)
    found = measure(one, X, y)
    assert (found.loss_name, found.guess_loss) == (
        "binary_cross_entropy",
        pytest.approx(math.log(2)),
    )
    share = float(y.double().mean())
    entropy = -share * math.log(share) - (1 - share) * math.log(1 - share)
    assert found.prior_loss == pytest.approx(entropy, rel=1e-5)
    values = drawn(40)
    found = measure(one, X, values)
    assert (found.loss_name, found.guess_loss) == ("mse", None)
    assert found.prior_loss == pytest.approx(float(values.var(unbiased=False)), rel=1e-5)
    found = measure(one, X, values, loss=lambda a, b: (a[:, 0] - b).abs().mean())
    best = float((values - values.median()).abs().mean())
    assert found.prior_loss == pytest.approx(best, rel=0.02)
    assert "prior_loss" not in parts(found)


def test_without_targets_gradients_come_from_outputs_of_mean_square_1():
    model = seeded(lambda: mlp((6, 8, 3), nn.Tanh))
    found = measure(model, X)
    assert found.layers[-1].g.value == pytest.approx(1, rel=1e-6)
    assert found.loss is None
    assert "loss" in parts(found)
    jacobian = model[2].weight.detach() * (1 - torch.tanh(model[0](X)) ** 2)[:, None]
    expected = jacobian.square().sum(dim=1).mean()  # over cotangents of mean square 1
    assert found.layers[0].g.value == pytest.approx(expected.item(), rel=0.3)


def test_a_model_that_makes_its_own_loss_is_asked_for_it():
    model, labels = seeded(OwnLoss), classes(5, 20)
    found = measure(model, {"x": drawn(20, 8), "labels": labels})
    expected = functional.cross_entropy(model.layer(drawn(20, 8)), labels)
    assert found.loss == pytest.approx(expected.item())
    assert found.loss_name == "the model's own"
    assert measure(model, {"x": drawn(20, 8)}).loss is None
    assert measure(model, drawn(20, 8), labels).loss == pytest.approx(expected.item())


def test_scores_of_each_position_may_have_the_classes_last():
    tokens = torch.randint(50, (8, 12), generator=torch.Generator().manual_seed(0))
    model = seeded(LanguageModel)
    found = measure(model, tokens, tokens)
    outputs = model.eval()(tokens).detach()
    expected = functional.cross_entropy(outputs.reshape(-1, 50), tokens.reshape(-1))
    assert found.loss == pytest.approx(expected.item(), rel=1e-3)
    assert found.guess_loss == pytest.approx(math.log(50))


def test_a_random_batch_gets_random_targets_for_a_named_loss():
    found = measure(seeded(lambda: mlp((6, 8, 3))), shape="30x6", loss="cross_entropy")
    assert found.batch == "30 random samples of size 6"
    assert found.loss == pytest.approx(math.log(3), abs=0.3)
    with pytest.raises(InitlabError, match="y must be given if a loss is given"):
        measure(seeded(lambda: mlp((6, 8, 3))), X, loss="cross_entropy")


# ---------------------------------------------------------------- kinds of networks


@pytest.mark.parametrize("batch_first", [True, False])
def test_a_transformer_is_followed_and_its_samples_are_told_apart(batch_first):
    tokens = torch.randint(50, (16, 12), generator=torch.Generator().manual_seed(0))
    model = seeded(lambda: Encoder(batch_first=batch_first))
    found = measure(model, tokens, classes(5, 16))
    layers = {one.name: one for one in found.layers}
    assert layers["blocks.layers.0.self_attn"].role == "attention"
    assert layers["blocks.layers.0.linear1"].nonlinearity == "relu"
    assert [name for name, one in layers.items() if one.residual] == [
        f"blocks.layers.{k}.{name}" for k in (0, 1) for name in ("self_attn", "linear2")
    ]
    x = model.embedding(tokens)
    flat = x.reshape(16, -1).detach()
    varied = flat.var(dim=0, unbiased=False).mean() / flat.square().mean()
    assert layers["embedding"].varied.value == pytest.approx(float(varied), rel=1e-4)
    assert len(found.stream) == 4
    sizes = list(found.stream.values())
    assert sizes == sorted(sizes)  # it grows from sum to sum
    assert {one.name for one in found.attention} == {f"blocks.layers.{k}.self_attn" for k in (0, 1)}
    assert {"singular_values", "dead"} <= parts(found).keys()


def test_recurrent_layers_are_measured_at_their_outputs():
    model, x = seeded(Recurrent), drawn(20, 5, 7)
    found = measure(model, x, classes(3, 20))
    lstm = entry(found, "lstm")
    model.lstm.dropout = 0.0
    out, _ = model.lstm(x.transpose(0, 1))
    assert lstm.q.value == pytest.approx(float(out.detach().square().mean()), rel=1e-5)
    assert lstm.g.value > 0
    assert (lstm.units, lstm.distinct, lstm.dead, lstm.saturated) == (32, 32, 0, 0)
    assert [one.place for one in found.recurrent] == [
        "lstm (stacked layer 1)", "lstm (stacked layer 2)"
    ]  # fmt: skip
    assert "dead" not in parts(found)


def test_frozen_networks_and_parts_are_measured_forward():
    frozen = seeded(lambda: mlp((6, 8, 3))).requires_grad_(False)
    found = measure(frozen, X, Y)
    assert (found.passes, found.parameters) == (0, ())
    assert [one.g for one in found.layers] == [None, None]
    assert parts(found)["g"].reason.startswith("No parameter is trained: ")
    half = seeded(lambda: mlp((6, 8, 3)))
    half[0].requires_grad_(False)
    found = measure(half, X, Y)
    assert [one.g is None for one in found.layers] == [True, False]
    assert [one.name for one in found.parameters] == ["2.weight", "2.bias"]


def test_one_sample_has_no_correlation_and_says_so():
    found = measure(seeded(lambda: mlp((6, 8, 3))), X[:1], Y[:1])
    assert found.batch == "1 sample of the data"
    assert [one.c for one in found.layers] == [None, None]
    assert {"c", "output_varied"} <= parts(found).keys()
    assert found.layers[0].q_theory is not None


def test_what_cannot_be_measured_is_never_silently_none():
    cases = [
        (seeded(lambda: mlp((6, 8, 3))), X[:1], Y[:1]),
        (seeded(LowRank), drawn(20, 8), classes(3, 20)),
        (seeded(Recurrent), drawn(20, 5, 7), classes(3, 20)),
        (seeded(ResNet), drawn(16, 1, 8, 8), None),
        (seeded(Encoder), torch.randint(50, (8, 5)), classes(5, 8)),
        (seeded(lambda: nn.Sequential(nn.Linear(6, 4), nn.PReLU(), nn.Linear(4, 3))), X, Y),
    ]
    for model, x, y in cases:
        found = measure(model, x, y)
        reasons = {(one.what, name) for one in found.not_measured for name in one.where}
        for one in found.layers:
            for what, alias in (("q", "q"), ("g", "g"), ("c", "c"), ("varied", "c"),
                                ("dead", "dead"), ("saturated", "dead"),
                                ("q_theory", "q_theory")):  # fmt: skip
                if getattr(one, what) is None:
                    assert (alias, one.name) in reasons, (one.name, what)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: nn.LazyLinear(3), "lazy"),
        (lambda: nn.Linear(6, 3, device="meta"), "meta"),
        (lambda: nn.ReLU(), "parameters"),
        (lambda: torch.jit.script(nn.Linear(6, 3)), "torch.jit"),
        (lambda: "a", "torch.nn.Module"),
    ],
)
@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
def test_what_is_no_network_with_numbers_is_one_sentence(make, words):
    with pytest.raises(InitlabError, match=words):
        measure(make(), X, Y)


def test_a_model_that_fails_names_the_line_and_the_shape_of_its_inputs():
    class Fails(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(6, 3)

        def forward(self, x):
            raise ValueError("no")

    with pytest.raises(
        InitlabError, match=rf"fails at test_measuring.py.*, of shape \({len(X)}, 6\): .*no"
    ):
        measure(Fails(), X, Y)


@pytest.mark.parametrize("reentrant", [True, False])
@pytest.mark.filterwarnings("ignore:None of the inputs")
def test_parts_that_are_computed_again_in_the_backward_pass(reentrant):
    class Again(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.c = nn.Linear(6, 8), nn.Linear(8, 8), nn.Linear(8, 3)

        def forward(self, x):
            inside = torch.utils.checkpoint.checkpoint(
                lambda z: torch.relu(self.b(z)), self.a(x), use_reentrant=reentrant
            )
            return self.c(inside)

    model = seeded(Again)
    found = measure(model, X, Y)
    functional.cross_entropy(model(X), Y).backward()
    for one in found.parameters:
        expected = model.get_parameter(one.name).grad.norm().item()
        assert one.gradient_norm == pytest.approx(expected, rel=1e-5)
        assert one.reached
    layers = {one.name: one for one in found.layers}
    assert (layers["b"].g is None) == reentrant
    assert layers["a"].g.value > 0


def test_a_loss_with_parameters_keeps_its_gradients():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(1))

        def forward(self, outputs, target):
            return functional.cross_entropy(outputs * self.scale, target)

    loss = Scaled()
    loss.scale.grad = kept = torch.full((1,), 3.0)
    measure(seeded(lambda: mlp((6, 8, 3))), X, Y, loss=loss)
    assert loss.scale.grad is kept
    assert kept.item() == 3


def test_compiled_parts_are_followed_uncompiled():
    model = seeded(lambda: mlp((6, 8, 3)))
    model[0] = torch.compile(model[0], backend="eager")
    found = measure(model, X, Y)
    assert [one.name for one in found.layers] == ["0", "2"]
    assert found.layers[0].g.value > 0
    assert found.parameters[0].name == "0.weight"


# ---------------------------------------------------------------- Jacobian


def test_singular_values_are_those_of_the_whole_jacobian():
    model = seeded(lambda: mlp((6, 8, 3), nn.Tanh))
    found = measure(model, X, Y).singular_values
    each = [
        np.linalg.svd(torch.autograd.functional.jacobian(model, x).numpy(), compute_uv=False)
        for x in X[:8]
    ]
    assert found == pytest.approx(np.sqrt(np.mean(np.square(each), axis=0)).tolist(), rel=1e-4)


def test_of_many_outputs_random_directions_see_the_size():
    model = seeded(lambda: nn.Linear(30, 400))
    found = measure(model, drawn(10, 30)).singular_values
    assert len(found) == 12
    whole = float(model.weight.detach().square().sum())
    assert sum(value**2 for value in found) == pytest.approx(whole, rel=0.1)
    assert measure(model, drawn(10, 30), jacobian=False).singular_values == ()


# ---------------------------------------------------------------- size and device


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_gives_the_same_numbers_and_keeps_its_generator():
    model, x, y = seeded(ResNet), drawn(16, 1, 8, 8), classes(10, 16)
    own = measure(model.double(), x, y)
    before = torch.cuda.get_rng_state()
    found = measure(model.cuda(), x, y)
    assert torch.equal(torch.cuda.get_rng_state(), before)
    for one, other in zip(own.layers, found.layers, strict=True):
        assert one.q.value == pytest.approx(other.q.value, rel=1e-9)
        assert one.g.value == pytest.approx(other.g.value, rel=1e-9)
        assert (one.dead, one.distinct) == (other.dead, other.distinct)
    assert own.singular_values == pytest.approx(found.singular_values, rel=1e-6)


def test_forward_and_backward_passes_are_at_most_three_and_counted():
    model = seeded(AdaptiveZero)
    count = [0, 0]
    model.register_forward_hook(lambda *_: count.__setitem__(0, count[0] + 1))
    model.head.weight.register_hook(lambda g: count.__setitem__(1, count[1] + 1))
    found = measure(model, (drawn(20, 8), drawn(20, 8, seed=1)), drawn(20, 4), jacobian=False)
    assert count == [3, 3] == [found.passes] * 2


def test_the_best_constant_of_a_loss_of_ones_own_is_searched_for():
    def tokens(outputs, target):
        return nn.functional.cross_entropy(outputs.flatten(0, 1), target.flatten())

    def lower_half(outputs, target):  # the quantile 0.2, whose best constant is that quantile
        off = target - outputs[:, 0]
        return torch.maximum(0.2 * off, -0.8 * off).mean()

    def contrast(outputs, target):
        rows = nn.functional.normalize(outputs, dim=1)
        return nn.functional.cross_entropy(1e4 * rows @ rows.T, target)

    torch.manual_seed(0)
    y = torch.randint(5, (40, 3))
    shares = torch.stack([torch.bincount(one, minlength=5) / 40 for one in y.T])  # by position
    words = nn.Sequential(nn.Linear(6, 15), nn.Unflatten(1, (3, 5)))
    found = measure(words, X, y, loss=tokens, jacobian=False)
    assert found.prior_loss == pytest.approx(-float((shares * shares.log()).sum()) / 3, abs=2e-3)
    values = torch.randn(40)
    best = float(lower_half(values.quantile(0.2).expand(40, 1), values))
    found = measure(nn.Linear(6, 1), X, values, loss=lower_half, jacobian=False)
    assert best <= found.prior_loss < 1.05 * best
    far = 300 + 100 * values
    found = measure(nn.Linear(6, 1), X, far, loss=lower_half, jacobian=False)
    assert found.prior_loss < 1.5 * 100 * best  # no step reaches 300 from 0
    found = measure(nn.Linear(6, 4), X, torch.arange(40), loss=contrast, jacobian=False)
    assert found.prior_loss == pytest.approx(math.log(40), rel=1e-4)


def test_a_loss_of_the_outputs_alone_has_no_best_constant():
    class Two(nn.Linear):
        def forward(self, x):
            return super().forward(x), x

    found = measure(Two(6, 3), X, Y, loss=lambda raw, y: raw[0].square().mean(), jacobian=False)
    assert found.prior_loss is None
    assert "prior_loss" in parts(found)
    apart = measure(nn.Linear(6, 1), X, drawn(40, 1),  # how far two samples are apart, as in BPR
                    loss=lambda made, _: nn.functional.softplus(made[::2] - made[1::2]).mean(),
                    jacobian=False)  # fmt: skip
    assert apart.prior_loss is None
    steep = seeded(lambda: nn.Linear(6, 1))
    steep.bias.data.fill_(1e3)  # the first loss is infinite, that of a constant prediction is not
    found = measure(steep, X, torch.ones(40, 1), jacobian=False,
                    loss=lambda made, y: (made.exp() - y * made).mean())  # fmt: skip
    assert found.prior_loss == pytest.approx(1, rel=1e-3)


def test_the_best_constant_of_several_tensors_is_searched_for_in_all_of_them():
    class Spread(nn.Linear):
        def forward(self, x):
            raw = super().forward(x)
            return {"mean": raw[:, :1], "spread": raw[:, 1:], "penalty": 7 + raw.square().mean()}

    def likelihood(raw, y):  # of a normal distribution, whose best constant has y's mean and std
        off = (y[:, None] - raw["mean"]) / raw["spread"].exp()
        return raw["penalty"] + (raw["spread"] + off.square() / 2).mean()

    y = 2 + 3 * drawn(40)
    best = math.log(float(y.std(correction=0))) + 0.5
    found = measure(seeded(lambda: Spread(6, 2)), X, y, loss=likelihood, jacobian=False)
    assert found.prior_loss == pytest.approx(best, rel=0.03)
    assert "prior_loss" not in parts(found)


def test_targets_with_more_axes_than_outputs_are_noted():
    model = nn.Sequential(nn.Linear(6, 1), nn.Flatten(0))
    assert "(40,), and the targets have shape (40, 1)" in measure(model, X, drawn(40, 1)).unpaired
    assert not measure(model, X, drawn(40)).unpaired
    assert not measure(nn.Linear(6, 1), X, drawn(40)).unpaired
    assert not measure(nn.Linear(6, 3), X, Y).unpaired


@pytest.mark.parametrize("norm", [nn.LayerNorm, nn.BatchNorm1d])
def test_how_much_the_epsilon_of_a_norm_leaves_of_its_inputs_is_measured(norm):
    for epsilon, usual in ((1e-5, True), (100.0, False)):
        model = seeded(lambda epsilon=epsilon: nn.Sequential(nn.Linear(6, 5), norm(5, epsilon)))
        found = measure(model, X, Y)
        size, noted = found.swamped_norms["1"]
        assert noted == epsilon
        made = float(model(X).detach().square().mean().sqrt())
        assert size == pytest.approx(made, rel=0.1)
        assert (size > 0.99) is usual
    zeros = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5, 1.0))
    nn.init.zeros_(zeros[0].weight)
    assert "1" not in measure(zeros, X, Y).swamped_norms  # nothing differs that could be normalized
