"""Small models of KerasHub that read pictures, films or sound together with text."""

from __future__ import annotations

from typing import Any

import numpy as np
from hub_parts import Array, Part, Small, Values
from hub_text import AUDIO_GEMMA3N, GEMMA, GEMMA3N, GEMMA_EXTRAS, LINEAR, T5GEMMA
from hub_vision import MOBILE_V5, VIT

TEXT_ENCODER = {
    "vocabulary_size": 24,
    "embedding_dim": 16,
    "hidden_dim": 16,
    "num_layers": 2,
    "num_heads": 2,
    "intermediate_dim": 32,
    "max_sequence_length": 16,
}
_EYE = {
    "image_size": 16,
    "patch_size": 4,
    "num_heads": 2,
    "hidden_dim": 8,
    "num_layers": 2,
    "intermediate_dim": 16,
    "output_dim": 16,
    "pool_size": 2,
}
_PALIGEMMA = {
    **GEMMA,
    "image_size": 16,
    "vit_patch_size": 4,
    "vit_num_heads": 2,
    "vit_hidden_dim": 8,
    "vit_num_layers": 2,
    "vit_intermediate_dim": 16,
}
_PARSEQ = {
    "image_encoder": Part(
        "models.ViTBackbone",
        {
            "image_shape": (32, 64, 3),
            "patch_size": 8,
            "num_layers": 2,
            "num_heads": 2,
            "hidden_dim": 16,
            "mlp_dim": 32,
            "use_class_token": False,
        },
    ),
    "vocabulary_size": 24,
    "max_label_length": 16,
    "decoder_hidden_dim": 16,
    "num_decoder_layers": 1,
    "num_decoder_heads": 2,
    "decoder_mlp_dim": 32,
}
_BLIP2 = {
    "vision_encoder": Part(
        "models.BLIP2VisionEncoder",
        {
            **{k: v for k, v in VIT.items() if k != "image_shape"},
            "image_size": 32,
            "use_patch_bias": True,
            "use_class_token": True,
            "use_mha_bias": True,
            "use_mlp_bias": True,
            "dropout_rate": 0.0,
            "layer_norm_epsilon": 1e-6,
            "initializer_range": 0.02,
        },
    ),
    "qformer": Part(
        "src.models.blip2.blip2_qformer.BLIP2QFormer",
        {
            "num_query_tokens": 4,
            "num_layers": 2,
            "num_heads": 2,
            "hidden_dim": 16,
            "intermediate_dim": 32,
            "vision_dim": 16,
            "cross_attention_frequency": 2,
            "dropout": 0.0,
            "layer_norm_epsilon": 1e-12,
        },
    ),
    "language_model": Part(
        "src.models.blip2.blip2_custom_opt.BLIP2CustomOPT",
        {
            "vocabulary_size": 24,
            "num_layers": 2,
            "num_heads": 2,
            "hidden_dim": 16,
            "intermediate_dim": 32,
            "num_query_tokens": 4,
            "dropout": 0.0,
            "max_sequence_length": 24,
            "qformer_hidden_dim": 16,
        },
    ),
}
_VIDEO = {
    "num_frames": 2,
    "patch_size": 8,
    "hidden_dim": 16,
    "intermediate_dim": 32,
    "num_heads": 2,
    "num_spatial_layers": 1,
    "num_temporal_layers": 1,
    "num_auxiliary_layers": 1,
    "image_shape": (16, 16, 3),
}
_GEMMA4_EYE = {
    **_EYE,
    "head_dim": 4,
    "position_embedding_size": 8,
}
_QWEN_EYE = {
    "depth": 2,
    "hidden_size": 16,
    "num_heads": 2,
    "intermediate_size": 32,
    "patch_size": 4,
    "out_hidden_size": 16,
    "num_position_embeddings": 16,
}


def _places(count: int, first: int) -> Values:
    """Return where in each text the picture stands: after `first` words."""

    def values(_: np.random.Generator, batch: int) -> Array:
        return np.tile(np.arange(first, first + count, dtype="int32"), (batch, 1))

    return values


def _spots(count: int, first: int, length: int) -> Values:
    def values(_: np.random.Generator, batch: int) -> Array:
        mask = np.zeros((batch, length), "int32")
        mask[:, first : first + count] = 1
        return mask

    return values


def _grid(side: int) -> Values:
    def values(_: np.random.Generator, batch: int) -> Array:
        places = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(1, 1, -1, 2)
        return np.tile(places.astype("int32"), (batch, 1, 1, 1))

    return values


def _constant(*numbers: int) -> Values:
    def values(_: np.random.Generator, batch: int) -> Array:
        return np.tile(np.array(numbers, "int32"), (batch, 1, 1))

    return values


def _small(name: str, options: dict[str, Any], **sizes: Any) -> Small:
    return Small(Part(f"models.{name}", options), **sizes)


