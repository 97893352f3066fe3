#!/usr/bin/env python
# ruff: noqa
# fmt: off
# In the manner of a course's script: run from a terminal, beside the helper files.
import numpy as np
import matplotlib
matplotlib.use('Agg')
import matplotlib.pyplot as plt
from init_utils import *
from public_tests import *


def initialize_parameters_he(layers_dims):
    np.random.seed(3)
    parameters = {}
    for l in range(1, len(layers_dims)):
        parameters['W' + str(l)] = np.random.randn(layers_dims[l], layers_dims[l-1]) / np.sqrt(layers_dims[l-1] / 2.0)
        parameters['b' + str(l)] = np.zeros((layers_dims[l], 1))
    return parameters


def main():
    initialize_parameters_he_test(initialize_parameters_he)
    train_X, train_Y, test_X, test_Y = load_dataset()
    plt.savefig('points.png')
    plt.close()
    parameters = model(train_X, train_Y, num_iterations=15000, initialization="he")
    plt.savefig('cost.png')
    plt.close()
    predict(train_X, train_Y, parameters)
    predict(test_X, test_Y, parameters)
    plt.title("He")
    plot_decision_boundary(lambda x: predict_dec(parameters, x.T), train_X, train_Y)
    plt.savefig('boundary.png')


if __name__ == '__main__':
    main()
