"""Where a study's data comes from on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """Where a study's data comes from on this machine; never part of its settings.

    Attributes:
        data_dir: folder to look for files in.
        allow_unknown_data: use files whose checksum is not the published one.
    """

    data_dir: str | os.PathLike[str] | None = None
    allow_unknown_data: bool = False
