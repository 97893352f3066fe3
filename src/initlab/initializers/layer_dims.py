"""Widths of a dense network from outside -> the same widths, checked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from initlab.errors import invalid_argument
from initlab.initializers.drawing import check_size
from initlab.validation import whole_number


def checked_layer_dims(layer_dims: Any) -> tuple[int, ...]:
    """Return the widths of a dense network: two at least, each an integer >= 1."""
    listed = layer_dims.tolist() if isinstance(layer_dims, np.ndarray) else layer_dims
    if not isinstance(listed, Sequence) or isinstance(listed, (str, bytes, bytearray)):
        raise invalid_argument("layer_dims", "a list of widths such as [2, 10, 5, 1]", layer_dims)
    if len(listed) < 2:
        expected = "a list of at least two widths, those of the input and of the output"
        raise invalid_argument("layer_dims", expected, layer_dims)
    widths = tuple(
        whole_number(f"layer_dims[{index}]", width, minimum=1) for index, width in enumerate(listed)
    )
    entries = sum(m * (n + 1) for n, m in pairwise(widths))
    check_size(entries, argument="layer_dims", value=layer_dims)
    return widths
