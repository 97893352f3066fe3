"""Old home of names that live in initialization/ now."""

from initlab.moved import moved

_HOME = dict.fromkeys(("DEFAULT", "initialize"), "initlab.initialization.module")
__getattr__ = moved("initlab.modules.initialize", _HOME)
