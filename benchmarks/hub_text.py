"""Small models of KerasHub that read text or sound: each backbone in two layers or so."""

from __future__ import annotations

from typing import Any

from hub_parts import Part, Small

_SIZES: dict[str, Any] = {
    "vocabulary_size": 24,
    "num_layers": 2,
    "hidden_dim": 16,
    "intermediate_dim": 32,
}
_HEADS = {**_SIZES, "num_heads": 2}
_SHORT = {**_HEADS, "max_sequence_length": 24}
_GROUPED = {**_SIZES, "num_query_heads": 4, "num_key_value_heads": 2}
GEMMA = {**_GROUPED, "head_dim": 8}
GEMMA_EXTRAS = {
    "use_post_ffw_norm": True,
    "use_post_attention_norm": True,
    "attention_logit_soft_cap": 50.0,
    "final_logit_soft_cap": 30.0,
    "use_sliding_window_attention": True,
    "sliding_window_size": 5,
}
LINEAR = {
    "layer_types": ["linear_attention", "full_attention"],
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 4,
    "linear_value_head_dim": 4,
    "head_dim": 8,
}
_LONG_ROPE = {
    "rope_scaling_type": "su",
    "rope_scaling_short_factor": [1.0, 1.5],
    "rope_scaling_long_factor": [2.0, 3.0],
    "max_sequence_length": 16,
    "pretraining_sequence_length": 8,
}
T5GEMMA = {
    "vocabulary_size": 24,
    **{
        f"{side}_{name}": value
        for side in ("encoder", "decoder")
        for name, value in {
            "hidden_dim": 16,
            "intermediate_dim": 32,
            "num_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 8,
            "layer_types": ["sliding_attention", "full_attention"],
        }.items()
    },
    "sliding_window": 5,
    "attn_logit_softcapping": 50.0,
}
GEMMA3N = {
    "text_vocab_size": 50,
    "text_hidden_size": 8,
    "num_hidden_layers": 2,
    "pad_token_id": 0,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 4,
    "intermediate_size": [16, 16],
    "hidden_activation": "gelu_approximate",
    "layer_types": ["sliding_attention", "full_attention"],
    "sliding_window": 5,
    "rope_theta": 10000.0,
    "max_position_embeddings": 16,
    "vocab_size_per_layer_input": 50,
    "hidden_size_per_layer_input": 2,
    "altup_num_inputs": 2,
    "laurel_rank": 1,
}
AUDIO_GEMMA3N = {
    "hidden_size": 8,
    "input_feat_size": 32,
    "sscp_conv_channel_size": [4, 8],
    "sscp_conv_kernel_size": [(3, 3), (3, 3)],
    "sscp_conv_stride_size": [(2, 2), (2, 2)],
    "sscp_conv_group_norm_eps": 1e-5,
    "num_hidden_layers": 1,
    "rms_norm_eps": 1e-6,
    "gradient_clipping": 1.0,
    "residual_weight": 0.5,
    "num_attention_heads": 1,
    "attention_chunk_size": 4,
    "num_attention_context_right": 5,
    "num_attention_context_left": 5,
    "attention_logit_cap": 50.0,
    "conv_kernel_size": 5,
    "reduction_factor": 1,
}
_SMOLLM3 = {
    **_SIZES,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "attention_bias": False,
    "attention_dropout": 0.0,
    "rope_layer_enabled_list": [True, False],
    "layer_types": ["attention", "attention"],
    "mlp_bias": False,
    "layer_norm_epsilon": 1e-5,
    "max_position_embeddings": 24,
    "rope_theta": 10000.0,
    "partial_rotary_factor": 1.0,
}
_MOONSHINE = {
    "vocabulary_size": 24,
    "filter_dim": 16,
    "encoder_num_layers": 2,
    "decoder_num_layers": 2,
    "hidden_dim": 16,
    "intermediate_dim": 32,
    "encoder_num_heads": 2,
    "decoder_num_heads": 2,
}
_WHISPER = {
    **_HEADS,
    "num_mels": 8,
    "max_encoder_sequence_length": 24,
    "max_decoder_sequence_length": 24,
}


def _small(name: str, options: dict[str, Any], **sizes: Any) -> Small:
    return Small(Part(f"models.{name}", options), **sizes)


