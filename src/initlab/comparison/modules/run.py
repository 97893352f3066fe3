"""A checked study of a PyTorch module -> its comparison."""

from __future__ import annotations

from functools import partial

from initlab.comparison.comparison import Comparison
from initlab.comparison.modules.dense import dense_data, train_dense
from initlab.comparison.modules.study import ModuleStudy
from initlab.comparison.modules.torch import train_torch
from initlab.comparison.running import run_rates


def run_module_study(
    checked: ModuleStudy,
    *,
    workers: int | None = None,
    progress: bool = True,
    report: str | None = None,
) -> Comparison:
    """Train every cell and draw the conclusions, with the faster of the engines that fit.

    Args:
        checked: the study.
        workers: threads; one per core if None.
        progress: show a progress bar.
        report: folder the report will go to, which the next command keeps.
    """
    data = None if checked.stack is None else dense_data(checked)
    train = partial(train_torch, checked) if data is None else partial(train_dense, checked, data)
    record, interrupted = run_rates(
        checked.study, train, checked.usual, workers=workers, progress=progress, report=report
    )
    return Comparison(record, data, interrupted=interrupted, notes=checked.notes)
