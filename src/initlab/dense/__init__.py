"""Dense networks: their description, their training, and what their units do."""

from initlab.dense.driving import Watch
from initlab.dense.forward import gradients, layers, predict
from initlab.dense.network import DenseNetwork
from initlab.dense.plan import TrainingPlan
from initlab.dense.replicate import TrainingData, Trajectory
from initlab.dense.training import TrainingRun, train

__all__ = [
    "DenseNetwork",
    "TrainingData",
    "TrainingPlan",
    "TrainingRun",
    "Trajectory",
    "Watch",
    "gradients",
    "layers",
    "predict",
    "train",
]
