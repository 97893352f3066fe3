"""Cell <-> its row in a store, with a digest of everything in it; row -> settings of a study."""

from __future__ import annotations

import contextlib
import hashlib
import json
import zlib
from typing import Any

from initlab.errors import InitlabError, StorageError
from initlab.records import Cell, Study
from initlab.study.store import schema
from initlab.study.store.blocks import (
    packed,
    packed_curve,
    packed_record,
    unpacked,
    unpacked_curve,
    unpacked_record,
)
from initlab.study.store.faults import damaged

REPEATED = ("init", "seed", "learning_rate", "outcome", "engine", "platform")  # of the record
NAMES = ("key", *REPEATED, "record", "curve", "parameters", "diagnosis", "digest")
OF_CELL = tuple(schema.cells.c[name] for name in NAMES)
UNREADABLE = (  # what reading a row raises whose bytes are not those that were written
    InitlabError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, zlib.error,
)  # fmt: skip
SMALL_PARAMETERS = 64 * 2**10  # bytes of a cell: up to here they are always kept
NO_CURVE: dict[str, list[Any]] = {"step": [], "train_loss": []}


def row_of(cell: Cell, key: str, *, attempts: int = 1, parameters: bool = False) -> dict[str, Any]:
    """Return the row of a cell.

    Args:
        cell: finished or diverged.
        key: under which it is found again.
        attempts: how often it was tried.
        parameters: keep trained parameters of any size.
    """
    kept = cell.parameters
    if (
        kept is not None
        and not parameters
        and sum(a.nbytes for a in kept.values()) > (SMALL_PARAMETERS)
    ):
        kept = None
    record = cell.replace(curve=NO_CURVE, diagnosis=None).to_record()
    text = json.dumps(record, separators=(",", ":"), allow_nan=False)
    curve, arrays = packed_curve(cell.curve), None if kept is None else packed(kept)
    found = None if cell.diagnosis is None else packed_record(cell.diagnosis)
    return {
        "key": key, **dict(zip(REPEATED, _repeated(cell), strict=True)), "attempts": attempts,
        "record": text, "curve": curve, "parameters": arrays,
        "diagnosis": found, "digest": digest(text, curve, arrays, found),
    }  # fmt: skip


def cell_of(row: Any, store: str) -> Cell:
    """Return the cell of a row.

    Args:
        row: has the columns :data:`OF_CELL`.
        store: name of its file, for the error.

    Raises:
        StorageError: the row is not what was stored; the file and the run are named.
    """
    check_digest(row, store)
    try:
        cell = Cell.from_record(json.loads(row.record), path="record")
        if _repeated(cell) == _repeated(row):
            arrays = None if row.parameters is None else unpacked(row.parameters)
            found = None if row.diagnosis is None else unpacked_record(row.diagnosis)
            return cell.replace(curve=unpacked_curve(row.curve), parameters=arrays, diagnosis=found)
    except UNREADABLE as error:
        raise StorageError(damaged_run(row, store)) from error
    raise StorageError(damaged_run(row, store))


def check_digest(row: Any, store: str) -> None:
    """Refuse a row that is not what was stored; see :func:`cell_of`."""
    with contextlib.suppress(*UNREADABLE):
        if digest(row.record, row.curve, row.parameters, row.diagnosis) == row.digest:
            return
    raise StorageError(damaged_run(row, store))


def check_row(row: Any, store: str) -> None:
    """Refuse a row that is not what was stored, also in its columns; quicker than reading it."""
    check_digest(row, store)
    with contextlib.suppress(*UNREADABLE):
        record = json.loads(row.record)
        if tuple(record[name] for name in REPEATED) == _repeated(row):
            return
    raise StorageError(damaged_run(row, store))


def _repeated(of: Any) -> tuple[Any, ...]:
    return tuple(getattr(of, name) for name in REPEATED)


def damaged_run(row: Any, store: str) -> str:
    """Return the sentence for a row that is not what was stored."""
    return damaged(
        store, f"the run of {row.init} at seed {row.seed} has changed since it was stored"
    )


def study_of(row: Any) -> tuple[Study, dict[str, str], list[str]]:
    """Return the settings, versions and notes in a study's row; a damaged one raises anything."""
    settings = {
        **json.loads(row.settings),
        "inits": json.loads(row.inits), "seeds": json.loads(row.seeds),
    }  # fmt: skip
    return Study.from_record(settings), json.loads(row.versions), json.loads(row.notes)


def digest(
    record: str, curve: bytes, parameters: bytes | None, diagnosis: bytes | None
) -> str:  # fmt: skip
    """Return the SHA-256 of what a row holds of its cell; without a diagnosis that of schema 1."""
    found = hashlib.sha256(record.encode("utf-8"))
    for part in (curve, parameters or b"", *([] if diagnosis is None else [diagnosis])):
        found.update(len(part).to_bytes(8, "little") + part)
    return found.hexdigest()
