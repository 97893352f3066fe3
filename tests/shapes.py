"""Array shapes in the annotations of initlab's functions, checked whenever the tests call them.

``Float[Array, "n features"]`` names axes: an axis of one name has one length in a call, results
too; ``"*shape"`` and ``"*x"`` are the axes that the argument of this name says or has. They are
looked at when a function has returned, so that no error of initlab's own is hidden.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import re
import sys
import types
import typing
from pathlib import Path

import jaxtyping
import numpy as np

import initlab

SOURCE = Path(initlab.__file__).parent
AXES = re.compile(r"""\[(Array|Units|Weight|NDArray\[[\w.]+\]), ["']""")


class Arrays:
    """What stands for every type of arrays, whose dtype is in ``Float`` or ``Int`` already."""

    def __class_getitem__(cls, dtype):
        return np.ndarray


NAMES = {"Array": np.ndarray, "Units": np.ndarray, "Weight": np.ndarray, "NDArray": Arrays}


def homes():
    """Yield the modules that name axes."""
    for path in sorted(SOURCE.rglob("*.py")):
        if "from jaxtyping import" in path.read_text(encoding="utf-8"):
            parts = path.relative_to(SOURCE.parent).with_suffix("").parts
            yield importlib.import_module(".".join(parts))


def annotated(module):
    """Yield the functions and methods of a module whose annotations name axes, with their class."""
    kinds = [one for one in vars(module).values() if inspect.isclass(one)]
    for owner in (None, *[one for one in kinds if one.__module__ == module.__name__]):
        for function in list(vars(owner or module).values()):
            own = inspect.isfunction(function) and function.__module__ == module.__name__
            if own and any(AXES.search(str(note)) for note in function.__annotations__.values()):
                yield owner, function


def checked(function):
    """Return a function that compares what it took and gives with its annotations."""
    names = {**inspect.unwrap(function).__globals__, **vars(jaxtyping), **NAMES}
    notes = {name: eval(note, names) for name, note in function.__annotations__.items()
             if AXES.search(str(note))}  # fmt: skip
    parameters = inspect.signature(function).parameters
    assert all(one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD) for one in parameters.values())
    said = str(list(function.__annotations__.values()))
    known = [name for name in parameters if f"*{name}" in said]
    right = set()  # shapes and dtypes that were found to fit: most calls have those of another one

    @functools.wraps(function)
    def run(*args, **keywords):
        result = function(*args, **keywords)
        given = {**dict(zip(parameters, args, strict=False)), **keywords, "return": result}
        dims = {name: tuple(given[name]) if name == "shape" else np.shape(given[name])
                for name in known if name in given}  # fmt: skip
        values = {name: given[name] for name in notes if name in given}
        looks = (*dims.items(), *((name, look(value)) for name, value in values.items()))
        if looks in right:
            return result
        with jaxtyping.jaxtyped("context"):
            for name, axes in dims.items():
                assert isinstance(
                    np.broadcast_to(0.0, axes), jaxtyping.Float[np.ndarray, f"*{name}"]
                )
            for name, value in values.items():
                fits(notes[name], value, f"{function.__qualname__}, {name}")
        right.add(looks)
        return result

    return run


def look(value):
    """Return what decides whether a value fits: its type, and the shapes and dtypes in it."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.shape, value.dtype
    if isinstance(value, (dict, list, tuple)):
        return type(value), *map(look, value.values() if isinstance(value, dict) else value)
    return type(value)


def fits(hint, value, where):
    """Assert that a value has the shape and dtype of its annotation."""
    kind, inner = typing.get_origin(hint), typing.get_args(hint)
    value = np.asarray(value) if isinstance(value, np.generic) else value
    if kind in (dict, list):
        for one in value.values() if kind is dict else value:
            fits(inner[-1], one, where)
    elif kind is tuple:
        for one, part in zip(inner, value, strict=True):
            fits(one, part, where)
    elif kind in (typing.Union, types.UnionType):
        if value is not None:
            fits(inner[0], value, where)
    else:
        assert isinstance(value, hint), f"{where} is not {hint.__name__}: {look(value)}"


def check_all():
    """Put the checked functions where modules have the plain ones; return what puts them back."""
    changed = []
    for home in homes():
        for owner, function in annotated(home):
            run = checked(function)
            modules = [one for name, one in sys.modules.items()
                       if name.startswith(("initlab", "tests"))]  # fmt: skip
            for place in modules if owner is None else [owner]:
                for name in [k for k, one in vars(place).items() if one is function]:
                    setattr(place, name, run)
                    changed.append((place, name, function))
    return lambda: [setattr(*one) for one in changed]
