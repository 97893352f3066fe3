"""Dense networks: their description, and what they compute in plain NumPy."""

from initlab.networks.dense import NONLINEARITIES as NONLINEARITIES
from initlab.networks.dense import DenseNetwork as DenseNetwork
from initlab.networks.forward import gradients as gradients
from initlab.networks.forward import layers as layers
from initlab.networks.forward import predict as predict
