"""The repairs, in the order in which they are made: each has a name and a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from initlab.teaching.repair import (
    arithmetic,
    course_points,
    elsewhere,
    helper_imports,
    old_names,
    torchvision,
)
from initlab.teaching.repair.names import Code
from initlab.teaching.repair.tree import Edit, Tree


@dataclass(frozen=True)
class Rule:
    """A repair.

    Attributes:
        name: what it is called.
        why: the reason, one sentence.
        find: where a cell of a notebook needs it.
        scripts_only: whether it is for scripts, which run without IPython.
    """

    name: str
    why: str
    find: Callable[[Tree, Code], Iterable[Edit]]
    scripts_only: bool = False


RULES = (
    Rule("xrange", "Python 3's range does what xrange did.", old_names.builtins(old_names.XRANGE)),
    Rule("python-2-names", "Python 3 no longer has the old name.",
         old_names.builtins(old_names.PYTHON_2_NAMES)),
    Rule("python-2-methods", "Python 3 has removed this method of dictionaries.",
         old_names.python_2_methods),
    Rule("python-2-modules", "Python 3 has renamed this module.",
         old_names.renamed(old_names.PYTHON_2)),
    Rule("colab", "Only Google Colab can run this line; here the files are beside the notebook.",
         elsewhere.colab),
    Rule("absent-folder",
         "This folder does not exist here; the helper files are beside the notebook.",
         elsewhere.absent_folders),
    Rule("installing",
         "This command would change the installed packages or overwrite initlab's helper file.",
         elsewhere.installing),
    Rule("other-python", "This command runs another Python; the notebook's own Python has initlab.",
         elsewhere.other_pythons),
    Rule("window", "This line selects one backend; matplotlib selects a working one by itself.",
         elsewhere.windows),
    Rule("absent-extension", "This IPython extension is not installed.",
         elsewhere.absent_extensions),
    Rule("ipython-line", "Python itself does not understand IPython commands.",
         elsewhere.ipython_lines, scripts_only=True),
    Rule("ipython-magic", "IPython 9 removed magic(); run_line_magic replaces it.",
         elsewhere.old_magics),
    Rule("helper-folder", "The helper files are beside the notebook, not in a folder.",
         helper_imports.without_folder),
    Rule("helper-name", "The helper file is called helpers, as in the course's later editions.",
         helper_imports.as_helpers),
    Rule("numpy-aliases", "NumPy 1.24 removed its aliases of Python's own types.",
         old_names.renamed(old_names.NUMPY_TYPES)),
    Rule("print-threshold", "NumPy no longer accepts nan as threshold; inf prints whole arrays.",
         arithmetic.print_threshold),
    Rule("numpy-removed-names", "NumPy 2 removed this name; the new one means the same.",
         old_names.renamed(old_names.NUMPY)),
    Rule("one-number",
         "NumPy 2.4 turns only arrays without axes into numbers, not those of shape (1, 1).",
         arithmetic.one_number),
    Rule("numpy-asscalar", "NumPy 1.23 removed asscalar; item replaces it.",
         arithmetic.as_scalar),
    Rule("iterator-next",
         "Iterators have no method next in Python 3; the function next replaces it.",
         arithmetic.iterator_next),
    Rule("whole-counts",
         "Counts, such as rows, bins or arguments of range, must be integers; / gives a float.",
         arithmetic.whole_counts),
    Rule("simpson", "SciPy's simpson takes x only as a keyword argument.", old_names.simpson),
    Rule("scipy-moved", "SciPy has renamed or moved this name.",
         old_names.renamed(old_names.SCIPY)),
    Rule("imputer",
         "SimpleImputer replaces Imputer; it fills columns and takes nan as missing by default.",
         old_names.imputer),
    Rule("sklearn-moved", "scikit-learn no longer has the old name.",
         old_names.renamed(old_names.SKLEARN)),
    Rule("seaborn-styles", "matplotlib 3.8 keeps the seaborn styles under seaborn-v0_8.",
         arithmetic.seaborn_styles),
    Rule("samples-generator", "scikit-learn moved its data generators to sklearn.datasets.",
         old_names.renamed(old_names.SAMPLES)),
    Rule("colour-maps", "matplotlib 3.9 removed cm.get_cmap; pyplot still has it.",
         old_names.renamed(old_names.COLOUR_MAPS)),
    Rule("matplotlib-names", "matplotlib no longer has the old name.",
         old_names.renamed(old_names.MATPLOTLIB)),
    Rule("old-arguments", "This argument or method was renamed.",
         arithmetic.renamed_keywords),
    Rule("always-holds", "matplotlib 3 removed hold and always keeps what is drawn.",
         arithmetic.holding),
    Rule("label-row", "matplotlib takes labels of shape (m,): the first row of the (1, m) array.",
         course_points.label_row),
    Rule("points-in-columns", "The course's X has shape (2, m): a sample is a column, not a row.",
         course_points.own_boundary),
    Rule("torchvision", "torchvision is often not installed; initlab has the same images.",
         torchvision.imports),
    Rule("unneeded-imports", "No code uses this import.", helper_imports.unneeded),
)  # fmt: skip
