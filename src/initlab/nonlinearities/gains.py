"""A nonlinearity -> the gain that keeps the size of what passes through it."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

from initlab.errors import invalid_argument
from initlab.nonlinearities.elementwise import Elementwise, elementwise
from initlab.nonlinearities.quadrature import infinite, moments
from initlab.validation import finite_number, one_of

DIRECTIONS = ("forward", "backward", "std")
LARGEST_SIGMA = 1e6
ROUNDING = 1e-22  # of E f**2: what is left of a variance of 0


def gain(nonlinearity: Any, direction: str = "forward", sigma: float = 1.0) -> float:
    r"""Return the factor on a weight's std that makes up for a nonlinearity's change of variance.

    With preactivations :math:`x = \sigma z`, :math:`z \sim N(0, 1)`, and weights of std
    ``gain / sqrt(fan)``:

    - forward, :math:`\sigma / \sqrt{E f(x)^2}`: the next preactivations have std :math:`\sigma`
      again (fan = fan_in). At :math:`\sigma = 1` the factor of He et al. for any function;
    - backward, :math:`1 / \sqrt{E f'(x)^2}`: gradients keep their std (fan = fan_out);
    - std, :math:`\sigma / \operatorname{std} f(x)`: like forward, for activations that are
      centred behind the nonlinearity.

    The expectations are integrated to 1e-8 or better; kinks and steps are found. PyTorch's
    ``calculate_gain`` has exact values for linear, relu and leaky_relu only: its 5/3 of tanh is a
    habit (1.5925 here), its 1 of sigmoid keeps nothing (1.8463), its 3/4 of selu is a rule of
    thumb (1).

    Args:
        nonlinearity: name such as ``"tanh"``, a function on NumPy arrays, or a PyTorch module or
            function; elementwise, without randomness.
        direction: forward, backward or std.
        sigma: std of the preactivations, > 0.

    Returns:
        The gain.

    Raises:
        ArgumentError: the function is unknown, not elementwise, random, NaN or infinite at a
            finite input; or the expectation is infinite or 0.

    Example:
        >>> gain("relu")
        1.414213562373095...
        >>> round(gain("tanh"), 6), round(gain(lambda z: abs(z), "backward"), 6)
        (1.592537, 1.0)

    Source: He, Zhang, Ren, Sun (2015), arXiv:1502.01852, sec. 2.2 (relu, both directions); for
    other sigma the idea of VI3NR (2025).
    """
    one_of("direction", direction, DIRECTIONS, where="gain")
    spread = finite_number(
        "sigma", sigma, minimum=1 / LARGEST_SIGMA, maximum=LARGEST_SIGMA, where="gain"
    )
    if isinstance(nonlinearity, str):
        return _named(elementwise(nonlinearity, where="gain").name, direction, spread)
    return _gain(elementwise(nonlinearity, where="gain"), direction, spread)


@lru_cache(maxsize=256)  # a catalogue's distribution is asked for once per layer
def _named(name: str, direction: str, sigma: float) -> float:
    return _gain(elementwise(name), direction, sigma)


def _gain(function: Elementwise, direction: str, sigma: float) -> float:
    found = moments(function, sigma, where="gain")
    if direction == "backward":
        square, what = found.slope_square, "a slope other than 0"
        if square == math.inf:
            raise infinite("f'(z)**2", function, sigma, f"gain, {direction}")
    elif direction == "forward":
        square, what = found.square / sigma**2, "values other than 0"
    else:
        centred = replace(function, value=lambda z: function.value(z) - found.mean)
        square, what = moments(centred, sigma, where="gain").square / sigma**2, "values that vary"
        square = square if square * sigma**2 > ROUNDING * found.square else 0.0
    if not square > 0:
        expected = f"a function with {what} for inputs from N(0, {sigma * sigma:g})"
        raise invalid_argument("nonlinearity", expected, function.name, where=f"gain, {direction}")
    return 1 / math.sqrt(square)
