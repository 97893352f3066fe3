"""Training samples -> the batch that inits look at which need data: the same for every run."""

from __future__ import annotations

from initlab.datasets.dataset import InMemory, Samples
from initlab.engines.torch.batches import chunks
from initlab.engines.torch.task import CLASSES, IGNORED_LABEL, OTHER
from initlab.initialization.batch import Batch
from initlab.initialization.on_data import SAMPLES, spaced
from initlab.modules.framework import load_torch


def init_batch(train: Samples, kind: str = OTHER) -> Batch:
    """Return up to 500 inputs, evenly spaced or the first of a stream, and the targets of all.

    Args:
        train: the samples.
        kind: of the task, which says what the targets are.
    """
    if isinstance(train, InMemory):
        inputs, labels = spaced(SAMPLES, *train.inputs), train.y
    else:
        torch, found = load_torch(), list(chunks(train, SAMPLES, SAMPLES))
        inputs = tuple(torch.cat(parts) for parts in zip(*(x for x, _ in found), strict=True))
        labels = torch.cat([target for _, target in found])
    if kind == CLASSES and not labels.is_floating_point():
        labels = labels[labels != IGNORED_LABEL]
    known = "" if kind == OTHER else kind
    return Batch(tuple(one.cpu() for one in inputs), labels.cpu().numpy(), known)
