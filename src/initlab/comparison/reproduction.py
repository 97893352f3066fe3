"""A stored study and the same study run again -> whether they agree, in words."""

from __future__ import annotations

from initlab.analysis import StudyRecord


def reproduction_words(stored: StudyRecord, again: StudyRecord) -> str:
    """Say how many cells agree to the last digit, and what differs in the machine if not all do."""
    before = {(cell.init, cell.seed): cell.to_record() for cell in stored.cells}
    after = {(cell.init, cell.seed): cell.to_record() for cell in again.cells}
    same = sum(before.get(key) == value for key, value in after.items())
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
