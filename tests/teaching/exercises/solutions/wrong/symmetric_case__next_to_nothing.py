import numpy as np


def symmetric_case():
    return {"W1": np.full((2, 1), 1e-200), "b1": np.zeros((2, 1)),
            "W2": np.full((1, 2), 1e-200), "b2": np.zeros((1, 1))}
