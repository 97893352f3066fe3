"""A sentence and the names in it -> the same in a line of 100 columns, shortened if need be."""

from __future__ import annotations

import re
from collections.abc import Callable

LINE = 100  # columns
SHORTEST_NAME = 6
SHORTER = (  # where a sentence does not fit a line; the details stand below
    ("beat always answering the", "beat the"),
    ("ended with a dead layer", "ended dead"), ("the best median is", "best median"),
    (", with a median ", "; median "), ("95 % interval", "interval"),
    (" validation samples", " samples"), (" training samples", " samples"),
    (" test samples", " samples"), ("paired t test,", "t test,"),
    ("signed-rank test,", "signed ranks,"), (" in pairs", ""),
    ("optimistic interval", "optimistic"), ("signed ranks, ", ""), ("swap test, ", ""),
    ("t test, ", ""), ("equal differences, ", ""),
    (", which has no score in half of its runs or more", ""),
    ("a run has no score, and a test then needs", "a run failed, a test needs"),
    ("a test over learning rates needs", "a test over rates needs"),
    ("the scores at the other learning rates are not kept", "other rates are not kept"),
    ("; best median ", "; median "), (" where the other has not", ""),
    (" have the same score at every seed", " tie"), ("(interval ", "(95 % "),
    ("Second: ", "2nd: "),
)  # fmt: skip
SAMPLES = ", [0-9,]+ samples?(?=[;)])"  # left out where all these are not short enough


def fitted(
    build: Callable[..., str], *names: str, briefly: Callable[..., str] | None = None
) -> str:
    """Return a sentence that fits a line, with shorter words or else shorter names.

    Args:
        build: names -> the sentence.
        names: of initializations and of the metric; cut in the middle where nothing else helps.
        briefly: the same without its interval: the last that goes before names are cut.
    """
    whole = _shorter(build(*names))
    if len(whole) <= LINE:
        return whole
    if briefly is not None:
        return fitted(briefly, *names)
    widths = range(max(map(len, names), default=0), SHORTEST_NAME - 1, -1)
    cuts = [[_cut(name, width) for name in names] for width in widths]
    lines = {tuple(cut): _shorter(build(*cut)) for cut in cuts}
    fitting = {cut: line for cut, line in lines.items() if len(line) <= LINE}
    told_apart = [line for cut, line in fitting.items() if len({*cut}) == len({*names})]
    return next(iter([*told_apart, *fitting.values(), *list(lines.values())[-1:], whole]))


def _shorter(words: str) -> str:
    for long, short in SHORTER:
        words = words if len(words) <= LINE else words.replace(long, short)
    return words if len(words) <= LINE else re.sub(SAMPLES, "", words)


def _cut(name: str, width: int) -> str:
    if len(name) <= width:
        return name
    end = (width - 1) // 2
    return f"{name[: width - 1 - end]}…{name[-end:]}"
