"""gain() against closed forms, and what it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate
from scipy.stats import norm

import initlab
from initlab import gain
from initlab.errors import ArgumentError
from initlab.nonlinearities.table import TABLE

PI = math.pi
KNEE = 0.7310585  # a kink at no round number
HARDTANH = 1 - 2 * norm.sf(1)  # P(|z| < 1)

CLOSED = [  # function, direction, sigma, gain
    ("relu", "forward", 1.0, math.sqrt(2)),
    ("relu", "backward", 1.0, math.sqrt(2)),
    ("relu", "std", 1.0, 1 / math.sqrt(1 / 2 - 1 / (2 * PI))),
    ("relu", "forward", 7.3, math.sqrt(2)),
    ("leaky_relu", "forward", 1.0, math.sqrt(2 / (1 + 0.01**2))),
    ("leaky_relu", "backward", 0.2, math.sqrt(2 / (1 + 0.01**2))),
    ("linear", "forward", 3.0, 1.0),
    ("linear", "backward", 3.0, 1.0),
    ("linear", "std", 3.0, 1.0),
    ("erf", "forward", 1.0, (2 / PI * math.asin(2 / 3)) ** -0.5),
    ("erf", "forward", 2.0, 2 * (2 / PI * math.asin(8 / 9)) ** -0.5),
    ("erf", "backward", 1.5, (4 / PI / math.sqrt(1 + 4 * 1.5**2)) ** -0.5),
    ("sin", "forward", 1.0, ((1 - math.exp(-2)) / 2) ** -0.5),
    ("sin", "backward", 1.0, ((1 + math.exp(-2)) / 2) ** -0.5),
    ("sin", "forward", 30.0, 30 * math.sqrt(2)),
    ("hardtanh", "backward", 1.0, HARDTANH**-0.5),
    ("hardtanh", "forward", 1.0, (HARDTANH - 2 * norm.pdf(1) + 2 * norm.sf(1)) ** -0.5),
    ("softplus", "backward", 1.0, gain("sigmoid")),  # its slope is the sigmoid
    (np.abs, "forward", 1.0, 1.0),
    (np.abs, "std", 1.0, (1 - 2 / PI) ** -0.5),
    (np.abs, "backward", 1.0, 1.0),
    (np.exp, "forward", 1.0, math.exp(-1)),
    (np.exp, "std", 1.0, (math.e * (math.e - 1)) ** -0.5),
    (lambda z: np.maximum(z - KNEE, 0), "backward", 1.0, norm.sf(KNEE) ** -0.5),
    (lambda z: np.where(np.abs(z) > KNEE, z, 0), "backward", 1.0, (2 * norm.sf(KNEE)) ** -0.5),
    (lambda z: np.where(z > KNEE, 1.0, -1.0), "std", 1.0,
     (4 * norm.sf(KNEE) * norm.cdf(KNEE)) ** -0.5),
    (lambda z: np.sin(30 * z), "backward", 1.0, (450 * (1 + math.exp(-1800))) ** -0.5),
    (lambda z: np.sqrt(np.abs(z)), "forward", 1.0, (2 / PI) ** -0.25),
    (lambda z: 1000 + z, "std", 1.0, 1.0),
    (lambda z: z**3, "forward", 1.0, 15**-0.5),
    (lambda z: z**3, "backward", 2.0, (9 * 3 * 2**4) ** -0.5),
]  # fmt: skip


@pytest.mark.parametrize(("function", "direction", "sigma", "exact"), CLOSED)
def test_gain_is_the_closed_form(function, direction, sigma, exact):
    assert gain(function, direction, sigma) == pytest.approx(exact, abs=1e-9, rel=1e-9)


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("sigma", [0.3, 1.0, 4.0])
def test_gain_of_every_row_is_what_scipys_adaptive_quadrature_gives(name, sigma):
    value, slope = TABLE[name].value, TABLE[name].derivative

    def expectation(g):
        parts = [  # cut where any row has a kink
            integrate.quad(lambda x: g(x) * norm.pdf(x, scale=sigma), a, b, epsabs=1e-13, limit=200)
            for a, b in zip(
                (-40 * sigma, -6, -3, -1, 0, 1, 3, 6),
                (-6, -3, -1, 0, 1, 3, 6, 40 * sigma), strict=True,
            ) if a < b
        ]  # fmt: skip
        return sum(part[0] for part in parts)

    def f(x):
        return float(value(np.array([x]))[0])

    def f_prime(x):
        z = np.array([x])
        return float(slope(z, value(z))[0])

    forward = sigma / math.sqrt(expectation(lambda x: f(x) ** 2))
    backward = 1 / math.sqrt(expectation(lambda x: f_prime(x) ** 2))
    assert gain(name, sigma=sigma) == pytest.approx(forward, abs=1e-8, rel=1e-8)
    assert gain(name, "backward", sigma) == pytest.approx(backward, abs=1e-8, rel=1e-8)


@pytest.mark.parametrize("name", TABLE)
def test_slopes_taken_from_values_alone_are_those_of_the_derivative(name):
    unnamed = lambda z: TABLE[name].value(z)  # noqa: E731
    assert gain(unnamed, "backward", 1.7) == pytest.approx(gain(name, "backward", 1.7), abs=1e-9)


@pytest.mark.parametrize("place", np.linspace(0.01, 5.99, 60))
def test_a_kink_is_found_wherever_it_is(place):
    found = gain(lambda z: np.maximum(z - place, 0), "backward")
    assert found == pytest.approx(norm.sf(place) ** -0.5, rel=1e-8)


def test_forward_gain_keeps_the_std_of_preactivations():
    generator = np.random.default_rng(0)
    x = generator.standard_normal((2000, 400))
    for _ in range(5):
        weight = generator.standard_normal((400, 400)) * gain("tanh") / 20
        x = np.tanh(x) @ weight.T
    assert x.std() == pytest.approx(1, rel=0.03)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("rleu", "Did you mean 'relu'"),
        (3, "the name of a nonlinearity"),
        (np.ndarray, "the name of a nonlinearity"),
        (math.tanh, "takes an array"),
        (lambda z: z - z.mean(), "elementwise"),
        (lambda z: z[:2], "elementwise"),
        (lambda z: np.random.default_rng().random(z.shape), "without randomness"),
        (lambda z: np.where(z < 0, np.nan, z), "finite at finite inputs"),
        (lambda z: np.exp(z * z / 2), "finite"),
        (lambda z: 1 / z, "The function is inf at 0."),
        (lambda z: np.abs(z) ** -0.25, "The function is inf at 0."),
        (lambda z: np.exp(z * z / 4), "is finite, where z ~ N(0, 1)"),
        (lambda z: z * 0, "other than 0"),
        (lambda z: np.tanh(z.astype(np.float32)), "piecewise smooth"),
    ],
)
def test_what_has_no_gain_is_one_sentence(function, words):
    with pytest.raises(ArgumentError, match="nonlinearity") as refused:
        gain(function, "forward" if "slope" not in words else "backward")
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_gap_at_0_that_its_limit_fills_is_no_pole():
    assert gain(lambda z: np.sin(z) / z) == pytest.approx(gain(lambda z: np.sinc(z / np.pi)))


def test_constants_have_no_gain_in_the_direction_that_needs_change():
    def constant(z):
        return 0 * z + 3

    assert gain(constant) == pytest.approx(1 / 3)
    for direction, words in [("std", "values that vary"), ("backward", "a slope")]:
        with pytest.raises(ArgumentError, match=words):
            gain(constant, direction)
    with pytest.raises(ArgumentError, match="a slope"):
        gain(np.sign, "backward")


def test_slope_that_grows_without_bound_is_refused():
    with pytest.raises(ArgumentError, match="E f'"):
        gain(lambda z: np.sqrt(np.abs(z)), "backward")


@pytest.mark.parametrize("sigma", [0, -1, math.inf, "1", None])
def test_sigma_is_checked(sigma):
    with pytest.raises(ArgumentError, match="sigma"):
        gain("relu", sigma=sigma)


def test_direction_is_checked():
    with pytest.raises(ArgumentError, match="direction must be one of forward, backward, std"):
        gain("relu", "sideways")


def test_torch_modules_and_functions_have_gains():
    torch = pytest.importorskip("torch")
    nn = torch.nn
    assert gain(nn.LeakyReLU(0.2)) == pytest.approx(math.sqrt(2 / 1.04), abs=1e-9)
    assert gain(nn.PReLU()) == pytest.approx(math.sqrt(2 / (1 + 0.25**2)), abs=1e-9)
    assert gain(torch.tanh, "backward") == pytest.approx(gain("tanh", "backward"), abs=1e-9)
    assert gain(nn.functional.hardswish) == pytest.approx(gain("hardswish"), abs=1e-9)
    assert gain(nn.ReLU(inplace=True)) == pytest.approx(math.sqrt(2), abs=1e-9)
    for linear in ("linear", "relu", "leaky_relu"):
        assert initlab.gain(linear) == pytest.approx(nn.init.calculate_gain(linear), abs=1e-9)
    for module, words in [
        (nn.Softmax(-1), "elementwise"),
        (nn.GLU(), "elementwise"),
        (nn.Dropout(0.5), "without randomness"),
        (nn.PReLU(3), "takes an array"),
    ]:
        with pytest.raises(ArgumentError, match=words):
            gain(module)


def test_a_module_is_left_as_it_was():
    torch = pytest.importorskip("torch")
    module = torch.nn.PReLU()
    gain(module)
    assert module.weight.dtype == torch.float32
    assert module.weight.requires_grad


def test_a_module_without_numbers_is_one_sentence():
    torch = pytest.importorskip("torch")
    with pytest.raises(ArgumentError, match=r"array of numbers; .* The function raised NotImpl"):
        gain(torch.nn.PReLU(device="meta"))
