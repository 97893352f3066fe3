"""Figure -> its picture below a notebook's cell, exactly once."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING

from initlab.lessons.extra import load_extra

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CSS_PIXELS = 96  # of a page, to the inch; the picture itself has more, for sharp screens
WIDTH_AT = slice(16, 20)  # where a PNG says how many pixels it is wide


def show_in_notebook(figure: Figure) -> None:
    """Show a figure below the running cell; outside a notebook, only draw it.

    A figure of pyplot's is closed, else Jupyter's inline backend would show it a second time.
    """
    buffer = io.BytesIO()
    # tight: a translated legend may be wider than the figure, and would be cut off
    figure.savefig(buffer, format="png", dpi=figure.dpi, bbox_inches="tight")
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(figure)
    png = buffer.getvalue()
    width = round(int.from_bytes(png[WIDTH_AT]) / figure.dpi * CSS_PIXELS)
    if "IPython" in sys.modules and load_extra("IPython").get_ipython() is not None:
        shown = load_extra("IPython.display")
        shown.display(shown.Image(data=png, width=width))


# where shown figures go; whoever runs a lesson outside Jupyter may put another place here
SCREEN: ContextVar[Callable[[Figure], None]] = ContextVar("SCREEN", default=show_in_notebook)
