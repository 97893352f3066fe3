"""Name of a recipe -> rules: how known models and papers initialize, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.errors import invalid_argument
from initlab.initialization.rules import Rules, rules
from initlab.initializers.fan import Fan
from initlab.initializers.spec import recipe_call
from initlab.randomness import RandomSource
from initlab.validation import finite_number, one_of

HERE = "initlab.initialization.recipes"
NORMAL = "normal(std=0.02)"
ENDS = "depth_scaled(std=0.02)"  # of the weights that end residual branches


@dataclass(frozen=True)
class Recipe:
    """One row.

    Attributes:
        rules: text of the rules; "{width}" stands for an argument, "{one_over_width}" and
            "{root_over_width}" for 1/width and 1/√width.
        about: what it is for.
        source: paper or program.
        checked: how it was checked.
        arguments: what the model's shapes do not say, and the usual values.
    """

    rules: str
    about: str
    source: str
    checked: str = (
        "initlab's tests initialize small models with these rules and check stds or values of "
        "parameters"
    )
    arguments: Mapping[str, float] = field(default_factory=dict)

    def text(self, given: Mapping[str, Any], where: str) -> str:
        """Return the rules with these arguments, the usual ones where they are left out."""
        for name, value in given.items():
            if not self.arguments:
                hint = "The recipe takes no arguments."
                raise invalid_argument(name, "left out", value, where=where, hint=hint)
            one_of("argument", name, tuple(self.arguments), where=where)
            finite_number(name, value, above=0, where=where)
        named = {**self.arguments, **given}
        inverse = {f"one_over_{name}": f"{1 / value:.12g}" for name, value in named.items()}
        roots = {f"root_over_{name}": f"{value**-0.5:.12g}" for name, value in named.items()}
        shown = {name: f"{value:.12g}" for name, value in named.items()}
        return self.rules.format(**shown, **inverse, **roots)


RECIPES: Mapping[str, Recipe] = {
    "gpt2": Recipe(
        f"{NORMAL}; role:residual={ENDS}; *.c_proj.weight={ENDS}",
        "decoder-only transformers: normal numbers, with std 0.02/√(number of residual branches) "
        "for the last weight of each branch and std 0.02 for embeddings and all other weights; "
        "biases 0",
        "Radford et al. (2019), sec. 2.3",
    ),
    "megatron": Recipe(
        f"{NORMAL}; role:residual={ENDS}; *.o_proj.weight={ENDS}; *.out_proj.weight={ENDS}; "
        f"*.down_proj.weight={ENDS}; *.dense_4h_to_h.weight={ENDS}; *.w2.weight={ENDS}",
        "the rules of the recipe gpt2, for the layer names of Llama and Megatron",
        "Shoeybi et al. (2019), arXiv:1909.08053, sec. 4.2",
    ),
    "bert": Recipe(
        "bert_truncated_normal",
        "transformer encoders: normal numbers, truncated at ±2 stds (std 0.02 before the "
        "truncation, 0.0176 after it); biases 0",
        "Devlin et al. (2018), arXiv:1810.04805; truncated_normal_initializer in the authors' code",
    ),
    "small_init": Recipe(
        "small_init",
        "transformers: normal numbers with std √(2 / (5 fan_in)); the paper uses the width of the "
        "model instead of fan_in",
        "Nguyen and Salazar (2019), arXiv:1910.05895, eq. 7",
    ),
    "vit": Recipe(
        "glorot_uniform; *pos_embed*=normal(std=0.02); *position_embed*=normal(std=0.02); "
        "*cls_token*=0; *class_token*=0; *head.weight=0; *classifier.weight=0",
        "vision transformers: glorot_uniform for weights, normal numbers with std 0.02 for "
        "position embeddings; the class token, the head and biases are 0",
        "Dosovitskiy et al. (2020), arXiv:2010.11929; the authors' code",
    ),
    "resnet": Recipe(
        "he_normal(mode='fan_out'); role:linear=default",
        "convolutional residual networks: he_normal with fan_out for convolutions, weights 1 "
        "and biases 0 for norms, PyTorch's default for the head",
        "He et al. (2015), arXiv:1502.01852; torchvision's resnet",
    ),
    "lora": Recipe(
        "keep; *lora_A*=variance_scaling(scale=0.333333333333, distribution=uniform); *lora_B*=0",
        "low-rank adapters: the numbers of the first matrix (lora_A) are uniform within "
        "±1/√fan_in, those of the second (lora_B) are 0; all other parameters are unchanged",
        "Hu et al. (2021), arXiv:2106.09685, sec. 4.1; kaiming_uniform_(a=sqrt(5)) in the code",
    ),
    "siren": Recipe(
        "siren_hidden; role:first=siren_first; role:bias=torch_default",
        "networks whose layers compute sin(30 (W x + b)): siren_first for the weight of the layer "
        "that is computed first, siren_hidden for all other weights, PyTorch's default for biases",
        "Sitzmann et al. (2020), arXiv:2006.09661, sec. 3.2",
    ),
    "t5": Recipe(
        "lecun_normal; *.q.weight=variance_scaling(scale={one_over_head}); role:embedding=normal; "
        "*relative_attention_bias.weight=normal(std={root_over_width}); *lm_head.weight=normal",
        "encoder-decoder transformers that do not divide attention scores by √d, where d is the "
        "size of an attention head: std 1/√(width × d) for query weights, std 1 for embeddings and "
        "the output layer (lm_head), std 1/√width for relative position biases, std 1/√fan_in for "
        "all other weights",
        "Raffel et al. (2020), arXiv:1910.10683; transformers' T5PreTrainedModel",
        arguments={"width": 512, "head": 64},
    ),
    "olmo": Recipe(
        "mitchell_in; role:embedding=mitchell_embedding; role:residual=mitchell_out; "
        "*blocks.*.attn_out.weight=mitchell_out; *blocks.*.ff_out.weight=mitchell_out; "
        "*layers.*.o_proj.weight=mitchell_out; *layers.*.down_proj.weight=mitchell_out",
        "decoder-only transformers: normal numbers, truncated at ±3 stds; the std before the "
        "truncation is 1/√width for embeddings, 1/√(2 fan_in (layer + 1)) for the last weight of "
        "each residual branch, where layer is the number of its layer, counted from 0, and "
        "1/√fan_in for all other weights",
        "Groeneveld et al. (2024), OLMo, arXiv:2402.00838; init_fn mitchell in the authors' code",
    ),
    "tfixup": Recipe(
        "glorot_uniform; role:embedding=tfixup_embedding; *in_proj_weight=tfixup_packed; "
        "*[vo]*_proj.weight=tfixup; *fc[12].weight=tfixup; *linear[12].weight=tfixup; "
        "*decoder*in_proj_weight=tfixup_packed(side=decoder); "
        "*decoder*[vo]*_proj.weight=tfixup(side=decoder); "
        "*decoder*fc[12].weight=tfixup(side=decoder); "
        "*decoder*linear[12].weight=tfixup(side=decoder)",
        "transformers without norms that are trained without warm-up of the learning rate and "
        "name their parameters as torch or BART does: embeddings are normal numbers with std "
        "(9 L)^(-1/4)/√width, where L is the number of layers; all other weights are drawn by "
        "glorot_uniform, and the weights of values, attention outputs and feed-forward layers are "
        "then multiplied by 0.67 L^(-1/4) in an encoder of L layers and by (9 L)^(-1/4) in a "
        "decoder of L layers",
        "Huang et al. (2020), Improving Transformer Optimization Through Better Initialization",
    ),
    "fixup": Recipe(
        "fixup; role:bias=0; role:gate=1; role:residual=0; role:head=0",
        "residual networks without norms: biases, the head and the last weight of each residual "
        "branch are 0, scalar factors are 1; all other weights are drawn by he_normal, and those "
        "in a branch are then multiplied by B^(-1/(2 m - 2)), where B is the number of branches "
        "and m the number of layers with weights in the branch",
        "Zhang, Dauphin and Ma (2019), arXiv:1901.09321, sec. 4",
    ),
    "skipinit": Recipe(
        "he_normal; role:gate=0",
        "residual networks without norms in which a scalar factor multiplies each branch: these "
        "factors are 0, all weights are drawn by he_normal",
        "De and Smith (2020), arXiv:2002.10444; also Bachlechner et al. (2020), ReZero, "
        "arXiv:2003.04887",
    ),
    "chrono": Recipe(
        "glorot_uniform; *weight_hh*=orthogonal; *bias_ih*=chrono(longest={longest}); *bias_hh*=0",
        "LSTM on sequences with dependencies across up to `longest` time steps",
        "Tallec and Ollivier (2018), arXiv:1804.11188",
        arguments={"longest": 100},
    ),
    "lstm_forget": Recipe(
        f"glorot_uniform; *weight_hh*=orthogonal; *bias_ih*={HERE}:forget_bias; *bias_hh*=0",
        "LSTM: orthogonal recurrent weights; bias 1 for the forget gates, so that they start "
        "mostly open",
        "Gers et al. (2000); Jozefowicz et al. (2015), sec. 2.2",
    ),
}  # fmt: skip


def recipe(name: str, **arguments: float) -> Rules:
    """Return the rules of a known model or paper; ``initlab.recipes()`` lists them.

    A recipe is a set of rules like any other: ``str`` shows them, and ``initlab.rules(recipe,
    default=...)`` changes the default. In a text it is ``recipe:gpt2``, with arguments
    ``recipe:t5(width=768)``, and rules may follow.

    Args:
        name: bert, chrono, fixup, gpt2, lora, lstm_forget, megatron, olmo, resnet, siren,
            skipinit, small_init, t5, tfixup or vit.
        arguments: what the shapes of a model do not say: width and head (the width of one) of t5,
            longest of chrono.

    Raises:
        ArgumentError: there is no such recipe, or it has no such argument.

    Example:
        >>> str(recipe("bert"))
        'bert_truncated_normal'
    """
    row = RECIPES[one_of("recipe", name, tuple(RECIPES))]
    return rules(row.text(arguments, f"recipe {name}"))


def named_recipe(text: str) -> Rules:
    """Return the recipe that a text such as "t5(width=768)" names."""
    name, arguments = recipe_call(text)
    return recipe(name, **arguments)


def recipes() -> list[dict[str, Any]]:
    """Return the recipes as rows: name, rules, what they are for, source, how they were checked.

    Example:
        >>> [row["name"] for row in recipes() if "adapters" in row["about"]]
        ['lora']
    """
    return [
        {"name": name, **vars(one), "rules": one.text({}, name)}
        for name, one in sorted(RECIPES.items())
    ]


def forget_bias(
    shape: tuple[int, ...], fan: Fan | None, generator: RandomSource
) -> NDArray[np.float64]:  # fmt: skip
    """Return the bias of an LSTM, gates i, f, g and o: 1 for the forget gates, else 0."""
    bias = np.zeros(shape)
    width = shape[0] // 4
    bias[width : 2 * width] = 1
    return bias
