"""Parts of a returned value -> the arrays and numbers a judge wants, or WrongAnswer in words.

Comparisons are spelled out with operators: a notebook may have patched ``np.allclose``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.exercises.answers import Answer
from initlab.exercises.exercise import WrongAnswer
from initlab.exercises.wording import call_words, kind_words, names_words, number_words, value_words

Array = NDArray[Any]
RETURN_HINT = "Is there a return at the end?"


def wrong(answer: Answer, expected: str, got: str, hint: str = "") -> WrongAnswer:
    """Build the exception for one call."""
    return WrongAnswer(expected, got, hint, call_words(answer))


def several(answer: Answer, names: Sequence[str]) -> list[Any]:
    """Return the parts of a returned tuple or list.

    Raises:
        WrongAnswer: it has not one part for each name.
    """
    wanted = f"{len(names)} values, {', '.join(names)}, in this order."
    value = answer.value
    if not isinstance(value, (tuple, list)):
        hint = RETURN_HINT if value is None else "Return them as one tuple: return a, b"
        raise wrong(answer, wanted, f"{kind_words(value)}.", hint)
    if len(value) != len(names):
        raise wrong(answer, wanted, f"{kind_words(value)}.")
    return list(value)


def parameters(answer: Answer, shapes: dict[str, tuple[int, ...]]) -> dict[str, Array]:
    """Return the arrays of a returned dict: exactly these names, these shapes, finite floats.

    Raises:
        WrongAnswer: the first of these that does not hold.
    """
    value = answer.value
    listed = ", ".join(shapes) if len(shapes) <= 8 else f"W1, b1, ..., b{len(shapes) // 2}"
    if not isinstance(value, dict):
        hint = RETURN_HINT if value is None else ""
        raise wrong(answer, f"a dict with the names {listed}.", f"{kind_words(value)}.", hint)
    missing = [name for name in shapes if name not in value]
    surplus = [name for name in value if name not in shapes]
    if missing:
        got = f"it lacks {', '.join(missing)} and has {names_words(value)}."
        last_missing = all(int(name[1:]) == len(shapes) // 2 for name in missing)
        hint = "Where does the loop over the layers end?" if last_missing else ""
        raise wrong(answer, f"a dict with the names {listed}.", got, hint)
    if surplus:
        raise wrong(answer, f"a dict with the names {listed} and no others.",
                    f"it has {names_words(surplus)} too.",
                    "Where does the loop over the layers begin and end?")  # fmt: skip
    return {name: array(answer, value[name], name, shape) for name, shape in shapes.items()}


def array(
    answer: Answer, value: Any, name: str, shape: tuple[int, ...], *, integers: bool = False
) -> Array:
    """Return an array of this shape that holds finite floating-point numbers.

    Args:
        answer: where it comes from.
        value: what should be the array.
        name: what the task calls it.
        shape: wanted shape.
        integers: whether whole numbers will do.

    Raises:
        WrongAnswer: it is something else.
    """
    if not isinstance(value, np.ndarray):
        raise wrong(answer, f"{name} is a NumPy array of shape {shape}.",
                    f"{name} is {kind_words(value)}.")  # fmt: skip
    if value.shape != shape:
        hint = _shape_hint(value.shape, shape)
        raise wrong(answer, f"{name} has the shape {shape}.",
                    f"{name} has the shape {value.shape}.", hint)  # fmt: skip
    if value.dtype.kind not in ("fiub" if integers else "f"):
        raise wrong(answer, f"{name} holds floating-point numbers.",
                    f"{name} holds {value.dtype.name}.")  # fmt: skip
    if not np.isfinite(value).all():
        raise wrong(answer, f"{name} holds finite numbers.",
                    f"{name} holds nan or inf.")  # fmt: skip
    return value


def _shape_hint(got: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    if got == wanted[::-1] and len(got) == 2:
        return "Rows and columns are swapped."
    if len(got) < len(wanted):
        return "A dimension is missing; where does a flat array become a matrix?"
    if len(got) > len(wanted):
        return "It has a dimension too many."
    return "Which width belongs to which axis?"


def same(got: Array, right: Array, tolerance: float) -> bool:
    """Whether all numbers agree, relative to the largest of the right ones."""
    scale = max(1.0, float(abs(right).max(initial=0.0)))
    return bool((abs(np.asarray(got, dtype=float) - right) <= tolerance * scale).all())


def equal_numbers(answer: Answer, got: Array, right: Array, name: str, hint: str = "") -> None:
    """Compare number by number, to nine digits.

    Raises:
        WrongAnswer: naming the first that differs.
    """
    if same(got, right, 1e-9):
        return
    off = abs(np.asarray(got, dtype=float) - right) > 1e-9 * max(1.0, float(abs(right).max()))
    at = tuple(int(place) for place in np.argwhere(off)[0])
    raise wrong(
        answer, f"{name}[{', '.join(map(str, at))}] = {number_words(float(right[at]))}.",
        f"{number_words(float(got[at]))}; {int(off.sum())} of {off.size} numbers differ.", hint,
    )  # fmt: skip


def all_zero(answer: Answer, value: Array, name: str, hint: str = "") -> None:
    """Check that an array holds nothing but zeros.

    Raises:
        WrongAnswer: it holds something else.
    """
    if (value != 0).any():
        off = value[value != 0]
        raise wrong(answer, f"{name} is all zero.",
                    f"{name} holds {value_words(float(off[0]))}.", hint)  # fmt: skip
