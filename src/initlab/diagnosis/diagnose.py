"""A network and a batch -> its diagnosis: measured, judged, and tried on copies."""

from __future__ import annotations

import contextlib
import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from initlab.diagnosis.against import Difference, difference
from initlab.diagnosis.dense import measure_dense
from initlab.diagnosis.diagnosis import Diagnosis
from initlab.diagnosis.finding import Finding
from initlab.diagnosis.findings import findings
from initlab.diagnosis.fix import HEADED, fixing, references, to_targets
from initlab.diagnosis.fresh import SIZE
from initlab.diagnosis.jacobian import LARGEST
from initlab.diagnosis.judging import Unlike, judged
from initlab.diagnosis.measurements import LayerMeasurement, Measurements, NotMeasured
from initlab.diagnosis.trial import (
    LARGEST_WORK,
    LONGEST_WORK,
    OPTIMIZERS,
    SHORT,
    STEPS,
    TORCH_DEFAULT,
    Train,
    Trial,
    tried,
)
from initlab.initialization.rules import Rules
from initlab.networks.anatomy import RECURRENT
from initlab.networks.dense import DenseNetwork, Parameters
from initlab.user_code import in_brief

if TYPE_CHECKING:
    from torch.nn import Module

    from initlab.diagnosis.inputs import Inputs

REFERENCES = {"he_normal": "he_normal", TORCH_DEFAULT: "torch_default"}  # of dense networks
TRAININGS = 5  # of a module and all its references
CALL = 1e5  # multiplications that take as long as the call of a layer
RANDOM_FLOOR = 1.0  # mean square of random values
NO_TRIAL = "No training steps were tried, because trial=False (--no-trial)."
NO_REFERENCE = (
    "No training steps were tried: either no other init could be drawn for this model to compare "
    "it with, or the loss of a constant answer, of which progress is a share, is not above 0."
)
TOO_LARGE = (
    "No training steps were tried, because the model is large; trial=True (--trial) tries them "
    "all the same."
)


def diagnose_module(
    module: Module, x: Any = None, y: Any = None, *, loss: Any = None, shape: Any = None,
    optimizer: Any = "adam", learning_rate: float | None = None, seed: int = 0,
    trial: bool | None = None, jacobian: bool | None = None, name: str = "",
    against: Trial | None = None,
) -> Diagnosis:  # fmt: skip
    """Diagnose a torch module; see :func:`initlab.diagnose`.

    ``against`` is what a trial is held against; None trains references.
    """
    from initlab.diagnosis.measuring import measure_at, measured_at
    from initlab.diagnosis.no_trace import no_trace
    from initlab.diagnosis.numbers import looked_through

    settings = {"loss": loss, "optimizer": optimizer, "learning_rate": learning_rate, "seed": seed}
    measured, inputs = measured_at(module, x, y, shape=shape, jacobian=jacobian, **settings)
    again = partial(diagnose_module, x=inputs, trial=trial, jacobian=False, name=name, **settings)
    shown, why = None, _no_trial(measured, trial, TRAININGS)
    if not why:
        try:
            shown = _module_trial(module, measured, inputs, loss, seed, against)
        except Exception as error:  # a copy of a user's model may fail where the model does not
            why = f"The training steps on a copy failed: {in_brief(error)}"

    def fix(found: Diagnosis) -> Rules:
        return fixing(module, found, again, seed, inputs.copied().given)

    def unlike() -> Difference | None:
        others: list[Measurements] = []
        with contextlib.suppress(Exception), no_trace(module, seed=seed):  # a copy may fail
            for _, one in _references(module, measured, inputs, seed):
                others.append(measure_at(one, inputs.copied(), loss, seed=seed))
        return difference(measured, others)

    shown_name = name or type(module).__name__
    return _judged(shown_name, measured, shown, why, looked_through(module), unlike, fix)