TEXT = {
    "AlbertBackbone": _small("AlbertBackbone", {**_SHORT, "embedding_dim": 8, "num_groups": 2}),
    "BartBackbone": _small("BartBackbone", _SHORT),
    "BertBackbone": _small("BertBackbone", _SHORT),
    "BloomBackbone": _small("BloomBackbone", _HEADS),
    "DebertaV3Backbone": _small("DebertaV3Backbone", {**_SHORT, "bucket_size": 4}),
    "DistilBertBackbone": _small("DistilBertBackbone", _SHORT),
    "EdRecBackbone": _small(
        "EdRecBackbone",
        {
            "vocab_size": 24,
            "num_layers_enc": 2,
            "num_layers_dec": 2,
            "hidden_dim": 16,
            "intermediate_dim": 32,
            "num_heads": 2,
        },
    ),
    "ElectraBackbone": _small(
        "ElectraBackbone",
        {
            "vocab_size": 24,
            "embedding_dim": 8,
            **{name: value for name, value in _SHORT.items() if name != "vocabulary_size"},
        },
    ),
    "ESMBackbone": _small(
        "ESMBackbone", {**_SHORT, "position_embedding_type": "absolute", "pad_token_id": 0}
    ),
    "ESM2Backbone": _small("ESM2Backbone", {**_HEADS, "use_pre_layer_norm": True}),
    "FNetBackbone": _small("FNetBackbone", {**_SIZES, "max_sequence_length": 24}),
    "FalconBackbone": _small("FalconBackbone", {**_SIZES, "num_attention_heads": 2}),
    "GPT2Backbone": _small("GPT2Backbone", _SHORT),
    "GPTNeoXBackbone": _small("GPTNeoXBackbone", {**_SHORT, "rotary_percentage": 0.5}),
    "GemmaBackbone": _small("GemmaBackbone", {**GEMMA, **GEMMA_EXTRAS}),
    "Gemma3Backbone": _small(
        "Gemma3Backbone", {**GEMMA, **GEMMA_EXTRAS, "image_size": 16, "num_layers": 6}
    ),
    "Gemma3nBackbone": _small("Gemma3nBackbone", GEMMA3N),
    "Gemma4Backbone": _small(
        "Gemma4Backbone",
        {
            **GEMMA,
            "image_size": 16,
            "num_layers": 4,
            "sliding_window_size": 5,
            "sliding_window_pattern": 2,
            "num_kv_shared_layers": 2,
            "hidden_size_per_layer_input": 4,
        },
    ),
    "Gemma4Backbone (experts)": _small(
        "Gemma4Backbone",
        {
            **GEMMA,
            "image_size": 16,
            "enable_moe_block": True,
            "num_experts": 4,
            "expert_intermediate_dim": 8,
            "num_experts_per_token": 2,
        },
    ),
    "GptOssBackbone": _small(
        "GptOssBackbone", {**_GROUPED, "num_experts": 4, "sliding_window": 5, "head_dim": 8}
    ),
    "LlamaBackbone": _small("LlamaBackbone", _GROUPED),
    "Llama3Backbone": _small(
        "Llama3Backbone",
        {
            **_GROUPED,
            "rope_frequency_adjustment_factor": 8.0,
            "rope_low_freq_factor": 1.0,
            "rope_high_freq_factor": 4.0,
            "rope_pretraining_sequence_length": 16,
        },
    ),
    "MistralBackbone": _small("MistralBackbone", {**_GROUPED, "sliding_window": 5}),
    "MixtralBackbone": _small(
        "MixtralBackbone", {**_GROUPED, "num_experts": 4, "sliding_window": 5}
    ),
    "MoonshineBackbone": _small(
        "MoonshineBackbone",
        _MOONSHINE,
        lengths={"encoder_input_values": (2000, 2600), "encoder_padding_mask": (2000, 2600)},
    ),
    "OPTBackbone": _small("OPTBackbone", _SHORT),
    "Phi3Backbone": _small("Phi3Backbone", {**_GROUPED, **_LONG_ROPE}),
    "QwenBackbone": _small(
        "QwenBackbone", {**_GROUPED, "use_sliding_window_attention": True, "sliding_window_size": 5}
    ),
    "Qwen2Backbone": _small("Qwen2Backbone", {**_GROUPED, "tie_word_embeddings": False}),
    "Qwen3Backbone": _small("Qwen3Backbone", {**_GROUPED, "head_dim": 8, "sliding_window_size": 5}),
    "Qwen3MoeBackbone": _small(
        "Qwen3MoeBackbone",
        {**_GROUPED, "head_dim": 8, "moe_intermediate_dim": 8, "num_experts": 4, "top_k": 2},
    ),
    "Qwen3_5Backbone (fixed sizes)": _small("Qwen3_5Backbone", {**_GROUPED, **LINEAR}, fixed=True),
    "Qwen3_5MoeBackbone (fixed sizes)": _small(
        "Qwen3_5MoeBackbone",
        {
            **{name: value for name, value in _GROUPED.items() if name != "intermediate_dim"},
            **LINEAR,
            "moe_intermediate_dim": 8,
            "shared_expert_intermediate_size": 8,
            "num_experts": 4,
            "top_k": 2,
        },
        fixed=True,
    ),
    "QwenMoeBackbone": _small(
        "QwenMoeBackbone",
        {
            **_GROUPED,
            "moe_intermediate_dim": 8,
            "shared_expert_intermediate_dim": 8,
            "num_experts": 4,
            "top_k": 2,
        },
    ),
    "RWKV7Backbone": _small(
        "RWKV7Backbone",
        {
            "vocabulary_size": 24,
            "num_layers": 2,
            "hidden_size": 16,
            "head_size": 8,
            "intermediate_dim": 32,
            **{f"{name}_lora": 4 for name in ("gate", "mv", "aaa", "decay")},
        },
        lengths={"token_ids": (16, 32), "padding_mask": (16, 32)},
    ),
    "RobertaBackbone": _small("RobertaBackbone", _SHORT),
    "RoformerV2Backbone": _small("RoformerV2Backbone", {**_HEADS, "head_size": 8}),
    "SmolLMBackbone": _small("SmolLMBackbone", _SMOLLM3),
    "SmolLM3Backbone": _small("SmolLM3Backbone", _SMOLLM3),
    "T5Backbone": _small("T5Backbone", {**_HEADS, "activation": "gelu"}),
    "T5GemmaBackbone": _small("T5GemmaBackbone", T5GEMMA),
    "T5Gemma2Backbone": _small("T5Gemma2Backbone", T5GEMMA),
    "WhisperBackbone": _small("WhisperBackbone", _WHISPER, lengths={"encoder_features": (16, 24)}),
    "XLMRobertaBackbone": _small("XLMRobertaBackbone", _SHORT),
    "XLNetBackbone": _small("XLNetBackbone", _HEADS),
}
"""Every backbone that reads text or sound alone, by the name that its row has."""
