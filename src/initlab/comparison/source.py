"""Where a study's data comes from on this machine, and the parts that a problem is loaded as."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from initlab.records import Study, Training
from initlab.study import LoadedProblem


@dataclass(frozen=True)
class Source:
    """Where a study's data comes from on this machine; never part of its settings.

    Attributes:
        data_dir: folder to look for files in.
        allow_unknown_data: use files whose checksum is not the published one.
    """

    data_dir: str | os.PathLike[str] | None = None
    allow_unknown_data: bool = False


@dataclass(frozen=True)
class Parts:
    """What loading a problem adds to the settings.

    Attributes:
        loaded: the problem.
        training: how it is trained, at the first learning rate.
        metric: the score that ranks initializations.
        metrics: those it may be.
        stream: "course" or "default".
        defaults: of settings that the data or the model decides.
        check: refuses settings that no run could use; called for every learning rate.
    """

    loaded: LoadedProblem
    training: Training
    metric: str
    metrics: Sequence[str]
    stream: str = "default"
    defaults: Mapping[str, Any] = field(default_factory=dict)
    check: Callable[[Study, Training], None] = lambda study, training: None
