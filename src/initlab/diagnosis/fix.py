"""A diagnosis that is not healthy -> the smallest rules that make it so, by a second diagnosis."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from initlab.diagnosis.diagnosis import Diagnosis
from initlab.diagnosis.runs import (
    AUTO,
    CRITICAL,
    HEADED,
    MIRROR_IMAGES,
    ON_DATA,
    TORCH_DEFAULT,
    UNFROZEN,
)
from initlab.errors import InitlabError
from initlab.initialization.batch import Batch
from initlab.initialization.module import initialize_by
from initlab.initialization.rules import Rule, Rules, Subject, rules
from initlab.modules.copied import copied
from initlab.modules.framework import load_torch
from initlab.networks.anatomy import BIAS, CONV, LINEAR, NORM, SCALE, WEIGHT, Anatomy, Layer
from initlab.nonlinearities.gains import gain
from initlab.nonlinearities.mean_fields import edge_of_chaos

if TYPE_CHECKING:
    from torch.nn import Module

KEEP, DEFAULT = "keep", "default"
MIRRORED = "gaussian_submatrix"
HALF = 0.5  # share of the layers: rules that draw more are chosen by how they train
FEW = 4  # parameters that are rather named one by one
FAR = 3.0  # times 1, or the targets' spread: what outputs of size 1 do not reach by themselves
SMALL_Q, SIGMA = 1.0, 0.5  # stds before a nonlinearity that is used near 0
Diagnose = Callable[..., Diagnosis]


def fixing(
    module: Module, found: Diagnosis, again: Diagnose, seed: int, inputs: Any = None
) -> Rules:
    """Return the smallest rules after which a copy of the module is healthy.

    They are tried from the smallest to the largest: what a trial found to mend it; the first layer
    that the worst finding names; the layers that findings name; all weights, those of heads too;
    all weights orthogonal at the edge of chaos. Zeros that no finding names stay. Of those that
    draw more than half of the layers, the one that trains best is taken. Where none makes it
    healthy, a warning says so, and that with the fewest findings is returned. Healthy networks get
    rules that keep everything.
    """
    if not found.hindering:
        return rules({}, default=KEEP)
    tried: list[tuple[int, float, Rules]] = []
    for given, share in _candidates(found):
        one = drawn(module, given, seed, inputs)
        if one is None:
            continue
        second = again(one, against=found.trial)
        if second.healthy and share <= HALF:
            return given
        loss = math.inf if second.trial is None else second.trial.own.best.loss
        tried.append((len(second.hindering), loss, given))
    left, _, best = min(tried, key=lambda one: one[:2], default=(1, 0.0, rules({}, default=KEEP)))
    if left:
        warnings.warn(
            f"None of the inits that were tried makes {found.name} healthy. The returned rules "
            "leave the fewest findings. To see these findings, initialize a copy of the model with "
            "the rules and diagnose the copy.",
            RuntimeWarning, stacklevel=4,
        )  # fmt: skip
    return best


def upon(init: Any, mending: Rules, anatomy: Anatomy) -> Rules:
    """Return rules that draw what an init draws, except for the parameters that others mend.

    Args:
        init: the init, of every parameter or by rules.
        mending: rules for a network that the init has drawn. What they keep is drawn by the init:
            no rule of theirs names it, so that constants of the author stay where they do.
        anatomy: description of the network.
    """
    own = init if isinstance(init, Rules) else rules({}, default=init)
    added = [one for one in mending.rules if one.init != KEEP]
    if len(added) < len(mending.rules) or mending.default != KEEP:
        added = []
        for layer in anatomy.layers:
            for one in layer.parameters:
                subject = Subject(one.name, one.part, layer.role, (layer.kind,), layer.head)
                found = mending.matching(subject)
                chosen = found[-1].init if found else mending.default
                if chosen is not None and chosen != KEEP:
                    added.append(Rule(one.name, chosen))
    return Rules((*own.rules, *added), own.default)


def drawn(
    module: Module, given: Rules, seed: int, inputs: Any = None, *, frozen: bool = False
) -> Module | None:
    """Return a copy of a module, drawn by rules; None where it cannot be.

    ``inputs`` show the places of its layers where torch.fx cannot trace it. With ``frozen``,
    parameters that are not trained are drawn as well, and stay frozen.
    """
    one = copied(module)
    still = [own for own in one.parameters()
             if frozen and not own.requires_grad and own.is_floating_point()]  # fmt: skip
    for own in still:
        own.requires_grad = True
    batch = None if inputs is None else Batch(inputs)
    try:
        initialize_by(one, given, seed, start=str(given), batch=batch)
    except InitlabError:
        return None
    for own in still:
        own.requires_grad = False
    return one


def references(
    module: Module, anatomy: Anatomy, seed: int, inputs: Any = None, *, only: str | None = None
) -> Iterator[tuple[str, Module]]:
    """Yield inits, and copies of a module that they drew, constants of its author or not.

    ``only`` names the one that is drawn; None draws all but that on data, the last resort.
    """
    layers = anatomy.layers
    biases = {one.name: "0" for one in anatomy.parameters if one.role == BIAS}
    norms = {one.name: "0" if one.role == BIAS else "1"
             for layer in layers if layer.role == NORM for one in layer.parameters
             if one.role in (BIAS, SCALE)}  # fmt: skip

    def drawing(init: Callable[[Layer], str]) -> Rules:
        weights = {one.name: init(layer) for layer in layers for one in layer.parameters
                   if one.fan is not None and not one.shared_with}  # fmt: skip
        return rules({**biases, **norms, **weights}, default=AUTO)

    each = {
        HEADED: drawing(_auto_but_heads), AUTO: drawing(_auto),
        CRITICAL: drawing(_orthogonal_body),
        TORCH_DEFAULT: rules(norms, default=DEFAULT),
    }  # fmt: skip
    if any(_mirrored(layer) == MIRRORED for layer in layers):
        each[MIRROR_IMAGES] = drawing(_mirrored)
    if only == ON_DATA:
        each[ON_DATA] = drawing(_on_data)
    found = [(words, given, False) for words, given in each.items()]
    if any(one.fan is not None and not one.trained for one in anatomy.parameters):
        found.append((UNFROZEN, each[CRITICAL], True))
    for words, given, frozen in found:
        if only not in (None, words):
            continue
        made = drawn(module, given, seed, inputs, frozen=frozen)
        if made is not None:
            yield words, made


def to_targets(module: Module, anatomy: Anatomy, target: Any) -> None:
    """Give the outputs of a drawn module the mean and the spread of a regression's targets.

    Targets near 0 and of size 1 are left to the weights; so are those of several heads.
    """
    torch = load_torch()
    heads = [layer for layer in anatomy.layers if layer.head]
    if len(heads) != 1 or not isinstance(target, torch.Tensor) or not target.is_floating_point():
        return
    head = module.get_submodule(heads[0].name)
    weight, bias = (getattr(head, name, None) for name in (WEIGHT, BIAS))
    rows = target.detach().reshape(len(target), -1)
    if weight is None or bias is None or len(rows) < 2 or len(bias) != rows.shape[1]:
        return
    mean, spread = rows.mean(dim=0), rows.std(dim=0).mean()
    if spread > 0 and (mean.abs().max() > FAR * spread or not 1 / FAR < spread < FAR):
        with torch.no_grad():
            weight.mul_(spread)
            bias.copy_(mean)


def _auto(layer: Layer) -> str:
    return AUTO


def _auto_but_heads(layer: Layer) -> str:
    """Return auto; for heads, outputs as large as their inputs, which learn sooner."""
    return _orthogonal(layer) if layer.head else AUTO


def _mirrored(layer: Layer) -> str:
    """Return weights whose ReLU layers begin as a linear network, which loses no input."""
    fans = [one.fan for one in layer.parameters if one.fan is not None]
    if layer.head or layer.role != LINEAR or layer.nonlinearity != "relu":
        return AUTO
    even = all(fan.fan_in % 2 == fan.fan_out % 2 == 0 for fan in fans)
    return MIRRORED if fans and even else AUTO


def _on_data(layer: Layer) -> str:
    """Return weights whose outputs are as large as they should be, whatever is done to them."""
    return "lsuv" if layer.role in (LINEAR, CONV) and not layer.head else AUTO


def _candidates(found: Diagnosis) -> Iterator[tuple[Rules, float]]:
    """Yield rules, and the share of the layers that they draw; zeros of the others stay."""
    named = {layer for one in found.hindering for layer in one.layers}
    every = found.measured.anatomy.layers
    zeros = {one.name for one in found.measured.parameters
             if one.constant == 0 and one.layer not in named}  # fmt: skip

    def table(layers: Sequence[Layer], init: Callable[[Layer], str]) -> tuple[Rules, float]:
        chosen = {
            one.name: init(layer) if one.fan is not None else AUTO
            for layer in layers for one in layer.parameters
            if one.trained and not one.shared_with and one.name not in zeros
        }  # fmt: skip
        given = rules(_shorter(chosen, found.measured.anatomy), default=KEEP)
        return given, len(layers) / len(every)

    if alone := {name: init for one in found.hindering for name, init in one.rules}:
        yield rules(alone, default=KEEP), 0.0
    mine = [layer for layer in every if layer.name in named]
    first = [layer for layer in mine if layer.name in found.hindering[0].layers[:1]]
    if len(first) < len(mine):
        yield table(first, _auto)
    if len(mine) < len(every):
        yield table(mine, _auto)
    yield table(every, _auto)
    yield table(every, _orthogonal)
    if found.trial is not None and found.trial.reference.init == ON_DATA:
        yield table(every, _on_data)


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


def _orthogonal_body(layer: Layer) -> str:
    """Return orthogonal weights; auto for heads."""
    return AUTO if layer.head else _orthogonal(layer)


def _orthogonal(layer: Layer) -> str:
    """Return orthogonal weights at the edge of chaos of what follows; of gain 1 for heads."""
    if layer.role not in ("linear", "conv", "conv_transposed"):
        return AUTO
    if layer.head:
        return "orthogonal(gain=1)"
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
