def default_start(in_features):
    bound = in_features ** -0.5
    return bound, bound / 3 ** 0.5
