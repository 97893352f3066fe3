"""An exception of the learner's function -> where to look."""

from __future__ import annotations

import re

from initlab.teaching.exercises.answers import Failure

CALLED = "CALLED"  # in place of a pattern: the call itself failed, before the first line
OTHERWISE = "Call your function yourself with these arguments."
LIBRARIES = {"np": "import numpy as np", "plt": "import matplotlib.pyplot as plt",
             "nn": "from torch import nn", "pd": "import pandas as pd",
             "F": "import torch.nn.functional as F",
             **{name: f"import {name}" for name in ("numpy", "torch", "math", "random", "scipy",
                                                    "sklearn", "functools")}}  # fmt: skip

# kind of exception, a pattern in its message, the hint; {} stands for the pattern's group
HINTS = (
    ("NotImplementedError", "",
     "Nothing is written here yet: your code goes in place of that line."),
    ("SystemExit", "", "Return the answer instead of ending the program."),
    ("MemoryError", "", "It wants more memory than there is."),
    ("RecursionError", "", "When does the function stop calling itself?"),
    ("NameError", r"name '(\w+)'",
     "Nothing makes {} before the call: is it spelt as where it is made, and made at all?"),
    ("UnboundLocalError", r"variable '(\w+)'",
     "The function gives {} a value further down, so {} is its own, and has none yet here."),
    ("TypeError", CALLED, "How many arguments does the task name, and in which order?"),
    ("TypeError|AttributeError", "NoneType",
     "Something is None here: so is what a function without return gives, or append, sort and "
     "shuffle, which change their list and return nothing."),
    ("TypeError", "data type",
     "NumPy wants a shape as one tuple, in brackets of its own: np.zeros((2, 3))."),
    ("TypeError", "interpreted as an integer",
     "A shape is made of whole numbers; / gives none, // does."),
    ("TypeError", "not callable", "Round brackets call a function, square ones take a part."),
    ("TypeError", "not subscriptable", "Square brackets take a part, round ones call a function."),
    ("TypeError", "can't convert|unsupported operand|can only concatenate|can't multiply",
     "Of which types are the two values? A list is no array."),
    ("ValueError", "reshape", "A new shape must hold as many numbers as the old one."),
    ("ValueError", "broadcast|aligned|mismatch|dimension",
     "Which shapes meet here? Print them just before that line."),
    ("ValueError", "unpack", "How many values come, and how many names stand there for them?"),
    ("IndexError", "", "Python counts from 0: which index is the last, and where does a loop end?"),
    ("KeyError", "", "Which names does the dict have at that line?"),
    ("ZeroDivisionError", "", "What stands below the fraction, and when is it 0?"),
    ("AttributeError", "module '(.+?)' has no", "{} has nothing of that name: is it misspelt?"),
)  # fmt: skip


def name_missed(failure: Failure) -> str:
    """Return the name that a NameError is about, or ""."""
    found = re.search(r"name '(\w+)'", failure.message) if failure.kind == "NameError" else None
    return found[1] if found else ""


def failure_hint(failure: Failure) -> str:
    """Say where to look for the reason of an exception."""
    name = name_missed(failure)
    if name in LIBRARIES:
        return f"No import makes {name}: {LIBRARIES[name]} belongs above the function."
    for kinds, pattern, words in HINTS:
        if not re.fullmatch(kinds, failure.kind):
            continue
        if pattern == CALLED:
            if not failure.where:
                return words
        elif found := re.search(pattern, failure.message):
            return words.replace("{}", found[1]) if "{}" in words else words
    return OTHERWISE
