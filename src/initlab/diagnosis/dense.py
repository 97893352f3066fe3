"""A dense network, its parameters and a batch -> the same measurements, by NumPy alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.diagnosis.copies import Copies, clones, copies, tied
from initlab.diagnosis.inputs import MOST_SAMPLES
from initlab.diagnosis.jacobian import FEW, directions_of, mean_singular_values
from initlab.diagnosis.measurements import (
    LayerMeasurement,
    Measured,
    Measurements,
    NotMeasured,
    ParameterMeasurement,
)
from initlab.diagnosis.reasons import MEAN, NO_END, NO_LOSS, NOT_FINITE, ONE_SAMPLE, ZERO, merged
from initlab.diagnosis.signal import Signal, rounding_share, signal
from initlab.diagnosis.theory import Inputs, Line, Stage, lines, pairs_of, random_like, scaled
from initlab.diagnosis.updates import DEFAULT_RATE, TRIAL_RATE, first_adam
from initlab.networks.anatomy import LINEAR, dense_anatomy
from initlab.networks.constant import constant_outputs
from initlab.networks.dense import DenseNetwork, Parameters
from initlab.networks.forward import Layers, backward, layers
from initlab.networks.losses import BINARY, CLASSES, TABLE, loss_value, predicted, prediction_error
from initlab.nonlinearities.slopes import SATURATED_SLOPE, flat_shares
from initlab.nonlinearities.table import Nonlinearity
from initlab.nonlinearities.table import nonlinearity as row_of
from initlab.randomness import SAMPLES, generator_for
from initlab.validation import finite_number, one_of, seed_number

Array = NDArray[Any]
OPTIMIZERS = ("gd", "sgd", "adam")


def measure_dense(
    network: DenseNetwork, parameters: Parameters, x: Array, y: Array | None = None, *,
    optimizer: str = "adam", learning_rate: float | None = None, seed: int = 0,
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

    Raises:
        ArgumentError: an argument is not allowed.
    """
    one_of("optimizer", optimizer, OPTIMIZERS, where="measure_dense")
    rate = DEFAULT_RATE if learning_rate is None else learning_rate
    rate = finite_number("learning_rate", rate, above=0, where="measure_dense")
    count = len(x)
    words = "1 sample of the data" if count == 1 else f"{count:,} samples of the data"
    if count > MOST_SAMPLES:
        generator = generator_for(seed_number(seed), "diagnosis", SAMPLES)
        rows = np.sort(generator.choice(count, MOST_SAMPLES, replace=False))
        x, y = x[rows], None if y is None else y[rows]
        words = f"{MOST_SAMPLES} of {count:,} samples of the data"
    x = np.asarray(x, dtype=parameters["W1"].dtype)
    with np.errstate(all="ignore"):
        return _Measuring(network, parameters, x, y, seed).measured(words, optimizer, rate)


