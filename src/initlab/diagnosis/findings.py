"""Measurements -> findings, worst first. A finding is one function, listed here once.

Each reads measurements only, never the name of an initialization. Causes stand before what follows
from them: what an earlier finding explains is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from initlab.diagnosis import data, gradients, outputs, signals, units
from initlab.diagnosis.finding import STOPS, Finding, by_severity
from initlab.diagnosis.measurements import Measurements

Look = Callable[[Measurements], Iterable[Finding]]
LOOKS: tuple[Look, ...] = (
    outputs.not_finite, data.equal_inputs, data.unscaled, units.zero_scales, units.dead_units,
    units.saturated_units,
    units.closed_gates, units.saturated_gates, units.equal_units, signals.lost_to_biases,
    signals.same_outputs, signals.size_of_signals, signals.fixed_norms, signals.swamped_norms,
    signals.residual_stream,
    signals.large_tables, signals.sharp_attention, gradients.no_gradient, gradients.only_shifts,
    gradients.size_of_gradients, gradients.through_time, gradients.faint_gradients,
    outputs.unpaired_targets, outputs.wrong_outputs, outputs.bounded_outputs,
    outputs.shrunk_outputs, outputs.heavy_dropout,
)  # fmt: skip


NAMES = {  # of all findings -> what is the case, in words that say no more than was measured
    "not_finite": "a value is NaN or infinite",
    "never_initialized": "parameters look uninitialized",
    "identical_inputs": "all samples have the same inputs",
    "unscaled_inputs": "the root mean square of the inputs is far from one",
    "unscaled_targets": "the root mean square of the targets is far from one",
    "unpaired_targets": "outputs and targets have different shapes",
    "inputs_indistinguishable": "all inputs give nearly the same outputs",
    "identical_units": "units are copies of one another",
    "dead_units": "many units are dead",
    "dead_output": "outputs are dead",
    "saturated_units": "many units are saturated",
    "saturated_output": "outputs are saturated",
    "vanishing_signal": "outputs shrink from layer to layer",
    "exploding_signal": "outputs grow from layer to layer",
    "vanishing_gradient": "gradients shrink on the way back",
    "exploding_gradient": "gradients grow on the way back",
    "chaotic": "gradients grow on the way back",
    "no_gradient": "weights get no gradient",
    "unscaled_residuals": "the residual stream grows",
    "sharp_attention": "attention goes to a few positions only",
    "large_initial_loss": "the first loss is high",
    "bounded_outputs": "the range of the outputs limits how far the loss can fall",
    "heavy_dropout": "nearly all outputs of a layer are dropped in training",
    "cloned_layers": "layers are copies of one another",
    "one_stream": "layers begin with the same random numbers",
    "does_not_train": "a few training steps make no progress",
    "trains_slowly": "a few training steps make less progress than with other weights",
    "kept_zeros": "parameters get no gradient at the first step, but get one later",
    "unreached_parameters": "the loss does not depend on some parameters",
}
ENTIRELY = {  # where the figure is that of (nearly) all of them
    "dead_output": "the output layer is dead", "saturated_output": "the output layer is saturated",
}  # fmt: skip


def words_of(one: Finding) -> str:
    """Return what was found as words that a sentence goes on with."""
    return (ENTIRELY if one.severity == STOPS else {}).get(one.name) or NAMES[one.name]


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
