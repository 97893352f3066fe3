"""What Bamberg's assignment on initialization needs: answers, figures, data, checker."""

from initlab.course.bamberg.checker import check_notebook as check_notebook
from initlab.course.bamberg.trained import pickled_networks as pickled_networks
from initlab.course.bamberg.trained import trained_networks as trained_networks
from initlab.course.bamberg.visualization import Visualization as Visualization
from initlab.course.points import generate_dataset as generate_dataset
from initlab.course.points import preprocess as preprocess
from initlab.course.starts import initialize_parameters_he as initialize_parameters_he
from initlab.course.starts import initialize_parameters_random as initialize_parameters_random
from initlab.course.starts import initialize_parameters_zeros as initialize_parameters_zeros
