"""Measurements -> findings, worst first. A finding is one function, listed here once.

Each reads measurements only, never the name of an initialization. Causes stand before what follows
from them: what an earlier finding explains is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from initlab.diagnosis import gradients, outputs, signals, units
from initlab.diagnosis.finding import STOPS, Finding, by_severity
from initlab.diagnosis.measurements import Measurements

Look = Callable[[Measurements], Iterable[Finding]]
LOOKS: tuple[Look, ...] = (
    outputs.not_finite, units.zero_scales, units.dead_units, units.saturated_units,
    units.closed_gates, units.saturated_gates, units.equal_units, signals.lost_to_biases,
    signals.same_outputs, signals.size_of_signals, signals.residual_stream, signals.large_tables,
    signals.sharp_attention, gradients.no_gradient, gradients.only_shifts,
    gradients.size_of_gradients, gradients.through_time, gradients.faint_gradients,
    outputs.wrong_outputs,
)  # fmt: skip


NAMES = (
    "not_finite", "never_initialized", "inputs_indistinguishable", "identical_units", "dead_units",
    "dead_output", "saturated_units", "saturated_output", "vanishing_signal", "exploding_signal",
    "vanishing_gradient", "exploding_gradient", "chaotic", "no_gradient", "unscaled_residuals",
    "sharp_attention", "large_initial_loss", "cloned_layers", "one_stream", "does_not_train",
    "trains_slowly", "kept_zeros", "unreached_parameters",
)  # fmt: skip


def findings(measured: Measurements, more: Iterable[Finding] = ()) -> tuple[Finding, ...]:
    """Return what is found, worst first.

    Args:
        measured: the figures.
        more: what was found in the numbers of the parameters alone.
    """
    kept: list[Finding] = []
    explained: set[str] = set()
    for one in (*more, *(found for look in LOOKS for found in look(measured))):
        if one.name not in explained:
            kept.append(one)
            explained |= {*one.explains} if one.severity == STOPS else set()
    return by_severity(kept)
