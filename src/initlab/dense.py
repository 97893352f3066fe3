"""Old home of the dense networks: its names live in networks/ and engines/ now."""

from __future__ import annotations

from typing import Any

from initlab.moved import moved

_HOME = {
    "DenseNetwork": "initlab.networks",
    "gradients": "initlab.networks",
    "layers": "initlab.networks",
    "predict": "initlab.networks",
    "TrainingData": "initlab.engines",
    "Trajectory": "initlab.engines",
    "train": "initlab.engines",
    "TrainingPlan": "initlab.records.Training",
}


def __getattr__(name: str) -> Any:
    return moved("initlab.dense", name, _HOME)
