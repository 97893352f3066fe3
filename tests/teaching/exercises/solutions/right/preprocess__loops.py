import numpy as np


def preprocess(train_X, train_Y, test_X, test_Y):
    def points(x):
        return np.array([[row[k] for row in x] for k in range(x.shape[1])])

    def classes(y):
        return np.array([list(y)])

    return [points(train_X), classes(train_Y), points(test_X), classes(test_Y)]
