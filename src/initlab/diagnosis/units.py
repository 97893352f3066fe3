"""Measured units -> findings: equal ones, dead ones, saturated ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from initlab.diagnosis.blame import shifted_norms
from initlab.diagnosis.finding import (
    GENERAL_INIT,
    NOTE,
    SLOWS,
    STOPS,
    SUSPECT,
    Finding,
    graded,
    listed,
    percent,
)
from initlab.diagnosis.measurements import LayerMeasurement, Measurements
from initlab.networks.anatomy import RECURRENT, SCALE
from initlab.networks.layer_name import called

MANY_TIED, FEW_TIED = 0.5, 0.05  # share of a layer's units that another one copies for ever
ALL_DEAD, MANY_DEAD = 0.95, 0.6
ALL_SATURATED, MANY_SATURATED = 0.98, 0.6
MANY_CLOSED = 0.9  # of a gate: long memories begin with many closed input gates
SUSPECT_SHARE = 0.3
FORGET = "forget"
ZERO = 1e-8  # root mean square of a scale that lets nothing pass
CLOSED_GATES = {  # what such gates are like, and the effect
    "input": (
        "are closed: nothing new enters a cell whose input gate is closed.",
        "The cells hardly take in their inputs, and the gates hardly learn.",
    ),
    "output": (
        "are closed: the output of a unit is near 0 while its output gate is closed.",
        "What the cells hold hardly reaches the next layer, and the gates hardly learn.",
    ),
    "update": (
        "are near 1: a unit whose update gate is 1 keeps its state.",
        "The inputs hardly change the layer's state, and the gates hardly learn.",
    ),
}


def equal_units(measured: Measurements) -> Iterator[Finding]:
    """Units of a layer are equal, and get equal gradients."""
    layers = [one for one in measured.layers if one.use == 1 and one.units > 1 and not one.head]
    tied = [one for one in layers if one.tied and one.tied >= FEW_TIED * one.units]
    if tied:
        every = all(one.distinct == 1 and one.tied == one.units for one in layers)
        many = max(one.tied / one.units for one in tied) >= MANY_TIED
        worst = min(tied, key=lambda one: one.distinct / one.units)
        constant = [one.name for layer in tied for one in measured.of(layer.name)
                    if one.constant is not None and one.role == "weight"]  # fmt: skip
        same = f" All values of {listed(constant)} are equal." if constant else ""
        yield Finding(
            "identical_units", STOPS if every else SLOWS if many else NOTE,
            tuple(one.name for one in tied),
            f"{_copied(worst)}; equal units get equal gradients.{same}",
            "Equal units stay equal: the layer learns no more than its distinct units alone would.",
            f"Draw the weights of {listed([one.name for one in tied])} at random.",
            layers=tuple(one.name for one in tied),
        )  # fmt: skip
    mirrored = [one for one in layers if one not in tied and one.distinct_up_to_sign
                and not measured.begins_at_zero(one.name)
                and one.distinct_up_to_sign < (1 - FEW_TIED) * one.units]  # fmt: skip
    if mirrored:
        worst = min(mirrored, key=lambda one: one.distinct_up_to_sign / one.units)
        yield Finding(
            "identical_units", SUSPECT, tuple(one.name for one in mirrored),
            f"Apart from sign and scale, {_different(worst)}, but the units get different "
            "gradients.",
            "Until training makes the units different, the layer does no more than a layer with "
            "fewer units.",
            f"Draw the weights of {listed([one.name for one in mirrored])} at random.",
            layers=tuple(one.name for one in mirrored),
        )  # fmt: skip


def zero_scales(measured: Measurements) -> Iterator[Finding]:
    """A norm multiplies everything by 0, and no gate opens it."""
    closed = [one for one in measured.parameters
              if one.role == SCALE and one.norm <= ZERO * math.sqrt(max(1, one.size))
              and not one.opened and not one.gradient_norm]  # fmt: skip
    if closed:
        yield Finding(
            "vanishing_signal", STOPS, tuple(one.name for one in closed),
            f"All values of {listed([one.name for one in closed])} are 0, or close to 0, and get "
            "no gradient.", "Nothing passes a normalization layer whose weights are 0.",
            f"Set all values of {listed([one.name for one in closed])} to 1.",
            layers=tuple(dict.fromkeys(one.layer for one in closed)),
            explains=("dead_units", "no_gradient", "inputs_indistinguishable",
                      "vanishing_gradient", "vanishing_signal", "identical_units"),
        )  # fmt: skip


@dataclass(frozen=True)
class Flat:
    """Heads, or hidden layers, many of whose units are flat.

    Attributes:
        severity: by the worst of them.
        worst: the layer with the largest share.
        share: that share.
        where: names of those that are nearly as bad.
        layers: names of all.
    """

    severity: str
    worst: LayerMeasurement
    share: float
    where: tuple[str, ...]
    layers: tuple[str, ...]


def dead_units(measured: Measurements) -> Iterator[Finding]:
    """Units pass no gradient at any point of the batch."""
    shares = [(one, one.dead) for one in measured.layers
              if one.dead is not None and one.dead > (one.saturated or 0.0)
              and one.q is not None and one.q.value > 0]  # fmt: skip
    for one in _flat(shares, MANY_DEAD, ALL_DEAD):
        head = one.worst.head
        norms = () if head else shifted_norms(measured, one.layers)
        yield Finding(
            "dead_output" if head else "dead_units", one.severity,
            (*norms, *one.where),
            f"The activations of {percent(one.share)} of the {one.worst.width} units of "
            f"{called(one.worst.name)} have slope 0 at {_points(one.worst)}.{_because(norms)}",
            "No gradient passes a dead output: the network learns nothing from it." if head else
            "No gradient passes a dead unit: its weights do not change as long as it is dead.",
            "Remove the nonlinearity after the last layer, or set the bias of that "
            "layer above 0." if head else
            "Draw smaller weights, or set the biases to 0 or above.",
            layers=one.layers,
            explains=("no_gradient", "vanishing_gradient", "vanishing_signal",
                      "inputs_indistinguishable"),
        )  # fmt: skip


def saturated_units(measured: Measurements) -> Iterator[Finding]:
    """Units sit on the flat ends of a bounded nonlinearity."""
    shares = [(one, one.saturated) for one in measured.layers if one.saturated is not None]
    for one in _flat(shares, MANY_SATURATED, ALL_SATURATED):
        head = one.worst.head
        norms = () if head else shifted_norms(measured, one.layers)
        yield Finding(
            "saturated_output" if head else "saturated_units", one.severity,
            (*norms, *one.where),
            f"{percent(one.share)} of {_pairs(one.worst)} {called(one.worst.name)} have a slope "
            f"below 1 % of the largest possible slope.{_because(norms)}",
            "Gradients shrink by a factor of 100 or more at every saturated activation.",
            f"Draw smaller weights, for example with {GENERAL_INIT} or glorot_normal, and set the "
            "biases to 0.",
            layers=one.layers,
            explains=("vanishing_gradient", "no_gradient", "inputs_indistinguishable"),
        )  # fmt: skip


def _because(norms: tuple[str, ...]) -> str:
    return f" In {listed(norms)}, the biases are far larger than the weights." if norms else ""


def closed_gates(measured: Measurements) -> Iterator[Finding]:
    """The gates of a recurrent layer let nothing in, or nothing out, whatever comes."""
    for one in measured.recurrent:
        passing = {name: share for name, share in one.closed.items() if name != FORGET}
        name, share = max(passing.items(), key=lambda pair: pair[1], default=("", 0.0))
        severity = graded(share, SUSPECT_SHARE, MANY_CLOSED, ALL_SATURATED)
        if severity:
            state, effect = CLOSED_GATES[name]
            yield Finding(
                "saturated_units", severity, (one.layer,),
                f"{percent(share)} of the {name} gates of {one.place} {state}", effect,
                "Set the biases of the forget gates to 1, and the biases of all other gates to 0."
                if FORGET in one.gates else "Set the biases of all gates to 0.",
                layers=(one.layer,),
                explains=("vanishing_gradient", "no_gradient", "inputs_indistinguishable",
                          "vanishing_signal", "exploding_signal"),
            )  # fmt: skip
        forgets = one.closed.get(FORGET, 0.0)  # the last steps still pass: it never stops all
        if severity := graded(forgets, SUSPECT_SHARE, MANY_CLOSED, math.inf):
            yield Finding(
                "saturated_units", severity, (one.layer,),
                f"{percent(forgets)} of the forget gates of {one.place} are closed: a cell whose "
                "forget gate is closed keeps nothing from one step to the next.",
                "Information from early steps reaches the last steps only through the hidden "
                "states, if at all.",
                "Set the biases of forget gates to 1.", layers=(one.layer,),
            )  # fmt: skip


def saturated_gates(measured: Measurements) -> Iterator[Finding]:
    """A gate of a recurrent layer is open or closed whatever comes."""
    found = [(share, name, one) for one in measured.recurrent for name, share in one.gates.items()]
    share, name, one = max(found, key=lambda part: part[0], default=(0.0, "", None))
    if one is not None and share > MANY_SATURATED:
        words = "states" if name == "state" else f"'{name}' gates"
        yield Finding(
            "saturated_units", SUSPECT, (one.layer,),
            f"{percent(share)} of the {words} of {one.place} have a slope below 1 % of the "
            "largest possible slope.",
            "Hardly any gradient passes a gate or state with such a small slope.",
            f"Draw smaller weights for the {words}. "
            + ("Set the biases of the forget gates to 1, and all other biases to 0."
               if FORGET in one.gates else "Set all biases to 0."),
            layers=(one.layer,),
        )  # fmt: skip


def _copied(layer: LayerMeasurement) -> str:
    if layer.distinct == 1:
        return f"All {layer.units} units of {called(layer.name)} are equal"
    copied = layer.units - layer.distinct
    copies = "is a copy of another unit" if copied == 1 else "are copies of the others"
    return f"{copied} of the {layer.units} units of {called(layer.name)} {copies}"


def _different(layer: LayerMeasurement) -> str:
    name, count = called(layer.name), layer.distinct_up_to_sign
    if count == 1:
        return f"all {layer.units} units of {name} are equal"
    return f"there are only {count} different units among the {layer.units} units of {name}"


def _points(layer: LayerMeasurement) -> str:
    if layer.role == RECURRENT:
        return "every step of the samples that were measured"
    return f"every sample and position of the batch ({layer.points} in all)"


def _pairs(layer: LayerMeasurement) -> str:
    return "the gates of" if layer.role == RECURRENT else "the activations after"


def _flat(
    shares: Sequence[tuple[LayerMeasurement, float]], many: float, nearly_all: float
) -> Iterator[Flat]:
    for head in (True, False):
        found = [(one, part) for one, part in shares if one.head is head and part > SUSPECT_SHARE]
        if found:
            worst, share = max(found, key=lambda pair: pair[1])
            severity = graded(share, SUSPECT_SHARE, many, nearly_all)
            where = _names(one for one, part in found if part > min(many, 0.8 * share))
            yield Flat(severity, worst, share, where, _names(one for one, _ in found))


def _names(layers: Iterable[LayerMeasurement]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.name for one in layers))
