"""A module on torch's meta device, or with lazy layers -> one whose parameters have memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from initlab.errors import DataError, refusal
from initlab.initialization.batch import Batch, computing
from initlab.initialization.report import SET, TIED, ParameterRow
from initlab.modules.anatomy import plain_name
from initlab.modules.framework import load_torch

LISTED = 5  # names in a message


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
    """Memory for what a module has on the meta device; one parameter at a time is made.

    Args:
        module: a torch module.
        device: where the memory is to be; None refuses nothing and makes none.

    Raises:
        InitlabError: the device cannot be used, nothing is on meta, or a buffer's numbers would
            be lost.
    """

    def __init__(self, module: Any, device: Any) -> None:
        self.held: list[Held] = []
        if device is None:
            return
        torch = load_torch()
        try:
            place = torch.device(device)
            torch.empty(1, device=place)
        except (TypeError, RuntimeError, AssertionError) as error:
            raise refusal("device", 'a device of torch that is there, such as "cpu"', device,
                          where="initialize") from error  # fmt: skip
        found = list(_on_meta(module))
        if not found or place.type == "meta":
            hint = f"It has its numbers: move it by model.to({str(device)!r})."
            raise refusal("device", "left out, but for a model on the meta device", device,
                          where="initialize", hint="" if found else hint)  # fmt: skip
        norms = torch.nn.modules.batchnorm._NormBase
        lost = [name for name, layer, table, key, _ in found
                if table is layer._buffers and not isinstance(layer, norms)]  # fmt: skip
        if lost:
            hint = (
                "What they hold is computed when the model is built: build it on the device, or "
                "build those buffers there."
            )
            raise refusal("model", "one whose buffers have numbers", _listed(lost),
                          where="on the meta device", hint=hint, kind=DataError)  # fmt: skip
        made: dict[int, Any] = {}
        for name, _, table, key, tensor in found:
            if id(tensor) not in made:
                made[id(tensor)] = _real(tensor, place)
            self.held.append(Held(name, table, key, tensor, made[id(tensor)]))

    def install(self) -> None:
        """Put the tensors with memory in their places."""
        for one in self.held:
            one.table[one.key] = one.real

    def remove(self) -> None:
        """Put the tensors without numbers back."""
        for one in self.held:
            one.table[one.key] = one.meta

    def check(self, rows: Sequence[ParameterRow]) -> None:
        """Refuse rules that leave a parameter as it is that has no numbers yet."""
        names = {one.name for one in self.held}
        left = [row.name for row in rows if row.name in names and row.done not in (SET, TIED)]
        if left:
            hint = "Name an init for them in a rule."
            raise refusal("rules", "such that every parameter on the meta device is set",
                          _listed(left), where="initialize", hint=hint)  # fmt: skip


def is_lazy(module: Any) -> bool:
    """Whether a module has parameters or buffers whose shapes are not known yet."""
    lazy = load_torch().nn.parameter.is_lazy
    return any(lazy(one) for one in (*module.parameters(), *module.buffers()))


def give_shapes(module: Any, batch: Batch, seed: int) -> None:
    """Run a module with lazy layers once, which gives them their shapes.

    Raises:
        DataError: it fails on the data, or does not compute every lazy layer.
    """
    with computing(module, seed, norms=False):
        inputs = batch.inputs
        module(**inputs) if isinstance(inputs, dict) else module(*inputs)


def _on_meta(module: Any) -> Iterator[tuple[str, Any, Any, str, Any]]:
    for path, layer in module.named_modules(remove_duplicate=True):
        for table in (layer._parameters, layer._buffers):
            for key, tensor in table.items():
                if tensor is not None and tensor.is_meta:
                    name = plain_name(f"{path}.{key}" if path else key)
                    yield name, layer, table, key, tensor


def _real(tensor: Any, device: Any) -> Any:
    """Return a tensor like one on meta, a parameter where that is one; buffers of norms reset."""
    torch = load_torch()
    with torch.no_grad():
        made = torch.empty_like(tensor, device=device)
    if not isinstance(tensor, torch.nn.Parameter):
        return made.zero_()
    found = type(tensor)(made, requires_grad=tensor.requires_grad)
    vars(found).update(vars(tensor))
    return found


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:LISTED]) + (", ..." if len(names) > LISTED else "")
