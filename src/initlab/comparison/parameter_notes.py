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
    return tuple(
        f"{_are(names)} not recognised by {', '.join(starts)} and "
        f"keep{'s' if len(names) == 1 else ''} the values the model was built with: "
        f"{_listed(names)}."
        for names, starts in by_names.items()
    )


def frozen(template: Any) -> tuple[str, ...]:
    """Say which parameters are not trained: no start sets them."""
    names = [name for name, one in template.named_parameters() if not one.requires_grad]
    if not names:
        return ()
    return (f"{_are(names)} frozen: every start leaves the values the model was built with: "
            f"{_listed(names)}.",)  # fmt: skip


def _are(names: Sequence[str]) -> str:
    return "1 parameter is" if len(names) == 1 else f"{len(names)} parameters are"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:LISTED]) + (", ..." if len(names) > LISTED else "")
