"""Diagnoses of a study's initial networks -> for each init its findings and the table of layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from initlab.analysis import Analysis, Spread
from initlab.analysis.layers import Diagnosed, LayerSpreads
from initlab.analysis.wording import counted
from initlab.diagnosis.finding import NOTE, SLOWS, STOPS, Finding, percent
from initlab.diagnosis.over_seeds import at_seeds
from initlab.networks.layer_name import titled
from initlab.numbers import shown
from initlab.report.results import ranked
from initlab.validation import listed

COLOURS = {STOPS: "#B3261E", SLOWS: "#E69F00", NOTE: "#7A7A7A"}  # of severities
LAYERS = 3  # of a dense network: from here on there is a table of them, and a figure
TEXTS: Mapping[str, Callable[[float], str]] = {  # figures of a layer, as the table shows them
    **dict.fromkeys(("q", "g", "c", "varied"), partial(shown, form=".2g")),
    **dict.fromkeys(("dead", "saturated"), percent),
    "distinct": partial(shown, form=".0f"),
}


@dataclass(frozen=True)
class LayerSection:
    """What the page shows of one init's networks before training.

    Attributes:
        name: of the init.
        colour: of it.
        found: in a few words, what was found.
        findings: each with the seeds that have it, in words.
        headings: of the table; none where there is no table.
        rows: whether a finding names the layer, and the texts of its row.
    """

    name: str
    colour: str
    found: str
    findings: Sequence[tuple[Finding, str]]
    headings: Sequence[str]
    rows: Sequence[tuple[bool, Sequence[str]]]


def is_layered(record: Analysis) -> bool:
    """Whether the layers are worth a table and a figure: of a module, or of three or more."""
    least = 1 if record.study.problem.module else LAYERS
    known = (row.diagnosed.layers for row in record.summary)
    return any(layers is not None and len(layers.names.name) >= least for layers in known)


def layer_sections(record: Analysis) -> Iterator[LayerSection]:
    """Return a section for each init that was diagnosed, in the order of the results."""
    layered = is_layered(record)
    for row, name, colour in ranked(record):
        found = row.diagnosed
        if not found.seeds:
            continue
        layers = found.layers if layered else None
        headings, rows = ((), ()) if layers is None else _table(layers, found.flagged)
        findings = [(one, _at(one, found)) for one in found.shown]
        yield LayerSection(name, colour, _words(found), findings, headings, rows)


def _at(one: Finding, found: Diagnosed) -> str:
    return f"{at_seeds(one.seeds, len(found.seeds))}: " if len(found.seeds) > 1 else ""


def _words(found: Diagnosed) -> str:
    if found.hindering:
        return listed([one.name for one in found.hindering])
    if found.unknown:
        return f"the diagnosis is incomplete, because {found.unknown}"
    seeds = counted(len(found.seeds), "seed")
    return f"nothing was found that stops or slows training ({seeds})"


def _table(
    layers: LayerSpreads, flagged: set[str]
) -> tuple[Sequence[str], Sequence[tuple[bool, Sequence[str]]]]:
    """Return the headings and a row of texts per layer; columns that are empty are left out."""
    names = layers.names
    uses_of = [
        f"{titled(name)}{f' (use {use} of {uses})' * (uses > 1)}"
        for name, use, uses in zip(names.name, names.use, names.uses, strict=True)
    ]
    columns: dict[str, Sequence[str]] = {
        "layer": uses_of, "role": names.role, "units": [str(width) for width in names.width],
        **{one: [_span(value, text) for value in layers.figures[one]]
           for one, text in TEXTS.items()},
        "then": names.then,
    }  # fmt: skip
    kept = {heading: texts for heading, texts in columns.items() if any(texts)}
    rows = zip(*kept.values(), strict=True)
    return tuple(kept), [(name in flagged, row) for name, row in zip(names.name, rows, strict=True)]


def _span(value: Spread | None, text: Callable[[float], str]) -> str:
    """Return the mean, and the smallest and largest where they look different."""
    if value is None:
        return ""
    low, mean, high = text(value.min), text(value.mean), text(value.max)
    return mean if low == high else f"{mean} ({low.removesuffix(' %')} to {high})"
