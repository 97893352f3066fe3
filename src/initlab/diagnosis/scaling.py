"""A batch -> how large its inputs and targets are; and the same data, standardized."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from initlab.diagnosis.data import measured_data
from initlab.diagnosis.inputs import Inputs
from initlab.diagnosis.measurements import TARGETS, DataMeasurement
from initlab.modules.framework import load_torch

FARTHEST = 5.0  # standard deviations: what a column holds that was constant where it was measured
STANDARDIZED = "standardized"


def data_of(inputs: Inputs) -> tuple[DataMeasurement, ...]:
    """Return how large the floating numbers of a batch are, its targets last; none if drawn."""
    if inputs.random:
        return ()
    places = [*_floating(inputs)]
    target = inputs.target
    if isinstance(target, load_torch().Tensor) and target.is_floating_point() and target.dim():
        places.append((TARGETS, target))
    found = (measured_data(where, *_moments(one)) for where, one in places)
    return tuple(one for one in found if one is not None)


def beside_codes(
    inputs: Inputs, measured: Collection[DataMeasurement]
) -> tuple[DataMeasurement, ...]:
    """Return how large data are whose columns of whole numbers, of a table of others, are codes."""
    found = {one.where: one for one in measured}
    for where, values in _floating(inputs):
        whole = (values == values.round()).all(dim=0).cpu().numpy() if values.dim() == 2 else None
        if whole is not None and whole.any() and not whole.all() and where in found:
            old = found[where]
            means, stds = np.where(whole, 0.0, old.means), np.where(whole, 1.0, old.stds)
            new = measured_data(where, means, stds)
            assert new is not None
            found[where] = replace(new, typical_size=old.typical_size, codes=tuple(whole.tolist()))
    return tuple(found.values())


def are_equal(inputs: Inputs) -> bool:
    """Whether all samples of a batch, of two or more, have the same inputs."""
    torch = load_torch()
    every = inputs.given.values() if isinstance(inputs.given, dict) else inputs.given
    sized = [one for one in every if isinstance(one, torch.Tensor) and one.dim()]
    if inputs.random or inputs.samples < 2 or any(len(one) != inputs.samples for one in sized):
        return False
    return bool(sized) and all(bool((one == one[:1]).all()) for one in sized)


def standardized(
    inputs: Inputs, measured: Collection[DataMeasurement], places: Collection[str]
) -> Inputs:
    """Return a batch, and the batches of a trial, with what stands at some places standardized.

    Each column is shifted and scaled by the mean and the standard deviation that were measured of
    it; a constant one is only shifted. Inputs farther than 5 standard deviations are cut there.
    """
    scales = {one.where: one for one in measured if one.where in places}

    def change(batch: Inputs) -> Inputs:
        given: Any = batch.given
        new = {where: _scaled(value, scales[where], FARTHEST)
               for where, value in _floating(batch) if where in scales}  # fmt: skip
        if isinstance(given, Mapping):
            given = {name: new.get(_place(name, given), one) for name, one in given.items()}
        else:
            given = tuple(new.get(_place(k, given), one) for k, one in enumerate(given))
        target = batch.target
        if TARGETS in scales:
            target = _scaled(target, scales[TARGETS], math.inf)
        return replace(batch, given=given, target=target)

    batches = None if inputs.batches is None else inputs.batches.changed(change)
    return replace(change(inputs), batches=batches, words=f"{inputs.words}, {STANDARDIZED}")


def _floating(inputs: Inputs) -> Iterator[tuple[str, Any]]:
    """Yield the places and the floating tensors of a batch that have an entry per sample."""
    given: Any = inputs.given
    for key, one in given.items() if isinstance(given, dict) else enumerate(given):
        if (isinstance(one, load_torch().Tensor) and one.is_floating_point() and one.dim()
                and len(one) == inputs.samples):  # fmt: skip
            yield _place(key, given), one


def _place(key: int | str, given: Collection[Any]) -> str:
    return "inputs" if len(given) == 1 else f"inputs[{key!r}]"


def _moments(values: Any) -> tuple[Any, ...]:
    """Return mean and standard deviation of each column of a table; of images, of all numbers."""
    torch = load_torch()
    values = values.detach()
    values = values if values.dtype.itemsize >= 4 else values.float()
    axes = [0] if values.dim() == 2 else [*range(values.dim())]
    variance, mean = torch.var_mean(values, dim=axes, correction=0)
    std = variance.double().sqrt()
    return tuple(one.double().reshape(-1).cpu().numpy() for one in (mean, std))


def _scaled(values: Any, by: DataMeasurement, farthest: float) -> Any:
    torch = load_torch()
    mean, std = (torch.tensor(one, dtype=torch.float64, device=values.device)
                 for one in (by.means, by.stds))  # fmt: skip
    std = torch.where(std > 0, std, torch.ones_like(std))
    if by.columns == 1:
        mean, std = mean[0], std[0]
    scaled = ((values.double() - mean) / std).clamp(-farthest, farthest).to(values.dtype)
    if by.codes:
        scaled = torch.where(torch.tensor(by.codes, device=values.device), values, scaled)
    return scaled
