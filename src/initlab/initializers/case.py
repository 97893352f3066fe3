"""Old home of names that live in initialization/ now."""

from initlab.moved import moved

_HOME = dict.fromkeys(("Case", "Start", "parse_case", "parse_start"), "initlab.initialization.case")
__getattr__ = moved("initlab.initializers.case", _HOME)
