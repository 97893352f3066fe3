"""Labels, and what the user says of them -> the task, or one sentence that names both ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.class_numbers import (
    NUMBER,
    class_numbers,
    is_infinite,
    label_text,
    label_values,
    two_spellings,
)
from initlab.errors import DataError, InitlabError, invalid_argument, placed
from initlab.validation import one_of

TASKS = (CLASSIFICATION, REGRESSION) = ("classification", "regression")
MOST_COUNTED = 100  # classes that are recognised by being numbered 0, 1, 2, ...
FEWEST_EACH = 2  # samples of each of them
SAID = "the task or the loss that you gave says so"
LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Targets:
    """Labels as a network learns them.

    Attributes:
        task: "classification" or "regression".
        reason: why it was taken for that, a phrase after "because".
        y: class numbers, int64, shape (n,); or measurements, float64, shape (n,) or (n, columns).
        classes: name of each class; empty for regression.
    """

    task: str
    reason: str
    y: NDArray[Any]
    classes: tuple[str, ...] = ()


def targets_of(
    labels: NDArray[Any], said: str | None, *, what: str, where: Callable[[int], str]
) -> Targets:
    """Decide what labels are, and turn them into targets.

    What is said holds. Where nothing is said,

    - texts that are no numbers, and booleans, are classes; but texts of which no two are equal
      are refused, for a name or a date per sample is no label, and so are two that differ in
      capital letters alone;
    - numbers with decimals among them are measurements, so the task is regression;
    - whole numbers are classes where they take two values, or are 0, 1, ..., k - 1 with none
      missing, each at least twice and k at most 100, which is how tools number classes;
    - anything else is refused: prices, years and counts look like the numbers of classes.

    Args:
        labels: texts, numbers or booleans, none missing, shape (n,); of measurements also
            (n, columns).
        said: "classification" or "regression"; None where the user does not say.
        what: how to name the labels, such as 'a.csv, column "price"'.
        where: index of a label -> how to name its place.

    Raises:
        DataError: the task is undecided, or a label does not fit it.

    Example:
        >>> targets_of(np.array(["no", "yes"]), None, what="y", where=str).task
        'classification'
    """
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        index = int(np.argwhere(~np.isfinite(labels))[0][0])
        raise DataError(f"{where(index)} must be a finite number; got {labels[index]}.")
    task, reason = (said, SAID) if said else _decided(labels, what)
    if task == REGRESSION:
        return Targets(task, reason, _measurements(labels, where))
    if labels.ndim > 1:
        raise DataError(f"{what} must have one label per sample; got shape {labels.shape}.")
    with placed(what):
        return Targets(task, reason, *class_numbers(labels))


def checked_task(value: Any, loss: str | None = None) -> str | None:
    """Return the task that is said, by name or by the loss; None where neither says it.

    Args:
        value: "classification", "regression" or None.
        loss: the task that a loss the user names is for; None where it says nothing.
    """
    if value is not None:
        one_of("task", value, TASKS)
        if loss is not None and loss != value:
            raise invalid_argument(
                "task", f"left out or {loss}, because the loss is for {loss}", value
            )
    return value or loss


def _decided(labels: NDArray[Any], what: str) -> tuple[str, str]:
    if labels.dtype.kind == "b":
        return CLASSIFICATION, "the labels are booleans"
    distinct, counts = np.unique(labels, return_counts=True)
    texts = [label_text(label) for label in distinct.tolist()]
    numbers = sum(NUMBER.fullmatch(text) is not None for text in texts)
    if labels.dtype.kind in "US" and not numbers:
        if len(texts) == labels.size > 2:
            raise DataError(
                f"{what} holds {len(texts):,} texts that are all different, so they may be names "
                "of the samples. If each text is a class, give --task classification (in Python "
                'task="classification"). If the data is a table and a different column holds the '
                "labels, name that column with --label (in Python label=...).",
                argument="task", expected="classification",
            )  # fmt: skip
        if twice := two_spellings(texts):
            raise DataError(
                f"{what} holds {twice[0]!r} and {twice[1]!r}, which may be one class in two "
                "spellings. If they are one class, use one spelling only. If they are two classes, "
                'give --task classification (in Python task="classification").',
                argument="task", expected="classification",
            )  # fmt: skip
        return CLASSIFICATION, "the labels are texts"
    values = label_values(texts)
    if values is None:
        other = next(text for text in texts if label_values([text]) is None)
        raise DataError(
            f"{what} holds numbers and {other!r}, which is not a finite number. If the labels are "
            'classes, give --task classification (in Python task="classification"). If they are '
            f"measurements, replace {other!r} by a number.",
            argument="task", expected="classification",
        )  # fmt: skip
    if any(value != value.to_integral_value() for value in values):
        return REGRESSION, "the targets have decimals"
    if twice := two_spellings(texts):
        one, other = twice
        either = "two classes or two spellings of one number"
        raise _undecided(f"{what} holds {one!r} and {other!r}", either)
    if labels.ndim == 1 and _numbers_of_classes(values, counts):
        return CLASSIFICATION, _why(values)
    listed = ", ".join(texts[k] for k in np.argsort(np.array(values))[:3])
    more = f", ... ({len(texts):,} different numbers)" if len(texts) > 3 else ""
    word = "numbers" if len(texts) > 1 else "number"
    raise _undecided(f"{what} holds the whole {word} {listed}{more}", "classes or measurements")


def _numbers_of_classes(values: list[Decimal], counts: NDArray[np.intp]) -> bool:
    if len(values) <= 2:
        return int(counts.max()) > 1
    counted = sorted(values) == list(range(len(values)))
    return counted and len(values) <= MOST_COUNTED and int(counts.min()) >= FEWEST_EACH


def _why(values: list[Decimal]) -> str:
    if len(values) <= 2:
        return "the labels take two values"
    return f"the labels are the whole numbers from 0 to {len(values) - 1}"


def _undecided(found: str, either: str) -> InitlabError:
    return DataError(
        f"{found}, which may be {either}: give --task classification or --task regression "
        '(in Python task="classification" or task="regression").',
        argument="task", expected="classification or regression",
    )  # fmt: skip


def _measurements(labels: NDArray[Any], where: Callable[[int], str]) -> NDArray[np.float64]:
    """Return labels as finite numbers, or refuse the first that is none."""
    if labels.dtype.kind in "US":
        for index, text in enumerate(labels.tolist()):
            if not NUMBER.fullmatch(text):
                finite = "finite " * is_infinite(text)
                raise DataError(f"{where(index)} must be a {finite}number, because the task is "
                                f"regression; got {text!r}.")  # fmt: skip
    values = labels.astype(np.float64)
    wrong = ~(np.abs(values) <= LARGEST)
    if wrong.any():
        index = int(np.argwhere(wrong)[0][0])
        raise DataError(
            f"{where(index)} must be a finite number that fits in float32; got {labels[index]}."
        )
    return values
