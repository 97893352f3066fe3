def he(layers_dims):
    return {}


def another(layers_dims):
    return {}
