"""Metrics, values, inits and seeds -> the words of sentences, tables, figures and the page."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from initlab.errors import InitlabError
from initlab.initializers import parse
from initlab.initializers.registry import find
from initlab.networks.metrics import METRICS, PARTS, metric_kind, metric_row
from initlab.networks.metrics import metric_label as metric_label
from initlab.numbers import shown
from initlab.validation import listed

LEAST_SHOWN = 0.0005  # of a share: 0.05 points, which one digit rounds to 0.1
RANGE_FROM = 3  # neighbours that make a range
MOST_LISTED = 8  # numbers and ranges of seeds before the list is cut
LINE = 100  # columns
SHORTEST_NAME = 6
SHORTER = (  # where a sentence does not fit a line; the details stand below
    ("beat always predicting the largest class", "beat the best constant prediction"),
    ("beat always predicting the class frequencies", "beat the best constant prediction"),
    ("ended with a dead layer", "had a dead layer"), ("the best median is", "best median"),
    (", with a median ", "; median "), ("95 % interval", "95 % CI"),
    (" validation samples", " samples"), (" training samples", " samples"),
    (" test samples", " samples"), ("paired t test,", "t test,"),
    ("signed-rank test,", "signed ranks,"), (", paired (", " ("), ("permutation test, ", ""),
    ("optimistic 95 % CI", "optimistic CI"), ("signed ranks, ", ""), ("t test, ", ""),
    ("all differences equal, ", ""),
    (" by an amount that is unknown because not all runs have a finite score",
     " by an unknown amount"), (" by an unknown amount", ""),
    ("a run has no score, and a test then needs", "with a failed run a test needs"),
    ("with several learning rates, a test needs", "with several rates a test needs"),
    ("no test is possible without the scores at the other learning rates",
     "no test is possible without scores at other rates"),
    (" have the same score at every seed", " tie"),
    ("Second: ", "2nd: "), ("Even a perfect", "A perfect"), ("could not be", "cannot be"),
)  # fmt: skip
SAMPLES = ", [0-9,]+ samples?(?=[;)])"  # left out where all these are not short enough


def metric_part(metric: str) -> str:
    """Return the part of the data a metric is of: "training", "validation" or "test"."""
    part = metric.partition("_")[0]
    return PARTS.get(part, part)


def is_share(metric: str) -> bool:
    """Whether the metric is a fraction that is shown in percent."""
    row = metric_row(metric)
    return row is not None and row.share


def metric_notes(metrics: Iterable[str]) -> list[str]:
    """Return what a reader must know to read these metrics."""
    kinds = {metric_kind(metric) for metric in metrics}
    return [row.note for kind, row in METRICS.items() if kind in kinds and row.note]


def value_text(metric: str, value: float | None) -> str:
    """Return a value as it is shown: accuracies in percent, losses with three digits, or a dash."""
    if value is None or math.isnan(value):
        return "–"
    if is_share(metric) and not math.isinf(value):
        return f"{shown(100 * value, '.1f')} %"
    row = metric_row(metric)
    return shown(value, ".3g" if row is None else row.digits)


def gap_text(metric: str, gap: float) -> str:
    """Return how far apart two values are: shares in percentage points, others in their unit."""
    if is_share(metric):
        return f"{_points(abs(gap))} points"
    return shown(abs(gap))


def gap_interval_text(metric: str, interval: tuple[float, float]) -> str:
    """Return "3.1 to 6.4", the bounds of a difference in the unit of :func:`gap_text`."""
    text = _points if is_share(metric) else shown
    return " to ".join("unbounded" if math.isinf(bound) else text(bound) for bound in interval)


def _points(share: float) -> str:
    """Return percentage points; a difference that is not 0 is not shown as 0."""
    return shown(100 * share, ".1f" if abs(share) >= LEAST_SHOWN or not share else ".1g")


def p_text(p: float) -> str:
    """Return "p = 0.031", or "p < 0.001"."""
    return "p < 0.001" if p < 0.001 else f"p = {shown(p, '.2g')}"


def interval_text(metric: str, interval: tuple[float, float] | None) -> str:
    """Return "94.1 to 97.3 %", "up to 97.3 %" below which runs have no score, or a dash."""
    if interval is None:
        return "–"
    low, high = (value_text(metric, bound) for bound in interval)
    return f"up to {high}" if interval[0] == -math.inf else f"{low.removesuffix(' %')} to {high}"


def counted(count: int, noun: str) -> str:
    """Return "1 seed" or "6 seeds"."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def engine_words(engine: str) -> str:
    """Return the engine that trained a study, with what it trained one by one or together.

    Example:
        >>> engine_words("torch, cpu, one by one")
        'torch, cpu, seeds trained one by one'
        >>> engine_words("dense, compiled")
        'dense, compiled'
    """
    return re.sub(r"(torch, \w+), (?=one by one|together)", r"\1, seeds trained ", engine)


