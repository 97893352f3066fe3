"""Code of one cell -> replacements for what no longer runs, each by a named rule with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from initlab.teaching.masking import arguments, masked
from initlab.teaching.repair import elsewhere, helper_imports, old_python
from initlab.teaching.repair.spans import Find, Spans, swap
from initlab.teaching.repair.torchvision import imports, replaced


@dataclass(frozen=True)
class Rule:
    """A repair.

    Attributes:
        name: what it is called.
        why: the reason, one sentence.
        find: where a cell needs it.
        holds: whether it applies to a notebook of this code, all cells in one text.
        scripts_only: whether it is for scripts, which run without IPython.
    """

    name: str
    why: str
    find: Find
    holds: Callable[[str], bool] = lambda code: True
    scripts_only: bool = False


REMOVED = {
    "float_": "float64", "complex_": "complex128", "product": "prod", "cumproduct": "cumprod",
    "Inf": "inf", "Infinity": "inf", "infty": "inf", "PINF": "inf", "trapz": "trapezoid",
    "NaN": "nan", "alltrue": "all", "sometrue": "any", "round_": "round", "in1d": "isin",
    "row_stack": "vstack", "string_": "bytes_", "unicode_": "str_",
    "VisibleDeprecationWarning": "exceptions.VisibleDeprecationWarning",
    "ComplexWarning": "exceptions.ComplexWarning", "RankWarning": "exceptions.RankWarning",
}  # fmt: skip


NUMPY = r"(?<![\w.])(np|numpy)\."
COUNTED = re.compile(
    r"(?<!\w)(add_subplot|subplot|subplots|subplot2grid|range|hist|linspace|zeros|ones|empty)\s*\("
)
DIVISION = re.compile(r"(?<!/)/(?![/=])")
ROUNDED = re.compile(r"(?<!\w)(int|round|ceil|floor)\s*\(")
PLACES = {"hist": (1,), "linspace": (2,), "zeros": (0,), "ones": (0,), "empty": (0,)}
ROWS_COLUMNS_INDEX = (0, 1, 2)
NAMED_COUNT = re.compile(r"\s*(nrows|ncols|index|bins|num|shape)\s*=")
INNER_CALL = re.compile(r"[\w\])]\s*\(")
KEYWORD = re.compile(r"\s*\w+\s*=(?!=)")


def _whole_counts(source: str) -> Spans:
    mask = masked(source)
    for call in COUNTED.finditer(mask):
        for place, (begin, end) in enumerate(arguments(mask, call.end() - 1)):
            text = mask[begin:end]
            if KEYWORD.match(text) and not NAMED_COUNT.match(text):
                continue
            if place not in PLACES.get(call[1], ROWS_COLUMNS_INDEX) and not NAMED_COUNT.match(text):
                continue
            if ROUNDED.search(text):
                continue  # int(n / 2) and the like are whole already
            if call[1] in PLACES and INNER_CALL.search(text.replace("len(", "")):
                continue  # edges of bins, the shape of an array: what a call returns is its own
            for match in DIVISION.finditer(text):
                yield begin + match.start(), begin + match.end(), "//"


CONVERTED = re.compile(r"(?<![\w.])(?:float|int)\s*\(")
PRODUCT = re.compile(r"(?<![\w.])(np|numpy)\.(?:dot|matmul)\s*\(")
ONE_ALREADY = re.compile(r"\s*(?:np|numpy)\.(?:squeeze|sum|mean)\s*\(")


def _one_number(source: str) -> Spans:
    mask, reached = masked(source), 0
    for call in CONVERTED.finditer(mask):
        spans = arguments(mask, call.end() - 1)
        if call.start() < reached or len(spans) != 1:
            continue
        begin, end = spans[0]
        product = PRODUCT.search(mask, begin, end)
        if product and not ONE_ALREADY.match(mask, begin, end):
            reached = end
            yield begin, end, f"{product[1]}.squeeze({source[begin:end]})"


AS_SCALAR = re.compile(r"(?<![\w.])(np|numpy)\.asscalar\s*\(")


def _as_scalar(source: str) -> Spans:
    mask, reached = masked(source), 0
    for call in AS_SCALAR.finditer(mask):
        spans = arguments(mask, call.end() - 1)
        if call.start() < reached or len(spans) != 1:
            continue
        begin, reached = spans[0]
        yield call.start(), reached + 1, f"{call[1]}.asarray({source[begin:reached]}).item()"


OWN_LABELS = re.compile(r"(?<![\w.])plot_decision_boundary\s*\(")


def _labels(source: str) -> Spans:
    mask = masked(source)
    for call in OWN_LABELS.finditer(mask):
        spans = arguments(mask, call.end() - 1)
        if len(spans) == 3:
            begin, end = spans[2]
            name = mask[begin:end].strip()
            if name in ("train_Y", "test_Y"):
                start = begin + mask[begin:end].index(name)
                yield start, start + len(name), f"{name}[0]"


OWN_BOUNDARY = re.compile(
    r"^def plot_decision_boundary\s*\(\s*\w+\s*,\s*(\w+).*\n(?:(?:[ \t].*)?(?:\n|\Z))*",
    re.MULTILINE,
)
COURSE_POINTS = re.compile(r"plot_decision_boundary\s*\(.*,\s*(?:train|test)_X\s*,")
TURNED = re.compile(r"plot_decision_boundary\s*\(.*,\s*\w+\.T\s*,|_X\s*=.*\.T\b")


def _own_boundary(source: str) -> Spans:
    mask = masked(source)
    for definition in OWN_BOUNDARY.finditer(mask):
        column = re.compile(rf"(?<![\w.]){definition[1]}\[\s*:\s*,\s*([01])\s*\]")
        for found in column.finditer(mask, definition.start(), definition.end()):
            yield *found.span(), f"{definition[1]}[{found[1]}, :]"


def _loads_the_course(code: str) -> bool:
    return re.search(r"\bload_dataset\b", code) is not None


def _columns_are_samples(code: str) -> bool:
    turned = COURSE_POINTS.search(code) is None or TURNED.search(code) is not None
    return _loads_the_course(code) and not turned


RULES = (
    Rule("print-statement", "Python 3 prints by a call.", old_python.print_statements),
    Rule("except-comma", "Python 3 writes as before the name of what is caught.",
         old_python.caught_names),
    Rule("xrange", "Python 3's range does what xrange did.", old_python.xranges,
         holds=lambda code: old_python.OWN_XRANGE.search(code) is None),
    Rule("colab", "Only Google's Colab has this; here the files lie beside the notebook.",
         elsewhere.colab_lines),
    Rule("absent-folder", "This folder is not here; the helper files lie beside the notebook.",
         elsewhere.absent_folders),
    Rule("installing", "Would change the installed packages, or the drop-in that lies here.",
         elsewhere.installing_lines),
    Rule("other-python", "This is another Python; the notebook's own one has initlab.",
         elsewhere.other_pythons),
    Rule("window", "Asks for one kind of window; matplotlib finds what there is by itself.",
         elsewhere.window_lines),
    Rule("absent-extension", "This extension of IPython is not installed.",
         elsewhere.absent_extensions),
    Rule("ipython-line", "Python alone does not understand IPython's own lines.",
         elsewhere.ipython_lines, scripts_only=True),
    Rule("ipython-magic", "IPython 9 removed magic(); run_line_magic takes its place.",
         elsewhere.old_magics),
    Rule("helper-folder", "The drop-ins lie beside the notebook, not in a folder.",
         helper_imports.without_folder),
    Rule("helper-name", "The drop-in is called helpers, as in the course's later editions.",
         helper_imports.as_helpers, holds=helper_imports.means_our_helpers),
    Rule("numpy-aliases", "NumPy 1.24 removed its names for Python's own types.",
         swap(NUMPY + r"(int|float|object|str|complex)(?!\w)", r"\2")),
    Rule("numpy-removed-names", "NumPy 2 removed this name; the new one means the same.",
         swap(NUMPY + rf"({'|'.join(REMOVED)})(?!\w)",
              lambda found: f"{found[1]}.{REMOVED[found[2]]}")),
    Rule("print-threshold", "NumPy prints whole arrays at infinity; nan is refused by now.",
         swap(r"(?<=threshold=)(\s*)(np|numpy)\.(?:nan|NaN)(?!\w)", r"\1\2.inf")),
    Rule("one-number", "NumPy 2.4 makes numbers of arrays without axes only, not of (1, 1).",
         _one_number),
    Rule("numpy-asscalar", "NumPy 1.23 removed asscalar; item takes its place.", _as_scalar),
    Rule("iterator-next", "Iterators lost their method next; the function takes its place.",
         swap(r"(?<![\w.)\]])([A-Za-z_][\w.]*)\.next\(\s*\)", r"next(\1)")),
    Rule("whole-counts", "Rows, columns and ranges must be whole, and / gives a fraction.",
         _whole_counts),
    Rule("seaborn-styles", "matplotlib 3.8 keeps the seaborn styles under seaborn-v0_8.",
         swap(r"""(?<=style\.use\()(\s*)(["'])seaborn(?!-v0_8)(-[\w-]+)?\2""",
              r"\1\2seaborn-v0_8\3\2", in_strings=True)),
    Rule("colour-maps", "matplotlib 3.9 removed cm.get_cmap; pyplot has it still.",
         swap(r"(?<![\w.])(plt|matplotlib|mpl)\.cm\.get_cmap(?!\w)",
              lambda found: f"{'plt' if found[1] == 'plt' else found[1] + '.pyplot'}.get_cmap")),
    Rule("samples-generator", "scikit-learn moved its generators to sklearn.datasets.",
         swap(r"(?<![\w.])sklearn\.datasets\.samples_generator(?!\w)", "sklearn.datasets")),
    Rule("label-row", "matplotlib wants one label per point, the first row of the (1, m) labels.",
         _labels, holds=_loads_the_course),
    Rule("points-in-columns", "The course's X is (2, m): a sample is a column, not a row.",
         _own_boundary, holds=_columns_are_samples),
    Rule("torchvision", "Old notebooks' torchvision is often missing; initlab has the same images.",
         imports, holds=replaced),
)  # fmt: skip
