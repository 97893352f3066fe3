"""Variances that fit any elementwise nonlinearity, by its gain or by the edge of chaos."""

from __future__ import annotations

import math

import numpy as np

from initlab.errors import invalid_argument
from initlab.initializers.distributions import Constant, Distribution, Normal
from initlab.initializers.entry import NUMERICALLY, DistributionFunction, Entry
from initlab.initializers.fan import Fan
from initlab.initializers.methods.scaling import Scaled, scaled_normal, shape_named
from initlab.initializers.registry import enter_family

BESIDE = 1e-7  # where one-sided slopes at 0 are looked at


def gained(direction: str, usual_mode: str) -> DistributionFunction:
    """Return a function of fans whose gain is that of a nonlinearity in one direction."""

    def function(
        fan: Fan, *, nonlinearity: str, sigma: float = 1.0, mode: str = usual_mode,
        distribution: str = "normal",
    ) -> Scaled:  # fmt: skip
        from initlab.nonlinearities.gains import gain  # late: most inits need no quadrature

        where = f"{direction}_gain"
        shape = shape_named(distribution, where=where)
        _check_named(nonlinearity, where)
        factor = gain(nonlinearity, direction, sigma)
        return shape(factor * factor, fan.of(mode, where=where))

    return function


def kumar(fan: Fan, *, nonlinearity: str) -> Normal:
    """Return the distribution with variance 1 / (fan_in f'(0)² (1 + f(0)²)).

    Example:
        >>> round(kumar(Fan(100, 10), nonlinearity="sigmoid").std, 6)  # 3.6 / sqrt(100)
        0.357771
    """
    from initlab.nonlinearities.table import TABLE

    _check_named(nonlinearity, "kumar")
    row = TABLE[nonlinearity]
    z = np.array([-BESIDE, 0.0, BESIDE])
    f = row.value(z)
    slopes = row.derivative(z, f)
    if abs(slopes[2] - slopes[0]) > 1e-3 * abs(slopes).max():
        hint = "For relu, use he_normal, which Kumar's paper derives as well."
        raise invalid_argument(
            "nonlinearity", "differentiable at 0", nonlinearity, where="kumar", hint=hint
        )
    return scaled_normal(1 / float(slopes[1] ** 2 * (1 + f[1] ** 2)), fan.fan_in)


def edge_of_chaos(fan: Fan, *, nonlinearity: str, bias_std: float = 0.0) -> Normal:
    """Return the distribution at which close inputs neither merge nor part, layer by layer.

    Example:
        >>> round(edge_of_chaos(Fan(100, 10), nonlinearity="erf").std, 6)  # √π/2 / 10
        0.088623
    """
    from initlab.nonlinearities.mean_fields import named_edge

    _check_named(nonlinearity, "edge_of_chaos")
    std = named_edge(nonlinearity, bias_std).weight_std
    return Normal(mean=0.0, std=std / math.sqrt(fan.fan_in))


def edge_of_chaos_bias(fan: Fan, *, bias_std: float) -> Distribution:
    """Return the biases that belong to it."""
    return Normal(mean=0.0, std=bias_std) if bias_std else Constant(0.0)


def _check_named(nonlinearity: str, where: str) -> None:
    from initlab.nonlinearities.elementwise import elementwise

    if not isinstance(nonlinearity, str):
        expected = "the name of a nonlinearity"
        hint = (
            "For a function of your own, use variance_scaling with scale=initlab.gain(function)**2."
        )
        raise invalid_argument("nonlinearity", expected, nonlinearity, where=where, hint=hint)
    elementwise(nonlinearity, where=where)


enter_family("any nonlinearity", [
    Entry(
        name="forward_gain", function=gained("forward", "fan_in"),
        formula="Var = g²/fan_in, g = sigma/√E f(sigma z)², z ~ N(0, 1)",
        source="He et al. (2015), arXiv:1502.01852, sec. 2.2, extended to any f",
        use="networks with any nonlinearity, to keep the std of preactivations at sigma in all "
        "layers",
        avoid="functions that give 0 for practically every input from N(0, sigma²), because g "
        "would be infinite",
        checked=NUMERICALLY,
        note="For relu, forward_gain is the same as he_normal. For tanh with sigma=1, g is 1.5925, "
        "while torch's calculate_gain returns 5/3.",
    ),
    Entry(
        name="backward_gain", function=gained("backward", "fan_out"),
        formula="Var = g²/fan_out, g = 1/√E f'(sigma z)², z ~ N(0, 1)",
        source="He et al. (2015), arXiv:1502.01852, sec. 2.2, extended to any f",
        use="networks with any nonlinearity, to keep the std of gradients the same in all layers",
        avoid="functions with a jump, because backpropagation ignores jumps",
        checked=NUMERICALLY,
    ),
    Entry(
        name="kumar", function=kumar,
        formula="W ~ N(0, 1/(fan_in f'(0)² (1 + f(0)²)))",
        source="Kumar (2017), On weight initialization in deep neural networks, arXiv:1704.08863",
        use="sigmoid, for which the std is 3.6/√fan_in, and other functions that are smooth at 0",
        avoid="relu and similar functions, which have no derivative at 0",
        checked=NUMERICALLY,
    ),
    Entry(
        name="edge_of_chaos", function=edge_of_chaos, bias=edge_of_chaos_bias,
        formula="W ~ N(0, σ²/fan_in), b ~ N(0, bias_std²), σ so that σ² E f'(√q* z)² = 1",
        source="Schoenholz et al. (2017), arXiv:1611.01232; Hayou et al. (2019), arXiv:1902.06853",
        use="very deep networks without residual branches or normalization",
        avoid="networks with residual branches or normalization, which depend less on their init; "
        "softplus, and with bias_std=0 also gelu, silu and mish, because no std keeps both the "
        "variance of preactivations and the size of gradients",
        checked=NUMERICALLY,
        note="edge_of_chaos also draws the biases. For a nonlinearity f, initlab.edge_of_chaos(f) "
        "gives q*, which is the variance of preactivations in deep layers. It also gives "
        "depth_scale_q, the number of layers after which a deviation of this variance from q* has "
        "fallen to 1/e of its size.",
    ),
])  # fmt: skip
