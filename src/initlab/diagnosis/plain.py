"""Uses of layers that were watched -> those that are a plain stack, as mean-field theory has it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.diagnosis.signal import AT_ONCE
from initlab.diagnosis.theory import Inputs, Stage, pairs_of, random_like
from initlab.diagnosis.updates import blocks
from initlab.diagnosis.watching import Use
from initlab.modules.computation import Call
from initlab.modules.framework import load_torch

NEUTRAL = (  # they move numbers, and change none
    "view", "reshape", "flatten", "contiguous", "squeeze", "unsqueeze", "permute", "transpose",
    "t", "dropout", "to", "float", "clone", "Flatten", "Unflatten", "Identity", "Dropout",
    "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout",
)  # fmt: skip
Array = NDArray[np.float64]


def plain_stack(uses: Sequence[Use], calls: Sequence[Call]) -> list[Use]:
    """Return the uses that a plain stack begins with: one way, layers, functions of each number."""
    users: list[list[int]] = [[] for _ in calls]
    for number, call in enumerate(calls):
        for one in call.inputs:
            users[one].append(number)
    by_call = {one.number: one for one in uses}
    first = [one for one in uses if one.first_inputs is not None]
    found: list[Use] = []
    if len(first) != 1:
        return found
    use, names = first[0], set[str]()
    while use.name not in names and _is_plain(use.call):
        names.add(use.name)
        found.append(use)
        number = use.number
        while True:
            if len(users[number]) != 1 or calls[users[number][0]].inputs != (number,):
                return found
            number = users[number][0]
            if number in by_call:
                break
            if number != use.follows and calls[number].function not in NEUTRAL:
                return found
        use = by_call[number]
    return found


def first_inputs(call: Call, given: Any, output: Any, samples: int) -> Inputs | None:
    """Return what the first layer of a plain stack sums, or None where it is not such a layer."""
    torch = load_torch()
    if not _is_plain(call) or not isinstance(given, torch.Tensor) or len(given) != samples:
        return None
    layer: Any = call.layer
    x = given.detach()
    if isinstance(layer, torch.nn.Linear):
        x = x.reshape(samples, -1, x.shape[-1])
        weight: Any = 1.0 / x.shape[1]
    else:
        if x.dim() != len(layer.kernel_size) + 2:
            return None
        windows = _windows(layer, tuple(x.shape), tuple(output.shape))
        counts = [one.sum(axis=0) for one in windows]
        cover = counts[0] / output.shape[2]
        for count, size in zip(counts[1:], output.shape[3:], strict=True):
            cover = np.multiply.outer(cover, count / size)
        weight = torch.as_tensor(cover, device=x.device) / layer.groups
    pairs = pairs_of(samples)

    def sums(first: Any, second: Any) -> Any:
        step = max(1, AT_ONCE // max(1, x[:1].numel()))
        parts = [
            (x[first[k : k + step]].double() * x[second[k : k + step]].double() * weight)
            .reshape(len(first[k : k + step]), -1).sum(dim=1)
            for k in range(0, len(first), step)
        ]  # fmt: skip
        return torch.cat(parts).cpu().numpy() if parts else np.zeros(0)

    every = np.arange(samples)
    return Inputs(sums(every, every), sums(pairs[:, 0], pairs[:, 1]), pairs)


def stages_of(uses: Sequence[Use]) -> list[Stage]:
    """Return what the theory needs to know of layers, up to one whose weights have a mean.

    Padded edges see fewer inputs, and are seen by fewer outputs: what is in the middle of a map is
    larger, from layer to layer. The number of inputs counts them by their share.
    """
    torch = load_torch()
    stages: list[Stage] = []
    profile: Array | None = None  # of the layer's inputs, mean 1
    for use in uses:
        layer: Any = use.call.layer
        weight, bias, count = layer.weight, layer.bias, max(1, layer.weight.numel())
        square = sum(float((one * one).sum()) for one in blocks(weight)) / count
        mean = sum(float(one.sum()) for one in blocks(weight)) / count
        if not random_like(mean, square, count) or not math.isfinite(square):
            break
        shift = 0.0 if bias is None else float(bias.detach().double().square().mean())
        if isinstance(layer, torch.nn.Linear):
            fan_in, profile = float(layer.in_features), None
        else:
            fan_in, profile = _seen(_windows(layer, use.given, use.shape), profile)
            fan_in *= layer.in_channels / layer.groups
        stages.append(Stage(square, shift, fan_in, 1.0, use.row))
    profile = None
    for k in reversed(range(len(stages))):
        layer, use = uses[k].call.layer, uses[k]
        if isinstance(layer, torch.nn.Linear):
            fan_out, profile = float(layer.out_features), None
        else:
            windows = [one.T for one in _windows(layer, use.given, use.shape)]
            fan_out, profile = _seen(windows, profile)
            fan_out *= layer.out_channels / layer.groups
        stages[k] = replace(stages[k], fan_out=fan_out)
    return stages


def _seen(windows: Sequence[Array], profile: Array | None) -> tuple[float, Array]:
    """Return how much windows see in the mean, and the profile of what they do, of mean 1."""
    sizes = tuple(one.shape[1] for one in windows)
    found = np.ones(sizes) if profile is None or profile.shape != sizes else profile
    for one in windows:  # each takes the first axis and puts its own last
        found = np.tensordot(found, one, axes=(0, 1))
    mean = float(found.mean())
    return mean, found / mean if mean else found


def _is_plain(call: Call) -> bool:
    nn = load_torch().nn
    return isinstance(call.layer, nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d)


def _windows(layer: Any, given: tuple[int, ...], made: tuple[int, ...]) -> list[Array]:
    """Return, for each spatial axis, how often each output's window holds each position."""
    found = []
    for axis, kernel in enumerate(layer.kernel_size):
        size, stride, dilation = given[2 + axis], layer.stride[axis], layer.dilation[axis]
        before = dilation * (kernel - 1) // 2 if layer.padding == "same" else 0
        if not isinstance(layer.padding, str):
            before = layer.padding[axis]
        outputs, taps = np.indices((made[2 + axis], kernel))
        places = outputs * stride - before + taps * dilation
        if layer.padding_mode == "circular":
            places %= size
        elif layer.padding_mode != "zeros":
            places = places.clip(0, size - 1)
        inside = (places >= 0) & (places < size)
        window = np.zeros((made[2 + axis], size))
        np.add.at(window, (outputs[inside], places[inside]), 1)
        found.append(window)
    return found
