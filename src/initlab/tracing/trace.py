"""Network, parameters and points -> a few training steps with every quantity kept."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from initlab.errors import DataError, ShapeError, invalid_argument
from initlab.files import write_atomically
from initlab.initializers.layer_dims import checked_layer_dims
from initlab.networks import DenseNetwork
from initlab.networks.losses import BINARY, TABLE, VALUES
from initlab.networks.notation import course_parameters, document_parameters, layer_dims_of
from initlab.records import Training
from initlab.records.record import json_types
from initlab.settings.table import TRACE_STEPS
from initlab.tracing.explanation import Row, conclusion, rows, signal_end
from initlab.tracing.page import page
from initlab.tracing.picture import picture
from initlab.tracing.step import Step, take_step
from initlab.tracing.table import plain_text, tables
from initlab.validation import local_file, pair_of, real_numbers, text

if TYPE_CHECKING:
    from jaxtyping import Float64
    from rich.console import Console, ConsoleOptions, RenderResult

MOST_NUMBERS = 10**7  # that a trace may hold: 80 MB
NONLINEARITY, LOSS = "tanh", "half_mean_squared_error"  # the document's
DESCRIBED = ("layer_dims", "nonlinearity", "loss")  # of the network, in a record
KEPT = ("step", "loss", "inputs", "targets", "forward", "backward", "parameters")  # of a step
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Trace:
    """Training steps of one network, every quantity of each kept.

    Attributes:
        network: what was trained.
        learning_rate: of every update.
        batch_size: samples per step.
        start: parameters before the first step, in the document's notation.
        steps: the steps taken; the last may be the one at which training broke down.
    """

    network: DenseNetwork
    learning_rate: float
    batch_size: int
    start: dict[str, Any]
    steps: tuple[Step, ...]

    @property
    def outcome(self) -> str:
        """Whether all steps were "finished", or training "diverged" at the last one."""
        broken = bool(self.steps) and self.steps[-1].first_nonfinite() is not None
        return "diverged" if broken else "finished"

    def explain(self) -> list[Row]:
        """Return a row per quantity and step: equation, value, and why it is 0 or equal.

        Example:
            >>> import initlab
            >>> initial = initlab.draw_network("zeros", [1, 2, 1], seed=0)
            >>> for row in initlab.trace([1, 2, 1], initial, ([[0.5]], [0.5])).explain()[3:6]:
            ...     print(row)
            step 1: dZ2 = Z2 − Y
            step 1: dA1 = dZ2 W2ᵀ is 0 because W2 is 0
            step 1: dZ1 = dA1 ⊙ tanh'(Z1) is 0 because dA1 is 0
        """
        return [row for step in self.steps for row in rows(step)]

    def conclusions(self) -> list[str]:
        """Say of every step how far its error came and which parameters moved."""
        return [conclusion(step) for step in self.steps]

    def to_record(self) -> dict[str, Any]:
        """Return the trace as plain lists and numbers; infinite and undefined ones as texts."""
        described = {name: getattr(self.network, name) for name in DESCRIBED}
        facts = {name: getattr(self, name) for name in ("learning_rate", "batch_size", "outcome")}
        steps = [_record(step) for step in self.steps]
        return dict(json_types({"network": described, **facts, "start": self.start,
                                "steps": steps}))  # fmt: skip

    def to_svg(self) -> str:
        """Draw the network once per step, its nodes and edges carrying the numbers, as SVG."""
        return picture(self)

    def to_html(self) -> str:
        """Return a page with the picture and all rows in words; it needs no network."""
        return page(self)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture (.svg), the page (.html) or the record (.json); whole or not at all.

        Raises:
            ArgumentError: the name has another ending.
            StorageError: it cannot be written there.
        """
        target = local_file("path", path, endings=WRITERS)
        content = WRITERS[target.suffix.lower()](self)
        write_atomically(target, content.encode("utf-8"), durable=False)
        return target

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from tables(self)

    def __str__(self) -> str:
        return plain_text(self)

    def __repr__(self) -> str:
        dims = list(self.network.layer_dims)
        s = "s" if len(self.steps) != 1 else ""
        return f"Trace({dims}, {len(self.steps)} step{s}, {self.outcome})"


def _record(step: Step) -> dict[str, Any]:
    described = rows(step)
    return {
        **{name: getattr(step, name) for name in KEPT},
        "equations": {row.name: row.equation for row in described},
        "remarks": {row.name: [str(one) for one in row.remarks]
                    for row in described if row.remarks},
        "signal_end": signal_end(step),
        "conclusion": conclusion(step),
    }  # fmt: skip


WRITERS: dict[str, Callable[[Trace], str]] = {  # ending of a file's name -> what is written there
    ".svg": Trace.to_svg,
    ".html": Trace.to_html,
    ".json": lambda trace: json.dumps(trace.to_record(), indent=2, allow_nan=False) + "\n",
}


