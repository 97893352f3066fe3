"""Names and numbers of units -> the words of a sentence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from initlab.validation import listed

SHOWN = 6  # units that a sentence lists


def are(names: Sequence[str], what: str) -> str:
    """Say of one or several names what they are: "A1 is 0", "A1 and W2 are 0"."""
    return f"{listed(names)} {'are' if len(names) > 1 else 'is'} {what}"


def lines(line: str, units: NDArray[np.intp], width: int) -> str:
    """Name some columns or rows by their numbers, from 0: "columns 1 and 4"."""
    if len(units) == width:
        return f"all its {line}s"
    shown = [str(int(unit)) for unit in units[:SHOWN]]
    if len(units) > SHOWN:
        rest = len(units) - SHOWN
        shown.append(f"{rest} other {line}{'s' if rest > 1 else ''}")
    return f"{line}{'s' if len(units) > 1 else ''} {listed(shown)}"
