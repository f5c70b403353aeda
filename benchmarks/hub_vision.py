"""Small models of KerasHub that read pictures, and nothing else."""

from __future__ import annotations

from typing import Any

from hub_parts import Part, Small

VIT = {
    "image_shape": (32, 32, 3),
    "patch_size": 8,
    "num_layers": 2,
    "num_heads": 2,
    "hidden_dim": 16,
    "intermediate_dim": 32,
}
_DINO = {**VIT, "num_register_tokens": 2}
_STAGES = {
    "input_conv_filters": [8],
    "input_conv_kernel_sizes": [7],
    "stackwise_num_filters": [64, 8, 16, 16],  # Keras wants 64 first
    "stackwise_num_blocks": [1, 1, 1, 1],
    "stackwise_num_strides": [1, 2, 2, 2],
}
_RESNET = {**_STAGES, "block_type": "bottleneck_block"}
_BASIC = {
    **_STAGES,
    "input_conv_filters": [64],
    "stackwise_num_filters": [64, 128, 256, 512],  # the only ones that BASNet fits
    "block_type": "basic_block",
}
_VGG = {"stackwise_num_repeats": [1, 2], "stackwise_num_filters": [4, 8]}
_EFFICIENT = {
    "stackwise_width_coefficients": [1.0] * 3,
    "stackwise_depth_coefficients": [1.0] * 3,
    "stackwise_kernel_sizes": [3, 3, 5],
    "stackwise_num_repeats": [1, 2, 2],
    "stackwise_input_filters": [8, 8, 16],
    "stackwise_output_filters": [8, 16, 16],
    "stackwise_expansion_ratios": [1, 4, 4],
    "stackwise_squeeze_and_excite_ratios": [0.0, 0.0, 0.25],
    "stackwise_strides": [1, 2, 2],
    "stackwise_block_types": ["fused", "fused", "unfused"],
    "stackwise_force_input_filters": [0] * 3,
    "stackwise_nores_option": [False] * 3,
    "num_features": 16,
}
_CSP = {
    "stem_filters": 8,
    "stem_kernel_size": 3,
    "stem_strides": 2,
    "stackwise_depth": [1, 2],
    "stackwise_strides": [1, 2],
    "stackwise_num_filters": [8, 16],
}
_HGNET = {
    "depths": [1, 1, 2, 1],
    "embedding_size": 8,
    "hidden_sizes": [16, 32, 32, 64],
    "stem_channels": [3, 8, 8],
    "hidden_act": "relu",
    "use_learnable_affine_block": True,
    "stackwise_stage_filters": [
        [8, 8, 16, 1, 3, 3],
        [16, 8, 32, 1, 3, 3],
        [32, 8, 32, 2, 3, 5],
        [32, 16, 64, 1, 3, 5],
    ],
    "apply_downsample": [False, True, True, True],
    "use_lightweight_conv_block": [False, False, True, True],
    "image_shape": (None, None, 3),
    "out_features": ["stage3", "stage4"],
}
_DFINE = {
    "backbone": Part("models.HGNetV2Backbone", _HGNET),
    "decoder_in_channels": [16, 16],
    "encoder_hidden_dim": 16,
    "num_denoising": 0,
    "num_labels": 5,
    "hidden_dim": 16,
    "learn_initial_query": False,
    "num_queries": 12,
    "anchor_image_size": (64, 64),
    "feat_strides": [16, 32],
    "num_feature_levels": 2,
    "encoder_in_channels": [32, 64],
    "encode_proj_layers": [1],
    "num_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "num_encoder_layers": 1,
    "hidden_expansion": 0.5,
    "depth_multiplier": 0.5,
    "eval_idx": -1,
    "num_decoder_layers": 2,
    "decoder_attention_heads": 2,
    "decoder_ffn_dim": 32,
    "decoder_n_points": [3, 3],
    "lqe_hidden_dim": 16,
    "num_lqe_layers": 2,
    "out_features": ["stage3", "stage4"],
    "image_shape": (64, 64, 3),
    "seed": 0,
}
_MIT = {
    "image_shape": (64, 64, 3),
    "num_layers": 2,
    "hidden_dims": [8, 16],
    "layerwise_depths": [1, 2],
    "layerwise_num_heads": [1, 2],
    "layerwise_sr_ratios": [2, 1],
    "layerwise_patch_sizes": [7, 3],
    "layerwise_strides": [4, 2],
    "max_drop_path_rate": 0.1,
}
_MOBILE = {
    "stackwise_expansion": [[16, 24], [32]],
    "stackwise_num_blocks": [2, 1],
    "stackwise_num_filters": [[8, 8], [16]],
    "stackwise_kernel_size": [[3, 3], [5]],
    "stackwise_num_strides": [[2, 1], [2]],
    "stackwise_se_ratio": [[None, None], [0.25]],
    "stackwise_activation": [["relu", "relu"], ["hard_swish"]],
    "stackwise_padding": [[1, 1], [2]],
    "output_num_filters": 16,
    "depthwise_filters": 8,
    "depthwise_stride": 2,
    "depthwise_residual": False,
    "last_layer_filter": 32,
    "squeeze_and_excite": 0.5,
}
MOBILE_V5 = {
    "stackwise_block_types": [["er"], ["uir", "mqa"]],
    "stackwise_num_blocks": [1, 2],
    "stackwise_num_filters": [[8], [16, 16]],
    "stackwise_strides": [[2], [2, 1]],
    "stackwise_act_layers": [["relu"], ["relu", "relu"]],
    "stackwise_exp_ratios": [[4.0], [6.0, 1.0]],
    "stackwise_se_ratios": [[0.0], [0.0, 0.0]],
    "stackwise_dw_kernel_sizes": [[0], [5, 3]],
    "stackwise_dw_start_kernel_sizes": [[0], [3, 0]],
    "stackwise_dw_end_kernel_sizes": [[0], [0, 0]],
    "stackwise_exp_kernel_sizes": [[3], [0, 0]],
    "stackwise_pw_kernel_sizes": [[1], [0, 0]],
    "stackwise_num_heads": [[0], [0, 2]],
    "stackwise_key_dims": [[0], [0, 8]],
    "stackwise_value_dims": [[0], [0, 8]],
    "stackwise_kv_strides": [[0], [0, 2]],
    "stackwise_use_cpe": [[False], [False, False]],
    "num_features": 16,
    "msfa_output_resolution": 4,
    "image_shape": (64, 64, 3),
}
_SWIN = {
    "image_shape": (32, 32, 3),
    "embed_dim": 8,
    "depths": (2, 2),
    "num_heads": (2, 4),
    "window_size": 4,
    "patch_size": 2,
}
_DEPTH = {
    "image_encoder": Part(
        "models.DINOV2Backbone", {**VIT, "num_layers": 4, "image_shape": (64, 64, 3)}
    ),
    "reassemble_factors": [4, 2, 1, 0.5],
    "neck_hidden_dims": [8, 8, 16, 16],
    "fusion_hidden_dim": 8,
    "head_hidden_dim": 8,
    "head_in_index": -1,
    "feature_keys": ["stage1", "stage2", "stage3", "stage4"],
}
VITDET = {
    "image_shape": (64, 64, 3),
    "patch_size": 8,
    "hidden_size": 16,
    "num_layers": 2,
    "global_attention_layer_indices": [1],
    "intermediate_dim": 32,
    "num_heads": 2,
    "num_output_channels": 8,
    "window_size": 3,
}
VAE = Part(
    "src.models.vae.vae_backbone.VAEBackbone",
    {
        **{f"{side}_num_filters": [32, 32, 32, 32] for side in ("encoder", "decoder")},
        **{f"{side}_num_blocks": [1, 1, 1, 1] for side in ("encoder", "decoder")},
        "sampler_method": "mode",
    },
)
_ENCODER = {"image_encoder": Part("models.ResNetBackbone", _RESNET)}


