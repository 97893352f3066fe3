"""A recording and one of its frames -> the next update, number by number."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import numpy as np

from initlab.engines.batches import BatchOrder
from initlab.errors import invalid_argument
from initlab.lab.runs import Recording
from initlab.lab.scene import why_untraceable
from initlab.networks import DenseNetwork
from initlab.tracing import Trace, trace


def traced(recording: Recording, panel: int, step: int) -> Trace:
    """Return the update that follows a frame, of the same batch as in the training.

    Raises:
        InitlabError: there is no such frame, or :func:`why_untraceable` says why not.
    """
    study, loaded = recording.prepared
    network, training, data = study.problem.dense, study.training, loaded.dataset
    assert network is not None
    assert data is not None
    if (why := why_untraceable(study)) is not None:
        raise why
    rows: Any = slice(None)
    if training.batch_size is not None:
        order = BatchOrder(study.seeds[0], len(data.y_train), training.batch_size)
        rows = order.rows(step, step + 1)[0]
        rows = rows[rows >= 0]
    found = trace(
        network, _parameters(recording, network, panel, step),
        (data.x_train[rows], data.y_train[rows]), learning_rate=training.learning_rate,
    )  # fmt: skip
    return replace(found, steps=tuple(replace(one, step=step + 1) for one in found.steps))


def _parameters(
    recording: Recording, network: DenseNetwork, panel: int, step: int
) -> dict[str, Any]:  # fmt: skip
    """Return the parameters at a frame, as the page has them: float32."""
    if (panel, step) not in recording.frames:
        raise invalid_argument("step", "a step at which this run recorded a frame", step)
    weights = json.loads(recording.frames[panel, step])["weights"]
    flat = np.frombuffer(base64.b64decode(weights), "<f4").astype(np.float64)
    found = {}
    for parameter in network.parameter_names:
        shape = network.shape_of(parameter)
        size = shape[0] * shape[1]
        found[parameter], flat = flat[:size].reshape(shape), flat[size:]
    return found
