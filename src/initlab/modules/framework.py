"""PyTorch, imported at first use, or how to install it; a tensor -> its numbers as an array."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.extras import load_torch as load_torch


def as_array(tensor: Any) -> NDArray[Any]:
    """Return a tensor's numbers, those of a dtype that NumPy lacks as float32."""
    plain = tensor.detach().cpu()
    plain = plain if plain.layout == load_torch().strided else plain.to_dense()
    return np.asarray((plain.float() if plain.dtype.itemsize < 4 else plain).numpy())
