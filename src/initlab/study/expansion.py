"""Study -> the specifications of its cells, in blocks; the one place that knows the grid."""

from __future__ import annotations

from initlab.records import CellSpec, Study
from initlab.study.environment import method_numerics, numerics
from initlab.study.loaded import LoadedProblem

Block = tuple[CellSpec, ...]
"""Cells that one call trains: a single one, or on a GPU several seeds of one init and rate."""


def expand(study: Study, loaded: LoadedProblem) -> list[Block]:
    """Return every cell of a study, (learning rate, initialization, seed), once.

    Seeds come first, so that a study stopped early has the same seeds of every initialization.

    Args:
        study: all settings.
        loaded: its problem: names the engine, and how many seeds it trains together.
    """
    versions = numerics(loaded.versions())
    size = loaded.together
    own = study.own_rates
    of_init = {init: {**versions, **method_numerics(init, study.bias_init)} for init in study.inits}
    trainings = {rate: study.training.replace(learning_rate=rate) for rate in study.every_rate}
    blocks: dict[tuple[int, float, str], list[CellSpec]] = {}
    for seed in study.seeds:
        first = seed - seed % size
        for rate in study.rates:
            for init in study.inits:
                training = trainings[own[init] if own else rate]
                spec = CellSpec(
                    problem=study.problem,
                    training=training,
                    init=init,
                    bias_init=study.bias_init,
                    seed=seed,
                    stream=study.stream,
                    engine=loaded.engine(training),
                    versions=of_init[init],
                    block=(first, size) if size > 1 else None,
                )
                blocks.setdefault((first, training.learning_rate, init), []).append(spec)
    return [tuple(block) for block in blocks.values()]
