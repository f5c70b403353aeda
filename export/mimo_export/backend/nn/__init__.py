"""Keras's `backend.nn` in ONNX: one file for each family of functions, this one the table."""

from mimo_export.backend.core import cast as cast
from mimo_export.backend.core import convert_to_tensor as convert_to_tensor
from mimo_export.backend.nn.activation import celu as celu
from mimo_export.backend.nn.activation import elu as elu
from mimo_export.backend.nn.activation import gelu as gelu
from mimo_export.backend.nn.activation import glu as glu
from mimo_export.backend.nn.activation import hard_shrink as hard_shrink
from mimo_export.backend.nn.activation import hard_sigmoid as hard_sigmoid
from mimo_export.backend.nn.activation import hard_silu as hard_silu
from mimo_export.backend.nn.activation import hard_tanh as hard_tanh
from mimo_export.backend.nn.activation import leaky_relu as leaky_relu
from mimo_export.backend.nn.activation import log_sigmoid as log_sigmoid
from mimo_export.backend.nn.activation import log_softmax as log_softmax
from mimo_export.backend.nn.activation import relu as relu
from mimo_export.backend.nn.activation import relu6 as relu6
from mimo_export.backend.nn.activation import selu as selu
from mimo_export.backend.nn.activation import sigmoid as sigmoid
from mimo_export.backend.nn.activation import silu as silu
from mimo_export.backend.nn.activation import soft_shrink as soft_shrink
from mimo_export.backend.nn.activation import softmax as softmax
from mimo_export.backend.nn.activation import softplus as softplus
from mimo_export.backend.nn.activation import softsign as softsign
from mimo_export.backend.nn.activation import sparse_plus as sparse_plus
from mimo_export.backend.nn.activation import sparse_sigmoid as sparse_sigmoid
from mimo_export.backend.nn.activation import sparsemax as sparsemax
from mimo_export.backend.nn.activation import squareplus as squareplus
from mimo_export.backend.nn.activation import tanh as tanh
from mimo_export.backend.nn.activation import tanh_shrink as tanh_shrink
from mimo_export.backend.nn.activation import threshold as threshold
from mimo_export.backend.nn.attention import dot_product_attention as dot_product_attention
from mimo_export.backend.nn.convolution import conv as conv
from mimo_export.backend.nn.convolution import conv_transpose as conv_transpose
from mimo_export.backend.nn.convolution import depthwise_conv as depthwise_conv
from mimo_export.backend.nn.convolution import separable_conv as separable_conv
from mimo_export.backend.nn.ctc import ctc_decode as ctc_decode
from mimo_export.backend.nn.encoding import multi_hot as multi_hot
from mimo_export.backend.nn.encoding import one_hot as one_hot
from mimo_export.backend.nn.losses import binary_crossentropy as binary_crossentropy
from mimo_export.backend.nn.losses import categorical_crossentropy as categorical_crossentropy
from mimo_export.backend.nn.losses import psnr as psnr
from mimo_export.backend.nn.losses import (
    sparse_categorical_crossentropy as sparse_categorical_crossentropy,
)
from mimo_export.backend.nn.normalization import batch_normalization as batch_normalization
from mimo_export.backend.nn.normalization import moments as moments
from mimo_export.backend.nn.patches import depth_to_space as depth_to_space
from mimo_export.backend.nn.patches import fold as fold
from mimo_export.backend.nn.patches import space_to_depth as space_to_depth
from mimo_export.backend.nn.patches import unfold as unfold
from mimo_export.backend.nn.pooling import adaptive_average_pool as adaptive_average_pool
from mimo_export.backend.nn.pooling import adaptive_max_pool as adaptive_max_pool
from mimo_export.backend.nn.pooling import average_pool as average_pool
from mimo_export.backend.nn.pooling import max_pool as max_pool
