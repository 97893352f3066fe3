"""A torch module -> what it computes, call by call: traced, or followed on a sample.

Tracing by torch.fx computes nothing, but not every forward can be traced; a sample shows every one.
Either way the module is left as it was, whatever its forward writes into it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from initlab.modules.framework import load_torch
from initlab.modules.layers import role_of
from initlab.modules.state import unchanged
from initlab.networks.anatomy import ATTENTION, BARE

if TYPE_CHECKING:
    from torch.nn import Module

SIZES = ("size", "shape", "dim", "ndim", "len", "numel", "dtype", "device")  # no activations

ALIKE = ("to", "float", "double", "half", "bfloat16", "type", "type_as", "contiguous", "clone",
         "detach")  # fmt: skip
CONSTANTS = ("tensor", "as_tensor", "scalar_tensor")  # make a tensor of numbers
HELD = "initlab_held"
MOST_NUMBERS = 2**16  # of a parameter: a learned slope has fewer, most weights have more
PICKS = ("getitem", "__getitem__")
TURNS = ("t", "T", "mT")
SWAPS = ("transpose", "swapaxes")

Opaque = Callable[[Any], bool]
Look = Callable[[str, Any, Any], object]  # name of a layer, the layer, its inputs or output


@dataclass(frozen=True)
class Call:
    """A layer or a function that is computed once.

    Attributes:
        function: name of the function, or of the layer's class.
        layer: the layer; None for a function.
        inputs: numbers of the calls whose results it takes.
        parameters: parameters that it takes itself, by their place or keyword.
        compute: the function itself; None for a layer.
        settings: what the function takes beside its first argument, by place or keyword, and that
            one where it is a text or a number; of a traced output, that argument; of a layer that
            is followed, while it is shown alone.
        forms: of each such parameter, the axes that are taken, in order; None where it is reshaped.
        arguments: all that it takes, by place or keyword: a :class:`Result` for what a call gave,
            parameters and numbers as they are, :data:`UNKNOWN` for everything else.
    """

    function: str
    layer: Module | None
    inputs: tuple[int, ...]
    parameters: tuple[tuple[int | str, Any], ...] = ()
    compute: Callable[..., Any] | None = None
    settings: tuple[tuple[int | str, Any], ...] = ()
    forms: tuple[tuple[int, ...] | None, ...] = ()
    arguments: tuple[tuple[int | str, Any], ...] = ()


@dataclass(frozen=True)
class Result:
    """What a call gave: its number, and which of several tensors."""

    number: int
    index: int = 0


UNKNOWN = object()  # an argument that is no number, and that no call gave


def results_in(arguments: Any) -> list[Result]:
    """Return the results among arguments, each once, in order."""
    return list(dict.fromkeys(tensors_in([value for _, value in arguments], Result)))


def is_opaque(layer: Module) -> bool:
    """Whether a layer counts as one call, because what it computes is known from its class."""
    role = role_of(layer)
    inner = any(name != "parametrizations" for name, _ in layer.named_children())
    if role != BARE and (not inner or role == ATTENTION):
        return True
    return not inner and type(layer).__module__.startswith("torch.nn.")


def traced(module: Module, opaque: Opaque = is_opaque) -> list[Call]:
    """Return the calls of a module's forward, the last one its output; nothing is computed.

    ``opaque`` says of a layer whether it counts as one call, whatever it computes inside.

    Raises:
        Exception: torch.fx cannot trace it, for whatever reason.
    """
    if opaque(module):
        return [Call(type(module).__name__, module, ()), Call("output", None, (0,))]
    torch = load_torch()
    calls: list[Call] = []
    made: dict[Any, Made] = {}
    for node in graph_of(module, opaque).nodes:
        if node.op in ("placeholder", "get_attr"):
            held = node.op == "get_attr"
            made[node] = Made.itself(node.meta[HELD]) if held else Made()
            continue
        layer = module.get_submodule(node.target) if node.op == "call_module" else None
        name = type(layer).__name__ if layer is not None else _name(node.target)
        name = str(node.args[1]) if name == "getattr" else name  # x.T, x.shape
        inputs = node.all_input_nodes
        if name in SIZES or (inputs and not any(one in made for one in inputs)):
            continue  # a size, or what is computed from sizes alone
        sources = [made[one] for one in inputs if one in made]
        own = [(place, made[one]) for place, one in _each(node.args, node.kwargs)
               if isinstance(one, torch.fx.Node) and one in made
               and made[one].parameter is not None]  # fmt: skip
        function = getattr(torch.Tensor, name, None) if node.op == "call_method" else node.target
        if node.op == "output":
            name, settings = node.op, (*_places(node.args, {}),)
        else:
            settings = _settings(node.args, node.kwargs)
        call = Call(name, layer, _numbers(sources), _parameters(own),
                    function if callable(function) else None, settings,
                    tuple(one.form for _, one in own),
                    _arguments(node.args, node.kwargs, made))  # fmt: skip
        alone = len(inputs) == 1 and node.op != "output"
        value = _value(call, node, made[inputs[0]]) if alone and inputs[0] in made else None
        made[node] = _entered(call, calls, alone=alone, value=value)
    return calls


def graph_of(module: Module, opaque: Opaque = is_opaque) -> Any:
    """Return a module's graph by torch.fx, opaque layers as single nodes.

    A node that takes a tensor of the module has it in its ``meta``, under :data:`HELD`.
    """
    fx = load_torch().fx

    class Tracer(fx.Tracer):  # type: ignore[misc, name-defined]
        def is_leaf_module(self, m: Any, module_qualified_name: str) -> bool:
            return m in closed or bool(super().is_leaf_module(m, module_qualified_name))

    with unchanged(module):
        closed = {one for one in module.modules() if opaque(one)}
        graph = Tracer().trace(module)
        for node in graph.nodes:  # a tensor that a forward makes is in the module only for now
            if node.op == "get_attr":
                node.meta[HELD] = _attribute(module, node.target)
        return graph


def followed(
    module: Module,
    sample: Any,
    seen: Callable[[Call, Any, Any], object] = lambda call, given, result: None,
    opaque: Opaque = is_opaque,
    *,
    gradients: bool = False,
) -> tuple[Any, list[Call]]:
    """Run a module on a sample; return its outputs and its calls, the last one the output.

    Args:
        module: the module, in the mode that it is to be followed in.
        sample: its inputs, a tuple; or a mapping, by keyword.
        seen: is shown every call, its first argument and its result.
        opaque: says of a layer whether it counts as one call, whatever it computes inside.
        gradients: keep the graph of the outputs, and no activation that it does not keep. What the
            forward writes into the module is then for the caller to undo, after the backward
            pass: :func:`unchanged`.
    """
    torch = load_torch()
    calls: list[Call] = []
    made = torch.utils.weak.WeakIdKeyDictionary()  # tensor -> what made it, while the tensor lives
    # the opaque layer that is being computed, whose results it takes, and its arguments
    entered: list[tuple[Any, tuple[int, ...], Any]] = []

    def sources(*values: Any) -> list[Made]:
        return [made[one] for one in tensors_in(values, torch.Tensor) if one in made]

    def noted(call: Call, given: Any, result: Any, *, alone: bool = False) -> None:
        tensors = tensors_in(result, torch.Tensor)
        if tensors:
            before = len(calls)
            value = None
            if alone and call.parameters and tensors[0].numel() <= MOST_NUMBERS:
                value = tensors[0].detach().clone()
            found = _entered(call, calls, alone=alone, value=value)
            for index, one in enumerate(tensors):
                made[one] = replace(found, index=index)
            if len(calls) > before:
                seen(call, given[0] if given else None, result)
                if call.layer is not None:
                    calls[-1] = replace(call, settings=())
                elif gradients:
                    kept = [(place, one) for place, one in call.settings
                            if not any(part in made for part in tensors_in(one))]  # fmt: skip
                    calls[-1] = replace(call, settings=(*kept,))

    def entering(layer: Module, inputs: Any, keywords: Any) -> None:
        if not entered and layer in closed:
            numbers = _numbers(sources(inputs, keywords))
            entered.append((layer, numbers, _arguments(inputs, keywords, made)))

    def leaving(layer: Module, inputs: Any, keywords: Any, output: Any) -> None:
        if entered and entered[-1][0] is layer:
            _, numbers, arguments = entered[-1]
            call = Call(type(layer).__name__, layer, numbers, arguments=arguments,
                        settings=_settings(inputs, keywords))  # fmt: skip
            noted(call, inputs, output)
            entered.pop()  # only now: what looks at the output is no part of the computation

    class Calls(torch.overrides.TorchFunctionMode):  # type: ignore[misc, name-defined]
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            given, numbers = kwargs or {}, () if entered else _numbers(sources(args, kwargs))
            own = [(place, made[one] if one in made and made[one].parameter is not None
                    else Made.itself(one))
                   for place, one in _each(args, given)
                   if isinstance(one, torch.nn.Parameter)
                   or (isinstance(one, torch.Tensor) and one in made
                       and made[one].parameter is not None)]  # fmt: skip
            alone = len(tensors_in((args, given), torch.Tensor)) == 1
            arguments = () if entered else _arguments(args, given, made)
            result = func(*args, **given)
            constant = _name(func) in CONSTANTS and not numbers and not own and not result.dim()
            if not entered and not constant:
                settings, forms = _settings(args, given), tuple(one.form for _, one in own)
                call = Call(_name(func), None, numbers, _parameters(own), func, settings, forms,
                            arguments)  # fmt: skip
                noted(call, args, result, alone=alone)
            return result

    with contextlib.ExitStack() as stack:
        if not gradients:
            stack.enter_context(unchanged(module))
        closed = {one for one in module.modules() if opaque(one)}
        for layer in module.modules():
            for handle in (
                layer.register_forward_pre_hook(entering, with_kwargs=True),
                layer.register_forward_hook(leaving, with_kwargs=True),
            ):
                stack.callback(handle.remove)
        stack.enter_context(torch.set_grad_enabled(gradients))
        stack.enter_context(Calls())
        outputs = computed(module, sample)
        calls.append(Call("output", None, _numbers(sources(outputs))))
    return outputs, calls


def computed(module: Module, inputs: Any) -> Any:
    """Return what a module gives for its inputs: a tuple, or a mapping by keyword."""
    return module(**inputs) if isinstance(inputs, Mapping) else module(*inputs)


@dataclass(frozen=True)
class Made:
    """Where a tensor comes from: the calls that made it, or the parameter that it is a form of.

    Attributes:
        calls: their numbers.
        parameter: the parameter.
        form: the axes of the parameter that the tensor has, in order; None where that is open.
        index: which of several tensors it is that the calls made.
        value: the numbers of a form of a parameter, which a function may have changed; None where
            they were not computed.
    """

    calls: tuple[int, ...] = ()
    parameter: Any = None
    form: tuple[int, ...] | None = None
    index: int = 0
    value: Any = None

    @classmethod
    def itself(cls, parameter: Any) -> Made:
        """Return what stands for a parameter as it is."""
        form = tuple(range(getattr(parameter, "ndim", 0)))
        return cls(parameter=parameter, form=form, value=parameter)


def _entered(call: Call, calls: list[Call], *, alone: bool, value: Any = None) -> Made:
    """Enter a call; what a parameter alone is made to, transposed or cast, is still that."""
    if alone and call.layer is None and call.parameters:
        return Made(parameter=call.parameters[0][1], form=_form(call), value=value)
    calls.append(call)
    return Made((len(calls) - 1,))


def _value(call: Call, node: Any, made: Made) -> Any:
    """Return the numbers that a traced function makes of a form of a parameter alone, or None."""
    torch = load_torch()
    before = made.value
    if call.compute is None or not isinstance(before, torch.Tensor) or before.is_meta:
        return None
    if before.numel() > MOST_NUMBERS:
        return None
    # a copy: some functions write into theirs
    args, keywords = torch.fx.node.map_aggregate(
        (node.args, dict(node.kwargs)),
        lambda one: before.detach().clone() if isinstance(one, torch.fx.Node) else one,
    )
    with contextlib.suppress(Exception), torch.no_grad(), torch.random.fork_rng(devices=[]):
        found = call.compute(*args, **keywords)
        return found if isinstance(found, torch.Tensor) else None
    return None


def _form(call: Call) -> tuple[int, ...] | None:
    """Return the axes of what a function makes of a parameter; None where that is open."""
    before, given = call.forms[0], [value for _, value in call.settings]
    if before is None or call.function in ALIKE:
        return before
    if call.function in PICKS:
        return before[1:] if given and isinstance(given[0], int) else None
    if call.function in TURNS and len(before) > 1:
        return (*before[:-2], before[-1], before[-2])
    if call.function in SWAPS and len(given) == 2 and all(isinstance(one, int) for one in given):
        form = list(before)
        first, second = given
        form[first], form[second] = form[second], form[first]
        return tuple(form)
    return None


def _parameters(own: Iterable[tuple[int | str, Made]]) -> tuple[tuple[int | str, Any], ...]:
    return tuple((place, one.parameter) for place, one in own)


@contextlib.contextmanager
def watched(module: Module, before: Look, after: Look) -> Iterator[None]:
    """Show every layer's name, the layer, and its inputs or output, as they are computed."""
    with contextlib.ExitStack() as stack:
        for name, layer in module.named_modules():

            def entering(layer: Module, inputs: Any, name: str = name) -> None:
                before(name, layer, inputs)

            def leaving(layer: Module, inputs: Any, output: Any, name: str = name) -> None:
                after(name, layer, output)

            stack.callback(layer.register_forward_pre_hook(entering).remove)
            stack.callback(layer.register_forward_hook(leaving).remove)
        yield


