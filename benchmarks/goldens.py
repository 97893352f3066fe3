"""Commit -> whether this working tree still gives that commit's numbers, bit for bit.

    python benchmarks/goldens.py OLD_COMMIT

checks OLD_COMMIT out into a temporary git worktree and runs the same studies with it and with this
working tree, each in a process of its own, through the public API alone. Nothing is installed: one
Python environment serves both, with the version's own ``src`` first in ``PYTHONPATH``; so both must
run with what is installed, PyTorch included. BLAS and PyTorch have one thread, and each version
compiles its kernels into a cache folder of its own.

Compared by their bits are draws, final parameters, and every number of the JSON's cells, summary,
differences and learning rates that the old version has; what the new one has beyond that is
welcome. p-values, and where a diverging run was first noticed, may move, and are counted apart, as
are the learning rate of a cell that did not name it, and units of layers that were not counted.
Words are not compared. Exit code 1: a number differs, is missing, or a study fails.

``--only WORD`` takes the studies whose name has that word, such as ``--only circles``.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
SECTIONS = {  # lists of the JSON, and what tells their entries apart
    "cells": ("init", "seed"),
    "summary": ("init",),
    "differences": ("first", "second", "metric"),
    "rates": ("init", "learning_rate"),
}
# what may move: p-values, and what follows from them; where a diverging run was noticed
ALLOWED = {"p", "p_holm", "comparisons", "noise", "winner", "diverged_step", "first_nonfinite"}
UNITS = {"dead_share", "distinct_units", "hidden_units"}
WORDS = {"reason", "why", "words"}
MISSING = "missing"


# The studies


def studies(word: str = "") -> dict[str, dict[str, Any]]:
    """Return the arguments of ``compare`` of all studies whose name has this word."""
    return {name: settings for name, settings in every_study().items() if word in name}


def every_study() -> dict[str, dict[str, Any]]:
    """Return arguments of ``compare`` by name: the goldens' with more seeds, and further ones."""
    from tests.goldens.studies import CIRCLES, DENSE, DIGITS, modules

    seeds = {"curve": 20, "digits": 4, "circles": 20}
    kept = {name: {**one, "seeds": seeds[one["name"]]} for name, one in DENSE.items()}
    of_modules = {name: {**one, "seeds": 6} for name, one in modules().items()}
    steps = {**CIRCLES, "stream": "default", "steps": 600, "seeds": 10}
    batches = {**steps, "batch_size": 32, "record_every": 20}
    points = {
        "data": blobs(), "layer_dims": [4, 10, 6, 3], "steps": 120, "seeds": 6, "dropout": 0.0,
        "batch_size": 25, "stratify": False, "inits": ["he_normal", "glorot_uniform", "orthogonal"],
    }  # fmt: skip
    every_init = ["lecun_normal", "truncated_normal(std=0.3)", "sparse(sparsity=0.25)", "identity"]
    return {
        "circles, the documents' own": CIRCLES,
        **kept,
        "circles, sgd with momentum, batches, silu": {
            **batches, "optimizer": "sgd", "momentum": 0.9, "nonlinearity": "silu",
        },
        "circles, adam, batches, gelu": {
            **batches, "optimizer": "adam", "nonlinearity": "gelu", "loss_form": "logits",
        },
        "circles, adam, gelu, several rates": {
            **batches, "optimizer": "adam", "nonlinearity": "gelu", "loss_form": "logits",
            "learning_rate": [0.001, 0.01, 0.1],
        },
        "circles, leaky_relu, torch_default": {
            **steps, "nonlinearity": "leaky_relu", "inits": ["torch_default", "ones"],
        },
        "circles in float32, adam, dropout": {
            **batches, "optimizer": "adam", "dropout": 0.2, "dtype": "float32",
        },
        "curve, silu, adam": {
            "name": "curve", "nonlinearity": "silu", "optimizer": "adam", "learning_rate": 0.01,
            "epochs": 20, "seeds": 10, "layer_dims": [1, 16, 16, 1],
            "inits": ["he_normal", "orthogonal", "glorot_normal(gain=2)"],
        },
        "arrays, three classes, adam, float64": {**points, "dtype": "float64"},
        "arrays, three classes, gelu, float32, dropout": {
            **points, "dropout": 0.3, "nonlinearity": "gelu",
        },
        "digits, sgd with momentum, tanh, final test": {
            **DIGITS, "optimizer": "sgd", "momentum": 0.9, "nonlinearity": "tanh", "seeds": 3,
            "learning_rate": [0.01, 0.1], "final_test": True,
        },
        "digits, gelu, every kind of init": {
            **DIGITS, "nonlinearity": "gelu", "inits": every_init, "seeds": 2,
        },
        **of_modules,
        "CNN with BatchNorm, PyTorch's own inits": {
            **of_modules["CNN with BatchNorm"], "inits": ["default", "as_built"],
        },
        "MLP, chosen engine, default and as built": {
            **of_modules["MLP, dense engine"], "engine": None, "inits": ["default", "as_built"],
        },
    }  # fmt: skip


