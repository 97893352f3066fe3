"""The numbers: the document's runs digit by digit, and torch's gradients."""

from __future__ import annotations

import numpy as np
import pytest

import initlab
from initlab.errors import ArgumentError, DataError
from initlab.networks import DenseNetwork
from initlab.networks.notation import document_parameters

from .making import (
    NETWORKS,
    first_case,
    random_points,
    random_trace,
    second_case,
    started,
)

# as printed there; all other numbers of these steps are 0
FIRST_PRINTED = [
    {"dZ2": -0.54594595, "dB2": -0.54594595, "B2": 0.05459459},
    {"Z2": 0.05459459, "dZ2": -0.20486486, "dB2": -0.20486486, "B2": 0.07508108},
]
# truncated there, not rounded; W1 is left out: the printed 0.0007 is no tenth of dW1's 0.0007
SECOND_PRINTED = [
    {
        "Z1": 1, "A1": 0.7615, "Z2": 1, "dZ2": 0.4756, "dA1": 0, "dZ1": 0, "W1": 0, "B1": 1,
        "dW1": 0, "dB1": 0, "W2": -0.0362, "B2": 0.9524, "dW2": 0.3622, "dB2": 0.4756,
    },
    {
        "Z1": 1, "A1": 0.7615, "Z2": 0.8972, "dZ2": 0.7296, "dA1": -0.0264, "dZ1": -0.0111,
        "dW1": -0.0007, "dB1": -0.0111, "W2": -0.0917, "B2": 0.879464,
        "dW2": 0.5557, "dB2": 0.7296,
    },
]  # fmt: skip


def quantities(step):
    return {**step.forward, **step.backward, **step.parameters}


@pytest.mark.parametrize("number", [0, 1])
def test_first_case_is_the_documents_to_all_digits(number):
    for name, value in quantities(first_case().steps[number]).items():
        expected = FIRST_PRINTED[number].get(name, 0.0)
        assert value.round(8).tolist() == np.full(value.shape, expected).tolist(), name


@pytest.mark.parametrize("number", [0, 1])
def test_second_case_is_the_documents_to_its_truncated_digits(number):
    found = quantities(second_case().steps[number])
    for name, expected in SECOND_PRINTED[number].items():
        assert found[name] == pytest.approx(np.full(found[name].shape, expected), abs=1e-4), name


def test_second_bias_is_the_documents_to_its_three_decimals():
    b1 = second_case().steps[1].parameters["B1"]
    assert np.trunc(b1 * 1000).tolist() == [[1001, 1001]]


def test_a_weight_moves_by_the_learning_rate_times_its_gradient():
    step = second_case().steps[1]
    assert step.parameters["W1"] == pytest.approx(-0.1 * step.backward["dW1"], rel=1e-12)


def test_shapes_are_the_documents():
    step = first_case().steps[0]
    shapes = {name: value.shape for name, value in quantities(step).items()}
    assert shapes["W1"] == shapes["B1"] == shapes["Z1"] == shapes["dA1"] == (1, 2)
    assert shapes["W2"] == shapes["dW2"] == (2, 1)
    assert shapes["Z2"] == shapes["B2"] == (1, 1)
    assert list(step.backward) == ["dZ2", "dA1", "dZ1", "dW2", "dB2", "dW1", "dB1"]


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_are_torchs(name):
    torch = pytest.importorskip("torch")
    network = NETWORKS[name]
    traced = random_trace(network, steps=2, learning_rate=0.3)
    x, y = random_points(network)
    functions = {"tanh": torch.tanh, "relu": torch.relu, "silu": torch.nn.functional.silu,
                 "gelu": torch.nn.functional.gelu}  # fmt: skip
    theta = {k: torch.tensor(v, requires_grad=True) for k, v in traced.start.items()}
    for step in traced.steps:
        a = torch.tensor(x)
        kept = {}
        for k in range(1, network.depth + 1):
            z = kept[f"Z{k}"] = a @ theta[f"W{k}"] + theta[f"B{k}"]
            z.retain_grad()
            if k < network.depth:
                a = kept[f"A{k}"] = functions[network.nonlinearity](z)
                a.retain_grad()
        if network.loss == "half_mean_squared_error":
            loss = 0.5 * ((z - torch.tensor(y)) ** 2).sum(dim=1).mean()
        elif network.loss == "binary_cross_entropy":
            target = torch.tensor(y[:, None], dtype=torch.float64)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(z, target)
        else:
            loss = torch.nn.functional.cross_entropy(z, torch.tensor(y))
        loss.backward()
        assert step.loss == pytest.approx(loss.item(), rel=1e-12)
        for key, value in kept.items():
            assert step.forward[key] == pytest.approx(value.detach().numpy(), rel=1e-9, abs=1e-13)
            # torch's error belongs to the mean loss, the document's to each sample
            expected = value.grad.numpy() * len(x)
            assert step.backward[f"d{key}"] == pytest.approx(expected, rel=1e-9, abs=1e-13)
        for key, value in theta.items():
            found = step.backward[f"d{key}"]
            assert found == pytest.approx(value.grad.numpy(), rel=1e-9, abs=1e-13)
        with torch.no_grad():
            theta = {k: (v - 0.3 * v.grad).requires_grad_() for k, v in theta.items()}
        for key, value in theta.items():
            assert step.parameters[key] == pytest.approx(value.detach().numpy(), rel=1e-9)


