"""Name of a quantity -> what it is computed from, as an equation."""

from __future__ import annotations

import re

from initlab.networks import DenseNetwork
from initlab.networks.losses import TABLE

NAME = re.compile(r"(dZ|dA|dW|dB|Z|A|W|B)(\d+)", re.ASCII)


def split(name: str) -> tuple[str, int]:
    """Return kind and layer of a quantity: ("dW", 2) for "dW2"."""
    match = NAME.fullmatch(name)
    assert match is not None, name
    return match[1], int(match[2])


def activation_name(layer: int) -> str:
    """Name of what a layer sends on; the input is layer 0."""
    return f"A{layer}" if layer else "X"


def equation(network: DenseNetwork, name: str, *, samples: int) -> str:
    """Return the equation of a quantity in a batch of so many samples.

    Example:
        >>> equation(DenseNetwork((1, 2, 1), "tanh"), "dZ1", samples=1)
        "dZ1 = dA1 ⊙ tanh'(Z1)"
        >>> equation(DenseNetwork((1, 2, 1), "tanh"), "dW2", samples=32)
        'dW2 = A1ᵀ dZ2 / 32'
    """
    kind, k = split(name)
    f, last = network.nonlinearity, k == network.depth
    prediction = TABLE[network.loss].prediction
    over = f" / {samples}" if samples > 1 else ""
    if kind == "A" and last:
        f = prediction
    if kind == "dZ" and last:
        return f"{name} = " + TABLE[network.loss].equation.format(
            f"A{k}" if prediction else f"Z{k}"
        )
    right = {
        "Z": f"{activation_name(k - 1)} W{k} + B{k}",
        "A": f"{f}(Z{k})",
        "dA": f"dZ{k + 1} W{k + 1}ᵀ",
        "dZ": f"dA{k} ⊙ {f}'(Z{k})",
        "dW": f"{activation_name(k - 1)}ᵀ dZ{k}{over}",
        "dB": f"mean of dZ{k} over the samples" if samples > 1 else f"dZ{k}",
    }
    if kind in ("W", "B"):
        return f"{name} ← {name} − η d{name}"
    return f"{name} = {right[kind]}"
