"""Weights that keep lengths: orthonormal rows or columns."""

from __future__ import annotations

from initlab.errors import ShapeError, invalid_argument
from initlab.initializers.distributions import Blocks, CentreTap, Orthogonal
from initlab.initializers.distributions.distribution import spread
from initlab.initializers.entry import NUMERICALLY, REFERENCE, Entry
from initlab.initializers.fan import Fan
from initlab.initializers.methods.scaling import count
from initlab.initializers.registry import enter_family


def orthogonal(fan: Fan, *, gain: float = 1.0) -> Orthogonal:
    r"""Return the distribution of a matrix of orthonormal rows (or columns, the fewer) times gain.

    With :math:`Q` Haar-distributed, :math:`W = \text{gain}\, Q`: every singular value equals
    ``gain`` and each entry has std :math:`\text{gain}/\sqrt{\max(\text{out}, \text{fan\_in})}`.

    Example:
        >>> orthogonal(Fan(128, 64), gain=2.0).std
        0.17677669529663687
    """
    out, into = fan.matrix
    return Orthogonal(gain=spread("gain", gain, where="orthogonal"), out=out, into=into)


def delta_orthogonal(fan: Fan, *, gain: float = 1.0) -> CentreTap:
    """Return the distribution of a kernel that is orthogonal at its centre and 0 elsewhere.

    Example:
        >>> delta_orthogonal(Fan(36, 72, 9, (3, 3))).tap
        Orthogonal(gain=1.0, out=8, into=4)
    """
    out, columns = fan.matrix
    checked = spread("gain", gain, where="delta_orthogonal")
    tap = Orthogonal(gain=checked, out=out, into=columns // fan.receptive)
    return CentreTap(tap, fan.receptive, fan.centre)


def block_orthogonal(fan: Fan, *, blocks: int = 4, gain: float = 1.0) -> Blocks:
    """Return the distribution of a weight made of ``blocks`` orthogonal matrices, one per gate.

    Example:
        >>> block_orthogonal(Fan(8, 32)).block
        Orthogonal(gain=1.0, out=8, into=8)
    """
    where = "block_orthogonal"
    out, into = fan.matrix
    number = count("blocks", blocks, where=where)
    checked = spread("gain", gain, where=where)
    if out % number:
        raise invalid_argument("blocks", f"a divisor of {out}, the number of units", blocks,
                               where=where, kind=ShapeError)  # fmt: skip
    return Blocks(Orthogonal(gain=checked, out=out // number, into=into), number)


enter_family("orthogonal", [
    Entry(
        name="orthogonal", function=orthogonal,
        formula="W = gain Q, Q Haar-distributed with QᵀQ = I or QQᵀ = I",
        source="Saxe, McClelland, Ganguli (2014), arXiv:1312.6120, sec. 3",
        use="deep networks without skip connections (with gain √2 in layers before a ReLU); "
        "recurrent weights",
        avoid="very wide layers, if drawing the weights has to be fast: each weight matrix needs a "
        "QR decomposition",
        checked=REFERENCE,
        note="The kernel of a convolution is drawn as one orthogonal matrix of shape (output "
        "channels, input channels × kernel positions), as in torch and JAX.",
    ),
    Entry(
        name="delta_orthogonal", function=delta_orthogonal,
        formula="kernel = gain Q at its centre and 0 elsewhere, where Q is drawn by the init "
        "orthogonal",
        source="Xiao et al. (2018), arXiv:1806.05393",
        use="very deep convolutional networks without normalization; as gain, give "
        "initlab.edge_of_chaos(f).weight_std, where f is the name of the nonlinearity",
        avoid="layers with more input channels than output channels: they cannot keep the norms "
        "of their inputs (for such layers, JAX raises an error)",
        checked=NUMERICALLY,
    ),
    Entry(
        name="block_orthogonal", function=block_orthogonal,
        formula="W = [gain Q₁; gain Q₂; ...], where Q₁, Q₂, ... are independent orthogonal "
        "matrices, stacked one below the other",
        source="AllenNLP, block_orthogonal",
        use="weight matrices that hold several gates or projections: give blocks=4 for an LSTM, "
        "blocks=3 for queries, keys and values",
        avoid="torch's LSTM, GRU and attention layers: for these, the init orthogonal already "
        "draws each block separately",
        checked=NUMERICALLY,
    ),
])  # fmt: skip
