"""(nonlinearity, stds of weights and biases) -> what a wide, deep, random network of them does.

The preactivations of a wide layer are normal with variance q, and those of two inputs have
correlation c; q and c go from layer to layer by maps of one dimension:

    q' = weight_std**2 E f(sqrt(q) z)**2 + bias_std**2
    c' = (weight_std**2 E f(u1) f(u2) + bias_std**2) / q, at the fixed point of q

Poole et al. (2016), arXiv:1606.05340; Schoenholz et al. (2017), arXiv:1611.01232.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from initlab.errors import invalid_argument
from initlab.nonlinearities.correlation import Correlated
from initlab.nonlinearities.elementwise import Elementwise, elementwise
from initlab.nonlinearities.quadrature import Moments, infinite, moments
from initlab.numbers import shown
from initlab.validation import finite_number

LARGEST_STD = 1e3
VANISHING = 1e-12  # a variance that stands for 0
GRID = np.geomspace(VANISHING, 1e8, 121)  # variances among which a fixed point is looked for
START = 1.0  # the variance that networks begin with
LOW = 0.1  # a variance that falls to 0 where that is stable
EQUAL = 1e-9  # relative; what rounding leaves of an equality
SMALL = 1e-5  # relative; what is left of a limit at VANISHING
UNSTABLE = (
    "q* is not stable: variances near q* move away from q*, layer by layer. The figures above hold "
    "only while the variance is q*."
)
PHASES = {
    "ordered": "ordered, gradients vanish with depth",
    "critical": "critical, gradients keep their size",
    "chaotic": "chaotic, gradients explode with depth",
}
DEPTHS = 6  # depth scales to which Schoenholz et al. found networks trainable


@dataclass(frozen=True)
class MeanField:
    """A plain network of one nonlinearity, in the limit of wide layers.

    Attributes:
        nonlinearity: its name.
        weight_std: std of a weight times sqrt(fan_in).
        bias_std: std of a bias.
        q_star: variance of the preactivations in deep layers; None where each layer keeps any.
        c_star: correlation of two inputs in deep layers.
        chi_1: how the squared difference of two close inputs, and the squared gradient, grows
            per layer: below 1 ordered (gradients vanish), above 1 chaotic (they explode).
        depth_scale_q: layers in which a deviation of the variance falls to 1/e; inf where it
            does not fall exponentially.
        depth_scale_c: the same of the correlation: how deep a difference of inputs is seen.
        note: what a reader should know; "" for nothing.
    """

    nonlinearity: str
    weight_std: float
    bias_std: float
    q_star: float | None
    c_star: float
    chi_1: float
    depth_scale_q: float
    depth_scale_c: float
    note: str = ""

    @property
    def phase(self) -> str:
        """Ordered, critical or chaotic."""
        if abs(self.chi_1 - 1) <= 1e-6:
            return "critical"
        return "ordered" if self.chi_1 < 1 else "chaotic"

    @property
    def trainable_depth(self) -> float:
        """Number of layers that can be trained, an estimate: 6 ``depth_scale_c``.

        An estimate, from the experiments of Schoenholz et al. (2017) with tanh networks on
        MNIST; without residual branches, normalization or dropout. At the edge of chaos inf.
        """
        return DEPTHS * self.depth_scale_c

    def to_record(self) -> dict[str, Any]:
        """Return the figures as JSON types; infinite ones are null."""
        facts = {**vars(self), "phase": self.phase, "trainable_depth": self.trainable_depth}
        return {key: None if value == math.inf else value for key, value in facts.items()}

    def __str__(self) -> str:
        q = "q*, the same as in the first layer"
        if self.q_star is not None:
            q = f"q* = {shown(self.q_star, '.6g')}"
        c, chi_1 = shown(self.c_star, ".6g"), shown(self.chi_1, ".6g")
        scale_q, scale_c = shown(self.depth_scale_q, ".4g"), shown(self.depth_scale_c, ".4g")
        count = shown(self.trainable_depth)
        depth = f"about {count} layer{'s' * (count != '1')}"
        if self.trainable_depth == math.inf:
            depth = "no limit in theory"
        lines = [
            f"{self.nonlinearity}, weights of std {shown(self.weight_std, '.6g')} / sqrt(fan_in), "
            f"biases of std {shown(self.bias_std, '.6g')}",
            f"phase: {PHASES[self.phase]}",
            f"variance of preactivations in deep layers: {q}",
            f"correlation of preactivations for two inputs, in deep layers: c* = {c}",
            f"factor by which the squared gradient changes per layer: chi_1 = {chi_1}",
            f"layers until a deviation from q* falls to 1/e of its size: {scale_q}",
            f"layers until a deviation from c* falls to 1/e of its size: {scale_c}",
            f"trainable depth: {depth}",
        ]
        return "\n".join([*lines, self.note] if self.note else lines)


def mean_field(nonlinearity: Any, weight_std: float, bias_std: float = 0.0) -> MeanField:
    r"""Return what a deep plain network does to its inputs, from the stds of its parameters.

    Args:
        nonlinearity: name, function on arrays, or PyTorch module or function; continuous.
        weight_std: std of a weight times :math:`\sqrt{\text{fan\_in}}`, > 0.
        bias_std: std of a bias, >= 0.

    Returns:
        The fixed points that inputs of variance 1 go to, and how fast.

    Raises:
        ArgumentError: an argument is refused, the function jumps, or the variance grows from
            layer to layer without a fixed point.

    Example:
        >>> found = mean_field("tanh", weight_std=1.5, bias_std=0.1)
        >>> found.phase, round(found.q_star, 4), round(found.c_star, 4)
        ('chaotic', 0.8133, 0.1801)

    Source: Poole, Lahiri, Raghu, Sohl-Dickstein, Ganguli (2016), arXiv:1606.05340; Schoenholz,
    Gilmer, Ganguli, Sohl-Dickstein (2017), arXiv:1611.01232.
    """
    where = "mean_field"
    function = elementwise(nonlinearity, where=where)
    std = finite_number("weight_std", weight_std, above=0, maximum=LARGEST_STD, where=where)
    bias = _bias_std(bias_std, where)

    def excess(q: float) -> float:
        return std**2 * moments(function, math.sqrt(q), where=where).square + bias**2 - q

    if _every(excess):
        return _described(function, std, bias, None, where)
    return _described(function, std, bias, _fixed_point(excess, function, std, bias), where)


def edge_of_chaos(nonlinearity: Any, bias_std: float = 0.0) -> MeanField:
    r"""Return the mean field with :math:`\chi_1 = 1`: close inputs keep their distance.

    Found are :math:`q^*` and ``weight_std`` with
    :math:`\sigma_w^2 E f'(\sqrt{q^*} z)^2 = 1` and
    :math:`q^* = \sigma_w^2 E f(\sqrt{q^*} z)^2 + \sigma_b^2`. Where there are several, the least
    :math:`q^*` that is stable; for silu and gelu with a bias none is, and the note says so.

    Args:
        nonlinearity: name, function on arrays, or PyTorch module or function; continuous.
        bias_std: std of the biases, >= 0.

    Raises:
        ArgumentError: an argument is refused, the function jumps, or there is no such point: for
            relu with a bias the variance grows without end; for silu without a bias the fixed point
            0 is not stable.

    Example:
        >>> round(edge_of_chaos("relu").weight_std, 6)
        1.414214
        >>> round(edge_of_chaos("tanh", bias_std=0.05**0.5).weight_std ** 2, 4)
        1.761

    Source: Schoenholz et al. (2017), arXiv:1611.01232; Hayou, Doucet, Rousseau (2019),
    arXiv:1902.06853.
    """
    where = "edge_of_chaos"
    function = elementwise(nonlinearity, where=where)
    bias = _bias_std(bias_std, where)

    def excess(q: float) -> float:
        found = moments(function, math.sqrt(q), where=where)
        if not found.slope_square > 0:
            return math.inf  # flat: no weight makes up for that
        return found.square / found.slope_square + bias**2 - q

    if _every(excess):
        std = _critical_std(moments(function, START, where=where))
        return _described(function, std, bias, None, where)
    if abs(excess(VANISHING)) <= SMALL * VANISHING:  # f(x) = a x for small x
        std = _critical_std(moments(function, math.sqrt(VANISHING), where=where))
        if std**2 * moments(function, math.sqrt(LOW), where=where).square < LOW:
            return _described(function, std, bias, 0.0, where)
    unstable: MeanField | None = None
    last, before = float(GRID[0]), excess(float(GRID[0]))
    for q in map(float, GRID[1:]):
        after = excess(q)
        clear = max(abs(before) / last, abs(after) / q) > SMALL  # not rounding alone
        if (before > 0) is not (after > 0) and clear and math.isfinite(before + after):
            root = _root(excess, last, q)
            found = moments(function, math.sqrt(root), where=where)
            std = _critical_std(found)
            described = _described(function, std, bias, root, where)
            if std**2 * found.growth / root < 1:
                return described
            unstable = unstable or replace(described, note=UNSTABLE)
        last, before = q, after
    if unstable is not None:
        return unstable
    raise invalid_argument(
        "nonlinearity", f"a function with an edge of chaos at bias_std {bias:g}", function.name,
        where=where, hint="No std of the weights keeps both the variance of preactivations (above "
        "0) and the size of gradients (chi_1 = 1) the same from layer to layer. With a larger "
        "bias_std there may be such a std. The init forward_gain keeps only the variance.",
    )  # fmt: skip


@lru_cache(maxsize=64)  # a catalogue's distribution is asked for once per layer
def named_edge(nonlinearity: str, bias_std: float = 0.0) -> MeanField:
    """Return the edge of chaos of a nonlinearity that has a name, solved once."""
    return edge_of_chaos(nonlinearity, bias_std)


def _described(
    function: Elementwise, std: float, bias: float, q: float | None, where: str
) -> MeanField:
    """Return the record of a fixed point of the variance."""
    sigma = 1.0 if q is None else math.sqrt(max(q, VANISHING))
    found = moments(function, sigma, where=where)
    if found.steps:
        hint = f"The function jumps at {found.steps[0]:.6g}."
        raise invalid_argument("nonlinearity", "continuous", function.name, where=where, hint=hint)
    if found.slope_square == math.inf:
        raise infinite("f'(z)**2", function, sigma, where)
    exact = SMALL if q == 0 else EQUAL
    chi_1, factor_q = (
        1.0 if abs(one - 1) <= exact else one
        for one in (std**2 * found.slope_square, std**2 * found.growth / sigma**2)
    )
    c, factor_c = 1.0, chi_1
    if chi_1 > 1:
        c, factor_c = _correlation(function, found, std, bias, sigma, where)
    note = ""
    if q is None:
        note = (
            "Any variance of the preactivations stays the same from layer to layer. These numbers "
            "hold for every such variance."
        )
    elif q == 0:
        note = (
            "The variance of the preactivations falls to 0 with depth. These numbers hold in the "
            "limit of small preactivations."
        )
    return MeanField(
        function.name, std, bias, q, c, chi_1, _depth(factor_q), _depth(factor_c), note
    )


def _correlation(
    function: Elementwise, found: Moments, std: float, bias: float, sigma: float, where: str
) -> tuple[float, float]:
    """Return the correlation below 1 that close inputs go to, and the map's slope there."""
    pairs = Correlated(function, sigma, found.kinks, where=where)

    def excess(c: float) -> float:
        return (std**2 * pairs.product(c) + bias**2) / sigma**2 - c

    above = 1 - 1e-6
    if excess(above) >= 0:  # hardly chaotic
        return 1.0, std**2 * found.slope_square
    for below in (0.999, 0.99, 0.95, 0.9, 0.8, 0.6, 0.4, 0.2, 0.1, 0.01, 1e-4, 0.0):
        if excess(below) >= -EQUAL * (below == 0):
            c = 0.0 if below == 0 and excess(below) <= EQUAL else _root(excess, below, above)
            return c, std**2 * pairs.slope(c) / sigma**2
        above = below
    return 0.0, std**2 * pairs.slope(0.0) / sigma**2


