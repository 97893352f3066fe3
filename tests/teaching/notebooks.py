"""Cells -> notebooks in a folder."""

from __future__ import annotations

import json
from pathlib import Path


def cell(source: str, *, kind: str = "code", outputs=(), lines: bool = True):
    text = source.splitlines(keepends=True) if lines else source
    extra = {"execution_count": 1, "outputs": list(outputs)} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {}, "source": text, **extra}


def write(path: Path, *cells) -> Path:
    cells = [cell(c) if isinstance(c, str) else c for c in cells]
    content = {"cells": cells, "metadata": {"a": "ü"}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def sources(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(c["source"]) for c in cells]