def _module_trial(
    module: Module, measured: Measurements, inputs: Inputs, loss: Any, seed: int,
    against: Trial | None,
) -> Trial | None:  # fmt: skip
    from initlab.diagnosis.fresh import Batches
    from initlab.diagnosis.no_trace import no_trace
    from initlab.diagnosis.training import module_training
    from initlab.engines.torch.engine import repeatable

    device = next(module.parameters()).device
    with no_trace(module, seed=seed), repeatable(device):
        batches, random = inputs.batches, not measured.loss_name
        assert batches is not None
        first = batches.at(0)
        if random:
            batches = Batches(iter((first,)))  # random values are the same for every batch
        floor = RANDOM_FLOOR if random else measured.constant_loss
        others = (
            (words, module_training(one, batches, loss, seed, floor))
            for words, one in _references(module, measured, inputs, seed)
            if not (random and words == HEADED)  # random values are sooner learned from 0
        )

        def again(init: str) -> Train | None:
            second = _references(module, measured, inputs, seed + 1)
            return next((module_training(one, batches, loss, seed, floor)
                         for words, one in second if words == init), None)  # fmt: skip

        own = module_training(module, batches, loss, seed, floor)
        most = _most_steps(measured, TRAININGS) if batches.fresh else SHORT
        return _timed(
            tried, own, against or others, floor, most=most, random=random, fresh=batches.fresh,
            again=again,
        )  # fmt: skip


def _references(
    module: Module, measured: Measurements, inputs: Inputs, seed: int
) -> Iterator[tuple[str, Module]]:
    """Yield inits, and copies that they drew; of a regression with outputs that fit the targets."""
    for words, one in references(module, measured.anatomy, seed, inputs.copied().given):
        if measured.loss_name and measured.guess_loss is None:
            to_targets(one, measured.anatomy, inputs.target)
        yield words, one


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
        most = _most_steps(measured, trainings) if fresh else SHORT
        rows = [*itertools.islice(itertools.cycle(row_batches(len(x), seed)), most)]
        training = partial(dense_training, network, x=x, y=y, rows=rows, floor=floor)
        others = ((words, training(drawn(words))) for words in REFERENCES)
        shown = _timed(
            tried, training(parameters), others, floor, most=most, fresh=fresh,
            again=lambda words: training(drawn(words, seed + 1)),
        )  # fmt: skip
    return _judged(name, measured, shown, why, (), unlike, None)


def _judged(
    name: str, measured: Measurements, trial: Trial | None, why: str, more: Sequence[Finding],
    unlike: Unlike, fix: Any,
) -> Diagnosis:  # fmt: skip
    if trial is None and not why:
        why = NO_REFERENCE
    if why:
        missing = (*measured.not_measured, NotMeasured("trial", why))
        measured = replace(measured, not_measured=missing)
    found = Diagnosis(name, judged(findings(measured, more), trial, unlike), measured, trial)
    return found if fix is None else replace(found, _fix=lambda: fix(found))


def _timed(try_: Callable[..., Trial | None], *given: Any, **settings: Any) -> Trial | None:
    begin = time.perf_counter()
    found = try_(*given, **settings)
    return None if found is None else replace(found, seconds=time.perf_counter() - begin)


def _no_trial(measured: Measurements, wanted: bool | None, trainings: int) -> str:
    """Return why no steps are tried; "" where they are."""
    count = sum(one.size for one in measured.parameters)
    if wanted is False:
        return NO_TRIAL
    if not measured.parameters or not measured.passes:
        return "No training steps were tried, because no parameter is trained."
    work = _work(measured, STEPS[0], trainings)
    if wanted is None and (work > LARGEST_WORK or count >= LARGEST):
        return TOO_LARGE
    return ""


def _work(measured: Measurements, steps: int, trainings: int) -> float:
    """Return about how many multiplications the steps of a trial take."""
    size = {layer.name: sum(math.prod(one.shape) for one in layer.parameters if one.fan)
            for layer in measured.anatomy.layers}  # fmt: skip
    share = min(1.0, SIZE / max(1, measured.samples))
    one_pass = sum(
        CALL * _calls(one, measured.samples) + share * one.points * size.get(one.name, 0)
        for one in measured.layers
    )
    whole = 2 * steps + (trainings - 2) * min(steps, SHORT)  # all references but one end early
    return 3 * one_pass * len(OPTIMIZERS) * whole


def _calls(layer: LayerMeasurement, samples: int) -> float:
    """Return how many calls a layer is: a recurrent one computes step by step."""
    return max(1.0, layer.points / max(1, samples)) if layer.role == RECURRENT else 1.0


def _most_steps(measured: Measurements, trainings: int) -> int:
    """Return how many steps a trial may take: the smaller the network, the more."""
    fits = [one for one in STEPS if _work(measured, one, trainings) <= LONGEST_WORK]
    return max(fits, default=STEPS[0])
