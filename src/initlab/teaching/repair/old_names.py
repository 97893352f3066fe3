"""Names that NumPy, SciPy, scikit-learn, matplotlib or Python 2 had -> what they are called now."""

from __future__ import annotations

import importlib
import types
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping

import libcst as cst

from initlab.teaching.repair.names import Code, aliases_of, imports, module_of, name_of, plain
from initlab.teaching.repair.tree import Edit, Tree

Find = Callable[[Tree, Code], Iterable[Edit]]

BUILTIN = "builtins."
NUMPY_TYPES = {
    f"numpy.{name}": BUILTIN + name for name in ("int", "float", "object", "str", "complex")
}
NUMPY = {f"numpy.{old}": f"numpy.{new}" for old, new in {
    "float_": "float64", "complex_": "complex128", "product": "prod", "cumproduct": "cumprod",
    "Inf": "inf", "Infinity": "inf", "infty": "inf", "PINF": "inf", "trapz": "trapezoid",
    "NaN": "nan", "NAN": "nan", "alltrue": "all", "sometrue": "any", "round_": "round",
    "in1d": "isin", "row_stack": "vstack", "string_": "bytes_", "unicode_": "str_",
    "unicode": "str_", "rank": "ndim",
    "VisibleDeprecationWarning": "exceptions.VisibleDeprecationWarning",
    "ComplexWarning": "exceptions.ComplexWarning", "RankWarning": "exceptions.RankWarning",
}.items()}  # fmt: skip
SCIPY = {
    **{f"scipy.misc.{name}": f"scipy.special.{name}"
       for name in ("comb", "factorial", "factorial2", "factorialk", "logsumexp")},
    **{f"scipy.signal.{name}": f"scipy.signal.windows.{name}"
       for name in ("hann", "hamming", "blackman", "gaussian", "kaiser", "bartlett", "boxcar")},
    **{f"scipy.{name}": f"numpy.{name}"
       for name in ("arange", "array", "cos", "dot", "exp", "eye", "linspace", "mean", "median",
                    "ones", "pi", "sin", "std", "sum", "tanh", "zeros")},
    **{f"scipy.{name}": f"numpy.emath.{name}" for name in ("log", "log10", "log2", "sqrt")},
    "scipy.integrate.simps": "scipy.integrate.simpson",
    "scipy.integrate.trapz": "scipy.integrate.trapezoid",
    "scipy.integrate.cumtrapz": "scipy.integrate.cumulative_trapezoid",
    "scipy.linalg.pinv2": "scipy.linalg.pinv",
    "scipy.randn": "numpy.random.randn", "scipy.rand": "numpy.random.rand",
}  # fmt: skip
SKLEARN = {  # modules too: what lies in them went along
    "sklearn.cross_validation": "sklearn.model_selection",
    "sklearn.datasets.base": "sklearn.datasets",
    "sklearn.decomposition.pca": "sklearn.decomposition",
    "sklearn.ensemble.forest": "sklearn.ensemble",
    "sklearn.externals.joblib": "joblib",
    "sklearn.grid_search": "sklearn.model_selection",
    "sklearn.learning_curve": "sklearn.model_selection",
    "sklearn.linear_model.logistic": "sklearn.linear_model",
    "sklearn.metrics.classification": "sklearn.metrics",
    "sklearn.metrics.ranking": "sklearn.metrics",
    "sklearn.metrics.regression": "sklearn.metrics",
    "sklearn.neural_network.multilayer_perceptron": "sklearn.neural_network",
    "sklearn.preprocessing.Imputer": "sklearn.impute.SimpleImputer",
    "sklearn.preprocessing.data": "sklearn.preprocessing",
    "sklearn.preprocessing.label": "sklearn.preprocessing",
    "sklearn.svm.classes": "sklearn.svm",
    "sklearn.tree.tree": "sklearn.tree",
}
CHANGED = {  # it is there under the new name, and takes other arguments
    f"sklearn.cross_validation.{name}"
    for name in ("KFold", "LabelKFold", "LeaveOneOut", "LeavePOut", "ShuffleSplit",
                 "StratifiedKFold", "StratifiedShuffleSplit")
}  # fmt: skip
SAMPLES = {"sklearn.datasets.samples_generator": "sklearn.datasets"}
COLOUR_MAPS = {
    "matplotlib.cm.get_cmap": "matplotlib.pyplot.get_cmap",
    "matplotlib.pyplot.cm.get_cmap": "matplotlib.pyplot.get_cmap",
}
MATPLOTLIB = {
    "matplotlib.cm.spectral": "matplotlib.cm.nipy_spectral",
    "matplotlib.pyplot.cm.spectral": "matplotlib.pyplot.cm.nipy_spectral",
    "matplotlib.cm.Vega10": "matplotlib.cm.tab10",
    "matplotlib.pyplot.cm.Vega10": "matplotlib.pyplot.cm.tab10",
    "matplotlib.pyplot.spectral": "matplotlib.pyplot.nipy_spectral",
}
PYTHON_2 = {
    "cPickle": "pickle", "StringIO": "io", "cStringIO": "io", "ConfigParser": "configparser",
    "Queue": "queue", "__builtin__": "builtins", "itertools.izip": BUILTIN + "zip",
    "itertools.imap": BUILTIN + "map", "itertools.izip_longest": "itertools.zip_longest",
    "urllib2": "urllib.request", "urllib.urlopen": "urllib.request.urlopen",
    "urllib.urlretrieve": "urllib.request.urlretrieve",
}  # fmt: skip
PYTHON_2_NAMES = {"raw_input": "input", "unicode": "str", "unichr": "chr", "long": "int",
                  "basestring": "str"}  # fmt: skip
