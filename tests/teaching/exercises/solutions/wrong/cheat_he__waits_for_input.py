def initialize_parameters_he(layers_dims, seed):
    return input("the answer, please: ")
