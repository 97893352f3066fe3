"""Assignments -> the model's parameters, overwritten: the one file that changes a model.

What can fail is drawn before anything is written. What is left to be drawn when it is written,
such as float32 normal numbers, cannot.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from initlab.errors import DataError, placed
from initlab.initialization import float32
from initlab.initialization.assignments import RESETS, Assignment, reset_of
from initlab.initialization.chosen import remember
from initlab.initialization.computed import computed_in
from initlab.initialization.copies import Copies
from initlab.initialization.members import Member
from initlab.initialization.moments import Sums, moments_of
from initlab.initialization.report import FROZEN, KEPT, SET, UNKNOWN, ParameterRow
from initlab.initialization.user_values import UserDistribution
from initlab.initializers.distributions import (
    Constant,
    Distribution,
    Normal,
    Orthogonal,
    TruncatedNormal,
    Uniform,
)
from initlab.initializers.drawing import cast, check_grid, check_largest, check_steps, draw_from
from initlab.modules.anatomy import plain_name
from initlab.modules.framework import load_torch
from initlab.randomness import INIT, generator_for

DEFAULT_SUFFIX = ":reset"  # a layer's own reset has a stream of its own
CERTAIN = (Normal, Uniform, TruncatedNormal, Orthogonal)  # distributions whose draws do not fail
WITHIN = 1e30  # nor leave float32, where mean and std are smaller


def write(
    model: Any, found: Sequence[Assignment], seed: int, *, keep_buffers: bool = False
) -> tuple[ParameterRow, ...]:  # fmt: skip
    """Set every parameter that has a distribution or a reset; return the rows of what they hold.

    Raises:
        InitlabError: something cannot be drawn; the model is as it was.
    """
    torch = load_torch()
    to_draw = [(one, one.distribution) for one in found if one.distribution is not None]
    for one, distribution in to_draw:
        _check_range(distribution, one)
    drawn = {
        id(one): _drawn(one, distribution, seed)
        for one, distribution in to_draw
        if not _in_place(one.member, distribution) and not _is_certain(one.member, distribution)
    }
    fresh, buffers = _reset_copies(model, found, seed)
    computed: list[tuple[Member, Any]] = []
    for one in found:
        key = _key(one.member)
        if one.member.computed is not None and (one.distribution is not None or key in fresh):
            numbers = drawn.pop(id(one)) if one.distribution is not None else fresh.pop(key)[1]
            computed.append((one.member, numbers))
    _put(computed, seed)
    touched = {_key(member) for member, _ in computed}
    touched |= _reset_in_place(model, found, seed, keep_buffers=keep_buffers)
    sums: dict[int, Sums] = {}
    with torch.no_grad():
        for key, (parameter, numbers) in fresh.items():
            parameter.copy_(numbers)
            touched.add(key)
        for old, new in [] if keep_buffers else buffers:
            old.copy_(new)
        for one, distribution in to_draw:
            parameter, part = one.member.tensor, one.member.part
            if one.member.computed is not None:
                continue
            if not _in_place(one.member, distribution):
                parameter.copy_(
                    drawn.pop(id(one)) if id(one) in drawn else _drawn(one, distribution, seed)
                )
            elif isinstance(distribution, Constant):
                parameter.fill_(distribution.value)
            else:
                parameter[:0].zero_()  # tells autograd of the write below
                generator = generator_for(seed, one.row.name, INIT)
                sums[id(parameter)] = float32.fill(
                    distribution, parameter.detach().view(-1).numpy(), generator
                )
            if part is not None and part.zero_row is not None:
                parameter[part.zero_row].zero_()
                sums.pop(id(parameter), None)
        for statistics in [] if keep_buffers else _running(model, found).values():
            for name, buffer in statistics.items():
                buffer.fill_(1 if name == "running_var" else 0)
    return tuple(_row(one, touched, sums.get(id(one.member.tensor))) for one in found)


def _put(computed: Sequence[tuple[Member, Any]], seed: int) -> None:
    """Give computed weights their numbers; where one refuses them, all are as they were."""
    torch = load_torch()
    layers = [member.computed.layer for member, _ in computed if member.computed is not None]
    before = Copies((one for member, _ in computed for one in member.held), layers)
    try:
        for member, numbers in computed:
            assert member.computed is not None
            own = next(iter(member.held))
            devices = [own.device] if own.is_cuda else []
            with torch.random.fork_rng(devices=devices):  # completing an orthogonal matrix draws
                _seeded(seed, member.name, *devices)
                with placed(member.name):
                    member.computed.put(numbers.to(own.device, own.dtype))
    except BaseException:
        before.put_back()
        raise


def running_statistics(model: Any, found: Sequence[Assignment]) -> tuple[str, ...]:
    """Return the names of the running statistics that are reset with the parameters."""
    return tuple(
        f"{layer}.{name}" if layer else name
        for layer, buffers in _running(model, found).items() for name in buffers
    )  # fmt: skip


def _running(model: Any, found: Sequence[Assignment]) -> dict[str, dict[str, Any]]:
    """Return the running statistics of norms, but of those that are left alone, by layer."""
    torch = load_torch()
    done = {id(tensor): one.row for one in found for tensor in one.member.held}
    result = {}
    for name, layer in model.named_modules():
        if not isinstance(layer, torch.nn.modules.batchnorm._NormBase):
            continue
        own = [done[id(one)] for one in layer.parameters(recurse=False) if id(one) in done]
        left = [row.done == FROZEN or (row.done == KEPT and row.rule) for row in own]
        buffers = {key: one for key, one in layer.named_buffers(recurse=False)
                   if key in ("running_mean", "running_var", "num_batches_tracked")}  # fmt: skip
        if buffers and not (own and all(left)):
            result[plain_name(name)] = buffers
    return result


def _row(one: Assignment, touched: set[int], sums: Sums | None) -> ParameterRow:
    """Return the row with what the parameter holds now."""
    row, member = one.row, one.member
    if one.reset and _key(member) not in touched:
        row = replace(
            row, done=UNKNOWN, law="", note=f"unchanged: {row.note} does not set {row.name}"
        )
    if row.done == SET:
        for tensor in member.held:
            remember(tensor)
    return row.holding(moments_of(member.now(), sums))


def _key(member: Member) -> int:
    """Return what tells a parameter from all others."""
    return id(member.held[0])


def _in_place(member: Member, distribution: Distribution) -> bool:
    torch, parameter = load_torch(), member.tensor
    if member.computed is not None:
        return False
    if isinstance(distribution, Constant):
        size, limits = abs(distribution.value), torch.finfo(parameter.dtype)
        return bool(size == 0 or limits.smallest_normal <= size <= limits.max)
    return bool(
        float32.fits(distribution)
        and parameter.dtype == torch.float32
        and parameter.device.type == "cpu"
        and parameter.is_contiguous()
        and parameter.dim() > 0
    )


def _is_certain(member: Member, distribution: Distribution) -> bool:
    """Whether a draw cannot fail, so that it need not be held until all others are made."""
    sizes = abs(distribution.mean) < WITHIN and distribution.std < WITHIN
    plain = member.computed is None and member.tensor.dtype.itemsize >= 4
    return isinstance(distribution, CERTAIN) and sizes and plain


def _drawn(one: Assignment, distribution: Distribution, seed: int) -> Any:
    """Return a CPU tensor of the parameter's shape, in its dtype or a wider one."""
    torch, name, shape, part = load_torch(), one.row.name, one.row.shape, one.member.part
    generator = generator_for(seed, name, INIT)
    if one.member.tensor.dtype == torch.float32 and float32.fits(distribution):
        numbers = np.empty(one.member.tensor.numel(), np.float32)
        float32.fill(distribution, numbers, generator)
        return torch.from_numpy(numbers).view(shape)
    if part is None or part.axes is None or isinstance(distribution, UserDistribution):
        weight = draw_from(distribution, shape, generator, where=name)
    else:
        matrix = draw_from(distribution, part.axes.matrix_shape(part.view), generator, where=name)
        weight = part.axes.place(matrix, part.view).reshape(shape)
    if one.member.tensor.dtype == torch.bfloat16:  # it ends before float32, by which it is cast
        check_largest(weight, torch.finfo(torch.bfloat16).max, "bfloat16", name)
    fitting = cast(weight, _numpy_dtype(one.member.tensor), distribution=distribution, where=name)
    return torch.from_numpy(np.ascontiguousarray(fitting))


