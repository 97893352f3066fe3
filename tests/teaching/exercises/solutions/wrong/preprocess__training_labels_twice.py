import numpy as np


def preprocess(train_X, train_Y, test_X, test_Y):
    n = len(test_Y)
    return train_X.T, train_Y[np.newaxis], test_X.T, np.resize(train_Y, n)[np.newaxis]
