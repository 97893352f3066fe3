"""Parts of a returned value -> the arrays and numbers a judge wants, or WrongAnswer in words.

Comparisons are spelled out with operators: a notebook may have patched ``np.allclose``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.teaching.exercises.answers import Answer, Foreign
from initlab.teaching.exercises.exercise import WrongAnswer
from initlab.teaching.exercises.wording import (
    ARRAY_OF,
    apart_words,
    call_words,
    kind_words,
    names_words,
    value_words,
)

Array = NDArray[Any]
ROUNDED = 1e-5  # a number this near to the right one was meant to be it
RETURN_HINT = "Is there a return at the end of the function?"
ROUNDED_HINT = (
    "The result has fewer correct digits than the task asks for. Does the code round the result, "
    "or compute in float32?"
)
NONE_HINT = (
    "Which line makes this value None? If the line calls a function, does the function return "
    "anything?"
)
SIGN_HINT = "The absolute value is right, but the sign is wrong."
NO_ARRAY_HINTS = {
    "NoneType": NONE_HINT,
    "list": "numpy.array(...) turns a list into an array.",
    "tuple": "numpy.array(...) turns a tuple into an array.",
    "int": "numpy.zeros and similar functions make arrays of a given shape.",
    "float": "numpy.zeros and similar functions make arrays of a given shape.",
    "Tensor": "The method numpy() turns a tensor into an array.",
}


def wrong(answer: Answer, expected: str, got: str, hint: str = "") -> WrongAnswer:
    """Build the exception for one call."""
    return WrongAnswer(expected, got, hint, call_words(answer))


def several(answer: Answer, names: Sequence[str]) -> list[Any]:
    """Return the parts of a returned tuple or list.

    Raises:
        WrongAnswer: it has not one part for each name.
    """
    wanted = f"{len(names)} values in this order: {', '.join(names)}."
    value = answer.value
    if isinstance(value, np.ndarray) and value.ndim and len(value) == len(names):
        value = list(value) if value.ndim > 1 else value.tolist()
    if not isinstance(value, (tuple, list)):
        hint = f"Return all values as one tuple: return {', '.join(names)}"
        hint = RETURN_HINT if value is None else hint
        raise wrong(answer, wanted, f"{kind_words(value)}.", hint)
    if len(value) != len(names):
        nested = any(isinstance(one, (tuple, list)) for one in value)
        hint = (
            "Does the returned tuple or list contain another tuple or list? Return all values in "
            "one flat tuple."
        )
        raise wrong(answer, wanted, f"{kind_words(value)}.", hint if nested else "")
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
        if isinstance(value, (tuple, list, np.ndarray)):
            hint = 'A dict gives each array its name: parameters["W1"] = W1.'
        raise wrong(answer, f"a dict with the keys {listed}.", f"{kind_words(value)}.", hint)
    missing = [name for name in shapes if name not in value]
    surplus = [name for name in value if name not in shapes]
    if missing:
        got = f"a dict without {names_words(missing)}. Its keys are: {names_words(value)}."
        got = got if value else "an empty dict."
        raise wrong(
            answer,
            f"a dict with the keys {listed}.",
            got,
            _names_hint(missing, value, list(shapes)),
        )
    if surplus:
        layers = all(_is_layer_name(name) for name in surplus)
        hint = "With which layer does the loop begin, and with which layer does it end?"
        hint = hint if layers else ""
        raise wrong(answer, f"a dict with the keys {listed} and no other keys.",
                    f"a dict that also has the key{'s' * (len(surplus) > 1)} "
                    f"{names_words(surplus)}.", hint)  # fmt: skip
    return {name: array(answer, value[name], name, shape) for name, shape in shapes.items()}


def _is_layer_name(name: object) -> bool:
    return isinstance(name, str) and name[:1] in ("W", "b") and name[1:].isdecimal()


def _names_hint(missing: Sequence[str], has: Collection[Any], wanted: Sequence[str]) -> str:
    capitals = {name.swapcase() for name in missing}
    if capitals & {name for name in has if isinstance(name, str)}:
        return "Python distinguishes capital letters from small ones."
    if "W0" in has:
        return "The first layer after the input has the number 1."
    if set(has) == {"W1", "b1"}:
        return (
            "The dict holds the arrays of only one layer. Where does the loop end, and does the "
            "return come after the loop?"
        )
    if missing == wanted[-2:]:
        return "With which layer does the loop over the layers end?"
    return ""


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
    if isinstance(value, Foreign) and value.kind.startswith(ARRAY_OF):
        raise wrong(answer, f"{name} holds floating-point numbers.",
                    f"{name} is {kind_words(value)}.")  # fmt: skip
    if not isinstance(value, np.ndarray):
        kind = value.kind if isinstance(value, Foreign) else type(value).__name__
        hint = NO_ARRAY_HINTS.get(kind.partition(" ")[0], "")
        raise wrong(answer, f"{name} is a NumPy array of shape {shape}.",
                    f"{name} is {kind_words(value)}.", hint)  # fmt: skip
    if value.shape != shape:
        hint = _shape_hint(value.shape, shape)
        raise wrong(answer, f"{name} has the shape {shape}.",
                    f"{name} has the shape {value.shape}.", hint)  # fmt: skip
    if value.dtype.kind not in ("fiub" if integers else "f"):
        raise wrong(answer, f"{name} holds floating-point numbers.",
                    f"{name} has the dtype {value.dtype.name}.",
                    "An array that is made from integers holds integers: write 0.0 and 1.0 instead "
                    "of 0 and 1, or pass dtype=float.")  # fmt: skip
    if not np.isfinite(value).all():
        raise wrong(answer, f"{name} holds finite numbers.", f"{name} holds nan or inf.",
                    "Is a number divided by 0, or too large for its dtype?")  # fmt: skip
    return value


def _shape_hint(got: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    if got == wanted[::-1] and len(got) == 2:
        return "Rows and columns are swapped."
    if len(wanted) == 2 and got == (wanted[0], wanted[0]) and wanted[1] == 1:
        flat = f"({wanted[0]},)"
        return (
            f"The sum of two arrays of shapes {wanted} and {flat} has the shape {got}: which term "
            f"has the shape {flat}?"
        )
    if len(got) == 1 and len(wanted) == 2:
        return (
            "A dimension is missing: a matrix has two dimensions, even if it has only one row or "
            "one column."
        )
    if len(got) < len(wanted):
        return "The array has too few dimensions."
    if len(got) > len(wanted):
        return "The array has too many dimensions."
    return "Which size belongs to which axis?"


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
    wanted, found = apart_words(float(right[at]), float(got[at]))
    count = int(off.sum())
    if same(-np.asarray(got, dtype=float), right, 1e-9):
        hint = SIGN_HINT
    place = f"{name}[{', '.join(map(str, at))}]"
    got_words = f"{place} = {found}."
    if off.size > 1:
        verb = "is" if count == 1 else "are"
        got_words += f" In all, {count} of the {off.size} numbers in {name} {verb} wrong."
    hint = ROUNDED_HINT if same(got, right, ROUNDED) else hint
    raise wrong(answer, f"{place} = {wanted}.", got_words, hint)


def all_zero(answer: Answer, value: Array, name: str, hint: str = "") -> None:
    """Check that an array holds nothing but zeros.

    Raises:
        WrongAnswer: it holds something else.
    """
    if (value != 0).any():
        off = value[value != 0]
        raise wrong(answer, f"all numbers in {name} are 0.",
                    f"{name} holds {value_words(float(off[0]))}.", hint)  # fmt: skip
