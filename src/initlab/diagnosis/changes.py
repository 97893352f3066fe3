"""A module -> copies of it in which one group of parameters is changed, all else as it is."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from initlab.diagnosis.against import LEAST, Difference
from initlab.diagnosis.finding import listed
from initlab.diagnosis.trial import Trial
from initlab.modules.copied import copied
from initlab.modules.framework import load_torch
from initlab.networks.anatomy import BARE, Anatomy
from initlab.numbers import shown
from initlab.randomness import INIT, generator_for

if TYPE_CHECKING:
    from torch.nn import Module

GROUPS = 4  # that are changed, the largest first
TIMES = (0.1, 10.0)
ABOVE_ONE, HALF = (1.05, 3.0), 0.5  # a factor that may be used again and again, and a smaller one
MOST_LAYERS = 12  # that are drawn again one by one


@dataclass(frozen=True)
class Change:
    """One group of parameters, and what is done to it.

    Attributes:
        words: what it is then, to follow "the same network with".
        where: the parameters, or layers.
        layers: that hold them.
        make: seed -> a copy of the module with the change.
        drawn: whether the seed matters.
        small: whether the size changes by less than two draws of one layer may differ.
        name: of the finding, where the change makes a network train better; "" for none.
        state: what the parameters are like before, a sentence.
        fix: what to do.
        rules: inits, by parameter, that do it.
    """

    words: str
    where: tuple[str, ...]
    layers: tuple[str, ...]
    make: Callable[[int], Module] = field(repr=False)
    drawn: bool
    name: str
    state: str
    fix: str
    rules: tuple[tuple[str, str], ...] = ()
    small: bool = False

    def difference(self, trial: Trial) -> Difference:
        """Return what is wrong with the network as it is, as a trial beside the change shows."""
        losses = trial.lowest_losses(f"the same network with {self.words}")
        evidence = f"{self.state} {losses}"
        return Difference(self.name, self.where, evidence, self.layers, plain=True, alone=True,
                          fix=self.fix, rules=self.rules)  # fmt: skip


def changes(module: Module, anatomy: Anatomy, *, frozen: bool) -> Iterator[Change]:
    """Yield what to try with what the references leave as it is.

    Those are the parameters that no layer of a known class holds: no reference knows how to draw
    them. They are multiplied by 0.1 and by 10, by 0.5 if their root mean square is 1.05 to 3, and
    drawn anew with two stds, if these differ from their own. Parameters of one name, such as
    "blocks.0.scale" and "blocks.1.scale", are one group. Weights that a parametrization, such as a
    spectral norm, computes from others are tried without it.

    Args:
        module: the module.
        anatomy: its description.
        frozen: whether to train the frozen parameters too, as one more change.
    """
    own = dict(module.named_parameters())
    if frozen and (still := [name for name, one in own.items()
                             if not one.requires_grad and one.is_floating_point()]):  # fmt: skip
        yield _trained(module, still)
    if bound := [name for name, one in module.named_modules() if _bound(one)]:
        yield _free(module, bound)
    groups: dict[str, list[str]] = {}
    for layer in anatomy.layers:
        for one in layer.parameters if layer.role == BARE else ():
            tensor = own.get(one.name)
            if tensor is None or not tensor.numel() or not tensor.is_floating_point():
                continue
            bare = ".parametrizations." not in one.name and not one.shared_with
            if bare and one.trained and not one.nonfinite:
                groups.setdefault(re.sub(r"\d+", "*", one.name), []).append(one.name)
    by_size = sorted(groups.values(), key=lambda names: -sum(own[one].numel() for one in names))
    for names in by_size[:GROUPS]:
        yield from _of_group(module, names, [own[name].detach() for name in names])


def single_layers(
    module: Module, reference: Module, anatomy: Anatomy, *, only: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Module]]:
    """Yield layers, and copies of a module in which they alone are as in its reference.

    Of a network of more than MOST_LAYERS, those of one name, such as "blocks.0.fc" and
    "blocks.1.fc", are taken together; where these are too many names, or most layers have one of
    them, so many layers that follow one another. Layers that are equal in both are left out.
    ``only`` names those of one copy.
    """
    torch, drawn = load_torch(), dict(reference.named_parameters())
    own, bases = dict(module.named_parameters()), dict(reference.named_buffers())
    layers = {layer.name: names for layer in anatomy.layers
              if layer.role != BARE and not layer.shared_with
              and (names := [*(one.name for one in layer.parameters if one.name in own),
                             *_computed_from(layer.name, own)])}  # fmt: skip
    for group in [list(only)] if only else _groups([*layers]):
        names = [one for name in group for one in layers[name]]
        if all(one in drawn and torch.equal(own[one], drawn[one]) for one in names):
            continue
        one = copied(module)
        parameters = dict(one.named_parameters())
        with torch.no_grad():
            for name in names:
                if name in drawn and drawn[name].shape == parameters[name].shape:
                    parameters[name].copy_(drawn[name])
            buffers = dict(one.named_buffers())
            for name in (name for layer in group for name in _computed_from(layer, buffers)):
                if name in bases and bases[name].shape == buffers[name].shape:
                    buffers[name].copy_(bases[name])
        yield tuple(group), one


def _computed_from(layer: str, names: Iterable[str]) -> list[str]:
    """Return the parameters or buffers from which parametrizations compute a layer's weights."""
    return [one for one in names if layer and one.startswith(f"{layer}.parametrizations.")]


