"""Name of a recipe -> rules: how known models and papers initialize, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.initialization.rules import Rules, rules
from initlab.initializers.fan import Fan
from initlab.randomness import RandomSource
from initlab.validation import one_of

HERE = "initlab.initialization.recipes"
NORMAL = "normal(std=0.02)"
ENDS = "depth_scaled(std=0.02)"  # of the weights that end residual branches


@dataclass(frozen=True)
class Recipe:
    """One row.

    Attributes:
        rules: text of the rules.
        about: what it is for.
        source: paper or program.
        checked: how it was checked.
    """

    rules: str
    about: str
    source: str
    checked: str = "the rules' stds, numerically, on small models of these layers"


RECIPES: Mapping[str, Recipe] = {
    "gpt2": Recipe(
        f"{NORMAL}; role:residual={ENDS}; *.c_proj.weight={ENDS}",
        "decoder-only transformers: weights and embeddings 0.02, ends of residual branches divided "
        "by the square root of their number, biases 0",
        "Radford et al. (2019), sec. 2.3",
    ),
    "megatron": Recipe(
        f"{NORMAL}; role:residual={ENDS}; *.o_proj.weight={ENDS}; *.out_proj.weight={ENDS}; "
        f"*.down_proj.weight={ENDS}; *.dense_4h_to_h.weight={ENDS}; *.w2.weight={ENDS}",
        "the same for the names of Llama and Megatron",
        "Shoeybi et al. (2019), arXiv:1909.08053, sec. 4.2",
    ),
    "bert": Recipe(
        "bert_truncated_normal",
        "encoders: 0.02 before the cut at two stds, biases 0",
        "Devlin et al. (2018), arXiv:1810.04805; its program's truncated_normal_initializer",
    ),
    "small_init": Recipe(
        "small_init",
        "transformers: std sqrt(2 / (5 width)), for weights whose inputs are the width",
        "Nguyen and Salazar (2019), arXiv:1910.05895, eq. 7",
    ),
    "vit": Recipe(
        "glorot_uniform; *pos_embed*=normal(std=0.02); *cls_token*=0; *head.weight=0",
        "vision transformers: Glorot, positions 0.02, class token and head 0",
        "Dosovitskiy et al. (2020), arXiv:2010.11929; its program",
    ),
    "resnet": Recipe(
        "he_normal(mode='fan_out'); role:linear=default",
        "residual networks of convolutions, norms 1 and 0, the head as torch resets it",
        "He et al. (2015), arXiv:1502.01852; torchvision's resnet",
    ),
    "lora": Recipe(
        "keep; *lora_A*=variance_scaling(scale=0.333333333333, distribution=uniform); *lora_B*=0",
        "low-rank adapters: the first matrix uniform within 1 / sqrt(fan_in), the second 0, all "
        "else as it is",
        "Hu et al. (2021), arXiv:2106.09685, sec. 4.1; its program's kaiming_uniform_(a=sqrt(5))",
    ),
    "siren": Recipe(
        "siren_hidden; *bias=torch_default; *.0.weight=siren_first; *.0.*.weight=siren_first; "
        "first*.weight=siren_first",
        "sine networks with omega 30, whose first layer is number 0, or begins with 'first'",
        "Sitzmann et al. (2020), arXiv:2006.09661, sec. 3.2",
    ),
    "lstm_forget": Recipe(
        f"glorot_uniform; *weight_hh*=orthogonal; *bias_ih*={HERE}:forget_bias; *bias_hh*=0",
        "LSTM: recurrent weights orthogonal, forget gates open (bias 1)",
        "Gers et al. (2000); Jozefowicz et al. (2015), sec. 2.2",
    ),
}  # fmt: skip


def recipe(name: str) -> Rules:
    """Return the rules of a known model or paper; ``initlab.recipes()`` lists them.

    A recipe is a set of rules like any other: ``str`` shows them, and ``initlab.rules(recipe,
    default=...)`` changes the default. In a text it is ``recipe:gpt2``.

    Args:
        name: gpt2, megatron, bert, small_init, vit, resnet, lora, siren or lstm_forget.

    Raises:
        ArgumentError: there is no such recipe.

    Example:
        >>> str(recipe("bert"))
        'bert_truncated_normal'
    """
    return rules(RECIPES[one_of("recipe", name, tuple(RECIPES))].rules)


def recipes() -> list[dict[str, Any]]:
    """Return the recipes as rows: name, rules, what they are for, source, how they were checked.

    Example:
        >>> [row["name"] for row in recipes() if "adapters" in row["about"]]
        ['lora']
    """
    return [{"name": name, **vars(one)} for name, one in sorted(RECIPES.items())]


def forget_bias(
    shape: tuple[int, ...], fan: Fan | None, generator: RandomSource
) -> NDArray[np.float64]:  # fmt: skip
    """Return the bias of an LSTM, gates i, f, g and o: 1 for the forget gates, else 0."""
    bias = np.zeros(shape)
    width = shape[0] // 4
    bias[width : 2 * width] = 1
    return bias
