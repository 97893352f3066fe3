"""Name of a nonlinearity -> everything the package knows of it, one row each.

A new nonlinearity is one more row of :data:`TABLE`: the engines, the options, the messages and the
contract tests read it there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
LEAKY_SLOPE = 0.01  # torch's and Keras's usual slope of leaky_relu
SELU_SCALE = 1.0507009873554805  # Klambauer et al. 2017, arXiv:1706.02515, eq. 14: with these two,
SELU_DEPTH = 1.7580993408473766  # scale * alpha, activations of mean 0 and variance 1 keep both


@dataclass(frozen=True)
class Nonlinearity:
    """An elementwise function and its derivative, in every form that an engine needs.

    Attributes:
        value: preactivation z -> activation a, same shape and dtype.
        derivative: (z, a) -> f'(z); a = f(z) saves work where the derivative is known from it.
        compiled: bodies of ``value(z)`` and ``slope(z, a)`` for a compiled kernel, on float64
            scalars, by the functions of engines/compiled/templates/arithmetic.py; a slope that
            names no z is cheaper.
        torch: its class in torch.nn and its function in torch or torch.nn.functional, "" for none.
        settings: of an instance of that class, which compute this function; others do not.
        largest_slope: maximum of f', where the function is bounded and so can saturate; else None.
        flat: whether f' is exactly 0 over a whole interval, so that a unit can be dead.
        odd: whether f(-z) = -f(z), so that a unit and its negative do the same work.
    """

    value: Callable[[Array], Array]
    derivative: Callable[[Array, Array], Array]
    compiled: tuple[str, str]
    torch: tuple[str, str] = ("", "")
    settings: Mapping[str, Any] = field(default_factory=dict)
    largest_slope: float | None = None
    flat: bool = False
    odd: bool = False

    @property
    def slope_reads_z(self) -> bool:
        """Whether the derivative needs z; the others follow from a alone."""
        return "z" in self.compiled[1]


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)): exactly 0.5 at 0, exactly 1 above 36.8, 0 where exp overflows."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-z)))


def _finite(z: Array) -> Array:
    """Infinities become the largest number, as 0 times infinity has no value; NaN stays."""
    largest = np.finfo(z.dtype).max
    return np.clip(z, -largest, largest)


_ABOVE_MINUS_INFINITY = (  # the same as text, for what is multiplied
    "c = z if z > -1.7976931348623157e308 else -1.7976931348623157e308\n"
)
_FINITE = (
    _ABOVE_MINUS_INFINITY + "c = c if c < 1.7976931348623157e308 else 1.7976931348623157e308\n"
)


def _gelu(z: Array) -> Array:
    return np.asarray(np.maximum(z, np.finfo(z.dtype).min) * _normal_cdf(z), dtype=z.dtype)


def _gelu_derivative(z: Array, a: Array) -> Array:
    density = np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    return np.asarray(_normal_cdf(z) + _finite(z) * density, dtype=z.dtype)


def _normal_cdf(z: Array) -> Array:
    from scipy.special import ndtr

    return np.asarray(ndtr(z))


def _silu(z: Array) -> Array:
    return np.maximum(z, np.finfo(z.dtype).min) * sigmoid(z)


def _silu_derivative(z: Array, a: Array) -> Array:
    s = sigmoid(z)
    return np.asarray(s * (1 + _finite(z) * (1 - s)))


def _elu(z: Array) -> Array:
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def _erf(z: Array) -> Array:
    from scipy.special import erf

    return np.asarray(erf(z))


def _softsign(z: Array) -> Array:
    c = _finite(z)
    return np.asarray(c / (1 + np.abs(c)))


def _mish(z: Array) -> Array:
    """Return z tanh(log(1 + exp(z))), without logarithm: tanh is a ratio of powers of exp(z)."""
    above, below, _ = _mish_ratio(z)
    return np.asarray(np.maximum(z, np.finfo(z.dtype).min) * (above / below))


def _mish_derivative(z: Array, a: Array) -> Array:
    above, below, w = _mish_ratio(z)
    rest = 4 * np.where(z > 0, w * w, w) * (1 + w) / (below * below)  # (1 - tanh²) sigmoid(z)
    return np.asarray(above / below + _finite(z) * rest)


def _mish_ratio(z: Array) -> tuple[Array, Array, Array]:
    w = np.exp(-np.abs(z))
    above = np.where(z > 0, 1 + 2 * w, w * (w + 2))
    return above, above + np.where(z > 0, 2 * w * w, 2), w


_MISH_RATIO = (
    "w = exponential(-abs(z))\n"
    "above = 1.0 + 2.0 * w if z > 0.0 else w * (w + 2.0)\n"
    "below = above + (2.0 * w * w if z > 0.0 else 2.0)\n"
)

_ELU = Nonlinearity(
    _elu,
    lambda z, a: np.where(z > 0, z.dtype.type(1), a + 1),
    (
        "low = exponential_minus_one(z if z < 0.0 else 0.0)\n"
        "return z if z > 0.0 else (low if z == z else z)",
        "return 1.0 if a > 0.0 else a + 1.0",
    ),
    ("ELU", "elu"),
    settings={"alpha": 1},
)

TABLE = {
    "relu": Nonlinearity(  # its slope at 0 is 0, as in the documents and in torch
        lambda z: np.maximum(z, 0),
        lambda z, a: (z > 0).astype(z.dtype),
        ("return 0.0 if z <= 0.0 else z", "return 1.0 if a > 0.0 else 0.0"),  # NaN stays NaN
        ("ReLU", "relu"),
        flat=True,
    ),
    "leaky_relu": Nonlinearity(
        lambda z: np.where(z > 0, z, z.dtype.type(LEAKY_SLOPE) * z),
        lambda z, a: np.where(z > 0, z.dtype.type(1), z.dtype.type(LEAKY_SLOPE)),
        ("return z if z > 0.0 else 0.01 * z", "return 1.0 if a > 0.0 else 0.01"),
        ("LeakyReLU", "leaky_relu"),
        settings={"negative_slope": LEAKY_SLOPE},
    ),
    "tanh": Nonlinearity(
        np.tanh,
        lambda z, a: 1 - a * a,
        (
            "u = exponential_minus_one(2.0 * abs(z))\n"
            "t = u / (u + 2.0)\n"
            "return t if z > 0.0 else -t",
            "return 1.0 - a * a",
        ),
        ("Tanh", "tanh"),
        largest_slope=1.0,
        odd=True,
    ),
    "sigmoid": Nonlinearity(
        sigmoid,
        lambda z, a: a * (1 - a),
        ("return sigmoid(z)", "return a * (1.0 - a)"),
        ("Sigmoid", "sigmoid"),
        largest_slope=0.25,
    ),
    "elu": _ELU,
    "gelu": Nonlinearity(
        _gelu,
        _gelu_derivative,
        (
            f"{_ABOVE_MINUS_INFINITY}return c * normal_cdf(z)",
            f"{_FINITE}return normal_cdf(z) + "
            "c * exponential(-0.5 * z * z) * 0.3989422804014327  # 1/sqrt(2 pi)",
        ),
        ("GELU", "gelu"),
        settings={"approximate": "none"},
    ),
    "silu": Nonlinearity(
        _silu,
        _silu_derivative,
        (
            f"{_ABOVE_MINUS_INFINITY}return c * sigmoid(z)",
            f"{_FINITE}s = sigmoid(z)\nreturn s * (1.0 + c * (1.0 - s))",
        ),
        ("SiLU", "silu"),
    ),
    "softplus": Nonlinearity(  # not torch's, which is z itself above 20
        lambda z: np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))),
        lambda z, a: sigmoid(z),
        (
            "return (z if z > 0.0 else 0.0) + logarithm_one_plus(exponential(-abs(z)))",
            "return sigmoid(z)",
        ),
    ),
    "sin": Nonlinearity(
        np.sin,
        lambda z, a: np.cos(z),
        ("return math.sin(z)", "return math.cos(z)"),
        ("", "sin"),
        odd=True,
    ),
    "selu": Nonlinearity(
        lambda z: np.where(z > 0, SELU_SCALE * z, SELU_DEPTH * np.expm1(np.minimum(z, 0))),
        lambda z, a: np.where(a > 0, z.dtype.type(SELU_SCALE), a + SELU_DEPTH),
        (
            f"low = {SELU_DEPTH} * exponential_minus_one(z if z < 0.0 else 0.0)\n"
            f"return {SELU_SCALE} * z if z > 0.0 else (low if z == z else z)",
            f"return {SELU_SCALE} if a > 0.0 else a + {SELU_DEPTH}",
        ),
        ("SELU", "selu"),
    ),
    "celu": replace(_ELU, torch=("CELU", "celu")),  # they differ where alpha is not 1
    "mish": Nonlinearity(  # Misra 2019, arXiv:1908.08681
        _mish,
        _mish_derivative,
        (
            f"{_ABOVE_MINUS_INFINITY}{_MISH_RATIO}return c * (above / below)",
            f"{_FINITE}{_MISH_RATIO}"
            "rest = 4.0 * (w * w if z > 0.0 else w) * (1.0 + w) / (below * below)\n"
            "return above / below + c * rest",
        ),
        ("Mish", "mish"),
    ),
    "softsign": Nonlinearity(
        _softsign,
        lambda z, a: np.square(1 / (1 + np.abs(z))),
        (
            "u = 1.0 + abs(z)\nreturn z / u if u != np.inf else (1.0 if z > 0.0 else -1.0)",
            "u = 1.0 / (1.0 + abs(z))\nreturn u * u",
        ),
        ("Softsign", "softsign"),
        largest_slope=1.0,
        odd=True,
    ),
    "erf": Nonlinearity(
        _erf,
        lambda z, a: np.asarray(2 / math.sqrt(math.pi) * np.exp(-z * z)),
        ("return math.erf(z)", "return 1.1283791670955126 * exponential(-z * z)  # 2/sqrt(pi)"),
        ("", "erf"),
        largest_slope=2 / math.sqrt(math.pi),
        odd=True,
    ),
    "relu6": Nonlinearity(
        lambda z: np.clip(z, 0, 6),
        lambda z, a: ((a > 0) & (a < 6)).astype(z.dtype),
        (
            "return 0.0 if z <= 0.0 else (6.0 if z > 6.0 else z)",
            "return 0.0 if a <= 0.0 else (1.0 if a < 6.0 else 0.0)",
        ),
        ("ReLU6", "relu6"),
        largest_slope=1.0,
        flat=True,
    ),
    "hardtanh": Nonlinearity(
        lambda z: np.clip(z, -1, 1),
        lambda z, a: (np.abs(a) < 1).astype(z.dtype),
        (
            "return -1.0 if z < -1.0 else (1.0 if z > 1.0 else z)",
            "return 1.0 if abs(a) < 1.0 else 0.0",
        ),
        ("Hardtanh", "hardtanh"),
        settings={"min_val": -1, "max_val": 1},
        largest_slope=1.0,
        flat=True,
        odd=True,
    ),
    "hardsigmoid": Nonlinearity(
        lambda z: np.clip(z + 3, 0, 6) / 6,
        lambda z, a: ((a > 0) & (a < 1)).astype(z.dtype) / 6,
        (
            "s = z + 3.0\nreturn (0.0 if s <= 0.0 else (6.0 if s > 6.0 else s)) / 6.0",
            "return 0.0 if a <= 0.0 else (1.0 / 6.0 if a < 1.0 else 0.0)",
        ),
        ("Hardsigmoid", "hardsigmoid"),
        largest_slope=1 / 6,
        flat=True,
    ),
    "hardswish": Nonlinearity(  # Howard et al. 2019, arXiv:1905.02244
        lambda z: np.maximum(z, -3) * (np.clip(z + 3, 0, 6) / 6),
        lambda z, a: np.where(z <= -3, 0, np.where(z < 3, z / 3 + z.dtype.type(0.5), 1)),
        (
            "return 0.0 if z <= -3.0 else (z if z >= 3.0 else z * (z + 3.0) / 6.0)",
            "return 0.0 if z <= -3.0 else (1.0 if z >= 3.0 else z / 3.0 + 0.5)",
        ),
        ("Hardswish", "hardswish"),
        flat=True,
    ),
    "linear": Nonlinearity(
        lambda z: z, lambda z, a: np.ones_like(z), ("return z", "return 1.0"), odd=True
    ),
}


def nonlinearity(name: str) -> Nonlinearity:
    """Return the row of one of :data:`initlab.networks.dense.NONLINEARITIES`."""
    return TABLE[name]
