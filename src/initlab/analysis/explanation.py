"""What was found in an init's networks before and in training -> why it did as it did.

What is said of the initial networks is their diagnosis at every seed, summed up, and no more than
was measured: what came of it, the study itself shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from initlab.analysis.init_summary import InitSummary, Units
from initlab.analysis.layers import Diagnosed, hidden_words
from initlab.analysis.statistics import Scores, Spread
from initlab.diagnosis.finding import SUSPECT, Finding
from initlab.diagnosis.findings import words_of
from initlab.diagnosis.over_seeds import at_seeds
from initlab.networks.losses import TABLE
from initlab.numbers import shown
from initlab.records.study import Study

NEAR = 0.01  # a loss within 1 % of chance is chance
MORE_DEAD = 0.25  # growth of a layer's dead share in training
GROUPS = 3  # of equal layers that are said one by one
SENTENCES = 2  # of an initialization
OPENINGS = ("The ", "Of ", "On ", "Only ", "All ", "A ")  # of evidence, small inside a sentence


def explain(study: Study, row: InitSummary) -> str:
    """Return one or two sentences: what the measurements say about this initialization.

    A run that diverged comes first, then the worst finding, then what only training shows.
    """
    if row.start is None:
        return "No run has a result: none was trained to its end."
    first, *others = [_found(one, row.diagnosed) for one in _telling(row)] or [_nothing(row)]
    outcome = next((words for rule in _OUTCOMES if (words := rule(study, row))), "")
    said = [_diverged(row), first, outcome, _dying_units(row), *others]
    return " ".join([words for words in said if words][:SENTENCES])


def chance_loss(study: Study) -> float | None:
    """Return the loss of random guessing, as the loss's row says it; None for a regression."""
    classes = study.problem.classes
    return TABLE[study.problem.loss].guess(classes) if classes else None


# What was found before training


def _telling(row: InitSummary) -> list[Finding]:
    """Return the findings that are said, worst first.

    What is merely suspect is one only where most runs failed.
    """
    failed = bool(row.runs) and not row.did_train
    return [one for one in row.diagnosed.findings
            if one.hinders or (failed and one.severity == SUSPECT)]  # fmt: skip


def _found(one: Finding, found: Diagnosed) -> str:
    # of what is merely suspect the figures say enough
    words, evidence = "" if one.severity == SUSPECT else words_of(one), one.evidence
    if len(found.seeds) > 1:
        noun = "diagnosed seeds" if found.missing else "seeds"
        words = f"{at_seeds(one.seeds, len(found.seeds), noun)} {words}".rstrip()
    if not words:
        return evidence
    if evidence.startswith(OPENINGS):
        evidence = evidence[0].lower() + evidence[1:]
    return f"{words[0].upper()}{words[1:]}: {evidence}"


def _nothing(row: InitSummary) -> str:
    """Say what was measured before training where nothing was found in it; or that it was not."""
    found = row.diagnosed
    if not found.seeds:
        return "The initial networks were not diagnosed, because an older initlab wrote this study."
    if found.unknown or found.layers is None:
        why = found.unknown or "no layer was measured."
        return f"The diagnosis before training is incomplete: {why}"
    count = len(found.seeds)
    seeds = "the only diagnosed seed" if count == 1 else f"the {count} diagnosed seeds"
    where = f" at {seeds}," if found.missing else ""
    nothing = f"Before training,{where} nothing was found that would stop or slow the training"
    return f"{nothing}: {_sizes(found)}."


def _sizes(found: Diagnosed) -> str:
    """Return the range of q and g over layers and seeds."""
    assert found.layers is not None
    layers = len(found.layers.names.name)
    through = "in the only layer" if layers == 1 else f"across {layers} layers"
    q, g = ([one for one in column if one is not None]
            for column in map(found.layers.figures.__getitem__, "qg"))  # fmt: skip
    size = f"{through} the mean square of outputs {_ranges(q)}"
    return f"{size}, and the mean square of gradients {_ranges(g)}" if g else size


# What training shows: each returns a sentence, or "" where there is nothing to say


def _diverged(row: InitSummary) -> str:
    if not row.diverged or row.diverged_step is None:
        return ""
    everything = row.finished == 0 and row.cancelled == 0
    count = f"{row.diverged} of {row.planned}"
    if everything:
        count = "Both" if row.diverged == 2 else f"All {row.diverged}"
    runs = "The run" if row.planned == 1 else f"{count} runs"
    first = " or ".join(row.first_nonfinite) or "a number"
    steps = _span(row.diverged_step)
    at = f"step{'s' * (' to ' in steps)} {steps}"
    return f"{runs} diverged: {first} became NaN or infinite at {at}."


def _equal_units(study: Study, row: InitSummary) -> str:
    """Say what became of layers whose units were all equal."""
    if row.start is None or row.end is None:
        return ""
    equal = _equal_layers(row.start)
    if not equal:
        return ""
    where = _layers(equal, row)
    if _still_equal(row, equal):
        every = len(equal) == sum(units > 1 for units in row.start.hidden_units)
        within = " within each layer" if len(equal) > 1 else ""
        like = "each of these layers does" if within else "together they do"
        like = f"{like} no more than a single unit"
        if every:
            like = "the network does no more than a network with one unit in each hidden layer"
        return f"At the end of training, the units of {where} are still all equal{within}: {like}."
    differ = f"At the end of training, the units of {where} are no longer all equal"
    differ = f"{differ} ({_distinct(row.end, equal, row)})"
    return f"{differ}: dropout made them different." if study.training.dropout else f"{differ}."


