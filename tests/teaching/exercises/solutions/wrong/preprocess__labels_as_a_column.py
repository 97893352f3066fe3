def preprocess(train_X, train_Y, test_X, test_Y):
    return train_X.T, train_Y.reshape(-1, 1), test_X.T, test_Y.reshape(-1, 1)