def test_equal_units_stay_equal_to_the_last_bit():
    start = initlab.draw_network("W1=0.3,B1=0.1,W2=-0.7", [3, 9, 2], seed=0)
    x, y = random_points(DenseNetwork((3, 9, 2), "sin", "half_mean_squared_error"), samples=61)
    step = initlab.trace([3, 9, 2], start, (x, y), steps=40, nonlinearity="sin").steps[-1]
    for name, rows in (("W1", step.parameters["W1"].T), ("W2", step.parameters["W2"])):
        assert len({row.tobytes() for row in rows}) == 1, name
    assert not np.array_equal(step.parameters["W1"], step.before["W1"])


def test_batches_follow_the_points_and_begin_again():
    points = (np.arange(5.0), np.zeros(5))
    traced = initlab.trace([1, 1], started("W1=1", (1, 1)), points, steps=5, batch_size=2)
    batches = [step.inputs[:, 0].tolist() for step in traced.steps]
    assert batches == [[0, 1], [2, 3], [4], [0, 1], [2, 3]]


def test_parameters_of_both_notations_are_the_same_network():
    network = NETWORKS["regression"]
    course = initlab.draw_network("he_normal", network.layer_dims, seed=0, bias_init="normal")
    points = random_points(network)
    one = initlab.trace(network, course, points)
    other = initlab.trace(network, document_parameters(course), points)
    assert one.to_record() == other.to_record()
    assert one.start["W1"].shape == (2, 4)


def test_square_weights_are_read_by_the_name_of_their_bias():
    w = [[1.0, 2.0], [3.0, 4.0]]
    course = initlab.trace([2, 2], {"W1": w, "b1": [0.0, 0.0]}, ([[1.0, 0.0]], [[0.0, 0.0]]))
    document = initlab.trace([2, 2], {"W1": w, "B1": [0.0, 0.0]}, ([[1.0, 0.0]], [[0.0, 0.0]]))
    assert course.steps[0].forward["Z1"].tolist() == [[1.0, 3.0]]
    assert document.steps[0].forward["Z1"].tolist() == [[1.0, 2.0]]


def test_a_run_that_breaks_down_ends_and_says_where():
    start = started("W1=1,W2=1")
    traced = initlab.trace(
        [1, 2, 1], start, ([1e3], [0.0]), steps=50, learning_rate=1e6, nonlinearity="linear"
    )
    assert traced.outcome == "diverged"
    assert 1 < len(traced.steps) < 50
    assert all(step.first_nonfinite() is None for step in traced.steps[:-1])
    assert "an infinite number or NaN" in traced.conclusions()[-1]
    assert any("inf" in str(value) for value in traced.to_record()["steps"][-1].values())
    assert "<svg" in traced.to_svg()


BAD = {
    "network": ([1], {}, "layer_dims"),
    "steps 0": ([1, 2, 1], {"steps": 0}, "steps"),
    "steps True": ([1, 2, 1], {"steps": True}, "steps"),
    "steps many": ([1, 2, 1], {"steps": 10**9}, "steps"),
    "rate nan": ([1, 2, 1], {"learning_rate": float("nan")}, "learning_rate"),
    "rate 0": ([1, 2, 1], {"learning_rate": 0}, "learning_rate"),
    "batch 0": ([1, 2, 1], {"batch_size": 0}, "batch_size"),
    "nonlinearity": ([1, 2, 1], {"nonlinearity": "tahn"}, "nonlinearity"),
    "loss": ([1, 2, 1], {"loss": "mse"}, "loss"),
    "other widths": ([1, 3, 1], {}, "parameters"),
    "both": (DenseNetwork((1, 2, 1), "tanh"), {"nonlinearity": "relu"}, "nonlinearity"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_settings_are_refused_by_name(name):
    network, options, argument = BAD[name]
    with pytest.raises(ArgumentError) as caught:
        initlab.trace(network, started("W1=0,W2=0"), ([0.5], [0.5]), **options)
    assert caught.value.argument == argument


BAD_POINTS = {
    "no pair": ([0.5], ArgumentError, "points"),
    "nan": (([float("nan")], [0.5]), DataError, "x"),
    "text": (([0.5], ["a"]), DataError, "y"),
    "ragged": (([[0.5], [1, 2]], [1.0, 2.0]), DataError, "x"),
    "none": ((np.empty((0, 1)), np.empty(0)), DataError, "x"),
    "features": (([[0.5, 0.5]], [0.5]), DataError, "x"),
    "lengths": (([0.5, 0.5], [0.5]), DataError, "y"),
}


@pytest.mark.parametrize("name", BAD_POINTS)
def test_bad_points_are_refused_by_name(name):
    points, kind, argument = BAD_POINTS[name]
    with pytest.raises(kind) as caught:
        initlab.trace([1, 2, 1], started("W1=0,W2=0"), points)
    assert caught.value.argument == argument


@pytest.mark.parametrize("wrong", [2, -1, 0.5])
def test_a_class_number_out_of_range_is_refused(wrong):
    with pytest.raises(DataError, match=r"class numbers \(integers from 0 to 1\)"):
        initlab.trace([1, 2, 1], started("W1=0,W2=0"), ([0.5], [wrong]),
                      loss="binary_cross_entropy")  # fmt: skip


def test_a_trace_too_large_for_memory_is_refused_with_its_size():
    start = initlab.draw_network("zeros", [1, 200, 1], seed=0)
    with pytest.raises(ArgumentError, match="would hold about") as caught:
        initlab.trace([1, 200, 1], start, (np.zeros(1000), np.zeros(1000)), steps=1000)
    assert caught.value.argument == "steps"
