import numpy as np


def symmetric_case():
    return {"W1": np.ones((2, 1)), "b1": np.zeros((2, 1)),
            "W2": np.array([[1.0, 2.0]]), "b2": np.zeros((1, 1))}
