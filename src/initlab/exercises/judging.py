"""An exercise and answers -> the verdict; a judge that breaks is no fault of the learner's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from initlab.exercises.answers import Answer
from initlab.exercises.exercise import Exercise, WrongAnswer
from initlab.exercises.verdict import Verdict
from initlab.exercises.wording import call_words, failure_words

HINTS = {
    "NotImplementedError": "Nothing is written here yet: your code goes in place of that line.",
    "SystemExit": "Return the answer instead of ending the program.",
    "MemoryError": "It wants more memory than there is.",
    "RecursionError": "When does the function stop calling itself?",
}


def judge(
    asked: Exercise, answers: Sequence[Answer], *, hints: Mapping[str, str] | None = None
) -> Verdict:
    """Judge the answers; nothing but their values counts.

    Args:
        asked: the exercise.
        answers: what came of its calls.
        hints: name of an exception -> what to say to it, beside the usual.
    """
    import numpy as np

    try:
        with np.errstate(all="ignore"):
            for answer in answers:
                _without_error(answer, {**HINTS, **(hints or {})})
                _arguments_kept(answer)
            found = asked.judge(answers)
    except WrongAnswer as wrong:
        return Verdict(asked.id, False, (), wrong.expected, wrong.got, wrong.hint, wrong.call)
    except Exception as error:  # our own fault, whatever the answer was
        return Verdict(
            asked.id, False, got=f"an error inside the checker: {type(error).__name__}: {error}",
            hint="Please report it; your answer was not judged.", checker_failed=True,
        )  # fmt: skip
    return Verdict(asked.id, True, tuple(found))


def _without_error(answer: Answer, hints: Mapping[str, str]) -> None:
    if answer.failure is not None:
        raise WrongAnswer(
            "a returned value.", failure_words(answer.failure),
            hints.get(answer.failure.kind, "Call your function yourself with these arguments."),
            call_words(answer),
        )  # fmt: skip


def _arguments_kept(answer: Answer) -> None:
    if answer.changed:
        number = answer.changed[0] + 1
        raise WrongAnswer(
            "the arguments as they were before the call.",
            f"argument {number} was changed by the function.",
            "Work on a copy, or build new values; `a -= b`, `a[0] = b` and `a.pop()` change a.",
            call_words(answer),
        )
