"""Every test of the torch engine begins with the same global random numbers."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def the_same_numbers():
    torch = pytest.importorskip("torch", reason="modules are PyTorch's")
    torch.manual_seed(0)
