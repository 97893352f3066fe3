"""Text in a figure -> the message to look up, and its translation with its numbers put back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from initlab.errors import InitlabError
from initlab.initialization import Rules, parse_init

NUMBER_FORM = "12,345.6"  # a catalogue says how its language writes this number
PERCENT = "{0} %"  # the whole text of a tick; without a word, so messages_of leaves it out
NUMBER = re.compile(r"(?<![\w.,^{])[-−+]?\d+(?:[.,]\d+)*(?:e[-−+]?\d+)?(?!\w)")
UNGROUPED = re.compile(r"(?<![\d.])\d{4,}")  # thousands of a tick
PLACE = re.compile(r"\{(\d+)\}")
WORD = re.compile(r"[^\W\d_]{2}")  # two letters in a row; x1 and W2 are names, not words
FORMULA = re.compile(r"(?<!\\)\$.*?(?<!\\)\$")


def messages_of(text: str) -> Iterator[str]:
    """Yield the messages of a label that need a translation, one per line.

    Numbers become places, {0}, {1}, ...: one message serves every step and seed. Names of
    initializations, formulas and bare numbers are not words.
    """
    if _is_init(text):
        return
    for line in text.split("\n"):
        if WORD.search(FORMULA.sub("", line)) and not _is_init(line):
            yield numbers_out(line)[0]


def translated(text: str, known: Mapping[str, str]) -> str:
    """Return a label in the language of ``known``; words that it does not know stay as they are."""
    if _is_init(text):
        return text
    return "\n".join(_line(line, known) for line in text.split("\n"))


def numbers_out(line: str) -> tuple[str, list[str]]:
    """Return the line with a placeholder for each number, and the numbers."""
    numbers: list[str] = []

    def place(found: re.Match[str]) -> str:
        numbers.append(found[0])
        return f"{{{len(numbers) - 1}}}"

    return NUMBER.sub(place, line.strip()), numbers


def _line(line: str, known: Mapping[str, str]) -> str:
    message, numbers = numbers_out(line)
    if message in known:
        return PLACE.sub(lambda found: _written(numbers[int(found[1])], known), known[message])
    if WORD.search(line) or FORMULA.search(line):
        return line
    grouped = UNGROUPED.sub(lambda found: f"{int(found[0]):,}", line)
    return NUMBER.sub(lambda found: _written(found[0], known), grouped)


def _written(number: str, known: Mapping[str, str]) -> str:
    """Return an English number as the other language writes it: 0,8 for 0.8 in Russian."""
    form = known.get(NUMBER_FORM, NUMBER_FORM)
    return number.translate({ord(","): form[2], ord("."): form[-2]})


@lru_cache(maxsize=1024)  # a figure has the same labels each time it is drawn
def _is_init(text: str) -> bool:
    if NUMBER.fullmatch(text):  # a constant could be meant
        return False
    try:
        start = parse_init(text.replace("\n", " ").strip())
    except InitlabError:
        return False
    # "seed = 3" has the form of a rule, but a study's rules have a default
    return not isinstance(start, Rules) or start.default is not None
