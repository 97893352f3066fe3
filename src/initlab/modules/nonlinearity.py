"""A torch layer, or a function as it is called -> the nonlinearity that it is, by its values."""

from __future__ import annotations

import contextlib
import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from initlab.errors import InitlabError
from initlab.modules.framework import load_torch
from initlab.nonlinearities.gains import gain
from initlab.nonlinearities.table import TABLE, Nonlinearity

if TYPE_CHECKING:
    from torch.nn import Module

ELEMENTWISE = (  # functions of each number by itself; the last ones have no row of their own
    *(name for name in TABLE if name != "linear"),
    "clamp", "clip", "clamp_min", "clamp_max", "threshold", "hardshrink", "softshrink",
    "tanhshrink", "logsigmoid",
)  # fmt: skip
OTHERS = (
    "prelu", "rrelu", "glu", "softmax", "log_softmax", "softmin", "softmax2d",
)  # fmt: skip
OF_HE = "leaky_relu"  # its gain is known for any slope
KNOWN = {name.replace("_", ""): name for name in (*ELEMENTWISE, *OTHERS)}
GRID = np.linspace(-8, 8, 1600).reshape(40, 40)
EXACT = 1e-9  # largest difference, on the grid, of what counts as the same function
FAR = np.array([-1e5, -1e4, 1e4, 1e5])  # where a bounded function has come to rest

_found: dict[tuple[type, str], str] = {}  # of torch's own layers
Settings = Sequence[tuple[int | str, Any]]  # (place or keyword, value), the first argument left out


def named(function: str) -> str:
    """Return the nonlinearity that a function or a class of torch.nn has the name of; "" for none.

    Example:
        >>> named("LeakyReLU"), named("relu_"), named("Linear")
        ('leaky_relu', 'relu', '')
    """
    return KNOWN.get(function.lower().replace("_", ""), "")


def nonlinearity_of(layer: Module) -> str:
    """Return the nonlinearity that a layer is, with settings that are its own; "" for none."""
    if not type(layer).__module__.startswith("torch.nn."):
        return measured(layer) or ""
    name = named(type(layer).__name__)
    if name in ELEMENTWISE and next(layer.parameters(), None) is None:
        settings = layer.extra_repr()  # with the class they say all: a deep network asks often
        key = type(layer), settings
        if "forward" in vars(layer):  # the instance's own
            return _by_values(name, values_on_grid(layer), settings)
        if key not in _found:
            _found[key] = _by_values(name, values_on_grid(layer), settings)
        return _found[key]
    return name


def elementwise(function: str, compute: Callable[..., Any] | None, settings: Settings) -> str:
    """Return the nonlinearity that a function is with these settings; "" for none.

    Example:
        >>> import torch
        >>> elementwise("leaky_relu", torch.nn.functional.leaky_relu, ((1, 0.2),))
        'leaky_relu(negative_slope=0.2)'
        >>> elementwise("clamp", torch.clamp, ((1, 0), (2, 6)))
        'relu6'
    """
    name = named(function)
    if name not in ELEMENTWISE or compute is None or not settings:
        return name
    return _by_values(name, values_on_grid(called(compute, settings)), _words(compute, settings))


def called(compute: Callable[..., Any], settings: Settings) -> Callable[[Any], Any]:
    """Return a function of its first argument alone, the others as they were given."""
    places = [value for place, value in settings if isinstance(place, int)]
    keywords = {place: value for place, value in settings if isinstance(place, str)}
    return lambda z: compute(z, *places, **keywords)


def _words(compute: Callable[..., Any], settings: Settings) -> str:
    """Return settings as a call names them, those by place too where their names are known."""
    names: Mapping[int, str] = {}
    with contextlib.suppress(ValueError, TypeError):  # a function of C++ has no signature
        names = dict(enumerate(inspect.signature(compute).parameters))
    words = []
    for place, value in settings:
        name = names.get(place, "") if isinstance(place, int) else place
        if name != "inplace":
            words.append(f"{name}={value!r}" if name else repr(value))
    return ", ".join(words)


