"""Figure and translations -> the same figure, its labels in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from initlab.teaching.lessons.fonts import font_for
from initlab.teaching.lessons.labels import messages_of, translated
from initlab.teaching.lessons.wording import NO_FONT

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

_told: set[str] = set()  # what was said once in this process


def figure_messages(figure: Figure) -> set[str]:
    """Return every message that the labels of a figure need."""
    return {message for text in _words(figure) for message in messages_of(text)}


def translate_figure(figure: Figure, known: Mapping[str, str]) -> None:
    """Put the labels of a figure into another language.

    Where no installed font has the characters, labels stay as they are, and a note says so once.

    Args:
        figure: changed in place: titles, axes, ticks that are words, legends, annotations.
        known: English message -> translation.
    """
    if not known:
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

    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            ticks = axis.get_major_formatter()
            if (translation := _translated_ticks(ticks, into)) is not ticks:
                axis.set_major_formatter(translation)
    for text in _texts(figure):
        text.set_fontfamily(families)
        text.set_text(into(text.get_text()))


def _translated_ticks(formatter: Any, into: Callable[[str], str]) -> Any:
    """Return a formatter that writes words in the other language; those of numbers are kept."""
    from matplotlib.ticker import FixedFormatter, FuncFormatter

    if isinstance(formatter, FixedFormatter):
        translation = FixedFormatter([into(str(text)) for text in formatter.seq])
        translation.set_offset_string(formatter.get_offset())
        return translation
    if isinstance(formatter, FuncFormatter):
        return FuncFormatter(lambda x, pos: into(formatter(x, pos)))
    return formatter


def _words(figure: Figure) -> Iterator[str]:
    """Yield every text that is drawn."""
    figure.draw_without_rendering()  # ticks have their texts only then
    return (text.get_text() for text in _texts(figure) if text.get_visible())


def _texts(figure: Figure) -> Iterator[Text]:
    from matplotlib.text import Text

    for found in figure.findobj(Text):
        if isinstance(found, Text) and found.get_text().strip():
            yield found
