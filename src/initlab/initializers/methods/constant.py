"""One value everywhere, or the identity, which passes its input on."""

from __future__ import annotations

from initlab.errors import ShapeError, invalid_argument
from initlab.initializers.distributions import CentreTap, Constant, Identity
from initlab.initializers.distributions.distribution import spread
from initlab.initializers.entry import REFERENCE, Entry
from initlab.initializers.fan import Fan
from initlab.initializers.registry import enter_family
from initlab.validation import finite_number


def zeros(fan: Fan) -> Constant:
    """Return the distribution of a weight that is 0 everywhere."""
    return Constant(0.0)


def ones(fan: Fan) -> Constant:
    """Return the distribution of a weight that is 1 everywhere."""
    return Constant(1.0)


def constant(fan: Fan, *, value: float) -> Constant:
    """Return the distribution of a weight that is ``value`` everywhere."""
    return Constant(finite_number("value", value, where="constant"))


def identity(fan: Fan, *, gain: float = 1.0) -> Identity:
    """Return the distribution of a weight that is ``gain`` on its diagonal and 0 elsewhere.

    Example:
        >>> identity(Fan(4, 2)).mean
        0.25
    """
    if fan.receptive != 1:
        hint = "For a kernel, use dirac."
        raise invalid_argument("fan", "the fan of a weight without kernel axes", fan,
                               where="identity", kind=ShapeError, hint=hint)  # fmt: skip
    out, into = fan.matrix
    return Identity(gain=spread("gain", gain, where="identity"), out=out, into=into)


def dirac(fan: Fan, *, gain: float = 1.0) -> CentreTap:
    """Return the distribution of a kernel that passes its input on: the identity at its centre.

    Example:
        >>> dirac(Fan(36, 18, 9, (3, 3)))
        CentreTap(tap=Identity(gain=1.0, out=2, into=4), positions=9, centre=4)
    """
    out, columns = fan.matrix
    tap = Identity(gain=spread("gain", gain, where="dirac"), out=out, into=columns // fan.receptive)
    return CentreTap(tap, fan.receptive, fan.centre)


enter_family("constant", [
    Entry(
        name="zeros", function=zeros,
        formula="W = 0",
        source="classic",
        use="output layers; the last layer of each residual branch, so that the branch adds 0 "
        "to its input when training begins",
        avoid="two consecutive layers, because with ReLU or tanh between them, the gradients of "
        "their weights are 0, and with sigmoid, the units between them stay equal",
        checked=REFERENCE,
        note="If all weights and biases of a network are 0, the units of each hidden layer begin "
        "equal and, without dropout, stay equal during training.",
    ),
    Entry(
        name="ones", function=ones,
        formula="W = 1",
        source="classic",
        use="scales of normalization layers",
        avoid="all weights of a network, because the units of each hidden layer begin equal and, "
        "without dropout, stay equal during training",
        checked=REFERENCE,
    ),
    Entry(
        name="constant", function=constant,
        formula="W = value",
        source="classic",
        use="experiments with units that stay equal; scales of normalization layers; biases",
        avoid="all weights of a network, because the units of each hidden layer begin equal and, "
        "without dropout, stay equal during training",
        checked=REFERENCE,
    ),
    Entry(
        name="identity", function=identity, aliases=("irnn",),
        formula="W = gain · I, where I is the identity matrix, padded with 0 if W is not square",
        source="Le, Jaitly, Hinton (2015), arXiv:1504.00941",
        use="recurrent weights of recurrent networks with ReLU",
        avoid="layers with more units than inputs, because all weights of some units are then 0",
        checked=REFERENCE,
    ),
    Entry(
        name="dirac", function=dirac,
        formula="kernel = gain · I (identity matrix) at its centre and 0 elsewhere, in each group "
        "of channels",
        source="Zagoruyko & Komodakis (2017), DiracNets, arXiv:1706.00388",
        use="deep convolutional networks without skip connections",
        avoid="layers with more output channels than input channels, because all weights of some "
        "output channels are then 0",
        checked=REFERENCE,
        note="For a convolution with g groups, dirac sets the same weights as torch's "
        "dirac_(groups=g). In a kernel of even width, the centre is the later of the two middle "
        "positions.",
    ),
])  # fmt: skip
