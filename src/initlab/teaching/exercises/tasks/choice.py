"""A table of initializations and their results -> which of them to choose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import permutations, product

import numpy as np

from initlab.teaching.exercises.answers import Answer, Call
from initlab.teaching.exercises.exercise import Exercise
from initlab.teaching.exercises.expectations import several, wrong
from initlab.teaching.exercises.wording import value_words

BEST_START_TEXT = """
Write `best_start(results)`. `results` is a table of initializations in the form of a dict. This
dict maps the name of each initialization to a dict with two numbers, the training loss and the
validation accuracy after two epochs. For example

    {"zeros":        {"train_loss": 2.303, "validation_accuracy": 0.100},
     "general_rule": {"train_loss": 0.412, "validation_accuracy": 0.851}}

Return three names, `lowest_loss, best_accuracy, choice`:

- `lowest_loss`: the initialization with the lowest training loss;
- `best_accuracy`: the initialization with the highest validation accuracy;
- `choice`: the initialization to use in the final model. Take the one with the highest validation
  accuracy, because the model must do well on data that it has not seen. Among initializations of
  equal accuracy, take the one with the lowest training loss.

If several initializations are equally good for `lowest_loss`, `best_accuracy` or `choice`, take the
initialization that comes first in `results`.

An initialization diverged if at least one of its two numbers is not finite (`nan`, `inf`, `-inf`).
Never return the name of an initialization that diverged, even if its other number is the best. If
all initializations diverged, return `None, None, None`. Do not change `results`.
"""

NAMES = ("lowest_loss", "best_accuracy", "choice")
COLUMNS = ("train_loss", "validation_accuracy")
NOT_FINITE = (math.nan, math.inf, -math.inf)
INITS = ("zeros", "ones", "uniform", "centred", "general_rule", "normal", "he", "torch_default")
Table = dict[str, dict[str, float]]


def _table(generator: np.random.Generator) -> Table:
    size = int(generator.integers(4, len(INITS) + 1))
    names = [str(name) for name in generator.permutation(INITS)[:size]]
    losses = generator.choice(np.arange(200, 2400), size, replace=False) / 1000
    rates = generator.choice(np.arange(100, 900), size, replace=False) / 1000
    return {
        name: {"train_loss": float(loss), "validation_accuracy": float(rate)}
        for name, loss, rate in zip(names, losses, rates, strict=True)
    }


def _spoilt(
    generator: np.random.Generator, *troubles: tuple[str, float], first: bool = False
) -> Table:
    """Return a table in which some diverged; the other number of each looks best of all."""
    table = _table(generator)
    names = list(table)[:1] if first else generator.permutation(list(table))
    for name, (column, value) in zip(names, troubles, strict=False):
        table[str(name)] = {"train_loss": 0.001, "validation_accuracy": 0.999, column: value}
    return table


def _tied(generator: np.random.Generator, *columns: str) -> Table:
    """Return a table whose two best are equal in these columns; the other decides."""
    table = _table(generator)
    one, two = (str(name) for name in generator.choice(list(table), 2, replace=False))
    best = {"train_loss": 0.1, "validation_accuracy": 0.95}
    for column in columns:
        table[one][column] = table[two][column] = best[column]
    return table


def _later_is_better(generator: np.random.Generator) -> Table:
    """Return a table of equal accuracies at the top, the later one with the lower loss."""
    table = _table(generator)
    first, last = next(iter(table)), list(table)[-1]
    table[first] = {"train_loss": 0.3, "validation_accuracy": 0.95}
    table[last] = {"train_loss": 0.2, "validation_accuracy": 0.95}
    return table


def _calls(generator: np.random.Generator) -> list[Call]:
    tables = [_table(generator) for _ in range(4)]
    troubles = list(product(COLUMNS, NOT_FINITE))
    for trouble in troubles:
        tables += [_spoilt(generator, trouble), _spoilt(generator, trouble, first=True)]
    tables += [_spoilt(generator, *some) for some in permutations(troubles[::2])]
    tables += [
        _tied(generator, "train_loss"), _tied(generator, "validation_accuracy"),
        _tied(generator, *COLUMNS), _later_is_better(generator),
    ]  # fmt: skip
    for column, value in troubles:
        lost = {"train_loss": 0.5, "validation_accuracy": 0.1, column: value}
        tables.append({name: dict(lost) for name in INITS[:3]})
    return [Call((table,)) for table in tables]


def _right(table: Table) -> tuple[str | None, str | None, str | None]:
    sound = [name for name, row in table.items() if all(map(math.isfinite, row.values()))]
    if not sound:
        return None, None, None
    losses = {name: table[name]["train_loss"] for name in sound}
    rates = {name: -table[name]["validation_accuracy"] for name in sound}
    return (
        min(sound, key=lambda name: losses[name]),
        min(sound, key=lambda name: rates[name]),
        min(sound, key=lambda name: (rates[name], losses[name])),
    )


def _judge(answers: Sequence[Answer]) -> list[str]:
    for answer in answers:
        (table,) = answer.call.arguments
        got = several(answer, NAMES)
        for name, value, wanted in zip(NAMES, got, _right(table), strict=True):
            if value is wanted or (type(value) is str and value == wanted):
                continue
            rows = "; ".join(f"{init} {row['train_loss']:g} and {row['validation_accuracy']:g}"
                             for init, row in table.items())  # fmt: skip
            got_words = (
                f"{value_words(value)}. Training loss and validation accuracy in the table: {rows}."
            )
            raise wrong(answer, f"{name} = {wanted!r}.", got_words, _hint(table, value))
    return [f"the three names are right for {len(answers)} tables",
            "diverged initializations are never named",
            "ties are decided as the task says"]  # fmt: skip


def _hint(table: Table, value: object) -> str:
    row = table.get(value) if isinstance(value, str) else None
    if row is None:
        none = "Return None only if all initializations of the table diverged."
        return none if value is None else "Return names from the table."
    if not all(map(math.isfinite, row.values())):
        if any(map(math.isnan, row.values())):
            return "The returned initialization diverged. How does nan compare with other numbers?"
        return (
            "The returned initialization diverged. Do you check both of its numbers? inf and -inf "
            "are not finite."
        )
    if not all(math.isfinite(number) for other in table.values() for number in other.values()):
        return (
            "Another initialization of the table diverged: what do nan, inf and -inf do to min, "
            "max and sorted?"
        )
    for column, worst in zip(COLUMNS, (max, min), strict=True):
        if row[column] == worst(other[column] for other in table.values()):
            return (
                f"The returned initialization has the worst {column}: is the lowest or the highest "
                "number wanted?"
            )
    return (
        "Which column decides? Is the lowest or the highest number of this column wanted? What "
        "decides between equal numbers?"
    )


BEST_START = Exercise(
    "best_start", "which initialization to choose", "best_start", BEST_START_TEXT, _calls, _judge
)
