"""Imports of torchvision in a cell -> the same names from our drop-in, where it has them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from initlab.course.masking import masked

OURS = "initlab.course.udacity"
STAND_INS = {
    "datasets": {"FashionMNIST", "MNIST", "KMNIST"},
    "transforms": {"ToTensor", "Normalize", "Compose"},
}
PARTS = "|".join(STAND_INS)
NAMES = rf"(?:{PARTS})(?:[ \t]+as[ \t]+\w+)?"
IMPORT = re.compile(
    rf"^[ \t]*(?:from[ \t]+(?P<whole>torchvision)[ \t]+import[ \t]+{NAMES}"
    rf"(?:[ \t]*,[ \t]*{NAMES})*[ \t]*$"
    rf"|from[ \t]+(?P<part>torchvision)\.(?:{PARTS})[ \t]+import\b"
    rf"|import[ \t]+(?P<renamed>torchvision)\.(?:{PARTS})[ \t]+as\b"
    r"|import[ \t]+(?P<plain>torchvision)[ \t]*$)",
    re.MULTILINE,
)
RENAMED = re.compile(rf"torchvision(?:\.|[ \t]+import[ \t]+)({PARTS})[ \t]+as[ \t]+(\w+)")
TAKEN = re.compile(rf"from[ \t]+torchvision\.({PARTS})[ \t]+import[ \t]+([\w, \t]+)")


def imports(source: str) -> Iterator[tuple[int, int, str]]:
    """Yield (begin, end, text) of what takes the place of "torchvision" in the imports."""
    for match in IMPORT.finditer(masked(source)):
        kind = str(match.lastgroup)
        text = f"{OURS} as torchvision" if kind == "plain" else OURS
        yield (*match.span(kind), text)


def replaced(code: str) -> bool:
    """Whether a notebook uses nothing of torchvision that the drop-in does not have."""
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
