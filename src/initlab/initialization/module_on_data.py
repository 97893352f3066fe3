"""A drawn module and a batch -> weights, biases and running statistics, set by data methods."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from initlab.errors import DataError, InitlabError, refusal
from initlab.initialization.assignments import Assignment
from initlab.initialization.chosen import remember
from initlab.initialization.members import Member
from initlab.initialization.moments import moments_of
from initlab.initialization.on_data import (
    Adjusted,
    Outputs,
    checked_targets,
    missed,
    prior_bias,
    sentence,
    to_unit_outputs,
    to_unit_variance,
)
from initlab.initialization.report import ParameterRow
from initlab.initialization.rules import Rule, Rules, Subject
from initlab.initializers.drawing import check_grid
from initlab.initializers.entry import BIASES
from initlab.initializers.laws import Normal
from initlab.initializers.spec import Initializer
from initlab.modules.anatomy import plain_name
from initlab.modules.computation import Call, followed, tensors_in
from initlab.modules.flow import weighs
from initlab.modules.framework import load_torch
from initlab.modules.generators import generators_kept
from initlab.modules.layers import qualified_name, role_of
from initlab.networks.anatomy import (
    ATTENTION,
    BIAS,
    CONV,
    CONV_TRANSPOSED,
    EMBEDDING,
    LOOKUP,
    NORM,
    RECURRENT,
    WEIGHT,
)
from initlab.randomness import INIT, generator_for

UNIT_TOLERANCE = 0.01  # of a unit's variance, above which a report says so
DATA = "data"  # stream of what a model draws while it computes
PROJECTIONS = {"in_proj_weight": (0, 1, 2), "q_proj_weight": (0,), "k_proj_weight": (1,),
               "v_proj_weight": (2,)}  # fmt: skip


Norms = Mapping[str, tuple[Any, Rule]]  # by name, a norm and the rule of its running statistics


@dataclass(frozen=True)
class Batch:
    """What data methods look at.

    Attributes:
        inputs: of the model: a tuple, or a mapping by keyword.
        targets: an array; None where there are none.
        kind: what the targets are, "classes", "binary" or "values"; "" where it is not known.
    """

    inputs: tuple[Any, ...] | Mapping[str, Any]
    targets: Any = None
    kind: str = ""

    @classmethod
    def of(cls, module: Any, data: Any, targets: Any = None, kind: str = "") -> Batch:
        """Return a user's data as tensors on the model's device, floats in its dtype."""
        torch = load_torch()
        like = next((one for one in module.parameters() if one.is_floating_point()), None)

        def tensor(value: Any) -> Any:
            try:
                found = torch.as_tensor(value)
            except (TypeError, ValueError, RuntimeError):
                return value  # what it is, the model knows
            if like is None or like.is_meta:
                return found
            return found.to(like.device, like.dtype if found.is_floating_point() else found.dtype)

        if isinstance(data, Mapping):
            inputs: Any = {name: tensor(value) for name, value in data.items()}
        else:
            inputs = tuple(map(tensor, data if isinstance(data, tuple) else (data,)))
        for one in tensors_in(inputs):
            if not one.numel() or not bool(torch.isfinite(one).all()):
                shown = "NaN or infinity" if one.numel() else f"shape {tuple(one.shape)}"
                raise refusal("data", "finite numbers, one sample or more", shown,
                              where="initialize", kind=DataError)  # fmt: skip
        return cls(inputs, None if targets is None else checked_targets(targets), kind)

    def parts(self, count: int) -> Iterator[Any]:
        """Yield the inputs in so many parts, cut along the first axis of every tensor."""
        torch = load_torch()
        named = self.inputs if isinstance(self.inputs, Mapping) else dict(enumerate(self.inputs))
        sizes = {len(one) for one in named.values() if isinstance(one, torch.Tensor) and one.dim()}
        if count > 1 and (len(sizes) != 1 or max(sizes) < count):
            raise refusal("batches", "at most the samples of the data", count, where="calibrated")
        for k in range(count):
            part = {
                name: torch.tensor_split(one, count)[k]
                if isinstance(one, torch.Tensor) and one.dim() else one
                for name, one in named.items()
            }  # fmt: skip
            yield part if isinstance(self.inputs, Mapping) else tuple(part.values())


class Seen(BaseException):
    """All that was asked for has been computed; no user's ``except Exception`` is to catch it."""


