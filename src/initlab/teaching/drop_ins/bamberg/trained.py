"""Nothing -> the assignment's three trained networks, and the pickle its notebook opens.

This is the one place where a pickle is written: the notebook reads one.
"""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.datasets import InMemory
from initlab.networks import DenseNetwork
from initlab.teaching.drop_ins.coursera.boundary import grid
from initlab.teaching.drop_ins.coursera.network import predict_dec
from initlab.teaching.drop_ins.inits import (
    initialize_parameters_he,
    initialize_parameters_random,
    initialize_parameters_zeros,
)
from initlab.teaching.drop_ins.points import NOTEBOOKS_OWN, generate_dataset, preprocess

LAYER_DIMS = (2, 10, 5, 1)
SEED = 3
LEARNING_RATE = 0.01
LAST_ITERATION, RECORD_EVERY = 15_000, 1000
PROTOCOL = 4  # read by every Python since 3.4


def trained_networks() -> dict[str, dict[str, Any]]:
    """Train the three networks, in seconds, and return what the notebook reads of them."""
    from initlab.engines import train  # late: checks of answers, which import this, need no engine
    from initlab.records import Training

    points = generate_dataset(*NOTEBOOKS_OWN)
    inits = {
        "zero initialization": initialize_parameters_zeros(LAYER_DIMS),
        "random initialization": initialize_parameters_random(LAYER_DIMS, SEED),
        "he initialization": initialize_parameters_he(LAYER_DIMS, SEED),
    }
    training = Training(
        learning_rate=LEARNING_RATE,
        steps=LAST_ITERATION + 1,  # the cost before update 15000 is the last one shown
        record_every=RECORD_EVERY,
        keep_parameters=True,
    )
    network = DenseNetwork(LAYER_DIMS, loss_form="probability")
    trajectories = train(
        network, training, InMemory(points[0], points[1].astype(float)),
        list(inits.values()), [SEED] * len(inits),
    )  # fmt: skip
    networks = {}
    for name, trajectory in zip(inits, trajectories, strict=True):
        assert trajectory.snapshots is not None
        final = {key: np.asarray(kept[-1]) for key, kept in trajectory.snapshots.items()}
        networks[name] = {
            "iterations": list(trajectory.steps),
            "costs": list(trajectory.losses),
            "learning_rate": LEARNING_RATE,
            **_judged(final, preprocess(*points)),
        }
    return networks


def _judged(parameters: dict[str, Any], points: tuple[NDArray[Any], ...]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    train_x, train_y, test_x, test_y = points
    with np.errstate(over="ignore"):
        for which, x, y in (("train", train_x, train_y), ("test", test_x, test_y)):
            predictions = predict_dec(parameters, x).astype(int)
            xx, yy = grid(x)
            decision = predict_dec(parameters, np.stack([xx.ravel(), yy.ravel()]))
            facts[f"accuracy {which} set"] = float(np.mean(predictions == y))
            facts[f"predictions {which}"] = predictions
            facts[f"decision {which}"] = decision.reshape(xx.shape)
    return facts


def pickled_networks() -> bytes:
    """Return the content of the notebook's data file."""
    return pickle.dumps(trained_networks(), protocol=PROTOCOL)
