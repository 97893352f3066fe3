from sklearn.datasets import make_circles


def generate_dataset(n_samples_train, n_samples_test, noise_train, noise_test, seed_train, seed_test):
    return (*make_circles(n_samples_train, noise=noise_train),
            *make_circles(n_samples_test, noise=noise_test))
