"""MPLBACKEND -> matplotlib imported, even where the variable names no backend there is.

``import matplotlib`` itself fails on such a name, although our figures are drawn without a backend.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any

from initlab.errors import invalid_argument

VARIABLE = "MPLBACKEND"


def load_matplotlib() -> None:
    """Import matplotlib; call this before every import from it.

    A backend that matplotlib knows is set as if matplotlib had read the variable itself, so that
    pyplot later shows figures where the user wants them, in Jupyter for example.
    """
    if "matplotlib" in sys.modules:
        return
    backend = os.environ.pop(VARIABLE, None)
    try:
        import matplotlib
    finally:
        if backend is not None:
            os.environ[VARIABLE] = backend
    if backend:
        with contextlib.suppress(ValueError):  # no such backend: as without the variable
            matplotlib.rcParams["backend"] = backend


def pyplot() -> Any:
    """Return matplotlib.pyplot with a figure to draw in.

    Raises:
        ArgumentError: the backend that ``MPLBACKEND`` names does not work here.
    """
    load_matplotlib()
    import matplotlib.pyplot as plt

    try:
        plt.gcf()
    except (ImportError, ValueError) as error:  # a backend that is not there, or needs a screen
        backend = os.environ.get(VARIABLE, "")
        raise invalid_argument(VARIABLE, "a backend of matplotlib that works here", backend,
                               hint=f"{error}") from error  # fmt: skip
    return plt