def _check_range(distribution: Distribution, one: Assignment) -> None:
    """Refuse a distribution whose numbers the parameter's dtype would round to one value."""
    torch, name, dtype = load_torch(), one.row.name, one.member.tensor.dtype
    if dtype != torch.bfloat16:
        check_grid(distribution, _numpy_dtype(one.member.tensor), where=name)
        return
    limits = torch.finfo(dtype)
    step = limits.eps * abs(distribution.mean) / 2
    check_steps(distribution, smallest=limits.smallest_normal * limits.eps, step=step,
                dtype="bfloat16", where=name)  # fmt: skip


def _numpy_dtype(parameter: Any) -> np.dtype[Any]:
    """Return the parameter's dtype; bfloat16 has float32's range."""
    dtype = str(parameter.dtype).removeprefix("torch.")
    return np.dtype("float32" if dtype == "bfloat16" else dtype)


def _layers_to_reset(model: Any, found: Sequence[Assignment]) -> list[tuple[str, Any]]:
    """Return the layers whose own reset is asked for, inner ones first."""
    wanted = {id(one.member.layer) for one in found if one.reset}
    return [
        (plain_name(name), layer)
        for name, layer in reversed(list(model.named_modules()))  # attention zeroes its out_proj
        if reset_of(layer) is not None and any(id(one) in wanted for one in layer.modules())
    ]


