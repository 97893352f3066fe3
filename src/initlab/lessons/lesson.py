"""Id of a lesson -> what its notebook asks of us: the language, and figures in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from initlab.lessons.catalogue import translations
from initlab.lessons.display import SCREEN
from initlab.lessons.figures import translate_figure
from initlab.lessons.language import language_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
        """Show a matplotlib figure here and now, once; its labels become the lesson's language."""
        translate_figure(figure, translations(self.language))
        SCREEN.get()(figure)


def open_lesson(lesson_id: str) -> Lesson:
    """Open the lesson whose notebook is running.

    Its language is that of ``lesson.json`` in the working folder, which is the notebook's own in
    Jupyter; else $INITLAB_LANGUAGE; else English.

    Raises:
        ArgumentError: the language asked for is none that lessons have.
        DataError: ``lesson.json`` cannot be read.
    """
    return Lesson(lesson_id, language_of(Path.cwd()))
