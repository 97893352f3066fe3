"""Comparing the starts of any PyTorch module: its settings, its engines, its cells."""

from initlab.comparison.modules.run import run_module_study
from initlab.comparison.modules.settings import (
    module_options,
    prepare_module,
    prepare_module_again,
)
from initlab.comparison.modules.study import ModuleStudy

__all__ = [
    "ModuleStudy",
    "module_options",
    "prepare_module",
    "prepare_module_again",
    "run_module_study",
]
