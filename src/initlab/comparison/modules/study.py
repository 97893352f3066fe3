"""What a checked study of a PyTorch module is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from initlab.engines.torch.data import ModuleData
from initlab.engines.torch.dense_stack import DenseStack
from initlab.engines.torch.memory import Memory
from initlab.engines.torch.model import ModelSource
from initlab.engines.torch.plan import ModulePlan
from initlab.engines.torch.probe import Probe
from initlab.engines.torch.scores import score_names
from initlab.records import Study


@dataclass(frozen=True)
class ModuleStudy:
    """A checked study, and what it needs beyond its record.

    Attributes:
        study: all settings.
        source: makes modules.
        data: training and validation samples, on the device.
        probe: what the first batch showed.
        plan: how replicates are trained, at the study's first learning rate.
        metrics: the user's own, by the name of the score.
        stack: the dense network the module computes, where the dense engine trains it.
        usual: what every setting is when no option names it.
        notes: what a reader of the results should know.
    """

    study: Study
    source: ModelSource
    data: ModuleData
    probe: Probe
    plan: ModulePlan
    metrics: Mapping[str, Callable[[Any, Any], Any]]
    stack: DenseStack | None
    usual: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def metric_names(found: Probe, loaded: ModuleData, own: Mapping[str, Any]) -> list[str]:
    """Return the scores of a trained module, in the order of the table."""
    names = ["train_loss", "train_loss_last_100"]
    if loaded.validation is not None:
        kinds = score_names(found.task)
        if isinstance(loaded.validation, Memory) and not _spread(loaded.validation):
            kinds = [kind for kind in kinds if kind != "r2"]  # there is nothing to explain
        names += [f"validation_{kind}" for kind in kinds]
    return [*names, *own]


def _spread(part: Memory) -> bool:
    return bool((part.target != part.target[0]).any())
