"""(network, initial parameters, training, data) -> trajectory, by the engine that fits."""

from initlab.engines.dense import DenseEngine as DenseEngine
from initlab.engines.dense import train as train
from initlab.engines.driving import Callbacks as Callbacks
from initlab.engines.trajectory import TrainingData as TrainingData
from initlab.engines.trajectory import Trajectory as Trajectory