def blobs() -> tuple[Any, Any]:
    """Return 150 points around three centres, and which centre each is of."""
    generator = np.random.RandomState(2)  # its numbers are frozen by NumPy
    y = np.arange(150) % 3
    return generator.standard_normal((3, 4))[y] + 0.5 * generator.standard_normal((150, 4)), y


# One version: studies -> files


def record(folder: Path, word: str) -> None:
    """Run everything with the initlab that is first in the path, and write what came of it."""
    from tests.goldens import draws

    import initlab

    place = Path(initlab.__file__).parent
    if place.parent != Path(os.environ["PYTHONPATH"].split(os.pathsep)[0]):
        sys.exit(f"another initlab comes first in the path: {place}")
    print(f"initlab of {place}", flush=True)
    fingerprints = {
        init: draws.array_draws(init, exact=True) | draws.module_draws(init, exact=True)
        for init in draws.catalogue()
    }
    (folder / "draws.json").write_text(json.dumps(fingerprints), encoding="utf-8")
    chosen = studies(word)
    for k, (name, settings) in enumerate(chosen.items()):
        print(f"  {k + 1}/{len(chosen)} {name}", flush=True)
        try:
            if "stratify" not in inspect.signature(initlab.compare).parameters:
                settings.pop("stratify", None)  # the old version knows no other split
            result = initlab.compare(**settings, progress=False)
            (folder / f"{k}.json").write_text(result.to_json(), encoding="utf-8")
            np.savez(folder / f"{k}.npz", **parameters(result.cells))
        except Exception as error:  # the other studies are still worth comparing
            (folder / f"{k}.error").write_text(f"{type(error).__name__}: {error}", encoding="utf-8")


def parameters(cells: Any) -> dict[str, np.ndarray]:
    """Return the final parameters of all cells that keep them, by init, seed and name."""
    return {
        f"{cell.init} {cell.seed} {name}".replace("/", "|"): np.asarray(value)
        for cell in cells
        for name, value in (cell.parameters or {}).items()
    }


# Both versions: files -> what differs


@dataclass
class Tally:
    """How many numbers of a study were compared, and which differ."""

    compared: int = 0
    differing: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def add(self, path: str, old: Any, new: Any, *, allowed: bool = False) -> None:
        """Compare one number."""
        self.compared += 1
        if bits(old) != bits(new):
            kept = self.allowed if allowed else self.differing
            kept.append(f"{path}: {old!r} -> {new!r}")


def bits(value: Any) -> Any:
    """Return what is equal only for equal bits: -0.0 and 0.0, 1 and 1.0 are told apart."""
    return value.hex() if isinstance(value, float) else (type(value).__name__, value)


