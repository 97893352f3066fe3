"""A number -> as few characters as show it to a reader."""

from __future__ import annotations

import math


def shown(value: float, digits: int) -> str:
    """Write a number with so many decimals; far from 1, with so many digits and an exponent.

    Example:
        >>> shown(-0.54594595, 4), shown(0.5, 4), shown(0.0, 4), shown(6.9e-6, 4)
        ('-0.5459', '0.5', '0', '6.9e-6')
    """
    if not math.isfinite(value):
        return str(value)
    size = abs(value)
    if size and not 10 ** -(digits - 1) <= size < 10**5:
        mantissa, exponent = f"{value:.{max(digits - 3, 1)}e}".split("e")
        return f"{_trimmed(mantissa)}e{int(exponent)}"
    return _trimmed(f"{value:.{digits}f}")


def _trimmed(text: str) -> str:
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if short == "-0" else short
