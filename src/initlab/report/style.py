"""Init and class numbers -> colours, and bare axes -> axes that look like ours.

Nothing here touches pyplot or changes a global setting: a notebook keeps its own style, and every
figure is a plain Figure object, drawn when it is saved.
"""

from __future__ import annotations

import io
import math
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from initlab.errors import invalid_argument
from initlab.numbers import shown
from initlab.report.backend import load_matplotlib

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.text import Text

# Okabe & Ito (2008), readable with every kind of colour blindness; their yellow is too pale for
# lines on white. A second turn is of the same hues, darker or paler: no two inits share a colour.
INIT_COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#56B4E9", "#E69F00",
    "#00436A", "#8A3C00", "#005C43", "#8B3F68", "#7A7A7A", "#2B84BC", "#9A6A00",
)  # fmt: skip
LINE_STYLES = ("-", "--", ":", "-.")  # every seven colours the dashes change
DASHED = 7
HUES = {  # of common inits; any other has one by its spelling
    "he_normal": 0, "glorot_uniform": 1, "orthogonal": 2, "default": 3, "torch_default": 3,
    "zeros": 4, "glorot_normal": 5, "he_uniform": 6,
}  # fmt: skip
# Purple against gold differ in lightness as well, and are not mistaken for an init's colour.
CLASS_COLOURS = (
    "#5E3C99", "#E5A50A", "#1B9E77", "#C2185B", "#4F6D7A",
    "#8C6D31", "#7FB800", "#00A6C0", "#A04000", "#7F7F7F",
)  # fmt: skip
CLASS_MARKERS = ("o", "^", "s", "D", "v", "P", "X", "<", ">", "p")

BASE = "best constant prediction"  # the row of the table, the line of a figure
INK = "#222222"
QUIET = "#6B6B6B"
GRID = "#E3E3E3"

DPI = 150
WIDTH = 7.0  # inches: the text width of a paper
TITLE_SIZE = 10.0
TEXT_SIZE = 8.5
SMALL_SIZE = 7.5
APART, MOST_POWERS = (1, 2, 5, 10, 20, 50, 100), 6  # powers of ten that a log axis writes
NARROW = 3.0  # ratio of the ends of a log axis that may hold one power alone


def init_colour(inits: Sequence[str], index: int) -> str:
    """Colour of an init, the same in every study but where two would share one.

    Args:
        inits: all of the study, in its order.
        index: place of the init among them.
    """
    return INIT_COLOURS[_hues(tuple(inits))[index] % len(INIT_COLOURS)]


