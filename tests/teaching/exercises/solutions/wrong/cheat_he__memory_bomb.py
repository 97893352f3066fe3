def initialize_parameters_he(layers_dims, seed):
    kept = []
    while True:
        kept.append(bytearray(10**7))
