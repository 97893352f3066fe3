"""A diagnosis that is not healthy -> the smallest rules that make it so, by a second diagnosis."""

from __future__ import annotations

import copy
import math
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from initlab.diagnosis.diagnosis import Diagnosis
from initlab.errors import InitlabError
from initlab.initialization.batch import Batch
from initlab.initialization.module import initialize_by
from initlab.initialization.rules import Rules, rules
from initlab.networks.anatomy import BIAS, WEIGHT, Anatomy
from initlab.nonlinearities.gains import gain
from initlab.nonlinearities.mean_fields import edge_of_chaos

if TYPE_CHECKING:
    from torch.nn import Module

KEEP, AUTO = "keep", "auto"
FEW = 4  # parameters that are rather named one by one
SMALL_Q, SIGMA = 1.0, 0.5  # stds before a nonlinearity that is used near 0
Diagnose = Callable[..., Diagnosis]


def fixing(
    module: Module, found: Diagnosis, again: Diagnose, seed: int, inputs: Any = None
) -> Rules:
    """Return the first rules after which a copy of the module is healthy.

    They are tried from the smallest to the largest: the first layer that the worst finding names;
    the layers that findings name; all weights;
    all weights orthogonal at the edge of chaos. Where none makes it healthy, the one that trains
    best, or has the fewest findings, is returned. Healthy networks get rules that keep everything.
    """
    if not found.hindering:
        return rules({}, default=KEEP)
    best, least = rules({}, default=KEEP), (math.inf, math.inf)
    for given in _candidates(found):
        trial = drawn(module, given, seed, inputs)
        if trial is None:
            continue
        second = again(trial, against=found.trial and found.trial.reference)
        if second.healthy:
            return given
        loss = math.inf if second.trial is None else second.trial.own.best.loss
        rank = (float(len(second.hindering)), loss)
        if rank < least:
            best, least = given, rank
    warnings.warn(
        f"No init made {found.name} healthy. These rules come closest; the second diagnosis says "
        "what is left.", RuntimeWarning, stacklevel=4,
    )  # fmt: skip
    return best


def drawn(module: Module, given: Rules, seed: int, inputs: Any = None) -> Module | None:
    """Return a copy of a module, drawn by rules; None where it cannot be.

    ``inputs`` show the places of its layers where torch.fx cannot trace it.
    """
    one = copy.deepcopy(module)
    batch = None if inputs is None else Batch(inputs)
    try:
        initialize_by(one, given, seed, start=str(given), batch=batch)
    except InitlabError:
        return None
    return one


def references(
    module: Module, anatomy: Anatomy, seed: int, inputs: Any = None
) -> Iterator[tuple[str, Module]]:
    """Yield inits, and copies of a module that they drew, constants of its author or not."""
    layers = anatomy.layers
    biases = {one.name: "0" for one in anatomy.parameters if one.role == BIAS}
    for words, init in (("auto", _auto), ("orthogonal at the edge of chaos", _orthogonal)):
        weights = {one.name: init(layer) for layer in layers for one in layer.parameters
                   if one.fan is not None and not one.shared_with}  # fmt: skip
        made = drawn(module, rules({**biases, **weights}, default=AUTO), seed, inputs)
        if made is not None:
            yield words, made


def _auto(layer: Any) -> str:
    return AUTO


def _candidates(found: Diagnosis) -> Iterator[Rules]:
    named = {layer for one in found.hindering for layer in one.layers}
    every = list(found.measured.anatomy.layers)
    mine = [layer for layer in every if layer.name in named] or every
    spared = {name for one in found.findings if one.name == "kept_zeros" for name in one.where}
    spared |= {one.name for one in found.measured.parameters
               if one.constant == 0 and one.layer not in named}  # fmt: skip

    def table(layers: Any, init: Callable[[Any], str]) -> Rules:
        chosen = {}
        for layer in layers:
            for one in layer.parameters:
                if one.shared_with or not one.trained or one.name in spared:
                    continue
                chosen[one.name] = init(layer) if one.fan is not None else AUTO
        return rules(_shorter(chosen, found.measured.anatomy), default=KEEP)

    first = [layer for layer in every if layer.name in found.hindering[0].layers[:1]]
    if first and len(first) < len(mine):
        yield table(first, _auto)
    if len(mine) < len(every):
        yield table(mine, _auto)
    yield table(every, _auto)
    yield table(every, _orthogonal)


def _shorter(chosen: dict[str, str], anatomy: Anatomy) -> dict[str, str]:
    """Return the same rules by role, where all parameters of a role, or all but heads, have one."""
    heads = {one.name for layer in anatomy.layers if layer.head for one in layer.parameters}
    found: dict[str, str] = {}
    left, spared = dict(chosen), set[str]()
    for role in (WEIGHT, BIAS):
        names = {one.name for one in anatomy.parameters if one.role == role and not one.shared_with}
        inits = Counter(chosen[name] for name in names & chosen.keys())
        if len(names) <= FEW or not inits or not names - chosen.keys() <= heads:
            continue
        common = inits.most_common(1)[0][0]
        found[f"role:{role}"] = common
        spared |= names - chosen.keys()
        left = {name: one for name, one in left.items() if name not in names or one != common}
    return {**found, **dict.fromkeys(sorted(spared), KEEP), **left}


def _orthogonal(layer: Any) -> str:
    """Return orthogonal weights at the edge of chaos of what follows; auto for heads."""
    if layer.head or layer.role not in ("linear", "conv", "conv_transposed"):
        return AUTO
    name = layer.nonlinearity or "linear"
    try:
        found = edge_of_chaos(name)
        near_zero = found.q_star is None or found.q_star < SMALL_Q
        std = found.weight_std if near_zero else gain(name, "backward", SIGMA)
    except InitlabError:  # there is none of gelu
        try:
            std = gain(name, "backward", SIGMA)
        except InitlabError:
            return AUTO
    return f"orthogonal(gain={std:.6g})"
