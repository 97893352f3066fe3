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
        why: the reason, one sentence; ``{kind}`` stands for notebook or script.
        find: where a cell of a notebook needs it.
        scripts_only: whether it is for scripts, which run without IPython.
    """

    name: str
    why: str
    find: Callable[[Tree, Code], Iterable[Edit]]
    scripts_only: bool = False


RULES = (
    Rule("xrange", "In Python 3, range does what xrange did in Python 2.",
         old_names.builtins(old_names.XRANGE)),
    Rule("python-2-names",
         "Python 3 no longer has this built-in function or type. The new line uses the name that "
         "replaces it.",
         old_names.builtins(old_names.PYTHON_2_NAMES)),
    Rule("python-2-methods", "Python 3 has removed this method of dictionaries.",
         old_names.python_2_methods),
    Rule("python-2-modules", "Python 3 has renamed or moved this module or function.",
         old_names.renamed(old_names.PYTHON_2)),
    Rule("colab", "Only Google Colab can run this line. On this computer, keep the {kind}'s "
         "files in the {kind}'s folder.",
         elsewhere.colab),
    Rule("absent-folder",
         "This folder does not exist on this computer. Keep the {kind}'s files in the {kind}'s "
         "folder.",
         elsewhere.absent_folders),
    Rule("installing",
         "This command would change the installed packages or overwrite a helper file that initlab "
         "provides.",
         elsewhere.installing),
    Rule("other-python",
         "This command may start a Python in which initlab is not installed. The new line starts "
         "the {kind}'s own Python, sys.executable.",
         elsewhere.other_pythons),
    Rule("window",
         "The matplotlib backend on this line opens windows or needs another package. The repaired "
         "copy shows plots inline or lets matplotlib choose a backend.",
         elsewhere.windows),
    Rule("absent-extension", "This IPython extension is not installed.",
         elsewhere.absent_extensions),
    Rule("ipython-line", "Python itself does not understand IPython commands.",
         elsewhere.ipython_lines, scripts_only=True),
    Rule("ipython-magic", "IPython 9 removed magic(); the method run_line_magic replaces it.",
         elsewhere.old_magics),
    Rule("helper-folder", "The helper files are beside the {kind}, not in a folder of their own.",
         helper_imports.without_folder),
    Rule("helper-name", "The helper file is called helpers, as in the course's later editions.",
         helper_imports.as_helpers),
    Rule("numpy-aliases", "NumPy 1.24 removed its aliases of Python's own types.",
         old_names.renamed(old_names.NUMPY_TYPES)),
    Rule("print-threshold",
         "NumPy no longer accepts nan as the print threshold; inf prints whole arrays, as nan once "
         "did.",
         arithmetic.print_threshold),
    Rule("numpy-removed-names",
         "In NumPy 2, the old name is removed or deprecated. The new name means the same.",
         old_names.renamed(old_names.NUMPY)),
    Rule("one-number",
         "From NumPy 2.4 on, float() and int() accept no arrays of shape (1, 1).",
         arithmetic.one_number),
    Rule("numpy-asscalar", "NumPy 1.23 removed asscalar; the method item replaces it.",
         arithmetic.as_scalar),
    Rule("iterator-next",
         "In Python 3, iterators have no method next(). The function next() replaces it.",
         arithmetic.iterator_next),
    Rule("whole-counts",
         "Counts, array sizes and arguments of range must be integers, but / gives a float.",
         arithmetic.whole_counts),
    Rule("simpson", "SciPy's simpson takes x only as a keyword argument.", old_names.simpson),
    Rule("scipy-moved",
         "SciPy no longer has the old name. The new name means the same.",
         old_names.renamed(old_names.SCIPY)),
    Rule("imputer",
         "SimpleImputer, which replaces Imputer, needs no axis=0 and no missing_values='NaN': it "
         "always works column by column, and by default it treats nan as missing.",
         old_names.imputer),
    Rule("sklearn-moved", "scikit-learn no longer has the old name. The new name replaces it.",
         old_names.renamed(old_names.SKLEARN)),
    Rule("seaborn-styles",
         "From matplotlib 3.8 on, the names of the seaborn styles begin with seaborn-v0_8.",
         arithmetic.seaborn_styles),
    Rule("samples-generator", "scikit-learn moved its data generators to sklearn.datasets.",
         old_names.renamed(old_names.SAMPLES)),
    Rule("colour-maps", "matplotlib 3.9 removed cm.get_cmap; pyplot.get_cmap replaces it.",
         old_names.renamed(old_names.COLOUR_MAPS)),
    Rule("matplotlib-names", "matplotlib has renamed this colour map.",
         old_names.renamed(old_names.MATPLOTLIB)),
    Rule("old-arguments", "matplotlib has renamed this argument or method.",
         arithmetic.renamed_keywords),
    Rule("always-holds",
         "matplotlib 3 removed hold(). A new plot now always keeps what was drawn before it.",
         arithmetic.holding),
    Rule("label-row",
         "matplotlib needs labels of shape (m,). The course's labels have shape (1, m), so the "
         "repaired copy uses their first row.",
         course_points.label_row),
    Rule("points-in-columns", "The course's X has shape (2, m): a sample is a column, not a row.",
         course_points.own_boundary),
    Rule("torchvision",
         "Not every computer has torchvision. The repaired copy uses the data sets and transforms "
         "that initlab has under the same names.",
         torchvision.imports),
    Rule("unneeded-imports", "No code uses this import.", helper_imports.unneeded),
)  # fmt: skip
