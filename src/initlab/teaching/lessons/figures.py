"""Figure and translations -> the same figure, its labels in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from initlab.teaching.lessons.fonts import font_for
from initlab.teaching.lessons.labels import messages_of, translated
from initlab.teaching.lessons.wording import NO_FONT

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

_told: set[str] = set()  # what was said once in this process
_translated: WeakSet[Figure] = WeakSet()  # 0,5 must not be read as an English number


def figure_messages(figure: Figure) -> set[str]:
    """Return every message that the labels of a figure need."""
    return {message for text in _words(figure) for message in messages_of(text)}


def translate_figure(figure: Figure, known: Mapping[str, str]) -> None:
    """Put the labels of a figure into another language.

    Where no installed font has the characters, labels stay as they are, and a note says so once.

    Args:
        figure: changed in place, once: titles, axes, ticks, legends, annotations.
        known: English message -> translation.
    """
    if not known or figure in _translated:
        return
    wanted = "".join(translated(text, known) for text in _words(figure))
    families = font_for(wanted)
    if families is None:
        sentence = known.get(NO_FONT, NO_FONT)
        if sentence not in _told:
            _told.add(sentence)
            print(sentence)
        return

    def into(text: str) -> str:
        return translated(text, known)

    axes = [axis for one in figure.axes for axis in (one.xaxis, one.yaxis)]
    major, minor = (
        {getattr(axis, get)() for axis in axes}
        for get in ("get_major_formatter", "get_minor_formatter")
    )
    for formatter in major | minor:  # in sets: shared axes share theirs
        _translate_ticks(formatter, into)
    for text in _texts(figure):
        text.set_fontfamily(families)
        text.set_text(into(text.get_text()))
    _translated.add(figure)


def _translate_ticks(formatter: Any, into: Callable[[str], str]) -> None:
    """Let a formatter write words and numbers in the other language."""
    in_english = formatter.format_ticks
    formatter.format_ticks = lambda values: [into(text) for text in in_english(values)]


def _words(figure: Figure) -> Iterator[str]:
    """Yield every text that is drawn."""
    figure.draw_without_rendering()  # ticks have their texts only then
    return (text.get_text() for text in _texts(figure) if text.get_visible())


def _texts(figure: Figure) -> Iterator[Text]:
    from matplotlib.text import Text

    for found in figure.findobj(Text):
        if isinstance(found, Text) and found.get_text().strip():
            yield found
