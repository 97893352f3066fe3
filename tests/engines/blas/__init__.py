"""The parts of the BLAS path, file by file."""
