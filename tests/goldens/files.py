"""The two files of kept numbers: draws.json and values.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DRAWS = HERE / "draws.json"
VALUES = HERE / "values.json"
STORED = HERE / "stored"


def read(path: Path) -> dict[str, Any]:
    """Return what a file holds."""
    return dict(json.loads(path.read_text(encoding="utf-8")))


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file with one cell, start or difference per line, so that a change can be read."""
    path.write_text(_text(content, 0) + "\n", encoding="utf-8")


def _text(value: Any, depth: int) -> str:
    rows: list[str] = []
    if depth < 3 and value and isinstance(value, dict):
        rows = [f"{json.dumps(key)}: {_text(item, depth + 1)}" for key, item in value.items()]
    elif depth < 3 and value and isinstance(value, list):
        rows = [_text(item, depth + 1) for item in value]
    if not rows:
        return json.dumps(value, allow_nan=False)
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    margin = " " * (depth + 1)
    return f"{opening}\n{margin}" + f",\n{margin}".join(rows) + f"\n{' ' * depth}{closing}"