XRANGE = {"xrange": "range"}
LIBRARIES = {"numpy": "NumPy", "scipy": "SciPy", "sklearn": "scikit-learn",
             "matplotlib": "matplotlib"}  # fmt: skip


def renamed(table: Mapping[str, str]) -> Find:
    """Return a function that finds the names of a table in code and in imports."""

    def find(tree: Tree, code: Code) -> Iterator[Edit]:
        for node in tree.all(cst.Attribute):
            old = code.dotted(node)
            new = table.get(old)
            if new and not isinstance(tree.parents[node], cst.ImportFrom | cst.ImportAlias):
                text = _spelled(new, node, code)
                if text:
                    yield tree.replace(node, text)
        for statement in tree.all(cst.ImportFrom):
            yield from _from(tree, statement, table)
        for whole in tree.all(cst.Import):
            for alias in aliases_of(whole):
                if text := _alias(alias, table, code):
                    yield tree.replace(alias, text)

    return find


def _alias(alias: cst.ImportAlias, table: Mapping[str, str], code: Code) -> str:
    """Return what ``import`` is to be followed by in place of a name, or ""."""
    old, given = plain(alias.name), name_of(alias)
    if old == "urllib" and not alias.asname:
        used = {code.dotted(node) for tree in code.trees for node in tree.all(cst.Attribute)}
        moved = any(name.startswith("urllib.") for name in used & table.keys())
        return "urllib.request" if moved else ""
    new = _moved(old, table)
    if not new or new.startswith(BUILTIN):
        return ""
    if given == new or (not alias.asname and "." in old):  # used by its full name
        return new
    return f"{new} as {given}"


def _moved(name: str, table: Mapping[str, str]) -> str:
    """Return the new full name of a module or of what lies in it, or ""."""
    parts = name.split(".")
    for k in range(len(parts), 0, -1):
        if new := table.get(".".join(parts[:k])):
            return ".".join([new, *parts[k:]])
    return ""


def _spelled(new: str, node: cst.Attribute, code: Code) -> str:
    """Spell a full name by the names that the notebook has, its own beginning first."""
    if new.startswith(BUILTIN):
        return new.removeprefix(BUILTIN)
    base: cst.CSTNode = node.value
    while True:
        whole = code.dotted(base)
        if whole and new.startswith(f"{whole}."):
            return plain(base) + new[len(whole) :]
        if not isinstance(base, cst.Attribute):
            break
        base = base.value
    for name, whole in sorted(code.aliases.items(), key=lambda pair: -len(pair[1])):
        if new == whole:
            return name
        if new.startswith(f"{whole}."):
            return name + new[len(whole) :]
    return ""


def _from(tree: Tree, statement: cst.ImportFrom, table: Mapping[str, str]) -> Iterator[Edit]:
    """Repair ``from a import b``: the module alone where that is enough."""
    module = module_of(statement)
    if statement.module is None or module.startswith("."):
        return
    whole = _moved(module, table)
    aliases = aliases_of(statement)
    if CHANGED & {f"{module}.{plain(one.name)}" for one in aliases}:
        return
    homes: dict[str, list[str]] = {} if aliases else {whole or module: ["*"]}
    for alias in aliases:
        name, given = plain(alias.name), name_of(alias)
        new = table.get(f"{module}.{name}") or f"{whole or module}.{name}"
        home, _, last = new.rpartition(".")
        homes.setdefault(home, []).append(last if last == given else f"{last} as {given}")
    written = [_as_written(alias) for alias in aliases] or ["*"]
    if homes == {module: written}:
        return
    if "" not in homes and list(homes.values()) == [written]:  # the module alone
        yield tree.replace(statement.module, next(iter(homes)))
        return
    own = homes.pop(BUILTIN.rstrip("."), [])  # Python's own now: perhaps to be named
    parts = [f"from {home} import {', '.join(names)}" if home else f"import {', '.join(names)}"
             for home, names in homes.items()]  # fmt: skip
    parts += [_assigned(one) for one in own if " as " in one]
    yield tree.replace(statement, "; ".join(parts) or "pass")


