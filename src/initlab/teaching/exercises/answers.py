"""A call to make of the learner's function, and what came of it, both in plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from initlab.teaching.exercises.sandbox.inside.values import Foreign as Foreign


@dataclass(frozen=True)
class Call:
    """Arguments of one call.

    Attributes:
        arguments: positional arguments, plain values.
        seed: handed over last if the function takes one argument more; None for no seed.
        numpy_seed: what NumPy's global generator is seeded with just before.
    """

    arguments: tuple[Any, ...]
    seed: int | None = None
    numpy_seed: int = 0


@dataclass(frozen=True)
class Failure:
    """An exception that the learner's function raised.

    Attributes:
        kind: name of its class.
        message: its text, cut.
        where: the learner's own line, such as ``solution.py, line 7``, or "".
        line: the text of that line, or "".
    """

    kind: str
    message: str
    where: str = ""
    line: str = ""


@dataclass(frozen=True)
class Answer:
    """What came of one call.

    Attributes:
        call: the call.
        function: name of the function called.
        value: what it returned: None, bool, int, float, str, array, and lists, tuples and dicts
            of these; :class:`Foreign` stands for anything else.
        failure: the exception, where one was raised.
        seed_taken: whether the seed was handed over.
        layer_set: whether a PyTorch layer was handed over, for the function to set.
        changed: numbers of the arguments that it changed, from 0.
        numpy_state_changed: whether NumPy's global generator was touched.
    """

    call: Call
    function: str
    value: Any = None
    failure: Failure | None = None
    seed_taken: bool = False
    layer_set: bool = False
    changed: tuple[int, ...] = ()
    numpy_state_changed: bool = False
