"""mean_field() and edge_of_chaos() against closed forms, papers, and wide random networks."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest

from initlab import edge_of_chaos, mean_field
from initlab.errors import ArgumentError
from initlab.nonlinearities.correlation import Correlated
from initlab.nonlinearities.elementwise import elementwise
from initlab.nonlinearities.table import TABLE

Z, W = np.polynomial.hermite_e.hermegauss(160)
W = W / W.sum()


def test_relu_is_critical_at_root_two_whatever_the_variance():
    found = edge_of_chaos("relu")
    assert found.weight_std == pytest.approx(math.sqrt(2), abs=1e-12)
    assert (found.q_star, found.c_star, found.chi_1) == (None, 1.0, 1.0)
    assert found.depth_scale_q == found.depth_scale_c == found.trainable_depth == math.inf
    assert "stays the same from layer to layer" in str(found)
    assert mean_field("relu", math.sqrt(2)).q_star is None


def test_relu_below_critical_has_the_fixed_point_of_a_geometric_series():
    found = mean_field("relu", weight_std=1.0, bias_std=0.1)
    assert found.q_star == pytest.approx(0.01 / (1 - 0.5), rel=1e-10)
    assert found.chi_1 == pytest.approx(0.5, abs=1e-12)
    assert found.depth_scale_q == pytest.approx(1 / math.log(2), rel=1e-9)
    assert found.phase == "ordered"


@pytest.mark.parametrize("call", [
    lambda: edge_of_chaos("relu", bias_std=0.1),
    lambda: mean_field("relu", 2.0, 0.1),
    lambda: mean_field("relu", 1.5),
])  # fmt: skip
def test_no_fixed_point_is_one_sentence(call):
    with pytest.raises(ArgumentError, match=r"from layer to layer") as refused:
        call()
    assert "\n" not in str(refused.value)


def test_critical_line_of_tanh_is_that_of_schoenholz():
    # fixed point and chi_1 by iterating the maps with Gauss-Hermite sums
    found = edge_of_chaos("tanh", bias_std=math.sqrt(0.05))
    square, q = found.weight_std**2, 1.0
    for _ in range(500):
        q = square * (W @ np.tanh(math.sqrt(q) * Z) ** 2) + 0.05
    assert q == pytest.approx(found.q_star, rel=1e-9)
    slope = 1 - np.tanh(math.sqrt(q) * Z) ** 2
    assert square * (W @ slope**2) == pytest.approx(1, abs=1e-9)
    assert square == pytest.approx(1.76, abs=0.005)  # as they print it
    assert edge_of_chaos("tanh").weight_std == pytest.approx(1, abs=1e-5)
    assert edge_of_chaos("tanh").q_star == 0


def test_silu_has_a_critical_point_that_is_not_stable():
    found = edge_of_chaos("silu", bias_std=0.2)
    assert "not stable" in found.note
    f = TABLE["silu"]
    x = math.sqrt(found.q_star) * Z
    square = found.weight_std**2
    assert square * (W @ f.value(x) ** 2) + 0.04 == pytest.approx(found.q_star, rel=1e-7)
    assert square * (W @ f.derivative(x, f.value(x)) ** 2) == pytest.approx(1, abs=1e-7)


@pytest.mark.parametrize("name", ["tanh", "erf", "hardtanh", "selu", "relu6", "elu"])
def test_edge_of_chaos_and_mean_field_agree(name):
    edge = edge_of_chaos(name, bias_std=0.1)
    again = mean_field(name, edge.weight_std, 0.1)
    assert again.chi_1 == pytest.approx(1, abs=1e-7)
    assert again.q_star == pytest.approx(edge.q_star, rel=1e-7)
    assert again.phase == edge.phase == "critical"


@pytest.mark.parametrize("c", [0.0, 0.3, 0.9, 0.999])
def test_correlations_of_relu_and_erf_are_the_known_kernels(c):
    sigma = 1.7
    relu = Correlated(elementwise("relu"), sigma, (0.0,))
    angle = math.acos(c)  # Cho & Saul 2009
    assert relu.product(c) / sigma**2 == pytest.approx(
        (math.sqrt(1 - c * c) + c * (math.pi - angle)) / (2 * math.pi), abs=1e-11
    )
    assert relu.slope(c) / sigma**2 == pytest.approx((math.pi - angle) / (2 * math.pi), abs=1e-10)
    erf = Correlated(elementwise("erf"), sigma, ())
    inside = 2 * sigma**2 * c / (1 + 2 * sigma**2)  # Williams 1997
    assert erf.product(c) == pytest.approx(2 / math.pi * math.asin(inside), abs=1e-11)


CHAOTIC = {"tanh": 2.5, "erf": 2.0, "hardtanh": 2.0}  # nonlinearity -> std of the weights
BIAS_STD = 0.3


@functools.cache  # to draw the weights, which all have, takes longest
def wide_random_networks():
    """Return the mean variance and correlation of deep layers, by nonlinearity."""
    generator, width = np.random.default_rng(1), 500
    found = {name: [] for name in CHAOTIC}
    for _ in range(16):
        one, other = generator.standard_normal((2, width))
        layers = dict.fromkeys(CHAOTIC, np.stack([one, 0.8 * one + 0.6 * other]))
        for layer in range(40):  # 25 are 5 depth scales and more
            weight = generator.standard_normal((width, width), dtype=np.float32)
            bias = BIAS_STD * generator.standard_normal(width)
            for name, weight_std in CHAOTIC.items():
                activations = TABLE[name].value(layers[name]).astype(np.float32)
                x = activations @ weight.T * (weight_std / math.sqrt(width)) + bias
                layers[name] = x
                if layer >= 25:
                    variance = (x**2).mean()
                    found[name].append((variance, (x[0] * x[1]).mean() / variance))
    return {name: np.mean(values, 0) for name, values in found.items()}


@pytest.mark.parametrize("name", CHAOTIC)
def test_wide_random_networks_go_to_the_fixed_points(name):
    found = mean_field(name, CHAOTIC[name], BIAS_STD)
    assert found.phase == "chaotic"
    variance, correlation = wide_random_networks()[name]
    assert variance == pytest.approx(found.q_star, rel=0.02)
    assert correlation == pytest.approx(found.c_star, abs=0.04)


def test_depth_scales_are_the_slopes_of_the_maps():
    found = mean_field("tanh", 1.5, 0.1)
    square, q = 1.5**2, found.q_star

    def variance(q):
        return square * (W @ np.tanh(math.sqrt(q) * Z) ** 2) + 0.01

    u, v = np.meshgrid(Z, Z)

    def correlation(c):
        other = math.sqrt(q) * (c * u + math.sqrt(1 - c * c) * v)
        both = np.tanh(math.sqrt(q) * u) * np.tanh(other)
        return (square * (W @ both @ W) + 0.01) / q

    step = 1e-4
    slope = (variance(q + step) - variance(q - step)) / (2 * step)
    assert found.depth_scale_q == pytest.approx(-1 / math.log(slope), rel=1e-5)
    c = found.c_star
    assert correlation(c) == pytest.approx(c, abs=1e-8)
    slope = (correlation(c + step) - correlation(c - step)) / (2 * step)
    assert found.depth_scale_c == pytest.approx(-1 / math.log(slope), rel=1e-5)
    assert found.trainable_depth == 6 * found.depth_scale_c


def test_functions_that_jump_are_refused():
    with pytest.raises(ArgumentError, match="continuous"):
        mean_field(np.sign, 1.0, 0.1)
    with pytest.raises(ArgumentError, match=r"The function jumps at 0\.3"):
        mean_field(lambda z: np.tanh(z) + 0.1 * (z > 0.3), 1.0, 0.1)


@pytest.mark.parametrize(("arguments", "words"), [
    ({"weight_std": 0}, "weight_std"),
    ({"weight_std": 1, "bias_std": -1}, "bias_std"),
    ({"weight_std": math.nan}, "weight_std"),
])  # fmt: skip
def test_stds_are_checked(arguments, words):
    with pytest.raises(ArgumentError, match=words):
        mean_field("tanh", **arguments)


def test_record_is_json_without_infinities():
    record = edge_of_chaos("tanh", bias_std=0.1).to_record()
    assert record["depth_scale_c"] is None
    assert record["phase"] == "critical"
    assert record["weight_std"] > 1
