"""A checked study of a PyTorch module -> its cells, trained by PyTorch."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from initlab.comparison.modules.study import ModuleStudy, metric_names
from initlab.engines import Watch
from initlab.engines.torch.memory import Batch, Memory
from initlab.engines.torch.scores import evaluate
from initlab.engines.torch.training import Trained, Training, train_all
from initlab.engines.torch.units import unit_health
from initlab.records import DIVERGED, FINISHED, Cell, Study, UnitHealth

PROBE = 500  # training samples, the first ones, on which starts and units are looked at
EVALUATED_TOGETHER = 1_000  # samples of the validation part
LARGEST_LOOK = 1_000_000  # inputs or outputs looked at together, where a batch has not more
LAST_BATCHES = 100
LARGEST_KEPT = 10_000_000  # trained numbers of a whole study: above, only scores are kept


def train_torch(
    checked: ModuleStudy, study: Study, watch: Watch, workers: int | None
) -> tuple[list[Cell], str, bool]:
    """Train with PyTorch at one learning rate."""
    device = study.module["device"]
    plan = replace(checked.plan, learning_rate=study.learning_rate)
    probe = _first(checked)

    def make(init: str, seed: int) -> Any:
        return checked.source.start(init, seed, study.bias_init).to(device)

    training = Training(make, checked.probe.task, plan, checked.data.train, checked.probe.draws)
    pairs = [(init, seed) for init in study.inits for seed in study.seeds]
    return train_all(
        training, pairs, partial(_begin, checked, probe), partial(_finish, checked, probe, study),
        workers=workers, watch=watch,
    )  # fmt: skip


def _first(checked: ModuleStudy) -> Batch:
    """Return the first training samples, in their own order."""
    count = _together(checked, PROBE)
    return next(iter(checked.data.train.chunks(count, count)))


def _together(checked: ModuleStudy, limit: int) -> int:
    """Return how many samples the model may be given at once: what training takes fits."""
    train = checked.data.train
    if not isinstance(train, Memory):
        return limit
    largest = max(checked.probe.numbers, *(x[0].numel() for x in train.inputs), 1)
    return int(min(limit, max(train.batch_size or limit, LARGEST_LOOK // largest)))


def _begin(checked: ModuleStudy, probe: Batch, module: Any) -> dict[str, Any]:
    """Measure a start: its loss, its first gradients and its units; the module stays as it is."""
    looked_at = copy.deepcopy(module).train()
    for layer in looked_at.modules():
        if type(layer).__name__.startswith("Drop"):
            layer.eval()
    task, (inputs, target) = checked.probe.task, probe
    loss = task.loss_of(looked_at(*inputs), target)
    loss.backward()
    norms = {
        name: math.nan if one.grad is None else float(one.grad.norm())
        for name, one in looked_at.named_parameters()
        if one.requires_grad
    }
    return {
        "initial_loss": float(loss.detach()),
        "gradient_norms": {name: norm for name, norm in norms.items() if not math.isnan(norm)},
        "start": UnitHealth(**unit_health(looked_at, task, probe)),
    }


def _finish(
    checked: ModuleStudy, probe: Batch, study: Study, pair: tuple[str, int],
    before: dict[str, Any], trained: Trained,
) -> Cell:  # fmt: skip
    """Build the cell of one replicate."""
    outcome, step, culprit = trained.outcome, trained.diverged_step, trained.first_nonfinite
    metrics: dict[str, float | None] = dict.fromkeys(
        metric_names(checked.probe, checked.data, checked.metrics)
    )
    if outcome == FINISHED:
        finals = _scores(checked, trained)
        if any(math.isnan(finals[name]) for name in metrics if name not in checked.metrics):
            # the last update was finite, what it computes is not
            outcome, step, culprit = DIVERGED, study.steps, "loss"
        else:
            metrics |= {
                name: None if math.isnan(finals[name]) else finals[name] for name in metrics
            }
    finished = outcome == FINISHED
    curve = _curve(checked, study, trained)
    kept = finished and _keeps(study)
    return Cell(
        init=pair[0],
        seed=pair[1],
        outcome=outcome,
        metrics=metrics,
        curve=curve,
        steps_to_threshold=next(
            (s for s, loss in zip(curve["step"], curve["train_loss"], strict=True)
             if loss <= study.threshold), None,
        ),
        end=UnitHealth(**unit_health(trained.module, checked.probe.task, probe))
        if finished else None,
        diverged_step=step,
        first_nonfinite=culprit,
        parameters=_parameters(trained.module) if kept else None,
        **before,
    )  # fmt: skip


def _scores(checked: ModuleStudy, trained: Trained) -> dict[str, float]:
    losses = trained.losses
    found: dict[str, float] = {}
    if losses:
        found["train_loss"] = losses[-1]
        found["train_loss_last_100"] = float(np.mean(losses[-LAST_BATCHES:]))
    else:  # not trained: the loss of the start as it is
        chunks = checked.data.train.chunks(_together(checked, EVALUATED_TOGETHER))
        loss = evaluate(trained.module, checked.probe.task, chunks)["loss"]
        found["train_loss"] = found["train_loss_last_100"] = loss
    if checked.data.validation is not None:
        chunks = checked.data.validation.chunks(_together(checked, EVALUATED_TOGETHER))
        own = {name.removeprefix("validation_"): one for name, one in checked.metrics.items()}
        scores = evaluate(trained.module, checked.probe.task, chunks, own)
        found |= {f"validation_{kind}": value for kind, value in scores.items()}
    return found


def _curve(checked: ModuleStudy, study: Study, trained: Trained) -> dict[str, list[Any]]:
    steps = [s for s in range(0, study.steps, study.record_every) if s < len(trained.losses)]
    curve: dict[str, list[Any]] = {
        "step": steps, "train_loss": [trained.losses[s] for s in steps]
    }  # fmt: skip
    if study.batch_size is not None and study.data.get("n_train"):
        per_epoch = checked.data.train.steps_per_epoch
        curve["epoch"] = [step / per_epoch for step in steps]
    return curve


def _keeps(study: Study) -> bool:
    return study.weight_count * len(study.inits) * len(study.seeds) <= LARGEST_KEPT


def _parameters(module: Any) -> dict[str, Any]:
    return {
        name: one.detach().cpu().float().numpy() if one.dtype.itemsize < 4
        else one.detach().cpu().numpy().copy()
        for name, one in module.named_parameters()
    }  # fmt: skip
