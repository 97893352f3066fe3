"""Name of a file -> what of a trace is written there: picture, page or record."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from initlab.tracing.trace import Trace

WRITERS: dict[str, Callable[[Trace], str]] = {
    ".svg": lambda trace: trace.to_svg(),
    ".html": lambda trace: trace.to_html(),
    ".json": lambda trace: json.dumps(trace.to_record(), indent=2, allow_nan=False) + "\n",
}
