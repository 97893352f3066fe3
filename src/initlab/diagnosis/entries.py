"""Uses of layers that were watched -> their entries in the measurements, and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from initlab.diagnosis.measurements import LayerMeasurement, Measured, NotMeasured
from initlab.diagnosis.plain import plain_stack, stages_of
from initlab.diagnosis.reasons import (
    GRADIENT_NOT_FINITE,
    MEAN,
    NO_END,
    NO_GRADIENT,
    NO_ROWS,
    NO_SLOPE,
    NOT_FINITE,
    NOT_PLAIN,
    NOT_TRACKED,
    ONE_SAMPLE,
    ZERO,
)
from initlab.diagnosis.signal import rounding_share
from initlab.diagnosis.theory import Line, lines, scaled
from initlab.diagnosis.unit_copies import UnitCopies
from initlab.diagnosis.watching import Use, Watcher
from initlab.modules.computation import Call
from initlab.modules.flow import branch_ends, ends
from initlab.modules.following import followers
from initlab.networks.anatomy import ATTENTION, BARE, RECURRENT, Anatomy, Layer


def layer_entries(
    watcher: Watcher, calls: Sequence[Call], anatomy: Anatomy, units: UnitCopies,
    per_sample: float, missing: list[NotMeasured], *, backward: bool, theory: bool = True,
) -> list[LayerMeasurement]:  # fmt: skip
    """Return an entry for each use of a layer; what cannot be measured is added to ``missing``.

    Args:
        watcher: what was seen.
        calls: all calls, the output too.
        anatomy: description of the module.
        units: the copies among its units.
        per_sample: what the loss's gradient is multiplied by to be that of a sample.
        missing: what is not measured, so far.
        backward: whether there was a backward pass.
        theory: whether mean-field values are computed.
    """
    described = {layer.name: layer for layer in anatomy.layers}
    counts, seen = Counter(use.name for use in watcher.uses), Counter[str]()
    heads, branches, after = set(ends(calls)), set(branch_ends(calls)), followers(calls)
    entries = []

    def miss(what: str, reason: str, name: str) -> None:
        missing.append(NotMeasured(what, reason, (name,)))

    for use in watcher.uses:
        seen[use.name] += 1
        layer, copies = described.get(use.name), units.found[use.name]
        own = use.role in (RECURRENT, ATTENTION)
        follower = after(use.number)
        then = "" if follower is None else follower.name
        if own and layer is not None and layer.nonlinearity is not None:
            then = layer.nonlinearity
        if use.forward.nonfinite:
            miss("q", NOT_FINITE, use.name)
        elif use.forward.varied is None:
            miss("c", ONE_SAMPLE, use.name)
        elif use.forward.c is None:
            miss("c", ZERO, use.name)
        g = _backward(use, per_sample) if backward else None
        if backward and g is None:
            miss("g", NOT_TRACKED if not use.tracked else GRADIENT_NOT_FINITE, use.name)
        dead, saturated = use.dead, use.saturated
        if dead is None and not then:
            dead = saturated = 0.0
        elif dead is None:
            miss("dead", use.doubt or NO_SLOPE, use.name)
        if not copies.units:
            miss("distinct", NO_ROWS, use.name)
        entries.append(LayerMeasurement(
            name=use.name,
            role=use.role,
            kind=layer.kind if layer is not None else use.call.function,
            use=seen[use.name],
            uses=counts[use.name],
            width=use.shape[use.units],
            points=_points(use),
            nonlinearity=then,
            head=use.number in heads,
            residual=use.number in branches,
            q=use.forward.q,
            g=g,
            c=use.forward.c,
            varied=use.forward.varied,
            rounding=rounding_share(use.rounding, _fan_in(layer)),
            dead=dead,
            saturated=saturated,
            units=copies.units,
            distinct=copies.distinct,
            distinct_up_to_sign=copies.distinct_up_to_sign,
            tied=0,
            nonfinite=use.forward.nonfinite,
            histogram=use.forward.histogram,
            dropout=use.dropout,
        ))  # fmt: skip
    if theory:
        entries = _with_theory(watcher, calls, entries, miss)
    for layer in anatomy.layers:
        weighing = any(one.fan is not None for one in layer.parameters)
        inside = any(layer.name.startswith(f"{name}.") for name in counts)  # of attention
        if layer.name not in counts and not layer.shared_with and weighing and not inside:
            why = ("A layer is measured only if the model calls it on this batch. A model can also "
                   "use the weights of a layer without calling the layer.")  # fmt: skip
            if layer.role == BARE:
                why = "How the model uses these weights is not known."
            miss("q", why, layer.name)
    return entries


def with_ties(
    entries: Sequence[LayerMeasurement], tied: Mapping[str, int | None],
    missing: list[NotMeasured],
) -> tuple[LayerMeasurement, ...]:  # fmt: skip
    """Return the entries with the number of tied units; None where it is not known."""
    missing += [NotMeasured("tied", NO_GRADIENT, (one.name,)) for one in entries
                if tied[one.name] is None]  # fmt: skip
    return tuple(replace(one, tied=tied[one.name] or 0) for one in entries)


def _backward(use: Use, per_sample: float) -> Measured | None:
    if not use.tracked:
        return None
    if use.backward is None:  # nothing that the loss depends on takes its outputs
        return Measured(0.0)
    if use.backward.q is None:
        return None
    square = per_sample * per_sample
    return Measured(use.backward.q.value * square, use.backward.q.noise * square)


def _points(use: Use) -> int:
    total = 1
    for axis, size in enumerate(use.shape):
        total *= 1 if axis == use.units else size
    return total


def _fan_in(layer: Layer | None) -> float:
    fans = [] if layer is None else [p.fan.fan_in for p in layer.parameters if p.fan is not None]
    return max(fans, default=1)


def _with_theory(
    watcher: Watcher,
    calls: Sequence[Call],
    entries: list[LayerMeasurement],
    miss: Callable[[str, str, str], None],
) -> list[LayerMeasurement]:
    uses = plain_stack(watcher.uses, calls)
    stages = stages_of(uses)
    why = NOT_PLAIN if len(stages) == len(uses) else MEAN
    uses = uses[: len(stages)]
    found: dict[int, Line] = {}
    if uses:
        by_number = {use.number: entry for use, entry in zip(watcher.uses, entries, strict=True)}
        last = by_number[uses[-1].number].g
        each = lines(uses[0].first_inputs, stages)
        each = scaled(each, None if last is None else last.value)
        found = {use.number: line for use, line in zip(uses, each, strict=True)}
    result = []
    for use, entry in zip(watcher.uses, entries, strict=True):
        line = found.get(use.number)
        if line is None:
            miss("q_theory", why, use.name)
            result.append(entry)
            continue
        if line.g is None:
            miss("g_theory", NO_END, use.name)
        result.append(replace(entry, q_theory=line.q, c_theory=line.c, g_theory=line.g))
    return result
