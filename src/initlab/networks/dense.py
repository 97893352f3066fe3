"""Layer widths and function names -> the description of a dense network that every part shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initlab.errors import invalid_argument
from initlab.networks import losses
from initlab.nonlinearities.table import TABLE
from initlab.validation import one_of, whole_number

NONLINEARITIES = tuple(TABLE)
LOSSES = tuple(name for name, row in losses.TABLE.items() if row.samples)
LOSS_FORMS = losses.FORMS
LARGEST_PARAMETER_COUNT = 10**9  # 8 GB of float64: above, refuse before allocating

Parameters = Mapping[str, NDArray[np.floating]]
"""Weights "W1", "W2", ... of shape (out, in) and biases "b1", "b2", ... of shape (out, 1)."""


@dataclass(frozen=True)
class DenseNetwork:
    """A stack of linear layers with one nonlinearity between them.

    The loss decides the output: sigmoid for binary cross-entropy (one output), softmax for
    cross-entropy, nothing for half the mean squared error.

    Attributes:
        layer_dims: width of the input, of each hidden layer and of the output; two or more.
        nonlinearity: one of :data:`NONLINEARITIES`.
        loss: one of :data:`LOSSES`.
        loss_form: "logits" (stable) or "probability" (from the rounded output, as in the courses).
    """

    layer_dims: tuple[int, ...]
    nonlinearity: str = "relu"
    loss: str = "binary_cross_entropy"
    loss_form: str = "logits"

    def __post_init__(self) -> None:
        if not isinstance(self.layer_dims, (tuple, list)) or len(self.layer_dims) < 2:
            raise invalid_argument(
                "layer_dims",
                "a list of at least two widths, from the width of the input to that of the output",
                self.layer_dims,
            )
        where = f"layer_dims={list(self.layer_dims)}"
        dims = tuple(
            whole_number("layer_dims", width, minimum=1, where=where) for width in self.layer_dims
        )
        object.__setattr__(self, "layer_dims", dims)
        one_of("nonlinearity", self.nonlinearity, NONLINEARITIES)
        one_of("loss", self.loss, LOSSES)
        one_of("loss_form", self.loss_form, LOSS_FORMS)
        if losses.TABLE[self.loss].targets == losses.BINARY and dims[-1] != 1:
            raise invalid_argument(
                "layer_dims",
                "a list that ends in 1, because binary cross-entropy needs exactly 1 output",
                list(dims),
            )
        if self.parameter_count > LARGEST_PARAMETER_COUNT:
            raise invalid_argument(
                "layer_dims",
                f"the widths of a network of at most {LARGEST_PARAMETER_COUNT:,} parameters",
                list(dims),
                hint=f"This network has {self.parameter_count:,} parameters.",
            )

    @property
    def depth(self) -> int:
        """Number of linear layers."""
        return len(self.layer_dims) - 1

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases."""
        return sum(o * (i + 1) for i, o in zip(self.layer_dims, self.layer_dims[1:], strict=False))

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """W1, b1, W2, b2, ... in the order of the layers."""
        return tuple(f"{kind}{k}" for k in range(1, self.depth + 1) for kind in "Wb")

    def shape_of(self, name: str) -> tuple[int, int]:
        """Shape of a parameter: (out, in) for a weight, (out, 1) for a bias."""
        layer = int(name[1:])
        out_features = self.layer_dims[layer]
        return (out_features, self.layer_dims[layer - 1] if name[0] == "W" else 1)
