"""What Bamberg's assignment on initialization needs: answers, figures, data, checker."""

from initlab.teaching.drop_ins.bamberg.checker import check_notebook as check_notebook
from initlab.teaching.drop_ins.bamberg.trained import pickled_networks as pickled_networks
from initlab.teaching.drop_ins.bamberg.trained import trained_networks as trained_networks
from initlab.teaching.drop_ins.bamberg.visualization import Visualization as Visualization
from initlab.teaching.drop_ins.inits import initialize_parameters_he as initialize_parameters_he
from initlab.teaching.drop_ins.inits import (
    initialize_parameters_random as initialize_parameters_random,
)
from initlab.teaching.drop_ins.inits import (
    initialize_parameters_zeros as initialize_parameters_zeros,
)
from initlab.teaching.drop_ins.points import generate_dataset as generate_dataset
from initlab.teaching.drop_ins.points import preprocess as preprocess
