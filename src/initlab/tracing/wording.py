"""Names and numbers of units -> the words of a sentence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SHOWN = 6  # units that a sentence lists


def listed(names: Sequence[str]) -> str:
    """Join names: "W1", "W1 and B1", "A1, W2 and B2"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def are(names: Sequence[str], what: str) -> str:
    """Say of one or several names what they are: "A1 is 0", "A1 and W2 are 0"."""
    return f"{listed(names)} {'are' if len(names) > 1 else 'is'} {what}"


def lines(line: str, units: NDArray[np.intp], width: int) -> str:
    """Name some columns or rows by their numbers, from 1: "columns 2 and 5"."""
    if len(units) == width:
        return f"all its {line}s"
    shown = [str(int(unit) + 1) for unit in units[:SHOWN]]
    if len(units) > SHOWN:
        shown.append(f"{len(units) - SHOWN} more")
    return f"{line}{'s' if len(units) > 1 else ''} {listed(shown)}"