@dataclass
class _Measuring:
    network: DenseNetwork
    parameters: Parameters
    x: Array
    y: Array | None
    seed: int
    missing: list[NotMeasured] = field(default_factory=list)

    def measured(self, words: str, optimizer: str, rate: float) -> Measurements:
        network, x, y = self.network, self.x, self.y
        anatomy = dense_anatomy(network)
        values = layers(network, self.parameters, x)
        z = values.z[-1]
        apart = len(x) > 1
        gradients, errors = backward(network, self.parameters, x, values, self._error(z))
        scale = 1.0 if y is None else float(len(x))
        backwards = [self._signal(one, apart=False) for one in errors]
        signals = [self._signal(one, apart=apart) for one in values.z]
        units = [copies([self._rows(self.parameters, k)]) for k in range(1, network.depth + 1)]
        opened, summed, passes = self._steps(gradients)
        ties = [0 if one.distinct == one.units else tied(one.classes, [self._rows(summed, k)])
                for k, one in enumerate(units, start=1)]  # fmt: skip
        entries = [
            self._entry(k, values, signals[k], backwards[k], scale, units[k], ties[k])
            for k in range(network.depth)
        ]
        row = TABLE[network.loss]
        found = [
            self._parameter(name, gradients[name], optimizer, rate, opened.get(name))
            for name in network.parameter_names
        ]
        if y is None:
            self._miss("loss", NO_LOSS)
        if signals[-1].q is None:
            self._miss("logit_size", NOT_FINITE)
        elif signals[-1].varied is None:
            self._miss("output_varied", ONE_SAMPLE)
        loss = None if y is None else loss_value(network, z, y)
        p = predicted(network, z)
        below = p * (1 - p) < SATURATED_SLOPE * 0.25
        gives = y is not None and row.targets in (BINARY, CLASSES)
        return Measurements(
            anatomy=anatomy,
            batch=words,
            samples=len(x),
            layers=tuple(self._with_theory(entries)),
            parameters=tuple(found),
            loss=loss,
            loss_name="" if y is None else network.loss,
            guess_loss=row.guess(max(2, network.layer_dims[-1])) if gives else None,
            prior_loss=None if y is None else self._prior_loss(y),
            logit_size=None if signals[-1].q is None else math.sqrt(signals[-1].q.value),
            output_varied=signals[-1].varied,
            output_saturated=float(below.mean()) if gives else None,
            singular_values=self._singular_values(),
            first_nonfinite=self._first_nonfinite(signals, loss, backwards, gradients),
            clones=clones(
                ((name, one) for name, one in self.parameters.items() if name[0] == "W"),
                np.array_equal,
            ),
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

    def _signal(self, values: Array, *, apart: bool) -> Signal:
        return signal(lambda: [values[:, np.newaxis].astype(np.float64)], apart=apart)

    def _rows(self, values: Parameters, layer: int) -> Array:
        return np.hstack([values[f"W{layer}"], values[f"b{layer}"]])

    def _row(self, k: int) -> Nonlinearity | None:
        """Return the nonlinearity after a layer, counted from 0; None for none."""
        plain = k == self.network.depth - 1 or self.network.nonlinearity == "linear"
        return None if plain else row_of(self.network.nonlinearity)

    def _entry(
        self, k: int, values: Layers, forward: Signal, back: Signal, scale: float, own: Copies,
        ties: int,
    ) -> LayerMeasurement:  # fmt: skip
        name, row, z = f"layer {k + 1}", self._row(k), values.z[k]
        dead, saturated = 0.0, 0.0
        if row is not None:
            dead, share = flat_shares(row, [(z, values.a[k])], -1)
            saturated = 0.0 if share is None else share
        if forward.nonfinite:
            self._miss("q", NOT_FINITE, name)
        elif forward.varied is None:
            self._miss("c", ONE_SAMPLE, name)
        elif forward.c is None:
            self._miss("c", ZERO, name)
        g = None
        if back.q is None:
            self._miss("g", "Its gradient is not finite.", name)
        else:
            g = Measured(back.q.value * scale**2, back.q.noise * scale**2)
        fan_in = self.network.layer_dims[k]
        return LayerMeasurement(
            name=name, role=LINEAR, kind="dense", use=1, uses=1, width=z.shape[1], points=len(z),
            nonlinearity="" if row is None else self.network.nonlinearity,
            head=k == self.network.depth - 1, residual=False,
            q=forward.q, g=g, c=forward.c, varied=forward.varied,
            rounding=rounding_share(float(np.finfo(z.dtype).eps), fan_in),
            dead=dead, saturated=saturated,
            units=own.units, distinct=own.distinct, distinct_up_to_sign=own.distinct_up_to_sign,
            tied=ties, nonfinite=forward.nonfinite, histogram=forward.histogram,
        )  # fmt: skip

    def _with_theory(self, entries: list[LayerMeasurement]) -> list[LayerMeasurement]:
        stages = []
        dims = self.network.layer_dims
        for k in range(self.network.depth):
            weight, bias = (self.parameters[f"{kind}{k + 1}"].astype(np.float64) for kind in "Wb")
            square, mean = float(np.mean(weight * weight)), float(np.mean(weight))
            if not random_like(mean, square, weight.size):
                self._miss("q_theory", MEAN, *(one.name for one in entries[k:]))
                break
            shift = float(np.mean(bias * bias))
            stages.append(Stage(square, shift, dims[k], dims[k + 1], self._row(k)))
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

    def _parameter(
        self, name: str, gradient: Array, optimizer: str, rate: float, opened: bool | None
    ) -> ParameterMeasurement:
        values = self.parameters[name].astype(np.float64)
        gradient = gradient.astype(np.float64)
        size, slope = math.sqrt(np.sum(values * values)), math.sqrt(np.sum(gradient * gradient))
        update = rate * (first_adam(iter([gradient])) if optimizer == "adam" else slope)
        ratio = None
        if math.isfinite(update) and math.isfinite(size):
            ratio = update / size if size else math.inf if update else 0.0
        else:
            self._miss("update_ratio", "Its numbers, or its gradient, are not finite.", name)
        constant = float(values.flat[0]) if values.min() == values.max() else None
        return ParameterMeasurement(
            name=name, layer=f"layer {name[1:]}", role="weight" if name[0] == "W" else "bias",
            size=values.size, norm=size, gradient_norm=slope, update_ratio=ratio,
            constant=constant, nonfinite=int((~np.isfinite(values)).sum()), reached=True,
            opened=opened,
        )  # fmt: skip

    def _steps(
        self, gradients: dict[str, Array]
    ) -> tuple[dict[str, bool], dict[str, Array], int]:  # fmt: skip
        """See whether steps of the others bring gradients where there are none.

        Returns:
            Which do; the sum of all gradients; and how many passes were made.
        """
        closed = [name for name, one in gradients.items() if not one.any()]
        opened = dict.fromkeys(closed, False)
        moving, passes = any(one.any() for one in gradients.values()), 1
        summed, theta = dict(gradients), dict(self.parameters)
        while closed and moving and passes < 3:
            theta = {
                name: one - one.dtype.type(TRIAL_RATE) * np.sign(np.nan_to_num(gradients[name]))
                for name, one in theta.items()
            }
            values = layers(self.network, theta, self.x)
            gradients, _ = backward(self.network, theta, self.x, values, self._error(values.z[-1]))
            passes += 1
            summed = {name: one + gradients[name] for name, one in summed.items()}
            moved = {name for name, one in gradients.items() if np.nan_to_num(one).any()}
            opened |= dict.fromkeys(moved & set(closed), True)
            closed, moving = [name for name in closed if not opened[name]], bool(moved)
        return opened, summed, passes

    def _prior_loss(self, y: Array) -> float:
        best = constant_outputs(self.network, y)
        return loss_value(self.network, np.repeat(best, len(y), axis=0), y)

    def _singular_values(self) -> tuple[float, ...]:
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
            self._miss("singular_values", "The Jacobian is not finite.")
        return found

    def _first_nonfinite(
        self, signals: list[Signal], loss: float | None, backwards: list[Signal],
        gradients: dict[str, Array],
    ) -> str:  # fmt: skip
        places = [] if np.isfinite(self.x).all() else ["inputs"]
        places += [name for name in self.network.parameter_names
                  if not np.isfinite(self.parameters[name]).all()]  # fmt: skip
        places += [f"output of layer {k}" for k, one in enumerate(signals, 1) if one.nonfinite]
        places += ["loss"] if loss is not None and not math.isfinite(loss) else []
        numbered = list(enumerate(backwards, 1))[::-1]
        places += [f"gradient of layer {k}" for k, one in numbered if one.nonfinite]
        places += [f"gradient of {k}" for k, one in gradients.items() if not np.isfinite(one).all()]
        return next(iter(places), "")
