"""Assignments -> the model's parameters, overwritten: the one file that changes a model.

What can fail is drawn before anything is written. What is left to be drawn when it is written,
such as float32 normal numbers, cannot.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from initlab.errors import DataError
from initlab.initialization import float32
from initlab.initialization.assignments import RESETS, Assignment, reset_of
from initlab.initialization.chosen import remember
from initlab.initialization.moments import moments_of
from initlab.initialization.own_values import OwnLaw
from initlab.initialization.report import FROZEN, KEPT, SET, UNKNOWN, ParameterRow
from initlab.initializers.drawing import cast, check_grid, draw_law
from initlab.initializers.laws import Constant, Law, Normal, Orthogonal, TruncatedNormal, Uniform
from initlab.modules.anatomy import plain_name
from initlab.modules.framework import load_torch
from initlab.randomness import INIT, generator_for

DEFAULT_SUFFIX = ":reset"  # a layer's own reset has a stream of its own
CERTAIN = (Normal, Uniform, TruncatedNormal, Orthogonal)  # laws whose draws do not fail
WITHIN = 1e30  # nor leave float32, where mean and std are smaller


def write(
    model: Any, found: Sequence[Assignment], seed: int, *, keep_buffers: bool = False
) -> tuple[ParameterRow, ...]:  # fmt: skip
    """Set every parameter that has a law or a reset; return the rows with what they hold now.

    Raises:
        InitlabError: something cannot be drawn; the model is as it was.
    """
    torch = load_torch()
    lawful = [(one, one.law) for one in found if one.law is not None]
    for one, law in lawful:
        check_grid(law, _numpy_dtype(one.parameter), where=one.row.name)
    drawn = {
        id(one): _drawn(one, law, seed)
        for one, law in lawful
        if not _in_place(one.parameter, law) and not _is_certain(one.parameter, law)
    }
    sums: dict[int, tuple[float, float]] = {}
    touched = _reset(model, found, seed, keep_buffers=keep_buffers)
    with torch.no_grad():
        for one, law in lawful:
            if not _in_place(one.parameter, law):
                numbers = drawn.pop(id(one)) if id(one) in drawn else _drawn(one, law, seed)
                one.parameter.copy_(numbers)
            elif isinstance(law, Constant):
                one.parameter.fill_(law.value)
            else:
                one.parameter[:0].zero_()  # tells autograd of the write below
                numbers = one.parameter.detach().view(-1).numpy()
                generator = generator_for(seed, one.row.name, INIT)
                sums[id(one.parameter)] = float32.fill(law, numbers, generator)
            if one.part is not None and one.part.zero_row is not None:
                one.parameter[one.part.zero_row].zero_()
                sums.pop(id(one.parameter), None)
        for buffers in [] if keep_buffers else _running(model, found).values():
            for name, buffer in buffers.items():
                buffer.fill_(1 if name == "running_var" else 0)
    return tuple(_row(one, touched, sums.get(id(one.parameter))) for one in found)


def running_statistics(model: Any, found: Sequence[Assignment]) -> tuple[str, ...]:
    """Return the names of the running statistics that are reset with the parameters."""
    return tuple(
        f"{layer}.{name}" if layer else name
        for layer, buffers in _running(model, found).items() for name in buffers
    )  # fmt: skip


def _running(model: Any, found: Sequence[Assignment]) -> dict[str, dict[str, Any]]:
    """Return the running statistics of norms, but of those that are left alone, by layer."""
    torch = load_torch()
    done = {id(one.parameter): one.row for one in found}
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


def _row(
    one: Assignment, touched: set[int], sums: tuple[float, float] | None
) -> ParameterRow:  # fmt: skip
    """Return the row with what the parameter holds now."""
    row = one.row
    if one.reset and id(one.parameter) not in touched:
        row = replace(row, done=UNKNOWN, law="", note=f"unchanged: {row.note} does not touch it")
    if row.done == SET:
        remember(one.parameter)
    mean, std, nonfinite = moments_of(one.parameter, sums)
    return replace(row, actual_mean=mean, actual_std=std, nonfinite=nonfinite)


def _in_place(parameter: Any, law: Law) -> bool:
    torch = load_torch()
    if isinstance(law, Constant):
        size, limits = abs(law.value), torch.finfo(parameter.dtype)
        return bool(size == 0 or limits.smallest_normal <= size <= limits.max)
    return bool(
        float32.fits(law)
        and parameter.dtype == torch.float32
        and parameter.device.type == "cpu"
        and parameter.is_contiguous()
        and parameter.dim() > 0
    )


def _is_certain(parameter: Any, law: Law) -> bool:
    """Whether a draw cannot fail, so that it need not be held until all others are made."""
    sizes = abs(law.mean) < WITHIN and law.std < WITHIN
    return isinstance(law, CERTAIN) and sizes and parameter.dtype.itemsize >= 4


def _drawn(one: Assignment, law: Law, seed: int) -> Any:
    """Return a CPU tensor of the parameter's shape, in its dtype or a wider one."""
    torch, name, shape, part = load_torch(), one.row.name, one.row.shape, one.part
    generator = generator_for(seed, name, INIT)
    if one.parameter.dtype == torch.float32 and float32.fits(law):
        numbers = np.empty(one.parameter.numel(), np.float32)
        float32.fill(law, numbers, generator)
        return torch.from_numpy(numbers).view(shape)
    if part is None or part.axes is None or isinstance(law, OwnLaw):
        weight = draw_law(law, shape, generator, where=name)
    else:
        matrix = draw_law(law, part.axes.matrix_shape(part.view), generator, where=name)
        weight = part.axes.place(matrix, part.view).reshape(shape)
    fitting = cast(weight, _numpy_dtype(one.parameter), law=law, where=name)
    return torch.from_numpy(np.ascontiguousarray(fitting))


