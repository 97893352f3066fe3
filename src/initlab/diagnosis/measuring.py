"""A torch module and a batch -> what its layers do to signals and gradients; no verdict."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from initlab.diagnosis.bounds import bounds_of
from initlab.diagnosis.entries import layer_entries, with_ties
from initlab.diagnosis.inputs import Inputs, inputs_of
from initlab.diagnosis.jacobian import LARGEST, singular_values
from initlab.diagnosis.measurements import (
    TARGETS,
    Attention,
    Measurements,
    NotMeasured,
    ParameterMeasurement,
)
from initlab.diagnosis.no_trace import no_trace
from initlab.diagnosis.objective import OWN, Objective, objective_of
from initlab.diagnosis.plain import first_inputs
from initlab.diagnosis.reasons import (
    JACOBIAN_NOT_FINITE,
    NO_LOSS,
    NOT_FINITE,
    ONE_SAMPLE,
    UPDATE_NOT_FINITE,
    merged,
)
from initlab.diagnosis.resting import in_training_without_dropout
from initlab.diagnosis.scaling import are_equal, data_of
from initlab.diagnosis.signal import signal
from initlab.diagnosis.unit_copies import UnitCopies
from initlab.diagnosis.updates import Trial, Updates, blocks, gradients_seen, norm, reals
from initlab.diagnosis.watching import Watcher, by_sample
from initlab.engines.torch.model import with_numbers
from initlab.engines.torch.task import VALUES
from initlab.modules.anatomy import (
    check_not_lazy,
    followed_anatomy,
    layers_of,
    plain_name,
    unwrapped,
)
from initlab.modules.computation import Call, followed, watched
from initlab.modules.flow import ends, is_one_call, residual_sums
from initlab.modules.framework import load_torch
from initlab.modules.layers import role_of
from initlab.modules.state import unchanged
from initlab.networks.anatomy import ATTENTION, NORM, Anatomy, Parameter
from initlab.user_code import in_brief, user_code
from initlab.validation import flag, seed_number

if TYPE_CHECKING:
    from torch.nn import Module


def measure(
    model: Any, x: Any = None, y: Any = None, *, loss: Any = None, shape: Any = None,
    optimizer: Any = "adam", learning_rate: float | None = None, seed: int = 0,
    jacobian: bool | None = None,
) -> Measurements:  # fmt: skip
    """Measure what a module's layers do to signals and gradients, at one batch.

    The module computes as in training: norms by batch take the batch's statistics. Nothing is
    dropped at random, so that what is seen is the network's and not one mask's. It is left as it
    was, also where it raises or is interrupted: :func:`initlab.diagnosis.no_trace.no_trace`.

    One forward and one backward pass show almost all; where gradients are exactly 0, up to two
    more follow, each after a small step, to see whether the others open the way. Without targets,
    or without a loss, the outputs are multiplied by fixed random numbers of mean square 1 and
    summed: gradients are then judged by how they pass the layers.

    Args:
        model: a ``torch.nn.Module``.
        x: inputs: a tensor or array, a tuple of several, a mapping by keyword, a DataLoader or a
            Dataset; None for a random batch.
        y: targets of these samples.
        loss: as for :func:`initlab.compare`; None for what fits the targets.
        shape: of a random batch, the number of samples first: "32x3x224x224", (32, 100).
        optimizer: whose first update is measured.
        learning_rate: of it; None for the one that its class has by default.
        seed: of what is drawn.
        jacobian: measure the singular values of the outputs' Jacobian by the inputs; None for
            modules of less than 10 million parameters.

    Raises:
        InitlabError: the module or the data cannot be used; what raised is named.
    """
    return measured_at(model, x, y, loss=loss, shape=shape, optimizer=optimizer,
                       learning_rate=learning_rate, seed=seed, jacobian=jacobian)[0]  # fmt: skip


def measured_at(
    model: Any, x: Any, y: Any, *, loss: Any, shape: Any, optimizer: Any,
    learning_rate: float | None, seed: int, jacobian: bool | None,
) -> tuple[Measurements, Inputs]:  # fmt: skip
    """Return what :func:`measure` does, and the batch, as no forward has written into it."""
    module = unwrapped(model, where="measure")
    for name, _, owned in layers_of(module):
        check_not_lazy(name, owned)
    with_numbers(module)
    updates = Updates.of(optimizer, learning_rate)
    wanted = None if jacobian is None else flag("jacobian", jacobian)
    with no_trace(module, seed=seed_number(seed)):
        inputs = inputs_of(module, x, y, shape=shape, seed=seed)
        measuring = _Measuring(module, inputs.copied(), loss, updates, seed)
        return measuring.measured(wanted), inputs


def measure_at(module: Module, inputs: Inputs, loss: Any, *, seed: int) -> Measurements:
    """Measure what findings rest on: all but theory and singular values; see :func:`measure`.

    Args:
        module: without lazy parameters.
        inputs: a batch on its device.
        loss: as for :func:`measure`.
        seed: of what is drawn.
    """
    with no_trace(module, seed=seed):
        updates = Updates.of("adam", None)
        return _Measuring(module, inputs, loss, updates, seed, whole=False).measured(False)


@dataclass
class _Gradient:
    """What is kept of one parameter's gradient."""

    norm: float
    update: float
    moves: bool


