from sklearn.datasets import make_circles


def generate_dataset(*arguments):
    n, noise, seed = arguments[0:2], arguments[2:4], arguments[4:6]
    parts = []
    for k in range(2):
        x, y = make_circles(n[k], noise=noise[k], random_state=seed[k])
        parts += [x, y.astype(float)]
    return parts