class Run:
    """A module that is run on a batch, without dropout, its norms with the batch's statistics."""

    def __init__(self, module: Any, batch: Batch, seed: int) -> None:
        self._module, self._batch, self._seed = module, batch, seed

    def calls(self) -> list[Call]:
        """Return what the module computes."""
        return self._followed(lambda call, given, result: None)

    def watch(self, seen: Callable[[int, Any], None]) -> None:
        """Show the number and the results of every call; ``seen`` may raise :class:`Seen`."""
        count = 0

        def counted(call: Call, given: Any, result: Any) -> None:
            nonlocal count
            count += 1
            seen(count - 1, result)

        with contextlib.suppress(Seen):
            self._followed(counted)

    def _followed(self, seen: Callable[[Call, Any, Any], None]) -> list[Call]:
        with computing(self._module, self._seed):
            return followed(self._module, self._batch.inputs, seen)[1]


class ModuleLayer:
    """A weight of a module; see :class:`initlab.initialization.on_data.Layer`.

    Args:
        member: the weight.
        beside: the bias beside it, where the method may set it; None where not.
        numbers: of the calls that compute with it.
        run: the module on the batch.
        attention: the layer whose projection it is; None for all other weights.
    """

    def __init__(
        self, member: Member, beside: Member | None, numbers: Sequence[int], run: Run,
        attention: Any = None,
    ) -> None:  # fmt: skip
        self.name, self.numbers = member.name, numbers
        self._member, self._beside, self._run = member, beside, run
        self._attention = attention
        self._exact = member.now().detach().double().clone()  # factors are rounded once

    def outputs(self) -> list[Outputs]:
        """Return what the weight gives now."""
        parts = self._projections() if self._attention is not None else [self._results()]
        return [_outputs(one) for one in parts]

    def multiply(self, factors: Sequence[Any]) -> None:
        """Multiply each of the packed weights by a number, or each unit by its own."""
        part, torch = self._member.part, load_torch()
        assert part is not None
        numbers = self._exact.view(part.view or self._exact.shape)
        if part.axes is None or (len(factors) == 1 and np.ndim(factors[0]) == 0):
            numbers = numbers * float(factors[0])
        else:
            kept = (*part.axes.batch, *part.axes.out)
            shape = [n if axis in kept else 1 for axis, n in enumerate(part.view)]
            per = [np.broadcast_to(one, self._units // len(factors)) for one in factors]
            scale = torch.from_numpy(np.concatenate(per)).to(numbers.device)
            numbers = numbers * scale.view(shape)
        self._exact = numbers.reshape(self._exact.shape)
        _write(self._member, self._exact)

    def bias(self) -> list[Any] | None:
        """Return the bias beside each of them, where it may be set."""
        if self._beside is None:
            return None
        found = self._beside.now().detach().double().cpu().numpy().reshape(-1)
        return list(np.split(found, self._packed))

    def put_bias(self, biases: Sequence[Any]) -> None:
        """Set the biases."""
        assert self._beside is not None
        numbers = load_torch().from_numpy(np.concatenate(biases))
        _write(self._beside, numbers.view(self._beside.shape))

    @property
    def _units(self) -> int:
        part = self._member.part
        assert part is not None
        assert part.axes is not None
        return int(np.prod([part.view[k] for k in (*part.axes.batch, *part.axes.out)]))

    @property
    def _packed(self) -> int:
        return len(PROJECTIONS[self._member.local]) if self._attention is not None else 1

    def _results(self) -> list[tuple[Any, int]]:
        """Return what the weight's layer gives at every use, with the axis of the units."""
        found: list[Any] = []

        def seen(number: int, result: Any) -> None:
            if number in self.numbers:
                found.append(tensors_in(result)[0].detach())
            if number == self.numbers[-1]:
                raise Seen

        self._run.watch(seen)
        return [(one, self._axis(one.dim())) for one in found]

    def _axis(self, dim: int) -> int:
        part = self._member.part
        return dim - 1 - (len(part.axes.receptive) if part is not None and part.axes else 0)

    def _projections(self) -> list[list[tuple[Any, int]]]:
        """Return what projections of an attention layer give, which nobody else sees."""
        taken: list[tuple[Any, ...]] = []

        def entering(layer: Any, inputs: Any, keywords: Mapping[str, Any]) -> None:
            given = dict(zip(("query", "key", "value"), inputs, strict=False)) | dict(keywords)
            taken.append((given["query"], given["key"], given["value"]))

        handle = self._attention.register_forward_pre_hook(entering, with_kwargs=True)
        try:
            self._results()
        finally:
            handle.remove()
        torch = load_torch()
        bias = self._attention.in_proj_bias
        which = PROJECTIONS[self._member.local]
        weights = self._member.now().detach().chunk(len(which))
        found = []
        for k, weight in zip(which, weights, strict=True):
            own = None if bias is None else bias.detach().chunk(3)[k]
            found.append([(torch.nn.functional.linear(one[k].detach(), weight, own), -1)
                          for one in taken])  # fmt: skip
        return found


@contextlib.contextmanager
def computing(module: Any, seed: int, *, norms: bool = True) -> Iterator[None]:
    """Let a module compute the same numbers each time, and leave no trace in global generators.

    Dropout is off. With ``norms``, they take the statistics of the batch, as in training.
    """
    torch = load_torch()
    kinds = (torch.nn.modules.batchnorm._NormBase,) if norms else ()
    modes = [(one, one.training) for one in module.modules()]
    number = int(generator_for(seed, DATA, INIT).integers(2**32))
    try:
        for one, _ in modes:
            one.training = isinstance(one, kinds)
        with generators_kept(module, number), torch.no_grad():
            yield
    except (InitlabError, Seen):
        raise
    except Exception as error:  # a user's forward may raise anything
        words = (str(error).splitlines() or [""])[0][:200]
        raise DataError(
            f"The model fails on the data: {type(error).__name__}: {words}", argument="data"
        ) from error
    finally:
        for one, training in modes:
            one.training = training


def calibrated_norms(module: Any, given: Rules) -> Norms:
    """Return the norms whose running statistics a rule decides, by name, and that rule."""
    found: dict[str, tuple[Any, Rule]] = {}
    for name, layer in module.named_modules():
        if not isinstance(layer, load_torch().nn.modules.batchnorm._NormBase):
            continue
        if layer.running_mean is None:
            continue
        classes = tuple(map(qualified_name, type(layer).__mro__[:-1]))
        full = f"{plain_name(name)}.running_mean".removeprefix(".")
        matching = given.matching(Subject(full, None, NORM, classes, statistics=True))
        if matching:
            found[plain_name(name)] = layer, matching[-1]
    return found


def set_on_data(
    module: Any, found: Sequence[Assignment], rows: Sequence[ParameterRow],
    norms: Norms, batch: Batch, seed: int,
) -> tuple[tuple[ParameterRow, ...], tuple[str, ...]]:  # fmt: skip
    """Let data methods set what they are for, in the order of computation.

    Args:
        module: its parameters are drawn.
        found: what was done with each parameter.
        rows: the rows of the report.
        norms: those whose running statistics the data gives.
        batch: what is looked at.
        seed: of numbers that the model draws while it computes.

    Returns:
        The rows, and sentences about what could not be reached.

    Raises:
        InitlabError: the model fails on the data, or numbers leave their dtype; the model may
            be half done.
    """
    notes: list[str] = []
    changed = {one.row.name: row for one, row in zip(found, rows, strict=True)}
    run = Run(module, batch, seed)
    weights = [one for one in found if one.on_data is not None and not one.on_data.sets
               and one.member.part is not None and one.member.part.role != BIAS]  # fmt: skip
    if weights:
        _set_weights(run, found, weights, changed, notes)
    for one in found:
        if one.on_data is not None and one.on_data.sets == BIASES:
            width = int(np.prod(one.row.shape))
            bias, words = prior_bias(batch.targets, width, batch.kind, where=one.row.name)
            _write(one.member, load_torch().from_numpy(bias).view(one.row.shape))
            changed[one.row.name] = replace(_now(one, changed[one.row.name]), note=words, std=None)
    if norms:
        _calibrate(module, norms, batch, seed)
    return tuple(changed.values()), tuple(notes)


def _set_weights(
    run: Run, found: Sequence[Assignment], weights: Sequence[Assignment],
    changed: dict[str, ParameterRow], notes: list[str],
) -> None:  # fmt: skip
    calls, layers = run.calls(), list[tuple[Assignment, ModuleLayer, Assignment | None]]()
    uses = {one.row.name: _uses(one.member, calls) for one in weights}
    for one in sorted(weights, key=lambda one: min(uses[one.row.name], default=len(calls))):
        numbers = uses[one.row.name]
        reason, attention = _left(one.member, calls, numbers)
        assert one.on_data is not None
        table = one.member.part is not None and one.member.part.role == LOOKUP
        if table and "centre" in one.on_data.values():
            reason = "a table has no units that sum"
        if reason:
            row = changed[one.row.name]
            changed[one.row.name] = replace(row, note=_joined(row.note, f"as drawn: {reason}"))
            notes.append(f"{one.on_data} leaves {one.row.name} as drawn: {reason}.")
            continue
        beside = _bias_of(one, found)
        layer = ModuleLayer(one.member, None if beside is None else beside.member, numbers, run,
                            attention)  # fmt: skip
        layers.append((one, layer, beside))
    done: list[Adjusted] = []
    for one, layer, _ in layers:
        assert one.on_data is not None
        values = one.on_data.values()
        if "tolerance" in values:
            limits = {name: values[name] for name in ("tolerance", "iterations")}
            done.append(to_unit_variance(layer, **limits))
        else:
            done.append(to_unit_outputs(layer, centre=values["centre"]))
    for (one, layer, beside), adjusted in zip(layers, done, strict=True):
        assert one.on_data is not None
        outputs, units = layer.outputs(), adjusted.factors is None
        words = sentence(one.on_data.name, outputs, adjusted, centred=beside is not None)
        row, alone = _now(one, changed[one.row.name]), adjusted.factors or ()
        std = row.std * alone[0] if row.std is not None and len(alone) == 1 else None
        changed[one.row.name] = replace(row, note=_joined(row.note, words), std=std)
        if beside is not None:
            own = _now(beside, changed[beside.row.name])
            changed[beside.row.name] = replace(own, law=f"{one.on_data}, bias", std=None, mean=None)
        tolerance = one.on_data.values().get("tolerance", UNIT_TOLERANCE)
        notes += filter(None, [missed(one.row.name, one.on_data.name, outputs, tolerance,
                                      units=units)])  # fmt: skip


def _uses(member: Member, calls: Sequence[Call]) -> list[int]:
    """Return the numbers of the calls that multiply by a weight, or look it up if none does."""
    held = {id(one) for one in member.held}
    found: dict[bool, list[int]] = {True: [], False: []}
    for number, call in enumerate(calls):
        if call.layer is not None:
            own = {id(one) for one in call.layer.parameters()}
            looked_up = role_of(call.layer) == EMBEDDING
        else:
            own = {id(one) for _, one in call.parameters} if weighs(call) else set()
            looked_up = call.function.startswith("embedding")
        if held & own:
            found[looked_up].append(number)
    return found[False] or found[True]


def _left(member: Member, calls: Sequence[Call], numbers: Sequence[int]) -> tuple[str, Any]:
    """Return why a weight is left as it is drawn, "" for no reason; and its attention layer."""
    if not numbers:
        return "it is not computed on this data", None
    layer = calls[numbers[0]].layer
    if layer is None or (layer is member.layer and role_of(layer) in (CONV, CONV_TRANSPOSED)):
        return "", None
    if role_of(layer) == RECURRENT:
        return "the outputs of a recurrent layer are bounded", None
    if role_of(layer) == ATTENTION:
        if member.local in PROJECTIONS and hasattr(layer, "in_proj_bias"):
            return "", layer
        return ("" if member.owner.endswith("out_proj") else "it lies inside its layer"), None
    own = [one for _, one in layer.named_parameters() if one.dim() > 1]
    return ("" if layer is member.layer or len(own) == 1 else "it lies inside its layer"), None


def _bias_of(weight: Assignment, found: Sequence[Assignment]) -> Assignment | None:
    """Return the bias that a method sets beside a weight: where no rule names it by itself."""
    if weight.on_data is None or "centre" not in weight.on_data.values():
        return None
    owner = weight.member.owner
    beside = [one for one in found if one.member.owner == owner and one is not weight
              and one.member.part is not None]  # fmt: skip
    biases = [one for one in beside if _role(one) == BIAS]
    name = weight.member.local.replace("weight", "bias")
    named = [one for one in biases if one.member.local == name]
    if not named and len(biases) == 1 and all(_role(one) != WEIGHT for one in beside):
        named = biases  # the only one of the only weight
    return named[0] if named and named[0].on_data == weight.on_data else None


def _role(one: Assignment) -> str:
    return "" if one.member.part is None else one.member.part.role


def _calibrate(module: Any, norms: Norms, batch: Batch, seed: int) -> None:
    """Average the statistics of norms over the parts of the data; all others stay as they are."""
    torch, chosen = load_torch(), {id(norm) for norm, _ in norms.values()}
    methods = [rule.init for _, rule in norms.values() if isinstance(rule.init, Initializer)]
    batches = max(one.values()["batches"] for one in methods)
    others = [(one, one.clone()) for layer in module.modules() if id(layer) not in chosen
              for one in layer.buffers(recurse=False)]  # fmt: skip
    momenta = [(norm, norm.momentum) for norm, _ in norms.values()]
    try:
        for norm, _ in momenta:
            norm.reset_running_stats()
            norm.momentum = None  # torch's cumulative average
        for part in batch.parts(batches):
            with computing(module, seed):
                module(**part) if isinstance(part, Mapping) else module(*part)
    finally:
        for norm, momentum in momenta:
            norm.momentum = momentum
        with torch.no_grad():
            for one, old in others:
                one.copy_(old)


def _write(member: Member, numbers: Any) -> None:
    """Give a parameter numbers, cast to its dtype, or refuse those that leave it."""
    torch, own = load_torch(), member.held[0]
    std = float(numbers.double().std(correction=0)) if numbers.numel() > 1 else 0.0
    if std:
        bits = str(own.dtype).removeprefix("torch.").replace("bfloat16", "float32")
        check_grid(Normal(0.0, std), np.dtype(bits), where=member.name)
    cast = numbers.to(own.device, own.dtype)
    if not bool(torch.isfinite(cast).all()):
        largest = float(numbers.abs().max())
        raise refusal("dtype", f"one that holds {largest:g}", str(own.dtype).removeprefix("torch."),
                      where=member.name)  # fmt: skip
    if member.computed is not None:
        member.computed.put(cast)
        return
    with torch.no_grad():
        member.tensor.copy_(cast)


def _outputs(found: Sequence[tuple[Any, int]]) -> Outputs:
    """Return the moments of each unit, over all uses together."""
    torch = load_torch()
    rows = torch.cat([one.movedim(axis, -1).reshape(-1, one.shape[axis]).double()
                      for one, axis in found])  # fmt: skip
    return Outputs(
        rows.mean(0).cpu().numpy(), rows.var(0, correction=0).cpu().numpy()
    )  # fmt: skip


def _now(one: Assignment, row: ParameterRow) -> ParameterRow:
    """Return a row with the numbers that its parameter has now."""
    for tensor in one.member.held:
        remember(tensor)
    mean, std, nonfinite = moments_of(one.member.now())
    return replace(row, actual_mean=mean, actual_std=std, nonfinite=nonfinite)


def _joined(*words: str) -> str:
    return ", ".join(filter(None, words))
