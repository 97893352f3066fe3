"""An exercise and answers -> the verdict; an error in the judge is not the learner's fault."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from initlab.teaching.exercises.answers import Answer, Failure
from initlab.teaching.exercises.exercise import Exercise, WrongAnswer
from initlab.teaching.exercises.hints import failure_hint
from initlab.teaching.exercises.verdict import Verdict
from initlab.teaching.exercises.wording import call_words, failure_words

REPORT_HINT = "Please report this error; your answer was not judged."


def check_call(answer: Answer, hint: Callable[[Failure], str] = lambda failure: "") -> None:
    """Check that a call returned something and left its arguments alone.

    Args:
        answer: of the call.
        hint: what to say to an exception in place of the usual; "" for the usual.

    Raises:
        WrongAnswer: it did not.
    """
    if answer.failure is not None:
        raise WrongAnswer(
            "a returned value.", failure_words(answer.failure),
            hint(answer.failure) or failure_hint(answer.failure),
            call_words(answer),
        )  # fmt: skip
    if answer.changed:
        number = answer.changed[0] + 1
        raise WrongAnswer(
            "the arguments are unchanged after the call.",
            f"the function changed argument {number}.",
            "Work on a copy of the argument, or build new values. `a -= b`, `a[0] = b` and "
            "`a.pop()` change the array or list `a` itself.",
            call_words(answer),
        )


def judge(
    asked: Exercise,
    answers: Sequence[Answer],
    *,
    form: Callable[[Answer], None] = check_call,
) -> Verdict:
    """Judge the answers; nothing but their values counts.

    Args:
        asked: the exercise.
        answers: what came of its calls.
        form: what holds for every call, whatever the task; raises :class:`WrongAnswer`.
    """
    import numpy as np

    try:
        with np.errstate(all="ignore"):
            for answer in answers:
                form(answer)
            found = asked.judge(answers)
    except WrongAnswer as wrong:
        return Verdict(asked.id, False, (), wrong.expected, wrong.got, wrong.hint, wrong.call)
    except Exception as error:  # our own fault, whatever the answer was
        return Verdict(
            asked.id, False, got=f"an error inside the checker ({type(error).__name__}: {error}).",
            hint=REPORT_HINT, checker_failed=True,
        )  # fmt: skip
    return Verdict(asked.id, True, tuple(found))
