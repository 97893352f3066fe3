"""What a check found -> words for the learner, in a notebook and in the shell."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Verdict:
    """Answer of a check.

    Attributes:
        exercise: id of the exercise.
        passed: whether everything asked for was found.
        found: what was found right, sentences in the order of the checks.
        expected: what the task asks for, where something is missing.
        got: what came instead.
        hint: where to look; never the solution.
        call: the call that showed it.
        checker_failed: the checker itself broke; the answer may be right or wrong.
    """

    exercise: str
    passed: bool
    found: tuple[str, ...] = ()
    expected: str = ""
    got: str = ""
    hint: str = ""
    call: str = ""
    checker_failed: bool = False

    def require(self) -> Verdict:
        """Return the verdict if it is passed; else raise an error, so that a notebook stops there.

        Raises:
            AssertionError: not passed; its text is the verdict's.
        """
        if not self.passed:
            raise AssertionError(str(self))
        return self

    def record(self) -> dict[str, Any]:
        """Fields for JSON."""
        return asdict(self)

    @property
    def headline(self) -> str:
        """The first line."""
        if self.checker_failed:
            return f"{self.exercise}: the checker failed, not your answer."
        return f"{self.exercise}: {'passed' if self.passed else 'not passed yet'}."

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What is wrong, as (label, sentence), labels without a sentence left out."""
        labels = {"Called": self.call, "Expected": self.expected, "Got": self.got,
                  "Hint": self.hint}  # fmt: skip
        return [(label, text) for label, text in labels.items() if text]

    def __str__(self) -> str:
        right = [f"  + {line}" for line in self.found]
        wrong = [f"  {label + ':':<10}{text}" for label, text in self.facts]
        return "\n".join([self.headline, *right, *wrong])

    def __repr__(self) -> str:
        return str(self)

    def __bool__(self) -> bool:
        return self.passed

    def _repr_markdown_(self) -> str:
        right = [f"- ✓ {_quoted(line)}" for line in self.found]
        wrong = [f"- **{label}:** {_quoted(text)}" for label, text in self.facts]
        return "\n".join([f"**{_quoted(self.headline)}**", "", *right, *wrong])


MARKS = str.maketrans({sign: f"&#{ord(sign)};" for sign in "\\`*_{}[]<>|#$&~"})


def _quoted(text: str) -> str:
    """Show a learner's text as text: no Markdown, no HTML."""
    return text.translate(MARKS)
