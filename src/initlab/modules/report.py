"""Old home of names that live in initialization/ now."""

from initlab.moved import moved

_HOME = dict.fromkeys(("Initialized", "ParameterRow"), "initlab.initialization.report")
__getattr__ = moved("initlab.modules.report", _HOME)