def trace(
    network: Any,
    parameters: Any,
    points: tuple[Any, Any],
    *,
    steps: int = 1,
    learning_rate: float = 0.1,
    batch_size: int | None = None,
    nonlinearity: str | None = None,
    loss: str | None = None,
) -> Trace:
    """Take a few steps of gradient descent and keep every quantity of every step.

    Everything is in the document's convention: rows are samples, Z = X W + B, W is (in, out),
    dZ is not divided by the batch size, dW and dB are means over the batch.

    Args:
        network: a ``DenseNetwork``, or widths such as ``[1, 2, 1]``.
        parameters: ``{"W1": (out, in), "b1": (out, 1), ...}`` as ``draw_network`` gives them, or
            the document's ``{"W1": (in, out), "B1": (1, out), ...}``.
        points: inputs (n, features) and targets (n,) or (n, outputs); for classes their numbers.
        steps: number of updates, >= 1.
        learning_rate: > 0.
        batch_size: samples per step, taken in the order of the points, from the first again when
            they are used up; the last batch of a pass may be short. None: all of them.
        nonlinearity: between the layers, "tanh" by default; left out with a ``DenseNetwork``.
        loss: "half_mean_squared_error" by default; left out with a ``DenseNetwork``.

    Returns:
        The trace; it ends early at a step whose gradients or weights are not finite.

    Raises:
        ArgumentError: an argument is refused.

    Example:
        >>> import initlab
        >>> initial = initlab.draw_network("W1=0,B1=1,W2=0,B2=1", [1, 2, 1], seed=0)
        >>> taken = initlab.trace([1, 2, 1], initial, ([[0.5]], [0.524324324]))
        >>> taken.steps[0].backward["dW2"].round(4).tolist()
        [[0.3623], [0.3623]]
    """
    described = _network(network, nonlinearity, loss)
    theta = course_parameters(parameters, where="trace")
    if layer_dims_of(theta) != described.layer_dims:
        widths = list(layer_dims_of(theta))
        raise invalid_argument("parameters",
                               f"those of a network with widths {list(described.layer_dims)}",
                               widths, got=f"those of a network with widths {widths}",
                               where="trace", kind=ShapeError)  # fmt: skip
    x, y = checked_points(described, points)
    TRACE_STEPS.check("steps", steps, where="trace")
    training = Training(
        optimizer="sgd", learning_rate=learning_rate, batch_size=batch_size
    )  # checks both
    size = len(x) if training.batch_size is None else min(training.batch_size, len(x))
    _check_size(described, size, steps)
    start = before = document_parameters(theta)
    taken: list[Step] = []
    for number, chosen in zip(range(1, steps + 1), _batches(len(x), size), strict=False):
        step = take_step(
            described, before, x[chosen], y[chosen],
            number=number, learning_rate=float(learning_rate),
        )  # fmt: skip
        taken.append(step)
        if step.first_nonfinite() is not None:
            break
        before = dict(step.parameters)
    return Trace(described, float(learning_rate), size, start, tuple(taken))


def _network(network: Any, nonlinearity: str | None, loss: str | None) -> DenseNetwork:
    if isinstance(network, DenseNetwork):
        for argument, value in (("nonlinearity", nonlinearity), ("loss", loss)):
            if value is not None and text(argument, value) != getattr(network, argument):
                raise invalid_argument(
                    argument,
                    f"left out if the network is a DenseNetwork, which has its own {argument}",
                    value,
                )
        return network
    dims = checked_layer_dims(network)
    return DenseNetwork(
        dims, NONLINEARITY if nonlinearity is None else nonlinearity, LOSS if loss is None else loss
    )


def _batches(samples: int, size: int) -> Iterator[slice]:
    while True:
        for begin in range(0, samples, size):
            yield slice(begin, begin + size)


def _check_size(network: DenseNetwork, batch: int, steps: int) -> None:
    per_sample = 4 * sum(network.layer_dims)
    numbers = steps * (batch * per_sample + 2 * network.parameter_count)
    if numbers > MOST_NUMBERS:
        hint = (
            f"This trace would hold about {numbers:,} numbers. Take fewer steps, a smaller batch "
            "or a smaller network."
        )
        expected = f"few enough for a trace of at most {MOST_NUMBERS:,} numbers"
        raise invalid_argument("steps", expected, steps, where=f"batch size {batch:,}", hint=hint)


def checked_points(
    network: DenseNetwork, points: Any
) -> tuple[Float64[Array, "n features"], Float64[Array, "n ..."]]:
    """Return inputs (n, features), and targets (n, outputs), or (n,) where they are classes.

    Raises:
        ArgumentError: ``points`` is no pair.
        DataError: the arrays hold no finite numbers, or do not fit each other or the network.
    """
    expected = "a pair (x, y) of inputs and targets"
    inputs, targets = pair_of("points", points, expected, where="trace")
    x, y = _finite("x", inputs), _finite("y", targets)
    features, outputs = network.layer_dims[0], network.layer_dims[-1]
    if x.ndim == 1 and features == 1:
        x = x[:, np.newaxis]
    if x.ndim != 2 or x.shape[1] != features or not len(x):
        expected = f"of shape (samples, {features})"
        raise invalid_argument("x", expected, x.shape, where="trace", kind=DataError)
    targets = TABLE[network.loss].targets
    classes = 2 if targets == BINARY else outputs
    if targets == VALUES:
        y = y[:, np.newaxis] if y.ndim == 1 and outputs == 1 else y
        _check_shape(y, (len(x), outputs))
        return x, y
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    _check_shape(y, (len(x),))
    wrong = y[(y != np.floor(y)) | (y < 0) | (y >= classes)]
    if len(wrong):
        expected = f"class numbers (integers from 0 to {classes - 1})"
        raise invalid_argument("y", expected, float(wrong[0]), where=network.loss, kind=DataError)
    return x, y


def _finite(argument: str, value: Any) -> Array:
    return real_numbers(
        argument, value, "an array of finite numbers", finite=True, where="trace", kind=DataError
    )


def _check_shape(y: Array, shape: tuple[int, ...]) -> None:
    if y.shape != shape:
        raise invalid_argument("y", f"of shape {shape}", y.shape, where="trace", kind=DataError)
