"""Text such as 256x784 or 256,784 -> the sizes of a shape."""

from __future__ import annotations

from initlab.errors import invalid_argument

FORM = "sizes joined by x or commas, such as 256x784"


def sizes_of(shape: str, argument: str = "shape") -> tuple[int, ...]:
    """Return the sizes, refused where they are not whole numbers."""
    parts = shape.lower().replace("×", "x").replace(",", "x").split("x")
    try:
        return tuple(int(part) for part in parts)
    except ValueError:
        raise invalid_argument(argument, FORM, shape) from None
