"""A comparison's JSON -> the numbers that are kept of it; kept and new numbers -> what differs."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

# Measured: without AVX-512, and without AVX, in the compiled code, NumPy, OpenBLAS and PyTorch, no
# number of these studies moves by more than 1.2e-15 in float64 and 5e-7 in float32.
TOLERANCES = {"float64": 1e-10, "float32": 1e-5}
POINTS = 12  # of a curve, at most: more make the file large and the test no stronger
CHAOTIC = ("normal(std=10)",)  # on circles: another processor's last bit leads elsewhere
UNTRAINED = ("init", "seed", "outcome", "finished", "diverged", "initial_loss", "gradient_norms",
             "start")  # fmt: skip
# words, where exactly a diverging run was first noticed, p-values and what follows from them
LEFT_OUT = {
    "reason", "why", "words", "diverged_step", "first_nonfinite", "p", "p_holm", "comparisons",
    "noise", "winner",
}  # fmt: skip


def numbers_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return outcomes, scores, curves, norms, health and statistics as JSON types.

    What an initialization reaches whose training is chaotic is left out.
    """
    chaotic = CHAOTIC if record["study"]["recipe"] == "circles" else ()
    cells = [{**cell, "curve": _thinned(cell["curve"])} for cell in record["cells"]]
    pairs = [one for one in record["differences"] if not {one["first"], one["second"]} & {*chaotic}]
    return {
        "dtype": record["study"]["dtype"],
        "cells": [_kept(cell, chaotic) for cell in cells],
        "summary": [_kept(start, chaotic) for start in record["summary"]],
        "differences": [_kept(one) for one in pairs],
        "rates": [_kept(rate, chaotic) for rate in record["rates"]],
    }


def _thinned(curve: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    every = max(1, math.ceil(len(curve["step"]) / POINTS))
    return {name: values[::every] for name, values in curve.items()}


def _kept(record: Mapping[str, Any], chaotic: Collection[str] = ()) -> dict[str, Any]:
    if record.get("init") in chaotic:
        return {key: record[key] for key in UNTRAINED if key in record}
    return dict(_without_words(record))


def _without_words(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_words(item) for k, item in value.items() if k not in LEFT_OUT}
    return value


def differing(kept: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Return a sentence for every kept number that is no longer found; new keys are welcome.

    Args:
        kept: what :func:`numbers_of` returned when the file was written.
        found: what it returns today.
    """
    return list(_differing(kept, found, TOLERANCES[kept["dtype"]], ""))


def _differing(kept: Any, found: Any, tolerance: float, path: str) -> Iterator[str]:
    if isinstance(kept, dict) and isinstance(found, dict):
        for key, value in kept.items():
            if key == "learning_rate" and value is None:
                continue  # schema 1 named a cell's rate only where there were several
            if key in found:
                yield from _differing(value, found[key], tolerance, f"{path}.{key}")
            else:
                yield f"{path}.{key} is missing"
    elif isinstance(kept, list) and isinstance(found, list) and len(kept) == len(found):
        for k, (old, new) in enumerate(zip(kept, found, strict=True)):
            yield from _differing(old, new, tolerance, f"{path}[{k}]")
    elif isinstance(kept, float) and isinstance(found, float):
        if not math.isclose(kept, found, rel_tol=tolerance, abs_tol=tolerance):
            yield f"{path} was {kept!r}, is {found!r}"
    elif kept != found or type(kept) is not type(found):
        yield f"{path} was {kept!r}, is {found!r}"
