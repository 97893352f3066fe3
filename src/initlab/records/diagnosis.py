"""What a cell keeps of its diagnosis: what was found before training, and figures per layer."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator

from initlab.records.record import Real, Record, Text, Whole


class InitFinding(Record):
    """One thing found in a network before training; see :mod:`initlab.diagnosis.finding`.

    Attributes:
        name: what it is, such as "dead_units".
        severity: "stops", "slows", "suspect" or "note", as the figures alone have it.
        where: names of layers or parameters; none for the whole network.
        evidence: the figures, in a sentence.
        layers: names of the layers whose weights a fix would draw again.
    """

    name: Text
    severity: Text
    where: tuple[Text, ...]
    evidence: Text
    layers: tuple[Text, ...] = ()


class LayerNames(Record):
    """The layers of a network with weights, in order of computation: one entry per use.

    Attributes:
        name: of the layer.
        role: of :mod:`initlab.networks.anatomy`.
        then: "head", or the nonlinearity that follows; "" for none, "?" where it is not known.
        use: number of the use, from 1.
        uses: how often the layer is used.
        width: number of units.
        units: number of units whose incoming weights are compared; 0 where they cannot be.
    """

    name: tuple[Text, ...] = ()
    role: tuple[Text, ...] = ()
    then: tuple[Text, ...] = ()
    use: tuple[Whole, ...] = ()
    uses: tuple[Whole, ...] = ()
    width: tuple[Whole, ...] = ()
    units: tuple[Whole, ...] = ()


@lru_cache(maxsize=64)
def shared(layers: LayerNames) -> LayerNames:
    """Return equal descriptions as one object: all cells of a study have the same."""
    return layers


Numbers = tuple[Real | None, ...]


class InitDiagnosis(Record):
    """The diagnosis of a network before training, by figures alone: no steps are tried.

    The figures are those of :class:`initlab.diagnosis.measurements.LayerMeasurement`, a number per
    entry of ``layers``; None where it is not known.

    Attributes:
        batch: what it was measured on, in words.
        unknown: what had to be measured and was not, and why, in a sentence; "" for nothing.
        findings: worst first, those too that are only suspect.
        layers: the layers.
        q: mean square of the outputs.
        g: mean square of a sample's gradient by the outputs.
        c: mean cosine between the outputs of two samples.
        varied: share of q that differs from sample to sample.
        dead: share of units that pass no gradient at any point.
        saturated: share of (unit, point) pairs on the flat ends of a bounded nonlinearity.
        distinct: number of units that differ in incoming weights or bias.
    """

    batch: Text = ""
    unknown: Text = ""
    findings: tuple[InitFinding, ...] = ()
    layers: Annotated[LayerNames, AfterValidator(shared)] = LayerNames()
    q: Numbers = ()
    g: Numbers = ()
    c: Numbers = ()
    varied: Numbers = ()
    dead: Numbers = ()
    saturated: Numbers = ()
    distinct: tuple[Whole, ...] = ()
