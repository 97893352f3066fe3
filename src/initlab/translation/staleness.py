"""Template and catalogue -> what is missing, out of date or damaged in a translation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

KEPT = {  # what a translation must hold exactly as often, in any order
    "pieces of code": re.compile(r"```.*?```|`[^`]+`", re.DOTALL),
    "formulas": re.compile(r"\$\$.+?\$\$|(?<!\\)\$[^$]+?(?<!\\)\$", re.DOTALL),
    "link targets": re.compile(r"(?<=\]\()[^)\s]+(?=\))"),
    "placeholders": re.compile(r"\{\w+\}"),
    "headings": re.compile(r"^#+(?= )", re.MULTILINE),
    "list items": re.compile(r"^ *(?:[-*]|\d+\.)(?= )", re.MULTILINE),
}


def template_problems(written: Any, found: Any) -> list[str]:
    """Say where the template on disk differs from the one that the texts give now."""
    old, new = _ids(written), _ids(found)
    return [
        *(f"not in the template yet: {_short(text)}" for text in new if text not in old),
        *(f"in the template, but no longer in the source: {_short(text)}"
          for text in old if text not in new),
    ]  # fmt: skip


def catalogue_problems(template: Any, catalogue: Any) -> list[str]:
    """Say what is wrong with a translation; both are babel's Catalogs."""
    wanted, given = _ids(template), _ids(catalogue)
    problems = [f"not in the catalogue: {_short(text)}" for text in wanted if text not in given]
    problems += [f"obsolete: {_short(text)}" for text in given if text not in wanted]
    problems += [f"obsolete: {_short(str(text))}" for text in catalogue.obsolete]
    for text in wanted:
        message = given.get(text)
        if message is None:
            continue
        if not message.string:
            problems.append(f"not translated: {_short(text)}")
        elif message.fuzzy:
            problems.append(f"marked fuzzy: {_short(text)}")
        else:
            problems += _damage(text, message.string)
    return problems


def _damage(text: str, translation: str) -> Iterator[str]:
    translation = translation.replace("{,}", ".")  # the decimal comma of a formula
    for what, pattern in KEPT.items():
        before, after = Counter(pattern.findall(text)), Counter(pattern.findall(translation))
        if before != after:
            lost = sorted((before - after).elements())
            new = sorted((after - before).elements())
            differ = f"{what} differ from those of the English text (missing {lost}, added {new})"
            yield f"{differ}: {_short(text)}"


def _ids(catalogue: Any) -> dict[str, Any]:
    return {message.id: message for message in catalogue if message.id}


def _short(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= 70 else line[:67] + "...")
