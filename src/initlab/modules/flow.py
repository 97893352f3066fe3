"""Calls of a forward -> its last weights, what follows each call, where residual branches end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from initlab.modules.computation import Call, is_opaque
from initlab.modules.layers import role_of
from initlab.modules.nonlinearity import (
    OF_HE,
    called,
    elementwise,
    evaluating,
    measured,
    measured_gains,
    nonlinearity_of,
)
from initlab.modules.use import DIFFERENCES, DIVISIONS, MULTIPLICATIONS, PRODUCTS, SUMS
from initlab.networks.anatomy import BARE, NORM
from initlab.nonlinearities.table import TABLE

if TYPE_CHECKING:
    from torch.nn import Module

BOUNDED = ("sigmoid", "softmax")  # gates, whose size is not that of their weights


def ends(calls: Sequence[Call]) -> list[int]:
    """Return the numbers of the calls with weights that reach the output and have none after."""
    reaches, followed_by = [False] * len(calls), [False] * len(calls)
    reaches[-1] = True
    found = []
    for number in range(len(calls) - 1, -1, -1):
        own = weighs(calls[number])
        if own and reaches[number] and not followed_by[number]:
            found.append(number)
        for one in calls[number].inputs:
            reaches[one] |= reaches[number]
            followed_by[one] |= followed_by[number] or own
    return found[::-1]


def weighs(call: Call) -> bool:
    """Whether a call multiplies by weights of its own, or holds layers that do."""
    if call.layer is None:
        return call.function in PRODUCTS and any(one.dim() > 1 for _, one in call.parameters)
    return any(role_of(one) not in (NORM, BARE) for one in call.layer.modules())


def is_one_call(layer: Module) -> bool:
    """Whether a layer counts as one call: it is known, or an elementwise function by its values."""
    return is_opaque(layer) or measured(layer) is not None


def following(calls: Sequence[Call], number: int) -> str:
    """Return the nearest nonlinearity on the way from a call to the next weights; "" for none."""
    return _next_nonlinearity(calls, number)[0]


def following_gains(calls: Sequence[Call], number: int) -> tuple[float, float] | None:
    """Return the measured gains of what follows a call; None where its name says them, or none.

    A constant that multiplies what the call gives, as in sin(30 z), counts as part of it.
    """
    name, call, factor = _next_nonlinearity(calls, number)
    if call is None or (factor == 1 and (name in TABLE or name.startswith(OF_HE))):
        return None
    if name in TABLE:
        return _gains_of_row(name, factor)
    if call.layer is not None and next(call.layer.parameters(), None) is not None:
        return None  # a slope that is learned
    compute = call.compute and called(call.compute, call.settings)
    function = compute if call.layer is None else evaluating(call.layer)
    return function and measured_gains(lambda z: function(z * factor))


@lru_cache(maxsize=256)  # a deep network asks often
def _gains_of_row(name: str, factor: float) -> tuple[float, float] | None:
    value = TABLE[name].value
    return measured_gains(lambda z: z.new_tensor(value(z.numpy() * factor)))


def _next_nonlinearity(calls: Sequence[Call], number: int) -> tuple[str, Call | None, float]:
    """Return the nonlinearity, its call, and the factor of constants on the way; 1 if not known."""
    seen, queue = {number}, [number]
    factors: dict[int, float | None] = {number: 1.0}
    for one in queue:
        for user in range(one + 1, len(calls)):
            if one not in calls[user].inputs or user in seen:
                continue
            name = _nonlinearity(calls, user)
            if name:
                return name, calls[user], factors[one] or 1.0
            seen.add(user)
            before, own = factors[one], _factor(calls[user])
            factors[user] = None if before is None or own is None else before * own
            if not weighs(calls[user]):
                queue.append(user)
    return "", None, 1.0


def _factor(call: Call) -> float | None:
    """Return the constant that a call multiplies by, 1 of what is not known to change a size.

    None of what gives a size of its own.
    """
    norm = "norm" in call.function or (call.layer is not None and role_of(call.layer) == NORM)
    if norm or len(call.inputs) != 1 or call.parameters or call.function in (*SUMS, *DIFFERENCES):
        return None  # what a norm or a sum gives has a size of its own
    if call.function not in (*MULTIPLICATIONS, *DIVISIONS):
        return 1.0
    numbers = [(place, value) for place, value in call.settings
               if isinstance(value, int | float) and not isinstance(value, bool)]  # fmt: skip
    if len(numbers) != 1 or not numbers[0][1]:
        return None
    place, value = numbers[0]
    if call.function in MULTIPLICATIONS:
        return float(value)
    return None if place == 0 else 1 / value


def _nonlinearity(calls: Sequence[Call], number: int) -> str:
    call = calls[number]
    if call.layer is not None:
        return nonlinearity_of(call.layer)
    name = elementwise(call.function, call.compute, call.settings)
    if name == "sigmoid":  # z sigmoid(z), written out
        for later in calls[number + 1 :]:
            if later.function in MULTIPLICATIONS and {number, *call.inputs} == {*later.inputs}:
                return "silu"
    return name


def branch_ends(calls: Sequence[Call]) -> list[int]:
    """Return the numbers of the calls with weights that end residual branches.

    It counts where no norm follows its last weights.
    """
    return sorted({one for found in residual_sums(calls).values() for one in found})


def residual_sums(calls: Sequence[Call]) -> dict[int, list[int]]:
    """Return the numbers of the sums that end residual branches, each with the last weights in it.

    A branch is added to what it began from, or to a way from there with fewer weights; there are
    no last weights where a norm follows them.
    """
    before = _before(calls)
    found: dict[int, list[int]] = {}
    for number, one, stops in _branches(calls, before):
        found.setdefault(number, []).extend(_last_weights(calls, before, one, stops))
    return found


def branch_depths(calls: Sequence[Call]) -> dict[int, int]:
    """Return, by their numbers, the calls with weights that lie in residual branches.

    With each stands the depth of its branch, the innermost if there are several: how many such
    calls follow each other in it.
    """
    before = _before(calls)
    found: dict[int, int] = {}
    for _, end, stops in _branches(calls, before):
        begun = stops
        for number in range(len(calls)):
            begun |= before[number] if stops >> number & 1 else 0
        inside = [k for k in range(end + 1) if (before[end] | 1 << end) & ~begun >> k & 1]
        longest: dict[int, int] = {}
        for k in inside:
            above = max((longest.get(one, 0) for one in calls[k].inputs), default=0)
            longest[k] = above + weighs(calls[k])
        for k in inside:
            if weighs(calls[k]):
                found[k] = min(found.get(k, longest[end]), longest[end])
    return found


def _before(calls: Sequence[Call]) -> list[int]:
    """Return for each call those that it depends on, as bits."""
    before = [0] * len(calls)
    for number, call in enumerate(calls):
        for one in call.inputs:
            before[number] |= before[one] | 1 << one
    return before


def _branches(
    calls: Sequence[Call], before: Sequence[int]
) -> Iterator[tuple[int, int, int]]:  # fmt: skip
    """Yield every sum with a residual branch, the branch's last call, where it ends, as bits."""
    for number in [k for k, call in enumerate(calls) if call.function in SUMS]:
        terms = _terms(calls, number)
        skips = {one for one in terms if any(before[other] >> one & 1 for other in terms)}
        branches = [one for one in terms - skips if any(before[one] >> skip & 1 for skip in skips)]
        stops = sum(1 << one for one in skips)
        if not skips and len(terms) == 2:
            first, second = terms
            stops = before[first] & before[second]
            sizes = {one: _weights_in(calls, before[one] | 1 << one, stops) for one in terms}
            largest = max(terms, key=sizes.__getitem__)
            scaled = any(_is_scaled(calls[one]) for one in terms - {largest})
            alike = sizes[first] == sizes[second]
            branches = [largest] if stops and not alike and not scaled else []
        for one in branches:
            yield number, one, stops


