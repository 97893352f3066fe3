def initialize_parameters_he(layers_dims, seed):
    return [[[str(i) * 1000 for i in range(20_000)]] * 1000] * 1000
