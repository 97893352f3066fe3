"""What a module's forward takes from the global generators of torch, NumPy and Python: put back."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from initlab.modules.framework import load_torch

if TYPE_CHECKING:
    from torch.nn import Module


@contextlib.contextmanager
def generators_kept(module: Module, number: int | None = None) -> Iterator[None]:
    """Put the global generators back after what is done inside.

    Args:
        module: what draws; its devices' generators are kept too.
        number: what the generators are seeded with, below 2**32; None leaves them as they are.
    """
    torch = load_torch()
    states = np.random.get_state(), random.getstate()  # noqa: NPY002 - a user's forward uses it
    devices = list({one.device for one in module.parameters() if one.is_cuda})
    try:
        with torch.random.fork_rng(devices=devices):
            if number is not None:
                torch.default_generator.manual_seed(number)
                np.random.seed(number)  # noqa: NPY002
                random.seed(number)
                for device in devices:
                    with torch.cuda.device(device):
                        torch.cuda.manual_seed(number)
            yield
    finally:
        np.random.set_state(states[0])  # noqa: NPY002
        random.setstate(states[1])
