"""A .py file -> its text."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path

from initlab.errors import DataError
from initlab.files import read_regular, shown_path

LARGEST = 10**6  # bytes of a .py file that are read at all


def source_text(path: Path) -> str:
    """Read a Python file in the encoding that it declares.

    Raises:
        StorageError: it cannot be read.
        DataError: it is too long or no text.
    """
    content = read_regular(path, most=LARGEST)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = io.TextIOWrapper(io.BytesIO(content), encoding).read()
    except (SyntaxError, UnicodeDecodeError, LookupError):
        raise DataError(
            f"{shown_path(path)} is not Python source: the file cannot be read in the encoding "
            "that it declares, or in UTF-8 if it declares no encoding."
        ) from None
    if "\0" in text:
        raise DataError(f"{shown_path(path)} is not Python source: the file contains null bytes.")
    return text
