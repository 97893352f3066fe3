"""Small modules that the tests of the diagnosis measure."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn
functional = nn.functional


def drawn(*shape, seed=0, dtype=torch.float32):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def classes(count, samples, seed=0):
    return torch.randint(count, (samples,), generator=torch.Generator().manual_seed(seed))


def seeded(make, seed=0):
    """Return what a function makes, its numbers drawn from a seed; global generators stay."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make()


def entry(found, name):
    """Return what was measured of the first use of a layer."""
    return next(one for one in found.layers if one.name == name)


def parts(found, **wanted):
    """Return the reasons why something is not measured, by what."""
    return {one.what: one for one in found.not_measured}


class Encoder(nn.Module):
    """A transformer over tokens, by torch's own layers."""

    def __init__(self, norm_first=True, batch_first=True):
        super().__init__()
        self.embedding = nn.Embedding(50, 32)
        layer = nn.TransformerEncoderLayer(
            32, 4, 64, batch_first=batch_first, norm_first=norm_first
        )
        self.blocks = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(32, 5)
        self.axis = 1 if batch_first else 0

    def forward(self, tokens):
        x = self.embedding(tokens)
        x = x if self.axis else x.transpose(0, 1)
        return self.head(self.blocks(x).mean(self.axis))


class LanguageModel(nn.Module):
    """One block of attention by the fused function; the head is tied to the embedding."""

    def __init__(self, scale=None, written_out=False, masked=float("-inf")):
        super().__init__()
        self.embedding = nn.Embedding(50, 32)
        self.norm = nn.LayerNorm(32)
        self.qkv, self.out = nn.Linear(32, 96), nn.Linear(32, 32)
        self.head = nn.Linear(32, 50, bias=False)
        self.head.weight = self.embedding.weight
        self.scale, self.written_out, self.masked = scale, written_out, masked

    def forward(self, tokens):
        x = self.embedding(tokens)
        q, k, v = (
            one.view(*tokens.shape, 4, 8).transpose(1, 2)
            for one in self.qkv(self.norm(x)).chunk(3, -1)
        )
        if self.written_out:
            scores = q @ k.transpose(-1, -2) * (self.scale or 8**-0.5)
            mask = torch.ones(tokens.shape[1], tokens.shape[1], dtype=torch.bool).tril()
            weights = scores.masked_fill(~mask, self.masked).softmax(dim=-1)
            found = functional.dropout(weights, 0.1, self.training) @ v
        else:
            found = functional.scaled_dot_product_attention(
                q, k, v, is_causal=True, scale=self.scale, dropout_p=0.1 if self.training else 0.0
            )
        return self.head(x + self.out(found.transpose(1, 2).reshape(x.shape)))


class Recurrent(nn.Module):
    """An LSTM of which the last state alone is used."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(7, 16, 2, dropout=0.3)
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        _, (h, _) = self.lstm(x.transpose(0, 1))
        return self.head(h[-1])


class LowRank(nn.Module):
    """A frozen layer with a low-rank addition that begins at 0."""

    def __init__(self):
        super().__init__()
        self.base, self.head = nn.Linear(8, 8), nn.Linear(8, 3)
        self.base.requires_grad_(False)
        self.head.requires_grad_(False)
        self.a, self.b = nn.Parameter(torch.randn(2, 8)), nn.Parameter(torch.zeros(8, 2))

    def forward(self, x):
        return self.head(torch.relu(self.base(x) + x @ self.a.T @ self.b.T))


class AdaptiveZero(nn.Module):
    """A block behind a gate that begins at 0, and a head that does: adaLN-zero."""

    def __init__(self):
        super().__init__()
        self.inputs, self.modulation = nn.Linear(8, 16), nn.Linear(8, 32)
        self.inside, self.head = nn.Linear(16, 16), nn.Linear(16, 4)
        self.norm = nn.LayerNorm(16, elementwise_affine=False)
        for layer in (self.modulation, self.head):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x, c):
        h = self.inputs(x)
        scale, gate = self.modulation(functional.silu(c)).chunk(2, -1)
        return self.head(h + gate * self.inside(self.norm(h) * (1 + scale)))


class OwnLoss(nn.Module):
    """A model that makes its own loss of labels, and returns a mapping."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(8, 5)

    def forward(self, x, labels=None):
        logits = self.layer(x)
        found = {"logits": logits}
        if labels is not None:
            found["loss"] = functional.cross_entropy(logits, labels)
        return found
