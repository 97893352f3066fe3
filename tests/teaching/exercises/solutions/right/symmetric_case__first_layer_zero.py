import numpy as np


def symmetric_case():
    return dict(W1=np.zeros((2, 1)), b1=np.full((2, 1), -0.5),
                W2=np.array([[0.25, 0.25]]), b2=np.array([[3.0]]))
