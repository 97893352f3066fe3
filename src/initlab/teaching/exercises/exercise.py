"""An exercise: what is asked, fresh inputs for the learner's function, and how answers are judged.

The judge sees plain values only, so the same one serves a notebook and the sandbox of the shell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from initlab.teaching.exercises.answers import Answer, Call


class WrongAnswer(Exception):  # noqa: N818 - no fault of the program: the learner's answer is wrong
    """Raised by a judge: what was expected, what came, and what may help.

    Attributes:
        expected: what the task asks for, as a sentence.
        got: what came instead, as a sentence.
        hint: where to look, never the solution.
        call: the call it happened in, as the learner would write it.
    """

    def __init__(self, expected: str, got: str, hint: str = "", call: str = "") -> None:
        super().__init__(f"{expected} {got} {hint}".strip())
        self.expected = expected
        self.got = got
        self.hint = hint
        self.call = call


@dataclass(frozen=True)
class Exercise:
    """A task with its checks.

    Attributes:
        id: what ``initlab.exercise`` and ``initlab check`` call it.
        title: one line for a list.
        function: name of the function asked for.
        text: the task in Markdown that reads well as plain text.
        calls: a generator of random numbers -> the calls to make, each with fresh inputs.
        judge: answers, one per call -> what was found right; raises :class:`WrongAnswer`.
        layer_form: whether a function that sets a PyTorch layer in place is an answer too.
    """

    id: str
    title: str
    function: str
    text: str = field(repr=False)
    calls: Callable[[np.random.Generator], list[Call]] = field(repr=False)
    judge: Callable[[Sequence[Answer]], list[str]] = field(repr=False)
    layer_form: bool = False

    def __str__(self) -> str:
        line = f"Exercise {self.id}: {self.title}"
        return f"{line}\n{'=' * len(line)}\n\n{self.text.strip()}\n"

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        return f"### Exercise `{self.id}`: {self.title}\n\n{self.text.strip()}\n"

    def _repr_mimebundle_(self, **options: Any) -> dict[str, str]:
        return {"text/plain": str(self), "text/markdown": self._repr_markdown_()}
