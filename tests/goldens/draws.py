"""Initializer -> fingerprints of what it draws: single weights, dense networks, a torch module."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

import initlab

DTYPES = ("float64", "float32")
STREAMS = ("default", "course")
# as a user writes them: required arguments, and defaults that would hide one
SPELLED = {
    "backward_gain": "backward_gain(nonlinearity='tanh')",
    "constant": "constant(value=0.1)",
    "deepnorm": "deepnorm(layers=12)",
    "depth_normal": "depth_normal(layer=3)",
    "depth_scaled_uniform": "depth_scaled_uniform(layer=3)",
    "edge_of_chaos": "edge_of_chaos(nonlinearity='tanh', bias_std=0.1)",
    "fixup": "fixup(branches=16)",
    "forward_gain": "forward_gain(nonlinearity='tanh')",
    "gpt2_residual": "gpt2_residual(layers=12)",
    "kumar": "kumar(nonlinearity='sigmoid')",
    "mitchell_out": "mitchell_out(layer=3)",
    "normal": "normal(std=10)",
    "sparse": "sparse(sparsity=0.25, allow_dead=True)",
    "sparse_inputs": "sparse_inputs(inputs=3)",
    "subln": "subln(layers=12)",
    "tfixup": "tfixup(layers=12)",
    "tfixup_embedding": "tfixup_embedding(layers=12)",
    "tfixup_packed": "tfixup_packed(layers=12)",
    "uniform": "uniform(low=-1)",
    "variance_scaling": "variance_scaling(scale=2, mode='fan_avg')",
    "wang_init": "wang_init(layers=12)",
}
DENSE_ONLY = ("identity",)  # not defined for a kernel
# the last bits of these belong to the platform's LAPACK or libm
ROUNDED = (
    "orthogonal", "truncated", "looks_linear", "bounded", "bert", "mitchell", "cosine",
    "sinusoidal", "edge_of_chaos", "gain", "nguyen", "zero_sum", "random_walk",
)  # fmt: skip
REFUSED = "refused: the shape"
DECIMALS = {"float64": 10, "float32": 5}

Draw = Callable[[str, str], Iterable[Any]]


def catalogue() -> list[str]:
    """Return every method for weights that needs no data, with the arguments it needs."""
    return [
        SPELLED.get(row["name"], row["name"]) for row in initlab.catalogue()
        if row["sets"] == "weights" and not row["data"]
    ]  # fmt: skip


def array_draws(init: str, *, exact: bool = False) -> dict[str, str]:
    """Return the fingerprints of all draws that need no PyTorch, by what was drawn.

    Args:
        init: the initializer.
        exact: keep the last bits too, which are not the same on every platform.
    """
    draws: dict[str, Draw] = {
        "dense (8, 7)": lambda init, dtype: [initlab.draw(init, (8, 7), seed=0, dtype=dtype)],
        "conv (6, 4, 3, 3)": lambda init, dtype: [
            initlab.draw(init, (6, 4, 3, 3), seed=0, in_axis=1, out_axis=0, dtype=dtype)
        ],
        "two stacked (2, 8, 7)": lambda init, dtype: [
            initlab.draw(init, (2, 8, 7), seed=0, in_axis=2, out_axis=1, batch_axis=0, dtype=dtype)
        ],
    }
    if init in DENSE_ONLY:
        del draws["conv (6, 4, 3, 3)"]
    draws |= {f"network, {stream} stream": _network(stream) for stream in STREAMS}
    return _fingerprints(init, draws, exact)


def module_draws(init: str, *, exact: bool = False) -> dict[str, str]:
    """Return the fingerprints of a PyTorch module that ``initialize`` set."""

    def draw(init: str, dtype: str) -> Iterable[Any]:
        module = _module(dtype, kernels=init not in DENSE_ONLY)
        initlab.initialize(module, init, seed=7)
        return [one.detach().numpy() for one in module.parameters()]

    return _fingerprints(init, {"module": draw}, exact)


def _network(stream: str) -> Draw:
    return lambda init, dtype: initlab.draw_network(
        init, [2, 10, 5, 1], seed=3, stream=stream, dtype=dtype
    ).values()


def _module(dtype: str, *, kernels: bool) -> Any:
    import torch
    from torch import nn

    layers = [nn.Linear(5, 4), nn.LSTM(6, 3), nn.Embedding(5, 4), nn.MultiheadAttention(4, 2)]
    if kernels:
        layers += [nn.Conv2d(4, 6, 3, groups=2), nn.BatchNorm2d(6), nn.ConvTranspose1d(3, 2, 3)]
    return nn.ModuleList(layers).to(getattr(torch, dtype))


def _fingerprints(init: str, draws: Mapping[str, Draw], exact: bool) -> dict[str, str]:
    found = {}
    for what, draw in draws.items():
        for dtype in DTYPES:
            try:
                found[f"{what}, {dtype}"] = _fingerprint(init, draw(init, dtype), dtype, exact)
            except initlab.ShapeError:  # not every matrix can be mirrored, centred or cut in blocks
                found[f"{what}, {dtype}"] = REFUSED
    return found


def _fingerprint(init: str, arrays: Iterable[Any], dtype: str, exact: bool) -> str:
    """Return the first 16 digits of the sha256 of all bytes, in C order, little-endian."""
    content = hashlib.sha256()
    for array in arrays:
        assert array.dtype == dtype, f"{init}: {array.dtype} in the place of {dtype}"
        if not exact and any(word in init for word in ROUNDED):
            array = np.round(array, DECIMALS[dtype]) + np.dtype(dtype).type(0)  # -0.0 becomes 0.0
        content.update(array.astype(array.dtype.newbyteorder("<")).tobytes())
    return content.hexdigest()[:16]
