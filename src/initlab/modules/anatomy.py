"""A torch module and a sample, or a dense network -> its anatomy."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from initlab.errors import DataError, invalid_argument, placed
from initlab.modules.computation import Call, followed, traced
from initlab.modules.flow import branch_depths, branch_ends, ends, is_one_call, weighs
from initlab.modules.following import Follower, followers
from initlab.modules.framework import load_torch
from initlab.modules.generators import generators_kept
from initlab.modules.layers import all_parts_of, role_of
from initlab.modules.nonlinearity import named, nonlinearity_of
from initlab.modules.sharing import Owners
from initlab.modules.use import parts_by_use
from initlab.networks.anatomy import (
    ATTENTION,
    BARE,
    DECLARED,
    FOLLOWED,
    NORM,
    RECURRENT,
    TRACED,
    WEIGHT,
    Anatomy,
    Layer,
    Parameter,
    Part,
    Use,
    dense_anatomy,
)
from initlab.networks.dense import DenseNetwork
from initlab.user_code import first_line
from initlab.validation import listed

if TYPE_CHECKING:
    from torch.nn import Module

After = Callable[[int], Follower | None]  # number of a call -> what follows it

HELD = ("_g", "_v", "_orig")  # what torch's older weight_norm, spectral_norm and pruning hold
LONGEST = 200  # characters of another's message
WITH_SAMPLE = "Give a batch of inputs (in a shell: --data DATA) to see the order of computation."
FEED_FORWARD = ("linear1", "activation")  # of torch's Transformer layers, which fx cannot enter


def anatomy(model: Any, sample: Any = None) -> Anatomy:
    """Describe a network: its layers in order of computation, and what each parameter is.

    The order is traced by torch.fx; where that is not possible, followed on the sample; else as
    the layers are declared, which the description says. Nothing is drawn or changed.

    Args:
        model: a ``torch.nn.Module``, or a :class:`initlab.networks.DenseNetwork`.
        sample: a batch of its inputs: a tensor or an array, a tuple of them, or a mapping by
            keyword.

    Returns:
        The description; ``print`` it.

    Raises:
        InitlabError: the model has no parameters, or lazy ones, or fails on the sample.

    Example:
        >>> from initlab.networks import DenseNetwork
        >>> [layer.nonlinearity for layer in anatomy(DenseNetwork((2, 3, 1))).layers]
        ['relu', '']
    """
    if isinstance(model, DenseNetwork):
        return dense_anatomy(model)
    return anatomy_of(unwrapped(model, where="anatomy"), sample)


def anatomy_of(
    module: Any, sample: Any = None, *, numbers: bool = True, gains: bool = False,
    argument: str = "sample",
) -> Anatomy:  # fmt: skip
    """Describe a torch module.

    Args:
        module: the module.
        sample: see :func:`anatomy`.
        numbers: count those that are not finite.
        gains: measure those of nonlinearities that no table knows, which takes quadratures.
        argument: what the caller's user knows the sample as.
    """
    found = _found(module, numbers)
    with generators_kept(module):
        calls, order, notes = _calls(module, sample, argument)
    name = type(module).__name__
    if calls is None:
        layers = tuple(layer for _, layer in found.values())
    else:
        layers = _computed(module, found, calls, gains)
    return Anatomy(name, layers, order, (*notes, *_not_known(layers)))


def followed_anatomy(module: Any, calls: Sequence[Call]) -> Anatomy:
    """Describe a torch module whose calls were followed on a sample."""
    layers = _computed(module, _found(module), calls)
    return Anatomy(type(module).__name__, layers, FOLLOWED, tuple(_not_known(layers)))


def _found(module: Module, numbers: bool = True) -> dict[str, tuple[Any, Layer]]:
    found = {name: (layer, one) for name, layer, one in _declared(module, numbers)}
    if not found:
        raise invalid_argument(
            "model", "a module with parameters", type(module).__name__, kind=DataError
        )
    return found


def unwrapped(model: Any, *, where: str) -> Any:
    """Return the module inside DataParallel, DistributedDataParallel or torch.compile."""
    torch = load_torch()
    if not isinstance(model, torch.nn.Module):
        raise invalid_argument("model", "a torch.nn.Module", model, where=where)
    parallel = (torch.nn.DataParallel, torch.nn.parallel.DistributedDataParallel)
    while True:
        if isinstance(model, parallel):
            model = model.module
        elif hasattr(model, "_orig_mod"):
            model = model._orig_mod
        else:
            return model


def plain_name(path: str) -> str:
    """Return a path without torch.compile's wrappers: a compiled layer keeps its numbers."""
    return ".".join(name for name in path.split(".") if name != "_orig_mod")


