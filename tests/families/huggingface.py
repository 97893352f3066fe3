"""Models of the library transformers, from tiny configurations: nothing is downloaded."""

from __future__ import annotations

import os
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import transformers

transformers.logging.set_verbosity_error()

VOCABULARY, CLASSES = 100, 10
TEXT = {"vocab_size": VOCABULARY, "hidden_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 2, "intermediate_size": 64, "max_position_embeddings": 16,
        "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": None}  # fmt: skip
PICTURES = {"num_labels": CLASSES, "image_size": 32}


def gpt2():
    return transformers.GPT2LMHeadModel(transformers.GPT2Config(
        vocab_size=VOCABULARY, n_embd=32, n_layer=2, n_head=2, n_positions=16, bos_token_id=0,
        eos_token_id=0,
    ))  # fmt: skip


def bert():
    return transformers.BertForMaskedLM(transformers.BertConfig(**{**TEXT, "pad_token_id": 0}))


def llama():
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**TEXT, num_key_value_heads=1))


def t5():
    return transformers.T5ForConditionalGeneration(transformers.T5Config(
        vocab_size=VOCABULARY, d_model=32, d_kv=16, d_ff=64, num_layers=2, num_heads=2,
        decoder_start_token_id=0,
    ))  # fmt: skip


def vit():
    return transformers.ViTForImageClassification(transformers.ViTConfig(
        **PICTURES, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, patch_size=8,
    ))  # fmt: skip


def mamba():
    return transformers.MambaForCausalLM(transformers.MambaConfig(
        vocab_size=VOCABULARY, hidden_size=32, state_size=8, num_hidden_layers=2,
        bos_token_id=0, eos_token_id=0, pad_token_id=0,
    ))  # fmt: skip


def mixtral():
    return transformers.MixtralForCausalLM(transformers.MixtralConfig(
        **TEXT, num_key_value_heads=1, num_local_experts=4,
    ))  # fmt: skip


def resnet():
    return transformers.ResNetForImageClassification(transformers.ResNetConfig(
        num_labels=CLASSES, embedding_size=16, hidden_sizes=[16, 32, 32, 64], depths=[1, 1, 1, 1],
    ))  # fmt: skip


def convnext():
    return transformers.ConvNextForImageClassification(transformers.ConvNextConfig(
        **PICTURES, hidden_sizes=[16, 32, 32, 64], depths=[1, 1, 1, 1],
    ))  # fmt: skip


def swin():
    return transformers.SwinForImageClassification(transformers.SwinConfig(
        **PICTURES, patch_size=4, embed_dim=16, depths=[1, 1], num_heads=[2, 2], window_size=4,
    ))  # fmt: skip
