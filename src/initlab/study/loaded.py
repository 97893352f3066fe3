"""What a worker holds of a problem: its data and models, ready to draw, train and measure.

Everything that is expensive to load is loaded once per worker and used for all of its cells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from initlab.datasets import Dataset
from initlab.engines import Callbacks, Trajectory
from initlab.networks.constant import Margin
from initlab.records import CellSpec, Problem, Study, Training, UnitHealth
from initlab.study.environment import versions


class LoadedProblem(Protocol):
    """A problem with its data; dense networks and PyTorch modules differ in how they do this.

    Attributes:
        problem: its record.
        dataset: the points as rows of numbers, for figures; None where they are something else.
        notes: what a reader of the results should know, one sentence each.
        reload: loads the same problem in another process; None where that is not possible.
        together: number of seeds trained in one program; 1 where every network is trained alone.
        parallel: whether several threads may train at the same time.
        optional_scores: those that may be NaN without the run having diverged.
    """

    problem: Problem
    dataset: Dataset | None
    notes: tuple[str, ...] = ()
    reload: Callable[[], LoadedProblem] | None = None
    together: int = 1
    parallel: bool = True
    optional_scores: frozenset[str] = frozenset()

    def check(self, study: Study) -> None:
        """Refuse settings that no run could use.

        Raises:
            ArgumentError: an initialization does not fit the network, or a seed its stream.
        """

    def engine(self, training: Training) -> str:
        """Return the name of the engine that trains it so."""

    def versions(self) -> dict[str, str]:
        """Return the versions of what computes the numbers."""
        return versions(torch=self.problem.module is not None)

    def repeatable(self) -> AbstractContextManager[Any]:
        """Return the context in which a second run gives the same bits.

        On a CPU one thread, on a GPU its deterministic kernels.
        """

    def draw(self, spec: CellSpec) -> Any:
        """Return the network with its initial parameters."""

    def initial(self, spec: CellSpec, network: Any) -> dict[str, Any]:
        """Return what a cell holds of its initial network, which stays as it is."""

    def train(
        self, specs: Sequence[CellSpec], networks: Sequence[Any], callbacks: Callbacks
    ) -> list[Trajectory]:
        """Train the networks of one block."""

    def scores(
        self, spec: CellSpec, trajectory: Trajectory
    ) -> tuple[Mapping[str, float], Mapping[str, Margin]]:
        """Return the problem's metrics of a trained network, and their margins; see :class:`Cell`.

        Margins are over :meth:`base_rates`, of the scores for which both are known.
        """

    def base_rates(self) -> Mapping[str, float]:
        """Return what the best constant prediction scores, by metric, where that is known."""

    def samples(self) -> Mapping[str, int]:
        """Return how many samples each metric is taken over, where that is known."""

    def curve(self, spec: CellSpec, trajectory: Trajectory) -> dict[str, list[Any]]:
        """Return what was recorded in training."""

    def end(self, spec: CellSpec, trajectory: Trajectory) -> UnitHealth:
        """Return the units of a trained network."""

    def parameters(self, trajectory: Trajectory) -> dict[str, Any]:
        """Return the trained parameters as arrays."""

    def trained_by(self, spec: CellSpec, trajectory: Trajectory) -> str:
        """Return the name of the engine that did train it: the one asked for, or a substitute."""
        return spec.engine

    def keeps(self, cells: int) -> bool:
        """Whether the trained parameters of so many cells are kept."""
        return True

    def name_of(self, parameter: str) -> str:
        """Return a parameter's name as the user knows it."""
        return parameter
