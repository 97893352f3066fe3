"""How even attention's weights are, against the weights themselves."""

from __future__ import annotations

import math

import pytest

from .making import Encoder, LanguageModel, functional, nn, seeded, torch

from initlab.diagnosis.measuring import measure  # isort: skip

TOKENS = torch.randint(50, (6, 9), generator=torch.Generator().manual_seed(0))


def evenness(weights, allowed):
    """Return the mean entropy over that of equal weights, row by row."""
    found = []
    for row, places in zip(weights.reshape(-1, weights.shape[-1]).double(),
                           allowed.reshape(-1, weights.shape[-1]), strict=True):  # fmt: skip
        kept = row[places]
        if len(kept) > 1:
            kept = kept[kept > 0]
            found.append(float(-(kept * kept.log()).sum()) / math.log(int(places.sum())))
    return sum(found) / len(found)


def test_torchs_own_layer():
    model = seeded(lambda: Encoder(norm_first=False))
    found = measure(model, TOKENS).attention
    x = model.embedding(TOKENS)
    layer = model.blocks.layers[0].self_attn.eval()
    _, weights = layer(x, x, x, average_attn_weights=False)
    expected = evenness(weights.detach(), torch.ones_like(weights, dtype=torch.bool))
    assert found[0].name == "blocks.layers.0.self_attn"
    assert found[0].entropy.value == pytest.approx(expected, rel=1e-5)
    assert 0 < found[0].entropy.noise < 0.01


def test_masks_of_torchs_own_layer_are_no_choice():
    class Masked(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(50, 16)
            self.attention = nn.MultiheadAttention(16, 2, batch_first=True, dropout=0.5)

        def forward(self, tokens):
            x = self.embedding(tokens)
            mask = nn.Transformer.generate_square_subsequent_mask(tokens.shape[1])
            return self.attention(x, x, x, attn_mask=mask, is_causal=True, need_weights=False)[0]

    model = seeded(Masked)
    found = measure(model, TOKENS).attention[0].entropy.value
    x = model.embedding(TOKENS)
    mask = nn.Transformer.generate_square_subsequent_mask(9)
    _, weights = model.attention.eval()(x, x, x, attn_mask=mask, average_attn_weights=False)
    allowed = (mask == 0).expand(weights.shape)
    assert found == pytest.approx(evenness(weights.detach(), allowed), rel=1e-5)


@pytest.mark.parametrize("scale", [None, 1.0, 60.0])
def test_the_fused_function_and_a_softmax_written_out(scale):
    fused, written = (
        measure(seeded(lambda out=out: LanguageModel(scale, out)), TOKENS).attention
        for out in (False, True)
    )
    assert len(fused) == len(written) == 1
    assert fused[0].name == written[0].name == "LanguageModel"
    assert fused[0].entropy.value == pytest.approx(written[0].entropy.value, rel=1e-4)
    model = seeded(LanguageModel)
    q, k, _ = (one.view(6, 9, 4, 8).transpose(1, 2)
               for one in model.qkv(model.norm(model.embedding(TOKENS))).chunk(3, -1))  # fmt: skip
    allowed = torch.ones(9, 9, dtype=torch.bool).tril()
    scores = (q @ k.transpose(-1, -2) * (scale or 8**-0.5)).masked_fill(~allowed, -math.inf)
    expected = evenness(scores.softmax(-1).detach(), allowed.expand(scores.shape))
    assert fused[0].entropy.value == pytest.approx(expected, rel=1e-4)
    assert (expected < 0.5) == (scale == 60.0)


@pytest.mark.parametrize("masked", [-1e4, -1e9, torch.finfo(torch.float32).min])
def test_large_negative_numbers_mask_as_infinite_ones_do(masked):
    whole, other = (measure(seeded(lambda m=m: LanguageModel(None, True, m)), TOKENS).attention[0]
                    for m in (-math.inf, masked))  # fmt: skip
    assert other.entropy.value == pytest.approx(whole.entropy.value, rel=1e-6)


def test_a_softmax_of_class_scores_is_no_attention():
    class Scores(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding, self.head = nn.Embedding(50, 8), nn.Linear(8, 5)

        def forward(self, tokens):
            return functional.softmax(self.head(self.embedding(tokens)), dim=-1)

    assert measure(seeded(Scores), TOKENS).attention == ()
