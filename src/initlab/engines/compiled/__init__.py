"""Kernels generated and compiled for the layer sizes of small networks."""
