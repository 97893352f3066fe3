"""A recording and one of its frames -> the next update, number by number."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np

from initlab.engines.batches import BatchOrder
from initlab.errors import InitlabError, refusal
from initlab.lab.runs import Recording
from initlab.networks import DenseNetwork
from initlab.tracing import Trace, trace

MOST_WEIGHTS = 30  # of a picture that can be read


def traced(recording: Recording, panel: int, step: int) -> Trace:
    """Return the update that follows a frame, of the same batch as in the training.

    Raises:
        ArgumentError: there is no such frame, the network is too large, or its update is not that
            of plain gradient descent.
    """
    study, loaded = recording.prepared
    network, training, data = study.problem.dense, study.training, loaded.dataset
    assert network is not None
    assert data is not None
    weights = study.problem.weight_count
    if weights > MOST_WEIGHTS:
        expected = f"those of a network of at most {MOST_WEIGHTS} weights"
        raise refusal("layer_dims", expected, list(network.layer_dims), where="step mode")
    if training.optimizer == "adam" or training.momentum or training.dropout:
        words = "Step mode shows plain gradient descent: gd or sgd, without momentum and dropout."
        raise InitlabError(words, argument="optimizer")
    rows: Any = slice(None)
    if training.batch_size is not None:
        order = BatchOrder(study.seeds[0], len(data.y_train), training.batch_size)
        rows = order.rows(step, step + 1)[0]
        rows = rows[rows >= 0]
    return trace(
        network, _parameters(recording, network, panel, step),
        (data.x_train[rows], data.y_train[rows]), learning_rate=training.learning_rate,
    )  # fmt: skip


def _parameters(
    recording: Recording, network: DenseNetwork, panel: int, step: int
) -> dict[str, Any]:  # fmt: skip
    """Return the parameters at a frame, as the page has them: float32."""
    if (panel, step) not in recording.frames:
        raise refusal("step", "that of a frame of this run", step)
    weights = json.loads(recording.frames[panel, step])["weights"]
    flat = np.frombuffer(base64.b64decode(weights), "<f4").astype(np.float64)
    found = {}
    for parameter in network.parameter_names:
        shape = network.shape_of(parameter)
        size = shape[0] * shape[1]
        found[parameter], flat = flat[:size].reshape(shape), flat[size:]
    return found
