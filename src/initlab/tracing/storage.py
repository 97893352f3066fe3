"""Name of a file -> what of a trace is written there: picture, page or record."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from initlab.errors import refusal
from initlab.validation import local_file

if TYPE_CHECKING:
    from initlab.tracing.trace import Trace

WRITERS: dict[str, Callable[[Trace], str]] = {
    ".svg": lambda trace: trace.to_svg(),
    ".html": lambda trace: trace.to_html(),
    ".json": lambda trace: json.dumps(trace.to_record(), indent=2, allow_nan=False) + "\n",
}


def check_ending(path: str | os.PathLike[str]) -> Path:
    """Return the path if its ending says what to write."""
    target = local_file("path", path)
    if target.suffix.lower() not in WRITERS:
        raise refusal("path", "a name that ends in " + ", ".join(WRITERS), str(path))
    return target
