"""Code cells of a lesson -> every figure that they show; run in this process, without Jupyter."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from initlab.teaching.lessons.lesson import SCREEN

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RICH = ("_repr_html_", "_repr_markdown_", "_repr_png_")


def run_code(cells: Sequence[str], screen: Callable[[Figure], None]) -> dict[str, Any]:
    """Run code cells one after the other, as a kernel would.

    A cell's last value is asked for its rich forms, as Jupyter asks for them.

    ``screen`` gets each figure that a lesson shows; what the cells defined comes back.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    token = SCREEN.set(screen)
    try:
        for number, code in enumerate(cells, start=1):
            name = f"<cell {number}>"  # for tracebacks and inspect.getsource
            linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
            tree = ast.parse(code, name)
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, name, "exec"), namespace)
            if isinstance(last, ast.Expr):
                value = eval(compile(ast.Expression(last.value), name, "eval"), namespace)
                for form in RICH:
                    getattr(value, form, str)()
    finally:
        SCREEN.reset(token)
    return namespace
