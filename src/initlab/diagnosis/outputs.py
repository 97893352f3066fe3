"""Measured outputs and numbers -> findings: not finite, far too large, confidently wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator

from initlab.diagnosis.blame import enlarging
from initlab.diagnosis.finding import (
    GENERAL_INIT,
    SLOWS,
    STOPS,
    SUSPECT,
    Finding,
    graded,
    listed,
    percent,
)
from initlab.diagnosis.measurements import Measurements
from initlab.networks.layer_name import called
from initlab.networks.losses import TABLE, VALUES
from initlab.numbers import shown

UNPAIRED = "unpaired_targets"
SOME, WRONG, VERY_WRONG = 1.3, 3.0, 1e4  # loss over that of random guessing, or of a constant
LEFT, MOST_LEFT = 0.2, 0.5  # share of a constant's loss that stays out of reach: slows, stops
SHRUNK = 0.01  # of the last layer's outputs: below, what follows takes their size away
NOT_A_NUMBER = "The loss is NaN or infinite, at the latest after the first update."
DROPPED = 0.8  # share that dropout leaves little of
UNDONE_LATE = 30.0  # of it too: all 46 models of benchmarks/faults that begin above are hindered


def not_finite(measured: Measurements) -> Iterator[Finding]:
    """Something is NaN or infinite."""
    broken = [one.name for one in measured.parameters if one.nonfinite]
    if broken:
        count = sum(one.nonfinite for one in measured.parameters)
        yield Finding(
            "not_finite", STOPS, tuple(broken),
            f"{count} of the values of {listed(broken)} {'is' if count == 1 else 'are'} NaN or "
            "infinite.",
            NOT_A_NUMBER, "Redraw the parameters that hold NaN or infinity.",
            layers=tuple(dict.fromkeys(one.layer for one in measured.parameters if one.nonfinite)),
            explains=EVERYTHING,
        )  # fmt: skip
    elif measured.first_nonfinite and _reaches(measured):
        place = called(measured.first_nonfinite)
        first = f"NaN or infinity occurs first in this place: {place}."
        fix = "Draw smaller weights in the layers before the first NaN or infinity."
        if measured.first_nonfinite == "inputs":
            first = "The inputs hold NaN or infinity."
            fix = "Remove NaN and infinity from the inputs: no init helps."
        yield Finding(
            "not_finite", STOPS, (measured.first_nonfinite,), first, NOT_A_NUMBER, fix,
            layers=tuple(dict.fromkeys(one.name for one in measured.layers)), explains=EVERYTHING,
        )  # fmt: skip


def _reaches(measured: Measurements) -> bool:
    """Whether it is more than a mask of minus infinity, or the logarithm of 0 in a loss."""
    layers = any(one.nonfinite for one in measured.layers)
    loss = measured.loss is not None and math.isnan(measured.loss)
    return layers or loss or measured.logit_size is None or "gradient" in measured.first_nonfinite


EVERYTHING = (
    "exploding_signal", "exploding_gradient", "chaotic", "vanishing_gradient", "no_gradient",
    "inputs_indistinguishable", "large_initial_loss", "vanishing_signal", "saturated_output",
)  # fmt: skip


def wrong_outputs(measured: Measurements) -> Iterator[Finding]:
    """The loss is far above that of an answer that knows nothing."""
    constant, answer = measured.ignorant_loss
    if measured.loss is None or not constant or math.isnan(measured.loss):
        return
    squares = measured.loss_name in TABLE and TABLE[measured.loss_name].targets == VALUES
    if squares and (measured.logit_size or 0.0) ** 2 < measured.loss / 2 < math.inf:
        return  # of a regression: it is the targets that are far from 0, not the outputs
    severity = graded(measured.loss / constant, SOME, WRONG, VERY_WRONG)
    if math.isinf(measured.loss):  # a logarithm of 0, whose gradient is finite
        severity = SLOWS
    if not severity:
        return
    guilty, because, fix = _guilty(measured)
    yield Finding(
        "large_initial_loss", severity, guilty,
        f"The first loss is {shown(measured.loss, '.3g')}; the loss of {answer} is "
        f"{shown(constant, '.3g')}. The outputs have root mean square "
        f"{shown(measured.logit_size or 0, '.3g')}.{because}",
        "Training first has to undo outputs that are large and wrong.", fix, layers=guilty,
        stays=measured.loss > UNDONE_LATE * constant,
    )  # fmt: skip


def unpaired_targets(measured: Measurements) -> Iterator[Finding]:
    """Targets have more axes than outputs, so that a loss compares each output with all of them."""
    if measured.unpaired:
        yield Finding(
            UNPAIRED, STOPS, (),
            f"The model returns {measured.unpaired}. PyTorch's losses broadcast such shapes: they "
            "compare every output with every target. (This diagnosis compares each output with its "
            "own target.)",
            "With such a loss, all outputs learn the mean of the targets.",
            "Give outputs and targets the same shape.",
        )  # fmt: skip


def bounded_outputs(measured: Measurements) -> Iterator[Finding]:
    """What follows the last layer keeps the loss from falling far, as a softmax before another."""
    constant = measured.constant_loss
    if measured.least_loss is None or not constant or constant <= 0:
        return
    severity = graded(measured.least_loss / constant, LEFT, LEFT, MOST_LEFT)
    heads = tuple(dict.fromkeys(one.name for one in measured.layers if one.head))
    if severity:
        yield Finding(
            "bounded_outputs", severity, heads,
            f"The function after the last layer limits the range of the outputs: the loss cannot "
            f"fall below {shown(measured.least_loss, '.3g')}. For comparison: the loss of "
            f"{measured.constant_words} is {shown(constant, '.3g')}.",
            "The outputs cannot reach the targets, whatever the weights are.",
            "Remove the function that limits the outputs (a loss that takes logits applies softmax "
            "or sigmoid itself), or scale the targets into the range of the outputs.", stays=True,
        )  # fmt: skip


def shrunk_outputs(measured: Measurements) -> Iterator[Finding]:
    """What follows the last layer makes scores of classes far smaller than that layer does."""
    heads = [(one, one.q.value) for one in measured.layers
             if one.head and one.q is not None and one.q.value > 0]  # fmt: skip
    if len(heads) != 1 or not measured.logit_size or measured.guess_loss is None:
        return
    ((head, q),) = heads
    share = measured.logit_size / math.sqrt(q)
    if share < SHRUNK:
        yield Finding(
            "vanishing_signal", SLOWS, (head.name,),
            f"The operations after {called(head.name)} shrink the outputs of {called(head.name)} "
            f"to {shown(share, '.2g')} times their size.",
            "All gradients shrink by the same factor as the outputs. Only optimizers that divide "
            "each gradient by its size, such as Adam, train the network.",
            "Remove the operation that shrinks the outputs, or scale the outputs up.", stays=True,
        )  # fmt: skip


def heavy_dropout(measured: Measurements) -> Iterator[Finding]:
    """Nearly all of what a layer gives is dropped in training."""
    found = [one for one in measured.layers if one.dropout > DROPPED]
    if found:
        worst = max(found, key=lambda one: one.dropout)
        yield Finding(
            "heavy_dropout", SUSPECT, tuple(dict.fromkeys(one.name for one in found)),
            f"{percent(worst.dropout)} of the outputs of {called(worst.name)} are dropped in "
            "training.", "Each training step uses only the few outputs that are kept, and each "
            "step keeps different outputs. The network therefore learns little.",
            "Lower the dropout rate: 10 to 50 % is usual.",
        )  # fmt: skip


def _guilty(measured: Measurements) -> tuple[tuple[str, ...], str, str]:
    """Return the layers that make outputs large, how that is seen, and what to do.

    Those whose own weights enlarge what they are given; else the last ones; where layers are not
    computed one by one, all that have weights.
    """
    if large := enlarging(measured):
        size = shown(max(large.values()), ".2g")
        because = (f" The weights of {listed([*large])} multiply the mean square of their inputs "
                   f"by {'up to ' * (len(large) > 1)}{size}.")  # fmt: skip
        fix = (f"Draw smaller weights for {listed([*large])}, for example with variance "
               f"1 / fan_in or with {GENERAL_INIT}.")  # fmt: skip
        return tuple(large), because, fix
    heads = tuple(dict.fromkeys(one.name for one in measured.layers if one.head))
    if not heads:
        heads = tuple(one.name for one in measured.anatomy.layers
                      if any(part.fan is not None for part in one.parameters))  # fmt: skip
    fix = ("Make the weights of the last layer smaller, for example with the rule "
           "role:head=normal(std=0.01) or role:head=zeros.")  # fmt: skip
    return heads, "", fix
