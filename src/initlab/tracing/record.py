"""Trace -> plain lists and numbers, as JSON takes them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from initlab.tracing.explanation import conclusion, rows, signal_end
from initlab.tracing.step import Step

if TYPE_CHECKING:
    from initlab.tracing.trace import Trace


def record(trace: Trace) -> dict[str, Any]:
    """Return the trace as a record; infinite and undefined numbers become "inf" and "nan"."""
    network = trace.network
    return {
        "network": {
            "layer_dims": list(network.layer_dims),
            "nonlinearity": network.nonlinearity,
            "loss": network.loss,
        },
        "learning_rate": trace.learning_rate,
        "batch_size": trace.batch_size,
        "outcome": trace.outcome,
        "start": _plain(trace.start),
        "steps": [_step(step) for step in trace.steps],
    }


def _step(step: Step) -> dict[str, Any]:
    described = rows(step)
    return {
        "step": step.step,
        "loss": _plain(step.loss),
        "inputs": _plain(step.inputs),
        "targets": _plain(step.targets),
        "forward": _plain(step.forward),
        "backward": _plain(step.backward),
        "parameters": _plain(step.parameters),
        "equations": {row.name: row.equation for row in described},
        "remarks": {row.name: [str(one) for one in row.remarks]
                    for row in described if row.remarks},
        "signal_end": signal_end(step),
        "conclusion": conclusion(step),
    }  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if math.isfinite(value) else str(value)
