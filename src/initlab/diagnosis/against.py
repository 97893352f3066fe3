"""What was measured of a network and of its reference -> where the two differ most, and in what."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from initlab.diagnosis.finding import listed, percent
from initlab.diagnosis.measurements import LayerMeasurement, Measurements, ParameterMeasurement
from initlab.networks.anatomy import BIAS, SCALE
from initlab.networks.layer_name import called
from initlab.numbers import shown

REFERENCE = "the reference (the same network with other weights)"
BACK = "gradients with respect to the outputs"
LEAST = 3.0  # times: two draws of one layer differ less
ACTIVATION_SIZE = 1.0  # of what a nonlinearity is given: smaller biases decide nothing
FAR_OFF = 10.0  # times: plainly off
MOST = 1e6  # what a zero counts as
NEARLY = 0.6  # of the largest difference, in logarithms: others that are named
FEWER = 0.3  # share of the units that are dead, saturated or copies beyond the reference's


@dataclass(frozen=True)
class Difference:
    """One way in which a network is unlike its reference.

    Attributes:
        name: of the finding that it amounts to.
        where: the layers or parameters, in order of computation.
        evidence: one sentence.
        layers: the layers.
        plain: whether it is in the numbers of the parameters, and too large to need other signs.
        alone: whether a trial showed that this alone mends it.
        fix: what to do; "" for drawing weights.
        rules: inits, by parameter, that do it; none where no init does.
    """

    name: str
    where: tuple[str, ...]
    evidence: str
    layers: tuple[str, ...]
    plain: bool
    alone: bool = False
    fix: str = ""
    rules: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Off:
    """A number of one place that is off, by a factor: above 1 too large, below 1 too small."""

    name: str
    where: str
    layer: str
    factor: float
    what: str

    @property
    def size(self) -> float:
        return abs(math.log(self.factor))


def difference(
    own: Measurements, references: Sequence[Measurements], layers: Collection[str] | None = None
) -> Difference | None:
    """Return where a network is most unlike the same one, however well it is drawn; None for none.

    Copies come first, then what its parameters hold, which units are flat, and what passes the
    layers: each follows from what stands before it. Of a place counts the reference that it is
    nearest to. With ``layers``, these alone are looked at: a trial has shown that they are it.
    Without one, zeros that training moves are no evidence, nor what is 0 because of them.
    """
    zeros = _moving_zeros(own) if layers is None else set[str]()
    for found in (_copies, _parameters, _flat, _signals):
        by_reference = [_by_place(found(own, other)) for other in references]
        every = [min((off[where] for off in by_reference), key=lambda one: one.size)
                 for where in dict.fromkeys(place for off in by_reference for place in off)
                 if all(where in off for off in by_reference)]  # fmt: skip
        every = [one for one in every if one.size > math.log(LEAST) and one.where not in zeros
                 and (layers is None or one.layer in layers)]  # fmt: skip
        worst = max(every, key=lambda one: one.size, default=None)
        if worst is not None:
            near = [one for one in every if one.name == worst.name
                    and one.size >= NEARLY * worst.size]  # fmt: skip
            where = tuple(dict.fromkeys(one.where for one in near))
            also = f" Such differences were found in {listed(where)}." if len(where) > 1 else ""
            return Difference(
                worst.name, where, f"{worst.what}.{also}",
                tuple(dict.fromkeys(one.layer for one in near)),
                found is _parameters and worst.size > math.log(FAR_OFF),
            )  # fmt: skip
    return None


def _moving_zeros(own: Measurements) -> set[str]:
    """Return the weights of zeros that training moves, and the layers that are 0 with them."""
    zeros = {one.name for one in own.parameters if one.is_moving_zero and one.role != BIAS}
    return zeros and zeros | {
        one.name
        for one in own.layers
        if own.begins_at_zero(one.name)
        or 0 in (size.value for size in (one.q, one.g) if size is not None)
    }


def largest_ratio(own: Measurements, other: Measurements) -> float:
    """Return how many times as large signals are in a network as in another, where most unlike."""
    ratios = [math.sqrt(_ratio(one.q.value, its.q.value)) for one, its in _pairs(own, other)
              if one.q is not None and its.q is not None and its.q.value > 0]  # fmt: skip
    return max(ratios, key=lambda ratio: abs(math.log(ratio)), default=1.0)


def _by_place(found: Iterable[_Off]) -> dict[str, _Off]:
    kept: dict[str, _Off] = {}
    for one in found:
        if one.where not in kept or one.size > kept[one.where].size:
            kept[one.where] = one
    return kept


def _parameters(own: Measurements, reference: Measurements) -> Iterator[_Off]:
    """Yield the weights, scales and biases of another size."""
    others = {one.name: one for one in reference.parameters}
    sizes = {one.name: math.sqrt(one.q.value) for one in reference.layers if one.q}
    heads = {one.name for one in own.layers if one.head}
    for one in own.parameters:
        other = others.get(one.name)
        if other is None or other.size != one.size or not math.isfinite(one.norm):
            continue
        if one.constant == 0 and one.gradient_norm and one.role != SCALE:
            continue  # zeros that training moves
        if one.role == BIAS:
            beside = max(_size(other), sizes.get(one.layer, 0.0), ACTIVATION_SIZE)
            factor = _ratio(_size(one), beside)
            if factor > 1:
                name = "large_initial_loss" if one.layer in heads else "inputs_indistinguishable"
                outputs = (f", and the root mean square of the outputs of {called(one.layer)} is "
                           f"{shown(sizes[one.layer], '.2g')}" if one.layer in sizes
                           else "")  # fmt: skip
                yield _Off(name, one.name, one.layer, factor, _sizes(one, other) + outputs)
        elif other.norm > 0:
            factor = _ratio(one.norm, other.norm)
            name = "exploding_signal" if factor > 1 else "vanishing_signal"
            yield _Off(name, one.name, one.layer, factor, _sizes(one, other))


def _sizes(one: ParameterMeasurement, other: ParameterMeasurement) -> str:
    return (f"The root mean square of the values of {one.name} is {shown(_size(one), '.2g')}; in "
            f"{REFERENCE}, it is {shown(_size(other), '.2g')}")  # fmt: skip


def _copies(own: Measurements, reference: Measurements) -> Iterator[_Off]:
    """Yield the layers with more copies among their units."""
    for one, other in _pairs(own, reference):
        shares = [(one.units - one.distinct) / max(1, one.units),
                  (other.units - other.distinct) / max(1, other.units)]  # fmt: skip
        yield from _more("identical_units", "units", "are copies of another unit", one,
                         *shares)  # fmt: skip


def _flat(own: Measurements, reference: Measurements) -> Iterator[_Off]:
    """Yield the layers with more dead or saturated units."""
    for one, other in _pairs(own, reference):
        yield from _more("dead_units", "units", "are dead", one, one.dead, other.dead)
        yield from _more("saturated_units", "outputs", "are saturated", one, one.saturated,
                         other.saturated)  # fmt: skip


def _more(
    name: str, what: str, words: str, layer: LayerMeasurement, mine: float | None,
    its: float | None,
) -> Iterator[_Off]:  # fmt: skip
    if mine is not None and its is not None:
        factor = MOST**mine if mine > its + FEWER else 1.0
        yield _Off(name, layer.name, layer.name, factor, f"{percent(mine)} of the {what} of "
                   f"{called(layer.name)} {words}; in {REFERENCE}, {percent(its)} of them "
                   f"{words}")  # fmt: skip


def _signals(own: Measurements, reference: Measurements) -> Iterator[_Off]:
    """Yield the layers whose outputs or gradients have another size, or tell no inputs apart."""
    for one, other in _pairs(own, reference):
        for name, what, mine, its in (
            ("signal", "mean square of the outputs", one.q, other.q),
            ("gradient", f"mean square of the {BACK}", one.g, other.g),
        ):
            if mine is not None and its is not None and its.value > 0:
                factor = math.sqrt(_ratio(mine.value, its.value))
                size = "exploding" if factor > 1 else "vanishing"
                yield _Off(f"{size}_{name}", one.name, one.name, factor,
                           f"The {what} of {called(one.name)} is {shown(mine.value, '.2g')}; in "
                           f"{REFERENCE}, it is {shown(its.value, '.2g')}")  # fmt: skip


def _pairs(
    own: Measurements, reference: Measurements
) -> Iterator[tuple[LayerMeasurement, LayerMeasurement]]:
    others = {(one.name, one.use): one for one in reference.layers}
    for one in own.layers:
        if (one.name, one.use) in others:
            yield one, others[one.name, one.use]


def _size(one: ParameterMeasurement) -> float:
    return one.norm / math.sqrt(max(1, one.size))


def _ratio(mine: float, its: float) -> float:
    return min(MOST, max(1 / MOST, mine / its))
