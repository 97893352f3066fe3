"""Comparing inits: named studies, their settings, and the comparison itself."""

from initlab.comparison.compare import compare as compare
from initlab.comparison.compare import compare_again as compare_again
from initlab.comparison.comparison import Comparison as Comparison
from initlab.comparison.prepare import prepare as prepare
from initlab.comparison.prepare import prepare_again as prepare_again
from initlab.comparison.recipes import RECIPES as RECIPES
from initlab.comparison.recipes import Recipe as Recipe
from initlab.comparison.run_study import run_study as run_study
from initlab.comparison.train_models import TrainedModel as TrainedModel
from initlab.comparison.train_models import train_models as train_models