def layers_of(module: Module) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield name, layer and own parameters of every layer, as they are declared."""
    for path, layer in module.named_modules(remove_duplicate=False):
        owned = dict(layer.named_parameters(recurse=False, remove_duplicate=False))
        yield plain_name(path), layer, owned


class PartsByLayer:
    """What the parameters of a module's layers are, the outer layers asked before the inner."""

    def __init__(self) -> None:
        self._said: dict[str, dict[str, Part]] = {}  # by an outer layer: name of a layer -> parts

    def of(self, name: str, layer: Module) -> dict[str, Part]:
        """Return what a layer's parameters are; an error names the layer."""
        with placed(f"layer {name or '(the model)'!r}, {type(layer).__name__}"):
            said = all_parts_of(layer)
            for path, part in said.items():
                if "." in path:
                    inner, _, local = f"{name}.{path}".removeprefix(".").rpartition(".")
                    self._said.setdefault(inner, {})[local] = part
            own = any(True for _ in layer.parameters(recurse=False))
            holds = own or hasattr(layer, "parametrizations")
            parts = {local: part for local, part in said.items() if holds and "." not in local}
        for local, part in self._said.get(name, {}).items():
            known = parts.get(local)
            parts[local] = replace(known, kept=part.kept) if known and part.kept else part
        return parts


def check_not_lazy(name: str, owned: Mapping[str, Any]) -> None:
    """Refuse a layer whose shapes are not known yet."""
    lazy = load_torch().nn.parameter.UninitializedParameter
    for local, parameter in owned.items():
        if isinstance(parameter, lazy):
            hint = (
                "To give the layer its shape, run the model once on a batch x: call model(x) or "
                "initialize(model, ..., data=x). In a shell command, call model(x) in the function "
                "that builds the model."
            )
            raise invalid_argument(
                local, "a parameter whose shape is known", "a lazy layer",
                got="a parameter of a lazy layer, which has no shape yet",
                where=f"layer {name or '(the model)'!r}", hint=hint,
            )  # fmt: skip


def _declared(module: Module, numbers: bool) -> Iterator[tuple[str, Any, Layer]]:
    owners, first_name, known = Owners(), dict[int, str](), PartsByLayer()
    for name, layer, owned in layers_of(module):
        check_not_lazy(name, owned)
        parts, described = known.of(name, layer), []
        if not owned:
            continue
        for local, one in owned.items():
            full = f"{name}.{local}" if name else local
            shape, (first, how) = tuple(int(n) for n in one.shape), owners.first(full, one)
            described.append(
                Parameter(full, shape, parts.get(local), one.requires_grad, first, how,
                          _nonfinite(one) if numbers else 0)
            )  # fmt: skip
        first = first_name.setdefault(id(layer), name)
        yield name, layer, Layer(name, role_of(layer), type(layer).__name__, tuple(described),
                                 _inside(layer),
                                 shared_with="" if first == name else first)  # fmt: skip


def _inside(layer: Module) -> str | None:
    """Return the nonlinearity that is in a layer, whatever follows; None where none is."""
    if role_of(layer) == RECURRENT:
        return str(getattr(layer, "nonlinearity", "sigmoid, tanh"))
    return "softmax" if role_of(layer) == ATTENTION else None


def nonfinite_parameters(module: Module) -> list[str]:
    """Return the names of the parameters that hold NaN or infinity."""
    return [name for name, one in module.named_parameters() if _nonfinite(one)]


def _nonfinite(parameter: Any) -> int:
    with contextlib.suppress(Exception):  # meta, quantized: they hold no numbers to look at
        values = parameter.detach()
        if bool(values.sum().isfinite()):  # the quickest look, and it holds nothing
            return 0
        return int((~values.isfinite()).sum())
    return 0