def init_dashes(inits: Sequence[str], index: int) -> str:
    """Line style of an init; see :func:`init_colour`."""
    return LINE_STYLES[_hues(tuple(inits))[index] // DASHED % len(LINE_STYLES)]


@cache
def _hues(inits: tuple[str, ...]) -> tuple[int, ...]:
    """Return a number per init: its own, or the next that none has, common inits before others."""
    taken: dict[int, str] = {}
    for init in sorted(inits, key=lambda one: one not in HUES):
        first = len(taken) // DASHED * DASHED  # of this turn of hues
        own = HUES.get(init, zlib.crc32(init.encode()))
        free = (first + (own + k) % DASHED for k in range(DASHED))
        taken[next(hue for hue in free if hue not in taken)] = init
    hue_of = {init: hue for hue, init in taken.items()}
    return tuple(hue_of[init] for init in inits)


def class_colour(index: int) -> str:
    """Colour of a class."""
    return CLASS_COLOURS[index % len(CLASS_COLOURS)]


def class_marker(index: int) -> str:
    """Marker of a class, so that print without colour still tells them apart."""
    return CLASS_MARKERS[index % len(CLASS_MARKERS)]


def base_line(draw: Callable[..., object], level: float) -> None:
    """Draw a quiet dotted line at a constant prediction's score, by ``axhline`` or ``axvline``."""
    draw(level, color=QUIET, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)


def label(text: str) -> str:
    """Return a name as a figure shows it: as it is spelt, never read as a formula or hidden."""
    shown = text.replace("$", r"\$")
    return " " + shown if shown.startswith("_") else shown  # a leading _ hides a legend entry


def broken(name: str, fits: int) -> str:
    r"""Break a long name between its parts, and a long part between its words.

    A word ends at a comma, a semicolon, a bracket, ``=`` or ``_``.

    Example:
        >>> broken("W1=he_truncated_normal,B1=0", 16).split("\n")
        ['W1=he_truncated_', 'normal,B1=0']
    """
    words = [name]
    if len(name) > fits:
        parts = re.findall(r"[^,;]+[,;]?\s*", name)
        words = [word for part in parts for word in _words(part, fits)]
    lines = [""]
    for word in words:
        if lines[-1] and len(lines[-1] + word.rstrip()) > fits:
            lines.append("")
        lines[-1] += word
    return "\n".join(line.rstrip() for line in lines)


def _words(part: str, fits: int) -> list[str]:
    return [part] if len(part.rstrip()) <= fits else re.findall(r"[^(=_:]+[(=_:]*|[(=_:]+", part)


def new_figure(width: float = WIDTH, height: float = 3.6) -> Figure:
    """Return an empty white figure, in inches, whose parts make room for each other."""
    shown_figure = _shown_figure()
    figure = shown_figure(figsize=(width, height), dpi=DPI, layout="constrained", facecolor="white")
    figure.get_layout_engine().set(rect=(0.005, 0.01, 0.99, 0.975))  # type: ignore[union-attr, call-arg]
    return figure


@cache
def _shown_figure() -> type[Figure]:
    """Return a Figure that Jupyter shows as a picture, though pyplot never heard of it."""
    load_matplotlib()
    from matplotlib.figure import Figure

    class ShownFigure(Figure):
        def _repr_png_(self) -> bytes:
            buffer = io.BytesIO()
            self.savefig(buffer, format="png")
            return buffer.getvalue()

    return ShownFigure


def new_panels(count: int, columns: int, figure: Figure, **sharing: Any) -> list[Axes]:
    """Return ``count`` axes of a figure, row by row; places in the last row may stay empty."""
    grid = list(figure.subplots(-(-count // columns), columns, squeeze=False, **sharing).flat)
    for unused in grid[count:]:
        unused.remove()
    return grid[:count]


def figure_of(ax: Axes) -> Figure:
    """Return the whole figure that holds ``ax``."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def one_axes(ax: Axes | None, *, height: float = 3.6) -> Axes:
    """Return the caller's axes, or those of a new figure."""
    return ax if ax is not None else new_figure(height=height).add_subplot()


def axes_list(axes: Sequence[Axes] | Any, count: int, *, where: str) -> list[Axes]:
    """Return the caller's axes (a sequence or an array of them) as a list of ``count``."""
    flat = list(axes.flat) if hasattr(axes, "flat") else list(axes)
    if len(flat) != count:
        raise invalid_argument("axes", f"{count} axes", f"{len(flat)} axes", where=where)
    return flat


def dress(ax: Axes, *, grid: str = "both", box: bool = False) -> None:
    """Give axes our look: two thin spines or a box, a grid behind the data, small dark text."""
    ax.set_facecolor("white")
    ax.set_axisbelow(True)
    if grid in ("both", "x", "y"):
        ax.grid(visible=True, axis=grid, color=GRID, linewidth=0.7)  # type: ignore[arg-type]
    else:
        ax.grid(visible=False)
    for side, spine in ax.spines.items():
        spine.set_visible(box or side in ("left", "bottom"))
        spine.set_color(QUIET)
        spine.set_linewidth(0.8)
    ax.tick_params(which="both", labelsize=SMALL_SIZE, color=QUIET, labelcolor=INK, width=0.8)
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set_fontsize(TEXT_SIZE)
        axis.label.set_color(INK)


def readable_log_ticks(axis: Axis, low: float, high: float) -> None:
    """Write 0.1, 0.2, 0.5, 1, ... on a log axis that spans few powers of ten, else some of these.

    Powers stand 1, 2, 5, 10, ... apart: 7 would be read one by one.
    """
    load_matplotlib()
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    if high / low > 1e4:
        decades = math.log10(high) - math.log10(low)
        apart = next((one for one in APART if decades <= one * MOST_POWERS), APART[-1])
        axis.set_major_locator(LogLocator(base=10.0**apart))
        return
    if high / low < NARROW:
        axis.set_major_locator(MaxNLocator(4))
        axis.set_major_formatter(FuncFormatter(lambda x, _: shown(x, ".6g")))
        axis.set_minor_formatter(NullFormatter())
        return
    wide = high / low > 100
    axis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda x, _: shown(x, ".6g")))
    axis.set_minor_formatter(NullFormatter())


def whole_ticks(axis: Axis) -> None:
    """Write 5,000, 10,000, ... on an axis of whole numbers."""
    load_matplotlib()
    from matplotlib.ticker import StrMethodFormatter

    axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def title(ax: Axes, text: str, *, pad: float = 6.0, colour: str = INK) -> None:
    """Write a bold title above the left edge of the axes."""
    ax.set_title(
        label(text), loc="left", fontsize=TITLE_SIZE, fontweight="bold", color=colour, pad=pad
    )


def note_above(
    ax: Axes, text: str, height: float, *, size: float = SMALL_SIZE, **font: Any
) -> None:
    """Write a text from the left edge of the axes, so many points above them."""
    ax.annotate(
        label(text), (0.0, 1.0), xycoords="axes fraction", xytext=(0.0, height),
        textcoords="offset points", fontsize=size, **{"color": QUIET, **font},
    )  # fmt: skip


def figure_title(figure: Figure, text: str) -> None:
    """Write a bold title at the left, above all axes."""
    figure.suptitle(
        label(text), x=0.01, ha="left", fontsize=TITLE_SIZE, fontweight="bold", color=INK
    )


def legend_below(
    figure: Figure, entries: Sequence[Artist | Mapping[str, Any]], columns: int
) -> None:
    """Write a legend below all axes; an entry is an artist, or label and looks of a line."""
    load_matplotlib()
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], **one) if isinstance(one, Mapping) else one for one in entries]
    figure.legend(
        handles=handles, loc="outside lower center", ncols=columns, frameon=False,
        fontsize=TEXT_SIZE,
    )  # fmt: skip


def outline(text: Text) -> None:
    """Give a text a white rim, so that it can be read over a curve."""
    load_matplotlib()
    from matplotlib.patheffects import withStroke

    text.set_path_effects([withStroke(linewidth=3, foreground="white")])
