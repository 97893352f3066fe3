"""Every method's distribution against its paper's formula, without sampling, to 1e-12."""

from __future__ import annotations

from math import sqrt

import pytest

from initlab.initializers import Fan, parse
from initlab.initializers.registry import entries

from ..cases import check_each

FANS = [
    Fan(784, 256),
    Fan(1, 1),
    Fan(512, 1),
    Fan(1, 512),
    Fan(2, 10),
    Fan(10, 5),
    Fan(255, 256),
    Fan(256, 255),
    Fan(144, 288, 9),  # Conv2d(16, 32, 3)
    Fan(144, 36, 9),  # ConvTranspose2d(16, 4, 3)
    Fan(36, 72, 9),  # the same grouped by 4
    Fan(9, 9, 9),  # depthwise
    Fan(80, 160, 5),  # Conv1d
    Fan(1000, 64),  # embedding
    Fan(100_000, 3),
]
CUT_AT_2 = 0.87962566103423978  # std of N(0, 1) within ±2, as TensorFlow and JAX print it

# text of the start -> (kind of distribution, mean, std) from n = fan_in, m = fan_out
FORMULAS = {
    "zeros": lambda n, m: ("Constant", 0, 0),
    "ones": lambda n, m: ("Constant", 1, 0),
    "constant(value=-0.3)": lambda n, m: ("Constant", -0.3, 0),
    "normal": lambda n, m: ("Normal", 0, 1),
    "normal(std=10)": lambda n, m: ("Normal", 0, 10),
    "normal(std=0.5, mean=-2)": lambda n, m: ("Normal", -2, 0.5),
    "uniform": lambda n, m: ("Uniform", 0.5, sqrt(1 / 12)),
    "uniform(low=-3, high=5)": lambda n, m: ("Uniform", 1, sqrt(64 / 12)),
    "truncated_normal": lambda n, m: ("TruncatedNormal", 0, 1),
    "truncated_normal(std=0.02, mean=3, cut=1.5)": lambda n, m: ("TruncatedNormal", 3, 0.02),
    "truncated_normal_uncorrected": lambda n, m: ("TruncatedNormal", 0, CUT_AT_2),
    "truncated_normal_uncorrected(std=0.02)": lambda n, m: ("TruncatedNormal", 0, 0.02 * CUT_AT_2),
    "general_rule_uniform": lambda n, m: ("Uniform", 0, sqrt(1 / (3 * n))),
    "general_rule_normal": lambda n, m: ("Normal", 0, 1 / sqrt(n)),
    "lecun_normal": lambda n, m: ("Normal", 0, 1 / sqrt(n)),
    "lecun_uniform": lambda n, m: ("Uniform", 0, 1 / sqrt(n)),
    "lecun_truncated_normal": lambda n, m: ("TruncatedNormal", 0, 1 / sqrt(n)),
    "glorot_normal": lambda n, m: ("Normal", 0, sqrt(2 / (n + m))),
    "glorot_uniform": lambda n, m: ("Uniform", 0, sqrt(2 / (n + m))),
    "glorot_truncated_normal": lambda n, m: ("TruncatedNormal", 0, sqrt(2 / (n + m))),
    "glorot_normal(gain=3)": lambda n, m: ("Normal", 0, 3 * sqrt(2 / (n + m))),
    "glorot_uniform(gain=3)": lambda n, m: ("Uniform", 0, 3 * sqrt(2 / (n + m))),
    "glorot_truncated_normal(gain=3)": lambda n, m: (
        "TruncatedNormal",
        0,
        3 * sqrt(2 / (n + m)),
    ),
    "variance_scaling": lambda n, m: ("Normal", 0, sqrt(1 / n)),
    "variance_scaling(scale=5, mode=fan_out, distribution=uniform)": lambda n, m: (
        "Uniform",
        0,
        sqrt(5 / m),
    ),
    "variance_scaling(scale=5, mode=fan_avg, distribution=truncated_normal)": lambda n, m: (
        "TruncatedNormal",
        0,
        sqrt(10 / (n + m)),
    ),
    "torch_default": lambda n, m: ("Uniform", 0, sqrt(1 / (3 * n))),
}
for shape, kind in [
    ("normal", "Normal"),
    ("uniform", "Uniform"),
    ("truncated_normal", "TruncatedNormal"),
]:
    FORMULAS |= {
        f"he_{shape}": lambda n, m, kind=kind: (kind, 0, sqrt(2 / n)),
        f"he_{shape}(mode=fan_out)": lambda n, m, kind=kind: (kind, 0, sqrt(2 / m)),
        f"he_{shape}(mode=fan_avg)": lambda n, m, kind=kind: (kind, 0, sqrt(4 / (n + m))),
        f"he_{shape}(negative_slope=0.01)": lambda n, m, kind=kind: (
            kind,
            0,
            sqrt(2 / (1.0001 * n)),
        ),
        f"he_{shape}(mode=fan_out, negative_slope=-2)": lambda n, m, kind=kind: (
            kind,
            0,
            sqrt(2 / (5 * m)),
        ),
    }