def _small(name: str, options: dict[str, Any]) -> Small:
    return Small(Part(f"models.{name}", options))


VISION = {
    "BASNetBackbone": _small(
        "BASNetBackbone",
        {
            "image_encoder": Part(
                "models.ResNetBackbone",
                _BASIC,
            ),
            "num_classes": 1,
            "projection_filters": 64,
            "image_shape": (64, 64, 3),
        },
    ),
    "CLIPVisionEncoder": _small("CLIPVisionEncoder", VIT),
    "CSPNetBackbone": _small(
        "CSPNetBackbone", {**_CSP, "block_type": "dark_block", "stage_type": "dark"}
    ),
    "CSPNetBackbone (cross stage)": _small(
        "CSPNetBackbone",
        {**_CSP, "block_type": "bottleneck_block", "stage_type": "csp", "expand_ratio": [2.0]},
    ),
    "DFineBackbone": _small("DFineBackbone", _DFINE),
    "DINOV2Backbone": _small(
        "DINOV2Backbone", {**_DINO, "position_embedding_shape": (48, 48), "use_swiglu_ffn": True}
    ),
    "DINOV3Backbone": _small("DINOV3Backbone", {**_DINO, "use_gated_mlp": True}),
    "DeepLabV3Backbone": _small(
        "DeepLabV3Backbone",
        {
            **_ENCODER,
            "low_level_feature_key": "P2",
            "spatial_pyramid_pooling_key": "P4",
            "upsampling_size": 4,
            "dilation_rates": [1, 2],
            "projection_filters": 8,
        },
    ),
    "DeiTBackbone": _small("DeiTBackbone", VIT),
    "DenseNetBackbone": _small(
        "DenseNetBackbone", {"stackwise_num_repeats": [1, 2, 1], "growth_rate": 4}
    ),
    "DepthAnythingBackbone": Small(Part("models.DepthAnythingBackbone", _DEPTH), refused=True),
    "EfficientNetBackbone": _small("EfficientNetBackbone", _EFFICIENT),
    "HGNetV2Backbone": _small("HGNetV2Backbone", _HGNET),
    "MetaCLIP2VisionEncoder": _small("MetaCLIP2VisionEncoder", VIT),
    "MiTBackbone": _small("MiTBackbone", _MIT),
    "MobileNetBackbone": _small("MobileNetBackbone", _MOBILE),
    "MobileNetV5Backbone": _small("MobileNetV5Backbone", MOBILE_V5),
    "RQVAEBackbone": Small(
        Part(
            "src.models.rqvae.rqvae_backbone.RQVAEBackbone",
            {
                "input_dim": 10,
                "encoder_layer_dims": [16, 8],
                "output_dim": 4,
                "decoder_layer_dims": [8, 16],
                "num_embeddings": 12,
                "num_quantizers": 2,
            },
        )
    ),
    "ResNetBackbone": _small("ResNetBackbone", _RESNET),
    "ResNetBackbone (v2)": _small("ResNetBackbone", {**_RESNET, "use_pre_activation": True}),
    "RetinaNetBackbone": _small(
        "RetinaNetBackbone", {**_ENCODER, "min_level": 3, "max_level": 6, "use_p5": False}
    ),
    "SegFormerBackbone": _small(
        "SegFormerBackbone",
        {"image_encoder": Part("models.MiTBackbone", _MIT), "projection_filters": 8},
    ),
    "SigLIPVisionEncoder": _small("SigLIPVisionEncoder", VIT),
    "SwinTransformerBackbone": _small("SwinTransformerBackbone", _SWIN),
    "VAEBackbone": Small(VAE),
    "VGGBackbone": _small("VGGBackbone", _VGG),
    "ViTBackbone": _small(
        "ViTBackbone",
        {**{k: v for k, v in VIT.items() if k != "intermediate_dim"}, "mlp_dim": 32},
    ),
    "ViTDetBackbone": _small("ViTDetBackbone", VITDET),
    "XceptionBackbone": _small(
        "XceptionBackbone",
        {
            "stackwise_conv_filters": [[4, 8], [8, 16], [16, 16]],
            "stackwise_pooling": [True, True, False],
        },
    ),
}
"""Every backbone that reads pictures alone, by the name that its row has."""
