"""Many small cases in one test: all are tried, and the message names each that fails.

A test of its own costs each case some milliseconds: more than most of them take.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest


def check_each(check: Callable[[Any], None], cases: Mapping[str, Any]) -> None:
    """Call ``check`` with every case, and fail with the names and messages of those that failed."""
    failed = []
    for name, case in cases.items():
        try:
            check(case)
        except (AssertionError, pytest.fail.Exception) as error:
            failed.append(f"{name}: {error}")
    assert cases
    assert not failed, "\n".join(failed)
