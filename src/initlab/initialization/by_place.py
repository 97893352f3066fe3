"""Text "mitchell_out" <-> a method that takes its layer, or their number, from a weight's place."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from initlab.errors import InitlabError, invalid_argument
from initlab.initializers.registry import find
from initlab.initializers.spec import CALL, Initializer, Value, named_call

LAYER, LAYERS, BRANCHES, DEPTH = "layer", "layers", "branches", "depth"
FROM_PLACE = (LAYER, LAYERS, BRANCHES, DEPTH)  # arguments that a weight's place gives
FIRST = {"depth_scaled_uniform": 1}  # number of the first layer, where it is not 0
OUTSIDE = {"fixup": Initializer("he_normal")}  # of weights in no branch (Zhang et al. 2019, sec. 4)
NUMBERED = re.compile(r"(?:(.*?)\.)?(\d+)(?:\.|$)")


@dataclass(frozen=True)
class Position:
    """Where a weight stands.

    Attributes:
        layer: number of its layer among its like, from 0; None where its name has none.
        layers: number of those, or of those beside it; 0 where no name has a number.
        branches: residual branches of the network.
        depth: weights in the branch that it lies in, one after the other; 0 for none.
    """

    layer: int | None = None
    layers: int = 0
    branches: int = 0
    depth: int = 0


@dataclass(frozen=True)
class ByPlace:
    """A method of the catalogue without the arguments that the weight's place gives.

    Attributes:
        name: canonical name of the method.
        arguments: those that are given.
    """

    name: str
    arguments: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def of(cls, text: str) -> ByPlace | None:
        """Return what a text means; None where its method needs no more.

        Raises:
            ArgumentError: it is no method, or refuses what is given.
        """
        name, given = named_call(text)
        missing = [one.name for one in find(name).arguments
                   if one.required and one.name not in dict(given)]  # fmt: skip
        if not missing or not set(missing) <= set(FROM_PLACE):
            return None
        _completed(name, dict(given), dict.fromkeys(missing, 1))  # refuses what is given
        return cls(name, given)

    @property
    def in_branches(self) -> bool:
        """Whether it asks for the residual branches of the network."""
        return any(one.name == BRANCHES for one in find(self.name).arguments)

    def init(self, position: Position, where: str) -> Initializer:
        """Return the method of a weight.

        Raises:
            ArgumentError: its place does not give what the method needs.
        """
        given, names = dict(self.arguments), [one.name for one in find(self.name).arguments]
        if self.in_branches and not position.depth and self.name in OUTSIDE:
            return OUTSIDE[self.name]
        if self.name == "fixup" and position.depth == 1:
            return Initializer("zeros")  # its branch's only weight is its last (sec. 4)
        found: dict[str, int] = {}
        if position.layers:
            found = {LAYERS: position.layers}
        if position.layer is not None:
            found[LAYER] = position.layer + FIRST.get(self.name, 0)
        if position.depth:
            found |= {BRANCHES: position.branches, DEPTH: position.depth}
        placed = {name: found[name] for name in names if name in found and name not in given}
        missing = [one.name for one in find(self.name).arguments
                   if one.required and one.name not in {**given, **placed}]  # fmt: skip
        for name in missing:
            hint = "This weight lies in no residual branch."
            if name != BRANCHES:
                hint = (
                    "initlab takes the number of a layer from names such as h.3.fc.weight, but "
                    "the name of this weight has no such number."
                )
            raise invalid_argument(name, f"given, such as {self.name}({name}=1)", None, where=where,
                                   hint=hint)  # fmt: skip
        return _completed(self.name, given, placed)

    def __str__(self) -> str:
        inside = ", ".join(f"{key}={value!r}" for key, value in self.arguments)
        return f"{self.name}({inside})" if inside else self.name


def placed_of(text: str) -> ByPlace | None:
    """Return the method that a weight's place completes; None of other texts, also wrong ones."""
    if CALL.fullmatch(text) is not None:  # no time is lost on a hint for W1=0, W2=normal
        with contextlib.suppress(InitlabError):  # said where the text is parsed
            return ByPlace.of(text)
    return None


def positions(names: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Return the layer of each parameter whose name has a number, and how many layers there are.

    Example:
        >>> positions(["h.0.fc.weight", "h.3.fc.weight", "head.weight"])
        {'h.0.fc.weight': (0, 4), 'h.3.fc.weight': (3, 4)}
    """
    found = {name: match for name in names if (match := NUMBERED.match(name))}
    layers: dict[str | None, int] = {}
    for match in found.values():
        layers[match[1]] = max(layers.get(match[1], 0), int(match[2]) + 1)
    return {name: (int(match[2]), layers[match[1]]) for name, match in found.items()}


def layers_beside(name: str, numbers: Mapping[str, tuple[int, int]]) -> int:
    """Return how many layers stand beside a parameter whose name has no number.

    Those of the part of the model that it shares the most of its name with; of several, the most.

    Example:
        >>> numbers = {"encoder.h.0.w": (0, 6), "decoder.h.0.w": (0, 4)}
        >>> layers_beside("decoder.embed.weight", numbers), layers_beside("shared.weight", numbers)
        (4, 6)
    """
    begin = name
    while begin:
        begin = begin.rpartition(".")[0]
        beside = [layers for other, (_, layers) in numbers.items()
                  if not begin or other.startswith(f"{begin}.")]  # fmt: skip
        if beside:
            return max(beside)
    return 0


def _completed(name: str, given: dict[str, Value], placed: dict[str, int]) -> Initializer:
    return Initializer(name, {**given, **placed})  # type: ignore[arg-type]  # a mapping is taken
