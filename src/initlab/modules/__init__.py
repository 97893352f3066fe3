"""Starts of PyTorch modules: a model and a start in, the model's parameters set, a report out."""

from initlab.modules.initialize import initialize
from initlab.modules.report import Initialized, ParameterRow

__all__ = ["Initialized", "ParameterRow", "initialize"]