def _is_scaled(call: Call) -> bool:
    """Whether a parameter multiplies: what it gives is no shortcut."""
    return call.function in MULTIPLICATIONS and bool(call.parameters)


def _terms(calls: Sequence[Call], number: int) -> set[int]:
    """Return the numbers of what a sum, and the sums in it, add up."""
    terms, queue, seen = set[int](), [number], {number}
    for one in queue:
        if calls[one].function not in SUMS:
            terms.add(one)
            continue
        new = [other for other in calls[one].inputs if other not in seen]
        seen.update(new)
        queue += new
    return terms


def _weights_in(calls: Sequence[Call], these: int, others: int) -> int:
    own = these & ~others
    return sum(weighs(call) for number, call in enumerate(calls) if own >> number & 1)


def _last_weights(
    calls: Sequence[Call], before: Sequence[int], branch: int, stops: int
) -> list[int]:
    """Return the last weights on the ways to a call, up to norms, gates, what is common.

    Where they come to a sum, its terms are looked at if none is made from another: an inner
    residual sum ends the way.
    """
    found, queue, seen = [], [branch], {branch}
    for number in queue:
        call = calls[number]
        norm = call.layer is not None and role_of(call.layer) == NORM
        gate = _nonlinearity(calls, number) in BOUNDED
        inner = call.function in SUMS and any(
            before[one] >> other & 1 for one in call.inputs for other in call.inputs
        )
        if stops >> number & 1 or norm or gate or inner:
            continue
        if weighs(call):
            found.append(number)
            continue
        new = [one for one in call.inputs if one not in seen]
        seen.update(new)
        queue += new
    return found
