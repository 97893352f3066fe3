"""Measurements of an init -> why it did as it did, in a sentence or two, never from its name."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from initlab.analysis.ranges import ranges_text
from initlab.analysis.start import Spread, StartSummary, Units
from initlab.analysis.statistics import Scores
from initlab.networks.losses import TABLE
from initlab.records.study import Study

NEAR = 0.01  # a loss within 1 % of chance is chance
MANY_SATURATED = 0.5  # share of outputs
HUGE_LOSS = 3.0  # times the loss of chance
TINY_GRADIENT = 1e-3  # norm of the largest first gradient of a weight
UNEVEN = 1e3  # ratio of first gradients between the first and the last layer
MANY_DEAD = 0.5  # share of a layer's units, at initialization
MORE_DEAD = 0.25  # growth of that share in training
GROUPS = 3  # of equal layers that are said one by one
PROPORTIONAL = ("gd", "sgd")  # optimizers whose step is as small as the gradient
RESCALING = (  # optimizers that divide a gradient by its size
    "adam", "adamw", "adamax", "nadam", "radam", "rmsprop", "adagrad", "adadelta", "rprop",
)  # fmt: skip


def explain(study: Study, start: StartSummary) -> str:
    """Return one or two sentences: what the measurements say about this initialization.

    The rules are tried in order of how much they explain; the first two that hold speak.
    """
    if start.start is None:
        return "No run was started."
    found = [words for rule in _RULES if (words := rule(study, start))] or [_measured(study, start)]
    found.append(_dying_units(study, start))
    return " ".join(found[:2]).rstrip()


def chance_loss(study: Study) -> float | None:
    """Return the loss of random guessing, as the loss's row says it; None for a regression."""
    classes = study.problem.classes
    return TABLE[study.problem.loss].guess(classes) if classes else None


# Rules: each returns a sentence, or "" where it does not hold


def _diverged(study: Study, start: StartSummary) -> str:
    if not start.diverged or start.diverged_step is None:
        return ""
    everything = start.finished == 0 and start.cancelled == 0
    count = f"All {start.diverged}" if everything else f"{start.diverged} of {start.planned}"
    runs = "The run" if start.planned == 1 else f"{count} runs"
    first = " or ".join(start.first_nonfinite) or "a number"
    steps = _span(start.diverged_step)
    return f"{runs} diverged: {first} was first not finite, at step {steps}."


def _no_gradient(study: Study, start: StartSummary) -> str:
    if not _no_weight_moves(study, start):
        return ""
    equal = start.start is not None and _equal_layers(start.start)
    units = f"All hidden units are equal ({_distinct(start.start)}) and e" if equal else "E"
    saturated = _output_saturation(study, start.start)
    if saturated is not None and saturated.min == 1:
        return f"{units}very weight's first gradient is exactly 0 behind a saturated output."
    return f"{units}very weight's first gradient is exactly 0: only the output bias can move."


def _equal_units(study: Study, start: StartSummary) -> str:
    if start.start is None or _no_weight_moves(study, start):
        return ""
    equal = _equal_layers(start.start)
    if not equal:
        return _few_distinct(start.start)
    where = _layers(equal, start.start)
    begin = f"All units of {where} are equal at initialization ({_distinct(start.start, equal)})"
    if start.end is None:
        return f"{begin}: they compute the same and get the same gradient."
    if all(start.end.distinct_units[k].max == 1 for k in equal):
        every = len(equal) == sum(units > 1 for units in start.start.hidden_units)
        like = "a network with one unit per layer" if every else "a single unit in its place"
        return f"{begin} and at the end: they do no more than {like}."
    differ = f"{begin} and differ at the end ({_distinct(start.end, equal)})"
    return f"{differ}: dropout told them apart." if study.training.dropout else f"{differ}."


def _saturated_output(study: Study, start: StartSummary) -> str:
    share = _output_saturation(study, start.start)
    chance = chance_loss(study)
    loss = start.initial_loss
    if chance is None or loss is None:
        return ""
    if not (share and share.mean >= MANY_SATURATED) and loss.mean <= HUGE_LOSS * chance:
        return ""
    saturated = f"{100 * share.mean:.0f} % of the outputs are saturated and " if share else ""
    return (
        f"Before the first step {saturated}the loss is {_span(loss)} (random guessing: "
        f"{chance:.3g}): training first has to undo confident wrong answers."
    )


