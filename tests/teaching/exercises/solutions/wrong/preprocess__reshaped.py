def preprocess(train_X, train_Y, test_X, test_Y):
    return (train_X.reshape(train_X.shape[1], -1), train_Y.reshape(1, -1),
            test_X.reshape(test_X.shape[1], -1), test_Y.reshape(1, -1))
