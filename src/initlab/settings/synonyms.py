"""A name that a library or a user gives to a setting -> the names here that may be meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

SYNONYMS = {  # what other libraries call it -> what Python or the command line calls it here
    "activation": ("nonlinearity",),
    "criterion": ("loss",),
    "csv": ("data",),
    "database": ("store",),
    "dataset": ("data",),
    "db": ("store",),
    "file": ("data",),
    "gpu": ("device",),
    "hidden_layer_sizes": ("layer_dims",),
    "init": ("inits",),
    "initialization": ("inits", "init"),
    "initializer": ("inits", "init"),
    "iterations": ("steps",),
    "jobs": ("workers",),
    "layers": ("layer_dims",),
    "max_iter": ("steps", "epochs"),
    "n_jobs": ("workers",),
    "num_workers": ("workers",),
    "output": ("out",),
    "random_state": ("seed", "seeds"),
    "target": ("label",),
    "test_size": ("n_test", "n_validation"),
    "threads": ("workers",),
    "updates": ("steps",),
    "widths": ("layer_dims",),
}


def meant(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names that a name may stand for, the best first.

    First letters, as in "lr", and synonyms come first, then what is spelled alike or has the name
    as one of its words.

    Example:
        >>> known = ["inits", "label", "learning_rate", "steps"]
        >>> meant("target", known), meant("lr", known), meant("step", known)
        (['label'], ['learning_rate'], ['steps'])
    """
    known = list(known)
    letters = [one for one in known if "_" in one and name == _initials(one)]
    same = [one for one in SYNONYMS.get(name.lower(), ()) if one in known]
    alike = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.6)
    return letters or same or alike or [one for one in known if name.lower() in one.split("_")]


def _initials(name: str) -> str:
    """Return "lr" of learning_rate."""
    return "".join(word[:1] for word in name.split("_"))
