"""What Bamberg's assignment on initialization needs: answers, figures, data, checker."""

from initlab.course.bamberg.checker import check_notebook
from initlab.course.bamberg.exercises import generate_dataset, preprocess
from initlab.course.bamberg.trained import pickled_networks, trained_networks
from initlab.course.bamberg.visualization import Visualization
from initlab.course.starts import (
    initialize_parameters_he,
    initialize_parameters_random,
    initialize_parameters_zeros,
)

__all__ = [
    "Visualization",
    "check_notebook",
    "generate_dataset",
    "initialize_parameters_he",
    "initialize_parameters_random",
    "initialize_parameters_zeros",
    "pickled_networks",
    "preprocess",
    "trained_networks",
]
