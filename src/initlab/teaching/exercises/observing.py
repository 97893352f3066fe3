"""A function and calls -> answers, made in this very process, as a notebook does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from initlab.teaching.exercises.answers import Answer, Call, Failure
from initlab.teaching.exercises.sandbox.inside.calling import answer_calls


def observe(
    function: Callable[..., Any],
    calls: Sequence[Call],
    *,
    layer_form: bool = False,
    name: str = "",
    sources: Collection[str] | None = None,
) -> list[Answer]:
    """Make the calls, and restore the state of NumPy's global generator.

    Args:
        function: the learner's.
        calls: to make, in this order.
        layer_form: whether a function of one argument gets a PyTorch layer to set.
        name: of the function in messages; its own if left out.
        sources: files or cells of the learner, to find the line of an error; None for the one
            that holds the function, of which only the line is named.
    """
    code = getattr(function, "__code__", None)
    source = getattr(code, "co_filename", "")
    kept = np.random.get_state()  # noqa: NPY002
    try:
        records = answer_calls(
            function,
            [vars(call) for call in calls],
            sources=({source} if source else ()) if sources is None else sources,
            layer_form=layer_form,
        )
    finally:
        np.random.set_state(kept)  # noqa: NPY002
    name = name or str(getattr(function, "__name__", "your function"))
    answers = answers_from(records, calls, name)
    return answers if sources is not None else [_in_a_cell(one, source) for one in answers]


def answers_from(records: Any, calls: Sequence[Call], function: str) -> list[Answer]:
    """Turn records, perhaps from another process, into answers.

    Raises:
        ValueError: they are not records of these calls.
    """
    if not isinstance(records, list) or len(records) > len(calls):
        raise ValueError("not one record per call")
    pairs = zip(records, calls, strict=False)  # after an exception no more calls are made
    answers = [_answer(record, call, function) for record, call in pairs]
    if len(answers) < len(calls) and not (answers and answers[-1].failure):
        raise ValueError("not one record per call")
    return answers


def _answer(record: Any, call: Call, function: str) -> Answer:
    if not isinstance(record, dict) or set(record) != {
        "value", "failure", "seed_taken", "layer_set", "changed", "numpy_state_changed"
    }:  # fmt: skip
        raise ValueError("no record of a call")
    changed = record["changed"]
    if not isinstance(changed, tuple) or not all(isinstance(one, int) for one in changed):
        raise ValueError("no record of a call")
    return Answer(
        call, function, record["value"], failure_from(record["failure"]),
        record["seed_taken"] is True, record["layer_set"] is True, changed,
        record["numpy_state_changed"] is True,
    )  # fmt: skip


def failure_from(record: Any) -> Failure | None:
    """Turn the record of an exception into a :class:`Failure`."""
    if record is None:
        return None
    if not isinstance(record, dict):
        raise ValueError("no record of a failure")
    return Failure(*(str(record.get(name, "")) for name in ("kind", "message", "where", "line")))


def failures_from(records: Any) -> list[tuple[Failure, frozenset[str]]]:
    """Turn the records of what failed into failures, each with the names it left unbound.

    Raises:
        ValueError: they are not such records.
    """
    if not isinstance(records, list):
        raise ValueError("no records of failures")
    found = []
    for one in records:
        if not isinstance(one, dict) or not isinstance(names := one.get("names"), list):
            raise ValueError("no record of a failure")
        failed = failure_from(one.get("failure"))
        if failed is None:
            raise ValueError("no record of a failure")
        found.append((failed, frozenset(map(str, names))))
    return found


def _in_a_cell(answer: Answer, source: str) -> Answer:
    """Name only the line: the file behind a notebook's cell means nothing to its author."""
    if answer.failure is None or not answer.failure.where.startswith(source):
        return answer
    from dataclasses import replace

    where = answer.failure.where.removeprefix(source).lstrip(", ")
    return replace(answer, failure=replace(answer.failure, where=where))