def _broken_symmetry(study: Study, row: InitSummary) -> str:
    """Say that training told equal units apart: whatever the loss does, they are no copies."""
    if row.start is None or row.end is None:
        return ""
    return "" if _still_equal(row, _equal_layers(row.start)) else _equal_units(study, row)


def _stuck_at_chance(study: Study, row: InitSummary) -> str:
    chance = chance_loss(study)
    final = row.metrics.get("train_loss")
    if chance is None or final is None or row.initial_loss is None:
        return ""
    classes = study.problem.classes or 1
    logarithm = f"ln {classes} = " if chance == math.log(classes) else ""
    # the loss of random guessing; of a logarithm, all three decimals: ln 10 = 2.303
    guess = f"{logarithm}{shown(chance, '.3f' if logarithm else '.3g')}"
    ends = (row.initial_loss.min, row.initial_loss.max, final.min, final.max)
    if all(near_chance(loss, chance) for loss in ends):
        return f"The loss begins and ends at about {guess}, the loss of random guessing."
    if not math.isinf(final.max) and final.max >= (1 - NEAR) * chance and final.min < final.max:
        where = "every seed" if final.min >= (1 - NEAR) * chance else "some seeds"
        return (
            f"At {where} the loss ends at about {guess} or above, no better than random guessing."
        )
    return ""


def _rising_loss(study: Study, row: InitSummary) -> str:
    first, final = row.initial_loss, row.metrics.get("train_loss")
    if first is None or final is None or not final.max > first.max:
        return ""
    where = "at every seed" if final.min > first.max else "at some seeds"
    begins, ends = _placed(first.min, first.max), _placed(final.min, final.max)
    return f"The training loss rises {where}: it begins {begins} and ends {ends}."


def _placed(low: float, high: float) -> str:
    least, most = shown(low), shown(high)
    return f"at {least}" if least == most else f"between {least} and {most}"


def _dying_units(row: InitSummary) -> str:
    if row.start is None:
        return ""
    ends = row.end.dead_share if row.end else ()
    pairs = list(zip(row.start.dead_share, ends, strict=False))
    grew = [k for k, (old, new) in enumerate(pairs) if new.mean - old.mean >= MORE_DEAD]
    if not grew:
        return ""
    most = max(grew, key=lambda k: pairs[k][1].mean - pairs[k][0].mean)
    before, after = pairs[most]
    where = "" if len(grew) == 1 else f", most in {_layers([most], row)}:"
    shares = f"from {100 * before.mean:.0f} % to {100 * after.mean:.0f} %"
    return f"During training, the share of dead units in {_layers(grew, row)} grew{where} {shares}."


_OUTCOMES: tuple[Callable[[Study, InitSummary], str], ...] = (
    _broken_symmetry,
    _stuck_at_chance,
    _equal_units,
    _rising_loss,
)


# Measurements read by several rules


def _still_equal(row: InitSummary, layers: Sequence[int]) -> bool:
    end = row.end
    return end is not None and all(end.distinct_units[k].max == 1 for k in layers)


def _equal_layers(units: Units) -> list[int]:
    layers = zip(units.distinct_units, units.hidden_units, strict=True)
    return [k for k, (distinct, width) in enumerate(layers) if width > 1 and distinct.max == 1]


def _distinct(units: Units, chosen: Sequence[int], row: InitSummary) -> str:
    """Return "1 of 10 distinct, 1 of 5 distinct"; layers of the same numbers are said once."""
    groups: dict[str, list[int]] = {}
    for k in chosen:
        words = f"{_span(units.distinct_units[k])} of {units.hidden_units[k]} distinct"
        groups.setdefault(words, []).append(k)
    if len(groups) > GROUPS:
        spans = _over(units.distinct_units[k] for k in chosen)
        return f"{spans} of {_numbers(units.hidden_units[k] for k in chosen)} distinct"
    if len(groups) == 1 < len(chosen):
        return f"{next(iter(groups))} in each"
    if len(groups) == len(chosen):
        return ", ".join(groups)
    return ", ".join(f"{words} in {_layers(group, row)}" for words, group in groups.items())


def _layers(chosen: Sequence[int], row: InitSummary) -> str:
    """Return "hidden layer 2", "fc1 and fc2" or "all 30 hidden layers"."""
    widths = () if row.start is None else row.start.hidden_units
    if 2 < len(chosen) == len(widths):
        return f"all {len(chosen)} hidden layers"
    found = row.diagnosed.layers
    return hidden_words(chosen, widths, None if found is None else found.names)


def _over(spreads: Iterable[Spread]) -> str:
    """Return the smallest and the largest of several layers: "1 to 12"."""
    listed = list(spreads)
    low, high = min(spread.min for spread in listed), max(spread.max for spread in listed)
    return _span(Spread(low, low, high))


def _ranges(spreads: Iterable[Spread]) -> str:
    """Return "is 1" or "ranges from 1 to 12"."""
    words = _over(spreads)
    return f"ranges from {words}" if " to " in words else f"is {words}"


def _numbers(numbers: Iterable[int]) -> str:
    """Return "32" or "16 to 32"."""
    listed = sorted(numbers)
    return f"{listed[0]}" if listed[0] == listed[-1] else f"{listed[0]} to {listed[-1]}"


def near_chance(loss: float, chance: float) -> bool:
    """Whether a loss is that of random guessing, or close to it."""
    return abs(loss - chance) <= NEAR * chance


def _span(spread: Spread | Scores) -> str:
    low, high = shown(spread.min), shown(spread.max)
    return low if low == high else f"{low} to {high}"
