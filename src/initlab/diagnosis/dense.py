"""A dense network, its parameters and a batch -> the same measurements, by NumPy alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.diagnosis.copies import Copies, copies, tied
from initlab.diagnosis.data import measured_data
from initlab.diagnosis.measurements import (
    TARGETS,
    LayerMeasurement,
    Measured,
    Measurements,
    NotMeasured,
    ParameterMeasurement,
)
from initlab.diagnosis.rates import DEFAULT_RATE, EPSILON, TRIAL_RATE
from initlab.diagnosis.reasons import (
    GRADIENT_NOT_FINITE,
    JACOBIAN_NOT_FINITE,
    MEAN,
    NO_END,
    NO_LOSS,
    NOT_FINITE,
    ONE_SAMPLE,
    UPDATE_NOT_FINITE,
    ZERO,
    merged,
)
from initlab.diagnosis.samples import chosen_samples
from initlab.diagnosis.signal import Signal, rounding_share
from initlab.diagnosis.stacked import Stacked, second_moments, signals
from initlab.networks.anatomy import LINEAR, dense_anatomy
from initlab.networks.constant import constant_outputs
from initlab.networks.dense import DenseNetwork, Parameters
from initlab.networks.forward import Layers, backward, layers
from initlab.networks.losses import BINARY, CLASSES, TABLE, VALUES, loss_value, prediction_error
from initlab.nonlinearities.slopes import SATURATED_SLOPE
from initlab.nonlinearities.table import Nonlinearity
from initlab.nonlinearities.table import nonlinearity as row_of
from initlab.randomness import SAMPLES, generator_for
from initlab.validation import finite_number, one_of

Array = NDArray[Any]
OPTIMIZERS = ("gd", "sgd", "adam")


def measure_dense(
    network: DenseNetwork, parameters: Parameters, x: Array, y: Array | None = None, *,
    optimizer: str = "adam", learning_rate: float | None = None, seed: int = 0,
    names: Mapping[str, str] | None = None, whole: bool = True,
) -> Measurements:  # fmt: skip
    """Measure what a dense network's layers do to signals and gradients, at one batch.

    All is as :func:`initlab.diagnosis.measuring.measure` has it of a module with the same numbers,
    without PyTorch; layers are called "layer 1" and so on. Nothing is changed.

    Args:
        network: widths, nonlinearity and loss.
        parameters: its weights and biases, "W1", "b1", ...
        x: inputs, shape (n, features); of more than 256 samples so many are chosen.
        y: targets; None for a random cotangent of the outputs.
        optimizer: "gd", "sgd" or "adam": whose first update is measured.
        learning_rate: of it; None for 0.001, which PyTorch's have.
        seed: of what is drawn.
        names: "W1", "b1", ... -> the user's names of the parameters; their layers are called so.
        whole: False leaves out what no finding rests on: theory, singular values, histograms,
            sizes of updates, and the noise of all but q.

    Raises:
        ArgumentError: an argument is not allowed.
    """
    one_of("optimizer", optimizer, OPTIMIZERS, where="measure_dense")
    rate = DEFAULT_RATE if learning_rate is None else learning_rate
    rate = finite_number("learning_rate", rate, above=0, where="measure_dense")
    rows, words = chosen_samples(len(x), seed)
    if rows is not None:
        x, y = x[rows], None if y is None else y[rows]
    x = np.asarray(x, dtype=parameters["W1"].dtype)
    with np.errstate(all="ignore"):
        measuring = _Measuring(network, parameters, x, y, seed, names or {}, whole)
        return measuring.measured(words, optimizer, rate)


@dataclass
class _Measuring:
    network: DenseNetwork
    parameters: Parameters
    x: Array
    y: Array | None
    seed: int
    names: Mapping[str, str]
    whole: bool
    missing: list[NotMeasured] = field(default_factory=list)

    def measured(self, words: str, optimizer: str, rate: float) -> Measurements:
        network, x, y = self.network, self.x, self.y
        values = layers(network, self.parameters, x)
        z = values.z[-1]
        gradients, errors = backward(network, self.parameters, x, values, self._error(z))
        forward = signals(Stacked(values.z), whole=self.whole)
        back = Stacked(errors)
        units = [copies([self._rows(self.parameters, k)]) for k in range(1, network.depth + 1)]
        found = self._parameters(gradients, optimizer, rate)
        opened, summed, passes = self._steps(gradients)
        ties = [0 if one.distinct == one.units else tied(one.classes, [self._rows(summed, k)])
                for k, one in enumerate(units, start=1)]  # fmt: skip
        entries = self._entries(values, forward, back, units, ties)
        row = TABLE[network.loss]
        if y is None:
            self._miss("loss", NO_LOSS)
        if forward[-1].q is None:
            self._miss("logit_size", NOT_FINITE)
        elif forward[-1].varied is None:
            self._miss("output_varied", ONE_SAMPLE)
        loss = None if y is None else loss_value(network, z, y)
        gives = y is not None and row.targets in (BINARY, CLASSES)
        given = [("inputs", x)]
        if y is not None and row.targets == VALUES:
            given.append((TARGETS, np.asarray(y).reshape(len(y), -1)))
        sizes = (measured_data(where, one.mean(axis=0, dtype=float), one.std(axis=0, dtype=float))
                 for where, one in given)  # fmt: skip
        return Measurements(
            data=tuple(one for one in sizes if one is not None),
            equal_inputs=len(x) > 1 and bool((x == x[:1]).all()),
            anatomy=dense_anatomy(network),
            batch=words,
            samples=len(x),
            layers=tuple(self._with_theory(entries) if self.whole else entries),
            parameters=tuple(replace(one, opened=opened.get(name)) for name, one in found.items())
            if opened
            else tuple(found.values()),
            loss=loss,
            loss_name="" if y is None else network.loss,
            guess_loss=row.guess(max(2, network.layer_dims[-1])) if gives else None,
            prior_loss=self._prior_loss() if self.whole or not gives else None,
            logit_size=None if forward[-1].q is None else math.sqrt(forward[-1].q.value),
            output_varied=forward[-1].varied,
            singular_values=self._singular_values() if self.whole else (),
            first_nonfinite=self._first_nonfinite(forward, loss, back, gradients, found),
            passes=passes,
            not_measured=merged(self.missing),
        )

    def _miss(self, what: str, reason: str, *where: str) -> None:
        self.missing.append(NotMeasured(what, reason, where))

    def _error(self, z: Array) -> Array:
        """Return the gradient of what is backpropagated by the last preactivations."""
        if self.y is not None:
            return prediction_error(self.network, z, self.y) / len(z)
        generator = generator_for(self.seed, "diagnosis, cotangent", SAMPLES)
        drawn = generator.standard_normal(z.shape)
        scaled_to_1: Array = (drawn / np.sqrt(np.mean(drawn * drawn))).astype(z.dtype)
        return scaled_to_1

    def _rows(self, values: Parameters, layer: int) -> Array:
        return np.hstack([values[f"W{layer}"], values[f"b{layer}"]])

    def _layer(self, k: int) -> str:
        """Return the name of a layer, counted from 1."""
        name = self.names.get(f"W{k}")
        return f"layer {k}" if name is None else name.rpartition(".")[0]

    @cached_property
    def _hidden(self) -> Nonlinearity | None:
        """The nonlinearity between the layers; None for none."""
        return None if self.network.nonlinearity == "linear" else row_of(self.network.nonlinearity)

    def _flat_shares(self, values: Layers) -> list[tuple[float, float]]:
        """Return the dead and the saturated share of every layer."""
        row, hidden = self._hidden, self.network.depth - 1
        if row is None or not hidden:
            return [(0.0, 0.0)] * self.network.depth
        z = np.concatenate(values.z[:-1], axis=1)
        a = np.concatenate(values.a[:-1], axis=1)
        widths = np.array(self.network.layer_dims[1:-1])
        starts = np.cumsum(widths) - widths
        slope = row.derivative(z, a)
        blocked = ((slope == 0) & ~np.isnan(a)).all(axis=0)
        dead = (np.add.reduceat(blocked, starts, dtype=np.intp) / widths).tolist()
        saturated = [0.0] * hidden
        if row.largest_slope is not None:
            below = (np.abs(slope) < SATURATED_SLOPE * row.largest_slope).sum(axis=0)
            saturated = (np.add.reduceat(below, starts) / (widths * len(z))).tolist()
        return [*zip(dead, saturated, strict=True), (0.0, 0.0)]

    def _entries(
        self, values: Layers, forward: list[Signal], back: Stacked, units: list[Copies],
        ties: list[int],
    ) -> list[LayerMeasurement]:  # fmt: skip
        scale = 1.0 if self.y is None else float(len(self.x)) ** 2
        flat, entries = self._flat_shares(values), []
        spacing = float(np.finfo(values.z[0].dtype).eps)
        depth = self.network.depth
        for k, (one, g) in enumerate(
            zip(forward, second_moments(back, noise=self.whole), strict=True)
        ):
            name, own = self._layer(k + 1), units[k]
            if one.nonfinite:
                self._miss("q", NOT_FINITE, name)
            elif one.varied is None:
                self._miss("c", ONE_SAMPLE, name)
            elif one.c is None:
                self._miss("c", ZERO, name)
            if g is None:
                self._miss("g", GRADIENT_NOT_FINITE, name)
            then = "" if k == depth - 1 or self._hidden is None else self.network.nonlinearity
            entries.append(LayerMeasurement(
                name=name, role=LINEAR, kind="dense", use=1, uses=1,
                width=self.network.layer_dims[k + 1], points=len(self.x),
                nonlinearity=then, head=k == depth - 1, residual=False,
                q=one.q, g=None if g is None else Measured(g.value * scale, g.noise * scale),
                c=one.c, varied=one.varied,
                rounding=rounding_share(spacing, self.network.layer_dims[k]),
                dead=flat[k][0], saturated=flat[k][1],
                units=own.units, distinct=own.distinct,
                distinct_up_to_sign=own.distinct_up_to_sign, tied=ties[k],
                nonfinite=one.nonfinite, histogram=one.histogram,
            ))  # fmt: skip
        return entries

    def _with_theory(self, entries: list[LayerMeasurement]) -> list[LayerMeasurement]:
        from initlab.diagnosis.theory import (
            Inputs,
            Line,
            Stage,
            lines,
            pairs_of,
            random_like,
            scaled,
        )  # fmt: skip

        stages = []
        dims = self.network.layer_dims
        for k in range(self.network.depth):
            weight, bias = (self.parameters[f"{kind}{k + 1}"].astype(np.float64) for kind in "Wb")
            square, mean = float(np.mean(weight * weight)), float(np.mean(weight))
            if not random_like(mean, square, weight.size):
                self._miss("q_theory", MEAN, *(one.name for one in entries[k:]))
                break
            shift = float(np.mean(bias * bias))
            stages.append(Stage(square, shift, dims[k], dims[k + 1],
                                None if k == self.network.depth - 1 else self._hidden))  # fmt: skip
        if not stages:
            return entries
        x, pairs = self.x.astype(np.float64), pairs_of(len(self.x))
        products = (x[pairs[:, 0]] * x[pairs[:, 1]]).sum(axis=1)
        last = entries[len(stages) - 1].g
        each: list[Line] = lines(Inputs((x * x).sum(axis=1), products, pairs), stages)
        each = scaled(each, None if last is None else last.value)
        self.missing += [NotMeasured("g_theory", NO_END, (one.name,))
                         for one, line in zip(entries, each, strict=False)
                         if line.g is None]  # fmt: skip
        known = [replace(one, q_theory=line.q, c_theory=line.c, g_theory=line.g)
                 for one, line in zip(entries, each, strict=False)]  # fmt: skip
        return known + entries[len(known) :]

    def _parameters(
        self, gradients: Parameters, optimizer: str, rate: float
    ) -> dict[str, ParameterMeasurement]:
        """Return what is measured of every parameter, all of them in one pass."""
        own = self.network.parameter_names
        theta = _flattened(self.parameters, own)
        slopes = _flattened(gradients, own)
        sizes = np.array([self.parameters[name].size for name in own])
        starts = np.cumsum(sizes) - sizes

        def norms(values: Array) -> list[float]:
            found: list[float] = np.sqrt(np.add.reduceat(values * values, starts)).tolist()
            return found

        norm, slope = norms(theta), norms(slopes)
        updates = slope
        if optimizer == "adam" and self.whole:
            updates = norms(slopes / (abs(slopes) + EPSILON))
        low, high = (one.reduceat(theta, starts).tolist() for one in (np.minimum, np.maximum))
        broken = np.add.reduceat(~np.isfinite(theta), starts, dtype=np.intp).tolist()
        found = {}
        for k, name in enumerate(own):
            update, ratio = rate * updates[k], None
            shown = self.names.get(name, name)
            if not self.whole:
                pass
            elif math.isfinite(update) and math.isfinite(norm[k]):
                ratio = update / norm[k] if norm[k] else math.inf if update else 0.0
            else:
                self._miss("update_ratio", UPDATE_NOT_FINITE, shown)
            found[name] = ParameterMeasurement(
                name=shown, layer=self._layer(int(name[1:])),
                role="weight" if name[0] == "W" else "bias", size=int(sizes[k]), norm=norm[k],
                gradient_norm=slope[k], update_ratio=ratio,
                constant=low[k] if low[k] == high[k] else None, nonfinite=broken[k], reached=True,
            )  # fmt: skip
        return found

    def _steps(
        self, gradients: dict[str, Array]
    ) -> tuple[dict[str, bool], dict[str, Array], int]:  # fmt: skip
        """See whether steps of the others bring gradients where there are none.

        Returns:
            Which do; the sum of all gradients; and how many passes were made.
        """
        closed = [name for name, one in gradients.items() if not one.any()]
        if not closed:
            return {}, gradients, 1
        opened = dict.fromkeys(closed, False)
        moving, passes = any(one.any() for one in gradients.values()), 1
        summed, theta = dict(gradients), dict(self.parameters)
        while closed and moving and passes < 3:
            theta = {
                name: one - one.dtype.type(TRIAL_RATE) * _signs(gradients[name])
                for name, one in theta.items()
            }
            values = layers(self.network, theta, self.x)
            gradients, _ = backward(self.network, theta, self.x, values, self._error(values.z[-1]))
            passes += 1
            summed = {name: one + gradients[name] for name, one in summed.items()}
            moved = {name for name, one in gradients.items() if (abs(one) > 0).any()}
            opened |= dict.fromkeys(moved & set(closed), True)
            closed, moving = [name for name in closed if not opened[name]], bool(moved)
        return opened, summed, passes

    def _prior_loss(self) -> float | None:
        y = self.y
        if y is None:
            return None
        best = constant_outputs(self.network, y)
        return loss_value(self.network, np.repeat(best, len(y), axis=0), y)

    def _singular_values(self) -> tuple[float, ...]:
        from initlab.diagnosis.jacobian import FEW, directions_of, mean_singular_values

        x = self.x[:FEW]
        values = layers(self.network, self.parameters, x)
        directions, scale = directions_of(values.z[-1].shape[1], self.seed)
        rows = []
        for one in directions:
            cotangent = np.broadcast_to(one, values.z[-1].shape).astype(x.dtype)
            _, errors = backward(self.network, self.parameters, x, values, cotangent)
            rows.append((errors[0] @ self.parameters["W1"]).astype(np.float64))
        found = mean_singular_values(np.stack(rows, axis=1), scale)
        if not found:
            self._miss("singular_values", JACOBIAN_NOT_FINITE)
        return found

    def _first_nonfinite(
        self, forward: list[Signal], loss: float | None, back: Stacked, gradients: Parameters,
        found: Mapping[str, ParameterMeasurement],
    ) -> str:  # fmt: skip
        """Return the first that is not finite; the gradients' norms are, where all of them are."""
        # numbers that are not finite make all that is computed of them so
        broken = forward[0].nonfinite and not np.isfinite(self.x).all()
        places = ["inputs"] if broken else []
        places += [one.name for one in found.values() if one.nonfinite]
        places += [f"output of {self._layer(k)}"
                   for k, one in enumerate(forward, 1) if one.nonfinite]  # fmt: skip
        places += ["loss"] if loss is not None and not math.isfinite(loss) else []
        numbered = [*enumerate(back.nonfinite, 1)][::-1]
        places += [f"gradient of {self._layer(k)}" for k, count in numbered if count]
        places += [f"gradient of {found[name].name}" for name, one in gradients.items()
                   if not math.isfinite(found[name].gradient_norm or 0.0)
                   and not np.isfinite(one).all()]  # fmt: skip
        return next(iter(places), "")


def _signs(values: Array) -> Array:
    """Return the signs of numbers, 0 of NaN."""
    signs: Array = np.sign(values)
    signs[np.isnan(signs)] = 0
    return signs


def _flattened(parameters: Parameters, names: Sequence[str]) -> NDArray[np.float64]:
    """Return the numbers of these parameters one after the other, in float64."""
    parts = [parameters[name].reshape(-1) for name in names]
    return np.concatenate(parts, dtype=np.float64)
