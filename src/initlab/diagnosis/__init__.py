"""Any network before training -> what its layers do to signals and gradients, and what is wrong."""
