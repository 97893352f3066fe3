"""Network, its parameters after some steps and the points -> what the page shows of it."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.datasets import Dataset
from initlab.diagnosis.measurements import Measured
from initlab.diagnosis.signal import signal
from initlab.networks import DenseNetwork, layers
from initlab.networks.dense import Parameters
from initlab.networks.distinct import first_equal, tolerance_of
from initlab.networks.forward import Layers, backward, outputs
from initlab.networks.losses import BINARY, TABLE, VALUES, loss_value, predicted, prediction_error
from initlab.networks.scores import score
from initlab.nonlinearities.slopes import SATURATED_SLOPE, flat_shares
from initlab.nonlinearities.table import nonlinearity
from initlab.report.confusion import confusion_counts
from initlab.report.points import limits

SIDE, CURVE = 50, 200  # points of the answer: of a side of the plane, of a line
UNIT_CURVE = 60  # and of the curve of a unit
UNIT_SIDES = ((40, 20), (100, 8))  # hidden units up to which a map has so many points to a side
MOST_WEIGHTS = 2_000  # numbers that are sent
DIGITS = 4  # of a number that is shown as a bar
Array = NDArray[Any]


@dataclass(frozen=True)
class Camera:
    """Takes frames of networks that learn the same points.

    Attributes:
        network: widths, nonlinearity and loss.
        data: what they learn.
        metric: the kind of score that a frame shows beside the loss, such as "accuracy"; None for
            the loss alone.
    """

    network: DenseNetwork
    data: Dataset
    metric: str | None

    @property
    def hidden(self) -> int:
        """Number of hidden units."""
        return sum(self.network.layer_dims[1:-1])

    @property
    def frames(self) -> int:
        """Most frames that are taken of a training: fewer of larger networks."""
        return 120 if self.hidden <= UNIT_SIDES[0][0] else 45

    @property
    def extent(self) -> list[float] | None:
        """Ends of the axes, [xmin, xmax, ymin, ymax]; None with more than two inputs."""
        x, y = self.data.x_train, self.data.y_train
        if self.network.layer_dims[0] == 2:
            return [end for ends in limits(self.data) for end in ends]
        if self.network.layer_dims[0] > 2:
            return None
        return [float(end) for one in (x, y) for end in (one.min(), one.max())]

    def frame(self, parameters: Parameters) -> dict[str, Any]:
        """Return loss, score, answer, what every layer does, and the weights, as JSON types."""
        x, y = self.data.x_train, self.data.y_train
        values = layers(self.network, parameters, x)
        z = values.z[-1]
        with np.errstate(all="ignore"):
            error = prediction_error(self.network, z, y)
            _, errors = backward(self.network, parameters, x, values, error)
            shown = None if self.metric is None else score(self.metric, self.network, z, y)
        maps = self._unit_maps(parameters)
        names = self.network.parameter_names
        weights = np.concatenate([parameters[name].ravel() for name in names])
        return {
            "loss": number(loss_value(self.network, z, y)),
            "score": number(None if shown is None else float(shown)),
            "answer": self._answer(parameters, z),
            "layers": [
                {**self._layer(k, parameters, values, errors[k]), "units": units}
                for k, units in enumerate(maps)
            ],
            "weights": packed(weights, "<f4") if weights.size <= MOST_WEIGHTS else None,
        }

    def _layer(
        self, k: int, parameters: Parameters, values: Layers, error: Array
    ) -> dict[str, Any]:
        z, last = values.z[k], k == self.network.depth - 1
        forward = signal(lambda: [z[:, np.newaxis].astype(np.float64)])
        rows = np.hstack([parameters[f"W{k + 1}"], parameters[f"b{k + 1}"]])
        first = first_equal(rows, tolerance_of(rows.dtype))
        groups = [np.flatnonzero(first == one).tolist() for one in np.unique(first)]
        with np.errstate(all="ignore"):
            if last:
                dead, saturated = 0.0, self._saturated_output(z)
            else:
                row = nonlinearity(self.network.nonlinearity)
                dead, saturated = flat_shares(row, [(z, values.a[k])], -1)
            g = float(np.mean(error.astype(np.float64) ** 2))
        return {
            "q": _value(forward.q),
            "g": number(g),
            "c": _value(forward.c),
            "dead": number(dead),
            "saturated": number(saturated),
            "distinct": len(groups),
            "groups": [group for group in groups if len(group) > 1],
        }

    def _saturated_output(self, z: Array) -> float | None:
        if TABLE[self.network.loss].targets == VALUES:
            return None
        p = predicted(self.network, z)
        return float(np.mean(p * (1 - p) < SATURATED_SLOPE / 4))  # 1/4: the slope at p = 1/2

    def _answer(self, parameters: Parameters, z: Array) -> str | None:
        """Return probabilities or classes over the plane, a curve, or the confusion table."""
        if self.network.layer_dims[0] > 2:
            classes = self.network.layer_dims[-1]
            counts = confusion_counts(self.data.y_train, z.argmax(axis=1), classes)
            return packed(counts, "<u4")
        answer = outputs(self.network, parameters, self._points(SIDE, CURVE))
        with np.errstate(all="ignore"):
            answer = predicted(self.network, answer)
        targets = TABLE[self.network.loss].targets
        if targets == VALUES:
            return packed(answer[:, 0], "<f4")
        if targets == BINARY:
            return packed(np.rint(255 * np.nan_to_num(answer[:, 0], nan=0.5)), "u1")
        return packed(answer.argmax(axis=1), "u1")

    def _unit_maps(self, parameters: Parameters) -> list[str | None]:
        """Return, for each layer, the activations of its units over the inputs; None for none."""
        side = next((side for most, side in UNIT_SIDES if self.hidden <= most), 0)
        if self.network.layer_dims[0] > 2 or not side:
            return [None] * self.network.depth
        values = layers(self.network, parameters, self._points(side, UNIT_CURVE))
        planar = self.network.layer_dims[0] == 2
        return [*(_scaled(a.T) if planar else packed(a.T, "<f4") for a in values.a[:-1]), None]

    def _points(self, side: int, line: int) -> Array:
        """Return points that cover the inputs: rows of the plane from below, or a line."""
        assert self.extent is not None
        low, high, bottom, top = self.extent
        if self.network.layer_dims[0] == 1:
            return np.linspace(low, high, line)[:, np.newaxis]
        axes = np.meshgrid(np.linspace(low, high, side), np.linspace(bottom, top, side))
        return np.stack(axes, axis=-1).reshape(-1, 2)


def steps_of_frames(steps: int, most: int = 120) -> Sequence[int]:
    """Return the steps after which a frame is taken, close together where training begins.

    Example:
        >>> steps_of_frames(15_000)[:6], steps_of_frames(15_000)[-2:]
        ([0, 1, 4, 10, 17, 26], [14749, 15000])
    """
    places = [round(steps * (k / (most - 1)) ** 2) for k in range(most)]
    return sorted({*places}) if steps >= most else [*range(steps + 1)]


def number(value: float | None) -> float | str | None:
    """Return a number of few digits, "inf", "-inf" or "nan" as curves of study.json have them."""
    if value is None:
        return None
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else str(float(value))


def _value(measured: Measured | None) -> float | str | None:
    return None if measured is None else number(measured.value)


def packed(values: Any, kind: str) -> str:
    """Return the bytes of an array in base64."""
    with np.errstate(all="ignore"):
        return base64.b64encode(np.ascontiguousarray(values).astype(kind).tobytes()).decode("ascii")


def _scaled(units: Array) -> str:
    """Return each unit's numbers from its least to its largest as 0 to 255, of a constant 128."""
    low, high = units.min(axis=1, keepdims=True), units.max(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        share = np.where(high > low, 255 * (units - low) / (high - low), 128)
    return packed(np.rint(np.nan_to_num(share, nan=128)), "u1")