def measured(layer: Module) -> str | None:
    """Return the elementwise function that a layer without parameters computes, from its values.

    It is the name of a known one, "" for the identity, else that of the layer's class; None for a
    layer that is not elementwise, or holds anything.
    """
    held = (layer.parameters(), layer.buffers(), layer.children())
    if any(next(one, None) is not None for one in held):
        return None
    values = values_on_grid(evaluating(layer))  # random in training only: not in evaluation
    if values is None:
        return None
    row = row_of(values)
    return type(layer).__name__ if row is None else "" if row == "linear" else row


def measured_gains(function: Callable[[Any], Any]) -> tuple[float, float] | None:
    """Return the forward and the backward gain of a function of torch; None where it has none."""
    torch = load_torch()
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            forward, backward = (gain(lambda z: function(torch.from_numpy(z)), direction)
                                 for direction in ("forward", "backward"))  # fmt: skip
    except InitlabError:  # it is not elementwise, or random, or the expectation is infinite
        return None
    return forward, backward


def evaluating(layer: Module) -> Any:
    """Return a copy of a layer in evaluation mode."""
    return copy.deepcopy(layer).eval()


def measured_row(function: Callable[[Any], Any]) -> Nonlinearity | None:
    """Return a row for an elementwise function of torch: its slopes by autograd, its kind by them.

    It is None for what is not elementwise, or has no slopes. It has no compiled form.
    """
    torch = load_torch()

    def slopes(z: Any, a: Any = None) -> Any:
        with torch.enable_grad():
            given = torch.tensor(z, dtype=torch.float64, requires_grad=True)
            (found,) = torch.autograd.grad(function(given * 1).sum(), given)  # it may write into it
        return found.numpy().astype(z.dtype)

    if values_on_grid(function) is None:
        return None
    with torch.no_grad():
        ends = function(torch.from_numpy(FAR)).numpy()
    try:
        steep = np.abs(slopes(GRID).ravel())
    except RuntimeError:  # what is computed is cut off from its input
        return None
    bounded = bool(np.isclose(ends[0], ends[1]) and np.isclose(ends[2], ends[3]) and steep.any())
    return Nonlinearity(
        lambda z: np.asarray(function(torch.from_numpy(z))), slopes, ("", "z"),
        largest_slope=float(steep.max()) if bounded else None,
        flat=bool((np.maximum(steep[1:], steep[:-1]) == 0).any()),
    )  # fmt: skip


def _by_values(name: str, values: Any, settings: str) -> str:
    """Return the name of the function that has these values; its own with settings for no row."""
    if values is None:
        return name
    row = row_of(values, first=name)
    if row in (None, "linear"):  # of wide bounds, whose values on the grid are the identity's
        return f"{name}({settings})" if settings else name
    return str(row)


def row_of(values: Any, first: str = "") -> str | None:
    """Return the name of the row with these values on the grid, ``first`` if it is one of them."""
    for name in sorted(TABLE, key=lambda one: one != first):
        if np.allclose(values, TABLE[name].value(GRID), rtol=0, atol=EXACT):
            return name
    return None


def values_on_grid(function: Callable[[Any], Any], *, floating: bool = True) -> Any:
    """Return a function's values on the grid; None where they need more than each number.

    ``floating`` refuses whole numbers and truth values too.
    """
    torch = load_torch()
    # half of the numbers, in another order: 7 and 1600 share no factor
    order = (np.arange(GRID.size // 2) * 7 % GRID.size).reshape(20, 40)
    keeps = torch.random.fork_rng(devices=[])  # it may be random: not elementwise
    with contextlib.suppress(Exception), torch.no_grad(), keeps:
        inputs = (GRID.copy(), GRID.ravel()[order])
        values, others = (function(torch.from_numpy(one)) for one in inputs)
        if values.shape == GRID.shape and (values.is_floating_point() or not floating):
            values, others = values.numpy(), others.numpy()
            if np.allclose(values.ravel()[order], others, atol=EXACT, equal_nan=True):
                return values
    return None
