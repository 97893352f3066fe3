"""Initializations of a study -> the names that sentences, tables and figures show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from initlab.errors import InitlabError
from initlab.initializers import parse
from initlab.initializers.registry import find


def shown_names(inits: Sequence[str]) -> list[str]:
    """Return a name per initialization: as it is spelt, with all that tells it from the others.

    Canonical spelling leaves out an argument that has its default; beside the same initializer with
    another value it is what distinguishes the two.

    Example:
        >>> shown_names(["uniform", "uniform(low=-0.5, high=0.5)", "zeros"])
        ['uniform(low=0, high=1)', 'uniform(low=-0.5, high=0.5)', 'zeros']
    """
    values = [_arguments(init) for init in inits]
    names = []
    for init, (kind, given) in zip(inits, values, strict=True):
        alike = [other for name, other in values if name == kind]
        differing = [name for name in given if any(one[name] != given[name] for one in alike)]
        inside = ", ".join(f"{name}={given[name]!r}" for name in differing)
        names.append(f"{kind}({inside})" if "(" not in init and differing else init)
    return names


def _arguments(init: str) -> tuple[str, dict[str, Any]]:
    try:
        one = parse(init)
    except InitlabError:  # an initialization per parameter, or no initializer of ours
        return init, {}
    given = dict(one.arguments)
    defaults = {a.name: a.default for a in find(one.name).arguments}
    shown = {k: int(v) if isinstance(v, float) and v.is_integer() else v
             for k, v in {**defaults, **given}.items()}  # fmt: skip
    return one.name, shown
