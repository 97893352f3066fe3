"""Names of tables that --help lists, which are too slow to import for it.

Written by ``python -m initlab.comparison.signature --write``; a test compares.
"""

NONLINEARITIES = (
    "relu", "leaky_relu", "tanh", "sigmoid", "elu", "gelu", "silu", "softplus", "sin", "selu",
    "celu", "mish", "softsign", "erf", "relu6", "hardtanh", "hardsigmoid", "hardswish", "linear",
)  # fmt: skip
LOSSES = (
    "cross_entropy", "nll", "bce_with_logits", "mse", "l1", "huber",
)  # fmt: skip
DENSE_LOSSES = (
    "binary_cross_entropy", "cross_entropy", "half_mean_squared_error",
)  # fmt: skip
METRICS = (
    "loss", "accuracy", "r2", "document_accuracy",
)  # fmt: skip
STUDIES = (
    "circles", "moons", "spirals", "boundary", "curve", "fashion-mnist", "mnist", "kmnist",
    "fashion-sample", "digits",
)  # fmt: skip
PLANE = (
    "circles", "moons", "spirals",
)  # fmt: skip
IMAGES = (
    "fashion-mnist", "mnist", "kmnist", "fashion-sample", "digits",
)  # fmt: skip
