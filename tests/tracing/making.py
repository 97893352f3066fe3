"""The document's runs, and networks of every kind, for several tests."""

from __future__ import annotations

import numpy as np

import initlab
from initlab.networks import DenseNetwork

FIRST_CASE = "W1=0,B1=0,W2=0,B2=0"
SECOND_CASE = "W1=0,B1=1,W2=0,B2=1"
NETWORKS = {
    "regression": DenseNetwork((2, 4, 3, 2), "tanh", "half_mean_squared_error"),
    "two classes": DenseNetwork((3, 5, 1), "gelu", "binary_cross_entropy"),
    "several classes": DenseNetwork((2, 6, 4), "silu", "cross_entropy"),
    "relu": DenseNetwork((3, 7, 5, 1), "relu", "half_mean_squared_error"),
    "no hidden layer": DenseNetwork((3, 2), "tanh", "half_mean_squared_error"),
}


def started(case, dims=(1, 2, 1)):
    return initlab.draw_network(case, dims, seed=3, stream="course")


def first_case(**options):
    points = ([0.5, 0.5], [0.545945946, 0.259459459])
    return initlab.trace([1, 2, 1], started(FIRST_CASE), points, steps=2, batch_size=1, **options)


def second_case(**options):
    points = ([0.5, 0.0629], [0.524324324, 0.167567568])
    return initlab.trace([1, 2, 1], started(SECOND_CASE), points, steps=2, batch_size=1, **options)


def random_points(network, samples=7, seed=0):
    generator = np.random.RandomState(seed)
    x = generator.standard_normal((samples, network.layer_dims[0]))
    outputs = network.layer_dims[-1]
    if network.loss == "half_mean_squared_error":
        return x, generator.standard_normal((samples, outputs))
    return x, generator.randint(max(2, outputs), size=samples)


def random_trace(network, **options):
    start = initlab.draw_network("normal(std=0.7)", network.layer_dims, seed=1, bias_init="normal")
    return initlab.trace(network, start, random_points(network), **options)


def why(trace, name, step=1):
    """The remarks about a quantity, as sentences."""
    (row,) = [row for row in trace.explain() if (row.step, row.name) == (step, name)]
    return [str(remark) for remark in row.remarks]
