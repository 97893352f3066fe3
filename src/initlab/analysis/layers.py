"""Diagnoses of one init at its seeds -> what was found, and the figures of each layer over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from initlab.analysis.statistics import Spread
from initlab.analysis.wording import ranges_text
from initlab.diagnosis.at_init import HEAD
from initlab.diagnosis.finding import SUSPECT, Finding, flagged, listed
from initlab.diagnosis.over_seeds import summed
from initlab.networks.anatomy import ATTENTION, CONV, CONV_TRANSPOSED, LINEAR, RECURRENT
from initlab.records import Cell, InitDiagnosis
from initlab.records.diagnosis import LayerNames

COLUMNS = ("q", "g", "c", "varied", "dead", "saturated", "distinct")
WITH_UNITS = (LINEAR, CONV, CONV_TRANSPOSED, RECURRENT, ATTENTION)  # roles of hidden layers


@dataclass(frozen=True)
class LayerSpreads:
    """The figures of every layer over the seeds; see :class:`initlab.records.InitDiagnosis`.

    Attributes:
        names: of the layers.
        figures: by the name of a figure, its spread in every layer; None where it is known at no
            seed.
    """

    names: LayerNames
    figures: Mapping[str, Sequence[Spread | None]]


@dataclass(frozen=True)
class Diagnosed:
    """The diagnoses of an initialization at its seeds.

    Attributes:
        seeds: those that were diagnosed.
        missing: number of those that were not, by an older initlab.
        findings: each once, worst first, with the seeds that have it; also those that are merely
            suspect.
        unknown: what could not be measured at some seed, and why; "" where all was.
        layers: figures of every layer; None where nothing was measured.
        batch: what was measured on, in words.
    """

    seeds: tuple[int, ...] = ()
    missing: int = 0
    findings: tuple[Finding, ...] = ()
    unknown: str = ""
    layers: LayerSpreads | None = None
    batch: str = ""

    @property
    def hindering(self) -> tuple[Finding, ...]:
        """What stops or slows training by the figures alone."""
        return tuple(one for one in self.findings if one.hinders)

    @property
    def shown(self) -> tuple[Finding, ...]:
        """What `initlab diagnose` shows too: all but what is merely suspect."""
        return tuple(one for one in self.findings if one.severity != SUSPECT)

    @property
    def flagged(self) -> set[str]:
        """Names of the layers where something stops or slows training, for tables and figures."""
        return flagged(self.findings, () if self.layers is None else self.layers.names.name)

    def to_record(self) -> list[dict[str, Any]]:
        """Return the findings as JSON types."""
        return [
            {
                "name": one.name, "severity": one.severity, "where": list(one.where),
                "evidence": one.evidence, "seeds": list(one.seeds),
            }
            for one in self.shown
        ]  # fmt: skip


NOT_DIAGNOSED = Diagnosed()


def diagnosed(cells: Sequence[Cell]) -> Diagnosed:
    """Sum up the diagnoses of an initialization's cells; those of an older initlab have none."""
    found = {cell.seed: cell.diagnosis for cell in cells if cell.diagnosis is not None}
    if not found:
        return NOT_DIAGNOSED
    findings = {
        seed: [
            Finding(f.name, f.severity, f.where, f.evidence, "", "", f.layers) for f in one.findings
        ]
        for seed, one in found.items()
    }
    unknown = {seed: one.unknown for seed, one in found.items() if one.unknown}
    first = next(iter(found.values()))
    return Diagnosed(
        seeds=tuple(found),
        missing=len(cells) - len(found),
        findings=summed(findings),
        unknown=next(iter(unknown.values()), ""),
        layers=_layers(list(found.values())),
        batch=first.batch,
    )


def hidden_words(chosen: Sequence[int], widths: Sequence[int], layers: LayerNames | None) -> str:
    """Return hidden layers as the diagnosis names them, such as "fc1 and fc2".

    Those of a dense network of ours, and of a model whose hidden layers are not all known by name,
    are numbered: "hidden layer 2", "hidden layers 3 to 30".

    Args:
        chosen: the layers, from 0.
        widths: number of units of every hidden layer.
        layers: every layer of the diagnosis.
    """
    names = () if layers is None else _hidden(widths, layers)
    if any(name != f"layer {k + 1}" for k, name in enumerate(names)):
        return listed([names[k] for k in chosen])
    return f"hidden layer{'s' * (len(chosen) > 1)} {ranges_text(k + 1 for k in chosen)}"


def _hidden(widths: Sequence[int], layers: LayerNames) -> tuple[str, ...]:
    """Return the names of the hidden layers; none where they do not fit the widths."""
    rows = zip(layers.name, layers.role, layers.then, layers.use, layers.width, strict=True)
    found = [(name, role, width) for name, role, then, use, width in rows
             if role in WITH_UNITS and then != HEAD and use == 1]  # fmt: skip
    fits = len(found) == len(widths) and all(
        role == ATTENTION or width == units
        for (_, role, width), units in zip(found, widths, strict=False)
    )
    return tuple(name for name, _, _ in found) if fits else ()


def _layers(found: Sequence[InitDiagnosis]) -> LayerSpreads | None:
    measured = [one for one in found if one.layers.name]
    if not measured:
        return None
    names = measured[0].layers
    alike = [one for one in measured if one.layers == names]  # a forward may choose its layers
    columns = {
        name: tuple(map(Spread.over, zip(*(getattr(one, name) for one in alike), strict=True)))
        for name in COLUMNS
    }
    return LayerSpreads(names, columns)
