"""An exception of the learner's function -> where to look."""

from __future__ import annotations

import re

from initlab.teaching.exercises.answers import Failure

CALLED = "CALLED"  # in place of a pattern: the call itself failed, before the first line
OTHERWISE = "To find the cause, call your function yourself with arguments of the same kind."
LIBRARIES = {"np": "import numpy as np", "plt": "import matplotlib.pyplot as plt",
             "nn": "from torch import nn", "pd": "import pandas as pd",
             "F": "import torch.nn.functional as F",
             **{name: f"import {name}" for name in ("numpy", "torch", "math", "random", "scipy",
                                                    "sklearn", "functools")}}  # fmt: skip

# kind of exception, a pattern in its message, the hint; {} stands for the pattern's group
HINTS = (
    ("NotImplementedError", "",
     "The function is not written yet: write your code in place of the line that raises "
     "the error."),
    ("SystemExit", "", "Return the answer instead of ending the program."),
    ("MemoryError", "",
     "The code needs more memory than it may use: which array is larger than necessary?"),
    ("RecursionError", "", "When does the function stop calling itself?"),
    ("NameError", r"name '(\w+)'",
     "Nothing defines the name '{}' before the call: is the definition missing, or does the "
     "definition spell the name differently?"),
    ("UnboundLocalError", r"variable '(\w+)'",
     "The function assigns the variable '{}' somewhere, so '{}' is local to the function. At the "
     "line that raised the error, '{}' has no value: does the assignment come later, or in a "
     "branch that did not run?"),
    ("TypeError", CALLED, "How many arguments does the task ask for, and in which order?"),
    ("TypeError|AttributeError", "NoneType",
     "A value in the line that raised the error is None. A function without return returns None. "
     "append, sort and shuffle return None too, because they change the list itself."),
    ("TypeError", "as a data type",
     "NumPy takes a shape as one tuple. The tuple needs its own brackets: np.zeros((2, 3))."),
    ("TypeError", "interpreted as an integer",
     "Shapes and the arguments of range are integers. For two integers, the operator // gives an "
     "integer, and / gives a float."),
    ("TypeError", "not callable|not subscriptable",
     "Round brackets call a function; square brackets take an element of a list or an array."),
    ("TypeError", "can't convert|unsupported operand|can only concatenate|can't multiply",
     "Which types do the values in the line that raised the error have? A list is not an array."),
    ("ValueError", "reshape", "A new shape must hold as many numbers as the old shape."),
    ("ValueError", "broadcast|aligned|mismatch|dimension",
     "Which shapes do the arrays have? Print the shapes just before the line that raised "
     "the error."),
    ("ValueError", "unpack",
     "How many values are unpacked, and how many names are there for these values?"),
    ("IndexError", "too many indices",
     "How many dimensions does the array have, and how many indices stand in the brackets?"),
    ("IndexError", "valid indices",
     "Integers, slices and boolean arrays index an array; keys such as 'W1' index a dict. For two "
     "integers, the operator // gives an integer, and / gives a float."),
    ("IndexError", "",
     "Python counts from 0: what is the last index, and where does the loop end?"),
    ("KeyError", "", "Which keys does the dict have when the error is raised?"),
    ("ZeroDivisionError", "", "What is the divisor, and when is it 0?"),
    ("AttributeError", "module '(.+?)' has no", "{} has no such name: is the name misspelt?"),
    ("AttributeError", "object has no attribute",
     "Which type does the value before the dot have? A list is not an array."),
)  # fmt: skip


def name_missed(failure: Failure) -> str:
    """Return the name that a NameError is about, or ""."""
    found = re.search(r"name '(\w+)'", failure.message) if failure.kind == "NameError" else None
    return found[1] if found else ""


def failure_hint(failure: Failure) -> str:
    """Say where to look for the reason of an exception."""
    name = name_missed(failure)
    if name in LIBRARIES:
        return f"{name} is not imported: write '{LIBRARIES[name]}' above the function."
    for kinds, pattern, words in HINTS:
        if not re.fullmatch(kinds, failure.kind):
            continue
        if pattern == CALLED:
            if not failure.where:
                return words
        elif found := re.search(pattern, failure.message):
            return words.replace("{}", found[1]) if "{}" in words else words
    return OTHERWISE
