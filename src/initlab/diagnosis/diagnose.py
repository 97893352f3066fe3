"""A network and a batch -> its diagnosis: measured, judged, and tried on copies."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from initlab.diagnosis.against import Difference, difference
from initlab.diagnosis.data import unscaled
from initlab.diagnosis.dense import measure_dense
from initlab.diagnosis.diagnosis import Diagnosis
from initlab.diagnosis.finding import GENERAL_INIT, NOTE, Finding, by_severity
from initlab.diagnosis.findings import findings
from initlab.diagnosis.fix import fixing
from initlab.diagnosis.fresh import SIZE
from initlab.diagnosis.jacobian import LARGEST
from initlab.diagnosis.judging import HARMLESS, Unlike, judged
from initlab.diagnosis.measurements import Measurements, NotMeasured
from initlab.diagnosis.runs import ON_DATA, TORCH_DEFAULT
from initlab.diagnosis.trial import (
    AS_GOOD,
    SHORT,
    SLOWER_THAN,
    SOME,
    STUCK,
    UNCLEAR,
    Trial,
    timed,
    tried,
)
from initlab.diagnosis.work import is_too_large, most_steps
from initlab.errors import DataError
from initlab.initialization.rules import Rules
from initlab.networks.dense import DenseNetwork, Parameters
from initlab.user_code import in_brief

if TYPE_CHECKING:
    from torch.nn import Module

    from initlab.diagnosis.module_trials import ModuleTrials

REFERENCES = {"he_normal": "he_normal", TORCH_DEFAULT: "torch_default"}  # of dense networks
DENSE_INIT = "the init he_normal"  # auto is for PyTorch models only
NO_TRIAL = "No training steps were tried, because trial=False (--no-trial) turns them off."
NO_REFERENCE = (
    "No training steps were tried. Either no other init could draw the weights of this model, or "
    "the loss of the best constant prediction, from which progress is measured, is 0 or not finite."
)
TOO_LARGE = (
    "No training steps were tried, because the model is large. With trial=True (--trial), they are "
    "tried anyway."
)
EQUAL_INPUTS = "No training steps were tried, because all inputs are equal."


def diagnose_module(
    module: Module, x: Any = None, y: Any = None, *, loss: Any = None, shape: Any = None,
    optimizer: Any = "adam", learning_rate: float | None = None, seed: int = 0,
    trial: bool | None = None, jacobian: bool | None = None, name: str = "",
    against: Trial | None = None,
) -> Diagnosis:  # fmt: skip
    """Diagnose a torch module; see :func:`initlab.diagnose`.

    ``against`` is what a trial is held against; None trains references.
    """
    from initlab.diagnosis.lazy import with_shapes
    from initlab.diagnosis.measuring import measure_at, measured_at
    from initlab.diagnosis.module_trials import TRAININGS, ModuleTrials, runs_on_standardized
    from initlab.diagnosis.no_trace import no_trace
    from initlab.diagnosis.numbers import looked_through
    from initlab.diagnosis.scaling import beside_codes, standardized
    from initlab.initialization.without_numbers import is_lazy

    settings = {"loss": loss, "optimizer": optimizer, "learning_rate": learning_rate, "seed": seed}
    if x is not None and is_lazy(module):
        module, x = with_shapes(module, x, y, seed=seed)
        y = None
    measured, inputs = measured_at(module, x, y, shape=shape, jacobian=jacobian, **settings)
    again: Callable[..., Diagnosis] = partial(
        diagnose_module, trial=trial, jacobian=False, name=name, **settings
    )
    codes = beside_codes(inputs, measured.data)
    asked = against is None and codes != measured.data and [*unscaled(measured)]
    if asked and not runs_on_standardized(module, inputs, measured.data, loss, seed):
        measured = replace(measured, data=codes)
    trials = ModuleTrials(module, measured, inputs, loss, seed)
    why = EQUAL_INPUTS if measured.equal_inputs else _no_trial(measured, trial, TRAININGS)
    if against is None and not measured.equal_inputs:
        of_data, beside = _of_data(measured, trials, tries=not why)
        places = [place for one in of_data if one.hinders for place in one.where]
        if places:
            with contextlib.suppress(DataError):  # a model may take no other numbers
                rest = again(module, x=standardized(inputs, measured.data, places))
                return _with_data(rest, of_data, measured, beside)
            of_data = ()
    else:
        of_data = ()
    figures = findings(replace(measured, data=()), looked_through(module))
    shown, alone = None, None
    if not why:
        try:
            suspect = any(one.severity != NOTE for one in figures)
            shown = trials.beside_references(against, suspect=suspect)
            changed = None if against or shown is None else trials.beside_changes(shown)
            if shown is not None and changed is not None:
                shown, alone = _worse(shown, changed[0]), changed[1]
            elif not against and shown is not None and _is_hindered(shown):
                begin = time.perf_counter()
                alone = trials.one_layer(shown)
                shown = replace(shown, seconds=shown.seconds + time.perf_counter() - begin)
        except Exception as error:  # a copy of a user's model may fail where the model does not
            steps = "The training steps on a copy of the model" if shown is None else (
                "The training steps on copies of the model with some parameters changed"
            )  # fmt: skip
            why = f"{steps} failed: {in_brief(error)}"

    def fix(found: Diagnosis) -> Rules:
        return fixing(module, found, partial(again, x=inputs), seed, inputs.copied().given)

    def unlike() -> Difference | None:
        others: list[Measurements] = []
        with contextlib.suppress(Exception), no_trace(module, seed=seed):  # a copy may fail
            only = ON_DATA if shown is not None and shown.reference.init == ON_DATA else None
            for _, one in trials.references(seed, only):
                others.append(measure_at(one, inputs.copied(), loss, seed=seed))
        return difference(measured, others)

    shown_name = name or type(module).__name__
    return _judged(shown_name, measured, (*of_data, *figures), shown, why, unlike, fix, alone)


def _worse(shown: Trial, changed: Trial) -> Trial:
    """Return the trial that counts, beside references or a change: where a network is hindered."""
    kept = shown if _is_hindered(shown) else changed
    return replace(kept, seconds=shown.seconds + changed.seconds)


def _is_hindered(shown: Trial) -> bool:
    """Whether a network is stuck or slower, beside a reference that learns something."""
    sick = shown.outcome == STUCK or (shown.outcome == SLOWER_THAN and not shown.is_as_usual)
    return sick and not shown.learns_nothing


def _of_data(
    measured: Measurements, trials: ModuleTrials, *, tries: bool
) -> tuple[tuple[Finding, ...], Trial | None]:
    """Return what is wrong with the data, as trials of them show it, and the trial of the worst.

    The same weights are trained on standardized data: what hinders them less there is the data.
    """
    found, each = [*unscaled(measured)], dict[str, Trial]()
    if tries and found:
        with contextlib.suppress(Exception):  # a copy may fail, or a loss take no other targets
            each = trials.beside_standardized([one.where[0] for one in found])
    kept = by_severity(
        new for one in found for new in _judged_data(one, each.get(one.where[0]))
    )  # fmt: skip
    return kept, next((each[place] for one in kept for place in one.where if place in each), None)


def _judged_data(one: Finding, beside: Trial | None) -> tuple[Finding, ...]:
    """Return what a trial leaves of a finding: nothing that hinders where the data are learned.

    Weights that are drawn for such data are worse on standardized ones, and no measure of these.
    """
    if beside is not None and beside.learns_nothing:  # it shows nothing of the data's size
        return judged([one], None)
    if beside is not None and beside.outcome == UNCLEAR:
        own, other = beside.own.progress, beside.reference.progress
        if own >= max(SOME, AS_GOOD * other):
            return (replace(one, severity=NOTE, effect=HARMLESS),) if one.hinders else ()
    return judged([one], beside)


def _with_data(
    rest: Diagnosis, of_data: Sequence[Finding], measured: Measurements, beside: Trial | None
) -> Diagnosis:
    """Return the diagnosis of a network whose data hinder it.

    Args:
        rest: its diagnosis on standardized data: what is wrong with the network itself.
        of_data: what is wrong with the data.
        measured: its figures on the data as they are.
        beside: the trial that shows it.
    """
    own = (replace(one, evidence=f"On standardized data: {one.evidence}") for one in rest.findings)
    missing = (
        one
        for one in rest.measured.not_measured
        if one.what == "changes" or (one.what == "trial" and beside is None)
    )
    measured = replace(measured, not_measured=(*measured.not_measured, *missing))
    return replace(rest, findings=by_severity((*of_data, *own)), measured=measured,
                   trial=beside or rest.trial)  # fmt: skip


def diagnose_dense(
    network: DenseNetwork, parameters: Parameters, x: Any, y: Any, *, name: str,
    optimizer: str = "adam", learning_rate: float | None = None, seed: int = 0,
    trial: bool | None = None,
) -> Diagnosis:  # fmt: skip
    """Diagnose a dense network by NumPy alone; see :func:`initlab.diagnose`."""
    from initlab.diagnosis.fresh import row_batches
    from initlab.diagnosis.training import dense_training
    from initlab.initialization.dense import draw_network

    measured = measure_dense(network, parameters, x, y, optimizer=optimizer,
                             learning_rate=learning_rate, seed=seed)  # fmt: skip

    def drawn(words: str, seed: int = seed) -> Parameters:
        return draw_network(REFERENCES[words], network.layer_dims, seed=seed)

    def unlike() -> Difference | None:
        return difference(
            measured,
            [measure_dense(network, drawn(one), x, y, seed=seed) for one in REFERENCES],
        )

    trainings = 1 + len(REFERENCES)
    shown, why = None, _no_trial(measured, trial, trainings)
    if not why:
        floor, fresh = measured.constant_loss, len(x) >= 2 * SIZE
        most = most_steps(measured, trainings) if fresh else SHORT
        rows = [*itertools.islice(itertools.cycle(row_batches(len(x), seed)), most)]
        training = partial(dense_training, network, x=x, y=y, rows=rows, floor=floor)
        others = ((words, training(drawn(words))) for words in REFERENCES)
        shown = timed(
            tried, training(parameters), others, floor, most=most, fresh=fresh,
            floor_words=f"the loss of {measured.constant_words}",
            again=lambda words: training(drawn(words, seed + 1)),
        )  # fmt: skip
    found = _judged(name, measured, findings(replace(measured, data=())), shown, why, unlike, None)
    return replace(found, findings=tuple(
        replace(one, fix=one.fix.replace(GENERAL_INIT, DENSE_INIT)) for one in found.findings
    ))  # fmt: skip


def _judged(
    name: str, measured: Measurements, findings: Sequence[Finding], trial: Trial | None, why: str,
    unlike: Unlike, fix: Any, alone: Difference | None = None,
) -> Diagnosis:  # fmt: skip
    if trial is None and not why:
        why = NO_REFERENCE
    if why:
        what = "trial" if trial is None else "changes"
        missing = (*measured.not_measured, NotMeasured(what, why))
        measured = replace(measured, not_measured=missing)
    found = Diagnosis(name, judged(findings, trial, unlike, alone), measured, trial)
    return found if fix is None else replace(found, _fix=lambda: fix(found))


def _no_trial(measured: Measurements, wanted: bool | None, trainings: int) -> str:
    """Return why no steps are tried; "" where they are."""
    count = sum(one.size for one in measured.parameters)
    if wanted is False:
        return NO_TRIAL
    if not measured.parameters or not measured.passes:
        return "No training steps were tried, because training changes no parameter of this model."
    if wanted is None and (is_too_large(measured, trainings) or count >= LARGEST):
        return TOO_LARGE
    return ""
