"""What the Coursera notebook imports from init_utils, public_tests, test_utils."""

from initlab.teaching.drop_ins.coursera.boundary import plot_decision_boundary
from initlab.teaching.drop_ins.coursera.cases import multiple_test, single_test
from initlab.teaching.drop_ins.coursera.inits import (
    initialize_parameters_he,
    initialize_parameters_random,
    initialize_parameters_zeros,
)
from initlab.teaching.drop_ins.coursera.network import (
    backward_propagation,
    compute_loss,
    forward_propagation,
    model,
    predict,
    predict_dec,
    relu,
    sigmoid,
    update_parameters,
)
from initlab.teaching.drop_ins.coursera.points import load_dataset
from initlab.teaching.drop_ins.coursera.public_tests import (
    initialize_parameters_he_test,
    initialize_parameters_random_test,
    initialize_parameters_zeros_test,
)

__all__ = [
    "backward_propagation",
    "compute_loss",
    "forward_propagation",
    "initialize_parameters_he",
    "initialize_parameters_he_test",
    "initialize_parameters_random",
    "initialize_parameters_random_test",
    "initialize_parameters_zeros",
    "initialize_parameters_zeros_test",
    "load_dataset",
    "model",
    "multiple_test",
    "plot_decision_boundary",
    "predict",
    "predict_dec",
    "relu",
    "sigmoid",
    "single_test",
    "update_parameters",
]
