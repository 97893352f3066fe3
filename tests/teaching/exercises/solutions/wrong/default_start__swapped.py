def default_start(in_features):
    return (1 / (3 * in_features)) ** 0.5, (1 / in_features) ** 0.5
