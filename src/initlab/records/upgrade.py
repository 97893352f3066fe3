"""A study's JSON document of an older schema -> the same document in today's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from initlab.errors import StudyError
from initlab.records.cell import Cell
from initlab.records.record import wrong

SCHEMA = 2
# keys of a cell that are no score
OWN = {*Cell.model_fields, "nonfinite", "reason"}


def upgraded(record: Any, source: str) -> dict[str, Any]:
    """Return the document in today's schema.

    Args:
        record: the document, as read.
        source: the file it came from, for error messages.

    Raises:
        StudyError: it is no study, or of a newer schema; the version to install is named.
    """
    if not isinstance(record, Mapping) or not {"schema", "study", "cells"} <= record.keys():
        raise StudyError(f"{source} is not a study that initlab wrote.")
    schema = record["schema"]
    if isinstance(schema, bool) or not isinstance(schema, int) or schema < 1:
        raise wrong("schema", f"an integer from 1 to {SCHEMA}", schema)
    if schema > SCHEMA:
        versions = record.get("versions")
        version = versions.get("initlab") if isinstance(versions, Mapping) else None
        named = isinstance(version, str)
        writer = f"initlab {version}" if named else "a newer initlab"
        raise StudyError(
            f"{source} was written by {writer} and has schema {schema}, but this initlab reads "
            f"only schemas up to {SCHEMA}. Install {f'{writer} or later' if named else writer}."
        )
    return _from_schema_1(record) if schema == 1 else dict(record)


def _from_schema_1(record: Mapping[str, Any]) -> dict[str, Any]:
    """Add what schema 1 did not keep: scores by name, and every cell's engine and platform."""
    cells, study = record["cells"], record["study"]
    if not isinstance(study, Mapping) or not isinstance(cells, list):
        return {**record, "schema": SCHEMA}  # wrong, and said so where it is read
    first = cells[0] if cells and isinstance(cells[0], Mapping) else {}
    curve = first.get("curve")
    own = {
        "metrics": [name for name in first if name not in OWN],
        "curve": [
            name for name in (curve if isinstance(curve, Mapping) else ())
            if name not in ("step", "epoch", "distinct_units")
        ],
        "keep_parameters": isinstance(curve, Mapping) and "distinct_units" in curve,
    }  # fmt: skip
    rate = study.get("learning_rate")
    added = {"engine": record.get("engine", ""), "platform": record.get("platform", "")}
    return {
        **record,
        "schema": SCHEMA,
        "study": {**own, **study},
        "cells": [
            {**added, **cell, "learning_rate": cell.get("learning_rate") or rate}
            if isinstance(cell, Mapping) else cell
            for cell in cells
        ],
        "cells_at_other_rates": None if study.get("learning_rates") else [],  # not kept
    }  # fmt: skip
