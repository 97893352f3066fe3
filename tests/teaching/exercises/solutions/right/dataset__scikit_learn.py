import sklearn.datasets


def generate_dataset(n_samples_train, n_samples_test, noise_train, noise_test, seed_train, seed_test):
    train_X, train_Y = sklearn.datasets.make_circles(
        n_samples=n_samples_train, noise=noise_train, random_state=seed_train)
    test_X, test_Y = sklearn.datasets.make_circles(
        n_samples=n_samples_test, noise=noise_test, random_state=seed_test)
    return train_X, train_Y, test_X, test_Y
