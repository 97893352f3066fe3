"""Old home of the nonlinearities: they live in nonlinearities/ now."""

from __future__ import annotations

from initlab.moved import moved

_HOME = dict.fromkeys(
    ("LEAKY_SLOPE", "SELU_DEPTH", "SELU_SCALE", "TABLE", "Nonlinearity", "nonlinearity", "sigmoid"),
    "initlab.nonlinearities.table",
)
__getattr__ = moved("initlab.networks.nonlinearities", _HOME)
