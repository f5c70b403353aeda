"""Keras's `backend.nn` in ONNX: one file for each family of functions, this one the table."""

from mimo_export.backend.core import cast as cast
from mimo_export.backend.core import convert_to_tensor as convert_to_tensor
from mimo_export.backend.nn.activation import elu as elu
from mimo_export.backend.nn.activation import gelu as gelu
from mimo_export.backend.nn.activation import hard_sigmoid as hard_sigmoid
from mimo_export.backend.nn.activation import leaky_relu as leaky_relu
from mimo_export.backend.nn.activation import log_softmax as log_softmax
from mimo_export.backend.nn.activation import relu as relu
from mimo_export.backend.nn.activation import relu6 as relu6
from mimo_export.backend.nn.activation import selu as selu
from mimo_export.backend.nn.activation import sigmoid as sigmoid
from mimo_export.backend.nn.activation import silu as silu
from mimo_export.backend.nn.activation import softmax as softmax
from mimo_export.backend.nn.activation import softplus as softplus
from mimo_export.backend.nn.activation import softsign as softsign
from mimo_export.backend.nn.activation import tanh as tanh
from mimo_export.backend.nn.normalization import batch_normalization as batch_normalization
from mimo_export.backend.nn.normalization import moments as moments
from mimo_export.backend.nn.normalization import one_hot as one_hot
from mimo_export.backend.nn.spatial import average_pool as average_pool
from mimo_export.backend.nn.spatial import conv as conv
from mimo_export.backend.nn.spatial import depthwise_conv as depthwise_conv
from mimo_export.backend.nn.spatial import max_pool as max_pool
from mimo_export.backend.nn.spatial import separable_conv as separable_conv
