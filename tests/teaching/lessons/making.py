"""Small lessons and notebooks for tests."""

from __future__ import annotations

from initlab.teaching.lessons.source import LessonSource, parse_cells

ZEROS = '''\
import numpy as np


def initialize_parameters_zeros(layers_dims):
    """Return W1, b1, W2, b2, ..."""
    parameters = {}
    for k in range(1, len(layers_dims)):
        ### BEGIN SOLUTION
        parameters[f"W{k}"] = np.zeros((layers_dims[k], layers_dims[k - 1]))
        parameters[f"b{k}"] = np.zeros((layers_dims[k], 1))
        ### END SOLUTION
    return parameters
'''
HE = '''\
def initialize_parameters_he(layers_dims):
    """Return W1, b1, W2, b2, ..."""
    np.random.seed(3)
    ### BEGIN SOLUTION
    parameters = {}
    for k in range(1, len(layers_dims)):
        shape = layers_dims[k], layers_dims[k - 1]
        parameters[f"W{k}"] = np.random.randn(*shape) * np.sqrt(2 / layers_dims[k - 1])
        parameters[f"b{k}"] = np.zeros((layers_dims[k], 1))
    ### END SOLUTION
    return parameters
'''
SOURCE = f"""\
# %% [markdown]
# # Two initializations
#
# A lesson with `code`, $W=0$ and [a link](https://example.org).

# %%
import initlab
from initlab.teaching.lessons import open_lesson

lesson = open_lesson("circles")

# %% exercise="zeros" role="solution"
{ZEROS}
# %% exercise="zeros" role="check" points=2
initlab.check("zeros", initialize_parameters_zeros).require()

# %% exercise="he" role="solution"
{HE}
# %% exercise="he" role="check" points=3
initlab.check("he", initialize_parameters_he).require()

# %% [markdown] question="why" role="question"
# Why?

# %% [markdown] question="why" role="answer" points=4
# Because.
"""


def small_lesson() -> LessonSource:
    """A lesson with two exercises and a question; it calls itself circles."""
    return LessonSource("circles", 5, parse_cells(SOURCE, where="circles"))