def shown_names(inits: Sequence[str]) -> dict[str, str]:
    """Return each initialization's name: as it is spelt, with all that tells it from the others.

    Canonical spelling leaves out an argument that has its default; beside the same initializer with
    another value it is what distinguishes the two.

    Example:
        >>> shown_names(["uniform", "uniform(low=-0.5, high=0.5)"])["uniform"]
        'uniform(low=0, high=1)'
    """
    values = {init: _arguments(init) for init in inits}
    names = {}
    for init, (kind, given) in values.items():
        alike = [other for name, other in values.values() if name == kind]
        differing = [name for name in given if any(one[name] != given[name] for one in alike)]
        inside = ", ".join(f"{name}={given[name]!r}" for name in differing)
        names[init] = f"{kind}({inside})" if "(" not in init and differing else init
    return names


def _arguments(init: str) -> tuple[str, dict[str, Any]]:
    try:
        one = parse(init)
    except InitlabError:  # an initialization per parameter, or no initializer of ours
        return init, {}
    given = dict(one.arguments)
    defaults = {a.name: a.default for a in find(one.name).arguments}
    shown = {k: int(v) if isinstance(v, float) and v.is_integer() else v
             for k, v in {**defaults, **given}.items()}  # fmt: skip
    return one.name, shown


def ranges_text(numbers: Iterable[int]) -> str:
    """Return all numbers in order, neighbours as a range."""
    return listed(_ranges(numbers))


def seeds_text(seeds: Sequence[int], most: int = MOST_LISTED) -> str:
    """Return "seed 3", "seeds 0 to 49" or "seeds 3, 5 and 9"; long lists are cut.

    Args:
        seeds: the seeds.
        most: numbers and ranges that are not cut.
    """
    shown = _ranges(seeds)
    if len(shown) > most:
        return f"seeds {', '.join(shown[:most])}, ... ({len(seeds):,} in all)"
    return f"seed{'s' * (len(seeds) > 1)} {listed(shown)}"


def runs_text(seeds: Sequence[int], done: int, planned: int) -> str:
    """Return "seeds 0 to 49", and where runs are missing how many are done."""
    named = seeds_text(seeds)
    return named if done == planned else f"{named}, {done:,} of {planned:,} runs done"


def _ranges(numbers: Iterable[int]) -> list[str]:
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][-1] + 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    shown: list[str] = []
    for span in spans:
        shown += map(str, span) if len(span) < RANGE_FROM else [f"{span[0]} to {span[-1]}"]
    return shown


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
    words = words if len(words) <= LINE else re.sub(SAMPLES, "", words)
    return words if len(words) <= LINE else words.replace("; best median ", "; median ")


def _cut(name: str, width: int) -> str:
    if len(name) <= width:
        return name
    end = (width - 1) // 2
    return f"{name[: width - 1 - end]}…{name[-end:]}"
