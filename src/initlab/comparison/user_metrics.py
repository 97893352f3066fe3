"""Metrics as a user asks for them -> callables by their score's name, each with a direction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from initlab.engines.torch.scores import named_metric
from initlab.engines.torch.task import Task
from initlab.errors import invalid_argument
from initlab.networks.metrics import METRICS, higher_is_better
from initlab.references import is_reference, load_object, reference_of

FORM = (
    'a callable of (outputs, targets), "package.module:name", or (name, callable, direction) with '
    'the direction "higher" or "lower"'
)
SAID_BY = ("greater_is_better", "higher_is_better")  # the second is torchmetrics' name for it
DIRECTIONS = ("higher", "lower")


@dataclass(frozen=True)
class UserMetric:
    """A metric that the study does not have by itself.

    Attributes:
        function: (outputs, targets) -> a number, on all samples.
        direction: which way is better, "higher" or "lower".
        guessed: whether that is a guess from its name.
        record: what asks for it again, in JSON types; None for what lives in memory only.
        ours: whether it is a row of :data:`initlab.networks.metrics.METRICS`.
    """

    function: Callable[[Any, Any], Any]
    direction: str
    guessed: bool
    record: Any
    ours: bool = False


def listed(metrics: Any) -> list[Any]:
    """Return what ``metrics`` asks for, one by one."""
    if metrics is None:
        return []
    single = not isinstance(metrics, list | tuple) or (
        len(metrics) == 3 and isinstance(metrics[2], str) and metrics[2] in DIRECTIONS
    )
    return [metrics] if single else list(metrics)


def user_metrics(
    asked: Sequence[tuple[str, Any]], scores: Sequence[str], task: Task
) -> dict[str, UserMetric]:
    """Return the metrics that are not among the study's scores, by the name of their score.

    Args:
        asked: each with the argument that asks for it, "metric" or "metrics".
        scores: of the study.
        task: what outputs mean.

    Raises:
        ArgumentError: one is neither a callable nor the name of one, its direction is neither, or
            two have one name.
    """
    found: dict[str, UserMetric] = {}
    for argument, one in asked:
        if isinstance(one, str) and not is_reference(one):
            name = one.removeprefix("validation_")
            if f"validation_{name}" in scores:
                continue
            known = [key for key, row in METRICS.items() if task.kind in row.targets]
            if name not in known:
                raise invalid_argument(argument, f"{', '.join(known)}, {FORM}", one)
            function, higher = named_metric(name, task), METRICS[name].higher
            metric = UserMetric(function, DIRECTIONS[not higher], False, name, ours=True)
        else:
            name, metric = _of_user(argument, one)
            twin = found.get(f"validation_{name}", metric)
            if twin.function is not metric.function or twin.direction != metric.direction:
                raise invalid_argument(
                    argument, f"a list of metrics with different names (two are named {name})", one,
                    hint='Rename one of the two: give it as ("my_name", callable, direction) with '
                    'the direction "higher" or "lower".',
                )  # fmt: skip
        found[f"validation_{name}"] = metric
    return found


def guess_note(metrics: Mapping[str, UserMetric]) -> tuple[str, ...]:
    """Return a note on the directions that are guessed, if any is."""
    guessed = [(key.removeprefix("validation_"), m) for key, m in metrics.items() if m.guessed]
    return tuple(
        f"Metric {name}: initlab guesses from the name that {one.direction} is better. "
        + "To set the direction, "
        + (
            f"set {name}.greater_is_better to True or False, or give the metric as "
            f'("{name}", {name}, direction)'
            if name.isidentifier()
            else 'give the metric as ("my_metric", callable, direction)'
        )
        + ' with the direction "higher" or "lower".'
        for name, one in guessed
    )


def _of_user(argument: str, one: Any) -> tuple[str, UserMetric]:
    name, said, given = None, None, one
    if isinstance(one, str) and _names_itself(one):  # on the command line
        label, place, *rest = one.split(",")
        if len(rest) != 1 or rest[0] not in DIRECTIONS:
            hint = f"{','.join(rest)!r} is neither higher nor lower."
            hint = hint if rest else 'The direction "higher" or "lower" is missing at the end.'
            form = "of the form name,package.module:function,higher (or lower)"
            raise invalid_argument(argument, form, one, hint=hint)
        one = [label, place, *rest]
    if isinstance(one, list | tuple):
        if len(one) != 3 or not isinstance(one[0], str) or one[2] not in DIRECTIONS:
            raise invalid_argument(argument, FORM, one)
        name, given, said = one
    function = load_object("metric", given) if is_reference(given) else given
    if not callable(function):
        raise invalid_argument(argument, FORM, one)
    reference = given if is_reference(given) else reference_of(function)
    if name is not None and said is not None:
        record = None if reference is None else [name, reference, said]
        return name, UserMetric(function, said, False, record)
    name = str(getattr(function, "__name__", type(function).__name__))
    higher = _said_by(argument, function)
    guess = higher_is_better(f"validation_{name}") if higher is None else higher
    return name, UserMetric(function, DIRECTIONS[not guess], higher is None, reference)


def _names_itself(one: str) -> bool:
    """Whether a text is "name,module:function,...", and not the path of a file with a comma."""
    name, comma, rest = one.partition(",")
    if not comma or not is_reference(rest) or Path(one.rpartition(":")[0]).is_file():
        return False
    return name.replace("-", "_").isidentifier()


def _said_by(argument: str, function: Any) -> bool | None:
    for attribute in SAID_BY:
        value = getattr(function, attribute, None)
        if value is not None and not isinstance(value, bool):
            raise invalid_argument(
                argument, f"a callable whose attribute {attribute} is True or False", value
            )
        if value is not None:
            return bool(value)
    return None
