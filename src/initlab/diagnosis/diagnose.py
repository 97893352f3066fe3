"""A network and a batch -> its diagnosis: measured, judged, and tried on copies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from initlab.diagnosis.dense import measure_dense
from initlab.diagnosis.diagnosis import Diagnosis
from initlab.diagnosis.finding import Finding
from initlab.diagnosis.findings import findings
from initlab.diagnosis.fix import fixing, references
from initlab.diagnosis.judging import judged
from initlab.diagnosis.measurements import Measurements, NotMeasured
from initlab.diagnosis.trial import (
    LARGEST_WORK,
    OPTIMIZERS,
    SAMPLES,
    STEPS,
    USUAL,
    Runs,
    Trial,
    tried,
)
from initlab.initialization.rules import Rules
from initlab.networks.dense import DenseNetwork, Parameters
from initlab.own_line import in_brief

if TYPE_CHECKING:
    from torch.nn import Module

    from initlab.diagnosis.inputs import Inputs

REFERENCES = {"he_normal": "he_normal", USUAL: "torch_default"}  # of dense networks
TRAININGS = 5  # of a network and all its references
RANDOM_FLOOR = 1.0  # mean square of random values
NO_TRIAL = "No steps were tried: trial=False (--no-trial)."
NO_REFERENCE = "No steps were tried: the init auto cannot draw a reference for this model."
TOO_LARGE = "No steps were tried: the model is large; trial=True (--trial) tries them."


def diagnose_module(
    module: Module, x: Any = None, y: Any = None, *, loss: Any = None, shape: Any = None,
    optimizer: Any = "adam", learning_rate: float | None = None, seed: int = 0,
    trial: bool | None = None, jacobian: bool | None = None, name: str = "",
    against: Runs | None = None,
) -> Diagnosis:  # fmt: skip
    """Diagnose a torch module; see :func:`initlab.diagnose`.

    ``against`` is what a trial is held against; None trains references.
    """
    from initlab.diagnosis.measuring import measured_at
    from initlab.diagnosis.numbers import looked_through

    settings = {"loss": loss, "optimizer": optimizer, "learning_rate": learning_rate, "seed": seed}
    measured, inputs = measured_at(module, x, y, shape=shape, jacobian=jacobian, **settings)
    again = partial(diagnose_module, x=inputs, trial=trial, jacobian=False, name=name, **settings)
    shown, why = None, _no_trial(measured, trial)
    if not why:
        try:
            shown = _module_trial(module, measured, inputs, loss, seed, against)
        except Exception as error:  # a copy of a user's model may fail where the model does not
            why = f"No steps could be tried: {in_brief(error)}"

    def fix(found: Diagnosis) -> Rules:
        return fixing(module, found, again, seed, inputs.copied().given)

    shown_name = name or type(module).__name__
    return _judged(shown_name, measured, shown, why, looked_through(module), fix)


def _module_trial(
    module: Module, measured: Measurements, inputs: Inputs, loss: Any, seed: int,
    against: Runs | None,
) -> Trial | None:  # fmt: skip
    from initlab.diagnosis.no_trace import no_trace
    from initlab.diagnosis.training import fewer, module_training
    from initlab.engines.torch.engine import repeatable

    device = next(module.parameters()).device
    with no_trace(module, seed=seed), repeatable(device):
        few = fewer(inputs)
        floor = _floor(measured) if measured.loss_name else RANDOM_FLOOR
        others = (
            (words, module_training(one, few, loss, seed, floor))
            for words, one in references(module, measured.anatomy, seed, few.copied().given)
        )
        own = module_training(module, few, loss, seed, floor)
        return tried(own, against or others, floor, random=not measured.loss_name)


def diagnose_dense(
    network: DenseNetwork, parameters: Parameters, x: Any, y: Any, *, name: str,
    optimizer: str = "adam", learning_rate: float | None = None, seed: int = 0,
    trial: bool | None = None,
) -> Diagnosis:  # fmt: skip
    """Diagnose a dense network by NumPy alone; see :func:`initlab.diagnose`."""
    from initlab.diagnosis.training import dense_training
    from initlab.initialization.dense import draw_network

    measured = measure_dense(network, parameters, x, y, optimizer=optimizer,
                             learning_rate=learning_rate, seed=seed)  # fmt: skip
    shown, why = None, _no_trial(measured, trial)
    if not why:
        floor = _floor(measured)
        others = (
            (
                words,
                dense_training(
                    network, draw_network(init, network.layer_dims, seed=seed), x, y, floor
                ),
            )
            for words, init in REFERENCES.items()
        )
        shown = tried(dense_training(network, parameters, x, y, floor), others, floor)
    return _judged(name, measured, shown, why, (), None)


def _judged(
    name: str, measured: Measurements, trial: Trial | None, why: str, more: Sequence[Finding],
    fix: Any,
) -> Diagnosis:  # fmt: skip
    if trial is None and not why:
        why = NO_REFERENCE
    if why:
        missing = (*measured.not_measured, NotMeasured("trial", why))
        measured = replace(measured, not_measured=missing)
    found = Diagnosis(name, judged(findings(measured, more), trial), measured, trial)
    return found if fix is None else replace(found, _fix=lambda: fix(found))


def _floor(measured: Measurements) -> float | None:
    """Return the loss of an answer that knows no inputs; None where it is 0, or not known."""
    return measured.prior_loss or measured.guess_loss


def _no_trial(measured: Measurements, wanted: bool | None) -> str:
    """Return why no steps are tried; "" where they are."""
    if wanted is False:
        return NO_TRIAL
    if not measured.parameters or not measured.passes:
        return "No steps were tried: no parameter is trained."
    if wanted is None and _work(measured) > LARGEST_WORK:
        return TOO_LARGE
    return ""


def _work(measured: Measurements) -> float:
    """Return about how many multiplications the steps of a trial take."""
    size = {layer.name: sum(math.prod(one.shape) for one in layer.parameters if one.fan)
            for layer in measured.anatomy.layers}  # fmt: skip
    share = min(1.0, SAMPLES / max(1, measured.samples))
    one_pass = sum(share * one.points * size.get(one.name, 0) for one in measured.layers)
    return 3 * one_pass * STEPS * len(OPTIMIZERS) * TRAININGS
