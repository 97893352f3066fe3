"""Tables that are looked up by rows; d, the width of a row, is their fan_out."""

from __future__ import annotations

import math

from initlab.initializers.distributions import Normal, TruncatedNormal, Uniform
from initlab.initializers.entry import NUMERICALLY, REFERENCE, TABLES, Entry
from initlab.initializers.fan import Fan
from initlab.initializers.methods.scaling import count, moderate, scaled_normal
from initlab.initializers.methods.transformer import mitchell
from initlab.initializers.registry import enter_family

WIDTH = (
    "In the formula, d is fan_out, the number of entries in a row. In nn.Embedding, d is "
    "embedding_dim. initlab.initialize takes d from the layer."
)


def embedding_unit(fan: Fan) -> Normal:
    """Return N(0, 1), torch's own embedding."""
    return Normal(mean=0.0, std=1.0)


def embedding_normal(fan: Fan, *, gain: float = 1.0) -> Normal:
    """Return N(0, gain²/d): rows of length about ``gain``.

    Example:
        >>> embedding_normal(Fan(1, 64)).std
        0.125
    """
    checked = moderate("gain", gain, where="embedding_normal")
    return scaled_normal(checked * checked, fan.fan_out)


def fasttext_uniform(fan: Fan) -> Uniform:
    """Return the uniform distribution on ± 1/d."""
    return Uniform(low=-1 / fan.fan_out, high=1 / fan.fan_out)


def word2vec_uniform(fan: Fan) -> Uniform:
    """Return the uniform distribution on ± 1/(2d)."""
    return Uniform(low=-0.5 / fan.fan_out, high=0.5 / fan.fan_out)


def pair_uniform(fan: Fan) -> Uniform:
    """Return the uniform distribution on ± 6/√d.

    Example:
        >>> pair_uniform(Fan(1, 36)).high
        1.0
    """
    bound = 6 / math.sqrt(fan.fan_out)
    return Uniform(low=-bound, high=bound)


def mitchell_embedding(fan: Fan) -> TruncatedNormal:
    """Return N(0, 1/d) cut at 3 stds, uncorrected."""
    return mitchell(fan.fan_out)


def tfixup_embedding(fan: Fan, *, layers: int) -> Normal:
    """Return N(0, 1/d) times (9 layers)^(-1/4).

    Example:
        >>> tfixup_embedding(Fan(1, 64), layers=144).std  # 1/8 / 6
        0.020833333333333332
    """
    return scaled_normal((9 * count("layers", layers, where="tfixup_embedding")) ** -0.5,
                         fan.fan_out)  # fmt: skip


enter_family(TABLES, [
    Entry(
        name="embedding_unit", function=embedding_unit,
        formula="W ~ N(0, 1)",
        source="PyTorch, Embedding.reset_parameters",
        use="embeddings that are not tied to the output layer, with or without a normalization "
        "layer after the embedding",
        avoid="embeddings of width d that are tied to the output layer: if the hidden states have "
        "std 1, the logits have std √d, and the loss before training is large",
        checked=REFERENCE,
    ),
    Entry(
        name="embedding_normal", function=embedding_normal,
        formula="W ~ N(0, gain²/d)",
        source="Vaswani et al. (2017), arXiv:1706.03762, sec. 3.4 (where the rows are "
        "multiplied by √d)",
        use="embeddings tied to the output layer",
        avoid="embeddings that are added to position embeddings of std 1, unless the model first "
        "multiplies the rows by √d",
        checked=NUMERICALLY, note=WIDTH,
    ),
    Entry(
        name="word2vec_uniform", function=word2vec_uniform,
        formula="W ~ U(±1/(2d))",
        source="Mikolov et al. (2013), word2vec's code",
        use="word vectors that are trained without a deep network",
        avoid="embeddings at the input of a deep network: the norm of a row is only 1/√(12 d)",
        checked=NUMERICALLY, note=WIDTH,
    ),
    Entry(
        name="fasttext_uniform", function=fasttext_uniform,
        formula="W ~ U(±1/d)",
        source="Bojanowski et al. (2017), arXiv:1607.04606; fastText's code",
        use="word vectors that are trained without a deep network",
        avoid="embeddings at the input of a deep network: the norm of a row is only 1/√(3 d)",
        checked=NUMERICALLY, note=WIDTH,
    ),
    Entry(
        name="transe_uniform", function=pair_uniform,
        formula="W ~ U(±6/√d)",
        source="Bordes et al. (2013), Translating embeddings, alg. 1",
        use="embeddings of the entities and relations of a knowledge graph in a model such as "
        "TransE, which scales the entities' rows to norm 1 at every training step",
        avoid="embeddings at the input of a deep network: the entries have std √(12/d), while "
        "embedding_unit gives them std 1 for every d",
        checked=NUMERICALLY, note=WIDTH,
    ),
    Entry(
        name="mitchell_embedding", function=mitchell_embedding,
        formula="W ~ N(0, 1/d) truncated at ±3/√d",
        source="Groeneveld et al. (2024), OLMo, arXiv:2402.00838; its code",
        use="embeddings of transformers whose other weights are drawn by mitchell_in and "
        "mitchell_out; the embeddings may be tied to the output layer",
        avoid="embeddings that are added to position embeddings of std 1",
        checked=NUMERICALLY, note=WIDTH,
    ),
    Entry(
        name="tfixup_embedding", function=tfixup_embedding,
        formula="W ~ (9 layers)^(-1/4) N(0, 1/d)",
        source="Huang et al. (2020), T-Fixup",
        use="embeddings of transformers without normalization whose other weights are drawn as in "
        "recipe:tfixup",
        avoid="embeddings before a normalization layer",
        checked=NUMERICALLY, note=WIDTH,
    ),
])  # fmt: skip
