"""A module on torch's meta device, or with lazy layers -> one whose parameters have memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from initlab.errors import DataError, invalid_argument
from initlab.initialization.batch import Batch, computing, shapes_in
from initlab.initialization.report import SET, TIED, ParameterRow
from initlab.modules.anatomy import plain_name
from initlab.modules.computation import computed
from initlab.modules.framework import load_torch
from initlab.modules.state import State
from initlab.validation import first_of


@dataclass(frozen=True)
class Held:
    """A parameter or buffer on the meta device, and the tensor that takes its place.

    Attributes:
        name: qualified name.
        table: of the module: its ``_parameters`` or ``_buffers``.
        key: its name there.
        meta: without numbers.
        real: with memory, whatever that holds.
    """

    name: str
    table: Any
    key: str
    meta: Any
    real: Any


class Memory:
    """Memory for what a module has on the meta device, and for its lazy layers.

    Args:
        module: a torch module.
        device: where the memory is to be; None refuses nothing and makes none.

    Raises:
        InitlabError: the device cannot be used, nothing is on meta, or a buffer's numbers would
            be lost.
    """

    def __init__(self, module: Any, device: Any) -> None:
        self.held: list[Held] = []
        self._lazy: list[tuple[State, State]] = []  # lazy layers as built, and with shapes
        if device is None:
            return
        torch = load_torch()
        try:
            place = torch.device(device)
            torch.empty(1, device=place)
        except (TypeError, ValueError, OverflowError, RuntimeError, AssertionError) as error:
            raise invalid_argument("device", 'a torch device that this machine has, such as "cpu"',
                                   device, where="initialize") from error  # fmt: skip
        found = list(_on_meta(module))
        if found and place.type == "meta":
            raise invalid_argument("device", 'a device that holds numbers, such as "cpu"', device,
                                   where="initialize")  # fmt: skip
        if not found:
            hint = f"This model holds numbers already: move it with model.to({str(device)!r})."
            raise invalid_argument("device", "left out unless the model is on the meta device",
                                   device, where="initialize", hint=hint)  # fmt: skip
        norms = torch.nn.modules.batchnorm._NormBase
        lost = [name for name, layer, table, key, _ in found
                if table is layer._buffers and not isinstance(layer, norms)]  # fmt: skip
        if lost:
            hint = (
                "initialize cannot compute buffers; the code that builds the model does this. "
                f"Build the model, or only its buffers, on the device {str(device)!r}."
            )
            got = f"a model with buffers on the meta device: {first_of(lost)}"
            raise invalid_argument("model", "a model whose buffers have numbers", first_of(lost),
                                   got=got, where="initialize", hint=hint,
                                   kind=DataError)  # fmt: skip
        made: dict[int, Any] = {}
        for name, _, table, key, tensor in found:
            if id(tensor) not in made:
                made[id(tensor)] = _real(key, tensor, place)
            self.held.append(Held(name, table, key, tensor, made[id(tensor)]))

    def install(self) -> None:
        """Put the tensors with memory in their places, and give lazy layers their shapes again."""
        for one in self.held:
            one.table[one.key] = one.real
        for _, shaped in self._lazy:
            shaped.restore()

    def remove(self) -> None:
        """Put the tensors without numbers back, and make lazy layers lazy again."""
        for lazy, _ in self._lazy:
            lazy.restore()
        for one in self.held:
            one.table[one.key] = one.meta

    def give_shapes(self, module: Any, batch: Batch, seed: int) -> None:
        """Run a module with lazy layers once, which gives them their shapes.

        Raises:
            DataError: it fails on the data; its layers are lazy as before.
        """
        twins: dict[int, Any] = {}
        before = [_as_built(layer, twins) for layer in module.modules() if _is_lazy(layer)]
        try:
            with computing(module, seed, norms=False, shapes=shapes_in(batch.inputs)):
                computed(module, batch.inputs)
        except BaseException:
            for state in before:
                state.restore()
            raise
        self._lazy = [(state, State.of(state.layer)) for state in before]

    def check(self, rows: Sequence[ParameterRow]) -> None:
        """Refuse rules that leave a parameter as it is that has no numbers yet."""
        names = {one.name for one in self.held}
        left = [row.name for row in rows if row.name in names and row.done not in (SET, TIED)]
        if left:
            hint = (
                "Add a rule that gives each of these parameters an init other than keep. Rules "
                "skip a parameter whose requires_grad is False."
            )
            expected = "rules that give numbers to every parameter on the meta device"
            raise invalid_argument("rules", expected, first_of(left),
                                   got=f"no numbers for {first_of(left)!r}",
                                   where="initialize", hint=hint)  # fmt: skip


def is_lazy(module: Any) -> bool:
    """Whether a module has parameters or buffers whose shapes are not known yet."""
    return any(map(_is_lazy, module.modules()))


def _is_lazy(layer: Any) -> bool:
    return bool(_lazy_in(layer._parameters) or _lazy_in(layer._buffers))


def _lazy_in(table: Mapping[str, Any]) -> dict[str, Any]:
    lazy = load_torch().nn.parameter.is_lazy
    return {name: one for name, one in table.items() if one is not None and lazy(one)}


def _as_built(layer: Any, twins: dict[int, Any]) -> State:
    """Return the state of a lazy layer, copies in place of tensors that get their shapes in place.

    Args:
        layer: a torch module.
        twins: the copies, by the id of the tensor.
    """
    state = State.of(layer)
    for table in (state.contents["_parameters"], state.contents["_buffers"]):
        for name, one in _lazy_in(table).items():
            twin = type(one)(one.requires_grad, device=one.device, dtype=one.dtype)
            table[name] = twins.setdefault(id(one), twin)
    return state


def _on_meta(module: Any) -> Iterator[tuple[str, Any, Any, str, Any]]:
    for path, layer in module.named_modules(remove_duplicate=True):
        for table in (layer._parameters, layer._buffers):
            for key, tensor in table.items():
                if tensor is not None and tensor.is_meta:
                    name = plain_name(f"{path}.{key}" if path else key)
                    yield name, layer, table, key, tensor


def _real(key: str, tensor: Any, device: Any) -> Any:
    """Return a tensor like one on meta, a parameter where that is one; buffers of norms reset."""
    torch = load_torch()
    with torch.no_grad():
        made = torch.empty_like(tensor, device=device)
    if not isinstance(tensor, torch.nn.Parameter):
        return made.fill_(1) if key == "running_var" else made.zero_()
    found = type(tensor)(made, requires_grad=tensor.requires_grad)
    vars(found).update(vars(tensor))
    return found
