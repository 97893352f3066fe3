"""What a tool says of one model: an Answer, kept as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

BATCH = 64  # samples that every tool is given


@dataclass(frozen=True)
class Answer:
    """What a tool says of one model.

    Attributes:
        sick: whether it says that something is wrong; None where it gave no answer.
        causes: the findings that its messages amount to, in our words.
        count: how many different things it says are wrong.
        where: layers and parameters that it names.
        seconds: CPU time.
        said: its own words, or the error that it raised.
    """

    sick: bool | None
    causes: tuple[str, ...] = ()
    count: int = 0
    where: tuple[str, ...] = ()
    seconds: float = 0.0
    said: str = ""


Answers = dict[str, dict[str, Answer]]  # tool -> model -> answer


def write(answers: Answers, path: Path) -> None:
    """Write all answers as JSON."""
    plain = {tool: {name: asdict(one) for name, one in of.items()} for tool, of in answers.items()}
    path.write_text(json.dumps(plain, indent=1) + "\n")


def read(path: Path) -> Answers:
    """Read them again."""
    plain = json.loads(path.read_text())
    return {
        tool: {
            name: Answer(**{**one, "causes": tuple(one["causes"]), "where": tuple(one["where"])})
            for name, one in of.items()
        }
        for tool, of in plain.items()
    }
