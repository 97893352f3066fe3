"""A PyTorch module and its samples -> drawn, trained by PyTorch, and measured."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property, partial
from typing import Any

import numpy as np

from initlab.datasets.dataset import Dataset, InMemory
from initlab.diagnosis.at_init import at_init
from initlab.diagnosis.inputs import Inputs
from initlab.diagnosis.measuring import measure_at
from initlab.diagnosis.numbers import looked_through
from initlab.diagnosis.samples import MOST_SAMPLES, chosen_samples
from initlab.engines import Callbacks, Trajectory
from initlab.engines.torch.batches import chunks
from initlab.engines.torch.constant import ConstantPrediction
from initlab.engines.torch.engine import TorchEngine, module_on_device, repeatable
from initlab.engines.torch.model import ModelSource
from initlab.engines.torch.probe import Probe
from initlab.engines.torch.randomness import RandomStream
from initlab.engines.torch.scores import base_rates, evaluate
from initlab.engines.torch.task import OTHER
from initlab.engines.torch.units import resting, unit_health
from initlab.errors import InitlabError
from initlab.modules.copied import copied
from initlab.modules.framework import as_array, load_torch
from initlab.networks.constant import Margin
from initlab.randomness import INIT
from initlab.records import CellSpec, InitDiagnosis, Problem, Study, Training, UnitHealth
from initlab.study.loaded import LoadedProblem
from initlab.user_code import failure, in_brief

PROBE = 500  # training samples, the first ones, on which networks and units are measured
EVALUATED_TOGETHER = 1_000  # samples of the validation part
LARGEST_LOOK = 1_000_000  # inputs or outputs looked at together, where a batch has not more
LAST_BATCHES = 100
LONGEST_REASON = 200  # characters of why a network could not be diagnosed
LARGEST_KEPT = 10_000_000  # trained numbers of a whole study: above, only scores are kept
TOGETHER_ON_GPU = 16  # seeds of one block; fixed, so that the last bits do not depend on the study


class ModuleProblem(LoadedProblem):
    """A PyTorch module.

    Args:
        problem: its record.
        source: makes modules.
        data: training and validation samples, on the device.
        probe: what the first batch showed.
        optimizer: class of torch.optim, or one like it.
        metrics: the user's own, by the name of the score.
        notes: what a reader of the results should know.
    """

    dataset = None

    def __init__(
        self,
        problem: Problem,
        source: ModelSource,
        data: Dataset,
        probe: Probe,
        optimizer: type,
        metrics: Mapping[str, Callable[[Any, Any], Any]],
        notes: Sequence[str] = (),
    ) -> None:
        self.problem, self.notes = problem, tuple(notes)
        self.optional_scores = frozenset(metrics)
        self.data, self.task = data, probe.task
        self._source, self._probe = source, probe
        self._optimizer, self._metrics = optimizer, metrics
        self._device = self._engine(Training()).device
        count = self._together_size(PROBE)
        self._looked_at = next(chunks(data.train, count, count))  # the first ones, in order
        in_memory = isinstance(data.train, InMemory)
        self.parallel = in_memory and self._device.type == "cpu"
        if in_memory and self._device.type == "cuda":
            self.together = TOGETHER_ON_GPU

    def check(self, study: Study) -> None:
        pass  # every initialization was tried when the problem was loaded

    def engine(self, training: Training) -> str:
        return f"torch, {self._device.type}, " + ("together" if self.together > 1 else "one by one")

    def repeatable(self) -> AbstractContextManager[Any]:
        return repeatable(self._device)

    def draw(self, spec: CellSpec) -> Any:
        module = self._source.initialized(spec.init, spec.seed, spec.bias_init)
        return module_on_device(module, self._device)

    def initial(self, spec: CellSpec, network: Any) -> dict[str, Any]:
        looked_at = copied(network).train()
        diagnosis = self._diagnosed(spec.seed, looked_at)
        inputs, target = self._looked_at
        lent = self._engine(spec.training).lent(spec.seed, "start")
        with self._measuring("Before"), resting(looked_at), lent:
            loss = self.task.loss_of(looked_at(*inputs), target)
            loss.backward()
            start = UnitHealth(**unit_health(looked_at, self.task, self._looked_at))
        norms = {
            name: float(one.grad.norm())
            for name, one in looked_at.named_parameters()
            if one.requires_grad and one.grad is not None
        }
        return {
            "initial_loss": float(loss.detach()),
            "gradient_norms": {name: norm for name, norm in norms.items() if not math.isnan(norm)},
            "start": start,
            "diagnosis": diagnosis,
        }

    def _diagnosed(self, seed: int, module: Any) -> InitDiagnosis:
        """Return what figures alone show of an initial network, which is left as it was."""
        stream = RandomStream(seed, self._device, name="diagnosis", purpose=INIT)
        try:
            with stream.lent():  # no other thread draws until the global generators are back
                inputs = self._diagnosed_at(seed)
                measured = measure_at(module, inputs, self.task.loss, seed=seed)
                return at_init(measured, looked_through(module))
        except Exception as error:  # a user's model may raise anything, and yet be trained
            why = f"the measurement failed ({in_brief(error, LONGEST_REASON)})."
            return InitDiagnosis(unknown=why)

    def _diagnosed_at(self, seed: int) -> Inputs:
        """Return the samples that `initlab diagnose` chooses, fewer where training takes fewer."""
        train = self.data.train
        inputs, target = (train.inputs, train.y) if isinstance(train, InMemory) else self._looked_at
        rows, words = chosen_samples(len(target), seed, self._together_size(MOST_SAMPLES))
        torch = load_torch()
        chosen = torch.from_numpy(np.arange(len(target)) if rows is None else rows)
        chosen = chosen.to(target.device)
        given = tuple(one.index_select(0, chosen) for one in inputs)
        return Inputs(given, target.index_select(0, chosen), len(chosen), words)

    def train(
        self, specs: Sequence[CellSpec], networks: Sequence[Any], callbacks: Callbacks
    ) -> list[Trajectory]:
        engine, reason = self._engine(specs[0].training), ""
        if specs[0].block is not None:
            found = self._together(engine, specs, callbacks)
            if not isinstance(found, str):
                return found
            reason = found
        trajectories = [
            engine.train(network, spec.seed, callbacks, partial(self.draw, spec))
            for spec, network in zip(specs, networks, strict=True)
        ]
        return [dataclasses.replace(one, apart=reason) for one in trajectories]

    def scores(
        self, spec: CellSpec, trajectory: Trajectory
    ) -> tuple[Mapping[str, float], Mapping[str, Margin]]:
        losses, size = trajectory.losses, self._together_size(EVALUATED_TOGETHER)
        evaluated = partial(evaluate, trajectory.network, self.task)
        with self._engine(spec.training).lent(spec.seed, "end"):
            if not losses:  # not trained: the loss of the initial network
                losses = [evaluated(chunks(self.data.train, size))[0]["loss"]]
            last = float(np.mean(losses[-LAST_BATCHES:]))
            found = {"train_loss": losses[-1], "train_loss_last_100": last}
            if self.data.test is None:
                return found, {}
            answer = None if self._constant is None else self._constant[0]
            own = evaluated(chunks(self.data.test, size), self._user_metrics(), answer)
        scores, margins = (_of_validation(part) for part in own)
        return found | scores, margins

    def base_rates(self) -> Mapping[str, float]:
        if self._constant is None:
            return {}
        answer, targets = self._constant
        return _of_validation(base_rates(self.task, answer, targets, self._user_metrics()))

    def samples(self) -> Mapping[str, int]:
        validation = self.data.test
        if not isinstance(validation, InMemory):  # else counted with the constant prediction
            if self._constant is None:
                return {}
            validation = self._constant[1]
        names = [name for name in self.problem.metrics if name.startswith("validation_")]
        return dict.fromkeys(names, len(validation))

    def curve(self, spec: CellSpec, trajectory: Trajectory) -> dict[str, list[Any]]:
        training, losses = spec.training, trajectory.losses
        steps = [step for step in training.recorded_steps if step < len(losses)]
        curve: dict[str, list[Any]] = {
            "step": steps, "train_loss": [losses[step] for step in steps]
        }  # fmt: skip
        if training.batch_size is not None and self.problem.data.get("n_train"):
            per_epoch = self.data.train.steps_per_epoch
            curve["epoch"] = [step / per_epoch for step in steps]
        return curve

    def end(self, spec: CellSpec, trajectory: Trajectory) -> UnitHealth:
        lent = self._engine(spec.training).lent(spec.seed, "end")
        with self._measuring("After"), lent:
            return UnitHealth(**unit_health(trajectory.network, self.task, self._looked_at))

    def parameters(self, trajectory: Trajectory) -> dict[str, Any]:
        return {name: as_array(one).copy() for name, one in trajectory.network.named_parameters()}

    def trained_by(self, spec: CellSpec, trajectory: Trajectory) -> str:
        if spec.block is None or trajectory.together > 1:
            return spec.engine
        reason = f" (not all at once, because {trajectory.apart})" if trajectory.apart else ""
        return f"torch, {self._device.type}, one by one{reason}"

    def keeps(self, cells: int) -> bool:
        return self.problem.weight_count * cells <= LARGEST_KEPT

    def _engine(self, training: Training) -> TorchEngine:
        return TorchEngine(self.task, self._optimizer, training, self.data.train, self._probe.draws)

    @contextmanager
    def _measuring(self, when: str) -> Iterator[None]:
        """Name the line of the user's model or loss that fails while it is measured."""
        try:
            yield
        except InitlabError:
            raise
        except Exception as error:  # a user's model may raise anything
            shapes = " and ".join(str(tuple(x.shape)) for x in self._looked_at[0])
            what = f"{when} training, measuring the model fails on a batch of shape {shapes}"
            raise failure("model", what, error) from error

    def _together(
        self, engine: TorchEngine, specs: Sequence[CellSpec], callbacks: Callbacks
    ) -> list[Trajectory] | str:
        """Train a whole block, the seeds that nobody asked for too: bits depend on the company.

        Reported are the steps of those asked for. Where it is not possible, return why.
        """
        assert specs[0].block is not None
        first, count = specs[0].block
        seeds = range(first, first + count)
        done = told = 0

        def tell(steps: int) -> None:
            nonlocal done, told
            done += steps
            asked = done * len(specs) // count  # of the sum: the parts need not divide evenly
            callbacks.steps_done(asked - told)
            told = asked

        found = engine.train_together(
            lambda seed: self.draw(specs[0].replace(seed=seed)),
            seeds,
            dataclasses.replace(callbacks, steps_done=tell, frame_every=0),  # it has no frames
        )
        if isinstance(found, str):
            tell(-done)  # a part of the block may have been trained
            return found
        by_seed = dict(zip(seeds, found, strict=True))
        return [by_seed[spec.seed] for spec in specs]

    def _together_size(self, limit: int) -> int:
        """Return how many samples the model may be given at once: what training takes fits."""
        train = self.data.train
        if not isinstance(train, InMemory):
            return limit
        largest = max(self._probe.numbers, *(x[0].numel() for x in train.inputs), 1)
        return int(min(limit, max(train.batch_size or limit, LARGEST_LOOK // largest)))

    def _user_metrics(self) -> dict[str, Callable[[Any, Any], Any]]:
        return {name.removeprefix("validation_"): one for name, one in self._metrics.items()}

    @cached_property
    def _constant(self) -> tuple[ConstantPrediction, Any] | None:
        """The best constant prediction of the validation part, and the part's targets."""
        if self.data.test is None or self.task.kind == OTHER:
            return None
        size = self._together_size(EVALUATED_TOGETHER)
        targets = load_torch().cat([target for _, target in chunks(self.data.test, size)])
        return ConstantPrediction(self.task, targets, self._probe.outputs), targets


def _of_validation(by_kind: Mapping[str, Any]) -> dict[str, Any]:
    return {f"validation_{kind}": value for kind, value in by_kind.items()}
