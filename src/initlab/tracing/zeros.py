"""One step's numbers -> why a quantity is 0: which factor of its product is, or where two meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initlab.networks import DenseNetwork
from initlab.networks.nonlinearities import nonlinearity
from initlab.tracing.equations import activation_name, split
from initlab.tracing.step import Step, ordered_product
from initlab.tracing.wording import are

Array = NDArray[np.float64]
Lines = NDArray[np.intp] | slice
EVERY = slice(None)


@dataclass(frozen=True)
class ZeroReader:
    """Finds the cause of a 0 in the factors of the selected rows and columns.

    Columns of Z, A, dA, dZ, B, dB, W and dW are units of their layer; rows of W and dW are units
    of the layer before.
    """

    network: DenseNetwork
    step: Step

    def why(self, name: str, rows: Lines = EVERY, columns: Lines = EVERY) -> str:
        """Return the cause as a clause that follows "because"."""
        kind, layer = split(name)
        there = "" if rows is EVERY and columns is EVERY else " there"
        if kind == "Z":
            return self._z(layer, columns, there)
        if kind == "A":
            return self._a(layer, columns, there)
        if kind == "dA":
            return self._da(layer, columns, there)
        if kind == "dZ":
            return self._dz(layer, columns, there)
        if kind == "dW":
            return self._dw(layer, rows, columns, there)
        if kind == "dB":
            return self._db(layer, columns, there)
        return self._parameter(name, rows, columns, there)

    def _z(self, k: int, columns: Lines, there: str) -> str:
        a, w = self.step.activation(k - 1), self.step.before[f"W{k}"][:, columns]
        names = (activation_name(k - 1), f"W{k}")
        if is_zero(self.step.before[f"B{k}"][:, columns]):
            zero = [name for name, v in zip(names, (a, w), strict=True) if is_zero(v)]
            if zero:
                return are([*zero, f"B{k}"], "0") + there
            return f"{_meeting(a, w, *names, 'term')} and B{k} is 0{there}"
        return f"{names[0]} {names[1]} and B{k} cancel{there}"

    def _a(self, k: int, columns: Lines, there: str) -> str:
        z, f = self.step.forward[f"Z{k}"][:, columns], self.network.nonlinearity
        if k == self.network.depth:
            return f"Z{k} is so far below 0 that it rounds to 0"
        if is_zero(z):
            return f"Z{k} is 0{there} and {f}(0) = 0"
        if f == "relu":
            return f"Z{k} is nowhere above 0{there}"
        return f"{f}(Z{k}) is 0{there}"

    def _da(self, k: int, columns: Lines, there: str) -> str:
        dz, w = self.step.backward[f"dZ{k + 1}"], self.step.before[f"W{k + 1}"][columns]
        return _product(dz, w.T, f"dZ{k + 1}", f"W{k + 1}", "term", there)

    def _dz(self, k: int, columns: Lines, there: str) -> str:
        if k == self.network.depth:
            return f"prediction and target are equal{there}"
        f, z = self.network.nonlinearity, self.step.forward[f"Z{k}"][:, columns]
        a, da = self.step.forward[f"A{k}"][:, columns], self.step.backward[f"dA{k}"][:, columns]
        slope: Array = np.asarray(nonlinearity(f).derivative(z, a), dtype=np.float64)
        if is_zero(da):
            return f"dA{k} is 0{there}"
        if is_zero(slope):
            return f"{f}'(Z{k}) is 0{there}{_dead(f, k)}"
        return f"wherever dA{k} is not 0, {f}'(Z{k}) is{there}"

    def _dw(self, k: int, rows: Lines, columns: Lines, there: str) -> str:
        a, dz = self.step.activation(k - 1)[:, rows], self.step.backward[f"dZ{k}"][:, columns]
        return _product(a.T, dz, activation_name(k - 1), f"dZ{k}", "sample", there)

    def _db(self, k: int, columns: Lines, there: str) -> str:
        if is_zero(self.step.backward[f"dZ{k}"][:, columns]):
            return f"dZ{k} is 0{there}"
        return f"the samples of dZ{k} cancel{there}"

    def _parameter(self, name: str, rows: Lines, columns: Lines, there: str) -> str:
        before = self.step.before[name][rows][:, columns]
        if is_zero(before) and is_zero(self.step.backward[f"d{name}"][rows][:, columns]):
            return f"it was 0 and d{name} is 0{there}"
        return "the update ends exactly at 0"


def is_zero(value: Array) -> bool:
    """Whether every entry is exactly 0."""
    return not value.any()


def _dead(f: str, k: int) -> str:
    if f == "relu":
        return f" (dead ReLU: Z{k} is nowhere above 0)"
    return f" (saturated {f})" if nonlinearity(f).largest_slope is not None else ""


def _product(a: Array, b: Array, a_name: str, b_name: str, term: str, there: str) -> str:
    """Why the matrix product of a and b is 0."""
    zero = [name for name, value in ((a_name, a), (b_name, b)) if is_zero(value)]
    return are(zero, "0") + there if zero else _meeting(a, b, a_name, b_name, term) + there


def _meeting(a: Array, b: Array, a_name: str, b_name: str, term: str) -> str:
    """Why a product is 0 although neither factor is."""
    if is_zero(ordered_product(np.abs(a), np.abs(b))):
        return f"in every {term} {a_name} or {b_name} is 0"
    return f"its {term}s cancel"
