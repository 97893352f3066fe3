"""Shapes and texts -> an SVG document; every text is escaped, nothing is loaded from outside."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

FONT = "system-ui, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif"


class Canvas:
    """Collects elements from back to front; lengths are in pixels at 100 %."""

    def __init__(self) -> None:
        self._elements: list[str] = []

    def rect(self, x: float, y: float, width: float, height: float, **style: object) -> None:
        """Add a rectangle."""
        size = f'width="{_number(width)}" height="{_number(height)}"'
        self._elements.append(f'<rect x="{_number(x)}" y="{_number(y)}" {size}{_style(style)}/>')

    def line(self, x1: float, y1: float, x2: float, y2: float, **style: object) -> None:
        """Add a straight line."""
        ends = f'x1="{_number(x1)}" y1="{_number(y1)}" x2="{_number(x2)}" y2="{_number(y2)}"'
        self._elements.append(f"<line {ends}{_style(style)}/>")

    def curve(self, x1: float, y1: float, x2: float, y2: float, **style: object) -> None:
        """Add a line that leaves and arrives level."""
        middle = (x1 + x2) / 2
        points = [(x1, y1), (middle, y1), (middle, y2), (x2, y2)]
        a, b, c, d = (f"{_number(x)} {_number(y)}" for x, y in points)
        self._elements.append(f'<path d="M {a} C {b}, {c}, {d}" fill="none"{_style(style)}/>')

    def text(
        self, x: float, y: float, text: str, *, size: float = 12, anchor: str = "start",
        **style: object,
    ) -> None:  # fmt: skip
        """Add one line of text whose baseline starts (or ends, or is centred) at the point."""
        place = f'x="{_number(x)}" y="{_number(y)}" font-size="{_number(size)}"'
        held = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self._elements.append(f"<text {place}{held}{_style(style)}>{escape(text)}</text>")

    def document(self, width: float, height: float, *, title: str, description: str) -> str:
        """Return the whole document on white."""
        size = f'width="{_number(width)}" height="{_number(height)}"'
        box = f'viewBox="0 0 {_number(width)} {_number(height)}"'
        font = f"font-family={quoteattr(FONT)}"
        fits = 'style="max-width: 100%; height: auto"'  # else notebooks cut it off
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} {fits} role="img" {font}>',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(description)}</desc>",
            f'<rect {size} fill="#ffffff"/>',
            *self._elements,
            "</svg>",
            "",
        ])  # fmt: skip


def _style(style: dict[str, object]) -> str:
    return "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(str(value))}"
        for key, value in style.items()
    )


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