def _stuck_at_chance(study: Study, start: StartSummary) -> str:
    chance = chance_loss(study)
    final = start.metrics.get("train_loss")
    if chance is None or final is None or start.initial_loss is None:
        return ""
    classes = study.problem.classes or 1
    logarithm = f"ln {classes} = " if chance == math.log(classes) else ""
    guess = f"{logarithm}{chance:.3g}"  # the loss of random guessing
    begins = _near(start.initial_loss.min, chance) and _near(start.initial_loss.max, chance)
    if begins and _near(final.min, chance) and _near(final.max, chance):
        return f"The loss begins at {guess}, that of random guessing, and has not moved."
    if not math.isinf(final.max) and final.max >= (1 - NEAR) * chance and final.min < final.max:
        where = "every seed" if final.min >= (1 - NEAR) * chance else "some seeds"
        still = f"At {where} the loss still lies at {guess} or above"
        return f"{still}, no better than random guessing."
    return ""


def _uneven_gradients(study: Study, start: StartSummary) -> str:
    norms = list(_weight_norms(study, start).items())
    if len(norms) < 2 or not all(math.isfinite(norm) for _, norm in norms):
        return ""
    (first, one), (last, other) = norms[0], norms[-1]
    sizes = f"({first} {one:.1g}, {last} {other:.1g})"
    if one * UNEVEN <= other and other > 0:
        return f"First gradients vanish towards the input {sizes}."
    if other * UNEVEN <= one and one > 0:
        return f"First gradients explode towards the input {sizes}."
    return ""


def _dead_units(study: Study, start: StartSummary) -> str:
    if start.start is None or _no_weight_moves(study, start):
        return ""
    shares = start.start.dead_share
    if some := [k for k, share in enumerate(shares) if share.max == 1 and share.min < 1]:
        return f"At some seeds {_dead('all', some, start.start)} at initialization."
    if many := [k for k, share in enumerate(shares) if share.mean >= MANY_DEAD]:
        span = _percents([shares[k].mean for k in many])
        return f"{_dead(span, many, start.start)} at initialization."
    return ""


def _tiny_gradients(study: Study, start: StartSummary) -> str:
    norms = _weight_norms(study, start)
    if not norms or not 0 < max(norms.values()) < TINY_GRADIENT:
        return ""
    sizes = ", ".join(f"{name} {norm:.1g}" for name, norm in _ends(norms))
    optimizer = study.training.optimizer
    words = f"First gradients are tiny ({sizes})"
    if optimizer.lower() in PROPORTIONAL:
        return f"{words}, and so are the first steps of {optimizer}."
    if optimizer.lower() in RESCALING:
        return f"{words}, but {optimizer} does not make its steps smaller for that."
    return f"{words}."


def _rising_loss(study: Study, start: StartSummary) -> str:
    first, final = start.initial_loss, start.metrics.get("train_loss")
    if first is None or final is None or not final.max > first.max:
        return ""
    last = Spread(final.mean, final.min, final.max)
    return f"The training loss begins at {_span(first)} and ends at {_span(last)}."


def _dying_units(study: Study, start: StartSummary) -> str:
    if start.start is None or _no_weight_moves(study, start):
        return ""
    ends = start.end.dead_share if start.end else ()
    pairs = list(zip(start.start.dead_share, ends, strict=False))
    grew = [k for k, (old, new) in enumerate(pairs) if new.mean - old.mean >= MORE_DEAD]
    if not grew:
        return ""
    most = max(grew, key=lambda k: pairs[k][1].mean - pairs[k][0].mean)
    before, after = pairs[most]
    where = "" if len(grew) == 1 else f", most in layer {most + 1},"
    shares = f"from {100 * before.mean:.0f} % to {100 * after.mean:.0f} %"
    return f"In training the dead share of {_layers(grew, start.start)} grew{where} {shares}."


_RULES: tuple[Callable[[Study, StartSummary], str], ...] = (
    _diverged,
    _no_gradient,
    _equal_units,
    _saturated_output,
    _stuck_at_chance,
    _uneven_gradients,
    _dead_units,
    _tiny_gradients,
    _rising_loss,
)


def _measured(study: Study, start: StartSummary) -> str:
    """Say what was measured before the first step, where no rule found anything in it."""
    parts = []
    units = start.start
    if units is not None and units.hidden_units:
        pairs = zip(units.distinct_units, units.hidden_units, strict=True)
        differ = all(distinct.min == width for distinct, width in pairs)
        parts.append("all hidden units differ" if differ else f"{_distinct(units)} units")
        dead = [k for k, share in enumerate(units.dead_share) if share.max > 0]
        if dead:
            most = _percent(max(units.dead_share[k].max for k in dead))
            parts.append(_dead(f"up to {most}", dead, units))
        elif units.dead_share:
            parts.append("no hidden unit is dead")
    if units is not None and units.saturated_share:
        largest = max(share.max for share in units.saturated_share.values())
        parts.append(f"up to {_percent(largest)} of a layer's outputs are saturated" if largest > 0
                     else "no output is saturated")  # fmt: skip
    sizes = ", ".join(f"{name} {norm:.2g}" for name, norm in _ends(_weight_norms(study, start)))
    if sizes:
        parts.append(f"the norms of the first gradients are {sizes}")
    if not parts:
        return "Units and gradients were not measured."
    *others, last = parts
    return f"Before training, {', '.join(others)}{' and ' if others else ''}{last}."


