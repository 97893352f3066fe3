"""Comparing starts: named studies, their settings, and the comparison itself."""

from initlab.comparison.compare import compare, compare_again, run_study
from initlab.comparison.comparison import Comparison
from initlab.comparison.recipes import RECIPES, Recipe
from initlab.comparison.settings import Source, make_study, prepare

__all__ = [
    "RECIPES",
    "Comparison",
    "Recipe",
    "Source",
    "compare",
    "compare_again",
    "make_study",
    "prepare",
    "run_study",
]
