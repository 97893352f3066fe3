"""A name that a library or a user gives to a setting -> the names here that may be meant."""

from __future__ import annotations

from collections.abc import Iterable

from initlab.validation import near_names

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

    They are of the first kind that finds any: first letters, as in "lr"; synonyms; names that are
    spelled alike; names that have it as one of their words.

    Example:
        >>> known = ["inits", "label", "learning_rate", "steps"]
        >>> meant("target", known), meant("lr", known), meant("step", known)
        (['label'], ['learning_rate'], ['steps'])
    """
    known = list(known)
    letters = [one for one in known if "_" in one and name == _initials(one)]
    same = [one for one in SYNONYMS.get(name.lower(), ()) if one in known]
    alike = near_names(name, known)
    return letters or same or alike or [one for one in known if name.lower() in one.split("_")]


def _initials(name: str) -> str:
    """Return "lr" of learning_rate."""
    return "".join(word[:1] for word in name.split("_"))
