def default_start(in_features):
    return (6 / in_features) ** 0.5, (2 / in_features) ** 0.5
