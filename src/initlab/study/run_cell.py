"""(cell specification, loaded problem) -> the cell: drawn, trained and measured, in one worker."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from initlab.engines import Callbacks, Trajectory
from initlab.engines.trajectory import Outcome
from initlab.networks.constant import Margin
from initlab.records import CANCELLED, DIVERGED, FINISHED, Cell, CellSpec
from initlab.study.environment import platform_words
from initlab.study.loaded import LoadedProblem


def run_cell(
    spec: CellSpec, loaded: LoadedProblem, callbacks: Callbacks | None = None, *, keep: bool = True
) -> Cell:
    """Run one cell; see :func:`run_block`."""
    return run_block([spec], loaded, callbacks, keep=keep)[0]


def run_block(
    specs: Sequence[CellSpec],
    loaded: LoadedProblem,
    callbacks: Callbacks | None = None,
    *,
    keep: bool = True,
) -> list[Cell]:
    """Run the cells of one block: a single one, or on a GPU those trained in one program.

    Args:
        specs: everything that decides their numbers.
        loaded: their problem, loaded.
        callbacks: progress, frames and the stop event.
        keep: keep the trained parameters in the cells.
    """
    networks = [loaded.draw(spec) for spec in specs]
    begun = [loaded.initial(spec, network) for spec, network in zip(specs, networks, strict=True)]
    trajectories = loaded.train(specs, networks, callbacks or Callbacks())
    return [
        _cell(spec, loaded, before, trajectory, keep=keep)
        for spec, before, trajectory in zip(specs, begun, trajectories, strict=True)
    ]


def _cell(
    spec: CellSpec, loaded: LoadedProblem, before: dict[str, Any], trajectory: Trajectory, *,
    keep: bool,
) -> Cell:  # fmt: skip
    outcome: Outcome = trajectory.outcome
    step, culprit = trajectory.diverged_step, trajectory.first_nonfinite
    metrics: dict[str, float | None] = dict.fromkeys(loaded.problem.metrics)
    margins: Mapping[str, Margin] = {}
    if outcome == FINISHED:
        finals, margins = loaded.scores(spec, trajectory)
        broken = {name for name in metrics if math.isnan(finals[name])}
        if broken - loaded.optional_scores:
            # the last update was finite, what it computes is not
            outcome, step, culprit = DIVERGED, spec.training.steps, "loss"
            margins = {}
        else:
            metrics = {name: None if name in broken else finals[name] for name in metrics}
    curve = loaded.curve(spec, trajectory)
    below = [
        step for step, loss in zip(curve["step"], curve["train_loss"], strict=True)
        if loss <= spec.training.threshold
    ]  # fmt: skip
    return Cell(
        init=spec.init,
        seed=spec.seed,
        outcome=outcome,
        metrics=metrics,
        margins=margins,
        curve=curve,
        steps_to_threshold=int(below[0]) if below else None,
        end=loaded.end(spec, trajectory) if outcome == FINISHED else None,
        diverged_step=step,
        first_nonfinite=None if culprit is None else loaded.name_of(culprit),
        learning_rate=spec.training.learning_rate,
        engine=loaded.trained_by(spec, trajectory),
        platform=platform_words(),
        key=spec.key,
        block=spec.block,
        parameters=loaded.parameters(trajectory) if keep and outcome != CANCELLED else None,
        **before,
    )