def _name(function: Any) -> str:
    if isinstance(function, str):
        return function
    name = getattr(function, "__name__", "")
    return getattr(function.__self__, "__name__", name) if name == "__get__" else name  # x.T


def _attribute(module: Module, path: str) -> Any:
    owner, _, name = path.rpartition(".")
    return getattr(module.get_submodule(owner), name)


def _places(args: Any, keywords: Mapping[str, Any]) -> list[tuple[int | str, Any]]:
    return [*enumerate(args), *keywords.items()]


def _each(args: Any, keywords: Mapping[str, Any]) -> list[tuple[int | str, Any]]:
    """Return the same, each item of a list by itself: those that are joined, for instance."""
    return [(place, one) for place, value in _places(args, keywords)
            for one in (value if isinstance(value, list | tuple) else (value,))]  # fmt: skip


def _settings(args: Any, keywords: Mapping[str, Any]) -> tuple[tuple[int | str, Any], ...]:
    return tuple((place, one) for place, one in _places(args, keywords)
                 if place not in (0, "input") or isinstance(one, str | int | float))  # fmt: skip


def _arguments(
    args: Any, keywords: Mapping[str, Any], made: Any
) -> tuple[tuple[int | str, Any], ...]:
    """Return what a call takes, results of other calls by their numbers; see :class:`Call`."""
    torch = load_torch()
    kinds = (torch.Tensor, torch.fx.Node)

    def known(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(map(known, value)) if type(value) in (list, tuple) else UNKNOWN
        if not isinstance(value, kinds):  # a record of tensors would keep them
            return UNKNOWN if tensors_in(value, kinds) else value
        if value in made and made[value].calls:
            return Result(made[value].calls[0], made[value].index)
        held = made[value].value if value in made else value
        if not isinstance(held, torch.Tensor):
            return UNKNOWN
        number = held.numel() == 1 if value in made else held.dim() == 0  # else perhaps an input
        whole = made[value].parameter if value in made else held
        return held if number or isinstance(whole, torch.nn.Parameter) else UNKNOWN

    return tuple((place, known(one)) for place, one in _places(args, keywords))


def _numbers(sources: Iterable[Made]) -> tuple[int, ...]:
    """Return the numbers of all calls among the sources, each once, in order."""
    return tuple(sorted({number for one in sources for number in one.calls}))


def tensors_in(value: Any, kind: Any = None) -> list[Any]:
    """Return the tensors (or what is of another kind) in a value, however deep they lie in it."""
    kind = kind or load_torch().Tensor
    if isinstance(value, kind):
        return [value]
    if is_dataclass(value) and not isinstance(value, type):
        value = [getattr(value, one.name) for one in fields(value)]
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [one for item in value for one in tensors_in(item, kind)]
    return []


def with_tensors(raw: Any, tensors: Iterator[Any]) -> Any:
    """Return a value of the same structure, its floating tensors replaced in their order there."""
    if isinstance(raw, load_torch().Tensor):
        return next(tensors) if raw.is_floating_point() else raw
    if is_dataclass(raw) and not isinstance(raw, type):
        new = {one.name: with_tensors(getattr(raw, one.name), tensors) for one in fields(raw)}
        return replace(raw, **new)
    if isinstance(raw, Mapping):
        made: Callable[..., Any] = type(raw)
        return made({key: with_tensors(one, tensors) for key, one in raw.items()})
    if isinstance(raw, list | tuple):
        new_items = [with_tensors(one, tensors) for one in raw]
        return type(raw)(*new_items) if hasattr(raw, "_fields") else type(raw)(new_items)
    return raw
