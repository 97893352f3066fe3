"""Name -> arguments of ``initlab.compare``: the studies whose numbers are kept."""

from __future__ import annotations

from typing import Any

ON_CIRCLES = {"name": "circles", "inits": ["zeros", "normal(std=10)", "he_normal"]}
# compiled, float64
CIRCLES = {**ON_CIRCLES, "seeds": [3]}  # all 15,000 steps: the documents' three accuracies
CIRCLES_BY_DEFAULT = {**ON_CIRCLES, "stream": "default", "seeds": 5, "steps": 3000}
CURVE = {"name": "curve", "epochs": 100, "seeds": 2}
# 8 seeds: enough for a difference to be called one
RATES = {**CURVE, "epochs": 20, "learning_rate": [0.05, 0.5], "seeds": 8}
# a gradient of a linear network that explodes, beside one that does not
NEIGHBOUR = {
    "name": "curve", "nonlinearity": "linear", "learning_rate": 0.2, "steps": 60,
    "record_every": 20, "inits": ["normal(std=30)", "he_normal"], "seeds": 2,
}  # fmt: skip
# BLAS, float32, dropout
DIGITS = {"name": "digits", "inits": ["he_normal", "torch_default"], "steps": 25, "seeds": 2}
DIGITS_NEIGHBOUR = {**DIGITS, "inits": ["normal(std=1e+18)", "he_normal"], "steps": 8}

DENSE: dict[str, dict[str, Any]] = {
    "circles, course stream": CIRCLES,
    "circles, default stream": CIRCLES_BY_DEFAULT,
    "curve": CURVE,
    "curve, two learning rates": RATES,
    "curve, a diverging neighbour": NEIGHBOUR,
    "digits": DIGITS,
    "digits, a diverging neighbour": DIGITS_NEIGHBOUR,
}


def modules() -> dict[str, dict[str, Any]]:
    """Return the studies of PyTorch modules, which need it to be built."""
    from . import networks

    # not "default" or "as_built": those numbers are PyTorch's own
    usual = {"inits": ["he_normal", "orthogonal"], "seeds": 2, "steps": 24, "batch_size": 16,
             "stratify": False}  # fmt: skip
    mlp = {**usual, "model": networks.Mlp, "data": networks.rows, "optimizer": "sgd",
           "momentum": 0.9, "learning_rate": 0.05}  # fmt: skip
    cnn = {**usual, "model": networks.Cnn, "data": networks.images, "learning_rate": 0.01}
    lstm = {**usual, "model": networks.Lstm, "data": networks.sequences, "loss": "mse",
            "learning_rate": [0.003, 0.03], "clip_norm": 1.0}  # fmt: skip
    return {
        "MLP, torch engine": {**mlp, "engine": "torch"},
        "MLP, dense engine": {**mlp, "engine": "dense"},
        "MLP, torch engine, a diverging neighbour": {
            **mlp, "engine": "torch", "inits": ["normal(std=1e+38)", "he_normal"], "steps": 8,
        },
        "CNN with BatchNorm": cnn,
        "LSTM, two learning rates": lstm,
    }  # fmt: skip
