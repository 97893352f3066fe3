"""A stored study and the same study run again -> whether they agree, in words."""

from __future__ import annotations

from typing import Any

from initlab.analysis import Analysis

LATER = ("margins", "learning_rate", "diagnosis")  # what an older initlab did not keep of every run


def reproduction_words(stored: Analysis, again: Analysis) -> str:
    """Say how many cells agree to the last digit, and what differs in the machine if not all do."""
    before, after = _runs(stored), _runs(again)
    same = sum(_agree(before.get(key), value) for key, value in after.items())
    if same == len(after) == len(before):
        return f"all {same} runs agree with the file to the last digit."
    changed = [
        f"{name} {stored.versions.get(name, 'missing')} -> {version}"
        for name, version in again.versions.items()
        if stored.versions.get(name) != version
    ]
    if stored.platform != again.platform:
        changed.append(f"{stored.platform} -> {again.platform}")
    why = "; ".join(changed) or "same versions and platform: please report this"
    return f"{same} of {len(after)} runs agree with the file to the last digit ({why})."


def _agree(old: dict[str, Any] | None, new: dict[str, Any]) -> bool:
    if old is None:
        return False
    unknown = [name for name in LATER if not old[name]]
    return all(old[name] == value for name, value in new.items() if name not in unknown)


def _runs(one: Analysis) -> dict[tuple[str, int], dict[str, Any]]:
    """Return what every run computed, without where and by what."""
    rest = ("engine", "platform", "key", "block")
    return {
        (cell.init, cell.seed): {
            name: value for name, value in cell.to_record().items() if name not in rest
        }
        for cell in one.cells
    }
