"""A student's start and the reference -> nothing, or an AssertionError that says what is wrong."""

from __future__ import annotations

import copy
import numbers
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.teaching.drop_ins.scale_diagnosis import diagnose

TOLERANCE = 1e-6  # a float32 spelling or another order of the factors passes, a wrong law does not
PERTURBING_SEED = 987_654_321  # global state that no notebook leaves behind

Parameters = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Exercise:
    """What a start must do.

    Attributes:
        reference: the right function, named as the student's and called with the same arguments.
        std: std of the weights by fan-in; None where all weights are zero.
        seed: what the reference seeds with; None where nothing is drawn.
        seed_argument: whether the seed is handed over as the second argument.
        rule: what the weights should be, in a sentence that ends a message.
    """

    reference: Callable[..., Parameters]
    std: Callable[[int], float] | None = None
    seed: int | None = None
    seed_argument: bool = False
    rule: str = ""

    @property
    def name(self) -> str:
        """Name of the student's function."""
        return self.reference.__name__

    def arguments(self, dims: Sequence[int]) -> tuple[Any, ...]:
        """Return fresh arguments: the student's function may change them."""
        return (list(dims), self.seed) if self.seed_argument else (list(dims),)


def check_parameters(
    target: Callable[..., Any], exercise: Exercise, cases: Sequence[Sequence[int]]
) -> None:
    """Call ``target`` for each list of widths and compare; NumPy's global state ends as after one.

    Raises:
        AssertionError: the first thing that is wrong, in words.
    """
    if not callable(target):
        raise AssertionError(
            f"{exercise.name}: a function must be handed over, without calling it; "
            f"got {type(target).__name__}."
        )
    after_first = None
    try:
        for dims in cases:
            call = f"{exercise.name}({', '.join(map(repr, exercise.arguments(dims)))})"
            got = _called(target, exercise, dims, call)
            after_first = after_first or np.random.get_state()  # noqa: NPY002
            _check(got, target, exercise, dims, call)
    finally:
        if after_first is not None:
            np.random.set_state(after_first)  # noqa: NPY002


def _called(target: Callable[..., Any], exercise: Exercise, dims: Sequence[int], call: str) -> Any:
    arguments = exercise.arguments(dims)
    given = copy.deepcopy(arguments)
    try:
        got = target(*given)
    except Exception as error:
        raise AssertionError(f"{call} raised {type(error).__name__}: {error}") from error
    if list(given[0]) != list(arguments[0]):
        raise AssertionError(f"{call} changed the list it was given; leave layers_dims as it is.")
    return got


def _check(
    got: Any, target: Callable[..., Any], exercise: Exercise, dims: Sequence[int], call: str
) -> None:
    before = np.random.get_state()  # noqa: NPY002
    expected = exercise.reference(*exercise.arguments(dims))
    np.random.set_state(before)  # noqa: NPY002
    _check_names(got, expected, call)
    for name, value in expected.items():
        _check_array(got[name], value, name, call)
    for name in sorted(expected, key=lambda name: name[0] != "b"):  # biases first
        bias = name.startswith("b")
        if (bias or exercise.std is None) and not _close(got[name], expected[name]):
            what = "bias not zero" if bias else "wrong value"
            raise AssertionError(f"{call}: {what}: {name} must be all zeros, "
                                 f"got {_shown(got[name])}.")  # fmt: skip
    if exercise.std is None:
        return
    _check_seed(target, exercise, dims, expected, call)
    for name, value in expected.items():
        if not _close(got[name], value):
            assert exercise.seed is not None
            why = diagnose(got, list(dims), exercise.std, exercise.seed)
            why = why or _first(got[name], value)
            raise AssertionError(f"{call}: wrong value of {name}: {why} {exercise.rule}".rstrip())


def _check_names(got: Any, expected: Parameters, call: str) -> None:
    if not isinstance(got, dict):
        hint = " Is there a return at the end?" if got is None else ""
        raise AssertionError(
            f"{call}: wrong type: must return a dict, got {type(got).__name__}.{hint}"
        )
    missing = [name for name in expected if name not in got]
    surplus = [str(name) for name in got if name not in expected]
    if missing:
        raise AssertionError(f"{call}: missing from the dictionary: {', '.join(missing)}; "
                             f"it has {', '.join(map(str, got)) or 'nothing'}.")  # fmt: skip
    if surplus:
        raise AssertionError(f"{call}: the dictionary has too much: {', '.join(surplus)}. "
                             f"Only {', '.join(expected)} belong there.")  # fmt: skip


def _check_array(got: Any, expected: NDArray[np.float64], name: str, call: str) -> None:
    if not isinstance(got, np.ndarray):
        raise AssertionError(
            f"{call}: wrong type: {name} must be a numpy.ndarray, got {type(got).__name__}."
        )
    if not np.issubdtype(got.dtype, np.number) or np.iscomplexobj(got):
        raise AssertionError(f"{call}: wrong type: {name} must hold real numbers, got {got.dtype}.")
    if got.shape == expected.shape:
        return
    message = f"{call}: wrong shape: {name} must be {expected.shape}, got {got.shape}."
    if got.shape == expected.shape[::-1]:
        kind = "(out, in)" if name.startswith("W") else "(out, 1)"
        message += f" The dimensions are swapped: {name[0]} is {kind}."
    elif got.ndim == 1:
        message += " Hand over the two sizes as one pair: np.zeros((rows, columns))."
    raise AssertionError(message)


def _check_seed(
    target: Callable[..., Any],
    exercise: Exercise,
    dims: Sequence[int],
    expected: Parameters,
    call: str,
) -> None:
    """Call again from two other global states: a start that seeds itself does not notice."""
    results = []
    for seed in (PERTURBING_SEED, PERTURBING_SEED + 1):
        np.random.seed(seed)  # noqa: NPY002
        results.append(_called(target, exercise, dims, call))
        _check_names(results[-1], expected, f"{call}, called again")
    first, second = results
    if any(not np.array_equal(first[name], second[name]) for name in first):
        wanted = "seed" if exercise.seed_argument else str(exercise.seed)
        raise AssertionError(
            f"{call}: missing seed: two calls give different weights. "
            f"Put np.random.seed({wanted}) at the start of the function."
        )


def _close(got: NDArray[Any], expected: NDArray[Any]) -> bool:
    return bool(np.allclose(got, expected, rtol=TOLERANCE, atol=1e-8))


def _first(got: NDArray[Any], expected: NDArray[Any]) -> str:
    """Name the first entry that differs."""
    wrong = ~np.isclose(got, expected, rtol=TOLERANCE, atol=1e-8)
    at = tuple(int(i) for i in np.argwhere(wrong)[0])
    value = got[at]
    shown = f"{value:.8g}" if isinstance(value, numbers.Real) else repr(value)
    return f"entry {list(at)} must be {expected[at]:.8g}, got {shown}."


def _shown(value: NDArray[Any]) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 80 else text[:77] + "..."
