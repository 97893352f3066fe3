"""Numbers that NumPy and matplotlib no longer take: fractions for counts, arrays for numbers."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from initlab.teaching.repair.names import Code, plain
from initlab.teaching.repair.statements import calls_of, first_text, inside
from initlab.teaching.repair.tree import Edit, Tree

COUNTED = ("add_subplot", "subplot", "subplots", "subplot2grid", "range", "hist", "linspace",
           "zeros", "ones", "empty")  # fmt: skip
PLACES = {"hist": (1,), "linspace": (2,), "zeros": (0,), "ones": (0,), "empty": (0,)}
ROWS_COLUMNS_INDEX = (0, 1, 2)
NAMED = ("nrows", "ncols", "index", "bins", "num", "shape")
ROUNDED = ("int", "round", "ceil", "floor")
PRODUCTS = ("numpy.dot", "numpy.matmul")
ONE_ALREADY = ("numpy.squeeze", "numpy.sum", "numpy.mean")


def whole_counts(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield edits that turn / into // where a count is computed."""
    for call in tree.all(cst.Call):
        name = _last(call.func)
        if name not in COUNTED:
            continue
        for place, argument in enumerate(call.args):
            if argument.keyword is not None:
                if argument.keyword.value not in NAMED:
                    continue
            elif place not in PLACES.get(name, ROWS_COLUMNS_INDEX):
                continue
            called = [_last(one.func) for one in inside(argument.value, cst.Call)
                      if isinstance(one, cst.Call)]  # fmt: skip
            if set(called) & {*ROUNDED}:
                continue  # int(n / 2) and the like are whole already
            if name in PLACES and set(called) - {"len"}:
                continue  # edges of bins, the shape of an array: what a call returns is its own
            for one in inside(argument.value, cst.BinaryOperation):
                if isinstance(one, cst.BinaryOperation) and isinstance(one.operator, cst.Divide):
                    slash = tree.source.index("/", tree.span(one.left)[1])
                    yield Edit(slash, slash + 1, "//")


def one_number(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield edits of float(...) and int(...) whose argument is a product of matrices."""
    for call in tree.all(cst.Call):
        if plain(call.func) not in ("float", "int") or len(call.args) != 1:
            continue
        value = call.args[0].value
        if isinstance(value, cst.Call) and code.dotted(value.func) in ONE_ALREADY:
            continue
        products = [one for one in inside(value, cst.Call)
                    if isinstance(one, cst.Call) and code.dotted(one.func) in PRODUCTS]  # fmt: skip
        if products:
            numpy = plain(products[0].func).rpartition(".")[0]
            text = tree.text(call.args[0])
            yield tree.replace(call.args[0], f"{numpy}.squeeze({text})" if numpy else text)


def as_scalar(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield calls of asscalar."""
    for call in calls_of(tree, code, "numpy.asscalar"):
        numpy = plain(call.func).rpartition(".")[0]
        if len(call.args) == 1 and numpy:
            yield tree.replace(call, f"{numpy}.asarray({tree.text(call.args[0])}).item()")


def print_threshold(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield edits of the print threshold nan, which once meant whole arrays."""
    for argument in tree.all(cst.Arg):
        keyword = plain(argument.keyword)
        if keyword == "threshold" and code.dotted(argument.value) in ("numpy.nan", "numpy.NaN"):
            numpy = plain(argument.value).rpartition(".")[0]
            yield tree.replace(argument.value, f"{numpy}.inf")


def iterator_next(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield calls of an iterator's method next."""
    for call in tree.all(cst.Call):
        owner, _, method = plain(call.func).rpartition(".")
        if owner and method == "next" and not call.args:
            yield tree.replace(call, f"next({owner})")


def seaborn_styles(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield edits that give the seaborn styles their present names."""
    for call in tree.all(cst.Call):
        style = first_text(call) or ""
        old = style.startswith("seaborn") and not style.startswith("seaborn-v0_8")
        if old and plain(call.func).endswith("style.use"):
            quoted = tree.text(call.args[0].value).replace("seaborn", "seaborn-v0_8", 1)
            yield tree.replace(call.args[0].value, quoted)


RENAMED = {  # last name of a function -> keyword -> its name now
    "hist": {"normed": "density"},
    "axes": {"axisbg": "facecolor"}, "subplot": {"axisbg": "facecolor"},
    "add_subplot": {"axisbg": "facecolor"},
}  # fmt: skip
METHODS = {"set_axis_bgcolor": "set_facecolor", "get_axis_bgcolor": "get_facecolor"}


def renamed_keywords(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield edits of keyword arguments and methods that have another name now."""
    for call in tree.all(cst.Call):
        known = RENAMED.get(_last(call.func), {})
        for argument in call.args:
            if argument.keyword is not None and argument.keyword.value in known:
                yield tree.replace(argument.keyword, known[argument.keyword.value])
        if isinstance(call.func, cst.Attribute) and call.func.attr.value in METHODS:
            yield tree.replace(call.func.attr, METHODS[call.func.attr.value])


def holding(tree: Tree, code: Code) -> Iterator[Edit]:
    """Set aside plt.hold: matplotlib always holds."""
    for call in calls_of(tree, code, "matplotlib.pyplot.hold"):
        above = tree.parents[call]
        if isinstance(above, cst.Expr):
            yield tree.set_aside(above)


def _last(node: cst.CSTNode) -> str:
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""