# Measurements read by several rules


def _weight_norms(study: Study, start: StartSummary) -> dict[str, float]:
    is_bias = study.problem.is_bias
    norms = start.gradient_norms.items()
    return {name: norm.mean for name, norm in norms if norm is not None and not is_bias(name)}


def _ends(norms: dict[str, float]) -> list[tuple[str, float]]:
    items = list(norms.items())
    return items[:1] + items[-1:] if len(items) > 1 else items


def _no_weight_moves(study: Study, start: StartSummary) -> bool:
    norms = _weight_norms(study, start)
    return bool(norms) and not any(norms.values())


def _equal_layers(units: Units) -> list[int]:
    layers = zip(units.distinct_units, units.hidden_units, strict=True)
    return [k for k, (distinct, width) in enumerate(layers) if width > 1 and distinct.max == 1]


def _few_distinct(units: Units) -> str:
    pairs = enumerate(zip(units.distinct_units, units.hidden_units, strict=True))
    few = [k for k, (distinct, width) in pairs if width > 1 and distinct.mean < width / 2]
    if not few:
        return ""
    layers = _layers(few, units)
    have = "has" if len(few) == 1 else "have"
    spans = _over(units.distinct_units[k] for k in few)
    widths = _numbers(units.hidden_units[k] for k in few)
    counts = f"{have} {spans} distinct units of {widths}"
    return f"{layers[0].upper()}{layers[1:]} {counts} at initialization."


def _distinct(units: Units | None, layers: Sequence[int] | None = None) -> str:
    """Return "1 distinct of 10, 1 distinct of 5"; layers of the same numbers are said once."""
    if units is None:
        return ""
    chosen = range(len(units.hidden_units)) if layers is None else layers
    groups: dict[str, list[int]] = {}
    for k in chosen:
        words = f"{_span(units.distinct_units[k])} distinct of {units.hidden_units[k]}"
        groups.setdefault(words, []).append(k)
    if len(groups) > GROUPS:
        spans = _over(units.distinct_units[k] for k in chosen)
        return f"{spans} distinct of {_numbers(units.hidden_units[k] for k in chosen)}"
    if len(groups) == 1 < len(chosen):
        return f"{next(iter(groups))} in each"
    if len(groups) == len(chosen):
        return ", ".join(groups)
    return ", ".join(f"{words} in {_layers(group)}" for words, group in groups.items())


def _layers(layers: Sequence[int], units: Units | None = None) -> str:
    """Return "hidden layer 2", "hidden layers 3 to 30" or "all 30 hidden layers"."""
    if units is not None and 2 < len(layers) == len(units.hidden_units):
        return f"all {len(layers)} hidden layers"
    return f"hidden layer{'s' * (len(layers) > 1)} {ranges_text(k + 1 for k in layers)}"


def _dead(share: str, layers: Sequence[int], units: Units) -> str:
    """Return "60 % of hidden layer 2 is dead", or "... of a layer's units are dead in ..."."""
    if len(layers) == 1:
        return f"{share} of {_layers(layers)} is dead"
    return f"{share} of a layer's units are dead in {_layers(layers, units)}"


def _over(spreads: Iterable[Spread]) -> str:
    """Return the smallest and the largest of several layers: "1 to 12"."""
    listed = list(spreads)
    low, high = min(spread.min for spread in listed), max(spread.max for spread in listed)
    return _span(Spread(low, low, high))


def _numbers(numbers: Iterable[int]) -> str:
    """Return "32" or "16 to 32"."""
    listed = sorted(numbers)
    return f"{listed[0]}" if listed[0] == listed[-1] else f"{listed[0]} to {listed[-1]}"


def _output_saturation(study: Study, units: Units | None) -> Spread | None:
    if units is None or chance_loss(study) is None or not units.saturated_share:
        return None
    return list(units.saturated_share.values())[-1]  # layers in order: the output is the last


def _percents(shares: Sequence[float]) -> str:
    low, high = _percent(min(shares)), _percent(max(shares))
    return low if low == high else f"{low.removesuffix(' %')} to {high}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "1 %"


def _near(loss: float, chance: float) -> bool:
    return abs(loss - chance) <= NEAR * chance


def _span(spread: Spread | Scores) -> str:
    low, high = f"{spread.min:.3g}", f"{spread.max:.3g}"
    return low if low == high else f"{low} to {high}"