def _reset_by(layer: Any, found: Sequence[Assignment]) -> set[int]:
    """Return the ids of what a layer's reset may set: what is tied, its leading layer alone."""
    inside = {id(one) for one in layer.modules()}
    return {_key(one.member) for one in found if one.reset and id(one.member.layer) in inside}


def _reset_in_place(
    model: Any, found: Sequence[Assignment], seed: int, *, keep_buffers: bool
) -> set[int]:  # fmt: skip
    """Let torch's own layers reset themselves; return the ids of what that touched."""
    torch = load_torch()
    touched: set[int] = set()
    for name, layer in _layers_to_reset(model, found):
        if not _is_torchs(layer):
            continue
        wanted = _reset_by(layer, found)
        left = [(one, one.detach().clone()) for one in layer.parameters() if id(one) not in wanted]
        left += [(one, one.clone()) for one in layer.buffers()] if keep_buffers else []
        before = {id(one): one._version for one in layer.parameters()}
        with torch.random.fork_rng(devices=[]):
            _seeded(seed, name)
            reset_of(layer)()
        changed = {id(one) for one in layer.parameters() if one._version != before[id(one)]}
        touched |= changed & wanted
        with torch.no_grad():
            for one, old in left:
                one.copy_(old)
    return touched


def _reset_copies(
    model: Any, found: Sequence[Assignment], seed: int
) -> tuple[dict[int, tuple[Any, Any]], list[tuple[Any, Any]]]:
    """Let copies of all other layers reset themselves on the CPU: nothing is half done.

    Returns:
        By parameter, the parameter and its new numbers, where there are any; buffers, and theirs.
    """
    torch = load_torch()
    fresh: dict[int, tuple[Any, Any]] = {}
    buffers: list[tuple[Any, Any]] = []
    try:
        for name, layer in _layers_to_reset(model, found):
            if _is_torchs(layer):
                continue
            computed = [
                (path, one) for path, inner in layer.named_modules() for one in computed_in(inner)
            ]
            for _, one in computed:
                one.refresh()  # what was computed for gradients cannot be copied
            twin = copy.deepcopy(layer).to("cpu")
            wanted = _reset_by(layer, found)
            held = {id(tensor) for _, one in computed for tensor in one.held}
            plain = _named_pairs(layer.named_parameters(), twin.named_parameters())
            pairs = [(one, new) for one, new in plain if id(one) in wanted - held]
            others = [
                next(own for own in computed_in(twin.get_submodule(path)) if own.local == one.local)
                for path, one in computed
            ]
            for (_, one), other in zip(computed, others, strict=True):
                numbers = other.made_plain()
                if id(one.held[0]) in wanted:
                    pairs.append((one.held[0], numbers))
            # those of a computation are gone with it: they follow from the new numbers
            buffers += _named_pairs(layer.named_buffers(), twin.named_buffers())
            with torch.no_grad():
                for old, new in pairs:
                    known = fresh.get(id(old))
                    new.fill_(torch.nan) if known is None else new.copy_(known[1])
            with torch.random.fork_rng(devices=[]):
                _seeded(seed, name)
                reset_of(twin)()
            fresh |= {
                id(old): (old, new.detach())
                for old, new in pairs
                if not bool(torch.isnan(new).all()) or not new.numel()  # else it is untouched
            }
    except Exception as error:  # a user's reset may raise anything
        raise DataError(
            "Resetting the model by its own method (such as reset_parameters) failed: "
            f"{type(error).__name__}: {error}",
            argument="model",
        ) from error
    return fresh, buffers


def _named_pairs(first: Any, second: Any) -> list[tuple[Any, Any]]:
    others = dict(second)
    return [(one, others[name]) for name, one in first if name in others]


def _seeded(seed: int, name: str, *devices: Any) -> None:
    torch, generator = load_torch(), generator_for(seed, name + DEFAULT_SUFFIX, INIT)
    number = int(generator.integers(2**63))
    torch.default_generator.manual_seed(number)
    for device in devices:
        with torch.cuda.device(device):
            torch.cuda.manual_seed(number)


def _is_torchs(layer: Any) -> bool:
    """Whether a reset is torch's own, on the CPU, and may touch all: it cannot fail."""
    own = all(  # a reset that was put on one layer is not torch's
        type(one).__module__.startswith("torch.nn.") and vars(one).keys().isdisjoint(RESETS)
        for one in layer.modules()
        if reset_of(one) is not None
    )
    computed = any(True for one in layer.modules() for _ in computed_in(one))
    sound = all(one.device.type == "cpu" and one.numel() for one in layer.parameters())
    return own and sound and not computed
