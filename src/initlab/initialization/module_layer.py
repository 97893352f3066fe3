"""A weight of a module on a batch -> the moments of its outputs; it is multiplied in place."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from initlab.errors import invalid_argument
from initlab.initialization.batch import Run, Seen
from initlab.initialization.members import Member
from initlab.initialization.on_data import Outputs
from initlab.initializers.distributions import Normal
from initlab.initializers.drawing import check_grid
from initlab.modules.computation import Call, tensors_in
from initlab.modules.flow import weighs
from initlab.modules.framework import load_torch
from initlab.modules.layers import role_of
from initlab.networks.anatomy import ATTENTION, CONV, CONV_TRANSPOSED, EMBEDDING, RECURRENT

INSIDE = "only the outputs of the whole layer can be measured, not those of this weight alone"
PROJECTIONS = {"in_proj_weight": (0, 1, 2), "q_proj_weight": (0,), "k_proj_weight": (1,),
               "v_proj_weight": (2,)}  # fmt: skip


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
        self._exact: Any = None
        self._seen: list[Any] = []

    def outputs(self) -> list[Outputs]:
        """Return what the weight gives now."""
        return outputs_of([self], self._run)[0]

    def multiply(self, factors: Sequence[Any]) -> None:
        """Multiply each of the packed weights by a number, or each unit by its own."""
        part, torch = self._member.part, load_torch()
        assert part is not None
        if self._exact is None:  # factors are rounded once
            self._exact = self._member.now().detach().double().clone()
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
        write_numbers(self._member, self._exact)

    def finish(self) -> None:
        """Forget the numbers in float64: only one weight of a large model has them at a time."""
        self._exact = None

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
        write_numbers(self._beside, numbers.view(self._beside.shape))

    @property
    def _units(self) -> int:
        part = self._member.part
        assert part is not None
        assert part.axes is not None
        return int(np.prod([part.view[k] for k in (*part.axes.batch, *part.axes.out)]))

    @property
    def _packed(self) -> int:
        return len(PROJECTIONS[self._member.local]) if self._attention is not None else 1

    @contextlib.contextmanager
    def looking(self) -> Iterator[None]:
        """Keep what an attention layer takes, whose projections nobody else sees."""

        def entering(layer: Any, inputs: Any, keywords: Mapping[str, Any]) -> None:
            given = dict(zip(("query", "key", "value"), inputs, strict=False)) | dict(keywords)
            self._seen.append((given["query"], given["key"], given["value"]))

        handle = None
        if self._attention is not None:
            handle = self._attention.register_forward_pre_hook(entering, with_kwargs=True)
        try:
            yield
        finally:
            self._seen = []
            if handle is not None:
                handle.remove()

    def see(self, number: int, result: Any) -> list[Outputs] | None:
        """Take the result of a call; return the moments once the weight's last use is there."""
        if self._attention is None and number in self.numbers:
            self._seen.append(tensors_in(result)[0].detach())
        if number != self.numbers[-1]:
            return None
        seen, self._seen = self._seen, []
        if self._attention is not None:
            return [_outputs(one) for one in self._projections(seen)]
        return [_outputs([(one, self._axis(one.dim())) for one in seen])]

    def _axis(self, dim: int) -> int:
        part = self._member.part
        return dim - 1 - (len(part.axes.receptive) if part is not None and part.axes else 0)

    def _projections(self, taken: Sequence[tuple[Any, ...]]) -> list[list[tuple[Any, int]]]:
        """Return what projections of an attention layer give, of the inputs of all its uses."""
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


def outputs_of(layers: Sequence[ModuleLayer], run: Run) -> list[list[Outputs]]:
    """Return what weights give now; the module is computed once, up to the last of them."""
    found: dict[int, list[Outputs]] = {}

    def seen(number: int, result: Any) -> None:
        for k, layer in enumerate(layers):
            outputs = layer.see(number, result)
            if outputs is not None:
                found[k] = outputs
        if len(found) == len(layers):
            raise Seen

    if layers:
        with contextlib.ExitStack() as stack:
            for layer in layers:
                stack.enter_context(layer.looking())
            run.watch(seen)
    return [found[k] for k in range(len(layers))]


def uses_of(member: Member, calls: Sequence[Call]) -> list[int]:
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


def left(member: Member, calls: Sequence[Call], numbers: Sequence[int]) -> tuple[str, Any]:
    """Return why a weight is left as it is drawn, "" for no reason; and its attention layer."""
    if not numbers:
        return "the weight is not used on this data", None
    layer = calls[numbers[0]].layer
    if layer is None or (layer is member.layer and role_of(layer) in (CONV, CONV_TRANSPOSED)):
        return "", None
    if role_of(layer) == RECURRENT:
        return INSIDE, None
    if role_of(layer) == ATTENTION:
        if member.local in PROJECTIONS and hasattr(layer, "in_proj_bias"):
            return "", layer
        return ("" if member.owner.endswith("out_proj") else INSIDE), None
    own = [one for _, one in layer.named_parameters() if one.dim() > 1]
    return ("" if layer is member.layer or len(own) == 1 else INSIDE), None


def write_numbers(member: Member, numbers: Any) -> None:
    """Give a parameter numbers, cast to its dtype, or refuse those that leave it."""
    torch, own = load_torch(), member.held[0]
    std = float(numbers.double().std(correction=0)) if numbers.numel() > 1 else 0.0
    if std:
        bits = str(own.dtype).removeprefix("torch.").replace("bfloat16", "float32")
        check_grid(Normal(0.0, std), np.dtype(bits), where=member.name)
    cast = numbers.to(own.device, own.dtype)
    if not bool(torch.isfinite(cast).all()):
        largest = float(numbers.abs().max())
        got = str(own.dtype).removeprefix("torch.")
        expected = f"one whose range includes {largest:g}"
        raise invalid_argument("dtype", expected, got, where=member.name)
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
