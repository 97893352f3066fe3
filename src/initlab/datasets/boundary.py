"""Text such as "0.5*sin(3*x)" -> a function of x, and points above and below its graph.

The text is read without running anything else.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from initlab.datasets.dataset import Dataset
from initlab.datasets.plane import TRAIN_SEED, plane
from initlab.errors import invalid_argument

Array = NDArray[np.float64]
FUNCTION = "0.5*sin(3*x)"
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
    "a formula such as sin(3*x), made of x, numbers, + - * / **, pi, e and the functions "
    + ", ".join(FUNCTIONS)
)  # fmt: skip


def formula(text: str) -> Callable[[ArrayLike], Array]:
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
        expected = f"a text of 1 to {LONGEST} characters: {ALLOWED}"
        raise invalid_argument("function", expected, text)

    def values(x: ArrayLike) -> Array:
        points = np.asarray(x, dtype=np.float64)
        with np.errstate(all="ignore"):
            return np.broadcast_to(read(points), points.shape).astype(np.float64)

    try:
        read = _reader(ast.parse(text.strip().replace("^", "**"), mode="eval").body)
        values(np.linspace(-1.0, 1.0, 5))
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        raise invalid_argument("function", ALLOWED, text) from None
    return values


def _reader(node: ast.expr) -> Callable[[Array], Any]:
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


def make_boundary(
    n_samples: int,
    *,
    noise: float,
    random_state: int,
    function: Callable[[ArrayLike], Array],
) -> tuple[Array, Array]:
    """Draw points of the square [-1, 1]^2; those above the graph are class 1, the others 0.

    Args:
        n_samples: number of points.
        noise: standard deviation of the normal noise that moves points once they have a class.
        random_state: seed of NumPy's legacy generator.
        function: the graph.

    Returns:
        Points, shape (n_samples, 2), and classes 0.0 or 1.0, shape (n_samples,).
    """
    generator = np.random.RandomState(random_state)
    points = generator.uniform(-1.0, 1.0, (n_samples, 2))
    classes = (points[:, 1] > function(points[:, 0])).astype(np.float64)
    return points + generator.normal(scale=noise, size=points.shape), classes


def boundary(
    *, n_train: int = 300, n_test: int = 100, noise: float = 0.0, data_seed: int = TRAIN_SEED,
    function: str = FUNCTION,
) -> Dataset:  # fmt: skip
    """Build points above and below a function: training points from ``data_seed``.

    Test points come from the next seed.

    Args:
        n_train: number of training points, >= 1.
        n_test: number of test points, >= 1.
        noise: standard deviation of the noise, >= 0.
        data_seed: seed of the training points, below 2**32 - 1.
        function: of x, such as "sin(3*x)"; see :func:`formula`.

    Raises:
        ArgumentError: the function cannot be read, or leaves one class without a training point.
    """
    graph, across = formula(function), np.linspace(-1.0, 1.0, 201)
    missing = across[np.isnan(graph(across))]
    if len(missing):
        hint = f"The function has no value at x = {missing[0]:g}."
        raise invalid_argument("function", "defined at every x from -1 to 1", function, hint=hint)
    found = plane(
        "boundary", make_boundary, ("0, below", "1, above"), n_train=n_train, n_test=n_test,
        noise=noise, data_seed=data_seed, function=graph,
    )  # fmt: skip
    if n_train > 1 and len(set(found.y_train)) < 2:
        side = "above" if found.y_train.all() else "below"
        expected = "a function whose graph has training points above it and below it"
        raise invalid_argument(
            "function", expected, function, hint=f"All training points lie {side} the graph."
        )
    return found
