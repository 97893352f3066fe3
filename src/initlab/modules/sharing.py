"""Parameters, one after the other -> the earlier one whose numbers each shares, and how."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from initlab.modules.framework import load_torch
from initlab.networks.anatomy import SAME, STORAGE, VIEW

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Parameter


class Owners:
    """The parameters seen so far, to tell which share their numbers."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}  # by the parameter itself
        self._places: dict[int, list[tuple[str, tuple[int, int], int]]] = {}  # by storage

    def first(self, name: str, parameter: Parameter) -> tuple[str, str]:
        """Return the earlier parameter whose numbers this one shares, and how; "" for none."""
        if id(parameter) in self._names:
            return self._names[id(parameter)], SAME
        self._names[id(parameter)] = name
        with contextlib.suppress(Exception):  # sparse or meta tensors, which have no storage
            where = parameter.untyped_storage().data_ptr()
            if where and parameter.numel():
                return self._first_in(where, name, parameter)
        return "", ""

    def _first_in(self, where: int, name: str, parameter: Parameter) -> tuple[str, str]:
        begin = int(parameter.storage_offset())
        place = (begin, begin + _reach(parameter))
        known = self._places.setdefault(where, [])
        for first, other, count in known:
            if other == place and count == parameter.numel() == place[1] - place[0] + 1:
                return first, VIEW
        over = [first for first, other, _ in known
                if other[0] <= place[1] and place[0] <= other[1]]  # fmt: skip
        known.append((name, place, parameter.numel()))
        return (over[0], STORAGE) if over else ("", "")


def shared(first: Parameter, second: Parameter) -> tuple[bool, bool]:
    """Return whether two parameters of one storage share any number, and all of the second's."""
    torch = load_torch()
    spans = [(one.storage_offset(), one.storage_offset() + _reach(one)) for one in (first, second)]
    if spans[0][1] < spans[1][0] or spans[1][1] < spans[0][0]:
        return False, False
    begin, end = min(one[0] for one in spans), max(one[1] for one in spans) + 1
    held = torch.zeros(end - begin, dtype=torch.bool)

    def numbers(one: Parameter) -> Tensor:
        return held.as_strided(one.shape, one.stride(), one.storage_offset() - begin)

    numbers(first).fill_(True)
    return bool(numbers(second).any()), bool(numbers(second).all())


def _reach(parameter: Parameter) -> int:
    """Return how far its last number lies behind its first."""
    steps = zip(parameter.shape, parameter.stride(), strict=True)
    return sum((n - 1) * step for n, step in steps)