def _not_known(layers: Iterable[Layer]) -> list[str]:
    """Return what a reader can do about parameters of which nothing is known."""
    notes, classes = [], dict[str, list[str]]()
    for layer in layers:
        local = [one.name.rpartition(".")[2] for one in layer.parameters
                 if one.role is None or (one.role == WEIGHT and one.fan is None)]  # fmt: skip
        if layer.kind == "ParametrizationList":
            owner, _, computed = layer.name.rpartition("parametrizations.")
            notes.append(f"{owner}{computed} is computed from the {_parameters(local)}.")
        elif layer.role == BARE and local:
            classes.setdefault(layer.kind, local)
        else:
            held: dict[str, list[str]] = {}
            for one in [one for one in local if one.endswith(HELD)]:
                held.setdefault(one.rpartition("_")[0], []).append(one)
            notes += [
                f"{layer.name}.{weight} is computed from the {_parameters(names)}."
                for weight, names in held.items()
            ]
    return notes + [
        f"initlab does not know the class {kind}: use initlab.register_layer to say what its "
        f"{_parameters([repr(one) for one in local])} {'are' if local[1:] else 'is'}."
        for kind, local in classes.items()
    ]  # fmt: skip


def _parameters(names: Sequence[str]) -> str:
    return f"{'parameters' if names[1:] else 'parameter'} {listed(names)}"


def _calls(
    module: Module, sample: Any, argument: str
) -> tuple[list[Call] | None, str, list[str]]:  # fmt: skip
    """Return the calls of a forward, None where no way is left, how they were found, and notes."""
    reason = ""
    try:
        calls = traced(module, is_one_call)
        closed = [call.function for call in calls if _is_closed(call.layer)]
        if not closed or sample is None:
            names = ", ".join(dict.fromkeys(closed))
            notes = [f"torch.fx does not look into {names}, so the layers inside are listed in the "
                     f"order of their declaration. {WITH_SAMPLE}"] if closed else []  # fmt: skip
            return calls, TRACED, notes
    except Exception as error:  # a user's forward may raise anything
        reason = f"torch.fx cannot trace the model: {type(error).__name__}: {_sentence(error)}"
    if sample is None:
        return None, DECLARED, [f"{reason} {WITH_SAMPLE}"]
    try:
        return followed(module, inputs_of(module, sample), opaque=is_one_call)[1], FOLLOWED, []
    except Exception as error:  # a user's forward may raise anything
        raise DataError(
            f"The model fails on the sample: {type(error).__name__}: {_sentence(error)}",
            argument=argument,
        ) from error


def _is_closed(layer: Module | None) -> bool:
    """Whether a layer that counts as one call holds several of its own."""
    return (layer is not None and role_of(layer) != ATTENTION
            and any(name != "parametrizations" for name, _ in layer.named_children()))  # fmt: skip


def _sentence(error: Exception) -> str:
    line = first_line(error).partition(". ")[0]
    if len(line) > LONGEST:
        line = f"{line[:LONGEST].rpartition(' ')[0]} ..."
    return line if line.endswith((".", "!", "?")) else f"{line}."


def inputs_of(module: Module, sample: Any) -> Any:
    """Return a sample as tensors on the model's device, floats in its dtype."""
    torch = load_torch()
    like = next((one for one in module.parameters() if one.is_floating_point()), None)

    def tensor(value: Any) -> Any:
        try:
            found = torch.as_tensor(value)
        except (TypeError, ValueError, RuntimeError):
            return value  # what it is, the model knows
        if like is None:
            return found
        return found.to(like.device, like.dtype if found.is_floating_point() else found.dtype)

    if isinstance(sample, Mapping):
        return {name: tensor(value) for name, value in sample.items()}
    return tuple(tensor(one) for one in (sample if isinstance(sample, tuple) else (sample,)))


