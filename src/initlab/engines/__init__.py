"""(network, initial parameters, training, data) -> trajectory, by the engine that fits."""

from initlab.engines.dense import TrainingRun as TrainingRun
from initlab.engines.dense import train as train
from initlab.engines.driving import Watch as Watch
from initlab.engines.trajectory import TrainingData as TrainingData
from initlab.engines.trajectory import Trajectory as Trajectory
