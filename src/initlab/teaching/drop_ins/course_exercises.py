"""The courses' exercises: the same calls every time, compared with the right function.

They are exercises like any other; only the words are the courses' own, and an answer that is not
right is an AssertionError.
"""

from __future__ import annotations

import contextlib
import copy
import numbers
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.teaching.exercises.answers import Answer, Call, Foreign
from initlab.teaching.exercises.exercise import Exercise, WrongAnswer
from initlab.teaching.exercises.expectations import RETURN_HINT
from initlab.teaching.exercises.judging import judge
from initlab.teaching.exercises.observing import observe
from initlab.teaching.exercises.scale_diagnosis import diagnose
from initlab.teaching.exercises.wording import ARRAY_OF

TOLERANCE = 1e-6  # float32, or another order of the factors, passes; another std does not
SAME = 1e-9  # where nothing is computed but by the same generator
PERTURBING_SEEDS = (987_654_321, 987_654_322, 987_654_323)  # that no notebook leaves behind

Array = NDArray[Any]
Parameters = dict[str, Array]


def init_exercise(
    reference: Callable[..., Parameters],
    cases: Sequence[tuple[Any, ...]],
    *,
    std: Callable[[int], float] | None = None,
    seed: int | None = None,
    rule: str = "",
) -> Exercise:
    """Return the exercise of writing an initialization.

    Args:
        reference: the right function, named as the student's and called with the same arguments.
        cases: arguments of each call: layer widths and, where the student's function takes one, a
            seed.
        std: std of the weights by fan-in; None where all weights are zero.
        seed: what the student's function seeds with where it takes no seed.
        rule: what the weights should be, in a sentence that ends a message.
    """
    seeds = PERTURBING_SEEDS if std else PERTURBING_SEEDS[:1]  # else nothing is drawn

    def judged(answers: Sequence[Answer]) -> list[str]:
        for k in range(0, len(answers), len(seeds)):
            got, *again = answers[k : k + len(seeds)]
            right = reference(*copy.deepcopy(got.call.arguments))
            _check_form(got, right, zero_weights=std is None)
            if std is not None:
                _check_seeded(got, again, right, seed)
                _check_values(got, right, std, seed, rule)
        return [f"the parameters of {len(cases)} networks"]

    return _exercise(reference, cases, seeds, judged)


def points_exercise(
    reference: Callable[..., Sequence[Array]],
    cases: Sequence[tuple[Any, ...]],
    parts: Sequence[str],
    hint: str,
) -> Exercise:
    """Return the exercise of writing a function that gives several arrays.

    Args:
        reference: the right function.
        cases: arguments of each call.
        parts: what each array is called.
        hint: for wrong numbers in the right shape.
    """

    def judged(answers: Sequence[Answer]) -> list[str]:
        for answer in answers:
            _check_parts(answer, reference(*answer.call.arguments), parts, hint)
        return [f"{len(parts)} arrays, for {len(cases)} sets of arguments"]

    return _exercise(reference, cases, PERTURBING_SEEDS[:1], judged)


def check_answer(exercise: Exercise, function: Any, *, sources: Collection[str] = ()) -> None:
    """Check a student's function, and leave NumPy's global generator as one call leaves it.

    Args:
        exercise: one of this file's.
        function: the student's.
        sources: names of the student's cells, to find the line of an error.

    Raises:
        AssertionError: the first thing that is wrong, in words.
    """
    if not callable(function):
        raise AssertionError(
            f"{exercise.function}: pass the function itself, without calling it; "
            f"got {type(function).__name__}."
        )
    calls = exercise.calls(np.random.default_rng())
    before = np.random.get_state()  # noqa: NPY002
    try:
        answers = observe(function, calls, name=exercise.function, sources=sources)
        verdict = judge(exercise, answers, form=_check_call)
    finally:
        np.random.set_state(before)  # noqa: NPY002
    with contextlib.suppress(Exception, SystemExit):
        function(*copy.deepcopy(calls[0].arguments))
    if not verdict:
        raise AssertionError(f"{verdict.got} {verdict.hint}".rstrip())