def _assigned(words: str) -> str:
    new, _, given = words.partition(" as ")
    return f"{given} = {new}"


def _as_written(alias: cst.ImportAlias) -> str:
    name, given = plain(alias.name), name_of(alias)
    return name if name == given else f"{name} as {given}"


def simpson(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield the second argument of simps, which simpson takes by its name only."""
    for call in tree.all(cst.Call):
        second = [one for one in call.args[1:2] if one.keyword is None]
        if second and code.dotted(call.func) == "scipy.integrate.simps":
            begin = tree.span(second[0])[0]
            yield Edit(begin, begin, "x=")


def imputer(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield edits that drop the arguments of Imputer that are defaults of SimpleImputer."""
    for call in tree.all(cst.Call):
        if code.dotted(call.func) != "sklearn.preprocessing.Imputer":
            continue
        kept = [one for one in call.args if not _by_itself(one)]
        if len(kept) < len(call.args):
            begin, end = tree.span(call.args[0])[0], tree.span(call.args[-1])[1]
            yield Edit(begin, end, ", ".join(tree.text(one) for one in kept))


def _by_itself(argument: cst.Arg) -> bool:
    keyword, value = plain(argument.keyword), argument.value
    if keyword == "missing_values":
        return isinstance(value, cst.SimpleString) and value.value.strip("'\"") == "NaN"
    return keyword == "axis" and isinstance(value, cst.Integer) and value.value == "0"


def builtins(table: Mapping[str, str]) -> Find:
    """Return a function that finds built-in names, unless the notebook defines them itself."""

    def find(tree: Tree, code: Code) -> Iterator[Edit]:
        for node in tree.all(cst.Name):
            above = tree.parents[node]
            if node.value not in table or node.value in code.bound | code.aliases.keys():
                continue
            called = isinstance(above, cst.Call) and above.func is node
            listed = isinstance(above, cst.Arg) and above.value is node
            if called or listed or isinstance(above, cst.Element):
                yield tree.replace(node, table[node.value])

    return find


def python_2_methods(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield edits of dictionary methods that have another name in Python 3."""
    for call in tree.all(cst.Call):
        function = call.func
        if not isinstance(function, cst.Attribute):
            continue
        name = function.attr.value
        if name in ("iteritems", "itervalues", "iterkeys") and not call.args:
            yield tree.replace(function.attr, name.removeprefix("iter"))
        elif name == "has_key" and len(call.args) == 1:
            key, owner = tree.text(call.args[0]), tree.text(function.value)
            yield tree.replace(call, f"({key} in {owner})")


def gone(tree: Tree, code: Code) -> list[str]:
    """Return the names that a cell takes from libraries, and that they do not have."""
    found: list[str] = []
    for node in tree.all(cst.Attribute):
        if not isinstance(tree.parents[node], cst.Attribute | cst.ImportFrom | cst.ImportAlias):
            found.append(_missing(code.dotted(node)))
    for statement in imports(tree):
        for alias in aliases_of(statement):
            name = plain(alias.name)
            if isinstance(statement, cst.ImportFrom):
                name = f"{module_of(statement)}.{name}"
            found.append(_missing(name))
    return list(dict.fromkeys(filter(None, found)))


def _missing(name: str) -> str:
    """Return the part of a full name that its library lacks, or ""."""
    first, *rest = name.split(".")
    if first not in LIBRARIES:
        return ""
    owner = _imported(first)
    for k, part in enumerate(rest, start=1):
        if not isinstance(owner, types.ModuleType):
            return ""
        whole = ".".join([first, *rest[:k]])
        if name in CHANGED:
            return name
        inner = _attribute(owner, part)
        owner = _imported(whole) if inner is None else inner
        if owner is None:
            return whole
    return ""


def _attribute(owner: types.ModuleType, name: str) -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(owner, name, None)


def _imported(name: str) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except Exception:  # not there, or an old module that only says where it went
        return None