def _fixed_point(
    excess: Callable[[float], float], function: Elementwise, std: float, bias: float
) -> float:
    """Return the fixed point that a variance of 1 goes to."""
    rising = excess(START) > 0
    steps = GRID[GRID > START] if rising else GRID[GRID < START][::-1]
    last = START
    for q in map(float, steps):
        if (excess(q) > 0) is not rising:
            return _root(excess, *sorted((last, q)))
        last = q
    if not rising:
        return 0.0
    given = f"{function.name} with weight_std {std:g} and bias_std {bias:g}"
    hint = "At this std the variance grows from layer to layer."
    expected = "a std at which the variance of preactivations has a fixed point"
    raise invalid_argument("weight_std", expected, given,
                           got=given, where="mean_field", hint=hint)  # fmt: skip


def _every(excess: Callable[[float], float]) -> bool:
    """Whether every variance is a fixed point, as of relu without biases at sqrt(2)."""
    return all(abs(excess(q)) <= EQUAL * q for q in (1e-6, 0.1, 1.0, 30.0, 1e4))


def _critical_std(found: Moments) -> float:
    return 1 / math.sqrt(found.slope_square)


def _root(excess: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq  # late: scipy takes a while to load

    return float(brentq(excess, low, high, xtol=1e-14 * high, rtol=1e-13))


def _depth(factor: float) -> float:
    """Return the layers in which a deviation that is multiplied by ``factor`` falls to 1/e."""
    size = abs(factor)
    if size >= 1 - EQUAL:
        return math.inf
    return 0.0 if size == 0 else -1 / math.log(size)


def _bias_std(value: float, where: str) -> float:
    return finite_number("bias_std", value, minimum=0, maximum=LARGEST_STD, where=where)
