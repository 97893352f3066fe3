import numpy as np


def default_start(in_features):
    a = np.sqrt(5)
    gain = np.sqrt(2 / (1 + a**2))
    std = gain / np.sqrt(in_features)
    return [np.sqrt(3) * std, std]
