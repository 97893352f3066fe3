"""Id of a lesson -> what its notebook asks of us: figures in its language, each shown once."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from initlab.teaching.lessons.catalogue import translations
from initlab.teaching.lessons.extra import load_extra
from initlab.teaching.lessons.figures import translate_figure
from initlab.teaching.lessons.language import language_of

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


@dataclass(frozen=True)
class Lesson:
    """The lesson that a notebook opened.

    Attributes:
        id: name of the lesson, such as "circles".
        language: "en", "zh" or "ru".
    """

    id: str
    language: str

    def show(self, figure: Figure) -> None:
        """Show a figure below the running cell, once, with its labels in the lesson's language."""
        translate_figure(figure, translations(self.language))
        SCREEN.get()(figure)


def open_lesson(lesson_id: str) -> Lesson:
    """Open the lesson whose notebook is running.

    ``lesson.json`` in the working folder (in Jupyter the folder of the notebook) names the
    language; else $INITLAB_LANGUAGE does; else it is English.

    Raises:
        ArgumentError: the language asked for is none that lessons have.
        DataError: ``lesson.json`` cannot be read.
    """
    return Lesson(lesson_id, language_of(Path.cwd()))
