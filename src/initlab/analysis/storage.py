"""A study's record <-> the file that holds it; written whole or not at all, read with suspicion."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from initlab.analysis.analysis import Analysis
from initlab.errors import DataError, StorageError, StudyError
from initlab.files import json_text, read_regular, write_atomically
from initlab.validation import local_file

MOST_DIGITS = 1_000  # Python itself reads 4,300
LARGEST_FILE = 100 * 10**6  # bytes; 1000 seeds of the circles are about 10 MB


def write_study(
    path: str | os.PathLike[str], record: Analysis, options: Mapping[str, Any] | None = None
) -> None:
    """Write a record as JSON: either the whole new file is there afterwards, or the old one.

    Args:
        path: the file; its folder must exist.
        record: what to write.
        options: of the command that ran the study, for the next one of an unfinished study.

    Raises:
        StorageError: the folder is missing, the path is a folder, or it cannot be written.
    """
    write_atomically(path, document(record, options).encode("utf-8"), durable=True)


def read_study(path: str | os.PathLike[str]) -> Analysis:
    """Read a study that :func:`write_study` wrote.

    Raises:
        StorageError: the file is not there, is a folder, or cannot be read.
        DataError: it is over 100 MB or not JSON.
        StudyError: it is not a study, of a newer schema, edited, or wrong at a named key.
    """
    source = local_file("path", path)
    value = _parse(_content(source), source)
    try:
        return Analysis.from_record(value, source=str(source))
    except StudyError as error:
        if str(error).startswith(str(source)):
            raise
        raise StudyError(
            f"{source}: {error}",
            argument=error.argument,
            value=error.value,
            expected=error.expected,
            where=error.where,
        ) from error


def document(record: Analysis, options: Mapping[str, Any] | None = None) -> str:
    """Return the JSON text: one line per cell, init and difference, so that it can be read."""
    return json_text(record.to_record(options))


def _content(source: Path) -> bytes:
    if source.is_dir():
        raise StorageError(f"{source} is a folder; give the path of the study.json in it.")
    return read_regular(source, most=LARGEST_FILE)


def _parse(content: bytes, source: Path) -> Any:
    try:
        text = content.decode("utf-8-sig")  # some editors put a mark in front
    except UnicodeDecodeError:
        raise DataError(f"{source} is not valid JSON: it is not UTF-8 text.") from None
    if not text.strip():
        raise DataError(f"{source} is empty.")
    try:
        return strict_json(text)
    except RecursionError:
        raise DataError(f"{source} is not a study: its JSON is nested too deeply.") from None
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        why = "it ends too early" if cut else error.msg[:1].lower() + error.msg[1:]
        raise DataError(f"{source} is not valid JSON: {why}, in line {error.lineno}.") from error
    except ValueError as error:
        raise DataError(f"{source} is not valid JSON: {error}.") from error


def strict_json(text: str) -> Any:
    """Return what a JSON text holds; its numbers are finite, and no key occurs twice.

    Raises:
        ValueError, RecursionError: it is not such a text.
    """
    return json.loads(
        text, parse_constant=_no_constant, parse_float=_finite, parse_int=_whole,
        object_pairs_hook=_no_duplicates,
    )  # fmt: skip


def _no_constant(token: str) -> Any:
    raise ValueError(f"the value {token} is not allowed")


def _finite(token: str) -> float:
    if not math.isfinite(float(token)):
        raise ValueError(f"{token[:40]} is too large a number")
    return float(token)


def _whole(token: str) -> int:
    if len(token) > MOST_DIGITS:
        raise ValueError(f"a number of {len(token):,} digits is too large")
    return int(token)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} occurs twice")
    return result
