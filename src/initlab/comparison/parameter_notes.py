"""A module and inits -> sentences about the parameters that inits leave as they were built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from initlab.engines.torch.model import ModelSource
from initlab.errors import invalid_argument
from initlab.initialization.assignments import KEPT_BY_DEFAULT
from initlab.initialization.report import KEPT, UNKNOWN
from initlab.modules.anatomy import nonfinite_parameters
from initlab.validation import first_of, listed


def parameter_notes(
    source: ModelSource, template: Any, inits: Sequence[str], seed: int, bias_init: str | None
) -> tuple[str, ...]:
    """Try every init, and say which parameters are not trained, and which one init leaves alone.

    Raises:
        ArgumentError: an init sets no parameter that is trained, and would not be compared at all.
        InitlabError: an init cannot be given to this module.
    """
    trained = [name for name, one in template.named_parameters() if one.requires_grad]
    frozen = tuple(name for name, one in template.named_parameters() if not one.requires_grad)
    unknown: dict[tuple[str, ...], list[str]] = {}
    kept: dict[tuple[str, ...], list[str]] = {}
    on_data: list[str] = []
    for init in inits:
        report = source.started(init, seed, bias_init)[1]
        left = () if report is None else report.names(UNKNOWN)
        on_data += [f"With seed {seed}, {one}" for one in report.on_data] if report else []
        chosen = [] if report is None else [
            row.name for row in report.rows if row.done == KEPT and not row.rule
        ]  # fmt: skip
        constant = () if report is None else tuple(
            row.name for row in report.rows
            if row.name in chosen and not row.note.startswith(KEPT_BY_DEFAULT)
        )  # fmt: skip
        if constant:
            kept.setdefault(constant, []).append(init)
        if trained and set(trained) <= {*left, *chosen}:
            hint = (
                f"This init sets none of {first_of(trained)}, so every network would keep the "
                'values that it was built with. Leave the init out, or use "as_built" instead.'
            )
            raise invalid_argument(
                "inits", "inits that set at least one trainable parameter", init, hint=hint
            )
        unknown.setdefault(left, []).append(init)
    notes = [
        f"{_are(names)} frozen, so with every init {_keep(names)}."
        for names in (frozen,) if names
    ] + [
        f"{_are(names)} not recognised by {listed(by)}, so {_keep(names)}."
        for names, by in unknown.items() if names
    ] + [
        f"{listed(by)} {'does' if len(by) == 1 else 'do'} not change {_count(names)}, because the "
        f"model gives {'it' if len(names) == 1 else 'them'} the same values every time "
        "the model is built."
        for names, by in kept.items()
    ] + on_data  # fmt: skip
    broken = nonfinite_parameters(template)
    if broken:
        verb = "holds" if len(broken) == 1 else "hold"
        notes.append(
            f"{first_of(broken)} {verb} NaN or infinite numbers right after the model is built. "
            "In the counts of distinct units, a unit with NaN or an infinite number among its "
            "weights never counts as a copy of another unit."
        )
    return tuple(notes)


def _keep(names: Sequence[str]) -> str:
    it_keeps = "it keeps" if len(names) == 1 else "they keep"
    return f"{it_keeps} the values that the model was built with"


def _are(names: Sequence[str]) -> str:
    return f"{_count(names)} {'is' if len(names) == 1 else 'are'}"


def _count(names: Sequence[str]) -> str:
    count = "1 parameter" if len(names) == 1 else f"{len(names)} parameters"
    return f"{count} ({first_of(names)})"
