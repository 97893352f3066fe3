"""A module and starts -> sentences about the parameters that starts leave as they were built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from initlab.engines.torch.model import ModelSource

LISTED = 5  # parameters of a note


def unknown(
    source: ModelSource, inits: Sequence[str], seed: int, bias_init: str | None
) -> tuple[str, ...]:
    """Try every start, and say which parameters it leaves as they were built.

    Raises:
        InitlabError: a start cannot be given to this module.
    """
    by_names: dict[tuple[str, ...], list[str]] = {}
    for init in inits:
        _, names = source.started(init, seed, bias_init)
        if names:
            by_names.setdefault(names, []).append(init)
    notes = []
    for names, starts in by_names.items():
        one = len(names) == 1
        notes.append(
            f"{len(names)} parameter{'' if one else 's'} {'is' if one else 'are'} not recognised "
            f"by {', '.join(starts)} and keep{'s' if one else ''} the values the model was built "
            f"with: {_listed(names)}."
        )
    return tuple(notes)


def frozen(template: Any) -> tuple[str, ...]:
    """Say which parameters are not trained: no start sets them."""
    names = [name for name, one in template.named_parameters() if not one.requires_grad]
    if not names:
        return ()
    count = "1 parameter is" if len(names) == 1 else f"{len(names)} parameters are"
    return (f"{count} frozen: every start leaves the values the model was built with: "
            f"{_listed(names)}.",)  # fmt: skip


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:LISTED]) + (", ..." if len(names) > LISTED else "")