@dataclass
class _Measuring:
    module: Module
    inputs: Inputs
    loss: Any
    updates: Updates
    seed: int
    whole: bool = True
    passes: int = 0
    gradients: dict[str, _Gradient] = field(default_factory=dict)
    opened: dict[str, bool] = field(default_factory=dict)
    missing: list[NotMeasured] = field(default_factory=list)

    def measured(self, jacobian: bool | None) -> Measurements:
        named = [(plain_name(name), one) for name, one in self.module.named_parameters()
                 if one.requires_grad]  # fmt: skip
        watcher = Watcher(self.module, self.inputs.samples, first_inputs)
        trial = Trial()
        data, equal = data_of(self.inputs), are_equal(self.inputs)  # a forward may write into them
        with unchanged(self.module), in_training_without_dropout(self.module):
            with watched(self.module, watcher.entering, watcher.leaving), self._running("forward"):
                raw, calls = followed(self.module, self.inputs.given, watcher.seen, is_one_call,
                                      gradients=True)  # fmt: skip
            objective = objective_of(raw, self.inputs, self.loss, self.seed)
            del raw
            anatomy = followed_anatomy(self.module, calls)
            units = UnitCopies(self.module, watcher.uses)
            reached = {id(one) for one in _leaves(objective.value)}

            def arrived(name: str, parameter: Any, gradient: Any) -> None:
                self.gradients[name] = _Gradient(
                    norm(gradient), self.updates.norm(parameter, gradient),
                    trial.note(parameter, gradient),
                )  # fmt: skip
                units.note(parameter, gradient)

            self._backward(objective, named, arrived)
            facts = self._facts(objective)
            last = [use for use in watcher.uses if use.number in {*ends(calls)}]
            values = objective.task is not None and objective.task.kind == VALUES
            data = tuple(one for one in data if values or one.where != TARGETS)
            bounds = bounds_of(objective.outputs, last[0].row if len(last) == 1 else None)
            facts["least_loss"] = None if bounds is None else objective.least_loss(*bounds)
        singular = self._jacobian(jacobian)
        described = {one.name: one for one in anatomy.parameters}
        parameters = [
            self._parameter(name, one, watcher, described.get(name), reached) for name, one in named
        ]
        layers = layer_entries(watcher, calls, anatomy, units, 1 / objective.scale, self.missing,
                               backward=bool(self.passes), theory=self.whole)  # fmt: skip
        self._try_steps(trial, named, units)
        tied = units.tied(known=bool(self.passes))
        if objective.name == "":
            self._miss("loss", NO_LOSS)
        entropies = [Attention(name, entropy) for name, entropy in watcher.attention()]
        self._attention(anatomy, entropies)
        return Measurements(
            anatomy=anatomy,
            batch=self.inputs.words,
            samples=self.inputs.samples,
            layers=with_ties(layers, tied, self.missing),
            parameters=tuple(
                ParameterMeasurement(**facts_of, opened=self.opened.get(facts_of["name"]))
                for facts_of in parameters
            ),
            attention=tuple(entropies),
            recurrent=tuple(one for use in watcher.uses for one in use.recurrent),
            stream=_stream(watcher, calls),
            normalized=_normalizes(watcher.calls),
            fixed_norms=watcher.fixed_norms,
            swamped_norms=watcher.swamped_norms,
            first_nonfinite=self._first_nonfinite(anatomy, watcher, facts),
            data=data,
            equal_inputs=equal,
            passes=self.passes,
            singular_values=singular,
            not_measured=merged(self.missing),
            **facts,
        )

    def _running(self, what: str) -> Any:
        then = f" on {self.inputs.words}{self.inputs.shapes}"
        return user_code("model", f"The model's {what} pass fails", then=then)

    def _miss(self, what: str, reason: str, where: Sequence[str] = ()) -> None:
        self.missing.append(NotMeasured(what, reason, tuple(where)))

    def _backward(self, objective: Objective, named: Any, arrived: Any) -> None:
        value = objective.value
        if not named or not value.requires_grad:
            why = (
                "Backpropagation reaches no parameter that has requires_grad=True."
                if named else
                "No parameter is trained: requires_grad is False for all parameters."
            )  # fmt: skip
            if not self.passes:
                self._miss("g", why)
            return
        self.passes += 1
        with gradients_seen(named, arrived), self._running("backward"):
            others = [one for one in _leaves(value) if all(one is not own for _, own in named)]
            kept = [one.grad for one in others]  # of a loss with parameters, say
            try:
                for one in others:
                    one.grad = None
                value.backward()  # parts that are computed again take no list of inputs
            finally:
                for one, gradient in zip(others, kept, strict=True):
                    one.grad = gradient

    def _facts(self, objective: Objective) -> dict[str, Any]:
        """Return what is measured of the outputs and the loss."""
        torch = load_torch()
        with torch.no_grad():
            outputs = objective.outputs.detach()
            flat = outputs.reshape(-1, 1) if outputs.dim() < 2 else outputs  # no axis: its loss
            classes = 1 if objective.task is not None and flat.dim() > 2 else flat.dim() - 1
            view, apart = by_sample(flat, self.inputs.samples, classes)
            found = signal(view, apart=apart)
            loss = None if not objective.name else float(objective.value.detach())
            prior = objective.prior_loss()
        if found.q is None:
            self._miss("logit_size", NOT_FINITE)
        elif found.varied is None:
            self._miss("output_varied", ONE_SAMPLE)
        if objective.name and prior is None:
            self._miss(
                "prior_loss",
                "The model computes its loss itself, so that the loss of a constant prediction "
                "cannot be computed."
                if objective.name == OWN else
                f"No best constant prediction was found for the loss {objective.name}.",
            )  # fmt: skip
        return {
            "loss": loss,
            "loss_name": objective.name,
            "guess_loss": objective.guess_loss(),
            "prior_loss": prior,
            "logit_size": None if found.q is None else math.sqrt(found.q.value),
            "output_varied": found.varied,
            "several_outputs": objective.words,
            "unpaired": objective.unpaired,
        }

    def _parameter(
        self, name: str, one: Any, watcher: Watcher, described: Parameter | None,
        reached: set[int],
    ) -> dict[str, Any]:  # fmt: skip
        gradient = self.gradients.get(name)
        size, values = norm(one), reals(one.detach())
        constant = None
        if one.numel() and bool(values.min() == values.max()):
            constant = float(values.reshape(-1)[0])
        ratio = None
        if gradient is not None and math.isfinite(gradient.update) and math.isfinite(size):
            ratio = gradient.update / size if size else math.inf if gradient.update else 0.0
        elif gradient is not None:
            self._miss("update_ratio", UPDATE_NOT_FINITE, [name])
        return {
            "name": name,
            "layer": watcher.layer_of_parameter(one),
            "role": None if described is None else described.role,
            "size": one.numel(),
            "norm": size,
            "gradient_norm": None if gradient is None else gradient.norm,
            "update_ratio": ratio,
            "constant": constant,
            "nonfinite": sum(int((part - part != 0).sum()) for part in blocks(one)),
            "reached": id(one) in reached or gradient is not None,
        }

    def _try_steps(self, trial: Trial, named: Any, units: UnitCopies) -> None:
        """See whether steps of the others bring a gradient where there is none."""
        closed = [name for name, one in self.gradients.items() if not one.moves
                  and one.norm == 0]  # fmt: skip
        self.opened = dict.fromkeys(closed, False)
        moving = any(one.moves for one in self.gradients.values())
        while closed and moving and self.passes < 3:
            trial.step()
            moved: list[str] = []

            def arrived(name: str, parameter: Any, gradient: Any, moved: Any = moved) -> None:
                units.note(parameter, gradient)
                if trial.note(parameter, gradient):
                    moved.append(name)

            with unchanged(self.module), in_training_without_dropout(self.module):
                objective = objective_of(self._run(), self.inputs, self.loss, self.seed)
                self._backward(objective, named, arrived)
            for name in set(moved) & set(closed):
                self.opened[name] = True
            closed, moving = [name for name in closed if not self.opened[name]], bool(moved)

    def _run(self) -> Any:
        given = self.inputs.given
        with self._running("forward"):
            return self.module(**given) if isinstance(given, Mapping) else self.module(*given)

    def _jacobian(self, wanted: bool | None) -> tuple[float, ...]:
        torch = load_torch()
        given: Any = self.inputs.given
        count = sum(one.numel() for one in self.module.parameters())
        why = ""
        if wanted is False or (wanted is None and count >= LARGEST):
            why = "The Jacobian was not requested."
        elif isinstance(given, Mapping):
            why = "The Jacobian is not computed for inputs that are passed by keyword."
        elif not isinstance(given[0], torch.Tensor) or not given[0].is_floating_point():
            why = "The inputs are not floating-point numbers."
        if why:
            self._miss("singular_values", why)
            return ()
        mixes = any("BatchNorm" in type(one).__name__ for one in self.module.modules())

        def run(inputs: tuple[Any, ...]) -> Any:
            alone = Inputs(inputs, None, self.inputs.samples, "", random=True)
            return objective_of(self.module(*inputs), alone, None, self.seed).outputs

        try:
            with unchanged(self.module), in_training_without_dropout(self.module):
                found = singular_values(run, given, mixes=mixes, seed=self.seed)
        except Exception as error:  # a user's forward may not take fewer samples
            self._miss("singular_values", in_brief(error))
            return ()
        if not found:
            self._miss("singular_values", JACOBIAN_NOT_FINITE)
        return found

    def _attention(self, anatomy: Anatomy, found: Sequence[Attention]) -> None:
        seen = {one.name for one in found}
        hidden = [layer.name for layer in anatomy.layers if layer.role == ATTENTION
                  and layer.name not in seen]  # fmt: skip
        if hidden:
            self._miss("attention", "The attention weights cannot be observed.", hidden)

    def _first_nonfinite(
        self, anatomy: Anatomy, watcher: Watcher, facts: Mapping[str, Any]
    ) -> str:  # fmt: skip
        bad = "" if self.inputs.finite else "inputs"
        bad = bad or next((one.name for one in anatomy.parameters if one.nonfinite), "")
        if bad or watcher.nonfinite:
            return bad or watcher.nonfinite
        if facts["loss"] is not None and not math.isfinite(facts["loss"]):
            return "loss"
        for use in reversed(watcher.uses):
            if use.backward is not None and use.backward.nonfinite:
                return f"gradient of {use.name}"
        return next((f"gradient of {name}" for name, one in self.gradients.items()
                     if not math.isfinite(one.norm)), "")  # fmt: skip


