"""Jobs through a pipe -> the events of each back through it: what a worker process of the lab does.

A job is (scene, number of seeds, 0 for its frames). While it is trained, any message stops it.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator
from typing import Any

from initlab.errors import InitlabError
from initlab.lab.recording import FILE, events, seed_events

STOP = "stop"
WARM = {"inits": ["he_normal"], "steps": 1}  # so that the first scene finds all loaded
Message = tuple[str, str, tuple[int, int] | None]
"""Name and JSON of an event, and the panel and step of a frame."""


def work(pipe: Any) -> None:
    """Send None when ready, and then the events of one job after another, and None behind each."""
    with contextlib.suppress(InitlabError):  # the first job will say it
        for _ in events(WARM):
            pass
    pipe.send(None)
    while (job := pipe.recv()) is not None:
        if job == STOP:
            continue  # what it was for has ended
        scene, seeds = job
        for message in _told(scene, seeds, pipe):
            pipe.send(message)
        pipe.send(None)


def as_json(data: Any) -> str:
    """Return JSON without spaces."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def failure(message: str, *, refused: bool) -> str:
    """Return the JSON of a run that failed, and whether a value of its scene is at fault."""
    return as_json({"message": message, "refused": refused})


def _told(scene: Any, seeds: int, pipe: Any) -> Iterator[Message]:
    """Yield the events of a job; an error is the last of them."""
    try:
        found = seed_events(scene, seeds, pipe.poll) if seeds else events(scene, pipe.poll)
        for name, data in found:
            text = data["text"] if name == FILE else as_json(data)
            yield name, text, (data["panel"], data["step"]) if name == "frame" else None
    except InitlabError as error:
        yield "failed", failure(str(error), refused=True), None
    except Exception as error:  # a mistake of ours must not end the worker
        logging.getLogger(__name__).exception("A run of the lab failed.")
        words = (
            f"An error occurred inside initlab ({type(error).__name__}). The terminal in which the "
            "command “initlab lab” runs shows the traceback."
        )
        yield "failed", failure(words, refused=False), None
