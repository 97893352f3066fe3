"""Calls of a forward -> its last weights, and where its residual branches end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from initlab.modules.computation import Call, is_opaque
from initlab.modules.layers import role_of
from initlab.modules.nonlinearity import measured, named, nonlinearity_of
from initlab.modules.use import MULTIPLICATIONS, PRODUCTS, SUMS
from initlab.networks.anatomy import BARE, NORM

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


def nonlinearity_of_call(call: Call) -> str:
    """Return the nonlinearity that a call is by itself; "" for none."""
    return named(call.function) if call.layer is None else nonlinearity_of(call.layer)


def is_one_call(layer: Module) -> bool:
    """Whether a layer counts as one call: it is known, or an elementwise function by its values."""
    return is_opaque(layer) or measured(layer) is not None


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
        if not skips and len(terms) == 2 and not _is_summed(calls, number):
            first, second = terms
            stops = before[first] & before[second]
            sizes = {one: _weights_in(calls, before[one] | 1 << one, stops) for one in terms}
            largest = max(terms, key=sizes.__getitem__)
            scaled = any(_is_scaled(calls[one]) for one in terms - {largest})
            alike = sizes[first] == sizes[second]
            branches = [largest] if stops and not alike and not scaled else []
        for one in branches:
            yield number, one, stops


def _is_summed(calls: Sequence[Call], number: int) -> bool:
    """Whether a sum is only a part of another one."""
    users = [call for call in calls[number:] if number in call.inputs]
    return bool(users) and all(call.function in SUMS for call in users)


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
        gate = nonlinearity_of_call(call) in BOUNDED
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
