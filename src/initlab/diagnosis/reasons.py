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
    "The outputs of a layer get no gradient if neither the layer nor any layer before it has "
    "trained parameters, or if the outputs are computed again in the backward pass (checkpointing)."
)
NOT_PLAIN = "The network up to this layer is not a plain stack of layers and known nonlinearities."
MEAN = (
    "The theory assumes weights with mean 0, but the mean of the weights of this layer, or of an "
    "earlier layer, is not 0."
)
NO_END = "The gradient at the end of the plain stack of layers is 0, not finite or not known."
NO_SLOPE = "The slope of the function that follows the layer is not known."
NO_ROWS = "It is not known which weights of the layer belong to which unit."
NO_GRADIENT = "The gradient of the layer's weights is not known."
NO_LOSS = "Targets (y) and a loss are needed."
IN_PLACE = "The nonlinearity overwrote the numbers from which its slope is computed."
INSIDE = "Inside attention, only the attention weights are measured."


def merged(missing: Iterable[NotMeasured]) -> tuple[NotMeasured, ...]:
    """Return what is not measured, each reason once with all the places that it is for."""
    places: dict[tuple[str, str], dict[str, None]] = {}
    for one in missing:
        places.setdefault((one.what, one.reason), {}).update(dict.fromkeys(one.where))
    return tuple(NotMeasured(what, why, tuple(where)) for (what, why), where in places.items())
