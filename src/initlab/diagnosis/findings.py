"""Measurements -> findings, worst first. A finding is one function, listed here once.

Each reads measurements only, never the name of an initialization. What another finding explains
is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from initlab.diagnosis import gradients, outputs, signals, units
from initlab.diagnosis.finding import STOPS, Finding, by_severity
from initlab.diagnosis.measurements import Measurements

Look = Callable[[Measurements], Iterable[Finding]]
LOOKS: tuple[Look, ...] = (
    outputs.not_finite, units.dead_units, units.equal_units, units.saturated_units,
    signals.same_outputs, signals.size_of_signals, signals.residual_stream,
    signals.sharp_attention, gradients.no_gradient, gradients.size_of_gradients,
    gradients.faint_gradients, outputs.wrong_outputs,
)  # fmt: skip


def findings(measured: Measurements) -> tuple[Finding, ...]:
    """Return what is found, worst first."""
    found = [one for look in LOOKS for one in look(measured)]
    explained = {name for one in found if one.severity == STOPS for name in one.explains}
    return by_severity(one for one in found if one.name not in explained)