def _computed(
    module: Module, found: dict[str, tuple[Any, Layer]], calls: Sequence[Call],
    measures: bool = False,
) -> tuple[Layer, ...]:  # fmt: skip
    modules = {plain_name(path): one for path, one in module.named_modules()}
    touched = _touched(modules, found, calls)
    numbers: dict[str, list[int]] = {name: [] for name in found}
    for number, names in enumerate(touched):
        for name in names:
            numbers[name].append(number)
    last, branches = ends(calls), branch_ends(calls)
    heads, residual = (
        {
            sorted(touched[number], key=lambda name: found[name][1].role not in (NORM, BARE))[-1]
            for number in numbers_of if touched[number]
        } for numbers_of in (last, branches)
    )  # fmt: skip
    by_use, depths, after = parts_by_use(calls), branch_depths(calls), followers(calls)
    layers = []
    for name, (layer, one) in found.items():
        own = numbers[one.shared_with or name]
        parameters = [
            replace(p, part=by_use[id(tensor)]) if p.part is None and id(tensor) in by_use else p
            for p, tensor in zip(one.parameters, _own(layer), strict=True)
        ]  # fmt: skip
        if sum(p.role == WEIGHT for p in parameters) > 1:
            parameters = [
                replace(p, use=_use(tensor, own, calls, after, last, branches, measures))
                if p.role == WEIGHT
                else p
                for p, tensor in zip(parameters, _own(layer), strict=True)
            ]
        then = one.nonlinearity  # inside, else what follows
        then = _then(name, layer, own, calls, after, modules) if then is None else then
        gains = _gains(after, own, then) if measures else None
        first = min(own, default=len(calls))
        hidden = name in heads and not {k for k in own if weighs(calls[k])} <= {*last}
        uses = _uses(layer, [calls[number] for number in own])
        layers.append((first, replace(one, parameters=tuple(parameters), uses=uses,
                                      nonlinearity=then, head=name in heads, hidden=hidden,
                                      residual=name in residual,
                                      branch_depth=max((depths.get(k, 0) for k in own),
                                                       default=0), gains=gains)))  # fmt: skip
    return tuple(layer for _, layer in sorted(layers, key=lambda pair: pair[0]))


def _use(
    tensor: Any, own: list[int], calls: Sequence[Call], after: After, last: list[int],
    branches: list[int], measures: bool,
) -> Use | None:  # fmt: skip
    """Return what follows one of a layer's weights; None where a call takes them together."""
    taking = [number for number in own
              if any(one is tensor for _, one in calls[number].parameters)]  # fmt: skip
    if not taking or any(calls[number].layer is not None for number in own):
        return None
    then = _joined(after, taking)
    head, residual = (not {*taking}.isdisjoint(numbers) for numbers in (last, branches))
    return Use(
        then,
        head,
        not {*taking} <= {*last},
        residual,
        _gains(after, taking, then) if measures else None,
    )


def _uses(layer: Module, calls: Sequence[Call]) -> int:
    """Return how often a layer is computed: called, or the most used of its parameters is taken."""
    taken = [[id(one) for _, one in call.parameters] for call in calls]
    most = max(sum(id(one) in ids for ids in taken) for one in _own(layer))
    return sum(call.layer is not None for call in calls) + most


def _own(layer: Module) -> list[Any]:
    return [one for _, one in layer.named_parameters(recurse=False, remove_duplicate=False)]


def _touched(
    modules: dict[str, Any], found: dict[str, tuple[Any, Layer]], calls: Sequence[Call]
) -> list[list[str]]:
    """Return, for each call, the names of the layers whose parameters it uses."""
    paths = {id(one): path for path, one in modules.items()}
    owners = {id(one): name for name in reversed(found) for one in _own(found[name][0])}
    result = []
    for call in calls:
        names = [owners[id(one)] for _, one in call.parameters if id(one) in owners]
        if call.layer is not None:
            path = paths[id(call.layer)]
            inside = f"{path}." if path else ""
            names += [name for name in found if name == path or name.startswith(inside)]
        result.append(list(dict.fromkeys(names)))
    return result


def _then(
    name: str, layer: Module, own: list[int], calls: Sequence[Call], after: After,
    modules: dict[str, Any],
) -> str | None:  # fmt: skip
    """Return the nonlinearity that follows a layer; None where it is not known."""
    if not own:
        return None
    called = calls[own[0]].layer
    if called is not None and called is not layer and role_of(called) != ATTENTION:
        path, _, last = name.rpartition(".")
        act = getattr(modules[path], FEED_FORWARD[1], None)
        if last != FEED_FORWARD[0] or act is None:
            return "" if act is not None or role_of(called) != BARE else None
        return nonlinearity_of(act) if hasattr(act, "modules") else named(act.__name__)
    return _joined(after, own)


def _joined(after: After, own: list[int]) -> str:
    return ", ".join(dict.fromkeys(one.name for one in map(after, own) if one is not None))


def _gains(after: After, own: list[int], then: str | None) -> tuple[float, float] | None:
    """Return the measured gains of what follows calls, where that is one nonlinearity."""
    found = (one for one in map(after, own) if one is not None)
    return next((one.gains for one in found if one.name == then), None)