def _leaves(value: Any) -> list[Any]:
    """Return the parameters, and other leaves, that a number depends on by autograd's graph."""
    found: list[Any] = []
    queue = [value.grad_fn]
    seen = {value.grad_fn, None}
    for one in queue:
        if one is None:
            continue
        leaf = getattr(one, "variable", None)
        if leaf is not None:
            found.append(leaf)
        new = [node for node, _ in one.next_functions if node not in seen]
        seen.update(new)
        queue += new
    return found


def _stream(watcher: Watcher, calls: Sequence[Call]) -> dict[str, float]:
    names = {use.number: use.name for use in watcher.uses}
    found: list[tuple[str, float]] = []
    for number, last in sorted(residual_sums(calls).items()):
        before = last or watcher.weights_before(number)
        if number not in watcher.sums or not before or max(before) not in names:
            continue
        found.append((names[max(before)], watcher.sums[number]))
    uses = Counter(name for name, _ in found)
    used: Counter[str] = Counter()
    numbered: dict[str, float] = {}
    for name, size in found:
        used[name] += 1
        numbered[f"{name} (use {used[name]} of {uses[name]})" if uses[name] > 1 else name] = size
    return numbered


def _normalizes(calls: Sequence[Call]) -> bool:
    return any(
        call.function.endswith("_norm") if call.layer is None else role_of(call.layer) == NORM
        for call in calls
    )
