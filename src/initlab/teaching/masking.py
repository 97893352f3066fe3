"""Python text -> the same text with strings and comments blanked, place for place."""

from __future__ import annotations

import re

QUIET = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'(?:\\.|[^\\])*?\'\'\''
    r'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|\#[^\n]*',
    re.DOTALL,
)


def masked(source: str) -> str:
    """Replace strings and comments by blanks; lines and positions stay as they are."""
    return QUIET.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), source)


def arguments(mask: str, opening: int) -> list[tuple[int, int]]:
    """Return begin and end of each argument of the call whose bracket opens there."""
    spans: list[tuple[int, int]] = []
    begin, depth = opening + 1, 0
    for place in range(opening, len(mask)):
        if mask[place] in "([{":
            depth += 1
        elif mask[place] in ")]}":
            depth -= 1
            if depth == 0:
                return [*spans, (begin, place)]
        elif mask[place] == "," and depth == 1:
            spans.append((begin, place))
            begin = place + 1
    return []  # it does not close
