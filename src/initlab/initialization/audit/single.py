"""The numbers of one tensor -> what is wrong with them by themselves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from initlab.initialization.audit.copies import equal_rows
from initlab.initialization.audit.finding import (
    DOUBTFUL,
    NOT_FINITE,
    OUTLIERS,
    UNINITIALIZED,
    WRONG,
    ZERO_PATCHES,
    ZERO_SCALE,
    Finding,
)
from initlab.initialization.audit.numbers import Numbers, flat_numbers, numbers_of
from initlab.initialization.fingerprint import dtype_name
from initlab.initialization.members import Member
from initlab.initialization.moments import has_numbers
from initlab.modules.framework import load_torch
from initlab.networks.anatomy import LOOKUP, SCALE, WEIGHT
from initlab.numbers import shown

MANY_ZEROS = 0.9  # share from which a weight is sparse
FEW = 16  # different numbers
FAR = 10.0  # stds: of 10**9 normal numbers none is beyond 7


def findings_of(member: Member, tensor: Any, found: Numbers) -> Iterator[Finding]:
    """Yield what one parameter shows by itself."""
    name, part = member.name, member.part
    yield from _broken(name, found)
    if found.nonfinite or found.odd:
        return
    if part is not None and part.role == WEIGHT and not found.constant:
        rows = equal_rows(name, tensor, part, dtype_name(tensor))
        if rows is not None:
            yield rows
    scale = part is not None and part.role == SCALE and part.value == 1
    if scale and found.constant and found.low == 0:
        sentence = f"All numbers in {name} are 0 (usually 1), so the layer outputs only its bias."
        yield Finding(ZERO_SCALE, DOUBTFUL, (name,), sentence, {"value": 0.0})
    if not member.is_weight or found.constant:
        return
    _, std = found.drawn_moments
    share = found.zeros / found.size
    if 0 < share < MANY_ZEROS and part is not None and part.zero_row is None:
        by_chance = 16 + 4 * math.log(found.size) / -math.log(share)
        if part.role == LOOKUP:  # a row of zeros stands for padding, or for the first position
            by_chance += found.size / member.shape[0]
        longest = _longest_run(tensor) if found.zeros > by_chance else 0
        if longest > by_chance:
            sentence = (
                f"{name} has {longest:,} consecutive zeros, more than chance explains. These "
                "numbers were never initialized, are padding, or were pruned."
            )
            yield Finding(ZERO_PATCHES, DOUBTFUL, (name,), sentence,
                          {"longest_run": longest, "share": share})  # fmt: skip
    farthest = max(abs(found.low), abs(found.high))
    if share < MANY_ZEROS and std > 0 and farthest > FAR * std and not few_values(found):
        sentence = (
            f"The largest absolute value in {name} is {shown(farthest, '.3g')}, which is "
            f"{shown(farthest / std, '.0f')} times the std of its numbers. No init that `initlab "
            "inits` lists draws a number so far from the others."
        )
        yield Finding(OUTLIERS, DOUBTFUL, (name,), sentence,
                      {"largest": farthest, "std": std})  # fmt: skip


def _broken(name: str, found: Numbers) -> Iterator[Finding]:
    """Yield that numbers are not finite, or are what memory holds by chance."""
    if found.nonfinite:
        kinds = [(found.nan, "NaN"), (found.nonfinite - found.nan, "infinite")]
        words = " and ".join(f"{count:,} {'is' if count == 1 else 'are'} {kind}"
                             for count, kind in kinds if count)  # fmt: skip
        sentence = f"{name} holds {found.size:,} number{'s' * (found.size != 1)}, of which {words}."
        yield Finding(NOT_FINITE, WRONG, (name,), sentence,
                      {"nan": found.nan, "infinite": found.nonfinite - found.nan,
                       "numbers": found.size})  # fmt: skip
    if found.odd:
        verb = "is" if found.odd == 1 else "are"
        sentence = (
            f"In {name}, {found.odd:,} of {found.size:,} absolute values {verb} above 1e15, or "
            "below 1e-30 but not 0. Memory that was never initialized (torch.empty, to_empty) "
            "looks like this."
        )
        evidence = {"odd": found.odd, "numbers": found.size, "low": found.low, "high": found.high,
                    "zeros": found.zeros}  # fmt: skip
        yield Finding(UNINITIALIZED, WRONG, (name,), sentence, evidence)


def few_values(found: Numbers) -> bool:
    """Whether numbers are a pattern of a few values, which nobody drew from a density."""
    return len(np.unique(found.sample)) < FEW


def _longest_run(tensor: Any) -> int:
    """Return the longest run of zeros in C order."""
    nonzero = np.flatnonzero(flat_numbers(tensor))
    ends = np.concatenate([[-1], nonzero, [tensor.numel()]])
    return int(np.diff(ends).max()) - 1


def findings_of_buffers(module: Any) -> Iterator[Finding]:
    """Yield that a buffer holds NaN, or what memory holds by chance; a mask may be infinite."""
    for name, buffer in module.named_buffers():
        if not has_numbers(buffer.detach()):
            continue
        found = numbers_of(buffer)
        if found.odd and buffer.is_floating_point():  # a mask may hold the least number too
            values = buffer.detach()
            values = values[values.abs() < load_torch().finfo(values.dtype).max]
            found = replace(found, odd=numbers_of(values).odd if values.numel() else 0)
        if found.nan or found.odd:
            yield from _broken(name, found)
