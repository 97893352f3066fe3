"""A module and starts -> sentences about the parameters that starts leave as they were built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from initlab.engines.torch.model import ModelSource

LISTED = 5  # parameters of a note


def parameter_notes(
    source: ModelSource, template: Any, inits: Sequence[str], seed: int, bias_init: str | None
) -> tuple[str, ...]:
    """Try every start, and say which parameters are not trained, and which one start leaves alone.

    Raises:
        InitlabError: a start cannot be given to this module.
    """
    frozen = tuple(name for name, one in template.named_parameters() if not one.requires_grad)
    unknown: dict[tuple[str, ...], list[str]] = {}
    for init in inits:
        unknown.setdefault(source.started(init, seed, bias_init)[1], []).append(init)
    notes = [
        f"{_are(names)} frozen: every start leaves the values the model was built with: "
        f"{_listed(names)}."
        for names in (frozen,) if names
    ] + [
        f"{_are(names)} not recognised by {', '.join(starts)} and "
        f"keep{'s' if len(names) == 1 else ''} the values the model was built with: "
        f"{_listed(names)}."
        for names, starts in unknown.items() if names
    ]  # fmt: skip
    return tuple(notes)


def _are(names: Sequence[str]) -> str:
    return "1 parameter is" if len(names) == 1 else f"{len(names)} parameters are"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:LISTED]) + (", ..." if len(names) > LISTED else "")
