"""The sixteen families: how each is built, a batch, its first loss, and what is expected of it."""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass, field

import pytest
import torch
from torch.nn import functional

import initlab
from initlab.initialization.case import parse_init, rules_of

GENERATOR = torch.Generator().manual_seed(0)
TOKENS = torch.randint(1, 100, (8, 16), generator=GENERATOR)
PICTURES = torch.randn(8, 3, 32, 32, generator=GENERATOR)
NOISE = torch.randn(8, 16, 1, 1, generator=GENERATOR)
PLACES = torch.rand(200, 2, generator=GENERATOR) * 2 - 1
OURS, HUGGING_FACE = "ours", "huggingface"


@dataclass(frozen=True)
class Family:
    """One family.

    Attributes:
        build: name of the function or class that builds it.
        module: of which module of this folder.
        data: a batch of its inputs.
        recipe: the recipe that fits.
        kept: endings of the names that are kept, and a part of the reason.
        asked: endings of the names that are asked for.
        axes: what answers that.
        tied: pairs of names of the same numbers.
        classes: of the head's outputs; None where the first loss is not that of a guess.
        recipe_guesses: whether the recipe makes the head small.
    """

    build: str
    module: str
    data: object
    recipe: str
    kept: dict[str, str] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    axes: dict | None = None
    tied: tuple[tuple[str, str], ...] = ()
    classes: int | None = 10
    recipe_guesses: bool = True

    def made(self, seed=0):
        """Return the model, in evaluation mode: no dropout."""
        torch.manual_seed(seed)
        return self.built().eval()

    def built(self):
        """Return the model, drawn from the global generator as it is."""
        if self.module == HUGGING_FACE:
            pytest.importorskip(
                "transformers", reason="the extra initlab[families] builds these models",
                exc_type=ImportError,
            )  # fmt: skip
        return getattr(importlib.import_module(f"{__package__}.{self.module}"), self.build)()

    def initialized(self, model, spec, **arguments):
        """Return the report of a spec, or of the recipe that fits."""
        rules = rules_of(parse_init(f"recipe:{self.recipe}" if spec == "recipe" else spec))
        if self.asked or rules.by_place:
            arguments["data"] = self.data
        return initlab.initialize(model, rules, **{"seed": 0, **arguments})

    def outputs(self, model):
        """Return the outputs of a batch, classes last."""
        with torch.no_grad():
            found = model(**self.data) if isinstance(self.data, dict) else model(self.data)
        found = getattr(found, "logits", found)
        return found.movedim(1, -1) if found.dim() == 4 else found

    def loss(self, model):
        """Return the loss on labels drawn at random, and that of guessing."""
        scores = self.outputs(model).reshape(-1, self.classes)
        if self.classes == 1:
            labels = torch.rand(scores.shape, generator=torch.Generator().manual_seed(1)).round()
            loss = functional.binary_cross_entropy_with_logits(scores, labels)
            return loss.item(), math.log(2)
        generator = torch.Generator().manual_seed(1)
        labels = torch.randint(self.classes, (len(scores),), generator=generator)
        return functional.cross_entropy(scores, labels).item(), math.log(self.classes)


def _text(build, recipe, **expected):
    return Family(build, HUGGING_FACE, {"input_ids": TOKENS}, recipe, classes=100, **expected)


def _pictures(build, recipe, **expected):
    return Family(build, HUGGING_FACE, {"pixel_values": PICTURES}, recipe, **expected)


FAMILIES = {
    "GPT-2": _text("gpt2", "gpt2", tied=(("transformer.wte.weight", "lm_head.weight"),)),
    "BERT": _text("bert", "bert", tied=(
        ("bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight"),
        ("cls.predictions.bias", "cls.predictions.decoder.bias"),
    )),
    "Llama": _text("llama", "megatron"),
    "T5": Family(
        "t5", HUGGING_FACE, {"input_ids": TOKENS, "decoder_input_ids": TOKENS},
        "t5(width=32, head=16)", classes=100, recipe_guesses=False,
        tied=(("shared.weight", "encoder.embed_tokens.weight"),
              ("shared.weight", "decoder.embed_tokens.weight"),
              ("shared.weight", "lm_head.weight")),
    ),
    "ViT": _pictures("vit", "vit"),
    "Mamba": _text(
        "mamba", "gpt2", kept={"A_log": "decay rates", "dt_proj.bias": "step size"},
        tied=(("backbone.embeddings.weight", "lm_head.weight"),),
    ),
    "Mixtral": _text("mixtral", "megatron"),
    "ResNet": _pictures("resnet", "resnet"),
    "ConvNeXt": _pictures("convnext", "bert", kept={"layer_scale_parameter": "number is 1e-06"}),
    "Swin": _pictures("swin", "bert", kept={"relative_position_bias_table": "number is 0"}),
    "NF-ResNet": Family(
        "NormFreeResNet", OURS, PICTURES, "resnet",
        kept={"skip_gain": "number is 0", ".gain": "number is 1"},
    ),
    "U-Net": Family("UNet", OURS, PICTURES, "resnet", classes=2, recipe_guesses=False),
    "GAN": Family("GAN", OURS, NOISE, "bert", classes=1),
    "MoE": Family(
        "MixtureOfExperts", OURS, TOKENS, "gpt2", asked=("positions",),
        # where a sample shows that it is a table
        kept={"positions": "chosen by the model's author: each number is 0"},
        axes={"positions": "table"}, classes=100,
    ),
    "SIREN": Family("Siren", OURS, PLACES, "siren", classes=None),
    "LSTM tagger": Family("Tagger", OURS, TOKENS, "lstm_forget", classes=7),
}  # fmt: skip
