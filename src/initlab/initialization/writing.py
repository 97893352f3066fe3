"""Steps of a plan -> the model's parameters, overwritten: the one file that changes a model.

What can fail is drawn before anything is written. What is left to be drawn in place, float32
normal and uniform numbers on the CPU, cannot.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from initlab.errors import DataError
from initlab.initialization import float32
from initlab.initialization.assignments import RESETS, Assignment, reset_of
from initlab.initialization.report import SET, TIED
from initlab.initializers.drawing import cast, check_grid, draw_law
from initlab.initializers.laws import Constant, Law
from initlab.modules.anatomy import plain_name
from initlab.modules.framework import load_torch
from initlab.randomness import INIT, generator_for

DEFAULT_SUFFIX = ":reset"  # a layer's own reset has a stream of its own


def write_laws(steps: tuple[Assignment, ...], seed: int) -> None:
    """Draw every parameter that has a law, then write."""
    torch = load_torch()
    lawful = [(step, step.law) for step in steps if step.law is not None]
    for step, law in lawful:
        check_grid(law, _numpy_dtype(step.parameter), where=step.row.name)
    drawn = {
        id(step): _drawn(step, law, seed)
        for step, law in lawful
        if not _in_place(step.parameter, law)
    }
    with torch.no_grad():
        for step, law in lawful:
            if id(step) in drawn:
                step.parameter.copy_(drawn[id(step)])
            elif isinstance(law, Constant):
                step.parameter.fill_(law.value)
            else:
                step.parameter[:0].zero_()  # tells autograd of the write below
                numbers = step.parameter.detach().view(-1).numpy()
                float32.fill(law, numbers, generator_for(seed, step.row.name, INIT))
            if step.part is not None and step.part.zero_row is not None:
                step.parameter[step.part.zero_row].zero_()


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


def _drawn(step: Assignment, law: Law, seed: int) -> Any:
    """Return a CPU tensor of the parameter's shape, in its dtype or a wider one."""
    torch, name, shape, part = load_torch(), step.row.name, step.row.shape, step.part
    generator = generator_for(seed, name, INIT)
    if step.parameter.dtype == torch.float32 and float32.fits(law):
        numbers = np.empty(step.parameter.numel(), np.float32)
        float32.fill(law, numbers, generator)
        return torch.from_numpy(numbers).view(shape)
    if part is None or part.axes is None:
        weight = draw_law(law, shape, generator, where=name)
    else:
        matrix = draw_law(law, part.axes.matrix_shape(part.view), generator, where=name)
        weight = part.axes.place(matrix, part.view).reshape(shape)
    fitting = cast(weight, _numpy_dtype(step.parameter), law=law, where=name)
    return torch.from_numpy(np.ascontiguousarray(fitting))


def _numpy_dtype(parameter: Any) -> np.dtype[Any]:
    """Return the parameter's dtype; bfloat16 has float32's range."""
    dtype = str(parameter.dtype).removeprefix("torch.")
    return np.dtype("float32" if dtype == "bfloat16" else dtype)


def write_resets(model: Any, steps: tuple[Assignment, ...], seed: int) -> None:
    """Let every layer reset itself, each from its own stream; torch's global state comes back."""
    if _plain(model, steps):
        _reset_all(model, seed)
        return
    torch = load_torch()
    try:
        # a copy on the CPU: one stream for every device, and frozen parameters stay
        shadow = copy.deepcopy(model).to("cpu")
        _reset_all(shadow, seed)
    except Exception as error:  # a stranger's reset may raise anything
        raise DataError(
            f"The model's own reset failed: {type(error).__name__}: {error}", argument="model"
        ) from error
    fresh = {
        plain_name(name): parameter
        for name, parameter in shadow.named_parameters(remove_duplicate=False)
    }
    with torch.no_grad():
        for step in steps:
            if step.row.done == SET:
                step.parameter.copy_(fresh[step.row.name])
        for old, new in zip(model.buffers(), shadow.buffers(), strict=True):
            old.copy_(new)  # running statistics


def _plain(model: Any, steps: tuple[Assignment, ...]) -> bool:
    """Whether all resets are torch's own, on the CPU, and may touch all: they cannot fail."""
    layers = (layer for layer in model.modules() if reset_of(layer) is not None)
    own = all(  # a reset that was put on one layer is not torch's
        type(layer).__module__.startswith("torch.nn.") and vars(layer).keys().isdisjoint(RESETS)
        for layer in layers
    )
    return own and all(
        step.row.done in (SET, TIED)
        and step.parameter.device.type == "cpu"
        and 0 not in step.row.shape
        for step in steps
    )


def _reset_all(model: Any, seed: int) -> None:
    torch = load_torch()
    layers = [(plain_name(name), layer) for name, layer in model.named_modules()]
    with torch.random.fork_rng(devices=[]):
        for name, layer in reversed(layers):  # inner first: attention zeroes its out_proj's bias
            reset = reset_of(layer)
            if reset is not None:
                generator = generator_for(seed, name + DEFAULT_SUFFIX, INIT)
                torch.default_generator.manual_seed(int(generator.integers(2**63)))
                reset()
