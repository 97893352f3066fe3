"""(network, initial parameters, training, data) -> trajectory, by the engine that fits."""

from initlab.datasets.dataset import InMemory as InMemory
from initlab.engines.dense import DenseEngine as DenseEngine
from initlab.engines.dense import train as train
from initlab.engines.stepping import Callbacks as Callbacks
from initlab.engines.trajectory import Trajectory as Trajectory
from initlab.moved import moved

__getattr__ = moved("initlab.engines", {"TrainingData": "initlab.datasets.InMemory"})