def _exercise(
    reference: Callable[..., Any],
    cases: Sequence[tuple[Any, ...]],
    seeds: Sequence[int],
    judged: Callable[[Sequence[Answer]], list[str]],
) -> Exercise:
    name = reference.__name__
    calls = [Call(case, numpy_seed=seed) for case in cases for seed in seeds]
    return Exercise(name, name, name, reference.__doc__ or "", lambda generator: calls, judged)


def _wrong(answer: Answer, words: str, hint: str = "") -> WrongAnswer:
    return WrongAnswer("", f"{_call(answer)}{words}", hint)


def _call(answer: Answer) -> str:
    given = answer.call.arguments
    if any(isinstance(one, np.ndarray) for one in given):
        return answer.function
    return f"{answer.function}({', '.join(map(repr, given))})"


def _check_call(answer: Answer) -> None:
    if answer.failure is not None:
        if answer.failure.kind == "SystemExit":
            raise WrongAnswer("", f"{answer.function} ended the program, for example with exit().")
        place = f"\n{answer.failure.where}:\n    {answer.failure.line}"
        raise _wrong(answer, f" raised {answer.failure.kind}: {answer.failure.message}"
                     + place * bool(answer.failure.where))  # fmt: skip
    if isinstance(answer.call.arguments[0], list) and 0 in answer.changed:
        raise _wrong(answer, " changed its argument layers_dims; leave the list as it is.")


def _check_form(got: Answer, right: Parameters, *, zero_weights: bool) -> None:
    found = _named(got, right, "")
    for name, value in right.items():
        _check_array(got, found[name], value, name)
    for name in sorted(right, key=lambda name: name[0] != "b"):  # biases first
        bias = name.startswith("b")
        if (bias or zero_weights) and not _close(found[name], right[name]):
            what = "a bias that is not zero" if bias else "a wrong value"
            raise _wrong(got, f" returned {what}: {name} must be all zeros, "
                         f"got {_shown(found[name])}.")  # fmt: skip


def _named(answer: Answer, right: Parameters, when: str) -> dict[str, Any]:
    """Return the dictionary that was returned: exactly the right names."""
    value = answer.value
    if not isinstance(value, dict):
        hint = RETURN_HINT if value is None else ""
        raise _wrong(answer, f" returned a wrong type{when}: the function must return a dict, "
                     f"got {_kind(value)}.", hint)  # fmt: skip
    missing = [name for name in right if name not in value]
    surplus = [str(name) for name in value if name not in right]
    if missing:
        has = f"has only {', '.join(map(str, value))}" if value else "is empty"
        raise _wrong(answer, f" returned a dictionary without {', '.join(missing)}{when}; "
                     f"the dictionary {has}.")  # fmt: skip
    if surplus:
        keys = "an unexpected key" if len(surplus) == 1 else "unexpected keys"
        raise _wrong(answer, f" returned a dictionary with {keys}{when}: {', '.join(surplus)}. "
                     f"Return only {', '.join(right)}.")  # fmt: skip
    return value


def _check_array(answer: Answer, got: Any, right: Array, name: str) -> None:
    kind = _kind(got)
    if kind.startswith(ARRAY_OF):
        kind = kind.removeprefix(ARRAY_OF)
        raise _wrong(answer, f" returned a wrong type: {name} must hold real numbers, "
                     f"got the dtype {kind}.")  # fmt: skip
    if not isinstance(got, np.ndarray):
        raise _wrong(answer, f" returned a wrong type: {name} must be a numpy.ndarray, "
                     f"got {kind}.")  # fmt: skip
    if not np.issubdtype(got.dtype, np.number):
        raise _wrong(answer, f" returned a wrong type: {name} must hold real numbers, "
                     f"got the dtype {got.dtype}.")  # fmt: skip
    if got.shape == right.shape:
        return
    hint = ""
    if got.shape == right.shape[::-1]:
        columns = "one column per unit of the previous layer" if name[0] == "W" else "one column"
        hint = (
            f"The dimensions are swapped: {name} must have one row per unit of its layer and "
            f"{columns}."
        )
    elif got.ndim == 1:
        hint = (
            "np.zeros takes the two sizes as one tuple: np.zeros((rows, columns)). np.random.randn "
            "takes them as two arguments: np.random.randn(rows, columns)."
        )
    words = f" returned a wrong shape: {name} must have the shape {right.shape}, got {got.shape}."
    raise _wrong(answer, words, hint)


