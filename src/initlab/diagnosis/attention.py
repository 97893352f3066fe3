"""A call of attention, or of softmax over scores -> how even its weights are, from 0 to 1."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from initlab.diagnosis.measurements import Measured
from initlab.modules.computation import Call
from initlab.modules.framework import load_torch
from initlab.modules.use import PRODUCTS

FEW = 8  # samples are enough: each has many rows of weights
MASKED = 9e3  # below the largest score: masks put -10,000, -1e9 or -inf there
SOFTMAX = ("softmax", "_softmax", "Softmax")
FUSED = "scaled_dot_product_attention"
PASSING = ("dropout", "Dropout", "to", "float", "half", "type_as", "view", "reshape", "contiguous",
           "transpose", "permute", "unsqueeze", "squeeze", "flatten")  # fmt: skip


def entropy_of(call: Call, given: Any, result: Any) -> Measured | None:
    """Return the mean entropy of attention's weights over that of equal ones; None for none.

    Seen are torch's own layer, which is computed once more for a few samples; its fused function,
    whose weights follow from what it is given; and a softmax over the last of three axes or more.
    Masked places are no choice, and rows with less than two places are left out. The noise is that
    of a mean over rows.
    """
    torch = load_torch()
    with torch.no_grad(), torch._C.DisableTorchFunction():
        if call.layer is not None and isinstance(call.layer, torch.nn.MultiheadAttention):
            return _of_layer(call.layer, given, dict(call.settings))
        if call.function == FUSED:
            return _of_scores(_scores(given, dict(call.settings)))
        if call.function in SOFTMAX and _last_axis(call, given):
            return _of_scores(given[:FEW])
    return None


def feeds_a_product(calls: Sequence[Call], number: int) -> bool:
    """Whether a call's result is multiplied by other activations, as attention's weights are."""
    queue, seen = [number], {number}
    for one in queue:
        for user in range(one + 1, len(calls)):
            call = calls[user]
            if one not in call.inputs or user in seen:
                continue
            if call.function in PRODUCTS and not call.parameters:
                return True
            if call.function in PASSING:
                seen.add(user)
                queue.append(user)
    return False


def is_softmax(call: Call) -> bool:
    """Whether a call is a softmax, of attention or of something else."""
    return call.function in SOFTMAX


def _last_axis(call: Call, given: Any) -> bool:
    torch = load_torch()
    if not isinstance(given, torch.Tensor) or given.dim() < 3 or not given.is_floating_point():
        return False
    settings = dict(call.settings)
    axis = call.layer.dim if call.layer is not None else settings.get("dim", settings.get(1, -1))
    return axis in (-1, given.dim() - 1)


def _of_layer(layer: Any, query: Any, settings: Mapping[int | str, Any]) -> Measured | None:
    names = ("query", "key", "value", "key_padding_mask", "need_weights", "attn_mask",
             "average_attn_weights", "is_causal")  # fmt: skip
    given = {names[place] if isinstance(place, int) else place: value
             for place, value in settings.items()} | {"query": query}  # fmt: skip
    given.pop("need_weights", None)
    given.pop("average_attn_weights", None)
    axis = 0 if layer.batch_first else 1
    if query.dim() == 3:
        for name in ("query", "key", "value"):
            given[name] = given[name].narrow(axis, 0, min(FEW, given[name].shape[axis]))
        if given.get("key_padding_mask") is not None:
            given["key_padding_mask"] = given["key_padding_mask"][:FEW]
        mask = given.get("attn_mask")
        if mask is not None and mask.dim() == 3:
            given["attn_mask"] = mask[: FEW * layer.num_heads]
    given["is_causal"] = bool(given.get("is_causal")) and given.get("attn_mask") is not None
    _, weights = layer.forward(**given, need_weights=True, average_attn_weights=False)
    return _of_weights(weights, weights > 0)


def _scores(query: Any, settings: Mapping[int | str, Any]) -> Any:
    torch = load_torch()
    key = settings.get(1, settings.get("key"))
    mask = settings.get(3, settings.get("attn_mask"))
    causal = settings.get(5, settings.get("is_causal", False))
    scale = settings.get(6, settings.get("scale"))
    few = min(FEW, len(query)) if query.dim() > 3 else len(query)
    query, key = query[:few].double(), key[:few].double()
    if key.dim() > 3 and key.shape[-3] != query.shape[-3]:  # grouped queries
        key = key.repeat_interleave(query.shape[-3] // key.shape[-3], dim=-3)
    scores = query @ key.transpose(-1, -2)
    scores = scores * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    if causal:
        allowed = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).tril()
        scores = scores.masked_fill(~allowed, -math.inf)
    if mask is not None:
        mask = mask[:few] if mask.dim() == scores.dim() and len(mask) > 1 else mask
        whole = mask.dtype != torch.bool
        return scores + mask if whole else scores.masked_fill(~mask, -math.inf)
    return scores


def _of_scores(scores: Any) -> Measured | None:
    scores = scores.double()
    largest = scores.amax(dim=-1, keepdim=True)
    allowed = scores - largest > -MASKED
    return _of_weights(scores.masked_fill(~allowed, -math.inf).softmax(dim=-1), allowed)


def _of_weights(weights: Any, allowed: Any) -> Measured | None:
    weights = weights.double()
    count = allowed.sum(dim=-1)
    entropy = -(weights * weights.clamp_min(1e-300).log()).sum(dim=-1)
    each = (entropy / count.clamp_min(2).double().log())[count > 1]
    if not each.numel() or not bool(each.isfinite().all()):
        return None
    noise = float(each.std()) / math.sqrt(each.numel()) if each.numel() > 1 else 0.0
    return Measured(float(each.mean()), noise)
