"""Id and a function -> the verdict, with the calls made right here in the notebook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from initlab.teaching.exercises.catalogue import exercise
from initlab.teaching.exercises.judging import judge
from initlab.teaching.exercises.observing import observe
from initlab.teaching.exercises.verdict import Verdict
from initlab.teaching.exercises.wording import kind_words


def check(id: str, function: Callable[..., Any]) -> Verdict:
    """Check a function against an exercise, on fresh random inputs.

    Args:
        id: the exercise.
        function: yours, handed over without calling it.

    Returns:
        The verdict: true if passed; ``.require()`` raises AssertionError if not.

    Raises:
        ArgumentError: there is no such exercise.

    Example:
        >>> print(check("default_start", lambda in_features: None))
        default_start: not passed yet.
          Called:   <lambda>(1)
          Expected: 2 values in this order: bound, std.
          Got:      None.
          Hint:     Is there a return at the end of the function?
    """
    import numpy as np

    asked = exercise(id)
    if not callable(function):
        return Verdict(
            asked.id, False, (), f"the function {asked.function} itself.",
            f"{kind_words(function)}.",
            f"Pass the function without calling it: initlab.check({id!r}, {asked.function}).",
        )  # fmt: skip
    calls = asked.calls(np.random.default_rng())
    return judge(asked, observe(function, calls, layer_form=asked.layer_form))
