"""A learner's function and calls to make -> one record per call: value or error, side effects."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.random  # NumPy loads it late; here it is before the learner's code can interfere

from .signatures import Way, seed_arguments, ways
from .values import LONGEST_TEXT, decode, encode, plain

Record = dict[str, Any]
UNSET = 7.0  # what a layer is filled with before the learner's function sets it
SEED_NUMPY, STATE_OF_NUMPY = np.random.seed, np.random.get_state  # as they are before a patch


def answer_calls(
    function: Callable[..., Any],
    calls: Iterable[Mapping[str, Any]],
    *,
    sources: Collection[str],
    layer_form: bool = False,
) -> list[Record]:
    """Make the calls one after another with copies of their arguments; stop at an exception.

    The first call is tried in every way that the function's signature leaves open; the first that
    raises nothing is kept for all.

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
    tried: list[Way] = []
    for call in calls:
        tried = tried or list(ways(function, len(call["arguments"]), call["seed"], layer_form))
        answers = [(way, _answer(function, call, sources, way)) for way in tried[:1]]
        while answers[-1][1]["failure"] is not None and len(answers) < len(tried):
            way = tried[len(answers)]
            answers.append((way, _answer(function, call, sources, way)))
        way, record = answers[-1]
        if record["failure"] is not None:
            return [*records, answers[0][1]]
        tried = [way]
        records.append(record)
    return records


def _answer(
    function: Callable[..., Any], call: Mapping[str, Any], sources: Collection[str], way: Way
) -> Record:
    content = [encode(plain(one)) for one in call["arguments"]]
    arguments = [decode(one) for one in content]
    record: Record = {
        "value": None, "failure": None, "seed_taken": way.seed is not None,
        "layer_set": way.layer, "changed": (), "numpy_state_changed": False,
    }  # fmt: skip
    SEED_NUMPY(call["numpy_seed"])
    before = _numpy_state()
    try:
        positional, keywords = seed_arguments(way, call["seed"])
        if way.layer:
            value = _set_layer(function, arguments, positional, keywords)
        else:
            value = function(*arguments, *positional, **keywords)
        record["value"] = plain(value)
    except (Exception, SystemExit) as error:
        record["failure"] = failure(error, sources)
    record["numpy_state_changed"] = _numpy_state() != before
    record["changed"] = tuple(
        number
        for number, (old, new) in enumerate(zip(content, arguments, strict=True))
        if not _is_still(new, old)
    )
    return record


def _is_still(argument: Any, content: bytes) -> bool:
    try:
        return encode(plain(argument)) == content
    except Exception:  # something of the learner's own was put into it
        return False


def _set_layer(
    function: Callable[..., Any], sizes: Collection[int], positional: Any, keywords: Any
) -> tuple[Any, ...]:
    import torch

    in_features, out_features = sizes
    layer = torch.nn.Linear(in_features, out_features)
    with torch.no_grad():
        layer.weight.fill_(UNSET)
        layer.bias.fill_(UNSET)
    function(layer, *positional, **keywords)
    kept = (layer.weight, layer.bias)
    return tuple(None if one is None else one.detach().numpy() for one in kept)


def _numpy_state() -> tuple[Any, ...]:
    state = STATE_OF_NUMPY(legacy=False)
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
        given = "without a value" if error.code is None else f"with the value {message}"
        message = f"your code called exit {given}"
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