def compare_json(tally: Tally, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Compare the entries of every section that the old document has."""
    for section, keys in SECTIONS.items():
        entries = new.get(section, [])
        for entry in old[section]:
            path = f"{section}[{', '.join(str(entry[key]) for key in keys)}]"
            same = [one for one in entries if all(one.get(k) == entry[k] for k in keys)]
            # a version may keep the cells of all learning rates
            shown = [x for x in same if x.get("learning_rate") == entry.get("learning_rate")]
            found = (shown or same or [MISSING])[0]
            compare_values(tally, path, entry, found)


def compare_values(tally: Tally, path: str, old: Any, new: Any, *, allowed: bool = False) -> None:
    """Compare every number, string and null below ``old``."""
    if isinstance(old, dict):
        for key, value in old.items():
            if key not in WORDS:
                found = new.get(key, MISSING) if isinstance(new, dict) else MISSING
                newly_said = key == "learning_rate" and value is None  # of a study with one rate
                newly_counted = key in UNITS and value == []  # of a recurrent layer
                free = key in ALLOWED or newly_said or newly_counted
                compare_values(tally, f"{path}.{key}", value, found, allowed=allowed or free)
    elif isinstance(old, list):
        same = isinstance(new, list) and len(new) == len(old)
        if not same and isinstance(new, list):
            tally.add(f"{path}, its length", len(old), len(new), allowed=allowed)
        for k, value in enumerate(old):
            found = new[k] if isinstance(new, list) and k < len(new) else MISSING
            compare_values(tally, f"{path}[{k}]", value, found, allowed=allowed)
    else:
        tally.add(path, old, new, allowed=allowed)


def compare_arrays(tally: Tally, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Compare final parameters, entry by entry."""
    for name, array in old.items():
        tally.compared += array.size
        other = new.get(name)
        if other is None or (other.dtype, other.shape) != (array.dtype, array.shape):
            shown = MISSING if other is None else f"{other.dtype} {other.shape}"
            tally.differing.append(f"parameters {name}: {array.dtype} {array.shape} -> {shown}")
            continue
        words = np.dtype(f"u{array.dtype.itemsize}")
        changed = np.flatnonzero(
            np.ascontiguousarray(array).view(words) != np.ascontiguousarray(other).view(words)
        )
        tally.differing += [
            f"parameters {name}[{i}]: {array.flat[i]!r} -> {other.flat[i]!r}" for i in changed
        ]


def tallies(old: Path, new: Path, word: str) -> Iterator[tuple[str, Tally]]:
    """Yield every study's name and what differs."""
    tally = Tally()
    kept, found = (json.loads((folder / "draws.json").read_text()) for folder in (old, new))
    compare_values(tally, "draws", kept, found)
    yield "draws of every initializer (fingerprints)", tally
    for k, name in enumerate(studies(word)):
        tally = Tally()
        failed = [f for folder in (old, new) if (f := folder / f"{k}.error").exists()]
        for file in failed:
            tally.differing.append(
                f"failed with the {file.parent.name} version: {file.read_text()}"
            )
        if not failed:
            texts = (json.loads((folder / f"{k}.json").read_text()) for folder in (old, new))
            compare_json(tally, *texts)
            with np.load(old / f"{k}.npz") as first, np.load(new / f"{k}.npz") as second:
                compare_arrays(tally, first, second)
        yield name, tally


# Running


def run(source: Path, folder: Path, word: str) -> None:
    """Record with the sources of one version, in a process of its own."""
    folder.mkdir()
    environment = {
        **os.environ,
        **dict.fromkeys(THREADS, "1"),
        "PYTHONPATH": os.pathsep.join([str(source / "src"), str(ROOT)]),
        "INITLAB_CACHE_DIR": str(folder / "kernels"),
    }
    command = [sys.executable, __file__, "--record", str(folder), "--only", word]
    subprocess.run(command, env=environment, cwd=folder, check=True)


@contextmanager
def worktree(commit: str, folder: Path) -> Iterator[Path]:
    """Check a commit out beside this one, for a while."""
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", str(folder), commit], check=True)
    try:
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", str(folder)], check=True)


def main() -> int:
    """Run both versions and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commit", nargs="?", help="the version whose numbers are to be kept")
    parser.add_argument("--show", type=int, default=5, help="differences printed per study")
    parser.add_argument("--only", default="", metavar="WORD", help="studies with this word")
    parser.add_argument("--record", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.record:
        record(arguments.record, arguments.only)
        return 0
    if arguments.commit is None:
        parser.error("name the old commit")
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as name:
        old, new = Path(name, "old"), Path(name, "new")
        with worktree(arguments.commit, Path(name, "checkout")) as checkout:
            run(checkout, old, arguments.only)
        run(ROOT, new, arguments.only)
        return print_table(tallies(old, new, arguments.only), arguments.show)


def print_table(found: Iterator[tuple[str, Tally]], show: int) -> int:
    """Print a row per study and its first differences; return the exit code."""
    print(f"\n{'study':52} {'compared':>10} {'differing':>10} {'allowed':>8}")
    total, bad = 0, 0
    for name, tally in found:
        total, bad = total + tally.compared, bad + len(tally.differing)
        print(f"{name:52} {tally.compared:10,} {len(tally.differing):10,} {len(tally.allowed):8,}")
        for kind, lines in (("differs", tally.differing), ("allowed", tally.allowed)):
            for line in lines[:show]:
                print(f"    {kind}: {line}")
            if len(lines) > show:
                print(f"    {kind}: and {len(lines) - show:,} more")
    print(f"{'in all':52} {total:10,} {bad:10,}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