_TWELVE = {"token_ids": (12, 12), "padding_mask": (12, 12)}
_SEEN = {"vision_indices": _places(4, 3), "vision_mask": _spots(4, 3, 12)}

MIXED = {
    "BLIP2Backbone": _small("BLIP2Backbone", _BLIP2),
    "CLIPBackbone": _small(
        "CLIPBackbone",
        {
            "vision_encoder": Part("models.CLIPVisionEncoder", VIT),
            "text_encoder": Part("models.CLIPTextEncoder", TEXT_ENCODER),
            "projection_dim": 8,
        },
    ),
    "CLIPTextEncoder": _small("CLIPTextEncoder", TEXT_ENCODER),
    "Gemma3Backbone (pictures)": _small(
        "Gemma3Backbone",
        {
            **GEMMA,
            **GEMMA_EXTRAS,
            "image_size": 16,
            "vision_encoder": Part("models.Gemma3VisionEncoder", _EYE),
        },
        lengths={**_TWELVE, "images": (1, 1)},
        values=_SEEN,
    ),
    "Gemma3nBackbone (pictures, sound)": _small(
        "Gemma3nBackbone",
        {
            **GEMMA3N,
            "vision_encoder_config": MOBILE_V5,
            "vision_soft_tokens_per_image": 16,
            "vision_hidden_size": 16,
            "audio_encoder_config": AUDIO_GEMMA3N,
            "audio_hidden_size": 8,
        },
        lengths={
            "images": (1, 1),
            "input_features": ((1, 16), (1, 16)),
            "input_features_mask": ((1, 16), (1, 16)),
        },
    ),
    "Gemma4Backbone (pictures, fixed sizes)": _small(
        "Gemma4Backbone",
        {
            **GEMMA,
            "image_size": 16,
            "vision_encoder": Part("models.Gemma4VisionEncoder", _GEMMA4_EYE),
        },
        lengths={**_TWELVE, "position_ids": (12, 12), "pixel_values": ((1, 16, 48), (1, 16, 48))},
        values={**_SEEN, "pixel_position_ids": _grid(4)},
        fixed=True,
    ),
    "MetaCLIP2Backbone": _small(
        "MetaCLIP2Backbone",
        {
            "vision_encoder": Part("models.MetaCLIP2VisionEncoder", VIT),
            "text_encoder": Part("models.MetaCLIP2TextEncoder", TEXT_ENCODER),
            "projection_dim": 8,
        },
    ),
    "MetaCLIP2TextEncoder": _small("MetaCLIP2TextEncoder", TEXT_ENCODER),
    "PARSeqBackbone": _small("PARSeqBackbone", _PARSEQ),
    "PaliGemmaBackbone": _small("PaliGemmaBackbone", _PALIGEMMA),
    "Qwen3_5Backbone (pictures, fixed sizes)": _small(
        "Qwen3_5Backbone",
        {
            **{k: v for k, v in GEMMA.items() if k != "head_dim"},
            **LINEAR,
            "vision_encoder": Part(
                "src.models.qwen3_5.qwen3_5_vision_encoder.Qwen3_5VisionEncoder", _QWEN_EYE
            ),
        },
        lengths={**_TWELVE, "pixel_values": (16, 16)},
        values={"image_grid_thw": _constant(1, 4, 4), "vision_indices": _places(4, 3)},
        fixed=True,
        refused=True,
    ),
    "SigLIPBackbone": _small(
        "SigLIPBackbone",
        {
            "vision_encoder": Part("models.SigLIPVisionEncoder", VIT),
            "text_encoder": Part("models.SigLIPTextEncoder", TEXT_ENCODER),
        },
        lengths={"token_ids": (16, 16)},
    ),
    "SigLIPTextEncoder": _small("SigLIPTextEncoder", TEXT_ENCODER, lengths={"token_ids": (16, 16)}),
    "T5Gemma2Backbone (pictures)": _small(
        "T5Gemma2Backbone",
        {
            **T5GEMMA,
            **{f"{side}_num_layers": 1 for side in ("encoder", "decoder")},
            **{f"{side}_layer_types": ["full_attention"] for side in ("encoder", "decoder")},
            "vision_encoder": Part("models.Gemma3VisionEncoder", _EYE),
        },
        lengths={"encoder_token_ids": (12, 12), "encoder_padding_mask": (12, 12), "images": (1, 1)},
        values={"vision_indices": _places(4, 3)},
    ),
    "VideoPrismBackbone": _small("VideoPrismBackbone", _VIDEO),
    "VideoPrismBackbone (text)": _small(
        "VideoPrismBackbone", {**_VIDEO, "vocabulary_size": 24, "num_text_layers": 1}
    ),
}
"""Every backbone that reads text and something else, by the name that its row has."""
