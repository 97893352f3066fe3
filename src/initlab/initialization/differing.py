"""What a parameter held, what it holds now -> how they differ: overwritten, scaled, trained, ..."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.initialization.digits import rounding_of
from initlab.initialization.fingerprint import Fingerprint, numbers_at
from initlab.modules.framework import load_torch
from initlab.numbers import shown

AS_SET, TRAINED, SCALED, CAST = "as_set", "trained", "scaled", "cast"
OVERWRITTEN, PARTLY, RESHAPED = "overwritten", "partly_changed", "reshaped"
NOT_FINITE = "not_finite"

HALF = ("bfloat16", "float16")
AT_ONCE = 2**20  # numbers that are looked for together
ROUNDING = 1e-5  # of the size: what is computed again, on another machine, differs by less
PROOF = 4.5  # standard errors of a correlation: chance gives as much 1 time in 300,000
SMALL = 0.1  # of the size: a change that is no new draw, however few numbers there are
FEWEST_SCALED = 3  # numbers that agree on a factor

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """How numbers differ.

    Attributes:
        kind: "as_set", "trained", "scaled", "cast", "overwritten", "partly_changed", "reshaped"
            or "not_finite".
        words: the same for people.
        evidence: the numbers that it rests on.
    """

    kind: str
    words: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)


def difference(before: Fingerprint, now: Fingerprint, tensor: Any, *, computed: bool) -> Difference:
    """Return how a parameter differs from what it held.

    Args:
        before: what it held.
        now: what it holds.
        tensor: the same, with all numbers.
        computed: whether the numbers are computed from others, and so are equal to rounding only.
    """
    if before.shape != now.shape:
        return _reshaped(before, now, tensor)
    if (before.digest, before.dtype) == (now.digest, now.dtype):
        return Difference(AS_SET)
    if now.nonfinite > before.nonfinite:
        share = now.nonfinite / max(1, now.size)
        verb = "is" if now.nonfinite == 1 else "are"
        return Difference(NOT_FINITE, f"{now.nonfinite:,} of its {now.size:,} numbers {verb} NaN "
                          "or infinite", {"count": now.nonfinite, "share": share})  # fmt: skip
    if len(before.numbers) != len(now.numbers) or not len(now.numbers):
        return Difference(OVERWRITTEN, "the numbers differ from the earlier numbers", {})
    return (
        _same(before, now, computed)
        or _cast(before, now)
        or _constant(before, now)
        or _turned(before, now, tensor)
        or _scaled(before, now)
        or _partly(before, now)
        or _permuted(before, now, tensor)
        or _drawn(before, now)
    )


def _same(before: Fingerprint, now: Fingerprint, computed: bool) -> Difference | None:
    x, y = before.numbers, now.numbers
    if not computed or before.dtype != now.dtype or _size(x - y) > ROUNDING * _size(x):
        return None
    if before.moments.is_near(now.moments, now.size, ROUNDING):
        words = (
            "equal to the earlier numbers apart from rounding: this parameter is computed from "
            "other parameters"
        )
        return Difference(AS_SET, words)
    words = (
        f"the {len(x)} numbers that the receipt keeps are unchanged, but some of the remaining "
        "numbers changed"
    )
    return Difference(PARTLY, words, _stds(before, now))


def _cast(before: Fingerprint, now: Fingerprint) -> Difference | None:
    """Return that the numbers are the same but for a dtype, now or on the way."""
    x, y = before.numbers, now.numbers
    if before.dtype == now.dtype and np.array_equal(x, y):
        return None  # what changed is not in the sample, which says nothing of a rounding
    ways = [now.dtype] if now.dtype != before.dtype else []
    ways += [half for half in HALF if half not in (before.dtype, now.dtype)]
    for way in ways:
        if not np.array_equal(_rounded(_rounded(x, way), now.dtype), y):
            continue
        evidence = {"from": before.dtype, "to": now.dtype, "through": way}
        if way == now.dtype:
            return Difference(
                CAST, f"the same numbers, cast from {before.dtype} to {way}", evidence
            )
        back = "back" if now.dtype == before.dtype else f"to {now.dtype}"
        return Difference(CAST, f"the same numbers, rounded to {way} and cast {back}", evidence)
    return None


def _rounded(numbers: Array, dtype: str) -> Array:
    torch = load_torch()
    kind = getattr(torch, dtype)
    found: Array = torch.from_numpy(np.array(numbers)).to(kind).double().numpy()
    return found


def _constant(before: Fingerprint, now: Fingerprint) -> Difference | None:
    """Return that a constant took the place of the numbers, or numbers that of a constant."""
    old, new = before.constant, now.constant
    if new is not None:
        return Difference(OVERWRITTEN, f"all numbers are {shown(new, '.6g')} now; {_held(before)}",
                          {"value": new, **_stds(before, now)})  # fmt: skip
    if old is not None and not np.array_equal(before.numbers, now.numbers):  # else few changed
        return Difference(OVERWRITTEN, f"{_holds(now)}; {_held(before)}",
                          {"was": old, **_stds(before, now)})  # fmt: skip
    return None


def _scaled(before: Fingerprint, now: Fingerprint) -> Difference | None:
    """Return that all numbers were multiplied by one."""
    x, y = before.numbers, now.numbers
    whole = np.isfinite(x) & np.isfinite(y)
    x, y = x[whole], y[whole]
    if np.count_nonzero(x) < FEWEST_SCALED or not _size(y):
        return None
    factor = float(np.dot(x, y) / np.dot(x, x))
    digits = 4 * max(rounding_of(one.dtype) for one in (before, now))  # rounded on either side
    if _size(y - factor * x) > digits * _size(y) or abs(factor - 1) <= digits:
        return None
    return Difference(SCALED, f"the same numbers times {shown(factor, '.6g')}",
                      {"factor": factor, **_stds(before, now)})  # fmt: skip


def _partly(before: Fingerprint, now: Fingerprint) -> Difference | None:
    """Return that some of the numbers are the very ones, and others are not."""
    x, y = before.numbers, now.numbers
    changed = float(np.mean(x != y))
    if changed > 0.5 or before.dtype != now.dtype:
        return None
    most = max(changed, 1 / len(x))
    words = f"about {100 * changed:.0f} %" if changed else f"less than {100 * most:.0f} %"
    return Difference(PARTLY, f"{words} of its numbers changed, the others did not",
                      {"share": changed, **_stds(before, now)})  # fmt: skip


def _permuted(before: Fingerprint, now: Fingerprint, tensor: Any) -> Difference | None:
    """Return that a parameter holds its numbers in another order."""
    ordered, reordered = (one.moments._replace(placed=None) for one in (before, now))
    if before.dtype != now.dtype or not ordered.is_near(reordered, now.size, ROUNDING):
        return None
    wanted = np.unique(before.numbers)
    found = np.zeros(len(wanted), bool)
    for part in tensor.detach().cpu().reshape(-1).split(AT_ONCE):
        numbers = part.double().numpy()
        places = np.minimum(np.searchsorted(wanted, numbers), len(wanted) - 1)
        found[places[wanted[places] == numbers]] = True
    if not found.all():
        return None
    return Difference(RESHAPED, "the same numbers in another order", {"how": "permuted"})


def _drawn(before: Fingerprint, now: Fingerprint) -> Difference:
    """Return whether the numbers come from those before, by small steps, or are others."""
    x, y = before.numbers, now.numbers
    whole = np.isfinite(x) & np.isfinite(y)
    x, y = x[whole], y[whole]
    moved = _size(y - x) / _size(x) if _size(x) else math.inf
    correlation = correlation_of(x, y)
    evidence = {"relative_change": moved if math.isfinite(moved) else None,
                "correlation": correlation, "numbers": len(x), **_stds(before, now)}  # fmt: skip
    proof = correlation is not None and correlation * math.sqrt(len(x)) > PROOF
    if proof or moved < SMALL:
        words = (
            f"the norm of the change is {shown(moved, '.2g')} times the norm of the earlier values"
        )
        if correlation is not None:
            likeness = _shown(correlation)
            words += f"; the correlation of the numbers with their earlier values is {likeness}"
        return Difference(TRAINED, words, evidence)
    words = f"{_holds(now)}; {_held(before)}"
    if len(x) <= PROOF**2:  # a correlation of 1 would prove nothing
        numbers, they = ("1 number is", "it was") if len(x) == 1 else (f"{len(x)} numbers are",
                                                                       "they were")  # fmt: skip
        words += f"; {numbers} too few to tell whether {they} drawn again or trained"
    elif correlation is None:
        words += "; the numbers were drawn again"
    else:
        words += (
            f"; the correlation of {len(x)} numbers with their earlier values is "
            f"{shown(correlation, '.2f')}, so the numbers were drawn again"
        )
    return Difference(OVERWRITTEN, words, evidence)


def _reshaped(before: Fingerprint, now: Fingerprint, tensor: Any) -> Difference:
    """Return what became of the numbers where the shape is another."""
    evidence = {"was": list(before.shape), "is": list(now.shape)}
    shapes = f"shape {_times(now.shape)} now, {_times(before.shape)} before"
    plain = tensor.detach().cpu()
    if before.digest == now.digest:
        return Difference(RESHAPED, f"{shapes}; the same numbers", evidence | {"how": "same"})
    if _is_turned(before, plain):
        return Difference(RESHAPED, f"{shapes}; transposed", evidence | {"how": "transposed"})
    if len(before.shape) == len(now.shape):
        axes = np.unravel_index(before.positions, before.shape)
        widths = zip(axes, now.shape, strict=True)
        inside = np.all([places < width for places, width in widths], axis=0)
        flat = np.ravel_multi_index([places[inside] for places in axes], now.shape)
        if inside.any() and np.array_equal(numbers_at(plain.contiguous(), flat),
                                           before.numbers[inside]):  # fmt: skip
            words = "resized, and the entries whose indices exist in both shapes are unchanged"
            return Difference(RESHAPED, f"{shapes}; {words}", evidence | {"how": "resized"})
    return Difference(
        RESHAPED, f"{shapes}; the numbers differ, too", evidence | {"how": "other numbers"}
    )


def _turned(before: Fingerprint, now: Fingerprint, tensor: Any) -> Difference | None:
    """Return that a square weight holds its numbers with the axes in reverse order."""
    same = np.array_equal(before.numbers, now.numbers)  # of a symmetric one, but for a few others
    if same or not _is_turned(before, tensor.detach().cpu()):
        return None
    return Difference(RESHAPED, "the same numbers, transposed", {"how": "transposed"})


def _is_turned(before: Fingerprint, plain: Any) -> bool:
    if before.shape != tuple(plain.shape)[::-1] or plain.dim() < 2:
        return False
    turned = plain.permute(*reversed(range(plain.dim()))).contiguous()
    return np.array_equal(numbers_at(turned, before.positions), before.numbers)


def correlation_of(x: Array, y: Array) -> float | None:
    """Return the correlation of two samples; None where one has no spread."""
    if len(x) < 2:
        return None
    x, y = x - x.mean(), y - y.mean()
    size = _size(x) * _size(y)
    return float(np.dot(x, y) / size) if size else None


def _size(numbers: Array) -> float:
    return float(np.linalg.norm(numbers))


def _shown(correlation: float) -> str:
    return shown(correlation, ".3f") if correlation < 0.9995 else "over 0.999"


def _stds(before: Fingerprint, now: Fingerprint) -> dict[str, float | None]:
    return {"std_was": before.std, "std_is": now.std}


def _held(one: Fingerprint) -> str:
    if one.constant is not None:
        return f"all numbers were {shown(one.constant, '.6g')} before"
    return (
        "some numbers were not finite before"
        if one.std is None
        else f"std {shown(one.std, '.4g')} before"
    )


def _holds(one: Fingerprint) -> str:
    if one.std is None:
        return "some numbers are not finite now"
    return f"std {shown(one.std, '.4g')} now"


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "scalar"
