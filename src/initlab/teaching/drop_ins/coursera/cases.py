"""A course's list of cases and a function -> "All tests passed", or an AssertionError.

A case is a dictionary: "name" (what is compared: datatype_check, shape_check,
equation_output_check), "input" (arguments), "expected", "error" (what to tell the student).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from initlab.errors import invalid_argument
from initlab.teaching.drop_ins.coursera.public_tests import PASSED

Case = Mapping[str, Any]


def single_test(test_cases: Sequence[Case], target: Callable[..., Any]) -> None:
    """Check a function that returns one value; the module's docstring says what a case is."""
    failures = [why for case in test_cases if (why := _failure(case, target))]
    if failures:
        name = getattr(target, "__name__", "the function")
        raise AssertionError(
            f"{len(failures)} of {len(test_cases)} tests of {name} failed. " + " ".join(failures)
        )
    print(PASSED)


def multiple_test(test_cases: Sequence[Case], target: Callable[..., Any]) -> None:
    """Check a function that returns several values, in a tuple, list or dictionary."""
    single_test(test_cases, target)


def _failure(case: Case, target: Callable[..., Any]) -> str:
    compare = CHECKS.get(case["name"])
    if compare is None:
        raise invalid_argument(
            "name", "one of " + ", ".join(CHECKS), case["name"], where="test case"
        )
    try:
        got = target(*copy.deepcopy(case["input"]))
        why = _compared(got, case["expected"], compare, "the result")
    except Exception as error:
        why = f"the function raised {type(error).__name__}: {error}"
    return f"{case.get('error', case['name'])} ({why})" if why else ""


def _compared(got: Any, expected: Any, compare: Callable[[Any, Any], str], where: str) -> str:
    """Compare leaf by leaf; return the first difference or ""."""
    if isinstance(expected, (Mapping, tuple, list)):
        kinds = Mapping if isinstance(expected, Mapping) else (tuple, list)
        if not isinstance(got, kinds):
            return f"{where} must be a {type(expected).__name__}, got {type(got).__name__}"
        keys = list(expected) if isinstance(expected, Mapping) else list(range(len(expected)))
        if len(got) != len(expected) or (
            isinstance(expected, Mapping) and set(got) != set(expected)
        ):
            if isinstance(expected, Mapping):
                return f"{where} must have the keys {keys}, got {list(got)}"
            values = "value" if len(keys) == 1 else "values"
            return f"{where} must have {len(keys)} {values}, got {len(got)}"
        parts = (_compared(got[k], expected[k], compare, f"{where}[{k!r}]") for k in keys)
        return next((why for why in parts if why), "")
    why = compare(got, expected)
    return f"{where} {why}" if why else ""


def _type_of(got: Any, expected: Any) -> str:
    if isinstance(got, type(expected)):
        return ""
    return f"must be of type {type(expected).__name__}, got {type(got).__name__}"


def _shape_of(got: Any, expected: Any) -> str:
    if np.shape(got) == np.shape(expected):
        return ""
    return f"must be of shape {np.shape(expected)}, got {np.shape(got)}"


def _value_of(got: Any, expected: Any) -> str:
    if why := _shape_of(got, expected):
        return why
    if isinstance(expected, (np.ndarray, np.generic, int, float, complex)):
        same = np.allclose(got, expected, equal_nan=True)
    else:
        same = bool(got == expected)
    return "" if same else f"must be {expected}, got {got}"


CHECKS: dict[str, Callable[[Any, Any], str]] = {
    "datatype_check": _type_of,
    "shape_check": _shape_of,
    "equation_output_check": _value_of,
}
