"""A name, a function on arrays, or a PyTorch module or function -> an elementwise function."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.errors import InitlabError, invalid_argument
from initlab.nonlinearities.table import TABLE
from initlab.validation import one_of

Array = NDArray[np.float64]
PROBE = np.linspace(-6, 6, 400)
ORDER = np.arange(200) * 7 % PROBE.size  # half of them, in another order: 7 and 400 share no factor
EXPECTED = (
    "the name of a nonlinearity, a function on NumPy arrays, a PyTorch function, or a PyTorch "
    "module (an instance, not its class)"
)


@dataclass(frozen=True)
class Elementwise:
    """A function of one number, on float64 arrays of any shape.

    Attributes:
        name: what messages call it.
        value: preactivations -> activations, of the same shape.
        derivative: its derivative; None where that follows from the values alone.
    """

    name: str
    value: Callable[[Array], Array]
    derivative: Callable[[Array], Array] | None = None


def elementwise(nonlinearity: Any, *, where: str = "") -> Elementwise:
    """Return the function that a name or a callable means, checked to be elementwise.

    PyTorch is not imported: a module or function of it can only come where it already is.

    Raises:
        ArgumentError: the name is unknown; or the callable raised, is random, changes the shape,
            or lets one number depend on another.

    Example:
        >>> elementwise("tanh").value(np.zeros(2)).tolist()
        [0.0, 0.0]
    """
    if isinstance(nonlinearity, Elementwise):
        return nonlinearity
    if isinstance(nonlinearity, str):
        row = TABLE[one_of("nonlinearity", nonlinearity, tuple(TABLE), where=where)]
        return Elementwise(
            nonlinearity,
            lambda z: np.asarray(row.value(z), dtype=np.float64),
            lambda z: np.asarray(row.derivative(z, row.value(z)), dtype=np.float64),
        )
    if not callable(nonlinearity) or isinstance(nonlinearity, type):
        raise invalid_argument("nonlinearity", EXPECTED, nonlinearity, where=where)
    value = _on_arrays(nonlinearity, where)
    name = getattr(nonlinearity, "__name__", type(nonlinearity).__name__)
    _check(value, nonlinearity, where)
    return Elementwise(name, value)


def _on_arrays(function: Any, where: str) -> Callable[[Array], Array]:
    """Return a callable as a function from arrays to new arrays."""
    torch = sys.modules.get("torch")
    candidates: list[Callable[[Array], Any]] = [lambda z: function(z.copy())]
    if torch is not None:
        module = isinstance(function, torch.nn.Module)
        copies: list[Any] = [] if module else [function]

        def tensors(z: Array) -> Any:
            if not copies:  # here, for it may fail: on the meta device there are no numbers
                copies.append(copy.deepcopy(function).double().cpu())
            with torch.no_grad():
                return copies[0](torch.from_numpy(z.copy())).detach().numpy()

        candidates = [tensors] if module else [*candidates, tensors]
    raised: Exception | None = None
    for candidate in candidates:
        try:
            np.asarray(candidate(PROBE), dtype=np.float64)
        except Exception as error:  # a user's function may raise anything
            raised = raised or error
        else:
            return _float64(candidate, function, where)
    words = " ".join(str(raised).split())[:120]
    hint = f"The function raised {type(raised).__name__}" + (f": {words}" if words else ".")
    raise invalid_argument("nonlinearity", "a function that takes an array of numbers", function,
                           where=where, hint=hint)  # fmt: skip


def _float64(
    function: Callable[[Array], Any], given: Any, where: str
) -> Callable[[Array], Array]:  # fmt: skip
    def value(z: Array) -> Array:
        try:
            with np.errstate(all="ignore"):
                return np.asarray(function(z), dtype=np.float64)
        except InitlabError:
            raise
        except Exception as error:
            hint = f"The function raised {type(error).__name__} for an array of shape {z.shape}."
            raise invalid_argument("nonlinearity", "a function that takes arrays of any shape",
                                   given, where=where, hint=hint) from error  # fmt: skip

    return value


def _check(value: Callable[[Array], Array], given: Any, where: str) -> None:
    first = value(PROBE)
    if first.shape != PROBE.shape:
        hint = f"For an array of shape {PROBE.shape} the function's output has shape {first.shape}."
        raise invalid_argument("nonlinearity", "elementwise", given, where=where, hint=hint)
    if not np.array_equal(first, value(PROBE), equal_nan=True):
        hint = (
            "The same input gave two different outputs. For a PyTorch module, call .eval() first."
        )
        raise invalid_argument(
            "nonlinearity", "a function without randomness", given, where=where, hint=hint
        )
    reordered = value(PROBE[ORDER].reshape(10, 20))
    if reordered.shape != (10, 20) or not np.allclose(
        reordered.ravel(), first[ORDER], rtol=1e-6, atol=1e-9, equal_nan=True
    ):
        hint = "The function's output for one number depends on the other numbers in the array."
        raise invalid_argument("nonlinearity", "elementwise", given, where=where, hint=hint)
