"""Starts of PyTorch modules: a model and a start in, the model's parameters set, a report out."""

from initlab.modules.initialize import initialize as initialize
from initlab.modules.report import Initialized as Initialized
from initlab.modules.report import ParameterRow as ParameterRow
