"""Replicates of one module -> all of them trained together, one program per step.

All parameters of all replicates lie in one array, so that an update, a look at every number and
the clipping are one operation each.

Legend: R replicates, N trained numbers of a module, B samples of a batch; w_RN and g_RN are the
parameters and gradients; a parameter of a module is a view of its columns.
"""

from __future__ import annotations

import copy
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from initlab.datasets.dataset import InMemory
from initlab.engines.stepping import Trainer
from initlab.engines.torch.batches import Batch, row_numbers
from initlab.engines.torch.dropout import masked, own_bits
from initlab.engines.torch.optimizer import ELEMENTWISE, is_of_torch, make_optimizer
from initlab.engines.torch.task import Task
from initlab.engines.trajectory import Outcome, Trajectory
from initlab.modules.framework import load_torch

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

    from initlab.engines.torch.engine import TorchEngine

NEVER = -1
LOSS = -2  # place of what is not finite, before the columns of the gradients and the weights
LOOK_EVERY = 32  # steps between two looks at the device: each look waits for it


class StackedTrainer(Trainer):
    """Several replicates in training; diverged ones go on by themselves and touch no other.

    ``first_nonfinite`` is None while any replicate is finite: the driver stops when none is.
    """

    def __init__(
        self, modules: Sequence[Module], engine: TorchEngine, seeds: Sequence[int]
    ) -> None:
        torch = load_torch()
        for module in modules:
            module.train()
        assert isinstance(engine.data, InMemory)
        self._modules, self._training, self._data = list(modules), engine.training, engine.data
        self._device = engine.device
        self._named = [(n, p) for n, p in modules[0].named_parameters() if p.requires_grad]
        self._sizes = [one.numel() for _, one in self._named]
        self._own = [dict(m.named_parameters()) | dict(m.named_buffers()) for m in modules]
        rows = [[own[name].detach().reshape(-1) for name, _ in self._named] for own in self._own]
        self._w_RN = torch.stack([torch.cat(row) for row in rows]).requires_grad_(True)
        self._rest = {  # what is not trained by gradients: frozen parameters and buffers
            name: torch.stack([own[name].detach() for own in self._own])
            for name in self._own[0] if name not in dict(self._named)
        }  # fmt: skip
        self._optimizer = make_optimizer(engine.optimizer, engine.training, [self._w_RN])
        # replicates of one seed see the same batches and drop the same activations
        distinct = list(dict.fromkeys(seeds))
        self._row_of = [distinct.index(seed) for seed in seeds]
        self._rows = [row_numbers(engine.data, seed) for seed in distinct]
        self._bits = [own_bits(seed, self._device) for seed in distinct]
        self._dropped: dict[int, list[int]] = {}  # batch size -> entries of each mask of a step
        self._base = copy.deepcopy(modules[0])
        self._gradient = self._program(engine.task)
        self._bad_step = torch.full((len(modules),), NEVER, device=self._device)
        self._bad_place = torch.full((len(modules),), NEVER, device=self._device)
        self._losses: list[Tensor] = []

    def advance(self, end: int) -> None:
        """Take steps until ``end`` are done or no replicate is finite any more."""
        while self.step < end and self.first_nonfinite is None:
            self._one_step()
            self.step += 1
            if self.step % LOOK_EVERY == 0 and bool((self._bad_step != NEVER).all()):
                self.first_nonfinite = "every replicate"
        if self.step:
            self._losses[-1].cpu()  # wait: time spent is time told

    def trajectories(self) -> list[Trajectory]:
        """Write the parameters and buffers back; return how each replicate was trained."""
        torch = load_torch()
        values = _views(self._named, self._w_RN) | self._rest
        with torch.no_grad():
            for r, own in enumerate(self._own):
                for name, value in values.items():
                    own[name].copy_(value[r])
        curves: list[list[float]] = [[] for _ in self._modules]
        if self._losses:
            curves = torch.stack(self._losses).cpu().T.tolist()
        whole = self.step >= self._training.steps or self.first_nonfinite is not None
        done: Outcome = "finished" if whole else "cancelled"
        found = []
        for module, losses, step, place in zip(
            self._modules, curves, self._bad_step.tolist(), self._bad_place.tolist(), strict=True
        ):
            if step == NEVER:
                end = Trajectory(done, list(range(len(losses))), losses, module)
            else:
                steps, name = list(range(step + 1)), self._name(place)
                end = Trajectory("diverged", steps, losses[: step + 1], module, step, name)
            found.append(replace(end, together=len(self._modules)))
        return found

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
            # the last column that holds True: the gradient nearest to the loss
            last_gradient = g_RN.shape[1] - 1 - bad_gradient.flip(1).int().argmax(dim=1)
            place_R = torch.where(in_gradient, last_gradient, first_weight)
            place_R = torch.where(no_loss, LOSS, place_R)
            bad = no_loss | in_gradient | bad_weight.any(dim=1)
            new = bad & (self._bad_step == NEVER)
            self._bad_step = torch.where(new, self.step, self._bad_step)
            self._bad_place = torch.where(new, place_R, self._bad_place)
        self._losses.append(loss_R.detach())

    def _batch(self) -> Batch:
        torch = load_torch()
        data = self._data
        if data.batch_size is None:
            rows = torch.arange(len(data)).expand(len(self._row_of), -1)
        else:
            drawn = [next(rows) for rows in self._rows]
            rows = torch.stack([drawn[k] for k in self._row_of])
        rows = rows.to(self._device, non_blocking=True)
        return tuple(x[rows] for x in data.inputs), data.y[rows]

    def _drawn(self, inputs: tuple[Tensor, ...]) -> list[Tensor]:
        """Draw the bits of every mask of a step, (R, entries) each, by the replicates' seeds."""
        torch = load_torch()
        size = inputs[0].shape[1]
        if size not in self._dropped:
            self._dropped[size] = self._mask_sizes(tuple(x[0] for x in inputs))
        return [
            torch.stack([bits(entries) for bits in self._bits])[self._row_of]
            for entries in self._dropped[size]
        ]

    def _mask_sizes(self, inputs: tuple[Tensor, ...]) -> list[int]:
        """Run one replicate forward to see how many entries each of its Dropout layers has."""
        found: list[int] = []
        bits = own_bits(0, self._device)

        def noted(entries: int) -> Tensor:
            found.append(entries)
            return bits(entries)

        module = copy.deepcopy(self._modules[0])
        with load_torch().no_grad(), masked(module, noted):
            module(*inputs)
        return found

    def _program(self, task: Task) -> Any:
        """Return (w_RN, rest, inputs, target, bits) -> (g_RN, loss_R).

        It holds no reference to the trainer: a cycle would keep a group's memory after its end.
        """
        torch, base, views = load_torch(), self._base, partial(_views, self._named)

        def loss_of(
            w_N: Tensor, rest: dict[str, Tensor], inputs: tuple[Tensor, ...], target: Tensor,
            bits: Sequence[Tensor],
        ) -> Tensor:  # fmt: skip
            values = {name: value[0] for name, value in views(w_N[None]).items()} | rest
            given = iter(bits)
            with masked(base, lambda entries: next(given)):
                outputs = torch.func.functional_call(base, values, inputs)
            return task.loss_of(outputs, target).reshape(())

        return torch.func.vmap(torch.func.grad_and_value(loss_of), randomness="error")

    def _name(self, place: int) -> str:
        if place < 0:
            return "loss"
        ends = list(accumulate(self._sizes))
        name = self._named[bisect_right(ends, place % ends[-1])][0]
        return name if place >= ends[-1] else f"{name}.grad"


def _views(named: Sequence[tuple[str, Tensor]], w_RN: Tensor) -> dict[str, Tensor]:
    parts = load_torch().split(w_RN, [one.numel() for _, one in named], dim=1)
    return {
        name: part.reshape(w_RN.shape[0], *one.shape)
        for (name, one), part in zip(named, parts, strict=True)
    }


def obstacle(module: Module, optimizer: type, draws: Sequence[str]) -> str:
    """Return why replicates cannot share one program; "" if they can."""
    if len({one.dtype for one in module.parameters() if one.requires_grad}) > 1:
        return "the model's parameters have several dtypes"
    if not is_of_torch(optimizer, ELEMENTWISE):
        return (
            f"initlab does not know whether {optimizer.__name__} updates each parameter entry "
            "independently of the others"
        )
    if draws:
        return "the model draws random numbers outside of Dropout layers"
    return ""
