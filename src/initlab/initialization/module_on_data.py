"""A drawn module and a batch -> weights, biases and running statistics, set by data methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from initlab.initialization.assignments import Assignment
from initlab.initialization.batch import Batch, Run, computing
from initlab.initialization.chosen import remember
from initlab.initialization.copies import Copies
from initlab.initialization.module_layer import (
    ModuleLayer,
    left,
    outputs_of,
    uses_of,
    write_numbers,
)
from initlab.initialization.moments import moments_of
from initlab.initialization.on_data import (
    Adjusted,
    adjusted,
    missed,
    prior_bias,
    sentence,
    shifts,
)
from initlab.initialization.report import ParameterRow
from initlab.initialization.rules import Rule, Rules, Subject
from initlab.initializers.entry import BIASES
from initlab.initializers.spec import Initializer
from initlab.modules.anatomy import plain_name
from initlab.modules.computation import computed
from initlab.modules.framework import load_torch
from initlab.modules.layers import qualified_name
from initlab.networks.anatomy import BIAS, LOOKUP, NORM, WEIGHT

Norms = Mapping[str, tuple[Any, Rule]]  # by name, a norm and the rule of its running statistics


def calibrated_norms(module: Any, given: Rules) -> Norms:
    """Return the norms whose running statistics a rule decides, by name, and that rule."""
    found: dict[str, tuple[Any, Rule]] = {}
    for name, layer in module.named_modules():
        if not isinstance(layer, load_torch().nn.modules.batchnorm._NormBase):
            continue
        if layer.running_mean is None:
            continue
        classes = tuple(map(qualified_name, type(layer).__mro__[:-1]))
        full = f"{plain_name(name)}.running_mean".removeprefix(".")
        matching = given.matching(Subject(full, None, NORM, classes, statistics=True))
        given.refuse_doubles({full: matching})
        if matching:
            found[plain_name(name)] = layer, matching[-1]
    return found


def set_on_data(
    module: Any, found: Sequence[Assignment], rows: Sequence[ParameterRow],
    norms: Norms, batch: Batch, seed: int,
) -> tuple[tuple[ParameterRow, ...], tuple[str, ...]]:  # fmt: skip
    """Let data methods set what they are for, in the order of computation.

    Args:
        module: its parameters are drawn.
        found: what was done with each parameter.
        rows: the rows of the report.
        norms: those whose running statistics the data gives.
        batch: what is looked at.
        seed: of numbers that the model draws while it computes.

    Returns:
        The rows, and sentences about what could not be reached.

    Raises:
        InitlabError: the model fails on the data, or numbers leave their dtype; the model may
            be half done.
    """
    notes: list[str] = []
    changed = {one.row.name: row for one, row in zip(found, rows, strict=True)}
    run = Run(module, batch, seed)
    weights = [one for one in found if one.on_data is not None and not one.on_data.sets
               and one.member.role not in ("", BIAS)]  # fmt: skip
    if weights:
        _set_weights(run, found, weights, changed, notes)
    for one in found:
        if one.on_data is not None and one.on_data.sets == BIASES:
            width = int(np.prod(one.row.shape))
            bias, words = prior_bias(batch.targets, width, batch.kind, where=one.row.name)
            write_numbers(one.member, load_torch().from_numpy(bias).view(one.row.shape))
            changed[one.row.name] = replace(
                _now(one, changed[one.row.name]), note=words, std=None, mean=None
            )
    if norms:
        _calibrate(module, norms, batch, seed)
    return tuple(changed.values()), tuple(notes)


def _set_weights(
    run: Run, found: Sequence[Assignment], weights: Sequence[Assignment],
    changed: dict[str, ParameterRow], notes: list[str],
) -> None:  # fmt: skip
    calls, layers = run.calls(), list[tuple[Assignment, ModuleLayer, Assignment | None]]()
    uses = {one.row.name: uses_of(one.member, calls) for one in weights}
    for one in sorted(weights, key=lambda one: min(uses[one.row.name], default=len(calls))):
        numbers = uses[one.row.name]
        reason, attention = left(one.member, calls, numbers)
        assert one.on_data is not None
        if one.member.role == LOOKUP and shifts(one.on_data):
            reason = "this weight is a table: its rows are looked up, not multiplied by inputs"
        if reason:
            row = changed[one.row.name]
            changed[one.row.name] = replace(row, note=_joined(row.note, f"not adjusted: {reason}"))
            notes.append(f"{one.on_data} does not adjust {one.row.name}: {reason}.")
            continue
        beside = _bias_of(one, found)
        layer = ModuleLayer(one.member, None if beside is None else beside.member, numbers, run,
                            attention)  # fmt: skip
        layers.append((one, layer, beside))
    done: list[Adjusted] = []
    for one, layer, _ in layers:
        assert one.on_data is not None
        done.append(adjusted(layer, one.on_data))
        layer.finish()
    after = outputs_of([layer for _, layer, _ in layers], run)
    for (one, _, beside), change, outputs in zip(layers, done, after, strict=True):
        assert one.on_data is not None
        units = change.factors is None
        words = sentence(outputs, change, centred=beside is not None)
        row, alone = _now(one, changed[one.row.name]), change.factors or ()
        std = row.std * alone[0] if row.std is not None and len(alone) == 1 else None
        changed[one.row.name] = replace(row, note=_joined(row.note, words), std=std)
        if beside is not None:
            own = _now(beside, changed[beside.row.name])
            changed[beside.row.name] = replace(own, law=f"{one.on_data}, bias", std=None, mean=None)
        notes += filter(None, [missed(one.row.name, one.on_data, outputs, units=units)])


def _bias_of(weight: Assignment, found: Sequence[Assignment]) -> Assignment | None:
    """Return the bias that a method sets beside a weight: where no rule names it by itself."""
    if weight.on_data is None or not shifts(weight.on_data):
        return None
    owner = weight.member.owner
    beside = [one for one in found if one.member.owner == owner and one is not weight
              and one.member.part is not None]  # fmt: skip
    biases = [one for one in beside if one.member.role == BIAS]
    name = weight.member.local.replace("weight", "bias")
    named = [one for one in biases if one.member.local == name]
    if not named and len(biases) == 1 and all(one.member.role != WEIGHT for one in beside):
        named = biases  # the only one of the only weight
    return named[0] if named and named[0].on_data == weight.on_data else None


def _calibrate(module: Any, norms: Norms, batch: Batch, seed: int) -> None:
    """Average the statistics of norms over the parts of the data; all others stay as they are."""
    together: dict[int, list[Any]] = {}  # by the number of parts
    for norm, rule in norms.values():
        assert isinstance(rule.init, Initializer)
        together.setdefault(rule.init.values()["batches"], []).append(norm)
    for batches, chosen in together.items():
        others = Copies((), [module], but=chosen)
        momenta = [(norm, norm.momentum) for norm in chosen]
        try:
            for norm in chosen:
                norm.reset_running_stats()
                norm.momentum = None  # torch's cumulative average
            for part in batch.parts(batches):
                with computing(module, seed):
                    computed(module, part)
        finally:
            for norm, momentum in momenta:
                norm.momentum = momentum
            others.put_back()


def _now(one: Assignment, row: ParameterRow) -> ParameterRow:
    """Return a row with the numbers that its parameter has now."""
    for tensor in one.member.held:
        remember(tensor)
    return row.holding(moments_of(one.member.now()))


def _joined(*words: str) -> str:
    return "; ".join(filter(None, words))
