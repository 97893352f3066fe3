import numpy as np


def preprocess(train_X, train_Y, test_X, test_Y):
    return (train_X.T, np.expand_dims(train_Y, axis=0),
            test_X.T, np.expand_dims(test_Y, axis=0))
