"""Measured number -> its text for a reader: -0.018 is −0.018, 12345 is 12,300, 1.2e-07 is 1.2e−7.

Tables, figures and sentences about networks write numbers this way: a true minus, thousands with
commas, short exponents. What a reader may copy, or compares with what Python prints, stays as
Python spells it: settings, commands, JSON, CSV, the values of exercises.
"""

from __future__ import annotations

import math

MINUS = "−"
LARGEST_PLAIN = 5  # power of ten: from here on a number whose digits do not say it has an exponent


def shown(value: float, form: str = ".3g") -> str:
    """Return a number as text.

    Args:
        value: the number; may be infinite or NaN.
        form: precision as in a format string: ".3g" for three digits, ".4f" for four decimals.

    Example:
        >>> shown(-0.0179), shown(12345.0), shown(1.2e-7, ".2g"), shown(-39.36313, ".4f")
        ('−0.0179', '12,300', '1.2e−7', '−39.3631')
    """
    text = format(value, form.replace(".", ",.", 1))
    mantissa, sign, power = text.partition("e")
    if sign and 0 < int(power) < LARGEST_PLAIN:
        text = f"{float(mantissa) * 10 ** int(power):,.0f}"
    elif sign:
        text = f"{mantissa}e{int(power)}"
    if not text.strip("-0.,"):  # a negative number that is rounded to 0
        text = text.removeprefix("-")
    return text.replace("-", MINUS)


def decimals(value: float, digits: int) -> str:
    """Return a number with at most so many decimals; far from 1, with fewer and an exponent.

    Example:
        >>> decimals(-0.54594595, 4), decimals(0.5, 4), decimals(0.0, 4), decimals(6.9e-6, 4)
        ('−0.5459', '0.5', '0', '6.9e−6')
    """
    size = abs(value)
    if size and math.isfinite(size) and not 10 ** -(digits - 1) <= size < 10**LARGEST_PLAIN:
        mantissa, power = f"{value:.{max(digits - 3, 1)}e}".split("e")
        return f"{_trimmed(mantissa)}e{int(power)}".replace("-", MINUS)
    return _trimmed(shown(value, f".{digits}f"))


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