@pytest.mark.parametrize("text", FORMULAS)
def test_distribution_is_the_papers_formula(text):
    def check(fan):
        distribution = parse(text).distribution(fan)
        kind, mean, std = FORMULAS[text](fan.fan_in, fan.fan_out)
        assert type(distribution).__name__ == kind
        assert distribution.mean == pytest.approx(mean, rel=1e-12, abs=1e-300)
        assert distribution.std == pytest.approx(std, rel=1e-12, abs=0)

    check_each(check, {str(fan): fan for fan in FANS})


@pytest.mark.parametrize("fan", FANS, ids=str)
def test_uniform_bounds_are_the_papers(fan):
    n, m = fan.fan_in, fan.fan_out
    bounds = {
        "glorot_uniform": sqrt(6 / (n + m)),
        "he_uniform": sqrt(6 / n),
        "lecun_uniform": sqrt(3 / n),
        "general_rule_uniform": 1 / sqrt(n),
        "torch_default": 1 / sqrt(n),
    }
    for name, bound in bounds.items():
        distribution = parse(name).distribution(fan)
        assert (distribution.low, distribution.high) == pytest.approx(
            (-bound, bound), rel=1e-12, abs=0
        )


@pytest.mark.parametrize("name", ["he", "glorot", "lecun"])
def test_truncated_distributions_are_widened_before_the_cut_at_two(name):
    fan = Fan(100, 50)
    plain = parse(f"{name}_normal").distribution(fan)
    cut = parse(f"{name}_truncated_normal").distribution(fan)
    assert cut.cut == 2
    assert cut.parent_std == pytest.approx(plain.std / CUT_AT_2, rel=1e-12)


@pytest.mark.parametrize("fan", FANS, ids=str)
def test_matrix_distributions_know_the_std_of_an_entry(fan):
    out, n = fan.fan_out // fan.receptive, fan.fan_in
    assert parse("orthogonal(gain=3)").distribution(fan).std == pytest.approx(
        3 / sqrt(max(out, n)), rel=1e-12
    )
    zeros = -(-out // 2)  # half of the column, rounded up
    distribution = parse("sparse(sparsity=0.5, std=0.1)").distribution(fan)
    assert distribution.zeros_per_column == zeros
    assert distribution.std == pytest.approx(0.1 * sqrt((out - zeros) / out), rel=1e-12, abs=1e-300)
    if fan.receptive == 1:
        share = min(out, n) / (out * n)
        distribution = parse("identity(gain=2)").distribution(fan)
        assert distribution.mean == pytest.approx(2 * share, rel=1e-12)
        assert distribution.std == pytest.approx(
            2 * sqrt(share * (1 - share)), rel=1e-12, abs=1e-300
        )


def test_std_of_he_has_the_bits_of_the_courses_formula():
    for n in range(1, 2000):
        assert parse("he_normal").distribution(Fan(n, 7)).std == sqrt(2.0 / n)
        assert parse("lecun_normal").distribution(Fan(n, 7)).std == sqrt(1.0 / n)


def test_methods_that_bring_biases():
    fan = Fan(16, 4)
    brought = [e.name for e in entries() if e.bias is not None and "initlab." in e.origin]
    assert brought == ["data_normalized", "edge_of_chaos", "nguyen_widrow", "torch_default"]
    distribution = parse("torch_default").bias_distribution(fan)
    assert (distribution.low, distribution.high) == (-0.25, 0.25)
    length = 0.7 * 4 ** (1 / 16)
    distribution = parse("nguyen_widrow").bias_distribution(fan)
    assert (distribution.low, distribution.high) == pytest.approx((-length, length), rel=1e-12)
    critical = "edge_of_chaos(nonlinearity=tanh"
    assert parse(f"{critical}, bias_std=0.3)").bias_distribution(fan).std == 0.3
    assert parse(f"{critical})").bias_distribution(fan).std == 0
    assert parse("he_normal").bias_distribution(fan) is None
