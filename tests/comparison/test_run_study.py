"""A run in parts: what the second part changes, and what a part tried again does not."""

from __future__ import annotations

import importlib
from types import SimpleNamespace

from initlab.comparison.progress import ProgressBar
from initlab.study.executors import PROCESSES, THREADS

run_study = importlib.import_module("initlab.comparison.run_study")


def test_the_pace_is_forgotten_where_processes_take_over_and_not_at_every_retry(monkeypatch):
    executors, forgotten, again = [], [], iter([False, True, True])

    class Bar(ProgressBar):
        def forget_pace(self):
            forgotten.append(len(executors))

    class Run:
        cells = ()

        def __init__(self, part, loaded, *, executor, **_):
            executors.append(executor)

    def retry(run, part, keeping, waiting):
        if next(again, False):
            waiting.appendleft(part)

    for name, value in {
        "ProgressBar": Bar, "Run": Run, "_follow": lambda *given: None, "_retry": retry,
        "WORTH_PROCESSES": -1.0,
    }.items():  # fmt: skip
        monkeypatch.setattr(run_study, name, value)
    study = SimpleNamespace(
        problem=SimpleNamespace(module=object()), cell_count=2, training=SimpleNamespace(steps=1)
    )
    loaded = SimpleNamespace(parallel=True, reload=object(), keeps=lambda count: False)
    keeping = SimpleNamespace(bytes_per_cell=lambda: 0.0, found=[], add=lambda cells: None)
    run_study._train(
        study, loaded, [("a",), ("b",)], keeping, workers=2, executor=None, progress=False,
        processes=True,
    )  # fmt: skip
    assert executors == [THREADS, PROCESSES, PROCESSES, PROCESSES]
    assert forgotten == [1]
