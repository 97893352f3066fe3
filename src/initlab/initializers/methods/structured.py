"""Weights with a structure: mirrored, or fixed matrices without randomness."""

from __future__ import annotations

import math

from initlab.errors import ShapeError, invalid_argument
from initlab.initializers.distributions import (
    CentreTap,
    Cosines,
    Distribution,
    HadamardIdentity,
    Mirrored,
    Orthogonal,
    Sinusoids,
)
from initlab.initializers.distributions.distribution import spread
from initlab.initializers.entry import NUMERICALLY, REFERENCE, Entry
from initlab.initializers.fan import Fan
from initlab.initializers.methods.scaling import moderate, scaled_normal, squared_gain
from initlab.initializers.registry import enter_family


def looks_linear(fan: Fan, *, gain: float = 1.0) -> Mirrored:
    """Return [W, -W] with W orthogonal: behind a concatenated ReLU the layer is W.

    Example:
        >>> looks_linear(Fan(8, 4)).quarter
        Orthogonal(gain=1.0, out=4, into=4)
    """
    out, into = _even(fan, 1, "looks_linear")
    checked = spread("gain", gain, where="looks_linear")
    return Mirrored(Orthogonal(gain=checked, out=out, into=into), rows=1)


def gaussian_submatrix(fan: Fan, *, gain: float = math.sqrt(2)) -> Mirrored:
    """Return [[W, -W], [-W, W]] with W normal of variance gain² / fan_in.

    Example:
        >>> gaussian_submatrix(Fan(8, 4)).std
        0.5
    """
    _even(fan, 2, "gaussian_submatrix")
    scale = squared_gain(gain, where="gaussian_submatrix")
    return Mirrored(scaled_normal(scale, fan.fan_in), rows=2)


def hadamard_identity(fan: Fan) -> Distribution:
    """Return the identity, or a Hadamard matrix where there are more units than inputs.

    Of a kernel it stands at the centre.
    """
    out, columns = fan.matrix
    if fan.receptive == 1:
        return HadamardIdentity(out, columns)
    return CentreTap(HadamardIdentity(out, columns // fan.receptive), fan.receptive, fan.centre)


def cosine(fan: Fan, *, gain: float = 1.0) -> Cosines:
    """Return the rows of the discrete cosine transform.

    Example:
        >>> round(cosine(Fan(64, 64)).std, 6)
        0.124985
    """
    out, into = fan.matrix
    return Cosines(gain=spread("gain", gain, where="cosine"), out=out, into=into)


def sinusoidal(fan: Fan, *, gain: float = math.sqrt(2), mode: str = "fan_in") -> Sinusoids:
    """Return one wave per unit, with the variance gain² / fan over all entries."""
    checked = moderate("gain", gain, where="sinusoidal")
    out, into = fan.matrix
    return Sinusoids(checked / math.sqrt(fan.of(mode, where="sinusoidal")), out=out, into=into)


def _even(fan: Fan, rows: int, where: str) -> tuple[int, int]:
    """Return the sides of W, refused where a side is odd."""
    out, into = fan.matrix
    if out % rows or into % 2:
        expected = "the fan of a weight with an even number of inputs"
        expected += " and an even number of outputs" if rows == 2 else ""
        raise invalid_argument("fan", expected, fan, where=where, kind=ShapeError)
    return out // rows, into // 2


enter_family("structured", [
    Entry(
        name="looks_linear", function=looks_linear,
        formula="W = [gain Q, -gain Q], Q orthogonal",
        source="Balduzzi et al. (2017), Shattered gradients, arXiv:1702.08591",
        use="layers that follow a concatenated ReLU, [relu(x), relu(-x)]: the untrained network is "
        "then linear",
        avoid="layers that do not follow a concatenated ReLU, and layers with an odd number of "
        "inputs",
        checked=NUMERICALLY,
        note="For a convolution, W is the kernel as a matrix of shape (out, in × positions). The "
        "left half of this matrix is gain Q, and the right half is -gain Q.",
    ),
    Entry(
        name="gaussian_submatrix", function=gaussian_submatrix, aliases=("gsm",),
        formula="W = [[A, -A], [-A, A]], A ~ N(0, gain²/fan_in), gain = √2 by default",
        source="Burkholz & Dubatovka (2019), arXiv:1806.06362",
        use="hidden layers that are followed by a ReLU: the units form pairs with preactivations z "
        "and -z, so relu(z) and relu(-z) together keep the whole signal",
        avoid="layers with an odd number of units or inputs",
        checked=NUMERICALLY,
        note="In the paper, the first layer has W = [A; -A] (A above -A), and the last layer has "
        "W = [A, -A].",
    ),
    Entry(
        name="hadamard_identity", function=hadamard_identity, aliases=("zero_deterministic",),
        formula="W = I padded with 0; if out > in, W = the first rows and columns of H/√p, where H "
        "is Hadamard's matrix of order p = 2^⌈log₂ out⌉",
        source="Zhao, Schäfer, Anandkumar (2022), ZerO, arXiv:2110.12661; the authors' code",
        use="residual networks that are to be initialized without randomness, if the last weight "
        "matrix of each residual branch is set to 0",
        avoid="networks without skip connections in which all layers have the same width: each W "
        "starts as the identity, and training adds only changes of low rank",
        checked=REFERENCE,
        note="The factor 1/√p is from the authors' code. In a convolution kernel, "
        "W is at the centre, and the weights at all other positions are 0.",
    ),
    Entry(
        name="cosine", function=cosine, aliases=("dct",),
        formula="W = gain times the first rows (if out > in, columns) of the orthonormal DCT-II "
        "matrix",
        source="Ahmed, Natarajan, Rao (1974), Discrete cosine transform",
        use="layers that need orthogonal weights without randomness, such as first layers whose "
        "inputs are signals, for example sound",
        avoid="parallel layers of the same shape: they would all get the same weights",
        checked=REFERENCE,
    ),
    Entry(
        name="sinusoidal", function=sinusoidal,
        formula="W_ij = a sin(i (2πj/in + 2π/out)), where the factor a makes the variance over all "
        "entries of W equal to gain²/fan",
        source="Fernández-Hernández et al. (2025), arXiv:2505.12909; a public implementation",
        use="layers that are to be initialized without randomness, if the number of units is less "
        "than half the number of inputs: then the units are linearly independent",
        avoid="layers with at least half as many units as inputs: units can get equal or opposite "
        "weights, or only zeros, such as 2 of 64 units with 64 inputs",
        checked=NUMERICALLY,
    ),
])  # fmt: skip
