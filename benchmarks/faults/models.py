"""Every model of the nine sets, and the half that one of the first set belongs to."""

from __future__ import annotations

import hashlib

from cases import Model
from healthy import HEALTHY
from held_back import HELD_BACK
from sick import SICK
from unseen import UNSEEN
from unseen2 import UNSEEN2
from unseen3 import UNSEEN3
from unseen4 import UNSEEN4
from unseen5 import UNSEEN5
from unseen6 import UNSEEN6
from unseen7 import UNSEEN7

MODELS: tuple[Model, ...] = (*SICK, *HEALTHY)
SETS = {  # by what their tables begin with
    "": MODELS,
    "held_back": tuple(HELD_BACK),
    "unseen": tuple(UNSEEN),
    "unseen2": tuple(UNSEEN2),
    "unseen3": tuple(UNSEEN3),
    "unseen4": tuple(UNSEEN4),
    "unseen5": tuple(UNSEEN5),
    "unseen6": tuple(UNSEEN6),
    "unseen7": tuple(UNSEEN7),
}


def held_out(name: str) -> bool:
    """Return whether a model is kept out when thresholds are chosen: by its name's SHA-256."""
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 1
