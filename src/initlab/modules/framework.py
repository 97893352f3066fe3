"""PyTorch, imported at first use, or how to install it."""

from initlab.extras import load_torch as load_torch
