"""Small models of KerasHub that make pictures or cut things out of them, as words or places ask."""

from __future__ import annotations

import numpy as np
from hub_mixed import TEXT_ENCODER
from hub_parts import Array, Part, Small
from hub_vision import VAE, VITDET

_FLUX = {
    "input_channels": 16,
    "hidden_size": 32,
    "mlp_ratio": 2.0,
    "num_heads": 2,
    "depth": 1,
    "depth_single_blocks": 1,
    "axes_dim": [4, 6, 6],
    "theta": 10_000,
    "use_bias": True,
    "guidance_embed": True,
    "image_shape": (8, 16),
    "text_shape": (6, 16),
    "image_ids_shape": (8, 3),
    "text_ids_shape": (6, 3),
    "y_shape": (16,),
}
_DIFFUSION = {
    "mmdit_patch_size": 2,
    "mmdit_hidden_dim": 32,
    "mmdit_num_layers": 2,
    "mmdit_num_heads": 2,
    "mmdit_position_size": 16,
    "mmdit_qk_norm": None,
    "mmdit_dual_attention_indices": None,
    "vae": VAE,
    "clip_l": Part(
        "models.CLIPTextEncoder",
        {**TEXT_ENCODER, "intermediate_output_index": 0, "name": "clip_l"},
    ),
    "clip_g": Part(
        "models.CLIPTextEncoder",
        {**TEXT_ENCODER, "intermediate_output_index": 0, "name": "clip_g"},
    ),
    "image_shape": (64, 64, 3),
}
_SAM = {
    "image_encoder": Part("models.ViTDetBackbone", VITDET),
    "prompt_encoder": Part(
        "layers.SAMPromptEncoder",
        {
            "hidden_size": 8,
            "image_embedding_size": (8, 8),
            "input_image_size": (64, 64),
            "mask_in_channels": 16,
        },
    ),
    "mask_decoder": Part(
        "layers.SAMMaskDecoder",
        {
            "num_layers": 2,
            "hidden_size": 8,
            "intermediate_dim": 32,
            "num_heads": 2,
            "embedding_dim": 8,
            "num_multimask_outputs": 3,
            "iou_head_depth": 3,
            "iou_head_hidden_dim": 8,
        },
    ),
}
_BLOCKS = {"num_layers": 2, "hidden_dim": 16, "intermediate_dim": 32, "num_heads": 2}
_SAM3 = {
    "vision_encoder": Part(
        "layers.SAM3VisionEncoder",
        {
            **_BLOCKS,
            "image_shape": (56, 56, 3),
            "patch_size": 7,
            "fpn_hidden_dim": 16,
            "fpn_scale_factors": [4.0, 2.0, 1.0, 0.5],
            "pretrain_image_shape": (28, 28, 3),
            "window_size": 2,
            "global_attn_indexes": [1],
        },
    ),
    "text_encoder": Part(
        "layers.SAM3TextEncoder", {**_BLOCKS, "vocabulary_size": 24, "embedding_dim": 16}
    ),
    "geometry_encoder": Part("layers.SAM3GeometryEncoder", {**_BLOCKS, "roi_size": 3}),
    "detr_encoder": Part("layers.SAM3DetrEncoder", _BLOCKS),
    "detr_decoder": Part(
        "layers.SAM3DetrDecoder",
        {**_BLOCKS, "image_shape": (56, 56, 3), "patch_size": 7, "num_queries": 10},
    ),
    "mask_decoder": Part(
        "layers.SAM3MaskDecoder", {"num_upsampling_stages": 3, "hidden_dim": 16, "num_heads": 2}
    ),
}


def _boxes(rng: np.random.Generator, batch: int) -> Array:
    """Two boxes for each picture: x, y, width, height between 0 and 1, and one more number."""
    corner, size = rng.uniform(0.1, 0.5, (2, batch, 2, 2))
    return np.concatenate([corner, size, np.zeros((batch, 2, 1))], -1).astype("float32")


def _little(rng: np.random.Generator, batch: int) -> Array:
    return rng.uniform(0, 0.1, batch).astype("float32")


def _labels(rng: np.random.Generator, batch: int) -> Array:
    return rng.integers(0, 2, (batch, 2)).astype("int32")


def _points(rng: np.random.Generator, batch: int) -> Array:
    return rng.uniform(0, 64, (batch, 2, 2)).astype("float32")


def _corners(rng: np.random.Generator, batch: int) -> Array:
    return np.sort(rng.uniform(0, 64, (batch, 1, 2, 2)), axis=2).astype("float32")


def _masks(rng: np.random.Generator, batch: int) -> Array:
    return rng.normal(size=(batch, 1, 32, 32, 1)).astype("float32")


PROMPTED = {
    "FluxBackbone": Small(
        Part("models.FluxBackbone", _FLUX),
        # Keras takes sines of a thousand times these: large ones are all rounding.
        values={"timesteps": _little, "guidance": _little},
    ),
    "SAMBackbone": Small(
        Part("models.SAMBackbone", _SAM),
        values={
            "points": _points,
            "labels": lambda rng, batch: _labels(rng, batch).astype("float32"),
            "boxes": _corners,
            "masks": _masks,
        },
    ),
    "SAM3PromptableConceptBackbone": Small(
        Part("models.SAM3PromptableConceptBackbone", _SAM3),
        values={"boxes": _boxes, "box_labels": _labels},
    ),
    "StableDiffusion3Backbone": Small(
        Part("models.StableDiffusion3Backbone", _DIFFUSION),
        values={
            "num_steps": lambda _, batch: np.full(batch, 28, "int32"),
            "guidance_scale": lambda _, batch: np.full(batch, 7.0, "float32"),
        },
    ),
}
"""Every backbone of that kind, by the name that its row has."""
