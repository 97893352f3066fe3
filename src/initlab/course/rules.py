"""Code of one cell -> replacements for what no longer runs, each by a named rule with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from initlab.course.masking import arguments, masked


@dataclass(frozen=True)
class Replacement:
    """Text from ``begin`` to ``end`` becomes ``text``."""

    begin: int
    end: int
    text: str


@dataclass(frozen=True)
class Rule:
    """A repair.

    Attributes:
        name: what it is called.
        why: the reason, one sentence.
        find: where a cell needs it.
        needs: a name that the notebook must use somewhere for the rule to hold.
    """

    name: str
    why: str
    find: Callable[[str], Iterator[Replacement]]
    needs: str = ""


ALIASES = {name: name for name in ("int", "float", "object", "str", "complex")}
REMOVED = {
    "float_": "float64", "complex_": "complex128", "product": "prod", "cumproduct": "cumprod",
    "Inf": "inf", "Infinity": "inf", "NaN": "nan", "alltrue": "all", "sometrue": "any",
}  # fmt: skip


def _numpy(names: dict[str, str], prefix: bool) -> Callable[[str], Iterator[Replacement]]:
    pattern = re.compile(rf"(?<![\w.])(np|numpy)\.({'|'.join(names)})(?!\w)")

    def find(source: str) -> Iterator[Replacement]:
        for match in pattern.finditer(masked(source)):
            new = names[match[2]]
            yield Replacement(*match.span(), f"{match[1]}.{new}" if prefix else new)

    return find


NEXT = re.compile(r"(?<![\w.)\]])([A-Za-z_][\w.]*)\.next\(\s*\)")


def _next(source: str) -> Iterator[Replacement]:
    for match in NEXT.finditer(masked(source)):
        yield Replacement(*match.span(), f"next({match[1]})")


COUNTED = re.compile(r"(?<!\w)(add_subplot|subplot|subplots|subplot2grid|range)\s*\(")
DIVISION = re.compile(r"(?<!/)/(?![/=])")
ROUNDED = re.compile(r"(?<!\w)(int|round|ceil|floor)\s*\(")
COUNTS = 3  # rows, columns, index
NAMED_COUNT = re.compile(r"\s*(nrows|ncols|index)\s*=")
KEYWORD = re.compile(r"\s*\w+\s*=(?!=)")


def _whole_counts(source: str) -> Iterator[Replacement]:
    mask = masked(source)
    for call in COUNTED.finditer(mask):
        for place, (begin, end) in enumerate(arguments(mask, call.end() - 1)):
            text = mask[begin:end]
            if KEYWORD.match(text) and not NAMED_COUNT.match(text):
                continue
            if place >= COUNTS and not NAMED_COUNT.match(text):
                continue
            if ROUNDED.search(text):
                continue  # int(n / 2) and the like are whole already
            for match in DIVISION.finditer(text):
                yield Replacement(begin + match.start(), begin + match.end(), "//")


SEABORN = re.compile(r"""(?<=style\.use\()(\s*)(["'])seaborn(?!-v0_8)(-[\w-]+)?\2""")


def _styles(source: str) -> Iterator[Replacement]:
    for match in SEABORN.finditer(source):
        name = f"seaborn-v0_8{match[3] or ''}"
        yield Replacement(*match.span(), f"{match[1]}{match[2]}{name}{match[2]}")


SAMPLES = re.compile(r"(?<![\w.])sklearn\.datasets\.samples_generator(?!\w)")


def _samples(source: str) -> Iterator[Replacement]:
    for match in SAMPLES.finditer(masked(source)):
        yield Replacement(*match.span(), "sklearn.datasets")


OWN_LABELS = re.compile(r"(?<![\w.])plot_decision_boundary\s*\(")


def _labels(source: str) -> Iterator[Replacement]:
    mask = masked(source)
    for call in OWN_LABELS.finditer(mask):
        spans = arguments(mask, call.end() - 1)
        if len(spans) == 3:
            begin, end = spans[2]
            name = mask[begin:end].strip()
            if name in ("train_Y", "test_Y"):
                start = begin + mask[begin:end].index(name)
                yield Replacement(start, start + len(name), f"{name}[0]")


RULES = (
    Rule("numpy-aliases", "NumPy 1.24 removed its names for Python's own types.",
         _numpy(ALIASES, prefix=False)),
    Rule("numpy-removed-names", "NumPy 2 removed this name; the new one means the same.",
         _numpy(REMOVED, prefix=True)),
    Rule("iterator-next", "Iterators lost their method next; the function takes its place.", _next),
    Rule("whole-counts", "Rows, columns and ranges must be whole, and / gives a fraction.",
         _whole_counts),
    Rule("seaborn-styles", "matplotlib 3.8 keeps the seaborn styles under seaborn-v0_8.", _styles),
    Rule("samples-generator", "scikit-learn moved its generators to sklearn.datasets.", _samples),
    Rule("label-row", "matplotlib wants one label per point, the first row of the (1, m) labels.",
         _labels, needs="load_dataset"),
)  # fmt: skip