def _groups(layers: Sequence[str]) -> list[list[str]]:
    """Return which layers are drawn together; none for a single layer."""
    if len(layers) <= MOST_LAYERS:
        return [[one] for one in layers] if len(layers) > 1 else []
    named: dict[str, list[str]] = {}
    for one in layers:
        named.setdefault(re.sub(r"\d+", "*", one), []).append(one)
    groups = [*named.values()]
    if len(groups) <= MOST_LAYERS and 2 * max(map(len, groups)) <= len(layers):
        return groups
    size = -(-len(layers) // MOST_LAYERS)
    return [list(layers[k : k + size]) for k in range(0, len(layers), size)]


def _of_group(module: Module, names: Sequence[str], tensors: Sequence[Any]) -> Iterator[Change]:
    torch = load_torch()
    every = torch.cat([one.reshape(-1).double() for one in tensors])
    size = float(every.square().mean().sqrt())
    constant = bool((every == every[0]).all())
    matrices = all(one.dim() > 1 for one in tensors)
    equal = matrices and all(len(one) > 1 and one[0].numel() > 1 and bool((one == one[:1]).all())
                             for one in tensors)  # fmt: skip
    called = listed(names)
    of = "All rows of" if len(names) == 1 else "In each of"
    are = " are equal." if len(names) == 1 else ", all rows are equal."
    rows = f" {of} {called}{are}" if equal and size else ""
    have = "has" if len(names) == 1 else "have"
    state = f"{called} {have} root mean square {_text(size)}.{rows}"

    def change(words: str, new: float, fix: str, *, drawn: bool) -> Change:
        init = f"normal(std={new:.3g})"
        if constant and not drawn:
            init = f"constant(value={math.copysign(new, float(every[0])):.3g})"

        def make(seed: int) -> Module:
            generator = generator_for(seed, f"diagnosis, {names[0]}", INIT)
            one = copied(module)
            parameters = dict(one.named_parameters())
            with torch.no_grad():
                for name in names:
                    old = parameters[name]
                    numbers: Any = new / size * old if not drawn else new * torch.from_numpy(
                        generator.standard_normal(tuple(old.shape)))  # fmt: skip
                    old.copy_(numbers)
            return one

        name = ""
        if size > LEAST * new or (new < size and not drawn):
            name = "exploding_signal"
        elif LEAST * size < new:
            name = "vanishing_signal"
        elif equal and drawn:
            name = "identical_units"
        given = tuple((name, init) for name in names)
        small = size < LEAST * new and new < LEAST * size
        return Change(words, tuple(names), _layers(names), make, drawn, name, state, fix, given,
                      small)  # fmt: skip

    low, high = ABOVE_ONE
    halved = (HALF,) if low < size < high else ()
    for times in (*TIMES, *halved) if size else ():
        yield change(
            f"{called} multiplied by {times:g}", times * size,
            f"Multiply {called} by {times:g}; a smaller or larger factor may be better.",
            drawn=False,
        )  # fmt: skip
    stds = [1.0]
    if matrices:
        stds.append(1 / math.sqrt(max(one.shape[-1] for one in tensors)))
    for std in stds:
        if equal or not std / LEAST < size < LEAST * std:
            yield change(
                f"{called} drawn from a normal distribution with std {_text(std)}", std,
                f"Draw {called} from a normal distribution with std {_text(std)}.", drawn=True,
            )  # fmt: skip


def _trained(module: Module, names: Sequence[str]) -> Change:
    def make(seed: int) -> Module:
        one = copied(module)
        for parameter in one.parameters():
            if parameter.is_floating_point():
                parameter.requires_grad = True
        return one

    single = len(names) == 1
    frozen = ("is frozen: training does not change it" if single
              else "are frozen: training does not change them")  # fmt: skip
    return Change(
        "its frozen parameters trained too", _shortly(module, names), _layers(names), make, False,
        "no_gradient", f"{listed(names)} {frozen}.",
        "Train the frozen parameters (requires_grad=True), or load their values from a "
        "trained model.",
    )  # fmt: skip


def _shortly(module: Module, names: Sequence[str]) -> tuple[str, ...]:
    """Return parameters, but layers of which all of them are among these by their own names."""
    layers = dict(module.named_modules())
    whole = {name for name in _layers(names) if name and all(
        f"{name}.{own}" in names for own, _ in layers[name].named_parameters())}  # fmt: skip
    return tuple(dict.fromkeys(
        layer if (layer := name.rpartition(".")[0]) in whole else name for name in names
    ))  # fmt: skip


def _layers(names: Sequence[str]) -> tuple[str, ...]:
    """Return the modules that hold these parameters."""
    return tuple(dict.fromkeys(name.rpartition(".")[0] for name in names))


def _bound(layer: Module) -> list[Any]:
    """Return the parametrizations of a layer that compute a weight from one of its own size."""
    every: Any = getattr(layer, "parametrizations", None) or {}
    return [one for one in every.values() if hasattr(one, "original")]


def _free(module: Module, names: Sequence[str]) -> Change:
    def make(seed: int) -> Module:
        one = copied(module)
        for layer in one.modules():
            for every in _bound(layer):  # the layer's class is that of the original: it stays
                for k in range(len(every)):
                    every[k] = load_torch().nn.Identity()
        return one

    own = dict(module.named_modules())
    parts = [part for name in names for every in _bound(own[name]) for part in every]
    kinds = listed([type(one).__name__.lstrip("_") for one in parts])
    return Change(
        f"its stored weights instead of the weights computed by {kinds}", tuple(names),
        tuple(names), make, False, "", f"The weights of {listed(names)} are computed by "
        f"{kinds} from stored weights.",
        f"Leave {kinds} out, or multiply the outputs of {listed(names)} by a number above 1.",
    )  # fmt: skip


def _text(value: float) -> str:
    return shown(value, ".2g")
