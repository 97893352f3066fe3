"""Measured gradients -> findings: there is none, or they vanish or explode on the way back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from initlab.diagnosis.blame import bare_parameters, is_ordinary
from initlab.diagnosis.finding import (
    GENERAL_INIT,
    NOTE,
    SLOWS,
    STOPS,
    SUSPECT,
    Finding,
    graded,
    listed,
)
from initlab.diagnosis.measurements import Measurements, ParameterMeasurement
from initlab.diagnosis.signals import FITTING
from initlab.diagnosis.trend import growing, shrinking
from initlab.networks.layer_name import called
from initlab.numbers import shown

SOME, LARGE, HUGE = 30.0, 1e4, 1e14  # change of g on the way back: suspect, slows, stops
BOUNDED_RISE = 10.0  # growth of q beside which gradients explode by themselves
BARELY = 1e-8  # norm of gradients that Adam's epsilon swallows


def no_gradient(measured: Measurements) -> Iterator[Finding]:
    """Parameters get a gradient of exactly 0."""
    trained = [one for one in measured.parameters if one.reached and one.gradient_norm is not None]
    zero = [one for one in trained if one.gradient_norm == 0]
    blocked = [one for one in zero if not one.opened]
    weights = [one for one in trained if one.role != "bias"]
    if blocked and any(one.role != "bias" for one in blocked):
        share = sum(one.size for one in blocked) / max(1, sum(one.size for one in trained))
        every = share > 0.5 or all(one in blocked for one in weights)
        zeros = _zeros(measured, blocked)
        because = f" All values of {listed([one.name for one in zeros])} are 0." if zeros else ""
        where = _blocking(measured, zeros or blocked, whole=bool(zeros))
        yield Finding(
            "no_gradient", STOPS if every else SLOWS, where,
            f"The gradient of {len(blocked)} of {len(trained)} trained parameters is exactly 0, "
            f"even after one step of training.{because}",
            "Training never changes a parameter whose gradient is 0.",
            f"Draw the weights of {listed(where)} at random." if zeros else
            "Draw at random the weights of the layers that come after these parameters, up to and "
            "including the output layer.",
            layers=tuple(dict.fromkeys(one.layer for one in blocked)),
            explains=("vanishing_gradient",),
        )  # fmt: skip
    opened = [one for one in zero if one.opened]
    if opened:
        count = "1 parameter" if len(opened) == 1 else f"{len(opened)} parameters"
        yield Finding(
            "kept_zeros", NOTE, tuple(one.name for one in opened),
            f"The gradient of {count} is 0 at the first training step, but no longer 0 once one or "
            "two steps have changed the other parameters.",
            "Gates and output layers that begin at 0 have this effect. They are usually set to 0 "
            "on purpose, and training changes their values.", "",
        )  # fmt: skip
    unreached = [one for one in measured.parameters if not one.reached]
    if unreached:
        yield Finding(
            "unreached_parameters", NOTE, tuple(one.name for one in unreached),
            f"The loss does not depend on {len(unreached)} of {len(measured.parameters)} trained "
            "parameters.", "Training does not change parameters on which the loss does not depend.",
            "Make the loss depend on these parameters, or freeze them.",
        )  # fmt: skip


def _zeros(
    measured: Measurements, blocked: Sequence[ParameterMeasurement]
) -> list[ParameterMeasurement]:  # fmt: skip
    """Return the weights of layers among what gets no gradient that are zeros: they may block it.

    A bare parameter of zeros, such as one that is added to the inputs, blocks nothing.
    """
    bare = bare_parameters(measured)
    return [one for one in blocked
            if one.constant == 0 and one.role != "bias" and one.name not in bare]  # fmt: skip


def _blocking(
    measured: Measurements, found: Sequence[ParameterMeasurement], *, whole: bool
) -> tuple[str, ...]:  # fmt: skip
    """Return the places of parameters: their layers, if ``whole`` or all others are found, too."""
    bare, names = bare_parameters(measured), {one.name for one in found}
    layers = {layer for layer in dict.fromkeys(one.layer for one in found)
              if whole or all(other.name in names for other in measured.of(layer))}  # fmt: skip
    return tuple(dict.fromkeys(
        one.layer if one.layer in layers and one.name not in bare else one.name for one in found
    ))  # fmt: skip


def only_shifts(measured: Measurements) -> Iterator[Finding]:
    """Nothing is trained but biases of outputs, as where requires_grad was forgotten."""
    heads = {one.name for one in measured.layers if one.head}
    trained = measured.parameters
    if trained and all(one.role == "bias" and one.layer in heads for one in trained):
        frozen = [one.name for one in measured.anatomy.parameters if not one.trained]
        yield Finding(
            "no_gradient", STOPS, tuple(frozen),
            "Only biases of the output layer are trained: "
            f"{listed([one.name for one in trained])}.",
            "Training can only shift each output by a constant, which is the same for all inputs.",
            "Set requires_grad=True on the parameters that should be trained.",
        )  # fmt: skip


def size_of_gradients(measured: Measurements) -> Iterator[Finding]:
    """Gradients shrink or grow on the way back through the layers."""
    layers = [(one, one.g.value) for one in measured.layers
              if one.g is not None and one.g.value > 0 and not one.head]  # fmt: skip
    if len(layers) < 2:
        return
    back = [size for _, size in reversed(layers)]
    names = [one.name for one, _ in reversed(layers)]
    fall, rise = shrinking(back), growing(back)
    if fall.ratio > 0 and (severity := graded(1 / fall.ratio, SOME, LARGE, HUGE)):
        where = tuple(dict.fromkeys(reversed(names[fall.passed])))
        yield Finding(
            "vanishing_gradient", severity, where,
            f"On the way back from {called(names[fall.start])} to {called(names[fall.end])}, the "
            f"mean square of gradients falls by a factor of {shown(fall.times, '.2g')}.",
            "At a learning rate that suits the last layers, the weights of the first layers hardly "
            "change.",
            f"Draw the weights {FITTING}.",
            layers=where,
        )  # fmt: skip
    if severity := graded(rise.ratio, SOME, LARGE, HUGE):
        free = [one.q.value * size for one, size in reversed(layers) if one.q is not None]
        if measured.normalized and growing(free).ratio < SOME:
            severity = SUSPECT  # a norm after a small output divides by its size: no explosion
        where = tuple(dict.fromkeys(reversed(names[rise.passed])))
        forward = growing([one.q.value for one, _ in layers if one.q is not None]).ratio
        name = "exploding_gradient" if forward > BOUNDED_RISE else "chaotic"
        if name == "chaotic" and rise.jump is not None and is_ordinary(measured, where[0]):
            severity = SUSPECT  # its weights do not do that: it is a branch, beside a skip
        yield Finding(
            name, severity, where,
            f"On the way back from {called(names[rise.start])} to {called(names[rise.end])}, the "
            f"mean square of gradients grows by a factor of {shown(rise.ratio, '.2g')}"
            + (", while on the way forward the mean square of outputs grows by no more than a "
               f"factor of {shown(forward, '.2g')}." if name == "chaotic" else "."),
            "From layer to layer, the outputs for similar inputs differ more and more. The early "
            "updates of the first layers are too large." if name == "chaotic" else
            "At a learning rate that suits the last layers, the early updates of the first layers "
            "are too large.",
            f"Draw smaller weights: {FITTING}.",
            layers=where,
        )  # fmt: skip


def through_time(measured: Measurements) -> Iterator[Finding]:
    """Gradients shrink or grow on the way back through the steps of a recurrent layer."""
    for one in measured.recurrent:
        if len(one.g) < 2 or not one.g[-1] > 0:
            continue
        back = one.g[::-1]
        fall, rise = shrinking(back), growing(back)
        way = f"On the way back through {one.steps} of {one.place}, the mean square of"
        if fall.ratio < 1 / LARGE:  # of a default LSTM too: only a trial says whether it matters
            yield Finding(
                "vanishing_gradient", SUSPECT, (one.layer,),
                f"{way} gradients falls by a factor of {shown(fall.times, '.2g')}.",
                "The network hardly learns from the early steps of a sequence.",
                "Draw the recurrent weights with the init orthogonal. Set the biases to 0, but in "
                "an LSTM, set the biases of the forget gates to 1.",
                layers=(one.layer,),
            )  # fmt: skip
        if severity := graded(rise.ratio, SOME, LARGE, math.inf):
            yield Finding(
                "chaotic" if one.gates else "exploding_gradient", severity, (one.layer,),
                f"{way} gradients grows by a factor of {shown(rise.ratio, '.2g')}.",
                "Small changes in the early steps of a sequence change the last state strongly, "
                "and the updates of the weights are too large.",
                "Draw the recurrent weights with the init orthogonal, or draw them smaller.",
                layers=(one.layer,),
            )  # fmt: skip


def faint_gradients(measured: Measurements) -> Iterator[Finding]:
    """All gradients are so small that no optimizer sees them."""
    norms = [one.gradient_norm for one in measured.parameters
             if one.gradient_norm and one.role == "weight"]  # fmt: skip
    if norms and max(norms) < BARELY:
        yield Finding(
            "vanishing_gradient", STOPS, (),
            "The gradients of all weight tensors have norms of at most "
            f"{shown(max(norms), '.2g')}.",
            "Such gradients are below Adam's default epsilon (1e-8), and steps of SGD hardly "
            "change any weight.",
            f"Draw larger weights, for example with {GENERAL_INIT}.",
            layers=tuple(dict.fromkeys(one.name for one in measured.layers)),
        )  # fmt: skip
