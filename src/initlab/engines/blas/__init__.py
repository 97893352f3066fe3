"""Steps of a network too wide for a compiled kernel: BLAS multiplies, short loops do the rest."""
