"""Text such as "0.5*sin(3*x)" -> a function of x, read without running anything else."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from initlab.errors import refusal

LONGEST = 200  # characters
CONSTANTS = {"pi": np.pi, "e": np.e}
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "tanh": np.tanh, "exp": np.exp, "log": np.log,
    "sqrt": np.sqrt, "abs": np.abs, "sign": np.sign,
}  # fmt: skip
OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.Pow: operator.pow,
}  # fmt: skip
SIGNS: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
ALLOWED = (
    "a formula of x with numbers, + - * / **, pi, e, " + ", ".join(FUNCTIONS)
    + ", such as sin(3*x)"
)  # fmt: skip


def formula(text: str) -> Callable[[ArrayLike], NDArray[np.float64]]:
    """Return a function of x that is written as in Python: float64 values, NaN where it has none.

    Args:
        text: such as "sin(3*x)"; ^ is read as **.

    Raises:
        ArgumentError: the text holds something else.

    Example:
        >>> float(formula("1 - x**2")(0.5))
        0.75
    """
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST:
        raise refusal("function", f"{ALLOWED}, of at most {LONGEST} characters", text)

    def values(x: ArrayLike) -> NDArray[np.float64]:
        points = np.asarray(x, dtype=np.float64)
        with np.errstate(all="ignore"):
            return np.broadcast_to(read(points), points.shape).astype(np.float64)

    try:
        read = _reader(ast.parse(text.strip().replace("^", "**"), mode="eval").body)
        values(np.linspace(-1.0, 1.0, 5))
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        raise refusal("function", ALLOWED, text) from None
    return values


def _reader(node: ast.expr) -> Callable[[NDArray[np.float64]], Any]:
    """Return the function that a part of the formula stands for."""
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            number = np.float64(value)
            return lambda x: number
        case ast.Name(id="x"):
            return lambda x: x
        case ast.Name(id=name) if name in CONSTANTS:
            return lambda x: CONSTANTS[name]
        case ast.UnaryOp(op=sign, operand=one) if type(sign) in SIGNS:
            change, inner = SIGNS[type(sign)], _reader(one)
            return lambda x: change(inner(x))
        case ast.BinOp(left=left, op=between, right=right) if type(between) in OPERATORS:
            join, first, second = OPERATORS[type(between)], _reader(left), _reader(right)
            return lambda x: join(first(x), second(x))
        case ast.Call(func=ast.Name(id=name), args=[one], keywords=[]) if name in FUNCTIONS:
            call, inner = FUNCTIONS[name], _reader(one)
            return lambda x: call(inner(x))
    raise ValueError("something else")
