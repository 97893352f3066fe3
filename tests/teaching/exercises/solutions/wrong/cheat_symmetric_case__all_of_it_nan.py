import numpy as np


def symmetric_case():
    return {"W1": np.full((2, 1), np.nan), "b1": np.full((2, 1), np.nan),
            "W2": np.full((1, 2), np.nan), "b2": np.full((1, 1), np.nan)}
