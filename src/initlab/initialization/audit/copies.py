"""Tensors -> those that are copies: equal layers, equal rows, layers drawn from one stream."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.initialization.audit.finding import (
    CLONED,
    DOUBTFUL,
    EQUAL_ROWS,
    MOST_NAMED,
    ONE_STREAM,
    WRONG,
    Finding,
)
from initlab.initialization.audit.numbers import Numbers, flat_numbers
from initlab.initialization.digits import bits_of
from initlab.modules.framework import load_torch
from initlab.networks.anatomy import LOOKUP, WEIGHT, Part
from initlab.networks.layer_name import called
from initlab.validation import listed

ENOUGH = 64  # bits: equal by chance in one model of 10**13
COMPARED = 32  # first numbers of a tensor: torch's normal draws agree in whole blocks of 16
FEWEST_VALUES = 24  # of these that differ from one another: they were drawn
ONE = 0.999  # correlation of numbers that are the same up to a scale, in half precision too
COLUMNS = 3  # that are looked at to find rows that may be equal

ROUNDING = 3e-5  # of orthogonal rows in float32; random ones are 1/sqrt(width) from it

Names = tuple[str, ...]


def clones_among(
    tensors: Mapping[str, Any], numbers: Mapping[str, Numbers], weights: Container[str]
) -> tuple[list[Finding], set[frozenset[str]]]:
    """Return the layers that hold the same numbers without sharing them, and the pairs of names.

    Args:
        tensors: by name, each storage once.
        numbers: what is known of each.
        weights: names of those whose copies are wrong; equal biases alone are doubtful.
    """
    suspects: dict[tuple[Any, ...], list[str]] = {}
    for name, one in tensors.items():
        known, dtype = numbers[name], str(one.dtype).removeprefix("torch.")
        if known.constant or known.nonfinite or known.drawn * bits_of(dtype) < ENOUGH:
            continue
        key = (tuple(one.shape), dtype, known.low, known.high, known.zeros, known.first.tobytes())
        suspects.setdefault(key, []).append(name)
    groups: list[Names] = []
    for names in suspects.values():
        left = names
        while len(left) > 1:
            first = tensors[left[0]].detach()
            same = [name for name in left if _is_equal(first, tensors[name].detach())]
            if len(same) > 1:
                groups.append(tuple(same))
            left = [name for name in left if name not in same]
    pairs = {frozenset(pair) for group in groups for pair in _pairs(group)}
    merged: dict[Names, list[Names]] = {}
    for group in groups:
        merged.setdefault(_blocks(group), []).append(group)
    return [_clone(blocks, found, numbers, weights) for blocks, found in merged.items()], pairs


def _is_equal(first: Any, second: Any) -> bool:
    """Whether two tensors of one shape and dtype hold the same numbers, wherever they are."""
    return bool(load_torch().equal(first, second.to(first.device)))


def _clone(
    blocks: Names, groups: Sequence[Names], numbers: Mapping[str, Numbers], weights: Container[str]
) -> Finding:
    where = tuple(name for group in groups for name in group)
    count = sum(numbers[group[0]].size for group in groups)
    layers = listed([called(name) for name in blocks], most=MOST_NAMED)
    sentence = (
        f"{layers} hold the same {count:,} numbers, but share no memory. "
        "They are copies of one layer, such as nn.TransformerEncoder makes. initlab.initialize "
        "draws the numbers of each copy separately."
    )
    evidence = {"layers": list(blocks), "parameters": len(groups), "numbers": count}
    severity = WRONG if any(name in weights for name in where) else DOUBTFUL
    return Finding(CLONED, severity, where, sentence, evidence)


def _blocks(names: Names) -> Names:
    """Return the names of the layers that are copies: up to where the names begin to differ."""
    split = [name.split(".") for name in names]
    begin = 0
    while all(len(one) > begin + 1 and one[begin] == split[0][begin] for one in split):
        begin += 1
    tails = {tuple(one[begin + 1 :]) for one in split}
    return tuple(".".join(one[: begin + 1]) for one in split) if len(tails) == 1 else names


def _pairs(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    listed_names = list(names)
    return ((a, b) for k, a in enumerate(listed_names) for b in listed_names[k + 1 :])


def streams_among(
    numbers: Mapping[str, Numbers], known: set[frozenset[str]]
) -> list[Finding]:  # fmt: skip
    """Return the tensors whose first numbers are the same up to scale and mean.

    Args:
        numbers: of each tensor, by name.
        known: pairs that are equal altogether, which are no news.
    """
    names, rows = [], []
    for name, one in numbers.items():
        first = one.first[:COMPARED]
        drawn = len(first) == COMPARED and np.isfinite(first).all()
        if drawn and len(np.unique(first)) >= FEWEST_VALUES:
            centred = first - first.mean()
            names.append(name)
            rows.append(centred / np.linalg.norm(centred))
    if len(names) < 2:
        return []
    table = np.stack(rows)
    leader = list(range(len(names)))
    for k in range(len(names) - 1):  # the first that it is like
        alike = np.flatnonzero(np.abs(table[k + 1 :] @ table[k]) > ONE) + k + 1
        for other in alike:
            leader[other] = min(leader[other], leader[k])
    groups: dict[int, list[str]] = {}
    for k, first_of in enumerate(leader):
        groups.setdefault(first_of, []).append(names[k])
    return [_stream(tuple(group), numbers) for group in groups.values()
            if any(frozenset(pair) not in known for pair in _pairs(group))]  # fmt: skip


def _stream(group: Names, numbers: Mapping[str, Numbers]) -> Finding:
    first = numbers[group[0]]
    factors = {name: numbers[name].std / first.std for name in group[1:]}
    sentence = (
        f"The first numbers of {listed(group, most=MOST_NAMED)} are the same apart from scale and "
        "mean. Either these parameters were drawn with the same seed, or they are copies of one "
        "another."
    )
    evidence = {"compared": COMPARED, "std_over_first": factors}
    return Finding(ONE_STREAM, WRONG, group, sentence, evidence)


def equal_rows(name: str, tensor: Any, part: Part | None, dtype: str) -> Finding | None:
    """Return that units of a weight have equal incoming weights; None where none have.

    Rows of zeros are not counted: a pruned or padded row is no copy of another.
    """
    matrix = rows_of(tensor, part)
    if matrix is None or len(matrix) < 2 or matrix.shape[1] * bits_of(dtype) < ENOUGH:
        return None
    width = matrix.shape[1]
    columns = np.unique([0, width // 2, width - 1, *range(min(COLUMNS, width))])
    looked = np.ascontiguousarray(matrix[:, columns])
    _, inverse, counts = np.unique(looked, axis=0, return_inverse=True, return_counts=True)
    suspects = np.flatnonzero(counts[inverse.reshape(-1)] > 1)
    if not len(suspects):
        return None
    rows = np.ascontiguousarray(matrix[suspects])
    rows = rows[rows.any(axis=1)]
    distinct = len({row.tobytes() for row in rows})
    copies = len(rows) - distinct
    if not copies:
        return None
    units = len(matrix)
    sentence = (
        f"In {name}, {copies:,} of {units:,} units {'has' if copies == 1 else 'have'} the same "
        "incoming weights as another unit. Such units compute the same output if their biases are "
        "equal. If their outgoing weights are equal, too, they also get the same gradients."
    )
    return Finding(EQUAL_ROWS, WRONG, (name,), sentence,
                   {"units": units, "distinct": units - copies})  # fmt: skip


def rows_of(tensor: Any, part: Part | None) -> NDArray[np.floating[Any]] | None:
    """Return a weight as a matrix of a row per unit; None of what is no weight."""
    if part is None or part.role != WEIGHT or part.axes is None or tensor.dim() < 2:
        return None
    axes = part.axes
    view = flat_numbers(tensor).reshape(part.view)
    units = math.prod(part.view[k] for k in axes.batch + axes.out)
    turned = view.transpose(axes.batch + axes.out + axes.into + axes.receptive)
    return turned.reshape(units, -1)


def is_orthogonal(tensor: Any, part: Part | None, dtype: str) -> float | None:
    """Return the gain of a weight whose rows, or columns, are orthogonal; None if they are not.

    Of packed weights, the first of them or the whole.
    """
    if part is not None and part.role == LOOKUP and tensor.dim() == 2:
        return _gain(flat_numbers(tensor).reshape(tensor.shape), dtype)
    matrix = rows_of(tensor, part)
    if matrix is None or min(matrix.shape) < 2:
        return None
    assert part is not None
    assert part.axes is not None
    blocks = math.prod(part.view[k] for k in part.axes.batch)
    gains = (_gain(one, dtype) for one in (matrix[: len(matrix) // blocks], matrix))
    return next((gain for gain in gains if gain is not None), None)


def _gain(one: NDArray[np.floating[Any]], dtype: str) -> float | None:
    if min(one.shape) < 2:
        return None
    short = one if len(one) <= one.shape[1] else one.T
    vectors = short[:: max(1, len(short) // 16)][:16].astype(np.float64)
    products = vectors @ vectors.T
    sizes = np.diag(products)
    off = max(np.abs(products - np.diag(sizes)).max(), np.ptp(sizes))
    close = max(ROUNDING, 20 * 2.0 ** -bits_of(dtype) / math.sqrt(vectors.shape[1]))
    if not sizes.min() > 0 or off > close * sizes.max():
        return None
    return math.sqrt(float(sizes.mean()))
