"""A learner's function -> the ways in which it may want to be called, the likeliest first."""

from __future__ import annotations

import contextlib
import inspect
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

SEEDS = ("seed", "random_state")  # parts of a parameter's name
GENERATORS = ("rng", "generator", "gen")
FILLING = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
DEEPEST = 10  # decorators


@dataclass(frozen=True)
class Way:
    """One way to call a function.

    Attributes:
        layer: whether it gets a PyTorch layer to set in place of the numbers.
        seed: how it takes its seed: "" as the next argument, else by this name; None not at all.
        generator: whether it takes a generator of NumPy's in place of a number.
    """

    layer: bool = False
    seed: str | None = None
    generator: bool = False


def ways(
    function: Callable[..., Any], given: int, seed: int | None, layer_form: bool
) -> Iterator[Way]:
    """Yield how to call a function.

    Args:
        function: the learner's, perhaps wrapped by decorators.
        given: number of its arguments, without the seed.
        seed: of the call; None where no seed is offered.
        layer_form: whether it may want a PyTorch layer.
    """
    parameters = _parameters(function, given)
    filling = [one for one in parameters if one.kind in FILLING]
    required = [one for one in filling if one.default is one.empty]
    forms = [False]
    if layer_form and parameters and len(required) <= 1 <= len(filling):
        forms = [True, False] if len(filling) >= given else [True]
    for layer in forms:
        if seed is None:
            yield Way(layer)
        else:
            yield from _seeded(parameters, 1 if layer else given, layer)


def seed_arguments(way: Way, seed: int | None) -> tuple[list[Any], dict[str, Any]]:
    """Return the seed as a positional or a keyword argument."""
    if way.seed is None:
        return [], {}
    value = np.random.default_rng(seed) if way.generator else seed
    return ([], {way.seed: value}) if way.seed else ([value], {})


def _seeded(parameters: list[inspect.Parameter], given: int, layer: bool) -> Iterator[Way]:
    """Yield the ways to hand over a seed: by its name, as a required argument more, or by trying.

    A function with room for anything gets a seed only if it cannot do without.
    """
    room = [one for one in parameters if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    filling = [one for one in parameters if one.kind in FILLING]
    more = filling[given:]
    named = [one for one in parameters if one not in (*filling[:given], *room) and _is_seed(one)]
    if named:
        one = named[0]
        by = "" if one in more[:1] or one.kind == one.POSITIONAL_ONLY else one.name
        if any(name in one.name.lower() for name in SEEDS):
            yield Way(layer, by)
            return
        yield from (Way(layer, by, True), Way(layer, by))
        if one.default is not one.empty:
            yield Way(layer)
    elif more and more[0].default is inspect.Parameter.empty:
        yield from (Way(layer, ""), Way(layer, "", True))
    else:
        yield Way(layer)
        if any(one.kind == one.VAR_POSITIONAL for one in room):
            yield Way(layer, "")
        if any(one.kind == one.VAR_KEYWORD for one in room):
            yield Way(layer, "seed")


def _is_seed(one: inspect.Parameter) -> bool:
    words = one.name.lower()
    return any(name in words for name in SEEDS) or bool(set(words.split("_")) & set(GENERATORS))


def _parameters(function: Callable[..., Any], given: int) -> list[inspect.Parameter]:
    """Return the parameters of a function, or of the one inside that a decorator left open."""
    for _ in range(DEEPEST):
        try:
            found = list(inspect.signature(function).parameters.values())
        except (TypeError, ValueError):
            return []
        inner = _held(function)
        if not inner or all(one.kind != one.VAR_POSITIONAL for one in found):
            return found
        fitting = (one for one in inner if _takes(one, given) or _takes(one, given + 1))
        function = next(fitting, inner[0])
    return []


def _takes(function: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(function).bind(*range(count))
    except (TypeError, ValueError):
        return False
    return True


def _held(function: Callable[..., Any]) -> list[Callable[..., Any]]:
    """Return the functions that a function, or an object in place of one, holds on to."""
    held = list(getattr(function, "__dict__", {}).values())
    for cell in getattr(function, "__closure__", None) or ():
        with contextlib.suppress(ValueError):  # an empty cell
            held.append(cell.cell_contents)
    no_answers = (type, types.BuiltinFunctionType)
    return [one for one in held if callable(one) and not isinstance(one, no_answers)]
