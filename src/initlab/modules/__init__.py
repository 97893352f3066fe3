"""PyTorch modules, taken apart: their layers in order of computation, what each parameter is."""

from initlab.moved import moved

__getattr__ = moved(
    "initlab.modules",
    dict.fromkeys(("Initialized", "ParameterRow", "initialize"), "initlab.initialization"),
)
