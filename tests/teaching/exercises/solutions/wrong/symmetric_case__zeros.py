import numpy as np


def symmetric_case():
    return {"W1": np.zeros((2, 1)), "b1": np.zeros((2, 1)),
            "W2": np.zeros((1, 2)), "b2": np.zeros((1, 1))}
