"""A learner's function and calls to make -> one record per call: value or error, side effects."""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.random  # NumPy loads it late; here it is before the learner's code can interfere

from .values import LONGEST_TEXT, decode, encode, plain

Record = dict[str, Any]
UNSET = 7.0  # what a layer is filled with before the learner's function sets it
SEED_NAMES = ("seed", "random_state", "rng")


def answer_calls(
    function: Callable[..., Any],
    calls: Iterable[Mapping[str, Any]],
    *,
    sources: Collection[str],
    layer_form: bool = False,
) -> list[Record]:
    """Make the calls one after another, each with copies of its arguments, up to an exception.

    Args:
        function: the learner's.
        calls: per call ``arguments``, ``seed`` and ``numpy_seed``.
        sources: names of the learner's own files or cells, to find the line of an error.
        layer_form: whether a function of one argument gets a PyTorch layer to set.

    Returns:
        Per call ``value``, ``failure``, ``seed_taken``, ``layer_set``, ``changed`` and
        ``numpy_state_changed``; where an exception came, its call is the last.
    """
    records: list[Record] = []
    for call in calls:
        records.append(_answer(function, call, sources, layer_form))
        if records[-1]["failure"] is not None:
            break
    return records


def _answer(
    function: Callable[..., Any], call: Mapping[str, Any], sources: Collection[str], layer: bool
) -> Record:
    content = [encode(plain(one)) for one in call["arguments"]]
    arguments = [decode(one) for one in content]
    record: Record = {"value": None, "failure": None, "seed_taken": False, "layer_set": False,
                      "changed": (), "numpy_state_changed": False}  # fmt: skip
    np.random.seed(call["numpy_seed"])  # noqa: NPY002 - the state a learner's code may rely on
    before = _numpy_state()
    try:
        positional, keywords = _seed_arguments(function, len(arguments), call["seed"])
        record["seed_taken"] = bool(positional or keywords)
        record["layer_set"] = layer and _positional(function) == 1
        if record["layer_set"]:
            value = _set_layer(function, *arguments)
        else:
            value = function(*arguments, *positional, **keywords)
        record["value"] = plain(value)
    except (Exception, SystemExit) as error:
        record["failure"] = failure(error, sources)
    record["numpy_state_changed"] = _numpy_state() != before
    record["changed"] = tuple(
        number
        for number, (old, new) in enumerate(zip(content, arguments, strict=True))
        if encode(plain(new)) != old
    )
    return record


def _seed_arguments(
    function: Callable[..., Any], given: int, seed: int | None
) -> tuple[list[int], dict[str, int]]:
    """Return the seed as a positional or keyword argument, as far as the function takes one."""
    if seed is None:
        return [], {}
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return [], {}
    for place, one in enumerate(parameters):
        if one.kind is one.KEYWORD_ONLY and one.name in SEED_NAMES:
            return [], {one.name: seed}
        if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) and place == given:
            wanted = one.default is one.empty or any(name in one.name for name in SEED_NAMES)
            return ([seed] if wanted else []), {}
    return [], {}


def _positional(function: Callable[..., Any]) -> int:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return -1
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(one.kind in kinds for one in parameters)


def _set_layer(function: Callable[..., Any], n_inputs: int, n_outputs: int) -> tuple[Any, ...]:
    import torch

    layer = torch.nn.Linear(n_inputs, n_outputs)
    with torch.no_grad():
        layer.weight.fill_(UNSET)
        layer.bias.fill_(UNSET)
    function(layer)
    kept = (layer.weight, layer.bias)
    return tuple(None if one is None else one.detach().numpy() for one in kept)


def _numpy_state() -> tuple[Any, ...]:
    state = np.random.get_state(legacy=False)  # noqa: NPY002
    return tuple(
        value.tobytes() if isinstance(value, np.ndarray) else value
        for value in (*state["state"].values(), state["has_gauss"], state["gauss"])
    )


def failure(error: BaseException, sources: Collection[str]) -> Record:
    """Describe an exception: kind, message, and the learner's own line it came from."""
    try:
        message = str(error)
    except Exception:
        message = ""
    if isinstance(error, SystemExit):
        code = "without a code" if error.code is None else message
        message = f"the code called exit ({code})"
    kind = type(error).__name__
    record: Record = {"kind": kind, "message": message[:LONGEST_TEXT], "where": "", "line": ""}
    if isinstance(error, SyntaxError) and error.filename in sources:
        record.update(where=f"{error.filename}, line {error.lineno}", message=str(error.msg),
                      line=_caret(error))  # fmt: skip
        return record
    place = error.__traceback__
    while place is not None:  # outside in: the last of the learner's own lines stays
        name, number = place.tb_frame.f_code.co_filename, place.tb_lineno
        if name in sources:
            record["where"] = f"{name}, line {number}"
            record["line"] = linecache.getline(name, number).strip()[:200]
        place = place.tb_next
    return record


def _caret(error: SyntaxError) -> str:
    line = error.text or linecache.getline(str(error.filename), error.lineno or 1)
    text = line.rstrip("\n")[:200]
    offset = max(0, min((error.offset or 1) - 1, len(text)))
    return f"{text}\n{' ' * offset}^"
