"""Replicates of one module -> all of them trained together, one program per step.

All parameters of all replicates lie in one array, so that an update, a look at every number and
the clipping are one operation each.

Legend: R replicates, N trained numbers of a module, B samples of a batch; w_RN and g_RN are the
parameters and gradients; a parameter of a module is a view of its columns.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from initlab.engines.torch.dropout import masked, own_bits
from initlab.engines.torch.memory import Memory
from initlab.engines.torch.optimizer import is_elementwise, make_optimizer
from initlab.engines.torch.task import Task
from initlab.modules.framework import load_torch
from initlab.records import Training

NEVER = -1
LOSS = -2  # place of what is not finite, before the columns of the gradients and the weights
LOOK_EVERY = 32  # steps between two looks at the device: each look waits for it


class StackedTrainer:
    """Several replicates in training; diverged ones go on by themselves and touch no other.

    Attributes:
        step: steps done.
        first_nonfinite: None while any replicate is finite; the driver stops only when none is.
    """

    def __init__(
        self, modules: Sequence[Any], task: Task, optimizer: type, training: Training, data: Memory,
        seeds: Sequence[int],
    ) -> None:  # fmt: skip
        torch = load_torch()
        self.step = 0
        self.first_nonfinite: str | None = None
        self._modules, self._training, self._data = list(modules), training, data
        self._device = data.target.device
        self._named = [(n, p) for n, p in modules[0].named_parameters() if p.requires_grad]
        self._sizes = [one.numel() for _, one in self._named]
        rows = [[dict(m.named_parameters())[n].detach().reshape(-1) for n, _ in self._named]
                for m in modules]  # fmt: skip
        self._w_RN = torch.stack([torch.cat(row) for row in rows]).requires_grad_(True)
        self._rest = self._fixed_values()
        self._optimizer = make_optimizer(optimizer, training, [self._w_RN])
        # replicates of one seed see the same batches and drop the same activations
        distinct = list(dict.fromkeys(seeds))
        self._row_of = [distinct.index(seed) for seed in seeds]
        self._rows = [data.rows(seed) for seed in distinct]
        self._bits = [own_bits(seed, self._device) for seed in distinct]
        self._dropped: dict[int, list[int]] = {}  # batch size -> entries of each mask of a step
        self._base = copy.deepcopy(modules[0])
        self._gradient = self._program(task)
        self._bad_step = torch.full((len(modules),), NEVER, device=self._device)
        self._bad_place = torch.full((len(modules),), NEVER, device=self._device)
        self._losses: list[Any] = []

    def advance(self, end: int) -> None:
        """Take steps until ``end`` are done or no replicate is finite any more."""
        while self.step < end and self.first_nonfinite is None:
            self._one_step()
            self.step += 1
            if self.step % LOOK_EVERY == 0 and bool((self._bad_step != NEVER).all()):
                self.first_nonfinite = "every replicate"
        if self.step:
            self._losses[-1].cpu()  # wait: time spent is time told

    def parameters(self) -> dict[str, Any]:
        """Return nothing: frames of stacked networks are not shown."""
        return {}

    def results(self) -> list[tuple[int | None, str | None, list[float]]]:
        """Return (step at which it diverged, by what, losses) of every replicate."""
        torch = load_torch()
        empty = torch.empty(0, len(self._modules))
        curves = torch.stack(self._losses).cpu().T.tolist() if self._losses else empty.T.tolist()
        steps, places = self._bad_step.tolist(), self._bad_place.tolist()
        found: list[tuple[int | None, str | None, list[float]]] = []
        for curve, step, place in zip(curves, steps, places, strict=True):
            if step == NEVER:
                found.append((None, None, curve))
            else:
                found.append((step, self._name(place), curve[: step + 1]))
        return found

    def trained(self) -> list[Any]:
        """Write the parameters and buffers back and return the modules."""
        torch = load_torch()
        with torch.no_grad():
            for r, module in enumerate(self._modules):
                own = dict(module.named_parameters()) | dict(module.named_buffers())
                for name, value in self._views(self._w_RN).items():
                    own[name].copy_(value[r])
                for name, value in self._rest.items():
                    own[name].copy_(value[r])
        return self._modules

    def _one_step(self) -> None:
        torch = load_torch()
        inputs, target = self._batch()
        bits = self._drawn(inputs)
        g_RN, loss_R = self._gradient(self._w_RN.detach(), self._rest, inputs, target, bits)
        with torch.no_grad():
            no_loss = torch.isnan(loss_R)
            bad_gradient = ~torch.isfinite(g_RN)
            in_gradient = bad_gradient.any(dim=1)
            if self._training.clip_norm is not None:
                # per replicate: a norm over the stack would let one divergence zero the others
                norm_R1 = g_RN.norm(dim=1, keepdim=True)
                g_RN = g_RN * (self._training.clip_norm / (norm_R1 + 1e-6)).clamp(max=1.0)
        self._w_RN.grad = g_RN
        self._optimizer.step()
        with torch.no_grad():
            bad_weight = ~torch.isfinite(self._w_RN)
            first_weight = bad_weight.int().argmax(dim=1) + self._w_RN.shape[1]
            place_R = torch.where(in_gradient, _last(bad_gradient), first_weight)
            place_R = torch.where(no_loss, LOSS, place_R)
            bad = no_loss | in_gradient | bad_weight.any(dim=1)
            new = bad & (self._bad_step == NEVER)
            self._bad_step = torch.where(new, self.step, self._bad_step)
            self._bad_place = torch.where(new, place_R, self._bad_place)
        self._losses.append(loss_R.detach())

    def _batch(self) -> tuple[tuple[Any, ...], Any]:
        torch = load_torch()
        data = self._data
        if data.batch_size is None:
            rows = torch.arange(len(data)).expand(len(self._row_of), -1)
        else:
            drawn = [next(rows) for rows in self._rows]
            rows = torch.stack([drawn[k] for k in self._row_of])
        rows = rows.to(self._device, non_blocking=True)
        return tuple(x[rows] for x in data.inputs), data.target[rows]

    def _drawn(self, inputs: tuple[Any, ...]) -> list[Any]:
        """Draw the bits of every mask of a step, (R, words) each, by the replicates' seeds."""
        torch = load_torch()
        size = inputs[0].shape[1]
        if size not in self._dropped:
            self._dropped[size] = self._mask_sizes(tuple(x[0] for x in inputs))
        return [
            torch.stack([bits(entries) for bits in self._bits])[self._row_of]
            for entries in self._dropped[size]
        ]

    def _mask_sizes(self, inputs: tuple[Any, ...]) -> list[int]:
        """Run one replicate forward to see how many entries each of its Dropout layers has."""
        found: list[int] = []
        bits = own_bits(0, self._device)

        def noted(entries: int) -> Any:
            found.append(entries)
            return bits(entries)

        module = copy.deepcopy(self._modules[0])
        with load_torch().no_grad(), masked(module, noted):
            module(*inputs)
        return found

    def _program(self, task: Task) -> Any:
        """Return (w_RN, rest, inputs, target, bits) -> (g_RN, loss_R)."""
        torch = load_torch()

        def loss_of(w_N: Any, rest: Any, inputs: Any, target: Any, bits: list[Any]) -> Any:
            parts = self._views(w_N[None])
            values = {name: value[0] for name, value in parts.items()} | rest
            given = iter(bits)
            with masked(self._base, lambda entries: next(given)):
                outputs = torch.func.functional_call(self._base, values, inputs)
            return task.loss_of(outputs, target).reshape(())

        single = torch.func.grad_and_value(loss_of)
        return torch.func.vmap(single, in_dims=(0, 0, 0, 0, 0), randomness="error")

    def _views(self, w_RN: Any) -> dict[str, Any]:
        parts = w_RN.split(self._sizes, dim=1)
        return {
            name: part.reshape(w_RN.shape[0], *one.shape)
            for (name, one), part in zip(self._named, parts, strict=True)
        }

    def _fixed_values(self) -> dict[str, Any]:
        """Stack what is not trained by gradients: frozen parameters and buffers."""
        torch = load_torch()
        trained = {name for name, _ in self._named}
        names = [n for n, _ in self._modules[0].named_parameters() if n not in trained]
        names += [n for n, _ in self._modules[0].named_buffers()]
        found = {}
        for name in names:
            own = [(dict(m.named_parameters()) | dict(m.named_buffers()))[name] for m in
                   self._modules]  # fmt: skip
            found[name] = torch.stack([one.detach().clone() for one in own])
        return found

    def _name(self, place: int) -> str:
        if place < 0:
            return "loss"
        width = sum(self._sizes)
        suffix = ".grad" if place < width else ""
        position = place % width
        for (name, _), size in zip(self._named, self._sizes, strict=True):
            if position < size:
                return str(name) + suffix
            position -= size
        raise AssertionError(f"no parameter at {place}")


def _last(flags: Any) -> Any:
    """Return the last column that holds True: the gradient nearest to the loss."""
    width = flags.shape[1]
    return width - 1 - flags.flip(1).int().argmax(dim=1)


def obstacle(module: Any, optimizer: type, draws: Sequence[str]) -> str:
    """Return why replicates cannot share one program; "" if they can."""
    if len({one.dtype for one in module.parameters() if one.requires_grad}) > 1:
        return "its parameters have several dtypes"
    if not is_elementwise(optimizer):
        return f"{optimizer.__name__} does not update every number by itself"
    if draws:
        return "it draws random numbers that are no Dropout layer's"
    return ""
