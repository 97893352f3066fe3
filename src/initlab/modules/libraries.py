"""Names of layer classes of other libraries -> their roles, and what each of their parameters is.

A new class is one more row of :data:`ROWS`. Nothing is imported: a class is known by its qualified
name, "*" standing for anything. A class without a row of its own has its bare parameters known by
the names that its library gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from initlab.initializers.axes import Axes
from initlab.modules.norms import norm_parts
from initlab.networks.anatomy import (
    BARE,
    BIAS,
    GATE,
    LINEAR,
    LOOKUP,
    NORM,
    SCALE,
    Part,
    weight_part,
)

Parts = Mapping[str, Any]
ONES = {"weight": Part(SCALE, value=1.0), "bias": Part(BIAS, value=0.0)}
ZEROS = {"weight": Part(SCALE, value=0.0), "bias": Part(BIAS, value=0.0)}
OUT_IN = {"in_axis": 1, "out_axis": 0}
STACKED = {"weight": {"in_axis": 2, "out_axis": 1, "batch_axis": 0}}
PER_HEAD = {"in_axis": 2, "out_axis": 0, "batch_axis": 1}  # attention: a number of each head
DECAY = {"role": SCALE, "kept": "the log of decay rates, as in Gu and Dao 2023, sec. 3.6"}
STEP_SIZES = {
    "role": BIAS,
    "kept": "numbers whose softplus is a step size from 0.001 to 0.1, as in Gu and Dao 2023, sec. "
    "3.6",
}


WEIGHTS = ("weight", "gamma")  # names of what a norm multiplies by


def _norm(usual: float) -> Callable[[Any], Parts]:
    """Return what a norm holds; ``usual`` is its weight where that cannot be measured."""

    def parts(layer: Any) -> Parts:
        weight, bias = Part(SCALE, value=usual), Part(BIAS, value=0.0)
        return norm_parts(layer) or {**dict.fromkeys(WEIGHTS, weight), "bias": bias}

    return parts


def _experts(layer: Any) -> Iterator[tuple[str, Part]]:
    """Yield the parts of stacked experts, whose gate and up projections are packed in one."""
    turned = getattr(layer, "is_transposed", False)  # (experts, in, out)
    together = getattr(layer, "is_concatenated", True)  # all gates, then all ups; else in turns
    for local, one in layer.named_parameters(recurse=False):
        if one.dim() != 3:
            continue
        count, *pair = (int(width) for width in one.shape)
        out, into = (2, 1) if turned else (1, 2)
        view, batch, stack = (count, *pair), [0], f"{count} experts"
        if local.startswith("gate_up"):
            halves = (2, view[out] // 2) if together else (view[out] // 2, 2)
            view = (*view[:out], *halves, *view[out + 1 :])
            batch.append(out if together else out + 1)
            out, into = (out + 1 if together else out), (into if turned else into + 1)
            stack += ", gate and up projections"
        axes = Axes(batch=tuple(batch), out=(out,), into=(into,), receptive=())
        part = weight_part(view, axes, stack)
        yield local, part
        for bias in (f"{local}_bias", local.replace("proj", "bias")):
            yield bias, Part(BIAS, part.fan, stack=stack)


def _layer_scale(layer: Any) -> Parts:
    value = getattr(layer, "init_values", None)  # older versions do not keep it
    return {"gamma": Part(GATE, value=float(value) if isinstance(value, int | float) else None)}


def _by_name(layer: Any) -> Parts:
    """Return what the bare parameters of a layer are by their names."""
    found = {}
    for local, _ in layer.named_parameters(recurse=False):
        for pattern, said in NAMES.items():
            if fnmatchcase(local, pattern):
                found[local] = said
                break
    return found


ROWS: dict[str, tuple[str, Any]] = {
    "transformers.pytorch_utils.Conv1D": (
        LINEAR, {"weight": {"in_axis": 0, "out_axis": 1}, "bias": BIAS},
    ),
    "transformers.models.gemma3n.*RMSNorm": (NORM, _norm(1.0)),
    "transformers.models.gemma4.*RMSNorm": (NORM, _norm(1.0)),
    "transformers.models.gemma*.*RMSNorm": (NORM, _norm(0.0)),
    "transformers.models.qwen3_next.*RMSNorm": (NORM, _norm(0.0)),
    "transformers.models.*RMSNormGated": (NORM, _norm(1.0)),
    "transformers.models.*RMSNorm": (NORM, _norm(1.0)),
    "transformers.models.*LayerNorm": (NORM, _norm(1.0)),
    "transformers.models.*LayerNorm1P": (NORM, _norm(0.0)),
    "transformers.models.*Norm": (NORM, _norm(1.0)),
    "transformers.models.*GRN": (NORM, ZEROS),
    "transformers.models.*ParallelExperts": (LINEAR, STACKED),
    "transformers.models.*FlexibleLinear": (LINEAR, STACKED),
    "transformers.models.*Experts": (LINEAR, lambda layer: dict(_experts(layer))),
    "transformers.models.*Router": (
        BARE, {"weight": OUT_IN, "bias": BIAS, "e_score_correction_bias": BIAS},
    ),
    "transformers.models.*GroupedLinearLayer": (
        LINEAR, {"weight": {"in_axis": 1, "out_axis": 2, "batch_axis": 0}, "bias": BIAS},
    ),
    "transformers.models.*MambaMixer": (
        BARE, {"A_log": DECAY, "D": SCALE, "dt_proj.bias": STEP_SIZES},
    ),
    "mamba_ssm.modules.*.Mamba": (
        BARE, {"A_log": DECAY, "D": SCALE, "dt_proj.bias": STEP_SIZES},
    ),
    "timm.layers.norm.RmsNorm*": (NORM, ONES),
    "timm.layers.grn.GlobalResponseNorm": (NORM, ZEROS),
    "timm.layers.layer_scale.LayerScale*": (BARE, _layer_scale),
    "timm.models.vision_transformer.LayerScale": (BARE, _layer_scale),
    "torchvision.models.convnext.CNBlock": (BARE, {"layer_scale": GATE}),
    "torch_geometric.nn.dense.linear.Linear": (LINEAR, {"weight": OUT_IN, "bias": BIAS}),
    "torch_geometric.nn.norm.*": (NORM, {**ONES, "mean_scale": SCALE}),
    "torch_geometric.nn.conv.gat*": (
        BARE, {"att_src": PER_HEAD, "att_dst": PER_HEAD, "att_edge": PER_HEAD, "att": PER_HEAD,
               "bias": BIAS},
    ),
    "torch_geometric.nn.conv.rgcn_conv.*": (
        LINEAR, {"weight": {"in_axis": 1, "out_axis": 2, "batch_axis": 0},
                 "root": {"in_axis": 0, "out_axis": 1}, "bias": BIAS},
    ),
}  # fmt: skip

NAMES: Mapping[str, Any] = {
    "A_log": DECAY,
    "dt_bias": STEP_SIZES,
    "D": SCALE,
    "*_token": LOOKUP,
    "*_tokens": LOOKUP,
    "query": LOOKUP,
    "latents": LOOKUP,
    "probe": LOOKUP,
    "image_newline": LOOKUP,
    "masked_spec_embed": LOOKUP,
    "*pos_embed*": LOOKUP,
    "*position*embedding*": LOOKUP,
    "class_embedding": LOOKUP,
    "relative_position_bias_table": LOOKUP,
    "rel_pos_[hw]": LOOKUP,
    "gamma": GATE,
    "gamma_[12]": GATE,
    "lambda*1": GATE,
    "lambda_2": GATE,
    "layer_scale*": GATE,
    "*scale": SCALE,
    "sinks": BIAS,
    "*bias": BIAS,
    "*bias_[uv]": BIAS,
}
"""By the name of a bare parameter, what it is; the first pattern that fits decides."""

LIBRARIES = (
    "transformers.models.*", "timm.models.*", "torchvision.models.*", "torch_geometric.nn.*",
)  # fmt: skip
REST = dict.fromkeys(LIBRARIES, (BARE, _by_name))
