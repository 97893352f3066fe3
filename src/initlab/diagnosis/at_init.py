"""Measurements of an initial network -> what a cell keeps of them, with what is found in them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from initlab.diagnosis.finding import Finding
from initlab.diagnosis.findings import findings
from initlab.diagnosis.measurements import LayerMeasurement, Measured, Measurements
from initlab.records import InitDiagnosis, InitFinding
from initlab.records.diagnosis import LayerNames

HEAD, NOT_KNOWN = "head", "?"


def at_init(measured: Measurements, more: Iterable[Finding] = ()) -> InitDiagnosis:
    """Return the diagnosis by figures alone; findings that are only suspect are among it.

    Args:
        measured: the figures.
        more: what was found in the numbers of the parameters alone.
    """
    entries = measured.layers
    of_network = replace(measured, data=(), equal_inputs=False)  # a study's inits share the data
    return InitDiagnosis(
        batch=measured.batch,
        unknown=measured.unknown_words,
        findings=tuple(
            InitFinding(
                name=one.name,
                severity=one.severity,
                where=one.where,
                evidence=one.evidence,
                layers=one.layers,
            )
            for one in findings(of_network, more)
        ),
        layers=_named(entries),
        q=_values([one.q for one in entries]),
        g=_values([one.g for one in entries]),
        c=_values([one.c for one in entries]),
        varied=_values([one.varied for one in entries]),
        dead=tuple(one.dead for one in entries),
        saturated=tuple(one.saturated for one in entries),
        distinct=tuple(one.distinct for one in entries),
    )


def then_of(one: LayerMeasurement) -> str:
    """Return what follows a layer, in a word: "head" where nothing with weights does."""
    if one.head:
        return HEAD
    return NOT_KNOWN if one.nonlinearity is None else one.nonlinearity


def _values(column: Sequence[Measured | None]) -> tuple[float | None, ...]:
    """Return numbers; those that JSON has not, of sums beyond float64, are not known."""
    return tuple(
        one.value if one is not None and math.isfinite(one.value) else None for one in column
    )


def _named(entries: Sequence[LayerMeasurement]) -> LayerNames:
    rows = [
        (one.name, one.role, then_of(one), one.use, one.uses, one.width, one.units)
        for one in entries
    ]
    return _described(tuple(zip(*rows, strict=True)))


@lru_cache(maxsize=64)  # cells of one network share the object that names its layers
def _described(columns: tuple[tuple[Any, ...], ...]) -> LayerNames:
    names = ("name", "role", "then", "use", "uses", "width", "units")
    return LayerNames(**dict(zip(names, columns, strict=False)))
