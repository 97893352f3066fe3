import ctypes


def initialize_parameters_he(layers_dims, seed):
    ctypes.string_at(0)
