"""Old home of names that live in initialization/ now."""

from initlab.moved import moved

_HOME = dict.fromkeys(
    ("draw_network", "network_laws", "parameter_shapes"), "initlab.initialization.dense"
)
__getattr__ = moved("initlab.initializers.network", _HOME)
