"""Imports of torchvision in a cell -> the same names from our drop-in, where it has them."""

from __future__ import annotations

import re

from initlab.teaching.masking import masked
from initlab.teaching.repair.spans import Spans

OURS = "initlab.teaching.drop_ins.udacity"
STAND_INS = {
    "datasets": {"FashionMNIST", "MNIST", "KMNIST"},
    "transforms": {"ToTensor", "Normalize", "Compose", "Lambda"},
}
PARTS = "|".join(STAND_INS)
ITEM = r"[A-Za-z_]\w*(?:[ \t]+as[ \t]+\w+)?"
WHOLE = re.compile(
    rf"^[ \t]*from[ \t]+(torchvision)[ \t]+import[ \t]+({ITEM}(?:[ \t]*,[ \t]*{ITEM})*)[ \t]*$",
    re.MULTILINE,
)
PART = re.compile(rf"^[ \t]*from[ \t]+(torchvision)\.(?:{PARTS})[ \t]+import\b", re.MULTILINE)
PLAIN = re.compile(r"^[ \t]*import[ \t]+[^\n]*?$", re.MULTILINE)
NAMED = re.compile(
    rf"(?<![\w.])(?<!\bas )torchvision(?:\.({PARTS}))?(?![\w.])(?:[ \t]+as[ \t]+(\w+))?"
)
ATTRIBUTE = re.compile(r"(?<![\w.])torchvision\.(\w+)")
RENAMED = re.compile(rf"torchvision(?:\.|[ \t]+import[ \t]+)({PARTS})[ \t]+as[ \t]+(\w+)")
TAKEN = re.compile(rf"from[ \t]+torchvision\.({PARTS})[ \t]+import[ \t]+([\w, \t]+)")


def imports(source: str) -> Spans:
    """Yield (begin, end, text) of what takes the place of torchvision in the imports.

    Names that the drop-in does not have go: :func:`replaced` saw that none is used.
    """
    mask = masked(source)
    for found in WHOLE.finditer(mask):
        items = [item.strip() for item in found[2].split(",")]
        kept = [item for item in items if item.split()[0] in STAND_INS]
        if kept:
            yield found.start(1), found.end(), f"{OURS} import {', '.join(kept)}"
    for found in PART.finditer(mask):
        yield *found.span(1), OURS
    for line in PLAIN.finditer(mask):
        for found in NAMED.finditer(mask, *line.span()):
            name = found[2] or "torchvision"
            part = f".{found[1]}" if found[1] and found[2] else ""
            yield *found.span(), f"{OURS}{part} as {name}"


def replaced(code: str) -> bool:
    """Whether a notebook uses nothing of torchvision that the drop-in does not have."""
    if any(found[1] not in (*STAND_INS, "__version__") for found in ATTRIBUTE.finditer(code)):
        return False
    for found in WHOLE.finditer(code):
        for item in found[2].split(","):
            name = item.split()[-1]
            if item.split()[0] not in STAND_INS and len(re.findall(rf"\b{name}\b", code)) > 1:
                return False
    names = {part: part for part in STAND_INS}
    names |= {match[2]: match[1] for match in RENAMED.finditer(code)}
    used = [
        (part, match[1])
        for name, part in names.items()
        for match in re.finditer(rf"(?<!\w){name}\.([A-Za-z]\w*)", code)
    ]
    for match in TAKEN.finditer(code):
        used += [(match[1], name.split()[0]) for name in match[2].split(",") if name.strip()]
    return all(name in STAND_INS[part] for part, name in used if name not in STAND_INS)
