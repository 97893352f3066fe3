"""A number -> one odd command line of ``initlab``, run in this process, and what it ended in."""

from __future__ import annotations

import json
from random import Random

from initlab.cli.main import main
from initlab.settings import options

from .calls import quiet
from .oddities import TEXTS

CODES = {0, 1, 2, 3, 4, 5}  # documented; 70 is an error inside initlab, 130 and 143 are signals
USUAL = (
    "compare circles --steps 1 --seeds 1 --n-train 8 --n-test 8 --workers 1 --init he_normal",
    "compare curve --steps 1 --n-samples 10 --workers 1 --case W1=0,W2=1",
    "compare digits --steps 1 --workers 1 --init he_normal",
    "compare --data table.csv --steps 1 --workers 1 --init he_normal --layer-dims 2,3,2",
    "compare --from study.json",
    "compare mine.py:build --data mine.py:load --steps 1 --workers 1 --init he_normal",
    "compare circles --steps 1 --seeds 1 --workers 1 --init he_normal --out report",
    "report study.json --out report2", "report study.json --out report3 --force",
    "show he_normal --shape 3x4", "show normal(std=2) --size 5 --out hist.svg",
    "inits", "inits he_normal", "trace --case W1=0,B1=0,W2=normal,B2=0 --steps 1",
    "data list", "data inspect table.csv", "dropin --help", "lesson list", "check he",
    "compare", "", "--version", "--help",
)  # fmt: skip
OPTIONS = (
    *("--" + row.parameter.strip("_").replace("_", "-") for row in options()),
    "--shape", "--size", "--in-axis", "--help", "--nonsense", "-h", "--x", "--y",
)  # fmt: skip
WORDS = (
    *TEXTS, "-1", "3", "2,10,5,1", "2,,1", "3x4", "3x", "0x4", "999999999x999999999", "1e308",
    "-1e308", "5e-324", "0.5", "weight_decay=0.01", "lr=1", "=", "momentum=x", "study.json",
    "table.csv", "mine.py:build", "mine.py:load", "mine.py:nothing", "broken.json", "empty.npz",
    "0.1,0.2", "[1]", "--", "-", "validation_accuracy", "test_loss", "W1=0,B1=0,W2=0,B2=0",
)  # fmt: skip
MODULE = """
import torch
def build():
    return torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
def load():
    return torch.rand(8, 2), torch.arange(8) % 2
"""


def arguments_of(rng: Random) -> list[str]:
    """Return a usual line with a few words of it changed, added or left out."""
    words = rng.choice(USUAL).split()
    for _ in range(rng.choice((1, 1, 2, 3))):
        kind = rng.choice(("option", "option", "word", "drop", "json"))
        place = rng.randrange(len(words) + 1)
        if kind == "option":
            words += [rng.choice(OPTIONS), rng.choice(WORDS)]
        elif kind == "json":
            words.append("--json")
        elif kind == "drop" and words:
            del words[min(place, len(words) - 1)]
        elif place < len(words):
            words[place] = rng.choice(WORDS)
    return [word for word in words if "\x00" not in word and "\ud800" not in word]


def outcome(number: int, seed: int) -> tuple[str, str]:
    """Run one line: ("done" | "refused" | "raw", what happened)."""
    rng = Random(f"line {seed}:{number}")
    line = arguments_of(rng)
    words = f"#{number} {line}"[:300]
    with quiet() as printed:
        _files()
        code: object = None
        try:
            main(line)
        except SystemExit as done:
            code = done.code
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            code = f"{type(error).__name__}: {error}"[:150].replace(" ", "_")
    out, error = (stream.getvalue() for stream in printed)
    if code not in CODES:
        return "raw", f"{code} {words} {error[-200:]}"
    if "Traceback" in error and "--debug" not in line:
        return "raw", f"traceback {words} {error[-200:]}"
    if code and not (error.strip() or out.strip()):
        return "raw", f"silent-{code} {words}"
    asked = "--json" in line and not line[line.index("--json") - 1].startswith("--")
    if asked and out.strip() and not _is_json(out):
        return "raw", f"not-json-{code} {words} {out[:100]!r}"
    return ("refused" if code else "done"), words


def _is_json(text: str) -> bool:
    if text.lstrip().startswith(("Usage", "initlab")):
        return True  # a help, or the version
    try:
        json.loads(text, parse_constant=_no_constant)
    except ValueError:
        return False
    return True


def _no_constant(token: str) -> None:
    raise ValueError(token)


def _files() -> None:
    texts = {
        "table.csv": "a,b,label\n" + "0.1,0.2,x\n0.3,0.1,y\n" * 4,
        "mine.py": MODULE, "broken.json": "{", "study.json": _study(), "empty.npz": "",
    }  # fmt: skip
    for name, content in texts.items():
        with open(name, "w") as file:  # noqa: PTH123
            file.write(content)


def _study() -> str:
    from .calls import _comparison

    return _comparison().to_json()