def _check_seeded(
    got: Answer, again: Sequence[Answer], right: Parameters, seed: int | None
) -> None:
    """Compare calls from two other global states: a function that seeds itself is not affected."""
    first, second = (_named(one, right, " when called again") for one in again)
    for found in (first, second):
        for name, value in right.items():
            _check_array(got, found[name], value, name)
    if any(not np.array_equal(first[name], second[name], equal_nan=True) for name in first):
        wanted = "seed" if got.call.arguments[1:] else seed
        raise _wrong(got, " lacks a seed: two calls gave different weights.",
                     f"Put np.random.seed({wanted}) at the beginning of the function, and draw "
                     "with np.random.randn.")  # fmt: skip


def _check_values(
    got: Answer, right: Parameters, std: Callable[[int], float], seed: int | None, rule: str
) -> None:
    for name, value in right.items():
        if not _close(got.value[name], value):
            dims, *given = got.call.arguments
            (drawn_with,) = given or [seed]
            why = diagnose(got.value, dims, std, drawn_with) or _first(got.value[name], value)
            raise _wrong(got, f" returned wrong values of {name}: {why}", rule)


def _check_parts(answer: Answer, right: Sequence[Array], parts: Sequence[str], hint: str) -> None:
    value = answer.value
    if not isinstance(value, (tuple, list)) or len(value) != len(right):
        kind = _kind(value)
        if isinstance(value, (tuple, list)):
            kind = f"{len(value)} value{'s' * (len(value) != 1)}"
        raise _wrong(answer, f" must return four arrays, got {kind}.",
                     RETURN_HINT if value is None else "")  # fmt: skip
    for part, got, wanted in zip(parts, value, right, strict=True):
        words = _part_words(part, got, wanted, dict(zip(parts, right, strict=True)), hint)
        if words:
            raise _wrong(answer, words)


def _part_words(part: str, got: Any, right: Array, all_right: dict[str, Array], hint: str) -> str:
    """Say what is wrong with one of several arrays, or nothing."""
    if got is None:
        return f" returned None for {part}. Return a numpy.ndarray instead of None."
    if not isinstance(got, np.ndarray):
        return f" returned a wrong type: {part} must be a numpy.ndarray, got {_kind(got)}."
    if got.shape != right.shape:
        hint = " Transpose the array." if got.shape == right.shape[::-1] and got.ndim == 2 else ""
        return (
            f" returned a wrong shape: {part} must have the shape {right.shape}, got "
            f"{got.shape}.{hint}"
        )
    if np.allclose(got, right, rtol=0, atol=SAME):
        return ""
    for other, value in all_right.items():
        if value.shape == got.shape and np.allclose(got, value, rtol=0, atol=SAME):
            return f" returned wrong values: {part} have the values of {other}."
    return f" returned wrong values for {part}. {hint}"


def _kind(value: Any) -> str:
    return value.kind if isinstance(value, Foreign) else type(value).__name__


def _close(got: Array, right: Array) -> bool:
    return bool(np.allclose(got, right, rtol=TOLERANCE, atol=1e-8))


def _first(got: Array, right: Array) -> str:
    """Name the first entry that differs."""
    wrong = ~np.isclose(got, right, rtol=TOLERANCE, atol=1e-8)
    at = tuple(int(i) for i in np.argwhere(wrong)[0])
    value = got[at]
    shown = f"{value:.8g}" if isinstance(value, numbers.Real) else repr(value)
    return f"entry {list(at)} must be {right[at]:.8g}, got {shown}."


def _shown(value: Array) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 80 else text[:77] + "..."
