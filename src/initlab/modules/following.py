"""Calls of a forward -> the function that each number of a layer's output goes through next.

It is all that is computed of that number alone up to the next weights, however many calls spell
it: z sigmoid(1.702 z), relu(z) squared, tanh(z / 4). It is evaluated, not read off a name.
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Any

import numpy as np

from initlab.modules.computation import ALIKE, UNKNOWN, Call, Result, results_in
from initlab.modules.flow import nonlinearity_of_call, weighs
from initlab.modules.framework import load_torch
from initlab.modules.layers import role_of
from initlab.modules.nonlinearity import (
    EXACT,
    GRID,
    OF_HE,
    elementwise,
    evaluating,
    measured_gains,
    named,
    nonlinearity_of,
    row_of,
    values_on_grid,
)
from initlab.modules.use import DIFFERENCES, DIVISIONS, MULTIPLICATIONS, PICKS, SUMS
from initlab.networks.anatomy import NORM
from initlab.nonlinearities.table import TABLE

ARITHMETIC = {
    **dict.fromkeys(SUMS, " + "), **dict.fromkeys(DIFFERENCES, " - "),
    **dict.fromkeys(MULTIPLICATIONS, "*"), **dict.fromkeys(DIVISIONS, "/"),
}  # fmt: skip
ADDITIONS = (*SUMS, *DIFFERENCES)
COMMUTING = (" + ", "*")
TURNED = ("__rsub__", "rsub", "__rdiv__", "__rtruediv__", "__rpow__")
OPERATORS = {
    **ARITHMETIC, **dict.fromkeys(("pow", "__pow__", "pow_", "__rpow__"), "**"),
    **dict.fromkeys(("__rdiv__", "__rtruediv__"), "/"),
}  # fmt: skip
RESHAPES = (
    "view", "reshape", "flatten", "unflatten", "permute", "transpose", "swapaxes", "movedim", "t",
    "T", "mT", "squeeze", "unsqueeze", "expand", "chunk", "split", "unbind", "narrow", "Flatten",
    "Unflatten", *PICKS,
)  # fmt: skip
TANH_GELU = "gelu(approximate='tanh')"  # often written out
LONGEST = 60  # characters of a formula
STEEPEST = 2**4.5  # growth from half of the grid to its end: powers up to the fourth
GUARDS: dict[str, dict[int | str, str]] = {  # the places of their bounds
    "clamp": {1: "min", 2: "max"}, "clip": {1: "min", 2: "max"}, "clamp_min": {1: "min"},
}  # fmt: skip
SMALL = 1e-2  # of what is kept from 0
MOST = 40  # calls that are one function

Given = Callable[[Result], Any]
Operation = Callable[[Given], Any]  # what it takes of other calls -> what it gives


@dataclass(frozen=True)
class Follower:
    """What follows a layer.

    Attributes:
        name: of a row of the table, of the function or class, or a formula in z.
        function: what it computes of each number; None where it takes more than that.
        values: those of the function on a grid.
    """

    name: str
    function: Callable[[Any], Any] | None = field(default=None, compare=False)
    values: bytes = b""

    @property
    def gains(self) -> tuple[float, float] | None:
        """Forward and backward gain, measured; None where the name says them, or none are."""
        return _measured(self)


@lru_cache(maxsize=256)  # a deep network asks often
def _measured(follower: Follower) -> tuple[float, float] | None:
    if follower.name in TABLE or follower.name.startswith(OF_HE) or follower.function is None:
        return None
    return measured_gains(follower.function)


@dataclass(frozen=True)
class _Value:
    """What a call gives, as a function of each number that a layer gives.

    Attributes:
        made: the result that it is; a copy and a reshaped one are the same.
        place: what its numbers are arranged as: those of two arrangements do not meet.
        formula: the function in z.
        steps: the operations that compute it, by the numbers of their calls, in order.
        on_grid: the function's values on the grid.
        known: whether one of them is a nonlinearity by itself.
        gathered: whether numbers were put together on the way, as in a mean.
        unscaled: the nonlinearity that the value is a constant multiple of; None for no such.
    """

    made: Result
    place: Result
    formula: str = "z"
    steps: Mapping[int, Operation] = field(default_factory=dict)
    on_grid: Any = field(default_factory=lambda: GRID, compare=False)
    known: bool = False
    gathered: bool = False
    unscaled: _Value | None = field(default=None, compare=False)

    def function(self, z: Any) -> Any:
        """Compute it."""
        found: dict[Result, Any] = {}

        def given(one: Result) -> Any:
            return found.get(one, z).clone()  # what no step makes is z; some write into theirs

        for number, operation in self.steps.items():
            found[Result(number)] = operation(given)
        return given(self.made)


def followers(calls: Sequence[Call]) -> Callable[[int], Follower | None]:
    """Return a function from the number of a call to what follows it; None for nothing.

    The nearest nonlinearity counts, past norms, sums with something else, means and whatever else
    is no function of one number, up to the next weights. Behind those only a nonlinearity that is
    one by itself counts: a norm that is written out takes squares and roots, too. A parameter
    whose numbers are equal, such as a learned slope, is taken as it is. A constant factor of what
    is added to something else does not count: the author chose how much is added.
    """
    users: dict[int, list[int]] = {}
    for number, call in enumerate(calls):
        for one in call.inputs:
            users.setdefault(one, []).append(number)

    @cache  # all layers of a residual stream come to its sums
    def leaving(begin: int) -> list[_Value | Follower | int]:
        return list(_leaving(calls, users, begin))

    @cache
    def following(number: int) -> Follower | None:
        begins = [number]
        for begin in begins:
            for found in leaving(begin):
                if isinstance(found, int):
                    begins += [found] if found not in begins else []
                elif isinstance(found, Follower):
                    return found
                elif found.known or (begin == number and not found.gathered):
                    follower = _follower(calls, found)
                    if follower is not None:
                        return follower
        return None

    return following


def _leaving(
    calls: Sequence[Call], users: Mapping[int, list[int]], begin: int
) -> Iterator[_Value | Follower | int]:
    """Yield what ends the ways from a call that are functions of each of its numbers.

    It is a value that something else takes; a nonlinearity that is no function of one number; the
    number of another call that takes one, where ways begin anew.
    """
    values: dict[Result, _Value] = {}
    queue, seen = list(users.get(begin, ())), set[int]()
    heapq.heapify(queue)
    while queue:
        number = heapq.heappop(queue)
        if number in seen:
            continue
        seen.add(number)
        call, taken = calls[number], []
        plain = results_in(call.arguments)
        hidden = {*call.inputs} - {one.number for one in plain}  # in a record of the user's
        for one in [*plain, *map(Result, sorted(hidden))]:
            whole = values.get(Result(one.number))
            if one not in values and one.number == begin:
                values[one] = _Value(one, one)
            elif one not in values and whole is not None:  # one of several tensors
                values[one] = replace(whole, place=one)
            taken += [values[one]] if one in values else []
        alone = not hidden and len(taken) == len(plain) and len({one.place for one in taken}) == 1
        ends = weighs(call) or call.function == "output"
        found = _applied(call, number, values) if alone and not ends else None
        if found is not None:
            values[Result(number)] = found
            for user in users.get(number, ()):
                heapq.heappush(queue, user)
            continue
        if call.function in ADDITIONS:  # a factor of what is added was chosen, as LayerScale's
            taken = [one.unscaled if one.unscaled and _row(one.on_grid) is None else one
                     for one in taken]  # fmt: skip
        yield from taken
        if not ends:
            name = nonlinearity_of_call(call)
            yield Follower(name) if name else number


def _applied(call: Call, number: int, values: Mapping[Result, _Value]) -> _Value | None:
    """Return what a call makes of values of one place; None where that is not known."""
    taken = {one: values[one] for one in results_in(call.arguments)}
    first, *others = taken.values()
    known = bool(nonlinearity_of_call(call)) and not _is_guard(call)
    if call.function in ALIKE or ("dropout" in call.function.lower() and not known):
        return first
    if call.function in RESHAPES:
        return replace(first, place=Result(number))
    if "norm" in call.function or (call.layer is not None and role_of(call.layer) == NORM):
        return None
    operation = _operation(call, taken)
    if operation is not None:
        steps = {k: one for value in taken.values() for k, one in value.steps.items()}
        value = _Value(
            Result(number), first.place, _formula(call, taken),
            {**{k: steps[k] for k in sorted(steps)}, number: operation},
            known=known or any(one.known for one in taken.values()), gathered=first.gathered,
        )  # fmt: skip
        on_grid = values_on_grid(value.function, floating=False) if len(steps) < MOST else None
        if on_grid is not None:
            same = not known and np.array_equal(on_grid, first.on_grid)
            scales = first.known and _is_factor(call)
            unscaled = (first.unscaled or first) if scales else None
            return first if same else replace(value, on_grid=on_grid, unscaled=unscaled)
    if others or known or call.parameters or call.function in ARITHMETIC:
        return None
    return replace(first, place=Result(number), gathered=True)


def _is_factor(call: Call) -> bool:
    """Whether a call multiplies its argument by a constant, or divides it by one."""
    given = [value for _, value in call.arguments]
    divided = call.function in DIVISIONS and isinstance(given[0], Result)
    one = sum(isinstance(value, Result) for value in given) == 1
    return one and len(given) == 2 and (divided or call.function in MULTIPLICATIONS)


def _is_guard(call: Call) -> bool:
    """Whether a call keeps numbers above a small one alone, as of a norm that is divided by."""
    if call.function not in GUARDS:
        return False
    bounds = {GUARDS[call.function].get(place, str(place)): value for place, value in call.settings}
    low, high = bounds.get("min"), bounds.get("max")
    return isinstance(low, float) and 0 < low <= SMALL and high is None


def _operation(call: Call, taken: Mapping[Result, _Value]) -> Operation | None:
    """Return what a call computes; None where it takes what is not known."""
    made = {one: value.made for one, value in taken.items()}
    try:
        compute = call.compute if call.layer is None else _resting(call.layer)
        arguments = [(place, _fixed(value)) for place, value in call.arguments]
    except Exception:  # of what is not known, or a layer that cannot be copied
        return None
    if compute is None:
        return None
    places = [value for place, value in arguments if isinstance(place, int)]
    keywords = {place: value for place, value in arguments if isinstance(place, str)}

    def operation(given: Given) -> Any:
        def filled(value: Any) -> Any:
            if isinstance(value, list | tuple):
                return type(value)(map(filled, value))
            return given(made[value]) if isinstance(value, Result) else value

        return compute(*map(filled, places), **{k: filled(one) for k, one in keywords.items()})

    return operation


def _resting(layer: Any) -> Any:
    """Return a copy of a layer as it evaluates, each parameter that can be one number being one."""
    found = evaluating(layer).double()
    for one in found.parameters():
        with contextlib.suppress(ValueError):
            one.data = _fixed(one)
    return found


def _fixed(value: Any) -> Any:
    """Return an argument, a parameter as its one number.

    Raises:
        ValueError: it is not known, or not one number.
    """
    torch = load_torch()
    if isinstance(value, list | tuple):
        return type(value)(map(_fixed, value))
    if value is UNKNOWN:
        raise ValueError("not known")
    if not isinstance(value, torch.Tensor):
        return value
    if value.is_meta or not value.numel() or not bool((value == value.ravel()[0]).all()):
        raise ValueError("not one number")
    number = value.detach().ravel()[:1].cpu()
    return number.double() if number.is_floating_point() else number


def _follower(calls: Sequence[Call], value: _Value) -> Follower | None:
    """Return what a value is to the layer; None for what is linear, or no number."""
    on_grid = value.on_grid
    if on_grid.dtype.kind != "f":
        return None
    own = [calls[number] for number in value.steps]
    named_so = any(named(call.function) for call in own)  # wide bounds have the identity's values
    flat = on_grid.ravel()
    line = np.interp(GRID.ravel(), GRID.ravel()[[0, -1]], flat[[0, -1]])
    if not named_so and np.allclose(flat, line, rtol=EXACT, atol=EXACT):
        return None
    half, whole = (np.abs(np.interp([-reach, reach], GRID.ravel(), flat)).max()
                   for reach in (GRID.max() / 2, GRID.max()))  # fmt: skip
    if not value.known and whole > STEEPEST * max(half, 1):
        return None  # an exponential: of a softmax that is written out, or a standard deviation
    row = _row(on_grid)
    if row not in (None, "linear"):
        return Follower(str(row), value.function, on_grid.tobytes())
    name = _bare(value.formula)
    name = name if len(name) <= LONGEST else f"{name[:LONGEST]}..."
    if len(own) == 1:
        (call,) = own
        if call.layer is None:
            name = elementwise(call.function, call.compute, call.settings) or name
        else:
            name = nonlinearity_of(call.layer) or name
    return Follower(name, value.function, on_grid.tobytes())


def _row(on_grid: Any) -> str | None:
    """Return the name of a function that is known by its values; None for another."""
    row = row_of(on_grid)
    if row is None and np.allclose(on_grid, _tanh_gelu(), rtol=0, atol=EXACT):
        return TANH_GELU
    return row


@cache
def _tanh_gelu() -> Any:
    torch = load_torch()
    return torch.nn.functional.gelu(torch.from_numpy(GRID), approximate="tanh").numpy()


def _formula(call: Call, taken: Mapping[Result, _Value]) -> str:
    """Return what a call computes; a sum or product is in brackets."""

    def text(value: Any) -> str:
        if isinstance(value, Result):
            return taken[value].formula
        if isinstance(value, load_torch().Tensor):
            value = float(_fixed(value))
        return f"{value:.6g}" if isinstance(value, float) else repr(value)

    sign, given = OPERATORS.get(call.function), [value for _, value in call.arguments]
    if sign and len(given) == 2:
        if call.function in TURNED:
            given = given[::-1]
        if sign in COMMUTING:  # numbers before what they multiply, and behind what they add to
            given.sort(key=lambda one: isinstance(one, Result) == (sign == "*"))
        return f"({sign.join(map(text, given))})"
    known = nonlinearity_of_call(call) or call.function.strip("_")
    words = [_bare(text(value)) if isinstance(place, int) else f"{place}={text(value)}"
             for place, value in call.arguments if place != "inplace"]  # fmt: skip
    return f"{known}({', '.join(words)})"


def _bare(formula: str) -> str:
    """Return a formula without brackets around it."""
    return formula[1:-1] if formula.startswith("(") else formula
