"""The blocks of docs/initialize.md run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="modules are PyTorch's")
PAGE = Path(__file__).parents[2] / "docs" / "initialize.md"


def test_every_block_of_the_page_runs_and_the_table_is_what_is_printed(capsys):
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 7
    names: dict[str, object] = {}
    for block in blocks:
        exec(block, names)
    shown = capsys.readouterr().out.splitlines()
    page = PAGE.read_text(encoding="utf-8")
    reason = next(k for k, line in enumerate(shown) if line.startswith("followed by relu"))
    assert "followed by relu (He et al. 2015, eq. 10)" in shown[reason]
    words = r"weight multiplied by 1\.\d+ in 1 iteration; variance of the outputs: 1 \(wanted: 1\)"
    assert re.fullmatch(words, shown[reason + 1])
    for line in [*shown[:4], *shown[reason + 2 :]]:
        assert line in page
    assert "overwritten" in "".join(shown[reason:])
    assert "cloned_layers" in "".join(shown[reason:])
