"""Calls of a forward -> its last weights, what follows each call, what bare parameters are for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from initlab.modules.computation import Call, is_opaque
from initlab.modules.layers import role_of
from initlab.modules.nonlinearity import elementwise, measured, nonlinearity_of
from initlab.networks.anatomy import BARE, BIAS, GATE, LOOKUP, NORM, SCALE, WEIGHT

if TYPE_CHECKING:
    from torch.nn import Module

PRODUCTS = (
    "linear", "matmul", "__matmul__", "mm", "bmm", "addmm", "baddbmm", "einsum", "bilinear",
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
    "embedding", "embedding_bag", "mv",
)  # fmt: skip
VECTOR_PRODUCTS = ("matmul", "__matmul__", "einsum", "mv")  # the others take no vector but a bias
SUMS = ("add", "__add__", "__radd__", "iadd", "__iadd__", "add_")
MULTIPLICATIONS = ("mul", "__mul__", "__rmul__", "imul", "__imul__", "mul_")


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


def roles_by_use(calls: Sequence[Call]) -> dict[int, str]:
    """Return what parameters are that functions take, by the id of each."""
    roles: dict[int, str] = {}
    for call in calls:
        for k, (place, one) in enumerate(call.parameters):
            role = _role_by_use(call.function, k, place, one)
            if role is not None:
                roles.setdefault(id(one), role)
    return roles


def _role_by_use(function: str, k: int, place: int | str, one: Any) -> str | None:
    """Return what the ``k``-th parameter that a function takes is; None where that is open."""
    vector = one.numel() == max(one.shape, default=1)
    if function in ("embedding", "embedding_bag"):
        return LOOKUP
    if function in PRODUCTS:
        return WEIGHT if one.dim() > 1 or function in VECTOR_PRODUCTS else BIAS
    if function.endswith("_norm"):
        return BIAS if k or place == "bias" else SCALE
    if function in SUMS and vector:
        return BIAS
    if function in MULTIPLICATIONS and vector:
        return GATE if one.numel() == 1 else SCALE
    return None


def following(calls: Sequence[Call], number: int) -> str:
    """Return the nearest nonlinearity on the way from a call to the next weights; "" for none."""
    seen, queue = {number}, [number]
    for one in queue:
        for user in range(one + 1, len(calls)):
            if one not in calls[user].inputs or user in seen:
                continue
            name = _nonlinearity(calls, user)
            if name:
                return name
            seen.add(user)
            if not weighs(calls[user]):
                queue.append(user)
    return ""


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
    before = [0] * len(calls)  # of each call, those that it depends on, as bits
    for number, call in enumerate(calls):
        for one in call.inputs:
            before[number] |= before[one] | 1 << one
    found: dict[int, list[int]] = {}
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
            branches = [largest] if stops and sizes[first] != sizes[second] else []
        if branches:
            found[number] = [k for one in branches for k in _last_weights(calls, one, stops)]
    return found


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


def _last_weights(calls: Sequence[Call], branch: int, stops: int) -> list[int]:
    """Return the last weights on the ways to a call, up to norms, sums and what is common."""
    found, queue, seen = [], [branch], {branch}
    for number in queue:
        call = calls[number]
        norm = call.layer is not None and role_of(call.layer) == NORM
        if stops >> number & 1 or norm or call.function in SUMS:
            continue
        if weighs(call):
            found.append(number)
            continue
        new = [one for one in call.inputs if one not in seen]
        seen.update(new)
        queue += new
    return found
