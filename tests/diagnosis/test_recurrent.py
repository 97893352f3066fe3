"""The steps of recurrent layers, against torch's own layers, cells and gradients."""

from __future__ import annotations

import pytest

from .making import classes, drawn, nn, parts, seeded, torch

from initlab.diagnosis.diagnose import diagnose_module  # isort: skip
from initlab.diagnosis.measuring import measure  # isort: skip
from initlab.diagnosis.recurrent import recurrence_of  # isort: skip

KINDS = {
    "lstm": lambda **more: nn.LSTM(5, 6, batch_first=True, **more),
    "gru": lambda **more: nn.GRU(5, 6, batch_first=True, **more),
    "rnn": lambda **more: nn.RNN(5, 6, batch_first=True, **more),
    "relu": lambda **more: nn.RNN(5, 6, batch_first=True, nonlinearity="relu", **more),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_states_are_those_of_the_layer(kind, bidirectional):
    layer = seeded(lambda: KINDS[kind](num_layers=2, bidirectional=bidirectional))
    x = drawn(20, 7, 5)
    found = recurrence_of(layer, x)
    outputs = layer(x)[0].detach().double().unflatten(-1, (-1, 6)).square().mean(dim=(0, 3))
    for one, (q, turned) in zip(found[-1 - bidirectional :],
                                [(outputs[:, 0], False), (outputs[:, -1], True)],
                                strict=False):  # fmt: skip
        expected = q.flip(0) if turned else q
        assert one.q == pytest.approx(expected.tolist(), rel=1e-5)
    last = "stacked layer 2, backwards" if bidirectional else "stacked layer 2"
    assert [one.part for one in found][-1] == last


def test_time_may_be_the_first_axis():
    layer = seeded(KINDS["gru"])
    (found,) = recurrence_of(layer, drawn(20, 7, 5))
    layer.batch_first = False
    (other,) = recurrence_of(layer, drawn(20, 7, 5).transpose(0, 1))
    assert found == other


def test_gradients_are_those_of_a_product_of_jacobians():
    """Of a tanh layer without inputs or biases: d h_T / d h_t is a product of D W."""
    layer = seeded(KINDS["rnn"])
    layer.bias_ih_l0.data[:] = layer.bias_hh_l0.data[:] = 0
    (found,) = recurrence_of(layer, torch.zeros(20, 5, 5))
    weight = layer.weight_hh_l0.detach().double()
    ratios = [later / one for one, later in zip(found.g, found.g[1:], strict=False)]
    assert found.g == tuple(sorted(found.g))
    spectral = float(torch.linalg.matrix_norm(weight, 2))
    assert all(ratio >= 1 / spectral**2 for ratio in ratios)
    layer.weight_hh_l0.data = nn.init.orthogonal_(torch.empty(6, 6)) * 0.5
    (found,) = recurrence_of(layer, torch.zeros(20, 5, 5))
    for one, later in zip(found.g, found.g[1:], strict=False):
        assert one == pytest.approx(later / 4, rel=1e-5)


def test_an_lstm_that_keeps_its_cell_passes_gradients_and_one_that_forgets_does_not():
    layer = seeded(KINDS["lstm"])
    layer.bias_ih_l0.data[6:12] = 30
    (found,) = recurrence_of(layer, drawn(20, 30, 5))
    assert found.g[0] > 0.1 * found.g[-1]
    assert found.gates == {"input": 0, "forget": 1, "cell": 0, "output": 0}
    assert found.closed == {"input": 0, "output": 0, "forget": 0}
    layer.bias_ih_l0.data[6:12] = -30
    (found,) = recurrence_of(layer, drawn(20, 30, 5))
    assert found.g[0] < 1e-30 * found.g[-1]
    assert found.closed == {"input": 0, "output": 0, "forget": 1}
    layer.bias_ih_l0.data[:6] = -9
    (found,) = recurrence_of(layer, drawn(20, 30, 5))
    assert found.gates["input"] > 0.95
    assert found.closed["input"] == found.gates["input"]


def test_units_that_a_relu_holds_at_0_are_dead():
    layer = seeded(KINDS["relu"])
    layer.bias_ih_l0.data[:3] = -100
    (found,) = recurrence_of(layer, drawn(20, 7, 5))
    assert found.dead == 0.5
    assert not found.gates


class Reads(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer, self.head = layer, nn.Linear(6, 3)

    def forward(self, x):
        return self.head(self.layer(x)[0][:, -1])


def test_a_model_says_what_its_gates_do():
    model = seeded(lambda: Reads(KINDS["gru"]()))
    model.layer.bias_ih_l0.data[6:12] = 40
    before = {name: one.clone() for name, one in model.state_dict().items()}
    found = measure(model, drawn(20, 7, 5), classes(3, 20))
    assert found.layers[0].saturated == pytest.approx(1 / 3)
    assert found.recurrent[0].gates == {"reset": 0, "update": 1, "new": 0}
    assert found.recurrent[0].closed == {"update": 1}
    assert found.recurrent[0].place == "layer"
    assert all(torch.equal(one, before[name]) for name, one in model.state_dict().items())
    assert all(one.grad is None for one in model.parameters())


def test_what_is_not_computed_again_says_why():
    assert "proj_size is not measured" in recurrence_of(nn.LSTM(5, 6, proj_size=2), drawn(7, 20, 5))
    assert "one tensor" in recurrence_of(nn.GRU(5, 6), drawn(7, 5))
    assert "GRUCell" in recurrence_of(nn.GRUCell(5, 6), drawn(7, 5))

    class Own(nn.GRU):
        def forward(self, x):
            return super().forward(x.flip(0))

    assert "torch's own" in recurrence_of(Own(5, 6), drawn(7, 20, 5))
    found = measure(seeded(lambda: Reads(Own(5, 6, batch_first=True))), drawn(20, 7, 5))
    assert "torch's own" in parts(found)["dead"].reason


def test_half_precision_is_computed_in_single():
    layer = seeded(KINDS["lstm"]).to(torch.bfloat16)
    (found,) = recurrence_of(layer, drawn(20, 7, 5, dtype=torch.bfloat16))
    assert all(value > 0 for value in found.g)


class Remembers(nn.Module):
    """An LSTM of which the last output alone is used."""

    def __init__(self, bias):
        super().__init__()
        self.lstm, self.head = nn.LSTM(2, 16, batch_first=True), nn.Linear(16, 2)
        self.lstm.bias_ih_l0.data[16:32] = bias

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


@pytest.mark.parametrize(("bias", "healthy"), [(-10.0, False), (1.0, True)])
def test_closed_forget_gates_are_found_whatever_the_number_of_steps(bias, healthy):
    x = drawn(20, 64, 2)
    found = diagnose_module(seeded(lambda: Remembers(bias)), x, classes(2, 20), trial=False)
    assert found.healthy is healthy
    assert healthy or "100 % of the forget gates of lstm are closed" in found.findings[0].evidence


def test_of_many_steps_it_is_said_how_many_are_looked_at():
    model, x = seeded(lambda: Remembers(0.0)), drawn(20, 70, 2)
    assert "Inside lstm, over the first 64 of 70 steps, " in str(
        diagnose_module(model, x, trial=False)
    )
    short = str(diagnose_module(model, x[:, :9], trial=False))
    assert "Inside lstm, over 9 steps, " in short
