"""A number -> one call of a public function with odd arguments, and what it ended in."""

from __future__ import annotations

import contextlib
import inspect
import io
import os
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

import initlab
from initlab.initializers import registry

from .oddities import WORST, changed, odd, torch


@dataclass(frozen=True)
class Target:
    """A public callable and arguments that it takes, made anew for each call."""

    function: Callable[..., Any]
    usual: Callable[[], dict[str, Any]]
    weight: int = 4


def _points():
    return np.arange(8.0).reshape(4, 2) / 8, np.array([0, 1, 0, 1])


def _network():
    return initlab.draw_network("he_normal", [2, 3, 1], seed=0)


def _trace(**changed):
    usual = {"network": [2, 3, 1], "parameters": _network(), "points": _points()}
    return initlab.trace(**{**usual, **changed})


def _comparison(_kept=[]):  # noqa: B006 - made once
    if not _kept:
        options = {"seeds": 1, "steps": 2, "n_train": 8, "n_test": 10, "progress": False}
        _kept.append(initlab.compare("circles", inits=["he_normal"], **options))
    return _kept[0]


def _registered(*arguments, **facts):
    enter = initlab.register(*arguments, **facts)
    return enter(_distribution)


_registered.__signature__ = inspect.signature(initlab.register)


def _distribution(fan, *, scale=1.0):
    from initlab.initializers.distributions import Normal

    return Normal(0.0, scale)


def _initializer_distribution(name, arguments, fan):
    return initlab.Initializer(name, arguments).distribution(fan)


def targets() -> list[Target]:
    """Return every public function and class, and methods of what they return."""
    circles = {"name": "circles", "inits": ["he_normal"], "seeds": 1, "steps": 1, "n_train": 8,
               "n_test": 8, "progress": False, "workers": 1}  # fmt: skip
    arrays = {**circles, "name": None, "n_test": None, "n_train": None, "data": _points(),
              "steps": 1, "batch_size": 2}  # fmt: skip
    comparison = _comparison()
    traced = _trace()
    found = [
        Target(initlab.Case, lambda: {"starts": {"W1": 0.5, "W2": "he_normal"}}),
        Target(initlab.Initializer, lambda: {"name": "normal", "arguments": {"std": 2.0}}),
        Target(initlab.catalogue, dict, 1),
        Target(initlab.draw, lambda: {"spec": "he_normal", "shape": (2, 3), "seed": 0}, 10),
        Target(initlab.draw_network, lambda: {"spec": "he_normal", "layer_dims": [2, 3, 1],
        "seed": 0}, 6),
        Target(initlab.fan_of, lambda: {"shape": (2, 3)}),
        Target(initlab.gain, lambda: {"nonlinearity": "tanh"}),
        Target(initlab.mean_field, lambda: {"nonlinearity": "tanh", "weight_std": 0.9}, 2),
        Target(initlab.edge_of_chaos, lambda: {"nonlinearity": "tanh"}, 2),
        Target(initlab.parse, lambda: {"spec": "he_normal"}),
        Target(initlab.parse_init, lambda: {"spec": "W1=0"}),
        Target(_registered, lambda: {"name": "fuzzed", "family": "f", "formula": "g",
        "source": "s"}),
        Target(initlab.register("odd", family="f", formula="g", source="s"),
        lambda: {"function": _distribution}, 2),
        Target(initlab.symmetry, lambda: {"parameters": _network()}, 6),
        Target(initlab.trace, lambda: {"network": [2, 3, 1], "parameters": _network(),
        "points": _points()}, 10),
        Target(traced.save, lambda: {"path": "x.svg"}, 2),
        Target(comparison.to_json, dict, 2),
        Target(comparison.figure, lambda: {"name": "loss_curves"}, 1),
        Target(comparison.plot, lambda: {"folder": "report/no/such"}, 2),
        Target(initlab.hist_dist, lambda: {"title": "t", "values": [1.0, 2.0, 3.0]}, 4),
        Target(initlab.compare, lambda: dict(circles), 10),
        Target(initlab.compare, lambda: dict(arrays), 4),
        Target(initlab.exercise, lambda: {"id": "he"}, 2),
        Target(initlab.check, lambda: {"id": "he", "function": 3}, 1),
        Target(initlab.ArgumentError, lambda: {"message": "m"}, 1),
    ]  # fmt: skip
    if torch is not None:
        nn = torch.nn
        module = {"seeds": 1, "steps": 1, "batch_size": 2, "progress": False, "workers": 1}
        x, y = torch.rand(8, 2), torch.arange(8) % 2
        layer = nn.Linear(2, 3)
        receipt = initlab.initialize(layer, "he_normal", seed=0).receipt()
        found += [
            Target(initlab.initialize, lambda: {"model": nn.Sequential(nn.Linear(2, 3),
            nn.LayerNorm(3)),
                                                "spec": "he_normal", "seed": 0}, 10),
            Target(initlab.audit, lambda: {"model": nn.Sequential(nn.Linear(2, 3),
            nn.LayerNorm(3))}, 4),
            Target(initlab.verify, lambda: {"model": nn.Linear(2, 3), "receipt": receipt}, 4),
            Target(receipt.save, lambda: {"path": "report/no/such"}, 1),
            Target(initlab.Receipt.load, lambda: {"path": "report/no/such"}, 1),
            Target(initlab.compare_init_weights, lambda: {
                "model_list": [(nn.Linear(2, 2), "a")], "plot_title": "t",
                "train_loader": (x, y), "valid_loader": (x, y), "plot_n_batches": 2}, 3),
            Target(initlab.compare, lambda: {"model": nn.Sequential(nn.Linear(2, 3), nn.ReLU(),
            nn.Linear(3, 2)),
                                             "data": (x, y), "inits": ["he_normal"], **module}, 10),
            Target(initlab.compare, lambda: {"model": nn.Sequential(nn.Linear(2, 3),
            nn.LayerNorm(3), nn.Linear(3, 2)),
                                             "data": (x, y), "inits": ["default"], **module}, 4),
        ]  # fmt: skip
    return [one for one in found for _ in range(one.weight)]


