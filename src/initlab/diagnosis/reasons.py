"""Why something was not measured, in a sentence: the same for modules and dense networks."""

from __future__ import annotations

from collections.abc import Iterable

from initlab.diagnosis.measurements import NotMeasured

ONE_SAMPLE = (
    "This measurement needs at least two samples, and it must be known which axis of the outputs "
    "holds the samples."
)
ZERO = "The outputs are 0."
NOT_FINITE = "The outputs are not finite."
GRADIENT_NOT_FINITE = "The gradient is not finite."
UPDATE_NOT_FINITE = "The values of the parameter, or of its gradient, are not finite."
JACOBIAN_NOT_FINITE = "The Jacobian is not finite."
NOT_TRACKED = (
    "No gradient goes through the outputs: no trained parameter comes before them, or they are "
    "computed again in the backward pass (checkpointing)."
)
NOT_PLAIN = "The network up to this layer is not a plain stack of layers and known nonlinearities."
MEAN = (
    "The theory assumes weights with mean 0; the weights of this layer, or of an earlier layer, "
    "have another mean."
)
NO_END = "The gradient at the end of the plain stack is 0, not finite or not known."
NO_SLOPE = "The slope of the function that follows is not known."
NO_ROWS = "It is not known which incoming weights belong to which unit."
NO_GRADIENT = "The gradient of the incoming weights is not known."
NO_LOSS = "Targets (y) and a loss are needed."
IN_PLACE = "The nonlinearity overwrote the numbers from which its slope is computed."
INSIDE = "Inside attention, only the attention weights are measured."


def merged(missing: Iterable[NotMeasured]) -> tuple[NotMeasured, ...]:
    """Return what is not measured, each reason once with all the places that it is for."""
    places: dict[tuple[str, str], dict[str, None]] = {}
    for one in missing:
        places.setdefault((one.what, one.reason), {}).update(dict.fromkeys(one.where))
    return tuple(NotMeasured(what, why, tuple(where)) for (what, why), where in places.items())