def _numpy_dtype(parameter: Any) -> np.dtype[Any]:
    """Return the parameter's dtype; bfloat16 has float32's range."""
    dtype = str(parameter.dtype).removeprefix("torch.")
    return np.dtype("float32" if dtype == "bfloat16" else dtype)


def _reset(
    model: Any, found: Sequence[Assignment], seed: int, *, keep_buffers: bool
) -> set[int]:  # fmt: skip
    """Let layers reset themselves, each from its own stream; return ids of what that touched.

    torch's own resets on the CPU cannot fail: they are made in place. All others are made in a
    copy of the layer on the CPU, so that every device sees one stream and nothing is half done.
    """
    wanted = {id(one.parameter): one.parameter for one in found if one.reset}
    if not wanted:
        return set()
    torch = load_torch()
    layers = [(plain_name(name), layer) for name, layer in model.named_modules()]
    layers = [
        (name, layer)
        for name, layer in reversed(layers)  # inner first: attention zeroes its out_proj's bias
        if reset_of(layer) is not None and any(id(one) in wanted for one in layer.parameters())
    ]
    fresh: dict[int, Any] = {}
    buffers: list[tuple[Any, Any]] = []
    in_place = [pair for pair in layers if _is_torchs(pair[1])]
    apart = [pair for pair in layers if not _is_torchs(pair[1])]
    touched: set[int] = set()
    try:
        for name, layer in apart:
            _reset_copy(layer, wanted, fresh, buffers, lambda name=name: _seeded(seed, name))
    except Exception as error:  # a stranger's reset may raise anything
        raise DataError(
            f"The model's own reset failed: {type(error).__name__}: {error}", argument="model"
        ) from error
    for name, layer in in_place:
        left = [(one, one.detach().clone()) for one in layer.parameters() if id(one) not in wanted]
        left += [(one, one.clone()) for one in layer.buffers()] if keep_buffers else []
        before = {id(one): one._version for one in layer.parameters()}
        with torch.random.fork_rng(devices=[]):
            _seeded(seed, name)
            reset_of(layer)()
        touched |= {id(one) for one in layer.parameters() if one._version != before[id(one)]}
        with torch.no_grad():
            for one, old in left:
                one.copy_(old)
    with torch.no_grad():
        for key, value in fresh.items():
            if bool(torch.isnan(value).all()) and value.numel():
                continue
            wanted[key].copy_(value)
            touched.add(key)
        for old, new in [] if keep_buffers else buffers:
            old.copy_(new)
    return touched & wanted.keys()


def _reset_copy(
    layer: Any, wanted: dict[int, Any], fresh: dict[int, Any], buffers: list[tuple[Any, Any]],
    seed: Any,
) -> None:  # fmt: skip
    """Reset a copy of a layer, whose numbers are NaN before so that it shows what is reset."""
    torch = load_torch()
    twin = copy.deepcopy(layer).to("cpu")
    pairs = [(id(one), new) for one, new in zip(layer.parameters(), twin.parameters(), strict=True)
             if id(one) in wanted]  # fmt: skip
    with torch.no_grad():
        for key, new in pairs:
            new.copy_(fresh[key]) if key in fresh else new.fill_(torch.nan)
    with torch.random.fork_rng(devices=[]):
        seed()
        reset_of(twin)()
    fresh.update({key: new.detach() for key, new in pairs})
    buffers.extend(zip(layer.buffers(), twin.buffers(), strict=True))


def _seeded(seed: int, name: str) -> None:
    generator = generator_for(seed, name + DEFAULT_SUFFIX, INIT)
    load_torch().default_generator.manual_seed(int(generator.integers(2**63)))


def _is_torchs(layer: Any) -> bool:
    """Whether a reset is torch's own, on the CPU, and may touch all: it cannot fail."""
    own = all(  # a reset that was put on one layer is not torch's
        type(one).__module__.startswith("torch.nn.") and vars(one).keys().isdisjoint(RESETS)
        for one in _with_resets(layer)
    )
    return own and all(one.device.type == "cpu" and one.numel() for one in layer.parameters())


def _with_resets(layer: Any) -> Iterator[Any]:
    return (one for one in layer.modules() if reset_of(one) is not None)
