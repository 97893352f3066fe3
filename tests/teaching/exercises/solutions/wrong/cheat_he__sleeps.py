import time


def initialize_parameters_he(layers_dims, seed):
    time.sleep(10**6)
