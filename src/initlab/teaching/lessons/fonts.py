"""Characters -> the fonts that can draw them, or None."""

from __future__ import annotations

from functools import cache
from pathlib import Path

BASE = "DejaVu Sans"  # comes with matplotlib; has Latin, Greek and Cyrillic
CJK_FAMILIES = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN",
    "Noto Sans CJK JP", "Noto Sans CJK TC", "Microsoft YaHei", "PingFang SC", "Hiragino Sans GB",
    "Heiti SC", "STHeiti", "SimHei", "DengXian", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei",
    "Noto Serif CJK SC", "Source Han Serif SC", "SimSun", "STSong", "Songti SC", "AR PL UMing CN",
    "Droid Sans Fallback", "Arial Unicode MS",
)  # fmt: skip
FILE_MARKS = (  # of files that may hold one of these, in lower case
    "cjk", "notosanssc", "sourcehan", "wqy", "wenquanyi", "yahei", "msyh", "pingfang", "hiragino",
    "heiti", "simhei", "simsun", "deng", "songti", "stsong", "uming", "fallback", "arialuni",
    "arial unicode",
)  # fmt: skip


def font_for(text: str) -> list[str] | None:
    """Return families that together draw ``text``, the first choice first; None without any."""
    from matplotlib.font_manager import FontProperties, findfont, fontManager

    missing = _lacking(findfont(FontProperties(family=BASE)), set(text))
    if not missing:
        return [BASE]
    _look_again()
    files = {entry.name: entry.fname for entry in reversed(fontManager.ttflist)}
    able = (name for name in CJK_FAMILIES if name in files and not _lacking(files[name], missing))
    family = next(able, None)
    return None if family is None else [BASE, family]


def _lacking(file: str, characters: set[str]) -> set[str]:
    from matplotlib.font_manager import get_font

    known = get_font(file).get_charmap()
    return {character for character in characters if ord(character) not in known and
            not character.isspace()}  # fmt: skip


@cache
def _look_again() -> None:
    """Add fonts that were installed after matplotlib wrote its list of them."""
    from matplotlib.font_manager import findSystemFonts, fontManager

    listed = {entry.fname for entry in fontManager.ttflist}
    for file in findSystemFonts():
        if file not in listed and any(mark in Path(file).name.lower() for mark in FILE_MARKS):
            try:
                fontManager.addfont(file)
            except (OSError, RuntimeError):  # not a font that FreeType reads
                continue