def arguments_of(rng: Random, target: Target) -> dict[str, Any]:
    """Return the usual arguments with one to three of them odd, rarely one too many or few."""
    usual = target.usual()
    signature = inspect.signature(target.function)
    names = [name for name, one in signature.parameters.items() if one.kind is not one.VAR_KEYWORD]
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if not names:
            break
        # required ones as often as all the others together
        name = rng.choice(rng.choice((list(usual) or names, names)))
        if rng.random() < 0.02:
            usual.pop(name, None)
        else:
            deep = name in usual and rng.random() < 0.6
            usual[name] = changed(rng, usual[name]) if deep else odd(rng)
    if rng.random() < 0.01:
        usual["no_such_argument"] = odd(rng)
    return usual


def outcome(number: int, seed: int, pool: list[Target]) -> tuple[str, str]:
    """Make one call at random; see :func:`called`."""
    rng = Random(f"{seed}:{number}")
    target = rng.choice(pool)
    return called(target, arguments_of(rng, target), f"#{number}")


def sweep(pool: list[Target]) -> Iterator[tuple[str, str]]:
    """Give each argument of each target each of the worst values once; see :func:`called`."""
    for target in dict.fromkeys(pool):
        for name, one in inspect.signature(target.function).parameters.items():
            if one.kind is one.VAR_KEYWORD:
                continue
            for worst, make in WORST.items():
                yield called(target, {**target.usual(), name: make()}, f"{name}={worst}")


def called(target: Target, arguments: dict[str, Any], label: str) -> tuple[str, str]:
    """Make one call: ("done" | "refused" | "signature" | "raw", what happened)."""
    name = getattr(target.function, "__qualname__", str(target.function))
    try:
        inspect.signature(target.function).bind(**arguments)
        fits = True
    except TypeError:
        fits = False
    kept = dict(registry._entries), dict(registry._spellings)
    try:
        with quiet(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            target.function(**arguments)
        return "done", name
    except initlab.InitlabError as error:
        str(error)
        return "refused", name
    except TypeError as error:
        if not fits:
            return "signature", name
        return "raw", _words(label, name, error)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return "raw", _words(label, name, error)
    finally:
        registry._entries.clear(), registry._spellings.clear()
        registry._entries.update(kept[0]), registry._spellings.update(kept[1])


@contextlib.contextmanager
def quiet():
    """Keep what is printed, and work in an empty folder."""
    import matplotlib.pyplot as plt

    printed, here = (io.StringIO(), io.StringIO()), Path.cwd()
    home = os.environ.get("HOME")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["HOME"] = folder  # "~" is in the scratch folder too
        try:
            with (
                contextlib.redirect_stdout(printed[0]),
                contextlib.redirect_stderr(printed[1]),
            ):
                yield printed
        finally:
            os.chdir(here)
            os.environ.pop("HOME") if home is None else os.environ.update(HOME=home)
            plt.close("all")


def _words(label: str, name: str, error: BaseException) -> str:
    lines = traceback.extract_tb(error.__traceback__)
    ours = [line for line in lines if "/initlab/" in line.filename] or lines
    where = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
    try:
        what = f"{type(error).__name__}: {error}"[:150]
    except Exception:
        what = type(error).__name__
    return f"{where} {name} {label} {what}"
