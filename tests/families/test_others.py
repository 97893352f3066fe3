"""More models of transformers, each with something that the sixteen families lack."""

from __future__ import annotations

import pytest

import initlab

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
pytest.importorskip(
    "transformers", reason="the extra initlab[families] builds these models", exc_type=ImportError
)


from .huggingface import CLASSES, TEXT, VOCABULARY, transformers  # noqa: E402

TOKENS = torch.randint(1, VOCABULARY, (2, 16), generator=torch.Generator().manual_seed(0))
PICTURES = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
VISION = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
          "intermediate_size": 64, "image_size": 32, "patch_size": 8}  # fmt: skip
EXPERTS = {"num_key_value_heads": 1, "num_experts": 4, "num_experts_per_tok": 2,
           "moe_intermediate_size": 32, "shared_expert_intermediate_size": 32}  # fmt: skip
PADDED = {**TEXT, "pad_token_id": 0}
SPECIAL = {"bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}
PAIRS = {"input_ids": TOKENS, "pixel_values": PICTURES}

# name of its class -> settings, inputs, endings of what is kept, number of residual branches' ends
MODELS = {
    "WhisperForConditionalGeneration": (
        {"vocab_size": VOCABULARY, "d_model": 32, "encoder_layers": 2, "decoder_layers": 2,
         "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 64,
         "decoder_ffn_dim": 64, "num_mel_bins": 8, "max_source_positions": 16,
         "max_target_positions": 32, "decoder_start_token_id": 1, "suppress_tokens": None,
         "begin_suppress_tokens": None, **SPECIAL},
        {"input_features": torch.randn(2, 8, 32), "decoder_input_ids": TOKENS}, (), 10,
    ),
    "CLIPModel": (
        {"text_config": PADDED, "vision_config": VISION, "projection_dim": 16}, PAIRS,
        ("logit_scale",), 8,
    ),
    "SiglipModel": (
        {"text_config": PADDED, "vision_config": VISION}, PAIRS, ("logit_scale",), 9
    ),
    "DebertaV2ForMaskedLM": (
        {**PADDED, "relative_attention": True, "pos_att_type": ["c2p", "p2c"]},
        {"input_ids": TOKENS}, (), 4,
    ),
    "Qwen2MoeForCausalLM": ({**PADDED, **EXPERTS}, {"input_ids": TOKENS}, (), None),
    "GptOssForCausalLM": (
        {**PADDED, "num_key_value_heads": 1, "num_local_experts": 4, "head_dim": 16},
        {"input_ids": TOKENS}, (), 4,
    ),
    "GemmaForCausalLM": (
        {**PADDED, "num_key_value_heads": 1, "head_dim": 16}, {"input_ids": TOKENS}, (), 4
    ),
    "OPTForCausalLM": (
        {"vocab_size": VOCABULARY, "hidden_size": 32, "num_hidden_layers": 2, "ffn_dim": 64,
         "num_attention_heads": 2, "max_position_embeddings": 32, "word_embed_proj_dim": 32,
         **SPECIAL, "pad_token_id": 1},
        {"input_ids": TOKENS}, (), 4,
    ),
    "BloomForCausalLM": (
        {"vocab_size": VOCABULARY, "hidden_size": 32, "n_layer": 2, "n_head": 2, **SPECIAL},
        {"input_ids": TOKENS}, (), None,
    ),
    "FalconForCausalLM": (
        {"vocab_size": VOCABULARY, "hidden_size": 32, "num_hidden_layers": 2,
         "num_attention_heads": 2, **SPECIAL},
        {"input_ids": TOKENS}, (), 4,
    ),
    "SegformerForSemanticSegmentation": (
        {"num_encoder_blocks": 2, "depths": [1, 1], "sr_ratios": [2, 1], "hidden_sizes": [16, 32],
         "patch_sizes": [3, 3], "strides": [2, 2], "num_attention_heads": [1, 2],
         "mlp_ratios": [2, 2], "decoder_hidden_size": 32, "num_labels": CLASSES},
        {"pixel_values": PICTURES}, (), 4,
    ),
    "Dinov2ForImageClassification": (
        {**{k: v for k, v in VISION.items() if k != "intermediate_size"}, "num_labels": CLASSES},
        {"pixel_values": PICTURES}, ("lambda1", "mask_token"), 4,
    ),
    "Mamba2ForCausalLM": (
        {"vocab_size": VOCABULARY, "hidden_size": 32, "state_size": 8, "num_hidden_layers": 2,
         "head_dim": 16, "num_heads": 4, "n_groups": 1, **SPECIAL},
        {"input_ids": TOKENS}, ("A_log", "dt_bias"), 2,
    ),
    "ConvNextV2ForImageClassification": (
        {"hidden_sizes": [16, 32, 32, 64], "depths": [1, 1, 1, 1], "num_labels": CLASSES,
         "image_size": 32},
        {"pixel_values": PICTURES}, (), 4,
    ),
    "XLNetLMHeadModel": (
        {"vocab_size": VOCABULARY, "d_model": 32, "n_layer": 2, "n_head": 2, "d_inner": 64,
         **SPECIAL},
        {"input_ids": TOKENS}, (), 4,
    ),
}  # fmt: skip
ASKED = {"XLNetLMHeadModel": ("mask_emb", "seg_embed")}  # not used on these inputs


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("name", MODELS)
def test_auto_sets_it_whole_keeps_what_was_chosen_and_its_outputs_are_finite(name):
    settings, inputs, kept, branches = MODELS[name]
    kind = getattr(transformers, name)
    torch.manual_seed(0)
    model = kind(kind.config_class(**settings)).eval()
    report = initlab.initialize(model, "auto", seed=0, data=inputs)
    for row in report.rows:
        asked = row.name.endswith(ASKED.get(name, ("nothing",)))
        done = ("not recognised",) if asked else ("set", "tied", "frozen", "kept")
        assert row.done in done, row
        if row.done == "kept":
            assert row.name.endswith(kept), row
            said = ("chosen by the model's author: each ", "set by the model's own code (")
            assert row.note.startswith(said)
    assert all(any(one.endswith(end) for one in report.names("kept")) for end in kept)
    with torch.no_grad():
        outputs = model(**inputs)
    assert all(bool(one.isfinite().all()) for one in outputs.to_tuple() if torch.is_tensor(one))
    found = initlab.anatomy(model, inputs)
    if branches is not None:
        assert sum(layer.residual for layer in found.layers) == branches


def test_a_norm_that_multiplies_by_1_and_its_weight_is_neutral_after():
    settings = {**PADDED, "num_key_value_heads": 1, "head_dim": 16}
    model = transformers.GemmaForCausalLM(transformers.GemmaConfig(**settings))
    for norm in (one for one in model.modules() if type(one).__name__ == "GemmaRMSNorm"):
        norm.weight.data.uniform_()  # as a trained one's
    report = initlab.initialize(model, "he_normal", seed=0)
    assert report["model.norm.weight"].law == "0"
    x = torch.randn(3, 32)
    assert model.model.norm(x).square().mean(-1).tolist() == pytest.approx([1] * 3, rel=1e-3)
