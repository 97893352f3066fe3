"""Engine -> a small problem that it trains, loaded; in this process or in another."""

from __future__ import annotations

import contextlib
import itertools
import os
import pickle
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from initlab.datasets import Dataset, InMemory
from initlab.errors import DataError
from initlab.networks import DenseNetwork
from initlab.records import Cell, CellSpec, ModuleNetwork, Problem, Study, Training
from initlab.study import DenseProblem, LoadedProblem, expand

from ..engines.making import REGRESSION, points

COMPILED, BLAS, TORCH = "compiled", "BLAS", "torch"
WIDE = DenseNetwork((2, 70, 2), "gelu", "half_mean_squared_error")  # trained by BLAS
NETWORKS = {COMPILED: REGRESSION, BLAS: WIDE}
EXPLODING = {  # initializations that diverge at once; float32 ends at 3.4e38
    COMPILED: "normal(std=1e200)", BLAS: "normal(std=1e200)", TORCH: "constant(value=3e38)",
}  # fmt: skip
# the short batch has two samples, and the kernel is that of the engines' tests: a block of 16
SGD = Training(
    optimizer="sgd", learning_rate=0.05, momentum=0.9, batch_size=14, steps=40, record_every=3
)


def dense(engine: str = BLAS, kind: type[DenseProblem] = DenseProblem) -> DenseProblem:
    network = NETWORKS[engine]
    data = points(network)
    problem = Problem(
        recipe="made", data={}, digest="made", network=network, metrics=("train_loss", "test_loss")
    )
    loaded = kind(problem, Dataset("made", data, InMemory(data.x[:5], data.y[:5])))
    loaded.reload = partial(dense, engine, kind)
    return loaded


def module(name: str = "Everything") -> Any:
    """A module of the torch engine's tests.

    The usual one has BatchNorm and Dropout, so that it draws random numbers and holds a state.
    """
    import pytest  # not above: worker processes would import it too

    torch = pytest.importorskip("torch", reason="modules are PyTorch's")

    from initlab.engines.torch.model import ModelSource
    from initlab.engines.torch.probe import probe
    from initlab.study.module_problem import ModuleProblem

    from ..engines.torch import making

    x, y = making.blobs()
    source = ModelSource.of(getattr(making, name))
    data = Dataset("made", InMemory((x[:40],), y[:40], SGD.batch_size), InMemory((x[40:],), y[40:]))
    found = probe(source.build(0), "cross_entropy", data.train, data.test)
    network = ModuleNetwork(model=None, parameters=1, outputs=3, loss=found.task.name)
    names = ("train_loss", "validation_loss", "validation_accuracy")
    problem = Problem(recipe="made", data={}, digest="made", network=network, metrics=names)
    loaded = ModuleProblem(problem, source, data, found, torch.optim.SGD, {})
    loaded.reload = partial(module, name)
    return loaded


LOAD: dict[str, Any] = {COMPILED: partial(dense, COMPILED), BLAS: dense, TORCH: module}


def a_study(loaded: LoadedProblem, **changes: Any) -> Study:
    settings: dict[str, Any] = {
        "training": SGD,
        "stream": "default",
        "inits": ("he_normal", "glorot_uniform"),
        "seeds": (0, 1, 2),
        "metric": "train_loss",
    }
    return Study(problem=loaded.problem, **{**settings, **changes})


def specs_of(loaded: LoadedProblem, **changes: Any) -> list[CellSpec]:
    """The cells of a study, as one flat list."""
    return list(itertools.chain.from_iterable(expand(a_study(loaded, **changes), loaded)))


def everything(cell: Cell) -> bytes:
    """All that a cell holds, to the bit."""
    arrays = {name: np.asarray(one).tobytes() for name, one in (cell.parameters or {}).items()}
    return pickle.dumps((repr(cell.to_record()), sorted(arrays.items())))


class Noting(DenseProblem):
    """Notes how many threads BLAS has while it trains, in the place of the engine's name."""

    def trained_by(self, spec: Any, trajectory: Any) -> str:
        return f"BLAS threads: {blas_threads()}"


def blas_threads() -> set[int]:
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


def set_blas_threads(count: int) -> None:
    """Set them in a thread that ends: as long as it lives, no other one can."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(threadpool_limits, limits=count).result()


class FailsAtOne(DenseProblem):
    """Seed 1 cannot be trained."""

    def train(self, specs: Any, networks: Any, callbacks: Any) -> Any:
        if specs[0].seed == 1:
            raise DataError("seed 1 fails", argument="model")
        return super().train(specs, networks, callbacks)


class DiesAtOne(DenseProblem):
    """Seed 1 takes its process with it, as the kernel does where memory is short: in a while."""

    def train(self, specs: Any, networks: Any, callbacks: Any) -> Any:
        if specs[0].seed == 1:
            threading.Event().wait(0.2)
            os.kill(os.getpid(), signal.SIGKILL)
        return super().train(specs, networks, callbacks)


class Once(DenseProblem):
    """A seed brings its process into trouble, the first time that it is trained in any."""

    marker = ""
    signal = signal.SIGTERM
    seed = 1

    def train(self, specs: Any, networks: Any, callbacks: Any) -> Any:
        if specs[0].seed == self.seed:
            with contextlib.suppress(FileExistsError):
                Path(self.marker).touch(exist_ok=False)
                Path(self.marker).write_text(str(os.getpid()))
                os.kill(os.getpid(), self.signal)
        return super().train(specs, networks, callbacks)


class HangsAtOne(DenseProblem):
    """Seed 1 never comes back and hears of no stop, as a user's own code may."""

    def train(self, specs: Any, networks: Any, callbacks: Any) -> Any:
        if specs[0].seed == 1:
            threading.Event().wait()
        return super().train(specs, networks, callbacks)
