"""A dense network and its points -> drawn, trained by the dense engines, and measured."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from initlab.datasets.dataset import Dataset, InMemory, arrays
from initlab.diagnosis.at_init import at_init
from initlab.diagnosis.dense import measure_dense
from initlab.engines import Callbacks, DenseEngine, Trajectory
from initlab.engines.dense import check_batches, dense_engine_name
from initlab.initialization import network_distributions
from initlab.initialization.dense_on_data import network_on_data
from initlab.networks import DenseNetwork
from initlab.networks.constant import Margin
from initlab.networks.dense import Parameters
from initlab.randomness import course_generator
from initlab.records import CellSpec, Problem, Study, Training, UnitHealth
from initlab.records.training import check_dense
from initlab.study.loaded import LoadedProblem
from initlab.study.measuring import (
    PROBE,
    constant_scores,
    curve_of,
    final_scores,
    initial_measurements,
    sample_counts,
    unit_health,
)
from initlab.threads import single_threaded_blas
from initlab.validation import seed_number

LARGEST_WATCHED = 2_000  # parameters: up to here they are kept at every recorded step


def is_watched(network: DenseNetwork) -> bool:
    """Whether the parameters are kept at every recorded step, to count distinct units."""
    return network.parameter_count <= LARGEST_WATCHED


class DenseProblem(LoadedProblem):
    """A dense network: one of our own, or what a PyTorch module computes.

    Args:
        problem: its record; its ``dense`` network is trained.
        dataset: the points.
        notes: what a reader of the results should know.
        drawn: (specification) -> initial parameters; None draws them as :func:`draw_network` does.
        names: "W1", "b1", ... -> the user's names of the parameters.
    """

    dataset: Dataset

    def __init__(
        self,
        problem: Problem,
        dataset: Dataset,
        notes: Sequence[str] = (),
        *,
        drawn: Callable[[CellSpec], Parameters] | None = None,
        names: Mapping[str, str] | None = None,
    ) -> None:
        assert problem.dense is not None
        self.problem, self.dataset, self.notes = problem, dataset, tuple(notes)
        self._network = problem.dense
        self._drawn, self._names = drawn, dict(names or {})
        self._engines: dict[str, DenseEngine] = {}
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:  # of an engine and its kernel, each process makes one
        return {**vars(self), "_engines": {}, "_lock": None}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        vars(self).update(state, _lock=threading.Lock())

    def check(self, study: Study) -> None:
        check_dense(study.training)
        check_batches(study.training, len(self.dataset.x_train))
        if self._drawn is not None:
            return
        for init in study.inits:
            network_distributions(init, self._network.layer_dims, bias_init=study.bias_init)
        for seed in study.seeds:
            seed_number(seed)
            if study.stream == "course":
                course_generator(seed)

    def engine(self, training: Training) -> str:
        return dense_engine_name(self._network, training)

    def repeatable(self) -> AbstractContextManager[Any]:
        return single_threaded_blas()

    def draw(self, spec: CellSpec) -> Parameters:
        if self._drawn is not None:
            return self._drawn(spec)
        return network_on_data(
            spec.init, self._network, self.dataset.x_train, self.dataset.y_train, seed=spec.seed,
            stream=spec.stream, bias_init=spec.bias_init, dtype=spec.training.dtype,
        )  # fmt: skip

    def initial(self, spec: CellSpec, network: Parameters) -> dict[str, Any]:
        measured = measure_dense(
            self._network, network, self.dataset.x_train, self.dataset.y_train, seed=spec.seed,
            names=self._names, whole=False,
        )  # fmt: skip
        distinct = tuple(one.distinct for one in measured.layers[:-1])
        found = initial_measurements(self._network, network, self.dataset, distinct)
        norms = {self.name_of(name): norm for name, norm in found["gradient_norms"].items()}
        return {**found, "gradient_norms": norms, "diagnosis": at_init(measured)}

    def train(
        self, specs: Sequence[CellSpec], networks: Sequence[Parameters], callbacks: Callbacks
    ) -> list[Trajectory]:
        return [
            self._engine(spec.training, callbacks).train(network, spec.seed, callbacks)
            for spec, network in zip(specs, networks, strict=True)
        ]

    def scores(
        self, spec: CellSpec, trajectory: Trajectory
    ) -> tuple[Mapping[str, float], Mapping[str, Margin]]:
        return final_scores(self.problem.metrics, self._network, self.dataset, trajectory)

    def base_rates(self) -> Mapping[str, float]:
        return constant_scores(self.problem.metrics, self._network, self.dataset)

    def samples(self) -> Mapping[str, int]:
        return sample_counts(self.problem.metrics, self.dataset)

    def curve(self, spec: CellSpec, trajectory: Trajectory) -> dict[str, list[Any]]:
        return curve_of(
            self.problem.curve, self._network, self.dataset, spec.training, trajectory,
            self._engine(spec.training, Callbacks()).mean_losses,
        )  # fmt: skip

    def end(self, spec: CellSpec, trajectory: Trajectory) -> UnitHealth:
        return unit_health(self._network, trajectory.parameters, self.dataset.x_train[:PROBE])

    def parameters(self, trajectory: Trajectory) -> dict[str, Any]:
        return trajectory.parameters

    def name_of(self, parameter: str) -> str:
        name, dot, suffix = parameter.partition(".")
        return self._names.get(name, name) + dot + suffix

    def _engine(self, training: Training, callbacks: Callbacks) -> DenseEngine:
        """Return the engine of a training; made, and its kernel compiled, by the first to ask."""
        key = training.model_dump_json()
        with self._lock:
            if key not in self._engines:
                points = InMemory(*arrays(self.dataset.train))
                self._engines[key] = DenseEngine(self._network, training, points, callbacks)
            return self._engines[key]
