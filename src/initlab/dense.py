"""Old home of the dense networks: its names live in networks/ and engines/ now."""

from __future__ import annotations

from initlab.moved import moved

_HOME = {
    "DenseNetwork": "initlab.networks",
    "gradients": "initlab.networks",
    "layers": "initlab.networks",
    "predict": "initlab.networks",
    "TrainingData": "initlab.datasets.InMemory",
    "Trajectory": "initlab.engines",
    "train": "initlab.engines",
    "TrainingPlan": "initlab.records.Training",
}
__getattr__ = moved("initlab.dense", _HOME)
